"""Deliveries: what is due, which files, and the receipt."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from small_figures import CALENDAR, MONTHS, RELEASE, figure

from holdfast.definitions.pipeline import Output
from holdfast.errors import Bug, StoreError, WorldError
from holdfast.releases.deliver import deliveries_due, hand_over, mark_stale, periods_needed, render, standing

CSV = Output("monthly_csv", "csv", "month", "outputs/monthly")
FEED = Output("portal_feed", "json", "day", "outputs/feed")
NOW = datetime(2026, 10, 1, 3, 5, tzinfo=UTC)


class Shelf:
    """A destination in memory; `loses` names a path it keeps nothing of."""

    def __init__(self, loses: str = "") -> None:
        self.files: dict[str, bytes] = {}
        self.versions: list[tuple[str, str]] = []
        self.loses = loses

    def put(self, path: str, content: bytes, version: str = "") -> None:
        if path != self.loses:
            self.files[path] = content
            self.versions.append((path, version))

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)


def made(output: Output = CSV, since: int | None = None, figures=MONTHS, release=RELEASE):
    return render(output, figures, release=release, calendar=CALENDAR, currency="GBP", since=since)


def test_only_the_newest_release_is_due_and_only_once():
    """Of releases 6 and 7 only 7 is delivered; once recorded, nothing is due."""
    older = replace(RELEASE, id=6)
    due = deliveries_due([older, RELEASE], [], [CSV, FEED])
    assert [(each.release.id, each.output.name) for each in due] == [(7, "monthly_csv"), (7, "portal_feed")]

    delivery = hand_over(due[0], made(), Shelf(), now=NOW)

    assert [each.output.name for each in deliveries_due([RELEASE, older], [delivery], [CSV, FEED])] == [
        "portal_feed"
    ]
    assert deliveries_due([], [], [CSV]) == []


def test_one_csv_per_period_of_the_outputs_grain():
    """Figures of other grains are left out."""
    figures = [*MONTHS, figure("day", "2026-09-17", "profit", "1.0000")]

    assert [each.name for each in made(figures=figures)] == [
        "aggregate_profit-2025-09.csv",
        "aggregate_profit-2026-08.csv",
        "aggregate_profit-2026-09.csv",
    ]


def test_after_a_revision_the_files_that_show_the_old_value_beside_are_made_again():
    """A new August changes August's file and the column `previous` of September's, not September 2025."""
    figures = [replace(each, release=8) if each.period == "2026-08" else each for each in MONTHS]

    again = made(since=7, figures=figures, release=replace(RELEASE, id=8))

    assert [each.name for each in again] == ["aggregate_profit-2026-08.csv", "aggregate_profit-2026-09.csv"]
    needed = periods_needed(CSV, {"2026-08"}, CALENDAR)
    given = [each for each in figures if each.period in needed]
    assert made(since=7, figures=given, release=replace(RELEASE, id=8)) == again


def test_days_share_a_document_per_month():
    """One new day makes its month's document again, and needs that month's days."""
    days = [figure("day", f"2026-{day}", "profit", "1.0000") for day in ("08-31", "09-01", "09-30")]
    new = replace(days[2], release=8)

    files = made(FEED, 7, [*days[:2], new])

    assert [each.name for each in files] == ["aggregate_profit-day-2026-09.json", "schema.json"]
    assert [each["period"] for each in json.loads(files[0].content)["figures"]] == [
        "2026-09-01",
        "2026-09-30",
    ]
    assert periods_needed(FEED, {"2026-09-30"}, CALENDAR) == [f"2026-09-{day:02d}" for day in range(1, 31)]


def test_the_receipt_names_an_index_that_names_every_file():
    """Index and files fit each other by SHA-256; the receipt fits the index."""
    shelf, due = Shelf(), deliveries_due([RELEASE], [], [CSV])[0]

    delivery = hand_over(due, made(), shelf, now=NOW)

    index = shelf.files[delivery.path]
    assert (delivery.sha256, delivery.bytes) == (hashlib.sha256(index).hexdigest(), len(index))
    for entry in json.loads(index)["files"]:
        assert hashlib.sha256(shelf.files[f"outputs/monthly/{entry['name']}"]).hexdigest() == entry["sha256"]
    assert standing(due, shelf).release == 7
    before = dict(shelf.files)
    assert hand_over(due, made(), shelf, now=NOW, had=standing(due, shelf)) == delivery
    assert shelf.files == before


@pytest.mark.parametrize("damage", [None, b"edited by hand"])
def test_a_lost_or_altered_file_makes_everything_due_again(damage: bytes | None):
    """An index that does not fit its files counts as none."""
    shelf, due = Shelf(), deliveries_due([RELEASE], [], [CSV])[0]
    hand_over(due, made(), shelf, now=NOW)

    path = "outputs/monthly/aggregate_profit-2026-08.csv"
    del shelf.files[path]
    if damage:
        shelf.files[path] = damage

    assert standing(due, shelf) is None


def test_what_is_not_read_back_is_not_delivered():
    """A destination that loses a file gives an error, and no index that would claim it."""
    due = deliveries_due([RELEASE], [], [CSV])[0]
    shelf = Shelf(loses="outputs/monthly/aggregate_profit-2026-09.csv")

    with pytest.raises(StoreError, match="read back nothing"):
        hand_over(due, made(), shelf, now=NOW)
    assert due.index_path not in shelf.files


def test_a_destination_that_is_ahead_is_left_alone():
    """After a restore the ledger may be older than the folder; figures never go backwards unasked."""
    shelf = Shelf()
    ahead = deliveries_due([replace(RELEASE, id=9)], [], [CSV])[0]
    hand_over(ahead, made(), shelf, now=NOW)
    due = deliveries_due([RELEASE], [], [CSV])[0]

    with pytest.raises(WorldError, match="restored from a backup"):
        hand_over(due, made(), shelf, now=NOW, had=standing(due, shelf))


def test_an_unknown_kind_is_our_mistake():
    """Lint refuses it before; here it must not pass silently."""
    with pytest.raises(Bug, match="xlsx"):
        made(Output("x", "xlsx", "month", "outputs"))


def test_an_output_that_moves_is_due_at_its_new_place():
    """The receipt of the old place says nothing of the new one, which has nothing yet."""
    receipt = hand_over(deliveries_due([RELEASE], [], [CSV])[0], made(), Shelf(), now=NOW)
    moved = replace(CSV, destination="board")

    assert deliveries_due([RELEASE], [receipt], [CSV]) == []
    [due] = deliveries_due([RELEASE], [receipt], [moved])
    there = hand_over(due, made(), Shelf(), now=NOW)
    assert (receipt.path, there.path) == (
        "outputs/monthly/aggregate_profit-monthly_csv.delivered.json",
        "board:outputs/monthly/aggregate_profit-monthly_csv.delivered.json",
    )
    assert deliveries_due([RELEASE], [receipt, there], [moved]) == []


def test_each_file_of_each_release_has_a_version_of_its_own():
    """Equal bytes under two names are two versions, so are those of two releases; a repeat is the same one."""
    due = deliveries_due([RELEASE], [], [CSV])[0]
    later = deliveries_due([replace(RELEASE, id=8)], [], [CSV])[0]

    named = {due.version("a.csv", b"x"), due.version("b.csv", b"x"), due.version("a.csv", b"y"), later.version("a.csv", b"x")}

    assert len(named) == 4
    assert due.version("a.csv", b"x") in named
    shelf = Shelf()
    hand_over(due, made(), shelf, now=NOW)
    hand_over(due, made(), shelf, now=NOW)
    assert len(set(shelf.versions)) == len(shelf.versions) / 2 == 4


def test_the_index_says_whether_its_report_is_stale():
    """Since the first release that the place lacks, and which is the newest; once delivered, no more."""
    shelf, due = Shelf(), deliveries_due([RELEASE], [], [CSV])[0]
    hand_over(due, made(), shelf, now=NOW)
    releases = [
        replace(RELEASE, id=9, published_at=datetime(2026, 10, 3, tzinfo=UTC)),
        replace(RELEASE, id=8, published_at=datetime(2026, 10, 2, tzinfo=UTC)),
        RELEASE,
    ]
    [newest] = deliveries_due(releases, [], [CSV])
    fresh = json.loads(shelf.files[due.index_path])

    assert mark_stale(newest, releases, shelf)

    marked = json.loads(shelf.files[due.index_path])
    assert (fresh["stale"], fresh["stale_since"], fresh["newest_release"]) == (False, None, 7)
    assert marked == fresh | {"stale": True, "stale_since": "2026-10-02T00:00:00Z", "newest_release": 9}
    assert standing(newest, shelf) == standing(due, shelf)
    hand_over(newest, made(release=releases[0]), shelf, now=NOW, had=standing(newest, shelf))
    assert json.loads(shelf.files[due.index_path])["stale"] is False


def test_where_nothing_older_lies_nothing_is_marked():
    """No report is stale: there is none, or it is this release's or a later one's, or no index."""
    shelf, due = Shelf(), deliveries_due([RELEASE], [], [CSV])[0]
    assert not mark_stale(due, [RELEASE], shelf)
    hand_over(due, made(), shelf, now=NOW)
    before = dict(shelf.files)

    assert not mark_stale(due, [RELEASE], shelf)
    assert not mark_stale(deliveries_due([replace(RELEASE, id=6)], [], [CSV])[0], [RELEASE], shelf)
    shelf.files[due.index_path] = b"torn"
    assert not mark_stale(due, [RELEASE], shelf)
    assert shelf.files == before | {due.index_path: b"torn"}
