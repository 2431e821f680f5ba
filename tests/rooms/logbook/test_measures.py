"""Times, pages, nights, deadlines: counted from records, each checked by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from late_orders import ACKNOWLEDGED, KEY, PAGED, POSTED, PROFIT, RESOLVED, at

from holdfast.calendars import Period
from holdfast.definitions.rota import EscalationStep
from holdfast.incidents.incident import Affected, Ending, Event, Ladder, State
from holdfast.incidents.messages import Message, Post, Posted, Sort
from holdfast.logbook.measures import Due, Met, Records, Took, is_night, measured
from holdfast.partitions import Interval

LONDON = ZoneInfo("Europe/London")
ZONES = {"john": LONDON, "james": LONDON, "mia": ZoneInfo("America/New_York")}
START, END, NOW = at(0, day=1), at(0, day=31), at(0, day=31)
NOTHING = Records((), {}, (), (), (), {}, ZONES)


def minutes(count):
    return timedelta(minutes=count)


def resolved(number, opened_at, ended_at, **changes):
    return replace(RESOLVED, id=number, opened_at=opened_at, opened_times=(opened_at,), ending=Ending(ended_at, "holdfast", "cleared"), **changes)


def sent(number, incident, target, sent_at, sort=Sort.PAGE, **changes):
    message = Message(sort, target, "primary", sent_at, incident=incident, occasion=f"asked {number}")
    return Posted(number, message, Post.SENT, "pages", 1, sent_at=sent_at, **changes)


def lack(affect, since, until):
    return Affected(12, affect, since, until)


def of(records):
    return measured(records, START, END, NOW, LONDON)


def test_acknowledging_is_counted_from_the_first_page_that_went_out():
    """A page that failed starts no clock: John's did, James's went out at 08:01:02, and he answered at 08:20."""
    records = replace(NOTHING, incidents=[ACKNOWLEDGED], events={12: [Event(at(8, 20), "acknowledged", "james", "")]}, posted=POSTED)

    assert of(records).to_acknowledge == Took(1, timedelta(minutes=18, seconds=58), timedelta(minutes=18, seconds=58))


def test_who_acknowledges_before_any_page_went_out_took_no_time():
    """An incident taken up while it was only watched is left out of the mean, and so is one nobody took."""
    early = Event(at(7, 50), "acknowledged", "james", "")
    records = replace(NOTHING, incidents=[ACKNOWLEDGED], events={12: [early]}, posted=POSTED)

    assert of(records).to_acknowledge == Took()
    assert of(replace(NOTHING, incidents=[PAGED], posted=POSTED)).to_acknowledge == Took()


def test_resolving_has_a_median_and_a_mean():
    """10, 20 and 90 minutes: half were over in 20, and on average it took 40."""
    some = [resolved(n, at(9, day=n), at(9, day=n) + minutes(m)) for n, m in ((3, 10), (4, 90), (5, 20))]
    found = of(replace(NOTHING, incidents=[*some, replace(PAGED, id=6)]))

    assert found.to_resolve == Took(3, minutes(20), minutes(40))
    assert (found.opened, found.still_open) == (4, 1)


def test_what_was_merged_is_counted_once():
    """The incident that gave way is in nobody's mean."""
    found = of(replace(NOTHING, incidents=[resolved(3, at(9), at(10)), replace(PAGED, id=4, state=State.MERGED, merged_into=3)]))

    assert (found.opened, found.merged, found.still_open) == (1, 1, 0)


def test_incidents_belong_to_the_span_in_which_they_opened():
    """Half-open: one opened at the very end is the next span's."""
    some = [resolved(n, opened, opened + minutes(5)) for n, opened in ((1, START), (2, END), (3, START - minutes(1)))]

    assert of(replace(NOTHING, incidents=some)).to_resolve.n == 1


@pytest.mark.parametrize(
    ("hour", "minute", "night"), [(21, 59, False), (22, 0, True), (0, 0, True), (6, 59, True), (7, 0, False)]
)
def test_night_is_where_the_person_lives(hour, minute, night):
    """22:00 to 07:00 on the person's own clock."""
    local = datetime(2026, 10, 25, hour, minute, tzinfo=LONDON)

    assert is_night(local.astimezone(UTC), LONDON) is night


def test_pages_are_counted_by_person_and_by_night():
    """Three pages for John, one before seven in London; Mia's at noon UTC is at eight in New York."""
    posted = [
        sent(1, 12, "john", at(5, 59)),  # 06:59 in London, still summer time
        sent(2, 12, "john", at(6)),
        sent(3, 12, "john", at(12), maybe_sent=True),
        sent(4, 12, "mia", at(12)),
        sent(5, 12, "mia", at(12), sort=Sort.TELL),
        sent(6, 12, "#data-eng-alerts", at(12), sort=Sort.TELL),
        sent(7, 12, "john", END),
    ]
    found = [(each.person, each.pages, each.at_night, each.maybe_repeats, each.tells) for each in of(replace(NOTHING, posted=posted)).people]

    assert found == [("john", 3, 1, 1, 0), ("mia", 1, 0, 0, 1)]


