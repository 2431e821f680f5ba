"""Whether somebody and something could answer: the rota, secrets, the builder, channels, outputs."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.definitions.channel import Expiring
from holdfast.definitions.people import Person
from holdfast.definitions.pipeline import Output
from holdfast.definitions.rota import HandOff, Rotation
from holdfast.definitions.source import Secret
from holdfast.diagnosis.behind import deliveries
from holdfast.diagnosis.readiness import secrets, silent_since, unanswered, vacancies
from holdfast.incidents.ports import ChannelTest
from holdfast.oncall.record import Rota
from holdfast.oncall.shifts import Shift
from holdfast.releases.handed_over import OutputStanding
from holdfast.releases.release import FailedAttempt

LONDON = ZoneInfo("Europe/London")
ROTATION = Rotation(("john", "jill"), HandOff(0, time(9), LONDON), date(2026, 9, 28), date(2026, 10, 12))
PEOPLE = (Person("john", "John", "engineer"), Person("jill", "Jill", "engineer"), Person("mia", "Mia", "manager"))


def at(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def a_shift(start: datetime, end: datetime, primary: str | None, backup: str | None = None, reason: str = "rotation") -> Shift:
    return Shift(start.date(), start, end, primary, backup, reason)


FIRST, SECOND, END = at(28, 8, month=9), at(5, 8), at(12, 8)


def a_rota(*rows: Shift) -> Rota:
    return Rota(ROTATION, PEOPLE, rows)


def test_a_planned_week_has_no_vacancy():
    """Somebody is planned now and for the day ahead; what comes later is not told yet."""
    rota = a_rota(a_shift(FIRST, SECOND, "john"), a_shift(SECOND, END, None, reason="vacant"))

    assert vacancies(rota, at(1, 12)) == []
    assert vacancies(rota, at(4, 7, 59)) == []


@pytest.mark.parametrize("now", [at(4, 8), at(5, 8), at(11, 8)])
def test_a_vacant_shift_is_told_a_day_ahead_and_pages_when_it_begins(now):
    """The same signal before and during the shift, whenever somebody looks."""
    rota = a_rota(a_shift(FIRST, SECOND, "john"), a_shift(SECOND, END, None, reason="vacant"))

    found = vacancies(rota, now)

    assert [(str(each.key), each.since, each.page_at, each.tell) for each in found] == [
        ("vacancy/rota/2026-10-05", at(4, 8), at(5, 8), ("mia",))
    ]


def test_a_gap_and_the_end_of_the_plan_are_vacancies():
    """Hours for which nothing is planned, and the time after the last shift."""
    gap = a_rota(a_shift(FIRST, at(2, 8), "john"), a_shift(at(2, 12), END, "jill"))

    assert [each.page_at for each in vacancies(gap, at(2, 9))] == [at(2, 8)]
    assert vacancies(gap, at(2, 12)) == []
    assert [each.page_at for each in vacancies(gap, at(30, 9))] == [END]
    assert [each.page_at for each in vacancies(a_rota(), at(1, 9))] == [FIRST], "no plan was ever made"


def test_a_builder_is_gone_after_two_silent_minutes():
    """Beside a pager that somebody runs by hand no builder is expected."""
    beat = at(2, 3)

    assert silent_since(True, beat, beat + timedelta(seconds=119)) is None
    assert silent_since(True, beat, at(2, 5)) == at(2, 3, 2)
    assert silent_since(False, beat, at(2, 5)) is None
    assert silent_since(True, None, at(2, 5)) is None


def test_a_secret_is_told_a_fortnight_before_its_last_day():
    """Once for all that use it; on the morning of its last day, nine in London, somebody is paged."""
    token = Secret("env:MAIL")
    expiring = [Expiring(token, date(2026, 10, 20), "channel 'mail'"), Expiring(token, date(2026, 10, 20), "source 'x'")]

    assert secrets(expiring, at(5, 22, 59), LONDON) == []
    found = secrets(expiring, at(5, 23), LONDON)
    assert [(str(each.key), each.page_at) for each in found] == [("secret/env:MAIL/2026-10-20", at(20, 8))]
    assert "channel 'mail', source 'x'" in found[0].summary


def test_a_test_nobody_answered_counts_for_who_is_on_call():
    """After an hour, for whoever has a role within a day; a later test that was answered clears it."""
    rota = a_rota(a_shift(FIRST, SECOND, "john", "mia"))
    silent = [ChannelTest("john", "mail", at(1, 9)), ChannelTest("jill", "mail", at(1, 9))]

    assert unanswered(silent, rota, at(1, 9, 59)) == []
    assert [str(each.key) for each in unanswered(silent, rota, at(1, 10))] == ["channel/mail/john/2026-10-01"]
    assert unanswered([*silent, ChannelTest("john", "mail", at(1, 11), at(1, 12))], rota, at(1, 13)) == []


def _standing(stale_since: datetime | None, *attempts: datetime, to: str = "portal", name: str = "feed") -> OutputStanding:
    failed = tuple(FailedAttempt("p", name, 7, n + 1, each, "503") for n, each in enumerate(attempts))
    return OutputStanding("p", Output(name, "json", "day", "feed", to), 7, None, stale_since, failed)


@pytest.mark.parametrize(
    ("attempts", "page_at"),
    [
        ((at(2, 3),), at(2, 4)),  # an hour behind
        ((at(2, 3), at(2, 3, 10), at(2, 3, 20)), at(2, 3, 20)),  # three runs
    ],
)
def test_an_output_is_out_of_retries_after_three_runs_or_an_hour(attempts, page_at):
    """Told from the first attempt; paged for once it is no passing trouble."""
    found = deliveries([("p", _standing(at(2, 3), *attempts))], at(2, 3, 30))

    assert [(str(each.key), each.since, each.page_at) for each in found] == [("delivery/portal/2026-10-02", at(2, 3), page_at)]


def test_an_output_that_is_being_made_is_not_behind():
    """Between a release and its delivery nothing failed; one that was never tried is behind after an hour."""
    assert deliveries([("p", _standing(at(2, 3))), ("p", _standing(None))], at(2, 3, 59)) == []
    assert [each.page_at for each in deliveries([("p", _standing(at(2, 3)))], at(2, 4))] == [at(2, 4)]


def test_outputs_of_one_destination_are_one_key():
    """Two pipelines whose portal is down: one incident, two signals."""
    found = deliveries([("p", _standing(at(2, 3), at(2, 3))), ("q", _standing(at(1, 3), at(1, 3)))], at(2, 3, 5))

    assert {str(each.key) for each in found} == {"delivery/portal/2026-10-01"}
    assert [each.pipeline for each in found] == ["p", "q"]
