"""How late rows really come, on arrivals small enough to count by hand."""

from datetime import date, timedelta

from holdfast.runs.lateness import lateness
from holdfast.runs.run import RowArrival

MONDAY, TUESDAY = date(2020, 6, 1), date(2020, 6, 2)


def arrived(day: date, days_after: int, rows: int, file_id: int = 1) -> RowArrival:
    """Rows of a business day that came so many days after its end."""
    return RowArrival(file_id, day, day + timedelta(days=1 + days_after), rows)


def test_rows_are_counted_from_the_first_ones_of_their_day():
    """Of 100 rows 60 come at once, 20 a day later, 10 after two, 6 after seven, 4 after thirty."""
    after = [(0, 60), (1, 20), (2, 10), (7, 6), (30, 4)]

    found = lateness("orders", timedelta(days=7), [arrived(MONDAY, days, rows) for days, rows in after])

    assert found.rows == 100
    assert found.after == ((1, 40), (2, 20), (3, 10), (7, 10), (30, 4))
    assert found.most_days == 30
    assert found.share(found.after[0][1]) == 0.4


def test_a_row_at_the_limit_is_in_time():
    """Seven days after the morning on which it was due is within 7d, eight is not."""
    arrivals = [arrived(MONDAY, 0, 5), arrived(MONDAY, 7, 3), arrived(MONDAY, 8, 2)]

    assert lateness("orders", timedelta(days=7), arrivals).beyond == 2


def test_a_day_that_came_late_as_a_whole_is_late_by_its_contract_alone():
    """Its first rows are its first rows, so nothing came after them; all of it came later than promised."""
    found = lateness("orders", timedelta(days=3), [arrived(MONDAY, 5, 7), arrived(TUESDAY, 0, 1)])

    assert found.after[0] == (1, 0)
    assert found.beyond == 7


def test_an_empty_file_of_a_day_is_not_its_first_rows():
    """The day's file came without rows; the first rows came with the next one."""
    found = lateness("orders", timedelta(0), [arrived(MONDAY, 0, 0), arrived(MONDAY, 2, 4, file_id=2)])

    assert (found.rows, found.most_days, found.after[0]) == (4, 0, (1, 0))


def test_a_source_without_rows_has_no_share():
    """Nothing landed teaches nothing."""
    found = lateness("orders", timedelta(0), [])

    assert (found.rows, found.most_days, found.beyond, found.share(0)) == (0, 0, 0, 0.0)