def test_a_bundle_wakes_once():
    """Five incidents in one message are one page."""
    posted = [sent(1, 12, "john", at(3), bundle=1), sent(2, 13, "john", at(3), bundle=1), sent(3, 14, "john", at(3))]

    assert [(each.person, each.pages) for each in of(replace(NOTHING, posted=posted)).people] == [("john", 2)]


DAY = Period("day", "2026-10-01", Interval(date(2026, 10, 1), date(2026, 10, 2)))
DUE = Due("aggregate_profit", "investors", DAY, at(8))
BEFORE = (date(2026, 9, 30), at(4, day=1))


@pytest.mark.parametrize(
    ("published_at", "lacks", "met", "had_at"),
    [
        (at(8), (), Met.IN_TIME, at(8)),
        (at(8, 0, 1), (), Met.LATE, at(8, 0, 1)),
        (None, (), Met.MISSING, None),
        (at(4), (lack(PROFIT, at(3), at(9, 41)),), Met.LATE, at(9, 41)),
        (at(4), (lack(PROFIT, at(3), None),), Met.MISSING, None),
        (at(4), (lack(PROFIT, at(3), at(8)),), Met.IN_TIME, at(4)),
        (at(7, 59), (lack(PROFIT, at(3), at(8, 4)),), Met.IN_TIME, at(7, 59)),
        (at(4), (lack(replace(PROFIT, period="2026-09-03", metric="retention_d28"), at(3), at(9)),), Met.LATE, at(9)),
        (at(4), (lack(replace(PROFIT, metric="retention_d1", due_at=at(8, day=3)), at(3), None),), Met.IN_TIME, at(4)),
        (at(4), (lack(replace(PROFIT, grain="month", period="2026-09"), at(3), None),), Met.IN_TIME, at(4)),
    ],
    ids=["at the deadline", "a second late", "never", "one metric held", "one still held", "held until the deadline", "a pass later", "due with it", "due later", "another grain"],
)
def test_a_deadline_is_met_when_readers_had_all_of_the_period(published_at, lacks, met, had_at):
    """Published through its last day, and nothing of it missing by what incidents say."""
    published = (BEFORE, *([(date(2026, 10, 1), published_at)] if published_at else []))
    found = of(replace(NOTHING, due=[DUE], affects=lacks, published={"aggregate_profit": published}))
    ((delivered,),) = (each.periods for each in found.deadlines)

    assert (delivered.met, delivered.had_at) == (met, had_at)


def test_a_day_skipped_is_had_with_the_next_one_published():
    """Figures published through the third hold the first too, from then on."""
    published = (BEFORE, (date(2026, 10, 3), at(4, day=4)))
    (found,) = of(replace(NOTHING, due=[DUE], published={"aggregate_profit": published})).deadlines

    assert (found.periods[0].met, found.periods[0].had_at, found.share) == (Met.LATE, at(4, day=4), 0.0)


def test_history_built_afterwards_had_no_deadline():
    """What was due before a pipeline first published is not counted against it."""
    published = ((date(2026, 10, 1), at(9)),)

    assert of(replace(NOTHING, due=[DUE], published={"aggregate_profit": published})).deadlines == ()


def test_a_target_counts_once_its_ladder_has_joined():
    """Met, missed and still running; an incident nobody was paged for has none."""
    target = EscalationStep(timedelta(hours=4), "unresolved", ("manager",), is_target=True)
    ladder = Ladder("aggregate_profit", "investors-1", (target,), at(8))
    some = [
        resolved(1, at(7), at(9), ladders=(ladder,)),
        resolved(2, at(7), at(19), ladders=(ladder,)),
        replace(PAGED, id=3, ladders=(ladder,)),
        resolved(4, at(7), at(7, 30), ladders=()),
    ]
    found = of(replace(NOTHING, incidents=some, events={2: [Event(at(12), "target_missed", "holdfast", "")]})).targets

    assert (found.met, found.missed, found.running) == (1, 1, 1)


def test_kinds_are_counted_most_first():
    """Two of a late source, one of a failed run; the median of each is its own."""
    some = [resolved(1, at(7), at(8)), resolved(2, at(9), at(12)), resolved(3, at(9), at(10), key=replace(KEY, kind="failed"))]
    found = [(each.kind, each.opened, each.resolved.median) for each in of(replace(NOTHING, incidents=some)).kinds]

    assert found == [("late", 2, timedelta(hours=2)), ("failed", 1, timedelta(hours=1))]
