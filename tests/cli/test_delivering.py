"""deliver, deliveries, and what status and the destination's readers are told when a delivery fails."""

import csv
import hashlib
import io
import json
import re
import shutil
import time

import pytest

from holdfast.app import App
from holdfast.cli import main
from holdfast.testing.portal_server import PortalServer

INDEX = "monthly/aggregate_profit-monthly_csv.delivered.json"
TOKEN = "a-token-of-the-tests"


@pytest.fixture
def portal(project, monkeypatch):
    """The finished demo, whose monthly CSV goes to a portal that nothing was delivered to yet."""
    monkeypatch.setenv("PORTAL_TOKEN", TOKEN)
    server = PortalServer(token=TOKEN, most_bytes=2000)
    with server.serving() as url:
        (project / "destinations.yml").write_text(
            f"destinations:\n  board: {{kind: portal, url: '{url}', token: 'env:PORTAL_TOKEN'}}\n"
        )
        settings = project / "pipelines/aggregate_profit/pipeline.yml"
        text = settings.read_text()
        assert "to: outputs/monthly}" in text
        settings.write_text(text.replace("to: outputs/monthly}", "to: monthly, destination: board}"))
        yield server


def one_more_day(holdfast, project):
    """A day more, built and published, and delivered where that goes well."""
    assert main(["demo", str(project), "--add-days", "1"]) == 0
    return holdfast("run", "-C", project)


def monthly(holdfast, project):
    told = holdfast("deliveries", "-C", project, "aggregate_profit", "--json").json
    return next(each for each in told if each["output"] == "monthly_csv")


