"""What a misbehaving API does to a run: it ends with the right rows, or says what to do."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sources_under_test import KEY, Outside, morning, of_api, row

from holdfast.testing.marketing_server import MISBEHAVIOURS, MarketingServer

ROWS = [row(f"c-{n}", 17, f"{n}.10", 18) for n in range(8)]
"""Three pages of three."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[tuple[Outside, MarketingServer]]:
    """A project over the API, with eight rows, and the server."""
    with of_api(tmp_path / "project") as (outside, server):
        outside.write_project()
        outside.bring(ROWS)
        yield outside, server


@pytest.mark.parametrize(
    ("script", "waits"),
    [
        (["429"], [7.0]),
        (["429-date"], [9.0]),
        (["503"], [1.0]),
        (["500", "503"], [1.0, 2.0]),
        (["broken"], [1.0]),
        (["html", "503", "429"], [1.0, 2.0, 7.0]),
        (["short", "short", "short"], []),
        (["503", "short", "429", "broken", "short", "500"], [1.0, 7.0, 2.0, 1.0]),
    ],
    ids=lambda value: "+".join(map(str, value)) or "none",
)
def test_a_passing_trouble_is_waited_out(api: tuple[Outside, MarketingServer], script: list[str], waits: list[float]):
    """As long as the server asks, or twice as long each time; then every row is there, once."""
    outside, server = api
    server.then(*script)

    assert outside.look(morning(18)) == []
    assert outside.counting() == ROWS
    assert outside.clockwork.waited == pytest.approx(waits, abs=1.0)  # an HTTP date has whole seconds


def test_a_slow_answer_is_asked_for_again_in_a_smaller_page(api: tuple[Outside, MarketingServer]):
    """Twice no answer in time, and a page is half as large."""
    outside, server = api
    outside.timeout_s = 0.2
    server.then("slow", "slow")

    assert outside.look(morning(18)) == []
    assert outside.counting() == ROWS
    assert [each["limit"] for each in server.asked][:3] == ["3", "3", "1"]


def test_pages_shrink_to_what_the_server_takes(api: tuple[Outside, MarketingServer]):
    """413 halves the page at once, without waiting; the size that works is kept."""
    outside, server = api
    server.most_rows = 1
    server.then("413")

    assert outside.look(morning(18)) == []
    assert outside.counting() == ROWS
    assert [each["limit"] for each in server.asked] == ["3", *"1" * 8]
    assert outside.clockwork.waited == []


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (["503"] * 6, "failed 6 time(s) in a row, last with status 503"),
        (["html"] * 6, "no JSON (text/html, 33 bytes: '<html>We are working on it</html>')"),
        (["429-long"], "asks to wait 86,400 s"),
        (["missing"], "says it has 8 rows and gave 7: 1 are missing"),
        (["short", "repeat"], "gave the cursor 'after-1' a second time"),
        (["401"], "refused access (401): the key env:SPEND_KEY may have expired or been withdrawn: renew it. Ask marketing_ops."),
        (["renamed"], "there is no field 'data'; found next_cursor, rows, total"),
        (["drift"], "spend (DECIMAL(18,2)) is missing"),
    ],
    ids=["503", "html", "429-long", "missing", "repeat", "401", "renamed", "drift"],
)
def test_what_does_not_pass_is_said_with_what_to_do(api: tuple[Outside, MarketingServer], script: list[str], said: str):
    """One message; the next run, when all is well, has every row once."""
    outside, server = api
    server.then(*script)
    (refused,) = outside.look(morning(18))
    assert said in str(refused)
    assert KEY not in str(refused)
    assert sum(outside.clockwork.waited) < timedelta(minutes=15).total_seconds()

    server.behave()
    assert outside.look(morning(18, hour=4)) == []
    assert outside.counting() == ROWS


