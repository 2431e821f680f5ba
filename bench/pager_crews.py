"""Incidents by number, each with a pipeline, a policy and a crew of its own, so that nobody has too many messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pager_story import DAY, MINUTE, ROOM

from holdfast.definitions.people import Person
from holdfast.definitions.pipeline import INVESTORS
from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Affect, Key, Kind, Signal

ROLES = ("primary", "backup", "manager", "primary_owner", "secondary_owner")


@dataclass(frozen=True)
class Crews:
    """Whoever is asked for is somebody of the pipeline's own crew; of no pipeline it is the first's."""

    def people_for(self, target: str, pipeline: str, at: datetime) -> tuple[str, ...]:
        return (f"{pipeline or 'p0'}.{target}",)

    def next_hand_off(self, after: datetime, until: datetime) -> datetime | None:
        return None

    def absent_from(self, person: str, after: datetime, until: datetime) -> datetime | None:
        return None

    def note_acknowledged(self, hand_off: datetime, until: datetime) -> datetime | None:
        return None


def crew_rules(number: int, unit: timedelta = MINUTE) -> Rules:
    """Primary at once, backup after 15 units, manager after 30, owners and manager after 60."""
    steps = (
        EscalationStep(0 * unit, "unacknowledged", ("primary",)),
        EscalationStep(15 * unit, "unacknowledged", ("backup",)),
        EscalationStep(30 * unit, "unacknowledged", ("manager",)),
        EscalationStep(60 * unit, "unresolved", ("primary_owner", "secondary_owner", "manager")),
    )
    policy = EscalationPolicy(INVESTORS, steps)
    policies = {f"p{each}": policy for each in range(number)} | {"": policy}
    return Rules(policies, Crews(), ZoneInfo("Europe/London"), ROOM)


def crew_people(number: int) -> Mapping[str, Person]:
    """Everybody in all crews."""
    names = (f"p{each}.{role}" for each in range(number) for role in ROLES)
    return {name: Person(name, name, "engineer") for name in names}


def crew_signal(number: int, since: datetime, page_at: datetime) -> Signal:
    """The source of that number is late, and its pipeline pages from then on."""
    figure = Affect(f"p{number}", INVESTORS, "profit", "day", str(DAY), page_at)
    key = Key(Kind.LATE, f"source_{number}", DAY)
    return Signal(key, f"p{number}", since, page_at, f"source {number} is late", affects=(figure,))


@dataclass
class Calls:
    """What was handed over, as a file of JSON lines says it."""

    lines: list[dict[str, object]] = field(default_factory=list)

    def said(self) -> Iterator[tuple[str, str, datetime, datetime, bool]]:
        """(step, target, due, handed over, whether it says that it may be a repeat), bundles taken apart."""
        for line in self.lines:
            more: list[dict[str, str]] = line.get("more", [])  # type: ignore[assignment]
            for each in [line, *more]:
                yield (
                    f"{each['incident']}:{each['step']}",
                    str(line["target"]),
                    datetime.fromisoformat(str(each["due_at"])),
                    datetime.fromisoformat(str(line["sent_at"])),
                    bool(line["maybe_repeat"]),
                )
