"""Outputs that are behind where they go: told while they are tried again, paged for once that has not helped."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from holdfast.incidents.signals import Key, Kind, Signal
from holdfast.releases.handed_over import OutputStanding, stale_line

TRIES = 3
"""Runs after which it is no passing trouble."""
PATIENCE = timedelta(hours=1)
OWN_PLACE = "own"
"""What the project's own folder is called as a subject."""


def deliveries(standings: Iterable[tuple[str, OutputStanding]], now: datetime) -> list[Signal]:
    """One signal per destination and pipeline; `standings` come with the pipeline whose ladder they are for."""
    grouped: dict[tuple[str, str], list[OutputStanding]] = {}
    for pipeline, each in standings:
        if each.stale_since is not None and (each.failed or each.stale_since + PATIENCE <= now):
            grouped.setdefault((each.output.destination or OWN_PLACE, pipeline), []).append(each)
    began: dict[str, list[datetime]] = {}
    for (place, _), some in grouped.items():
        began.setdefault(place, []).extend(each.stale_since for each in some if each.stale_since)
    return [_signal(place, pipeline, some, min(began[place])) for (place, pipeline), some in sorted(grouped.items())]


def _signal(place: str, pipeline: str, behind: list[OutputStanding], first: datetime) -> Signal:
    names = ", ".join(each.output.name for each in behind)
    where = "the project's own folder" if place == OWN_PLACE else place
    return Signal(
        Key(Kind.DELIVERY.value, place, first.date()),
        pipeline,
        min(_since(each) for each in behind),
        min(_hopeless_at(each) for each in behind),
        f"{pipeline}: {names} is behind at {where}",
        tuple(stale_line(each) for each in behind),
        (),
        (),
        "the newest release is delivered and read back",
    )


def _since(each: OutputStanding) -> datetime:
    assert each.stale_since is not None
    return each.failed[0].at if each.failed else each.stale_since + PATIENCE


def _hopeless_at(each: OutputStanding) -> datetime:
    """When it was out of retries: with the third failed run, or an hour behind."""
    assert each.stale_since is not None
    at = each.stale_since + PATIENCE
    return max(_since(each), min(at, each.failed[TRIES - 1].at) if len(each.failed) >= TRIES else at)