def test_a_server_that_refuses_the_smallest_page(api: tuple[Outside, MarketingServer]):
    """There is an end to asking smaller."""
    outside, server = api
    server.most_rows = 0
    server.then("413")

    (refused,) = outside.look(morning(18))

    assert "refuses even 1 rows a page as too many (413)" in str(refused)


def test_a_fetch_that_breaks_off_goes_on_at_its_cursor(api: tuple[Outside, MarketingServer]):
    """The pages before are landed, and are not asked for again."""
    outside, server = api
    server.then("short", *["503"] * 6)
    outside.look(morning(18))
    assert outside.counting() == ROWS[:1]
    server.asked.clear()

    assert outside.look(morning(18, hour=4)) == []
    assert [each.get("cursor") for each in server.asked] == ["after-1", "after-4", "after-7"]
    assert outside.counting() == ROWS


def test_a_cursor_that_has_expired_meanwhile(api: tuple[Outside, MarketingServer]):
    """The pass begins again by itself."""
    outside, server = api
    server.then("short", *["503"] * 6)
    outside.look(morning(18))
    server.then("gone")

    assert outside.look(morning(18, hour=4)) == []
    assert outside.counting() == ROWS


def test_only_days_that_may_still_change_are_asked_for(api: tuple[Outside, MarketingServer]):
    """The first look asks for everything; later ones from the newest landed day less lateRowsWithin, that day too."""
    outside, server = api
    outside.look(morning(18))
    assert all("since" not in each for each in server.asked)
    server.asked.clear()

    outside.look(morning(19))

    assert {each["since"] for each in server.asked} == {"2026-09-12"}


def test_a_broken_off_first_look_does_not_narrow_the_next_one(api: tuple[Outside, MarketingServer]):
    """Newer days that were landed on the way do not hide older ones that were not."""
    outside, server = api
    older = row("c-0", 1, "5.00", 2)
    server.then("missing")
    outside.look(morning(18))
    outside.bring([older])
    server.behave()
    outside.look(morning(18, hour=4))

    assert outside.counting() == sorted([older, *ROWS], key=lambda each: each[:2])


def test_every_misbehaviour_is_tried_here():
    """What the server can do wrong is in a test of this file."""
    text = Path(__file__).read_text()

    assert [name for name in MISBEHAVIOURS if f'"{name}"' not in text] == []


def test_the_address_of_a_key_that_is_not_set(api: tuple[Outside, MarketingServer]):
    """Nothing is asked without it."""
    outside, server = api
    outside.environ.clear()

    (refused,) = outside.look(morning(18))

    assert "needs the environment variable SPEND_KEY, which is not set or empty. Ask marketing_ops." in str(refused)
    assert server.asked == []


def test_a_fetch_without_an_end_goes_on_another_time(api: tuple[Outside, MarketingServer]):
    """After a quarter of an hour the others have their turn; the next run goes on at the cursor."""
    outside, server = api
    rows = [row(f"c-{n:02d}", 17, "1.00", 18) for n in range(60)]
    server.rows.clear()
    outside.bring(rows)
    outside.clockwork.page_s = 50.0
    (refused,) = outside.look(morning(18))
    assert "had more to give after 15 minutes" in str(refused)
    first = outside.counting()
    assert 0 < len(first) < len(rows)
    server.asked.clear()

    outside.clockwork.page_s = 0.0
    assert outside.look(morning(18, hour=4)) == []
    assert server.asked[0]["cursor"] == f"after-{len(first)}"
    assert outside.counting() == rows


def test_what_was_fetched_can_be_thrown_away(api: tuple[Outside, MarketingServer]):
    """As after a backup was restored: everything is asked for again, and counts once."""
    outside, server = api
    outside.look(morning(18))
    shutil.rmtree(outside.folder / ".holdfast/fetched")
    server.asked.clear()

    assert outside.look(morning(19)) == []
    assert all("since" not in each for each in server.asked)
    assert outside.counting() == ROWS
