"""The page that goes out when nothing can be recorded."""

from datetime import UTC, datetime, timedelta

from holdfast.definitions.people import Person
from holdfast.incidents.ports import Refused, Unsent
from holdfast.paging.emergency import Emergency

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
JOHN, MARIA = Person("john", "John Smith", "engineer"), Person("maria", "Maria Lopez", "manager")
PEOPLE = {each.name: each for each in (JOHN, MARIA)}


class Paper:
    """A note that outlives the process that wrote it."""

    def __init__(self):
        self.outage = None

    def read(self):
        return self.outage

    def write(self, outage):
        self.outage = outage

    def remove(self):
        self.outage = None


class Line:
    """A channel; while `fails` is set it refuses everybody."""

    is_idempotent = False

    def __init__(self, name, *, wakes=True, fails=None):
        self.name, self.wakes, self.fails, self.letters = name, wakes, fails, []

    def reaches(self, to):
        return True

    def send(self, letter):
        if self.fails:
            raise self.fails
        self.letters.append(letter)
        return str(len(self.letters))

    @property
    def took(self):
        return [(letter.to.name, letter.subject) for letter in self.letters]


def test_primary_and_manager_are_paged_once_per_outage():
    """However many passes it lasts, and whoever runs them: a second process finds the note of the first."""
    line, paper, said = Line("sms"), Paper(), []
    for minute in range(3):
        Emergency(paper, said.append).begin("disk full", [JOHN, MARIA], [line], NOON + minute * MINUTE)

    assert line.took == [("john", "The pager's ledger cannot be used"), ("maria", "The pager's ledger cannot be used")]
    assert all(letter.wakes and "disk full" in letter.lines for letter in line.letters)


def test_a_channel_that_fails_is_passed_over_for_the_next():
    """Waking ones first; what breaks in one stops no other."""
    mail, sms, phone = Line("mail", wakes=False), Line("sms", fails=Refused("no such number")), Line("phone", fails=ValueError("?"))
    Emergency(Paper(), lambda text: None).begin("gone", [JOHN], [mail, sms, phone], NOON)

    assert mail.took == [("john", "The pager's ledger cannot be used")]


def test_whoever_could_not_be_reached_is_tried_again_after_a_minute():
    """And not at every pass; who was reached is left alone."""
    line, said = Line("sms", fails=Unsent("busy")), []
    emergency = Emergency(Paper(), said.append)
    emergency.begin("gone", [JOHN], [line], NOON)
    line.fails = None
    emergency.begin("gone", [JOHN], [line], NOON + timedelta(seconds=59))
    assert line.took == []

    emergency.begin("gone", [JOHN], [line], NOON + MINUTE)
    emergency.begin("gone", [JOHN], [line], NOON + 2 * MINUTE)
    assert [name for name, _ in line.took] == ["john"]


def test_whoever_was_paged_hears_that_the_ledger_works_again():
    """Once, also from another process; without an outage nobody hears anything."""
    line, paper, said = Line("sms"), Paper(), []
    Emergency(paper, said.append).end(PEOPLE, [line], NOON)
    assert line.took == [] and said == []

    Emergency(paper, said.append).begin("gone", [MARIA], [line], NOON)
    for _ in range(2):
        Emergency(paper, said.append).end(PEOPLE, [line], NOON + MINUTE)

    assert line.took[1:] == [("maria", "The pager's ledger works again")]
    assert said[-1] == "the ledger works again; it did not since 2026-10-02 12:00 UTC"
