"""Which files a landing takes."""

from datetime import date

from holdfast.runs.landing import not_yet_landed
from holdfast.runs.run import ArrivalFile, LandedFile

TUESDAY, WEDNESDAY = date(2026, 9, 29), date(2026, 9, 30)
SHOWN = ArrivalFile("orders", "loaded_on=2026-09-29/a.parquet", TUESDAY, 1234, 99)
LANDED = LandedFile(1, "orders", SHOWN.path, TUESDAY, 1234, 99, "orders/0000001-ab.parquet", 10, 1, contract="c1")


def test_an_unchanged_file_is_landed_once():
    """Same path, size, time and contract: nothing to do."""
    assert not not_yet_landed([SHOWN], [LANDED], WEDNESDAY, "c1")


def test_a_file_landed_by_another_contract_is_landed_again():
    """A rule that somebody adds after the landing counts for the rows that are there already."""
    assert not_yet_landed([SHOWN], [LANDED], WEDNESDAY, "c2").rewritten == ((LANDED, SHOWN),)


def test_a_file_that_arrives_tomorrow_waits():
    """Neither a new file nor one landed by another contract is taken before its arrival day."""
    assert not not_yet_landed([SHOWN], [LANDED], date(2026, 9, 28), "c2")
