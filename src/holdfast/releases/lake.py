"""A table in the lake: one Parquet file a day, which files a delivery renews, and which are past their time."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Protocol

from holdfast.definitions.pipeline import LAKE, Output
from holdfast.partitions import Days
from holdfast.runs.run import ModelDay

_NAME = re.compile(r"(?P<table>[a-z0-9_]+)-(?P<day>\d{4}-\d{2}-\d{2})\.parquet")


class Shore(Protocol):
    """The project's own folder, from which files of the lake can be taken away again."""

    def remove(self, path: str) -> None:
        """The file is gone; harmless when there is none."""


class TableReader(Protocol):
    """Reads published tables."""

    def filled_days(self, audience: str, table: str) -> Days:
        """Days of which readers see rows."""

    def parquet(self, audience: str, table: str, day: date) -> bytes:
        """The day's published rows in the order of the table's key; the same rows give the same bytes."""


def file_name(table: str, day: date) -> str:
    """What the day's file is called."""
    return f"{table}-{day}.parquet"


def day_of_file(name: str) -> date | None:
    """The day a file of a lake is of; none for other files."""
    found = _NAME.fullmatch(name)
    return date.fromisoformat(found["day"]) if found else None


def kept_from(output: Output, today: date) -> date:
    """The first day whose file is kept."""
    return today - timedelta(days=output.keep_days)


def days_to_write(
    output: Output, wanted: Days, built: Mapping[date, ModelDay], since_run: str | None, today: date
) -> list[date]:
    """Wanted days whose files are missing or may be behind: all that are kept, or those built after the run `since_run`."""
    first = kept_from(output, today)
    return [
        day
        for day in wanted
        if day >= first and (since_run is None or day not in built or built[day].run_id > since_run)
    ]


def expired(output: Output, names: Iterable[str], today: date) -> list[str]:
    """Names of the files whose time is over, oldest first."""
    first = kept_from(output, today)
    old = {name: day for name in names if (day := day_of_file(name)) is not None and day < first}
    return sorted(old, key=lambda name: (old[name], name))


def lakes(outputs: Collection[Output]) -> list[Output]:
    """The outputs that are lakes."""
    return [output for output in outputs if output.kind == LAKE]
