"""The persons behind the generated company's accounts, and when they cancelled."""

from dataclasses import dataclass

import numpy as np

from holdfast.testing.company_people import People
from holdfast.testing.company_plan import Company, Ints


@dataclass(frozen=True, slots=True)
class Persons:
    """Accounts by position (user_id minus one) and the persons they belong to, numbered from 0.

    `person` and `opened_day` have an entry per account; `since_day`, `channel` and `region`, those of a person's
    first account, one per person. Days count from 1970-01-01.
    """

    person: Ints
    opened_day: Ints
    since_day: Ints
    channel: Ints
    region: Ints


@dataclass(frozen=True, slots=True)
class Cancellations:
    """Who cancelled on which day, by day; a person at most once a day."""

    day: Ints
    person: Ints


def persons_of(people: People) -> Persons:
    """One person per identity; the first account is the one registered earliest, of equals the smallest user_id."""
    position = np.arange(len(people.identity))
    by_identity = np.lexsort((position, people.registered_us, people.identity))
    identities, starts = np.unique(people.identity[by_identity], return_index=True)
    first = by_identity[starts]
    return Persons(
        person=np.searchsorted(identities, people.identity),
        opened_day=people.registered_day,
        since_day=people.registered_day[first],
        channel=people.channel[first],
        region=people.region[first],
    )


def cancellations_of(people: People, persons: Persons, company: Company) -> Cancellations:
    """The cancellations of all accounts through the company's last day, those before its first day too."""
    day = np.concatenate([people.cancelled_day, people.recancelled_day])
    person = np.tile(persons.person, 2)
    told = day <= company.last_day
    pairs = np.unique(np.stack([day[told], person[told]]), axis=1)
    return Cancellations(day=pairs[0], person=pairs[1])
