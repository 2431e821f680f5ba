"""Which files of a lake are written and which are past their time."""

from datetime import date, timedelta

from holdfast.definitions.pipeline import Output
from holdfast.partitions import Days, Interval
from holdfast.releases.deliver import files_of, without_files
from holdfast.releases.lake import day_of_file, days_to_write, expired, file_name
from holdfast.runs.run import ModelDay

TODAY = date(2026, 9, 18)
DAY = timedelta(days=1)
LAKE = Output("lake", "lake", "day", "outputs/lake", table="exp_daily_growth", keep_days=3)
LAST_WEEK = Days.of([Interval(TODAY - 7 * DAY, TODAY)])


def built(day: date, run: int) -> ModelDay:
    """The day as that run built it."""
    return ModelDay("exp_daily_growth", day, 1, "hash", f"daily_growth-{run:07d}-20260917", 1)


def test_a_lake_without_files_gets_every_day_that_is_kept():
    """Three days back from today; older ones would be deleted at once."""
    assert days_to_write(LAKE, LAST_WEEK, {}, None, TODAY) == [TODAY - 3 * DAY, TODAY - 2 * DAY, TODAY - DAY]


def test_only_days_built_since_are_written_again():
    """A day that a later run built may be other rows; the others are as they were."""
    rows = {TODAY - back * DAY: built(TODAY - back * DAY, 8 if back == 2 else 9) for back in (1, 2, 3)}

    found = days_to_write(LAKE, LAST_WEEK, rows, "daily_growth-0000008-20260917", TODAY)

    assert found == [TODAY - 3 * DAY, TODAY - DAY]


def test_a_file_is_kept_on_its_last_day_and_gone_on_the_next():
    """Three days to keep: the file of three days ago is still there, that of four days ago is not."""
    names = [file_name("exp_daily_growth", TODAY - back * DAY) for back in (4, 3, 5)]

    assert expired(LAKE, [*names, "schema.json"], TODAY) == [names[2], names[0]]


def test_the_name_says_the_day():
    """And no other name does."""
    assert day_of_file(file_name("exp_daily_growth", TODAY)) == TODAY
    assert day_of_file("exp_daily_growth.parquet") is None


def test_an_index_without_a_file_keeps_the_others():
    """What readers are told of the rest does not change; an index that is none stays none."""
    index = b'{"release": 7, "kept_days": 3, "files": [{"name": "a", "sha256": "0", "bytes": 1}, {"name": "b", "sha256": "1", "bytes": 1}]}'

    rest = without_files(index, ["a"])

    assert rest is not None
    assert files_of(rest) == ["b"]
    assert b'"kept_days": 3' in rest
    assert without_files(index, ["c"]) is None
    assert files_of(b"torn {") == []
