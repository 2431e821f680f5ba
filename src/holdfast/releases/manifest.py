"""A manifest: every part of every published table, the held candidates, and the release they make."""

import json
from dataclasses import dataclass, field, replace
from datetime import date

from holdfast.errors import StoreError
from holdfast.partitions import Days, Interval

FORMAT = 1


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One immutable Parquet file: the rows of a table for some business days."""

    interval: Interval
    file: str
    """Below the store's folder of parts."""
    rows: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a release shows it, and what is built of it but held."""

    name: str
    day: str
    """Its DATE column."""
    parts: tuple[Part, ...] = ()
    """What readers see; intervals never overlap."""
    held: tuple[Part, ...] = ()
    """Whole candidates of days that are held, wholly or in part: the builder's working rows."""

    @property
    def held_days(self) -> Days:
        """Days whose working rows differ from what readers see."""
        return Days.of(part.interval for part in self.held)

    @property
    def days(self) -> Days:
        """Days readers can see, empty ones included."""
        return Days.of(part.interval for part in self.parts)

    @property
    def last_day(self) -> date | None:
        """The newest day of its working rows; None when nothing of it was built."""
        return max((part.interval.last for part in (*self.parts, *self.held)), default=None)


@dataclass(frozen=True, slots=True)
class FigurePart:
    """Figure rows of consecutive releases, in one file."""

    file: str
    rows: int
    first_release: int
    last_release: int
    pipeline: str = ""
    """Whose figures they are; empty: of several."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One state of one audience's store."""

    id: str
    """Sorts in order of publication: `000017`."""
    audience: str
    run_id: str = ""
    tables: dict[str, Table] = field(default_factory=dict)
    figures: tuple[FigurePart, ...] = ()

    @property
    def key(self) -> str:
        """Names this state among all audiences': `investors/000017`."""
        return f"{self.audience}/{self.id}"

    @property
    def files(self) -> list[str]:
        """Every file it names."""
        parts = [part.file for table in self.tables.values() for part in (*table.parts, *table.held)]
        return [*parts, *(part.file for part in self.figures)]

    def table(self, name: str, day: str = "") -> Table:
        """The table of that name; an empty one when nothing of it was built yet."""
        return self.tables.get(name) or Table(name, day)

    def figures_of(self, pipeline: str) -> tuple[FigurePart, ...]:
        """The parts that may hold figures of the pipeline."""
        return tuple(part for part in self.figures if part.pipeline in ("", pipeline))

    def following(self, run_id: str) -> "Manifest":
        """The same content under the next id."""
        return replace(self, id=f"{int(self.id) + 1:06d}", run_id=run_id)


def dumps(manifest: Manifest) -> str:
    """The manifest as JSON, one line a part, same bytes for the same content."""
    document = {
        "format": FORMAT,
        "id": manifest.id,
        "audience": manifest.audience,
        "run_id": manifest.run_id,
        "tables": {
            name: {"day": table.day, "parts": _parts(table.parts), "held": _parts(table.held)}
            for name, table in sorted(manifest.tables.items())
        },
        "figures": [[p.file, p.rows, p.first_release, p.last_release, p.pipeline] for p in manifest.figures],
    }
    return json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n"


def loads(text: str, where: str) -> Manifest:
    """The manifest that `dumps` wrote. Raises StoreError for anything else, naming `where`."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise StoreError(f"{where}: manifest format {document['format']}, this Holdfast reads {FORMAT}.")
        tables = {
            name: Table(name, table["day"], _read_parts(table["parts"]), _read_parts(table["held"]))
            for name, table in document["tables"].items()
        }
        figures = tuple(FigurePart(*row) for row in document["figures"])
        return Manifest(document["id"], document["audience"], document["run_id"], tables, figures)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{where}: not a manifest ({error}). Restore it from a backup.") from error


def _parts(parts: tuple[Part, ...]) -> list[list[str | int]]:
    return [[p.file, p.interval.start.isoformat(), p.interval.end.isoformat(), p.rows] for p in sorted(parts)]


def _read_parts(rows: list[list[str]]) -> tuple[Part, ...]:
    return tuple(
        Part(Interval(date.fromisoformat(start), date.fromisoformat(end)), file, int(count))
        for file, start, end, count in rows
    )
