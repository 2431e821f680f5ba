"""Where every pipeline stands: what `holdfast status` prints, as text and as JSON."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from holdfast.calendars import Period
from holdfast.definitions.channel import Expiring
from holdfast.releases.banners import Banner
from holdfast.releases.closing import Standing
from holdfast.releases.handed_over import OutputStanding, stale_line, standing_object
from holdfast.releases.release import Hold
from holdfast.releases.spelling import instant
from holdfast.runs.ports import RunRecord
from holdfast.runs.run import Run

CLOSES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Deadline:
    """The next instant by which a period must be published."""

    period: Period
    at: datetime
    blocked: str = ""
    """Why it cannot be met as far as the caller knows, such as input that has not arrived."""


@dataclass(frozen=True, slots=True)
class PipelineStatus:
    """One pipeline, as of the view's instant."""

    pipeline: str
    audience: str
    published_through: date | None
    """The last day whose figures readers have; none before the first."""
    due: tuple[Run, ...] = ()
    holds: tuple[Hold, ...] = ()
    deadline: Deadline | None = None
    last_run: RunRecord | None = None
    closes: tuple[tuple[Period, Standing], ...] = ()
    """Periods that wait for people: over and not signed, or withdrawn; oldest first."""
    banners: tuple[Banner, ...] = ()
    """Failed checks of a pipeline that holds nothing: what readers have is not to be trusted there."""
    stale_outputs: tuple[OutputStanding, ...] = ()
    """Outputs that lack the newest release where they go."""
    problem: str = ""
    """Why nothing more can be said; the other pipelines are shown all the same."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """All that status shows."""

    now: datetime
    pipelines: tuple[PipelineStatus, ...]
    builder: str = ""
    """Who is building since when; empty when nobody is."""
    expiring: tuple[Expiring, ...] = ()
    """Secrets that have expired or will soon, the first to end first."""


def lines(view: StatusView) -> list[str]:
    """A block per pipeline: published, due, stale, held, deadline, last run."""
    said = [f"Now {view.now:%Y-%m-%d %H:%M} UTC" + (f"; {view.builder}" if view.builder else "")]
    said += [f"Secret {each.secret} of {each.used_by}: its last day is {each.expires_on}" for each in view.expiring]
    for each in view.pipelines:
        said += ["", *_pipeline_lines(each, view.now)]
    return said if view.pipelines else [*said, "No pipelines."]


def as_json(view: StatusView) -> str:
    """The same as one object; every held entry names check, segment and what was observed and expected."""
    said = {
        "now": instant(view.now),
        "builder": view.builder or None,
        "expiring": [
            {"secret": str(each.secret), "used_by": each.used_by, "expires_on": each.expires_on.isoformat()}
            for each in view.expiring
        ],
        "pipelines": [status_object(each, view.now) for each in view.pipelines],
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def approve_command(hold: Hold) -> str:
    """What a person types to release it."""
    return f'holdfast approve {hold.id} --reason "..."'


def why_unreachable(deadline: Deadline, now: datetime, holds: Iterable[Hold]) -> str:
    """Why the deadline will be missed as things stand; empty when it can still be met."""
    if now > deadline.at:
        return "it has passed"
    keeping = sorted({each.id for each in holds if each.day in deadline.period.interval})
    if keeping:
        return f"hold{'s' if len(keeping) > 1 else ''} {', '.join(map(str, keeping))} must be cleared or approved"
    return deadline.blocked


def _pipeline_lines(status: PipelineStatus, now: datetime) -> list[str]:
    through = (
        f"published through {status.published_through}" if status.published_through else "nothing published"
    )
    said = [f"{status.pipeline} ({status.audience}): {through}"]
    if status.problem:
        return [*said, f"  problem   {status.problem}"]
    said += [f"  due       {line}" for line in due_lines(status.due)] or ["  due       nothing"]
    said += [f"  stale     {line}" for line in _stale_lines(status.due)]
    for hold in status.holds:
        said += _hold_lines(hold)
    said += [f"  banner    {banner}" for banner in status.banners]
    said += [f"  output    {stale_line(each)}" for each in status.stale_outputs]
    if status.deadline:
        said.append(f"  deadline  {_deadline_line(status.deadline, now, status.holds)}")
    said += _close_lines(status, now)
    if status.last_run:
        said.append(f"  last run  {_run_line(status.last_run)}")
    return said


def due_lines(due: Iterable[Run]) -> list[str]:
    """One line per run: its days, and why."""
    return [f"{run.days}: " + "; ".join(reason.text or reason.kind for reason in run.reasons) for run in due]


def _stale_lines(due: Iterable[Run]) -> list[str]:
    return [
        f"{model} on {run.stale[model]}" for run in due for model in sorted(run.stale) if run.stale[model]
    ]


def _hold_lines(hold: Hold) -> list[str]:
    since = f", since {hold.opened_at:%Y-%m-%d %H:%M} UTC" if hold.opened_at else ""
    detail = f" ({hold.detail})" if hold.detail else ""
    return [
        f"  held      {hold.day} {hold.segment or 'every segment'}: {hold.cause}{since}",
        f"            observed {hold.observed}, expected {hold.expected}{detail}",
        f"            keeps back {', '.join(hold.metrics)}",
        f"            {approve_command(hold)}",
    ]


def _deadline_line(deadline: Deadline, now: datetime, holds: Iterable[Hold]) -> str:
    why = why_unreachable(deadline, now, holds)
    reach = f"not reachable: {why}" if why else "reachable"
    return f"{deadline.at:%Y-%m-%d %H:%M} UTC for {deadline.period.name}, {reach}"


def _close_lines(status: PipelineStatus, now: datetime) -> list[str]:
    said = []
    for period, stands in status.closes[:CLOSES_SHOWN]:
        if stands.withdrawn is not None:
            words = " and ".join(word.by for word in stands.release_words)
            said.append(
                f"{period.name} withdrawn by {stands.withdrawn.by} since {stands.withdrawn.at:%Y-%m-%d %H:%M} UTC: "
                f"{stands.withdrawn.reason}" + (f"; released by {words}" if words else "")
            )
            continue
        by = f", due {stands.sign_by:%Y-%m-%d %H:%M} UTC" if stands.sign_by else ""
        late = " (missed)" if stands.sign_by and now > stands.sign_by else ""
        said.append(f"{period.name} {stands.state.value}, {' and '.join(stands.missing())} to sign{by}{late}")
    more = len(status.closes) - CLOSES_SHOWN
    return [f"  close     {line}" for line in [*said, *([f"and {more} more periods"] if more > 0 else [])]]


def _run_line(run: RunRecord) -> str:
    ended = f"{run.ended_at:%Y-%m-%d %H:%M} UTC" if run.ended_at else "not ended"
    message = f": {run.message}" if run.message else ""
    return f"{run.id} of {run.days}, {run.state.value}, {ended}{message}"


def status_object(status: PipelineStatus, now: datetime) -> dict[str, Any]:
    """One pipeline as JSON shows it."""
    deadline, run = status.deadline, status.last_run
    why = why_unreachable(deadline, now, status.holds) if deadline else ""
    return {
        "pipeline": status.pipeline,
        "audience": status.audience,
        "published_through": status.published_through.isoformat() if status.published_through else None,
        "due": [due_object(each) for each in status.due],
        "held": [_hold_object(each) for each in status.holds],
        "banners": [_banner_object(each) for each in status.banners],
        "stale_outputs": [standing_object(each) for each in status.stale_outputs],
        "deadline": deadline
        and {
            "at": instant(deadline.at),
            "grain": deadline.period.grain,
            "period": deadline.period.name,
            "reachable": not why,
            "why": why or None,
        },
        "last_run": run
        and {
            "id": run.id,
            "days": run.days,
            "state": run.state.value,
            "backfilled": run.backfilled,
            "started_at": instant(run.started_at),
            "ended_at": instant(run.ended_at) if run.ended_at else None,
            "message": run.message,
        },
        "close": [
            {
                "grain": period.grain,
                "period": period.name,
                "state": stands.state.value,
                "missing": list(stands.missing()) if stands.withdrawn is None else [],
                "sign_by": instant(stands.sign_by) if stands.sign_by else None,
                "missed": stands.sign_by is not None and now > stands.sign_by and not stands.is_locked,
                "withdrawn_by": stands.withdrawn.by if stands.withdrawn else None,
            }
            for period, stands in status.closes
        ],
        "problem": status.problem or None,
    }


def due_object(run: Run) -> dict[str, Any]:
    """The run as JSON shows it."""
    return {
        "days": str(run.days),
        "backfilled": run.backfilled,
        "reasons": [{"kind": each.kind, "days": str(each.days), "text": each.text} for each in run.reasons],
        "stale": {model: str(run.stale[model]) for model in sorted(run.stale) if run.stale[model]},
    }


def _banner_object(banner: Banner) -> dict[str, Any]:
    return {
        "check": banner.check,
        "model": banner.dataset,
        "segment": banner.segment,
        "outcome": banner.outcome.value,
        "first": banner.first.isoformat(),
        "last": banner.last.isoformat(),
        "days": banner.days,
        "observed": banner.observed,
        "expected": banner.expected,
        "detail": banner.detail,
    }


def _hold_object(hold: Hold) -> dict[str, Any]:
    # A dimension becomes a key of its own, so a reader asks for `region` without taking `region=EU` apart.
    dimensions = dict(part.split("=", 1) for part in hold.segment.split(",") if "=" in part)
    return dimensions | {
        "id": hold.id,
        "kind": hold.kind.value,
        "check": hold.cause,
        "day": hold.day.isoformat(),
        "segment": hold.segment,
        "observed": hold.observed,
        "expected": hold.expected,
        "detail": hold.detail,
        "metrics": list(hold.metrics),
        "model": hold.model,
        "since": instant(hold.opened_at) if hold.opened_at else None,
        "approve": approve_command(hold),
    }
