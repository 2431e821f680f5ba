"""A report in every format, read back with another library than the one that wrote it."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import jsonschema
import openpyxl
import pptx as python_pptx
import pypdf
import pytest
from report_values import REPORT, eventful

from holdfast.adapters.outputs.parquet import parquet
from holdfast.definitions.report import FORMATS
from holdfast.reports.files import schema
from holdfast.reports.pdf import content
from holdfast.reports.render import made, rendered
from holdfast.reports.rows import COLUMNS

HERE = Path(__file__).parent
SRC = HERE.parents[2] / "src"
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> #let x = 1 $a$ \\{{7*7}} \u202eevil\x07\"'&"


def read_csv(content_: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content_.decode(), newline="")))


@pytest.mark.parametrize("name", ["html", "csv"])
def test_the_report_looks_as_it_did(september, matches_snapshot, name):
    """Whole outputs, read by a person when they change."""
    matches_snapshot(f"report.{name}", rendered(september, name, parquet))


def test_what_typst_sets_looks_as_it_did(september, matches_snapshot):
    """The data given to the PDF's template, but for the charts."""
    said = content(september)
    for block in said["body"]:
        for picture in block.get("pictures", ()):
            picture["svg"] = picture["wide"] = ""
    matches_snapshot("report.typ.json", (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode())


def test_two_processes_make_equal_bytes(tmp_path):
    """Neither the clock nor the order of sets nor the process is in any file."""
    program = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from report_values import eventful\n"
        "from holdfast.adapters.outputs.parquet import parquet\n"
        "from holdfast.reports.render import rendered\n"
        "from holdfast.definitions.report import FORMATS\n"
        "print([hashlib.sha256(rendered(eventful(), kind, parquet)).hexdigest() for kind in FORMATS])\n"
    )

    def run(seed: str, zone: str) -> str:
        environ = os.environ | {"PYTHONPATH": str(SRC), "PYTHONHASHSEED": seed, "TZ": zone}
        return subprocess.run(
            [sys.executable, "-c", program, str(HERE)], env=environ, capture_output=True, text=True, check=True
        ).stdout

    one = run("1", "UTC")
    mine = [__import__("hashlib").sha256(rendered(eventful(), kind, parquet)).hexdigest() for kind in FORMATS]

    assert one == run("2", "Asia/Tokyo")
    assert one.strip() == str(mine)


def test_the_csv_has_exact_values(september):
    """Decimals as stored, the sum of the days and the adjustments beside the booked total."""
    by_key = {(row["metric"], row["segment"]): row for row in read_csv(rendered(september, "csv", parquet))}
    profit, revenue = by_key["profit", ""], by_key["revenue", ""]
    held, never = by_key["orders", "region=EU"], by_key["profit", "region=BR"]

    assert (profit["value"], profit["restated_from"], profit["restated_on"]) == ("200000.0567", "220000.0567", "2026-10-20")
    assert profit["restatement_reason"] == "a warehouse's costs were booked twice"
    assert profit["previous"] == "200000.0567"
    assert profit["change_year_pct"] == "11.1111"
    assert (revenue["days_sum"], revenue["adjustment"], revenue["value"]) == ("1101500.6234", "-1500.5000", "1100000.1234")
    assert (held["value"], held["state"], held["as_of"]) == ("4390", "held", "2026-09-16")
    assert (never["value"], never["published_at"], never["version"]) == ("", "", "0")
    assert profit["standing"].startswith("final, restated on 2026-10-20")
    assert profit["definition"] == "Revenue less cost."