def test_a_moved_output_is_delivered_at_its_new_place(holdfast, project, portal):
    """With a receipt that fits the portal's index; the others stay where they were, and a repeat has nothing to do."""
    assert monthly(holdfast, project)["why"] == "it was not tried yet"

    done = holdfast("deliver", "-C", project, "aggregate_profit")

    assert done.code == 0, done.err
    assert re.fullmatch(rf"aggregate_profit monthly_csv: release \d+ delivered, {INDEX}\n", done.out)
    told = monthly(holdfast, project)
    assert (told["destination"], told["path"], told["stale"]) == ("board", f"board:{INDEX}", False)
    content = portal.newest(INDEX)
    assert told["receipt"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert {each["name"] for each in json.loads(content)["files"]} == {
        "aggregate_profit-2025-10.csv",
        "aggregate_profit-2025-11.csv",
    }
    assert holdfast("deliver", "-C", project, "aggregate_profit").out == "Nothing is due.\n"
    assert all(len(each) == 1 for each in portal.versions.values())


def test_a_failed_delivery_is_told_everywhere(holdfast, project, portal):
    """By the run, by status, by deliveries, and to the portal's readers, who keep the old report, marked stale."""
    assert holdfast("deliver", "-C", project, "aggregate_profit").code == 0
    before = json.loads(portal.newest(INDEX))
    files = {path: portal.newest(path) for path in portal.versions if path != INDEX}
    portal.then("413")  # the files are larger than it takes, the index is not

    ran = one_more_day(holdfast, project)

    assert ran.code == 0 and "output monthly_csv was not delivered" in ran.out and TOKEN not in ran.out
    told = monthly(holdfast, project)
    assert told["stale"] and "too large" in told["why"] and told["receipt"]["release"] == before["release"]
    assert [each["attempt"] for each in told["failed_attempts"]] == [1]
    marked = json.loads(portal.newest(INDEX))
    assert marked == before | {
        "stale": True,
        "stale_since": told["stale_since"],
        "newest_release": told["newest_release"],
    }
    assert {path: portal.newest(path) for path in files} == files
    status = holdfast("status", "-C", project)
    assert f"output    monthly_csv at board: has release {before['release']}, newest is {told['newest_release']}" in status.out
    [profit] = holdfast("status", "-C", project, "--json").json["pipelines"]
    assert [each["output"] for each in profit["stale_outputs"]] == ["monthly_csv"]

    again = holdfast("deliver", "-C", project, "aggregate_profit", "--output", "monthly_csv")
    assert again.code == 1 and "not delivered" in again.out
    assert [each["attempt"] for each in monthly(holdfast, project)["failed_attempts"]] == [1, 2]
    assert len(portal.versions[INDEX]) == 2, "a repeated mark is no new version"

    portal.behave()
    assert holdfast("deliver", "-C", project, "aggregate_profit").code == 0
    healed = json.loads(portal.newest(INDEX))
    assert (healed["release"], healed["stale"], healed["stale_since"]) == (told["newest_release"], False, None)
    assert not monthly(holdfast, project)["stale"]
    assert "output  " not in holdfast("status", "-C", project).out


def test_a_missing_token_stops_one_output_and_no_other(holdfast, project, portal, monkeypatch):
    """The portal is not asked; the day's other outputs are there."""
    monkeypatch.delenv("PORTAL_TOKEN")

    ran = one_more_day(holdfast, project)

    assert "needs the environment variable PORTAL_TOKEN" in ran.out
    stale = [each["output"] for each in holdfast("deliveries", "-C", project, "--json").json if each["stale"]]
    assert (stale, portal.asked) == (["monthly_csv"], [])


def test_deliveries_names_every_output_with_its_receipt(holdfast, project):
    """As text: where, which release, when, the digest."""
    told = holdfast("deliveries", "-C", project)

    assert told.code == 0
    receipts = [each["receipt"]["sha256"] for each in holdfast("deliveries", "-C", project, "--json").json]
    assert all(f"  receipt {each}" in told.out.splitlines() for each in receipts)
    assert "aggregate_profit monthly_csv, to own folder" in told.out


@pytest.mark.parametrize(
    ("given", "said"),
    [(["agregate_profit"], "aggregate_profit"), (["aggregate_profit", "--output", "monthly"], "monthly_csv")],
)
def test_a_name_that_is_none_gets_the_nearest(holdfast, project, given, said):
    """A typing mistake is answered with what it may have meant."""
    told = holdfast("deliver", "-C", project, *given)

    assert told.code == 1 and f"Did you mean '{said}'?" in told.err


def test_up_tries_again_and_serves_the_verb(holdfast, spawn, project, portal):
    """A builder that is up hands over what a person asks for."""
    portal.then("401")
    builder = spawn("up", "-C", project)
    lock = App(project).lock
    for _ in range(200):
        if lock.holder() is not None and portal.asked:
            break
        time.sleep(0.05)
    portal.behave()

    done = holdfast("deliver", "-C", project, "aggregate_profit")

    builder.terminate()
    assert builder.wait(30) == 0
    assert done.code == 0 and ("delivered" in done.out or done.out == "Nothing is due.\n")
    assert not monthly(holdfast, project)["stale"]


def test_a_withdrawn_figure_reaches_the_portal_as_withdrawn(holdfast, project, portal):
    """At once and with no value: the portal's readers no longer have the number that was taken back."""
    portal.most_bytes = 1 << 20
    assert holdfast("deliver", "-C", project, "aggregate_profit").code == 0
    path = "monthly/aggregate_profit-2025-10.csv"
    [before] = totals(portal.newest(path), "profit")
    assert before["state"] == "final" and before["value"]

    taken = holdfast(
        "withdraw", "-C", project, "aggregate_profit", "2025-10", "--as", "james", "--reason", "a region was counted twice"
    )

    assert taken.code == 0, taken.err
    [after] = totals(portal.newest(path), "profit")
    assert (after["state"], after["value"]) == ("withdrawn", "")
    assert "a region was counted twice" in after["note"]
    assert before["value"] not in portal.newest(path).decode()
    feed = json.loads((project / ".holdfast/outputs/feed/aggregate_profit-day-2025-10.json").read_text())
    assert {(each["state"], each["value"]) for each in feed["figures"]} == {("withdrawn", None)}


def test_a_backup_holds_what_lies_below_the_project(holdfast, project, tmp_path):
    """Outputs of its own folder and of a declared one below it; a drive's files are kept by whoever owns it."""
    (tmp_path / "drive").mkdir()
    (project / "destinations.yml").write_text(
        "destinations:\n  board: {kind: folder, path: outputs/board}\n  drive: {kind: folder, path: 'env:DRIVE'}\n"
    )
    settings = project / "pipelines/aggregate_profit/pipeline.yml"
    text = settings.read_text().replace("to: outputs/monthly}", "to: monthly, destination: board}")
    settings.write_text(text.replace("to: outputs/feed}", "to: feed, destination: drive}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRIVE", str(tmp_path / "drive"))
        assert holdfast("deliver", "-C", project, "aggregate_profit").code == 0
        assert holdfast("backup", "-C", project, tmp_path / "all.tar").code == 0
    assert (tmp_path / "drive/feed/schema.json").is_file()
    shutil.rmtree(project / ".holdfast")

    restored = holdfast("restore", "-C", project, tmp_path / "all.tar")

    assert restored.code == 0, restored.err
    assert (project / f".holdfast/outputs/board/{INDEX}").is_file()
    assert list((project / ".holdfast/outputs/daily").iterdir())


def totals(content, metric):
    """Rows of a metric's total in a CSV output."""
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [row for row in rows if row["metric"] == metric and not row["segment"]]
