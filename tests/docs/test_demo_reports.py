"""What a finished demo's readers find among the outputs: the reports of every pipeline, and the pack of all three."""

import hashlib
import io
import json

import pypdf

OUTPUTS = ".holdfast/outputs"


def test_the_pack_is_delivered_once_every_pipeline_has_the_quarter(small_demo):
    """One PDF and one deck of the quarter, named with their digests; all three pipelines are in it."""
    folder = small_demo / OUTPUTS / "quarterly_pack"
    index = json.loads((folder / "quarterly_pack-pack.delivered.json").read_text())
    content = (folder / "quarterly_pack-2026-Q3.pdf").read_bytes()
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)

    assert sorted(each.name for each in folder.iterdir()) == [
        "quarterly_pack-2026-Q3.pdf",
        "quarterly_pack-2026-Q3.pptx",
        "quarterly_pack-pack.delivered.json",
        "quarterly_pack-pack_deck.delivered.json",
    ]
    assert index["files"] == [
        {"name": "quarterly_pack-2026-Q3.pdf", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    ]
    assert all(f"{chapter}: key figures" in text for chapter in ("Profit", "Growth", "Engagement"))


def test_weeks_that_are_over_have_a_growth_report(small_demo):
    """31 August to 30 September are four whole weeks; the fifth is running."""
    found = sorted(each.name for each in (small_demo / OUTPUTS / "growth_report").glob("*.html"))

    assert found == [f"aggregate_growth-2026-W{week}.html" for week in (36, 37, 38, 39)]


def test_the_months_report_names_its_figures(small_demo):
    """The engagement page says in words what the tables show."""
    page = (small_demo / OUTPUTS / "engagement_report" / "aggregate_engagement-2026-09.html").read_text()

    assert "users were active in the month" in page
    assert "Monthly active users" in page
