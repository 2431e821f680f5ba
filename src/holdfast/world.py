"""Everything outside the program that the day touches, as one value."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from holdfast.clock import Clock
from holdfast.definitions.pipeline import Project
from holdfast.releases.destinations import Destination
from holdfast.releases.ports import FigureReader, ReleaseLog, Store
from holdfast.releases.produce import Bench as Judging
from holdfast.reports.files import ParquetWriter
from holdfast.runs.build import Workbench
from holdfast.runs.ports import Lander, LandingLog, RunLog, SourceReader


class Ledger(LandingLog, RunLog, ReleaseLog, Protocol):
    """Everything that is remembered."""


class Bench(Workbench, Judging, Protocol):
    """Where one run's candidates are built, judged and written from."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the program that the day touches."""

    project: Project
    clock: Clock
    sources: SourceReader
    lander: Lander
    ledger: Ledger
    bench: Callable[[str, int], Bench]
    """Audience and how many days are to be built -> a fresh workbench over what its readers see."""
    stores: Mapping[str, Store]
    """By audience."""
    figures: FigureReader
    destination: Callable[[str], AbstractContextManager[Destination]]
    """A destination's name -> the place, for one run."""
    parquet: ParquetWriter
    code_version: str
    say: Callable[[str], None]
    turn: Callable[[], AbstractContextManager[None]] = nullcontext
    """One at a time: ids are taken and what they name is recorded. Builders of other pipelines may be at work."""
