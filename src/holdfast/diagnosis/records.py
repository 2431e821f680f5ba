"""What is known when the diagnosis begins: the ledger's word on each pipeline, and the rows that came."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from holdfast.checks.results import Result
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.definitions.source import Source
from holdfast.diagnosis.deadlines import Due, Published
from holdfast.releases.closing import CloseEvent
from holdfast.releases.release import Hold
from holdfast.runs.ports import RunRecord
from holdfast.runs.run import RunState

GOOD = (RunState.PUBLISHED, RunState.HELD)
FAR = 31
"""Days back from the newest for which missing figures are listed one by one; of older days only the held ones are."""


@dataclass(frozen=True, slots=True)
class PipelineRecord:
    """What the ledger says of one pipeline."""

    pipeline: Pipeline
    lineage: tuple[Model, ...]
    sources: tuple[Source, ...]
    published: Published
    holds: tuple[Hold, ...] = ()
    """Those that keep something back: open ones, and approved ones that no run has released yet; by day."""
    earlier: tuple[Hold, ...] = ()
    """Cleared and approved ones of the same days."""
    runs: tuple[RunRecord, ...] = ()
    """The last ones, newest first."""
    results: tuple[Result, ...] = ()
    """Failed and unknown ones of the last days."""
    events: tuple[CloseEvent, ...] = ()

    @property
    def page_before(self) -> timedelta:
        """How long before the first deadline somebody is paged."""
        return timedelta(hours=self.pipeline.page_before_h)


@dataclass(frozen=True, slots=True)
class Records:
    """What is known now."""

    project: Project
    now: datetime
    newest: date
    """The last business day that is over."""
    due: Due
    pipelines: tuple[PipelineRecord, ...]
    rows: Mapping[str, Mapping[date, int]]
    """Source -> business day -> rows that count, of the last weeks."""
    since_rows: date
    """From which day on `rows` are known."""
    tried: Callable[[date], datetime | None]
    """Day -> when a run that was to build it, or a later day, first began."""
    builder_silent_since: datetime | None = None
    models: Mapping[str, Sequence[Model]] = field(default_factory=dict)
    """By audience: every model that its pipelines need, inputs first."""

    @property
    def people(self) -> frozenset[str]:
        """Names of those who can be told."""
        return frozenset(person.name for person in self.project.people)
