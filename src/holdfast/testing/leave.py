"""Leave as a team takes it, made up: 25 days a year each, in weeks, fortnights and long weekends."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from holdfast.oncall.absences import TimeOff

HALF_YEAR = 26


def realistic_leave(people: Sequence[str], first_on: date, weeks: int, seed: int) -> list[TimeOff]:
    """For each person and half a year: a week or, one time in four, a fortnight; another week; a day or two.

    That is 12 to 13 days on average, and takes somebody out of three or four weeks of a weekly rota.

    `first_on` is a Monday. The same seed gives the same leave.
    """
    dice = random.Random(seed)  # noqa: S311 - nothing here is secret
    found = []
    for who in people:
        for _ in range(max(1, round(weeks / HALF_YEAR))):
            for days in (dice.choice((4, 4, 4, 11)), 4, dice.choice((0, 1))):
                start = first_on + timedelta(weeks=dice.randrange(weeks))
                if days < 4:
                    start += timedelta(days=4 - days)
                found.append(TimeOff(who, start, start + timedelta(days=days)))
    return found
