"""A manifest says the same after a trip through its file, and nothing else is taken for one."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import StoreError
from holdfast.partitions import Days, Interval
from holdfast.releases.manifest import FigurePart, Manifest, Part, Table, dumps, loads

FIRST = date(2026, 9, 1)


def a_part(number: int, days: int = 1, name: str = "p") -> Part:
    """A part of that many days."""
    start = FIRST + timedelta(days=number)
    return Part(Interval(start, start + timedelta(days=days)), f"sums/{name}{number}.parquet", number * 10)


TABLE = Table("sums", "day", (a_part(0, 3), a_part(3)), (a_part(4, name="held"),))
MANIFEST = Manifest("000017", "investors", "run-9", {"sums": TABLE}, (FigurePart("figures/a.parquet", 5, 1, 2),))

parts = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 40)), max_size=5, unique_by=lambda p: p[0]).map(
    lambda some: tuple(sorted(a_part(*each) for each in some))
)
names = st.text(min_size=1, max_size=12)
manifests = st.builds(
    Manifest,
    id=st.integers(0, 999_999).map(lambda n: f"{n:06d}"),
    audience=names,
    run_id=names,
    tables=st.dictionaries(names, st.tuples(names, parts, parts), max_size=3).map(
        lambda found: {name: Table(name, *rest) for name, rest in found.items()}
    ),
    figures=st.lists(st.builds(FigurePart, names, *[st.integers(0, 9)] * 3), max_size=2).map(tuple),
)


@settings(deadline=None)
@given(manifests)
def test_a_manifest_is_read_as_it_was_written(manifest):
    """Any names, any parts: the same value back, and the same bytes again."""
    text = dumps(manifest)

    assert loads(text, "here") == manifest
    assert dumps(loads(text, "here")) == text


def test_the_order_of_tables_and_parts_does_not_change_the_bytes():
    """Two builders that found the same parts in another order publish the same file."""
    shuffled = Table("sums", "day", tuple(reversed(TABLE.parts)), TABLE.held)
    two = {"sums": TABLE, "facts": Table("facts", "day")}

    assert dumps(Manifest("000017", "investors", "", {"facts": Table("facts", "day"), "sums": shuffled})) == dumps(
        Manifest("000017", "investors", "", two)
    )


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format":1}', dumps(MANIFEST)[:-20], '{"format":1,"tables":7}'])
def test_a_half_written_manifest_is_refused_by_name(text):
    """A cut, empty or strange file is no manifest, and the error says where and what to do."""
    with pytest.raises(StoreError, match=r"CURRENT/000017\.json: not a manifest .*Restore it from a backup"):
        loads(text, "CURRENT/000017.json")


def test_a_newer_format_is_refused():
    """A later Holdfast's file is not guessed at."""
    with pytest.raises(StoreError, match="format 2, this Holdfast reads 1"):
        loads(dumps(MANIFEST).replace('"format":1', '"format":2'), "here")


def test_a_table_knows_its_days():
    """Shown days, held days, and the newest of its working rows."""
    assert str(TABLE.days) == "2026-09-01..2026-09-04"
    assert str(TABLE.held_days) == "2026-09-05"
    assert TABLE.last_day == date(2026, 9, 5)
    assert Table("empty", "day").last_day is None
    assert MANIFEST.table("nothing", "day") == Table("nothing", "day") and MANIFEST.table("nothing").days == Days()


def test_the_next_manifest_has_the_next_name():
    """Ids sort in order of publication; every file is named."""
    following = MANIFEST.following("run-10")

    assert (following.key, following.run_id, following.tables) == ("investors/000018", "run-10", MANIFEST.tables)
    assert set(MANIFEST.files) == {"sums/p0.parquet", "sums/p3.parquet", "sums/held4.parquet", "figures/a.parquet"}
