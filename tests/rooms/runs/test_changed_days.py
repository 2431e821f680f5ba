"""Which days a landing changes, with fingerprints small enough to add by hand."""

from datetime import date

from holdfast.runs.landing import changed_days
from holdfast.runs.run import FileDay, SourceDay, Superseded

MONDAY, TUESDAY = date(2026, 9, 28), date(2026, 9, 29)
BEFORE = [SourceDay("orders", MONDAY, 1, rows=2, fingerprint=30), SourceDay("orders", TUESDAY, 1, rows=1, fingerprint=7)]


def superseded(day: date, fingerprint: int, *, file_id: int = 1, by: int = 2) -> Superseded:
    """A row that another one took the place of."""
    return Superseded(file_id, 0, day, fingerprint, by, TUESDAY, replay=False)


def changed(added=(), removed=(), gone=(), revived=(), before=BEFORE):
    """What a second landing changes."""
    return changed_days("orders", 2, before, added, removed, gone, revived)


def test_a_new_row_counts_on_its_day():
    """Monday had two rows of sum 30; a late one of 5 makes three of 35, as of landing 2."""
    assert changed([FileDay(2, MONDAY, 1, 5)]) == [SourceDay("orders", MONDAY, 2, 3, 35)]


def test_a_replay_changes_nothing():
    """The same row again is added and superseded: no day is stale."""
    assert changed([FileDay(2, MONDAY, 1, 10)], gone=[superseded(MONDAY, 10, file_id=2, by=1)]) == []


def test_a_correction_that_moves_a_row_changes_both_days():
    """A row of 10 leaves Monday and comes to Tuesday as 11."""
    found = changed([FileDay(2, TUESDAY, 1, 11)], gone=[superseded(MONDAY, 10)])

    assert found == [SourceDay("orders", MONDAY, 2, 1, 20), SourceDay("orders", TUESDAY, 2, 2, 18)]


def test_a_correction_of_content_keeps_the_count():
    """One row of 10 becomes one of 12: as many rows, another sum."""
    assert changed([FileDay(2, MONDAY, 1, 12)], gone=[superseded(MONDAY, 10)]) == [SourceDay("orders", MONDAY, 2, 2, 32)]


def test_a_file_written_anew_with_the_same_rows_changes_nothing():
    """Its old shares go and its new ones come."""
    assert changed([FileDay(2, MONDAY, 2, 30)], [FileDay(1, MONDAY, 2, 30)]) == []


def test_a_file_written_anew_revives_what_it_had_superseded():
    """Its correction of Monday's row is gone, so the row of 10 counts again."""
    before = [SourceDay("orders", MONDAY, 1, rows=2, fingerprint=32)]

    found = changed([], [FileDay(2, MONDAY, 1, 12)], revived=[superseded(MONDAY, 10)], before=before)

    assert found == [SourceDay("orders", MONDAY, 2, 2, 30)]


def test_a_day_may_end_without_rows():
    """A file written anew without its rows leaves a day that has arrived and is empty."""
    assert changed([], [FileDay(1, TUESDAY, 1, 7)]) == [SourceDay("orders", TUESDAY, 2, 0, 0)]


def test_an_empty_file_says_that_its_day_has_arrived():
    """A day that was never seen counts from now on, with no rows."""
    wednesday = date(2026, 9, 30)

    assert changed([FileDay(2, wednesday, 0, 0)]) == [SourceDay("orders", wednesday, 2, 0, 0)]
    assert changed([FileDay(2, MONDAY, 0, 0)]) == []