def test_the_parquet_says_what_the_csv_says(september, tmp_path):
    """Row by row and column by column, values as decimals and days as dates."""
    file = tmp_path / "report.parquet"
    file.write_bytes(rendered(september, "parquet", parquet))
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        kinds = dict(engine.execute(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{file}')").fetchall())
        found = engine.execute(f"SELECT metric, segment, value, as_of, published_at FROM '{file}'").fetchall()
    rows = read_csv(rendered(september, "csv", parquet))

    assert list(kinds) == [name for name, _ in COLUMNS]
    assert kinds["value"].startswith("DECIMAL")
    assert kinds["published_at"] == "TIMESTAMP WITH TIME ZONE"
    assert [(metric, segment) for metric, segment, *_ in found] == [(row["metric"], row["segment"]) for row in rows]
    for (_, _, value, as_of, at), row in zip(found, rows, strict=True):
        assert (value if value is None else Decimal(value)) == (Decimal(row["value"]) if row["value"] else None)
        assert f"{as_of or ''}" == row["as_of"]
        assert (at is None) == (row["published_at"] == "")


def test_the_json_keeps_to_its_schema(september):
    """A program may rely on every key; values are exact strings."""
    document = json.loads(rendered(september, "json", parquet))

    jsonschema.Draft202012Validator(json.loads(schema())).validate(document)

    assert document["release"] == 310
    assert document["state"].startswith("final, restated")
    assert [each["kind"] for each in document["changes"]][:2] == ["restated", "restated"]
    assert {each["delta"] for each in document["adjustments"]} == {"-1500.5000", "200.0000"}
    assert {each["metric"] for each in document["definitions"]} == {"profit", "revenue", "orders", "margin"}


def test_the_manifest_names_the_files(september):
    """Whoever gets the JSON can tell whether it is whole, and which release it shows."""
    import hashlib

    found = made(september, "json", parquet)
    said = json.loads(found.beside["aggregate_profit-2026-09.manifest.json"])

    assert said["release"] == 310
    assert {each["name"]: each["sha256"] for each in said["files"]} == {
        found.name: hashlib.sha256(found.content).hexdigest(),
        "report.schema.json": hashlib.sha256(found.beside["report.schema.json"]).hexdigest(),
    }


def test_the_workbook_has_numbers_and_notes(september):
    """Numbers are numbers with a format, and a cell that needs a word has a note."""
    book = openpyxl.load_workbook(io.BytesIO(rendered(september, "xlsx", parquet)))
    figures = {(row[1].value, row[2].value): row for row in book["Figures"].iter_rows(min_row=2)}
    segments = {(row[1].value, row[2].value): row for row in book["Segments"].iter_rows(min_row=2)}
    profit, held = figures["Profit", "total"], segments["Orders", "region=EU"]

    assert book.sheetnames == ["Report", "Figures", "Segments", "Changes", "Definitions", "Notes"]
    assert (profit[3].value, profit[3].number_format) == (200000.0567, "#,##0.00;[Red]-#,##0.00")
    assert profit[11].value == datetime(2026, 9, 30)
    assert "Restated on 2026-10-20: a warehouse's costs were booked twice" in profit[3].comment.text
    assert (held[3].value, held[9].value) == (4390, "held")
    assert "last good value as of 2026-09-16" in held[3].comment.text
    assert segments["Profit", "region=BR"][3].value == "not published"
    assert figures["Margin", "total"][3].number_format.startswith("0.0%")
    assert book.properties.created == datetime(2026, 10, 20, 3)


def test_the_pdf_is_tagged_and_says_everything(september):
    """PDF/UA with the release's date; text, state and receipt can be read out."""
    document = pypdf.PdfReader(io.BytesIO(rendered(september, "pdf", parquet)))
    text = " ".join(" ".join(page.extract_text() for page in document.pages).split())
    root = document.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"].startswith("en")
    assert document.metadata.title == "Company profit, September 2026 – Acme Ltd"
    assert document.metadata.creation_date.date() == date(2026, 10, 20)
    for said in ("final, restated on 2026-10-20", "£200,000", "adjustment from 2026-08", "1,101,500.62", "Release 310"):
        assert said in text, said


def test_the_deck_has_native_charts_and_a_title_on_every_slide(september):
    """Charts can be edited, and every slide can be found by its title."""
    deck = python_pptx.Presentation(io.BytesIO(rendered(september, "pptx", parquet)))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    [chart] = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]

    assert titles[:3] == ["Company profit, September 2026", "Key figures", "Profit per month, GBP"]
    assert titles[-1] == "Definitions"
    assert len(list(chart.plots[0].categories)) == 13
    assert chart.plots[0].series[0].values[-1] == pytest.approx(200000.0567)
    assert deck.core_properties.created.date() == date(2026, 10, 20)
    assert all("Release 310" in text_of(slide) for slide in deck.slides)


def text_of(slide) -> str:
    return " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


@pytest.fixture(scope="module")
def hostile():
    """The same month with a formula, a script, Typst, Jinja and control characters wherever words come from outside."""
    words = dict.fromkeys(("reason", "adjustment", "strike", "company"), HOSTILE) | {"member": HOSTILE.replace(",", ";")}
    return eventful(REPORT, words)


def test_hostile_text_is_text_in_the_page(hostile):
    """No tag of the data is a tag of the page, and nothing is evaluated."""
    page = rendered(hostile, "html", parquet).decode()

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{7*7}}" in page


