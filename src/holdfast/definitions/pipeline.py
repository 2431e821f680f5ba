"""A pipeline: for whom, by when, owned by whom, made of what; and the project that holds them all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from zoneinfo import ZoneInfo

from holdfast.calendars import Calendar
from holdfast.definitions.channel import PagerRules
from holdfast.definitions.check import Check, Severity
from holdfast.definitions.close import CloseRule
from holdfast.definitions.destination import OWN, Declared
from holdfast.definitions.metric import Metric, Series
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.people import Person
from holdfast.definitions.report import CLOSED, Report
from holdfast.definitions.rota import Team
from holdfast.definitions.source import Source
from holdfast.partitions import Interval

INVESTORS = "investors"
EXPERIMENTS = "experiments"
LAKE = "lake"
"""The kind of an output that is a table, not figures."""


@dataclass(frozen=True, slots=True)
class Output:
    """A file made of each release: `kind` csv or json of the figures, or a report as html, pdf, xlsx, parquet or pptx.

    Or `lake`: a table of an experiments' pipeline as Parquet, one file a day, deleted after its time.

    Of the periods of `grain`, into folder `to` of its destination.
    """

    name: str
    kind: str
    grain: str
    to: str
    destination: str = OWN
    report: str = ""
    """Which of the pipeline's reports; none for the figures themselves."""
    when: str = CLOSED
    """A report's: once its period is over, or while it is running too."""
    table: str = ""
    """A lake's: which of the pipeline's tables lies there, one Parquet file a day."""
    keep_days: int = 0
    """A lake's: files of older days are deleted by the run."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Why a day looks unusual. Excuses a deviation only, never completeness, contract or duplicates."""

    pipeline: str
    span: Interval
    reason: str
    author: str
    metrics: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One folder below `pipelines/`."""

    name: str
    purpose: str
    audience: str
    primary: str
    secondary: str
    starts_on: date
    """The first business day it reports."""
    metrics: tuple[Metric, ...]
    checks: tuple[Check, ...]
    models: tuple[str, ...]
    """Its own models' names; what they read from `shared/` is found through them."""
    segments: tuple[str, ...] = ()
    """Dimensions its figures are cut by, each alone."""
    outputs: tuple[Output, ...] = ()
    day_deadline: time = time(8)
    period_deadline: time = time(12)
    page_before_h: int = 2
    annotations: tuple[Annotation, ...] = ()
    reports: tuple[Report, ...] = ()
    close: CloseRule | None = None
    """None: its figures stay preliminary for ever."""
    file: str = ""

    def metric(self, metric_id: str) -> Metric | None:
        """The metric of that id."""
        return next((metric for metric in self.metrics if metric.id == metric_id), None)

    @property
    def measures(self) -> set[str]:
        """Names of the models its metrics are read from."""
        return {name for metric in self.metrics for name in metric.models}

    @property
    def series(self) -> tuple[Series, ...]:
        """Every measured metric's values by day."""
        return tuple(series for metric in self.metrics for series in metric.series)

    @property
    def grains(self) -> tuple[str, ...]:
        """Every grain one of its metrics is reported in, in order of first mention."""
        return tuple(dict.fromkeys(grain for metric in self.metrics for grain in metric.grains))


@dataclass(frozen=True, slots=True)
class Project:
    """The team's folder, whole."""

    name: str
    root: str
    """Absolute path of the folder."""
    currency: str
    zone: ZoneInfo
    clock: str
    """`system` or `data`."""
    demo: bool
    calendar: Calendar
    sources: dict[str, Source]
    models: dict[str, Model]
    pipelines: dict[str, Pipeline]
    people: tuple[Person, ...] = ()
    business_country: str = "GB"
    business_subdivision: str | None = "ENG"
    destinations: Mapping[str, Declared] = field(default_factory=dict)
    """By name; an output that names none goes to the project's own folder."""
    packs: tuple[Report, ...] = ()
    """Reports of several pipelines."""
    team: Team = field(default_factory=Team)
    pager: PagerRules = field(default_factory=PagerRules)

    def lineage(self, pipeline: Pipeline) -> list[Model]:
        """Every model the pipeline needs, inputs before those that read them, names breaking ties."""
        ordered: dict[str, Model] = {}

        def visit(name: str) -> None:
            if name in ordered or name not in self.models:
                return
            for each in sorted(self.models[name].inputs):
                if each != name:
                    visit(each)
            ordered[name] = self.models[name]

        for name in sorted(pipeline.models):
            visit(name)
        return list(ordered.values())

    def reads(self, pipeline: Pipeline) -> set[str]:
        """Every table that its models build or read, and their sources as src.NAME."""
        lineage = self.lineage(pipeline)
        return {model.name for model in lineage} | {name for model in lineage for name in model.inputs}

    def in_order(self) -> list[Pipeline]:
        """Every pipeline, those that judge what others read before these; else by name.

        A failed check holds what every pipeline makes of its dataset, so it must be asked first. Pipelines
        that judge each other's inputs come by name.
        """
        waiting = [self.pipelines[name] for name in sorted(self.pipelines)]
        ordered: list[Pipeline] = []
        while waiting:
            free = [p for p in waiting if not any(self._judges(other, p) for other in waiting if other is not p)]
            ordered.append((free or waiting)[0])
            waiting.remove(ordered[-1])
        return ordered

    def _judges(self, judge: Pipeline, reader: Pipeline) -> bool:
        """Whether a check of the one holds something that the other reads and does not ask itself."""
        read = self.reads(reader)
        asked = {(check.kind, check.dataset) for check in reader.checks}
        return any(
            check.severity is Severity.HOLD and check.dataset in read and (check.kind, check.dataset) not in asked
            for check in judge.checks
        )

    def groups(self) -> list[tuple[str, ...]]:
        """Names of pipelines of one audience that share a table or a source, however indirectly; by name.

        Those of different groups can be built side by side once what they read is landed: each audience has its
        own tables, and a hold never leaves its audience.
        """
        groups: list[tuple[set[str], set[str]]] = []
        for name, pipeline in sorted(self.pipelines.items()):
            shared = {model.name for model in self.lineage(pipeline)} | {s.name for s in self.sources_of(pipeline)}
            reads = {f"{pipeline.audience}/{each}" for each in shared}
            joined = [group for group in groups if group[1] & reads]
            groups = [group for group in groups if group not in joined]
            members = {name}.union(*(group[0] for group in joined))
            groups.append((members, reads.union(*(group[1] for group in joined))))
        return sorted(tuple(sorted(members)) for members, _ in groups)

    def sources_of(self, pipeline: Pipeline) -> list[Source]:
        """The sources behind a pipeline, by name; what only its checks read counts too."""
        read = {name for model in self.lineage(pipeline) for name in model.inputs}
        read |= {name for check in pipeline.checks for name in check.inputs}
        names = {name.removeprefix(SOURCE_PREFIX) for name in read if name.startswith(SOURCE_PREFIX)}
        return [self.sources[name] for name in sorted(names) if name in self.sources]
