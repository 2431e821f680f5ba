"""Where every output stands, told from receipts, releases and failed attempts."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from small_figures import RELEASE

from holdfast.definitions.pipeline import Output
from holdfast.releases.handed_over import as_json, lines, stale_line, standings
from holdfast.releases.release import Delivery, FailedAttempt, ReleaseRow

OWN = Output("monthly_csv", "csv", "month", "outputs/monthly")
BOARD = Output("portal_feed", "json", "day", "feed", "board")
AT = datetime(2026, 10, 3, 8, 30, tzinfo=UTC)


def release(number: int) -> ReleaseRow:
    """Published on the day of that number in October."""
    return replace(RELEASE, id=number, published_at=datetime(2026, 10, number, 3, tzinfo=UTC))


def receipt(number: int, output: Output, path: str) -> Delivery:
    return Delivery(number, "aggregate_profit", output.name, path, "ab" * 32, 99, release(number).published_at)


HERE = "outputs/monthly/aggregate_profit-monthly_csv.delivered.json"
THERE = "board:feed/aggregate_profit-portal_feed.delivered.json"
RELEASES = [release(7), release(6), release(5)]
FAILED = [
    FailedAttempt("aggregate_profit", "portal_feed", 7, number, AT, f"refused {number}") for number in (1, 2)
]


def test_an_output_is_stale_since_the_first_release_it_lacks():
    """Of 5, 6 and 7 the board has 5, so since 6 was published; the last attempt says why."""
    delivered = [receipt(5, BOARD, THERE), receipt(7, OWN, HERE), receipt(6, OWN, HERE)]

    own, board = standings("aggregate_profit", [OWN, BOARD], RELEASES, delivered, FAILED)

    assert (own.stale_since, own.problem, own.delivery.release, own.failed) == (None, "", 7, ())
    assert (board.stale_since, board.problem, board.delivery.release) == (release(6).published_at, "refused 2", 5)
    assert [each.attempt for each in board.failed] == [1, 2]
    assert stale_line(board) == (
        "portal_feed at board: has release 5, newest is 7; stale since 2026-10-06 03:00 UTC; "
        "2 attempt(s), the last 2026-10-03 08:30 UTC: refused 2"
    )


def test_a_receipt_of_another_place_counts_for_nothing():
    """An output that moved has nothing at its new place, since its first release."""
    moved = replace(OWN, destination="board")

    [found] = standings("aggregate_profit", [moved], RELEASES, [receipt(7, OWN, HERE)], [])

    assert (found.delivery, found.stale_since, found.problem) == (None, release(5).published_at, "it was not tried yet")


def test_before_the_first_release_nothing_is_stale():
    """There is nothing to hand over."""
    [found] = standings("aggregate_profit", [OWN], [], [], [])

    assert (found.newest, found.delivery, found.stale_since) == (None, None, None)
    assert "  nothing is released yet" in lines([found])


def test_the_json_says_the_same():
    """One object per output; a problem's control characters do not reach a terminal."""
    odd = [replace(FAILED[0], problem="refused\x1b[2J")]
    found = standings("aggregate_profit", [BOARD], RELEASES, [receipt(5, BOARD, THERE)], odd)

    [said] = json.loads(as_json(found))

    assert (said["output"], said["destination"], said["path"]) == ("portal_feed", "board", THERE)
    assert (said["stale"], said["stale_since"], said["newest_release"]) == (True, "2026-10-06T03:00:00Z", 7)
    assert said["receipt"] == {"release": 5, "sha256": "ab" * 32, "bytes": 99, "delivered_at": "2026-10-05T03:00:00Z"}
    assert said["failed_attempts"] == [{"attempt": 1, "at": "2026-10-03T08:30:00Z", "problem": "refused\x1b[2J"}]
    assert all(line.isprintable() for line in lines(found))
