"""A delivery to a portal stopped anywhere and started again: equal files, a receipt, and each version once."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crash_company import NOW, PIPELINE, close, copied, new_company
from power_cuts import Effects, PowerCut

from holdfast.adapters.outputs.portal import HttpPortal
from holdfast.app import App
from holdfast.clock import FixedClock, Waiting
from holdfast.day import run_day
from holdfast.handing_over import deliver
from holdfast.testing.portal_server import PortalServer, Version

SEED = 20261121
SAMPLE = 6
UNHURRIED = Waiting(lambda _: None, time.monotonic, lambda: datetime.now(UTC))
OUTPUTS = """\
outputs:
  monthly_csv: {kind: csv, grain: month, to: monthly, destination: board}
  portal_feed: {kind: json, grain: day, to: feed, destination: board}
"""
Versions = dict[str, list[Version]]


@dataclass(frozen=True)
class Eve:
    """A project whose newest release nobody has, and what the portal had before."""

    folder: Path
    versions: Versions


@dataclass(frozen=True)
class Ending:
    """What must not depend on where the delivery was stopped."""

    versions: Versions
    receipts: tuple[tuple[int, str, str, str], ...]


@contextmanager
def opened(folder: Path, url: str) -> Iterator[App]:
    """The project as a new process opens it, with the portal at that address."""
    (folder / "destinations.yml").write_text(f"destinations:\n  board: {{kind: portal, url: '{url}', token: 'env:T'}}\n")
    app = App(folder, environ={"T": "t"}, say=lambda _: None, waiting=UNHURRIED)
    try:
        yield app
    finally:
        close(app)


@pytest.fixture(scope="module")
def eve(tmp_path_factory: pytest.TempPathFactory) -> Eve:
    """Everything but the last day is at the portal; the last day is released, and the portal was down."""
    folder = tmp_path_factory.mktemp("delivery") / "eve"
    new_company(folder)
    settings = folder / f"pipelines/{PIPELINE}/pipeline.yml"
    settings.write_text(settings.read_text().partition("outputs:")[0] + OUTPUTS)
    server = PortalServer()
    with server.serving() as url, opened(folder, url) as app:
        run_day(app.world(FixedClock(NOW - timedelta(days=1))))
    before = {path: list(kept) for path, kept in server.versions.items()}
    server.then("down")
    with server.serving() as url, opened(folder, url) as app:
        run_day(app.world(FixedClock(NOW)))
    assert server.versions == before
    assert {path.partition("/")[0] for path in before} == {"monthly", "feed"}
    return Eve(folder, before)


def delivered(folder: Path, server: PortalServer) -> Ending:
    """One more process that hands over what is due, and what there is then."""
    with server.serving() as url, opened(folder, url) as app:
        world = app.world(FixedClock(NOW + timedelta(hours=1)))
        deliver(world, list(app.project.pipelines.values()))
        receipts = tuple((d.release, d.output, d.path, d.sha256) for d in app.ledger.deliveries(PIPELINE))
    return Ending({path: list(kept) for path, kept in server.versions.items()}, receipts)


def cut(folder: Path, server: PortalServer, effects: Effects) -> None:
    """Hands over until the power goes; without a cut, to the end."""
    with pytest.MonkeyPatch.context() as patch:
        effects.install(patch)
        effects._patch(patch, HttpPortal, "put", lambda _, path, *rest: f"put {path}")
        effects._patch(patch, HttpPortal, "read", lambda _, path: f"read {path}")
        delivered(folder, server)


@pytest.fixture(scope="module")
def undisturbed(eve: Eve, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ending, list[str]]:
    """How a delivery ends that was not stopped, and the effects it had."""
    folder = copied(eve.folder, tmp_path_factory.mktemp("undisturbed") / "project")
    effects, server = Effects(), PortalServer(versions={path: list(kept) for path, kept in eve.versions.items()})
    cut(folder, server, effects)
    return delivered(folder, server), effects.names


def test_the_delivery_changes_what_is_there(eve: Eve, undisturbed: tuple[Ending, list[str]]):
    """At most one version more of each file, one of each index, and every kind of effect to stop at."""
    after, effects = undisturbed

    more = {path: len(kept) - len(eve.versions.get(path, [])) for path, kept in after.versions.items()}
    assert set(more.values()) <= {0, 1}
    assert [more[path] for path in sorted(more) if path.endswith("delivered.json")] == [1, 1]
    assert len({(each[0], each[1]) for each in after.receipts}) == len(after.receipts) == 4
    assert {"put", "read", "ledger"} <= {name.split(" ")[0] for name in effects}


def _assert_heals(eve: Eve, after: Ending, tmp_path: Path, cut_at: int, when: str, effect: str) -> None:
    folder = copied(eve.folder, tmp_path / f"{cut_at}-{when}")
    server = PortalServer(versions={path: list(kept) for path, kept in eve.versions.items()})
    with pytest.raises(PowerCut):
        cut(folder, server, Effects(cut_at, when))
    assert delivered(folder, server) == after, f"{when} effect {cut_at}, {effect}"


def test_stopped_at_some_effects(eve: Eve, undisturbed: tuple[Ending, list[str]], tmp_path: Path):
    """Between an index put, read back and recorded, and at a sample of all other effects."""
    after, effects = undisturbed
    index = next(at for at, name in enumerate(effects, 1) if name.startswith("put ") and name.endswith("delivered.json"))
    recorded = next(at for at, name in enumerate(effects, 1) if at > index and name == "ledger committed")
    between = {(index, "before"), (index, "after"), (index + 1, "after"), (recorded, "before"), (recorded, "after")}
    every = {(at, when) for at in range(1, len(effects) + 1) for when in ("before", "after")}
    for cut_at, when in sorted(between) + random.Random(SEED).sample(sorted(every - between), SAMPLE):
        _assert_heals(eve, after, tmp_path, cut_at, when, effects[cut_at - 1])


@pytest.mark.slow
def test_stopped_at_every_effect(eve: Eve, undisturbed: tuple[Ending, list[str]], tmp_path: Path):
    """Before and after each of them, one by one."""
    after, effects = undisturbed
    for cut_at, effect in enumerate(effects, 1):
        for when in ("before", "after"):
            _assert_heals(eve, after, tmp_path, cut_at, when, effect)


@pytest.mark.parametrize("odd", ["drop", "drop-kept", "slow", "503", "wrong", "lost", "500"])
def test_a_portal_that_misbehaves_at_any_request(eve: Eve, undisturbed: tuple[Ending, list[str]], tmp_path: Path, odd: str):
    """Whatever request it lets down, the next run at the latest ends equal, with each version once."""
    after, _ = undisturbed
    for at in (0, 2, 5, 8):
        folder = copied(eve.folder, tmp_path / f"{odd}-{at}")
        versions = {path: list(kept) for path, kept in eve.versions.items()}
        server = PortalServer([*["ok"] * at, odd], versions=versions, slow_s=0.01)
        delivered(folder, server)
        server.behave()
        ending = delivered(folder, server)
        newest = {path: kept[-1].content for path, kept in ending.versions.items()}
        assert newest == {path: kept[-1].content for path, kept in after.versions.items()}, at
        assert {(d[0], d[1], d[3]) for d in ending.receipts} == {(d[0], d[1], d[3]) for d in after.receipts}, at
        for path, kept in ending.versions.items():
            assert len({version.key for version in kept}) == len(kept), (at, path)
            marks = sum(b'"stale": true' in version.content for version in kept)
            assert len(kept) - marks == len(after.versions[path]), (at, path)
