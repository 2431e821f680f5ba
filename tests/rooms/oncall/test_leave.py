"""Time off read from a CSV and from calendars that change."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import vobject

from holdfast.definitions.people import Person
from holdfast.errors import WorldError
from holdfast.oncall.leave import changes, feed_name, from_calendar, from_csv

PEOPLE = (
    Person("john", "John", "engineer", email="john@example.com"),
    Person("jill", "Jill", "engineer", email="jill@example.com"),
)


def london(_name):
    return ZoneInfo("Europe/London")


def calendar(*events):
    """Written by another library than the one that reads."""
    made = vobject.iCalendar()
    for uid, summary, start, end, *more in events:
        event = made.add("vevent")
        event.add("uid").value = uid
        event.add("summary").value = summary
        event.add("dtstart").value = start
        event.add("dtend").value = end
        for name, value in more:
            event.add(name).value = value
    return made.serialize().encode()


def read(content, person=None):
    return from_calendar(content, "leave.ics", PEOPLE, london, person)


def spans(reading):
    return [(off.person, off.first_on, off.last_on) for off in reading.found]


def test_an_all_day_event_ends_on_the_day_before_its_end():
    """A calendar's Monday to Saturday is leave from Monday through Friday."""
    content = calendar(("a@x", "John: skiing", date(2027, 2, 8), date(2027, 2, 13)))

    assert spans(read(content)) == [("john", date(2027, 2, 8), date(2027, 2, 12))]


def test_hours_take_their_whole_local_days():
    """From ten in the evening in London until midnight of the next day: two days, and not a third."""
    utc = ZoneInfo("UTC")
    start, end = datetime(2027, 7, 5, 21, tzinfo=utc), datetime(2027, 7, 6, 23, tzinfo=utc)

    assert spans(read(calendar(("a@x", "Jill", start, end)))) == [("jill", date(2027, 7, 5), date(2027, 7, 6))]


def test_whose_it_is_may_stand_in_the_address():
    """An attendee's e-mail counts before the words of the title."""
    content = calendar(
        ("a@x", "Holiday", date(2027, 2, 8), date(2027, 2, 9), ("attendee", "mailto:JILL@example.com"))
    )

    assert spans(read(content)) == [("jill", date(2027, 2, 8), date(2027, 2, 8))]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (("a@x", "Team lunch", date(2027, 2, 8), date(2027, 2, 9)), "names nobody"),
        (("a@x", "John and Jill", date(2027, 2, 8), date(2027, 2, 9)), "names nobody"),
        (("a@x", "John", date(2027, 2, 8), date(2027, 2, 9), ("rrule", "FREQ=WEEKLY")), "repeats"),
    ],
)
def test_what_cannot_be_used_is_said(event, said):
    """Nothing is guessed and nothing is dropped in silence."""
    reading = read(calendar(event))

    assert reading.found == () and said in reading.skipped[0]


def test_a_cancelled_event_is_no_time_off():
    """As if it were not there."""
    content = calendar(("a@x", "John", date(2027, 2, 8), date(2027, 2, 9), ("status", "CANCELLED")))

    assert read(content) == replace(read(content), found=(), skipped=())


def test_read_again_changes_and_deletions_are_followed_by_uid():
    """One event moves, one goes, one comes, one stays: two are added and two withdrawn."""
    days = {name: (date(2027, month, 1), date(2027, month, 3)) for name, month in zip("abcd", range(2, 6), strict=True)}
    before = read(calendar(*((name, "John", *days[name]) for name in "abc")))
    known = [replace(off, id=at) for at, off in enumerate(before.found, 1)]
    now = read(calendar(("a", "John", *days["a"]), ("b", "John", date(2027, 9, 1), date(2027, 9, 2)), ("d", "John", *days["d"])))

    found = changes(known, now, "leave.ics")

    assert {off.uid for off in found.added} == {"b", "d"}
    assert {off.id for off in found.withdrawn} == {2, 3}


def test_another_calendars_time_off_is_left_alone():
    """What came from elsewhere is not withdrawn because this file does not have it."""
    known = [replace(off, id=1, feed="other.ics") for off in read(calendar(("a", "John", date(2027, 2, 1), date(2027, 2, 2)))).found]

    assert changes(known, read(calendar()), "leave.ics").withdrawn == ()


def test_a_csv_is_followed_by_its_rows():
    """Rows name the person and both days; a row that cannot be read is said, with its line."""
    text = "person,from,to,reason\njohn,2027-02-08,2027-02-12,skiing\njane,2027-02-08,2027-02-09,\njill,soon,2027-02-09,\n"

    reading = from_csv(text, "leave.csv", PEOPLE)

    assert spans(reading) == [("john", date(2027, 2, 8), date(2027, 2, 12))]
    assert reading.skipped == (
        "leave.csv:3: 'jane' is nobody in team/people.yml",
        "leave.csv:4: expected days such as 2027-02-08",
    )
    again = changes([replace(reading.found[0], id=1)], reading, "leave.csv")
    assert (again.added, again.withdrawn) == ((), ())


def test_a_file_that_is_no_calendar_is_refused():
    """Nothing is withdrawn because a feed answered with an error page."""
    with pytest.raises(WorldError, match="no calendar"):
        read(b"<html>Sign in</html>")


def test_an_addresss_secret_is_not_recorded():
    """The same address has the same name, another one another, and the token is in neither."""
    address = "https://calendar.example.com/private-token/leave.ics"

    assert feed_name(address) == feed_name(address) != feed_name(address + "?x")
    assert feed_name(address).startswith("calendar.example.com ") and "token" not in feed_name(address)
    assert feed_name("team/leave.csv") == "team/leave.csv"