def test_hostile_text_is_text_in_the_pdf(hostile):
    """Typst sets the characters; it does not read them."""
    document = pypdf.PdfReader(io.BytesIO(rendered(hostile, "pdf", parquet)))

    assert "#let x = 1 $a$" in " ".join(" ".join(page.extract_text() for page in document.pages).split())


def test_a_name_that_no_font_has_still_makes_a_pdf():
    """A Chinese reason keeps no investor from the report; the file is tagged, though not to the standard."""
    document = pypdf.PdfReader(io.BytesIO(rendered(eventful(texts={"reason": "仓库"}), "pdf", parquet)))

    assert "/StructTreeRoot" in document.trailer["/Root"]
    assert len(document.pages) == 2


def test_hostile_text_is_no_formula_in_tables(hostile):
    """A spreadsheet runs nothing of it: an apostrophe in CSV, a string cell in the workbook."""
    cells = [each for row in csv.reader(io.StringIO(rendered(hostile, "csv", parquet).decode(), newline="")) for each in row]
    book = openpyxl.load_workbook(io.BytesIO(rendered(hostile, "xlsx", parquet)))
    written = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]

    assert not [each for each in cells if each.startswith(("=", "+", "@"))]
    assert {cell.data_type for cell in written} <= {"s", "n", "d"}
    assert any("=cmd|" in str(cell.value) for cell in written)


def test_hostile_text_is_text_in_json_parquet_and_deck(hostile, tmp_path):
    """What went in comes out, to the character; the deck shows what can be shown."""
    document = json.loads(rendered(hostile, "json", parquet))
    file = tmp_path / "report.parquet"
    file.write_bytes(rendered(hostile, "parquet", parquet))
    with duckdb.connect() as engine:
        [(reason,)] = engine.execute(
            f"SELECT DISTINCT restatement_reason FROM '{file}' WHERE restatement_reason <> ''"
        ).fetchall()
    deck = python_pptx.Presentation(io.BytesIO(rendered(hostile, "pptx", parquet)))

    assert document["company"] == HOSTILE
    assert reason == HOSTILE
    assert "=cmd|" in text_of(deck.slides[0])


def test_no_archive_carries_the_time_it_was_made(september):
    """Every entry of the workbook and of the deck, and of the workbooks within it, has the format's first date."""
    package = zipfile.ZipFile(io.BytesIO(rendered(september, "pptx", parquet)))
    inner = [zipfile.ZipFile(io.BytesIO(package.read(name))) for name in package.namelist() if name.endswith(".xlsx")]
    book = zipfile.ZipFile(io.BytesIO(rendered(september, "xlsx", parquet)))

    assert inner
    assert {entry.date_time for each in (package, book, *inner) for entry in each.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_report_of_several_pipelines_has_a_chapter_each(september):
    """Two chapters are two sets of tables, told apart by their captions."""
    from dataclasses import replace

    second = replace(september.chapters[0], pipeline="aggregate_growth", state="preliminary")
    pack = replace(REPORT, name="pack", text="All.", pipelines=("aggregate_profit", "aggregate_growth"))
    edition = replace(september, report=pack, chapters=(september.chapters[0], second))

    page = rendered(edition, "html", parquet).decode()

    assert "<h2>Profit</h2>" in page
    assert "Growth: key figures</caption>" in page
    assert "Growth: preliminary" in page
    assert made(edition, "pdf", parquet).name == "pack-2026-09.pdf"
