"""A source behind an API, on days when it answers and on days when it does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from story_company import COMPANY, NEWEST, PIPELINE, Story, arrival, seen, truth_of

from holdfast.runs.run import RunState
from holdfast.testing.company import write_company
from holdfast.testing.marketing_server import MarketingServer, read_rows

CHECKS = f"pipelines/{PIPELINE}/checks.yml"
KEY = "s3cr3t-k3y-Zk9"
FRESH = "  marketing_fresh: {kind: freshness, dataset: src.marketing, severity: flag, sentence: Spend has come.}\n"
KEPT = "  marketing_kept: {kind: contract, dataset: src.marketing, severity: hold, holds: [profit], sentence: Spend is whole.}\n"


@pytest.fixture(scope="module")
def spend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's marketing rows as files."""
    folder = tmp_path_factory.mktemp("marketing")
    write_company(COMPANY, folder, sources=["marketing"])
    return folder / "data"


@pytest.fixture
def server(spend: Path) -> Iterator[tuple[MarketingServer, str]]:
    """The marketing platform on the eve of the last day, and its URL."""
    made = MarketingServer(read_rows(spend, arrival(NEWEST)), key=KEY)
    with made.serving() as url:
        yield made, url


def watched(eve: Story, url: str, checks: str) -> Story:
    """Profit is checked against marketing's rows, which come from the API."""
    eve.environ["ADS_KEY"] = KEY
    eve.edit(
        "sources/marketing.odcs.yaml",
        "  - server: files\n    type: local\n    path: data/marketing\n    format: parquet\n",
        f"""\
  - server: api
    type: api
    location: {url}
    customProperties:
      - property: paging
        value: {{rows: data, next: next_cursor, total: total}}
      - {{property: since, value: since}}
      - {{property: key, value: {{secret: "env:ADS_KEY"}}}}
""",
    )
    eve.edit(CHECKS, "checks:\n", f"checks:\n{checks}")
    return eve


def marketing_rows(story: Story) -> int:
    with story.app() as app:
        return sum(day.rows for day in app.ledger.source_days("marketing"))


def test_an_api_is_landed_like_files(eve: Story, spend: Path, server: tuple[MarketingServer, str]):
    """Every row comes, through pages and troubles; the day goes out and is true."""
    made, url = server
    made.then("429", "short", "503")
    story = watched(eve, url, FRESH + KEPT)

    produced = story.run(NEWEST)

    assert [each.state for each in produced] == [RunState.PUBLISHED], story.said
    assert seen(story.figures()) == truth_of(story.folder)
    assert marketing_rows(story) == len(made.rows) == len({(each["campaign_id"], each["on"]) for each in read_rows(spend)})


def test_a_source_that_only_flags_holds_nothing(eve: Story, server: tuple[MarketingServer, str]):
    """The key has expired: it is said, with whom to ask, and profit goes out as on any other day."""
    made, url = server
    made.then("401")
    story = watched(eve, url, FRESH)

    produced = story.run(NEWEST)

    assert [line for line in story.said if "env:ADS_KEY" in line and "Ask marketing_ops." in line]
    assert [each.state for each in produced] == [RunState.PUBLISHED], story.said
    assert story.holds() == []
    assert seen(story.figures()) == truth_of(story.folder)


def test_a_source_that_holds_is_held_until_it_answers(eve: Story, server: tuple[MarketingServer, str]):
    """What the check names waits, with the reason; the key renewed, it goes out."""
    made, url = server
    made.then("401")
    story = watched(eve, url, KEPT)

    assert [each.state for each in story.run(NEWEST)] == [RunState.HELD]
    assert {hold.cause for hold in story.holds()} == {"contract src.marketing"}
    assert NEWEST in {hold.day for hold in story.holds()}
    assert all("refused access (401)" in hold.detail for hold in story.holds())

    made.behave()
    assert [each.state for each in story.run(NEWEST, hour=5)] == [RunState.PUBLISHED]
    assert seen(story.figures()) == truth_of(story.folder)
    assert story.holds() == []


def test_no_key_in_the_whole_project(eve: Story, server: tuple[MarketingServer, str], capfd: pytest.CaptureFixture[str]):
    """Neither the ledger, nor landed files, nor what is printed has the key, also when a server repeats it."""
    made, url = server
    story = watched(eve, url, KEPT)
    made.then("503", "401")
    story.run(NEWEST)
    made.behave()
    story.run(NEWEST, hour=5)

    printed = capfd.readouterr()
    assert KEY not in "\n".join([*story.said, printed.out, printed.err])
    files = [path for path in story.folder.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
