"""What releases need of the outside."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from holdfast.checks.results import Outcome, Result
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days, Interval
from holdfast.releases.closing import Adjustment, CloseEvent, Erratum
from holdfast.releases.manifest import FigurePart, Manifest, Part
from holdfast.releases.prepared import Prepared
from holdfast.releases.release import Approval, Delivery, FailedAttempt, Figure, Hold, ReleaseRow


class ReleaseLog(Protocol):
    """Releases, holds, approvals, receipts and deliveries; append-only but for states."""

    def next_release_id(self) -> int:
        """A number larger than any release's; the caller counts on from it."""

    def prepare(self, prepared: Prepared) -> None:
        """Write it all, invisible to every read, in one transaction."""

    def publish(self, manifest: str) -> None:
        """Make what was prepared for the manifest count: releases, model days, results, holds. Repeating is harmless."""

    def drop_prepared(self, except_manifest: str | None) -> int:
        """Forget what was prepared for any other manifest; how many there were."""

    def prepared_manifests(self) -> list[str]:
        """Manifests prepared and not yet published or dropped."""

    def releases(self, pipeline: str, limit: int | None = None) -> list[ReleaseRow]:
        """Published ones, newest first."""

    def release(self, release_id: int) -> ReleaseRow | None: ...

    def published_through(self, pipeline: str) -> list[tuple[date, datetime]]:
        """(as of, published at) of each release that went further than all before it, oldest first."""

    def results(
        self,
        pipeline: str,
        start: date | None = None,
        end: date | None = None,
        outcomes: Sequence[Outcome] | None = None,
    ) -> list[Result]:
        """Of the newest run that judged each day; days in [start, end)."""

    def open_holds(self, pipeline: str) -> list[Hold]:
        """Oldest day first, then id."""

    def settled_holds(self, pipeline: str, days: Collection[date], run_id: str = "") -> list[Hold]:
        """Cleared and approved ones of these days, and those that this run was the last to see; by day, then id."""

    def hold(self, hold_id: int) -> Hold | None: ...

    def approve(self, approval: Approval) -> None:
        """Records it and marks the hold approved, in one transaction."""

    def approvals(self, pipeline: str) -> list[tuple[Hold, Approval]]:
        """Every approval with the hold it released, oldest first."""

    def record_close(self, event: CloseEvent) -> int:
        """Adds what was done to a period and changes no figure; its id."""

    def close_events(self, pipeline: str) -> list[CloseEvent]:
        """In the order recorded."""

    def adjustments(self, pipeline: str) -> list[Adjustment]:
        """In the order booked."""

    def errata(self, pipeline: str) -> list[Erratum]:
        """In the order recorded."""

    def record_delivery(self, delivery: Delivery) -> None: ...

    def deliveries(self, pipeline: str) -> list[Delivery]:
        """Newest release first."""

    def record_failed_attempt(self, attempt: FailedAttempt) -> None: ...

    def failed_attempts(self, pipeline: str, release: int) -> list[FailedAttempt]:
        """Of the outputs of one release, by output, oldest first."""

    def audit(self, actor: str, verb: str, text: str, at: datetime) -> None:
        """One line of who did what; never changed."""

    def audited(self, limit: int = 100) -> list[tuple[datetime, str, str, str]]:
        """(at, actor, verb, text), newest first."""


class Engine(Protocol):
    """Runs SQL where a run's candidates are."""

    def run(self, sql: str) -> None: ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...


class PartWriter(Protocol):
    """Turns candidates into immutable parts that no manifest names yet."""

    def write(self, model: Model, interval: Interval, run_id: str, *, keep: str = "TRUE", held: bool = False) -> Part:
        """The interval's candidate rows for which the SQL condition `keep` holds."""

    def rewrite(self, model: Model, part: Part, replaced: Days, run_id: str, freed: Sequence[Part] = ()) -> Part:
        """A stored part with some days replaced by their candidates, and those of `freed` by held candidates."""

    def merge(self, name: str, parts: Sequence[Part], run_id: str) -> Part:
        """One part with the rows of several that follow each other."""

    def cut(self, name: str, part: Part, interval: Interval, run_id: str, *, held: bool = False) -> Part:
        """The rows of a stored part that lie in the interval, as a part of their own."""

    def write_figures(self, select: str, pipeline: str, run_id: str) -> FigurePart:
        """Figure rows, in key order."""

    def figures_sql(self, parts: Sequence[FigurePart]) -> str:
        """SELECT of the figure rows in these parts."""


class Store(Protocol):
    """What readers of one audience see."""

    def current(self) -> Manifest: ...

    def current_id(self) -> str | None: ...

    def publish(self, manifest: Manifest) -> None:
        """Make the manifest what readers see, or raise StoreError and change nothing."""

    def sweep(self) -> int:
        """Delete what nobody needs."""


class FigureReader(Protocol):
    """Reads released figures."""

    def current(self, pipeline: Pipeline, grain: str | None = None) -> list[Figure]:
        """The newest row of every key of the pipeline, of one grain when it is named."""

    def touched_since(self, pipeline: Pipeline, grain: str, release: int) -> list[str]:
        """Periods of the grain that later releases touched."""

    def of_periods(self, pipeline: Pipeline, grain: str, periods: Sequence[str]) -> list[Figure]:
        """The newest row of every key of these periods."""

    def of_period(self, pipeline: Pipeline, periods: list[str], *, history: bool = False) -> list[Figure]:
        """Figures of the named periods, of every grain; with `history` every row ever released, oldest first."""
