"""A file whose rows say when they arrived, cut into what came since it was last looked at."""

from datetime import date

from holdfast.runs.run import ArrivalFile, LandedFile
from holdfast.runs.slices import Slice, in_slices, slice_of, whole_path

FRIDAY, SATURDAY, MONDAY = date(2020, 6, 5), date(2020, 6, 6), date(2020, 6, 8)
FILE = ArrivalFile("commits", "git.parquet", date.min, 900, 5)


def landed(part: Slice) -> LandedFile:
    """A slice as the ledger has it, from when the file was smaller."""
    return LandedFile(1, "commits", str(part), part.last, 600, 4, "commits/1.parquet", 10, 1)


def test_a_file_seen_first_is_one_slice_since_ever():
    """Everything that has arrived by now comes at once, and has arrived with its newest row."""
    [found] = in_slices([FILE], [], {"git.parquet": FRIDAY})

    assert (found.path, found.arrived_on) == ("git.parquet?arrived=0001-01-01..2020-06-05", FRIDAY)
    assert (found.size, found.modified_ns) == (900, 5)


def test_what_arrived_since_is_a_slice_of_its_own():
    """It begins the day after the last one ended, and the landed one is shown as the file is now."""
    first = Slice("git.parquet", date.min, FRIDAY)

    old, new = in_slices([FILE], [landed(first)], {"git.parquet": MONDAY})

    assert (old.path, old.size, old.modified_ns) == (str(first), 900, 5)
    assert slice_of(new.path) == Slice("git.parquet", SATURDAY, MONDAY)


def test_nothing_new_is_no_slice():
    """A second look on the same day shows what is landed and no more."""
    first = Slice("git.parquet", date.min, FRIDAY)

    assert [each.path for each in in_slices([FILE], [landed(first)], {"git.parquet": FRIDAY})] == [str(first)]


def test_a_file_of_which_nothing_has_arrived_is_not_shown():
    """All its rows are of days to come."""
    assert in_slices([FILE], [], {"git.parquet": date.min}) == []


def test_slices_of_other_files_are_left_alone():
    """Each file is followed by its own slices; a file that is gone is not shown."""
    elsewhere = Slice("rails.parquet", date.min, FRIDAY)

    [found] = in_slices([FILE], [landed(elsewhere)], {"git.parquet": FRIDAY})

    assert whole_path(found.path) == "git.parquet"


def test_a_whole_file_is_no_slice():
    """Files of other sources keep their path, whatever characters are in it."""
    assert slice_of("loaded_on=2020-06-05/a?b.parquet") is None
    assert whole_path("loaded_on=2020-06-05/a?b.parquet") == "loaded_on=2020-06-05/a?b.parquet"
