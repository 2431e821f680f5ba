"""One report in one format: the dispatch, and the names of the files."""

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.definitions.report import FORMATS
from holdfast.errors import Bug, WorldError
from holdfast.reports.edition import Edition
from holdfast.reports.files import (
    SCHEMA_NAME,
    ParquetWriter,
    csv_file,
    json_file,
    manifest,
    parquet_file,
    schema,
)


@dataclass(frozen=True, slots=True)
class Made:
    """A report as a file, and what lies beside it."""

    name: str
    content: bytes
    beside: Mapping[str, bytes]
    """Other files by name: a JSON report's schema and manifest."""


def file_name(edition: Edition, kind: str) -> str:
    """`aggregate_profit-2026-09.pdf`."""
    return f"{edition.name}-{edition.period.name}.{kind}"


def made(edition: Edition, kind: str, parquet: ParquetWriter) -> Made:
    """The edition as one of `FORMATS`; the same edition gives the same bytes."""
    name, content = file_name(edition, kind), rendered(edition, kind, parquet)
    if kind != "json":
        return Made(name, content, {})
    beside = {SCHEMA_NAME: schema()}
    listed = manifest(edition, {name: content, **beside})
    return Made(name, content, {**beside, f"{edition.name}-{edition.period.name}.manifest.json": listed})


def rendered(edition: Edition, kind: str, parquet: ParquetWriter) -> bytes:
    """The edition's bytes.

    Raises WorldError where the format needs packages that are not installed, Bug for a format that is none of
    `FORMATS`.
    """
    match kind:
        case "html":
            from holdfast.reports.html import html

            return html(edition)
        case "pdf" | "xlsx" | "pptx":
            return _with_the_extra(edition, kind)
        case "csv":
            return csv_file(edition)
        case "json":
            return json_file(edition)
        case "parquet":
            return parquet_file(edition, parquet)
        case _:
            raise Bug(f"a report is asked for as {kind!r}; there are {', '.join(FORMATS)}")


def _with_the_extra(edition: Edition, kind: str) -> bytes:
    """PDF, workbook and deck: 120 MB of packages that somebody who reads pages and files does not need."""
    try:
        match kind:
            case "pdf":
                from holdfast.reports.pdf import pdf as make
            case "xlsx":
                from holdfast.reports.xlsx import xlsx as make
            case _:
                from holdfast.reports.pptx import pptx as make
        return make(edition)
    except ImportError as error:
        raise WorldError(
            f"reports as {kind} need the extra reports: install holdfast[reports], then run again ({error})."
        ) from error
