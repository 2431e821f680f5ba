"""Timers that people have moved: a swap, an absence or an announced time changes when open incidents go on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from holdfast.incidents.incident import Decision, Incident
from holdfast.incidents.rules import Rules
from holdfast.incidents.transitions import next_at


class Timers:
    """Knows which timers were right when they were last looked at, so that a pass over ten thousand computes none.

    A timer follows from the incident and the rules alone: it is looked at again when either is another. What is
    forgotten costs time and nothing else, so a new pager looks at all.
    """

    def __init__(self) -> None:
        self._rules: Rules | None = None
        self._right: dict[int, int] = {}
        """By incident, the version that was looked at."""

    def moved(
        self, resting: Sequence[Incident], written: Callable[[], Mapping[int, datetime | None]], rules: Rules, now: datetime
    ) -> list[Decision]:
        """Those whose timer is another than the one written down, with the one that holds.

        `resting` are open and not decided on in this pass; `written` reads their timers by id.
        """
        right = self._right if rules == self._rules else {}
        unsure = [each for each in resting if right.get(each.id) != each.version]
        if not unsure:
            return []
        timers = written()
        found = [Decision(each, next_at=next_at(each, rules, now)) for each in unsure]
        found = [each for each in found if each.next_at != timers.get(each.incident.id)]
        moved = {each.incident.id for each in found}
        # What has moved is looked at again: nobody knows yet whether it will have been recorded.
        self._rules, self._right = rules, {each.id: each.version for each in resting if each.id not in moved}
        return found
