"""What measures are counted from: every deadline of the span, and the records around it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project
from holdfast.paging.measuring import records_of


class Quiet:
    """A ledger in which nothing ever happened, which remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def incidents(self, states=None, limit=100):
        return []

    def timeline(self, incident_id):
        return []

    def posted_between(self, start, end):
        self.asked.append((start, end))
        return []

    def affects(self, pipeline, start, end):
        self.asked.append((start, end))
        return []


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measuring") / "team"
    write_reference(folder, name="team", demo=True)
    return load_project(folder, environ={}).project


def due(reference, start, end, pipeline):
    found = records_of(reference, Quiet(), {}, start, end).due
    return sorted((each.due_at, each.period.grain, each.period.name) for each in found if each.pipeline == pipeline)


def test_a_day_of_deadlines_is_what_the_calendar_says(reference):
    """On Thursday the first of October: the day before at 08:00, its month and quarter at noon, and no week."""
    start = datetime(2026, 10, 1, tzinfo=UTC)

    assert due(reference, start, start + timedelta(days=1), "aggregate_profit") == [
        (datetime(2026, 10, 1, 8, tzinfo=UTC), "day", "2026-09-30"),
        (datetime(2026, 10, 1, 12, tzinfo=UTC), "month", "2026-09"),
        (datetime(2026, 10, 1, 12, tzinfo=UTC), "quarter", "2026-Q3"),
    ]


def test_a_span_takes_a_deadline_at_its_start_and_leaves_one_at_its_end(reference):
    """Half-open: from 08:00 to 08:00 there is one day of profit."""
    start = datetime(2026, 10, 6, 8, tzinfo=UTC)

    assert [name for _, _, name in due(reference, start, start + timedelta(days=1), "aggregate_profit")] == ["2026-10-05"]


def test_nothing_is_due_before_a_pipeline_begins(reference):
    """The reference company reports from the first of October 2025, so its first deadline is the morning after."""
    starts_on = reference.pipelines["aggregate_profit"].starts_on
    start = datetime(starts_on.year, starts_on.month, starts_on.day, tzinfo=UTC) - timedelta(days=40)
    found = due(reference, start, start + timedelta(days=42), "aggregate_profit")

    assert (starts_on, [name for _, grain, name in found if grain == "day"]) == (date(2025, 10, 1), ["2025-10-01"])


def test_messages_and_lacks_are_looked_for_beyond_the_span(reference):
    """A page due before the span may have been sent in it, and a lack of last quarter may still be open."""
    ledger, start = Quiet(), datetime(2026, 10, 1, tzinfo=UTC)
    records_of(reference, ledger, {}, start, start + timedelta(days=1))

    assert all(first < start and last > start + timedelta(days=1) for first, last in ledger.asked)
    assert len(ledger.asked) == 2
