"""The statements of common growth and engagement runbooks run as they are, and the page about them tells the truth."""

import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from small_demo import LAST_ON

from holdfast.cli import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/runbook-queries.md"
SHOWN = re.compile(r"^```bash\n(holdfast .*?)\n```\n\n```console\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
REFUSED = re.compile(r'^\$ holdfast sql -C small-demo "(DELETE .*?)"\n(.*)$', re.MULTILINE)
EVENING = f"{LAST_ON}T22:00Z"

DUPLICATE_USERS = """SELECT user_id, COUNT(*)
FROM users
GROUP BY user_id
HAVING COUNT(*) > 1;"""
NET_GROWTH = """SELECT SUM(new_users) - SUM(churned_users) AS net_growth
FROM agg_growth
WHERE date = CURRENT_DATE;"""
AGAINST_YESTERDAY = """SELECT today.date, today.net_growth, yesterday.net_growth,
       ROUND((today.net_growth - yesterday.net_growth)*100.0 / yesterday.net_growth, 2) AS pct_diff
FROM (
    SELECT date, SUM(new_users)-SUM(churned_users) AS net_growth
    FROM agg_growth
    WHERE date = CURRENT_DATE
    GROUP BY date
) today
JOIN (
    SELECT date, SUM(new_users)-SUM(churned_users) AS net_growth
    FROM agg_growth
    WHERE date = CURRENT_DATE - INTERVAL '1 day'
    GROUP BY date
) yesterday ON 1=1;"""
DUPLICATE_EVENTS = """SELECT user_id, event_time, COUNT(*)
FROM fact_events
GROUP BY user_id, event_time
HAVING COUNT(*) > 1;"""
DAU = """SELECT COUNT(DISTINCT user_id) AS dau
FROM fact_sessions
WHERE session_date = CURRENT_DATE;"""
MAU = """SELECT COUNT(DISTINCT user_id) AS mau
FROM fact_sessions
WHERE session_date >= DATE_TRUNC('month', CURRENT_DATE);"""
SELECTS = [DUPLICATE_USERS, NET_GROWTH, AGAINST_YESTERDAY, DUPLICATE_EVENTS, DAU, MAU]
DELETES = [
    (
        "DELETE FROM agg_growth WHERE date = '2025-09-18';",
        "holdfast backfill aggregate_growth --from 2025-09-18 --to 2025-09-18",
    ),
    (
        "DELETE FROM agg_engagement WHERE session_date = '2025-09-18';",
        "holdfast backfill aggregate_engagement --from 2025-09-18 --to 2025-09-18",
    ),
]


@pytest.fixture
def ask(small_demo, capsys):
    """A statement's rows as cells, asked on the last day's evening or at another time."""

    def rows(statement: str, at: str = EVENING) -> list[list[str]]:
        capsys.readouterr()
        assert main(["sql", "-C", str(small_demo), "--at", at, "--csv", statement]) == 0
        return [line.split(",") for line in capsys.readouterr().out.splitlines()[1:]]

    return rows


@pytest.fixture
def figure(ask):
    """The published value of the total, as the figures table has it."""

    def value(metric: str, period: str) -> Decimal:
        where = f"metric = '{metric}' AND period = '{period}' AND segment = ''"
        return Decimal(ask(f"SELECT value FROM figures WHERE {where}")[0][0])

    return value


@pytest.mark.parametrize("statement", SELECTS)
def test_a_select_runs_as_the_runbook_writes_it(ask, statement):
    """With its line breaks and its semicolon, in the morning as in the evening."""
    ask(statement)
    ask(statement, at=f"{LAST_ON}T03:00Z")


@pytest.mark.parametrize("statement", SELECTS)
def test_the_page_shows_each_statement_as_the_runbook_writes_it(statement):
    """Word for word but for the semicolon, where an order and a limit keep the answer small."""
    assert statement.removesuffix(";") in PAGE.read_text()


def test_net_growth_lacks_the_users_who_came_back(ask, figure):
    """The statement's net growth is net_new; net_growth is that and the users resurrected."""
    theirs = Decimal(ask(NET_GROWTH)[0][0])

    assert theirs == figure("net_new", f"{LAST_ON}")
    assert theirs + figure("resurrected_users", f"{LAST_ON}") == figure("net_growth", f"{LAST_ON}")


def test_more_users_have_a_session_than_are_active(ask, figure):
    """Whoever looks at one page has a session; an active user did something."""
    assert Decimal(ask(DAU)[0][0]) > figure("dau", f"{LAST_ON}") > 0


def test_the_month_to_date_of_sessions_is_no_months_figure(ask, figure):
    """On the last day of a month the two cover the same days and still differ; the next morning the query says 0."""
    assert Decimal(ask(MAU)[0][0]) > figure("mau", f"{LAST_ON:%Y-%m}") > 0
    assert ask(MAU, at="2026-10-01T03:00Z") == [["0"]]


def test_no_user_is_there_twice_and_some_have_several_accounts(ask):
    """The statement looks for duplicates where none can be; they are in the accounts."""
    assert ask(DUPLICATE_USERS) == []
    accounts, users = ask("SELECT COUNT(*), COUNT(DISTINCT user_id) FROM user_accounts")[0]
    assert int(accounts) > int(users) == int(ask("SELECT COUNT(*) FROM users")[0][0])


def test_events_of_one_second_have_ids_of_their_own(ask):
    """What the statement calls duplicates are different events."""
    assert ask(DUPLICATE_EVENTS)
    assert ask("SELECT COUNT(*) - COUNT(DISTINCT event_id) FROM fact_events") == [["0"]]


@pytest.mark.parametrize(("statement", "verb"), DELETES)
def test_a_delete_is_refused_with_the_verb_that_does_it(small_demo, capsys, statement, verb):
    """The page shows the very words."""
    assert main(["sql", "-C", str(small_demo), statement]) == 1

    said = capsys.readouterr().err.strip()
    assert f"`{verb}`" in said
    assert (statement, said) in REFUSED.findall(PAGE.read_text())


@pytest.fixture(scope="module")
def demo_of_the_page(tmp_path_factory) -> Path:
    """What the page's first command makes."""
    folder = tmp_path_factory.mktemp("page")
    call = re.search(r"^\$ (holdfast demo .*)$", PAGE.read_text(), re.MULTILINE)
    assert call
    done = typed(call[1], folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_number_on_the_page_is_the_demos(demo_of_the_page):
    """Each command of the page answers what the page shows, to the last character."""
    shown = SHOWN.findall(PAGE.read_text())
    for command, answer in shown:
        done = typed(command, demo_of_the_page)
        assert done.stdout.rstrip() == answer, f"{command}\n{done.stderr}"
    assert len(shown) > 10


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command as a reader types it in the folder."""
    return subprocess.run(
        ["bash", "-euc", f'holdfast() {{ "{sys.executable}" -m holdfast "$@"; }}\n{command}'],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
