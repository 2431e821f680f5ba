"""Where every output stands: what was handed over, where and when, and what is stale, since when and why."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdfast.definitions.pipeline import Output
from holdfast.releases.deliver import place_of
from holdfast.releases.release import Delivery, FailedAttempt, ReleaseRow
from holdfast.releases.spelling import instant
from holdfast.releases.text_table import printable

OWN_FOLDER = "own folder"
UNTRIED = "it was not tried yet"


@dataclass(frozen=True, slots=True)
class OutputStanding:
    """One output, at the place it goes to now."""

    pipeline: str
    output: Output
    newest: int | None
    """The newest release; none before the first."""
    delivery: Delivery | None
    """The newest receipt from this place; none when nothing was handed over there."""
    stale_since: datetime | None
    """When the first release was published that the place lacks; none when it lacks none."""
    failed: tuple[FailedAttempt, ...] = ()
    """Attempts with the newest release that ended badly, oldest first."""

    @property
    def place(self) -> str:
        """Where its index lies, with the destination in front."""
        return place_of(self.pipeline, self.output)

    @property
    def problem(self) -> str:
        """Why it is stale; empty when it is not."""
        if self.stale_since is None:
            return ""
        return self.failed[-1].problem if self.failed else UNTRIED


def standings(
    pipeline: str,
    outputs: Sequence[Output],
    releases: Sequence[ReleaseRow],
    delivered: Iterable[Delivery],
    failed: Iterable[FailedAttempt],
) -> list[OutputStanding]:
    """Every output in the order declared. `releases` and `failed` are the pipeline's, `failed` of the newest release."""
    newest = max((each.id for each in releases), default=None)
    receipts: dict[tuple[str, str], Delivery] = {}
    for each in sorted(delivered, key=lambda receipt: receipt.release):
        receipts[each.output, each.path] = each
    attempts = list(failed)
    found = []
    for output in outputs:
        receipt = receipts.get((output.name, place_of(pipeline, output)))
        has = receipt.release if receipt else 0
        since = min((each.published_at for each in releases if each.id > has), default=None)
        mine = tuple(each for each in attempts if each.output == output.name and each.release == newest)
        found.append(OutputStanding(pipeline, output, newest, receipt, since, mine if since else ()))
    return found


def stale_line(standing: OutputStanding) -> str:
    """`monthly_csv at board: has release 5, newest is 6; since ...; 2 attempts, the last at ...: why`."""
    receipt = standing.delivery
    has = f"has release {receipt.release}" if receipt else "has nothing"
    since = f"stale since {_minute(standing.stale_since)}" if standing.stale_since else "not stale"
    at = standing.output.destination or OWN_FOLDER
    tried = f"{len(standing.failed)} attempt(s), the last {_minute(standing.failed[-1].at)}: " if standing.failed else ""
    return (
        f"{standing.output.name} at {at}: {has}, newest is {standing.newest}; {since}; "
        f"{tried}{printable(standing.problem)}"
    )


def lines(found: Sequence[OutputStanding]) -> list[str]:
    """Two or three lines per output: what the place has, its receipt, and why it is stale if it is."""
    said: list[str] = []
    for each in found:
        said.append(f"{each.pipeline} {each.output.name}, to {each.output.destination or OWN_FOLDER}")
        receipt = each.delivery
        if receipt:
            said.append(f"  release {receipt.release}, {_minute(receipt.delivered_at)}, {receipt.path}")
            said.append(f"  receipt {receipt.sha256}")
        elif each.newest is None:
            said.append("  nothing is released yet")
        if each.stale_since:
            said.append(f"  STALE   {stale_line(each)}")
    return said or ["No pipeline has outputs."]


def as_json(found: Iterable[OutputStanding]) -> str:
    """The same as a list of objects."""
    return json.dumps([standing_object(each) for each in found], indent=2, ensure_ascii=False)


def standing_object(standing: OutputStanding) -> dict[str, Any]:
    """One output as JSON shows it."""
    receipt = standing.delivery
    return {
        "pipeline": standing.pipeline,
        "output": standing.output.name,
        "destination": standing.output.destination or None,
        "path": standing.place,
        "newest_release": standing.newest,
        "receipt": receipt
        and {
            "release": receipt.release,
            "sha256": receipt.sha256,
            "bytes": receipt.bytes,
            "delivered_at": instant(receipt.delivered_at),
        },
        "stale": standing.stale_since is not None,
        "stale_since": instant(standing.stale_since) if standing.stale_since else None,
        "why": standing.problem or None,
        "failed_attempts": [
            {"attempt": each.attempt, "at": instant(each.at), "problem": each.problem} for each in standing.failed
        ],
    }


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
