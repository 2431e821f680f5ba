"""A pager that is killed again and again, a provider that fails one call in five, a backfill beside it: is a page lost?

usage: pager_chaos.py PROJECT INCIDENTS KILLS SPEED    runs it all, and prints what came of it
       pager_chaos.py page PROJECT INCIDENTS SPEED T0  the pager itself, until it is killed

SPEED: simulated seconds in one of the wall's.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pager_crews import Calls, crew_people, crew_rules, crew_signal
from pager_story import MINUTE, OPENED, Desk, pager

from holdfast.adapters.channels.recording import Recording
from holdfast.adapters.ledgers.sqlite import Ledger, open_ledger
from holdfast.definitions.channel import RecordingFile
from holdfast.definitions.people import Person
from holdfast.errors import StoreError
from holdfast.incidents.acts import acknowledge
from holdfast.incidents.messages import Post, step_name
from holdfast.incidents.ports import Letter, Unsent, Unsure
from holdfast.incidents.signals import Signal

OPENING = 30 * MINUTE
UNTIL = 130 * MINUTE
ACKNOWLEDGED_AFTER, CAME_AFTER = 20 * MINUTE, 45 * MINUTE
FAILS = 0.2
PIPELINE = "aggregate_profit"


@dataclass(frozen=True)
class Fleet:
    """The incidents: when each begins, pages and ends."""

    number: int

    def page_at(self, each: int) -> datetime:
        return OPENED + 2 * MINUTE + OPENING / self.number * each

    def came_at(self, each: int) -> datetime | None:
        """A third of the sources deliver three quarters of an hour later."""
        return self.page_at(each) + CAME_AFTER if each % 3 == 0 else None

    def is_acknowledged(self, each: int) -> bool:
        return each % 4 == 1

    def signals(self, now: datetime) -> list[Signal]:
        began = ((each, self.page_at(each)) for each in range(self.number))
        return [
            crew_signal(each, page_at - 2 * MINUTE, page_at)
            for each, page_at in began
            if page_at - 2 * MINUTE <= now and not ((came := self.came_at(each)) and came <= now)
        ]

    def due(self) -> Iterator[tuple[int, int, str, datetime]]:
        """(number, step, target, when) of every page that the policy asks for, by hand."""
        for each in range(self.number):
            at, name = self.page_at(each), f"p{each}"
            yield each, 1, f"{name}.primary", at
            yield each, 2, f"{name}.backup", at + 15 * MINUTE
            if not self.is_acknowledged(each):
                yield each, 3, f"{name}.manager", at + 30 * MINUTE
            if self.came_at(each) is None:
                for role in ("primary_owner", "secondary_owner", "manager"):
                    yield each, 4, f"{name}.{role}", at + 60 * MINUTE


def clock(t0: float, speed: float) -> datetime:
    """Simulated time."""
    return OPENED + timedelta(seconds=(time.time() - t0) * speed)


class Unreliable:
    """One call in five fails: half of these before the letter is taken, half after it."""

    name, wakes, is_idempotent = "pages", True, False

    def __init__(self, recording: Recording) -> None:
        self._recording, self._draw = recording, random.Random(os.getpid())

    def reaches(self, to: Person | str) -> bool:
        return True

    def send(self, letter: Letter) -> str:
        luck = self._draw.random()
        if luck < FAILS / 2:
            raise Unsent("503")
        answer = self._recording.send(letter)
        if luck < FAILS:
            raise Unsure("timed out after it was taken")
        return answer


def page(project: Path, number: int, speed: float, t0: float) -> None:
    """Passes for ever, as the pager does; a ledger that is busy for long is no reason to end."""
    fleet, draw = Fleet(number), random.Random(os.getpid())
    recording = Recording(RecordingFile("pages"), project / "calls.jsonl", time.sleep)
    with open_ledger(project / ".holdfast" / "ledger.db") as ledger:
        desk = Desk(
            ledger, [Unreliable(recording)], fleet.signals, crew_rules(number), crew_people(number), at_once=8,
            jitter=draw.random,
        )  # fmt: skip
        mine = pager(desk, lambda: clock(t0, speed))
        while True:
            mine.one_pass()
            time.sleep(0.1)


def acknowledge_due(ledger: Ledger, fleet: Fleet, now: datetime) -> None:
    """People answer a quarter of the incidents twenty minutes after their first page, beside the pager."""
    for incident in ledger.open_incidents():
        number = int(incident.key.subject.removeprefix("source_"))
        if fleet.is_acknowledged(number) and incident.acknowledged is None and fleet.page_at(number) + ACKNOWLEDGED_AFTER <= now:
            try:
                ledger.record_decisions([acknowledge(incident, f"p{number}.primary", now, crew_rules(fleet.number))])
            except StoreError:
                return


def chaos(project: Path, number: int, kills: int, speed: float) -> dict[str, object]:
    """Kills the pager as often as asked for, and starts it again, until the last page is due; then judges."""
    fleet, t0 = Fleet(number), time.time() + 3
    command = [sys.executable, __file__, "page", str(project), str(number), str(speed), str(t0)]
    seconds = UNTIL.total_seconds() / speed
    draw, killed, backfills = random.Random(number), 0, 0
    (project / "calls.jsonl").unlink(missing_ok=True)
    mine, builder = subprocess.Popen(command), _backfill(project)
    with open_ledger(project / ".holdfast" / "ledger.db") as ledger:
        while (gone := time.time() - t0) < seconds or killed < kills:
            time.sleep(draw.uniform(0.2, 0.4))
            if gone > 0:
                acknowledge_due(ledger, fleet, clock(t0, speed))
            if killed < kills and gone > (killed + 1) * seconds * 0.8 / (kills + 1):
                os.kill(mine.pid, signal.SIGKILL)
                mine.wait()
                mine, killed = subprocess.Popen(command), killed + 1
            if mine.poll() is not None:
                raise SystemExit(f"the pager ended by itself: {mine.returncode}")
            if builder.poll() is not None:
                backfills += 1
                builder = _backfill(project)
        mine.kill()
        mine.wait()
        builder.terminate()
        builder.wait()
        return _judged(ledger, project, fleet, speed) | {"kills": killed, "backfills_ended": backfills}


def _backfill(project: Path) -> "subprocess.Popen[bytes]":
    """Two years of a pipeline, built anew."""
    verb = ["backfill", "-C", str(project), "--from", "2024-10-01", "--to", "2026-09-30", PIPELINE]
    with (project / "backfill.log").open("a") as log:
        return subprocess.Popen([sys.executable, "-m", "holdfast", *verb], stdout=log, stderr=log)


def _judged(ledger: Ledger, project: Path, fleet: Fleet, speed: float) -> dict[str, object]:
    calls = Calls([json.loads(line) for line in (project / "calls.jsonl").read_text().splitlines() if line.strip()])
    subject = {each.id: int(each.key.subject.removeprefix("source_")) for each in ledger.incidents(limit=10**6)}
    kept = {
        (subject[each.message.incident], step_name(each.message), each.message.target): each.reason
        for incident in subject
        for each in ledger.posted(incident)
        if each.post in (Post.DROPPED, Post.FAILED) and each.reason
    }
    first: dict[tuple[int, str, str, datetime], datetime] = {}
    unmarked = repeats = 0
    for name, target, due_at, sent_at, is_marked in calls.said():
        incident, _, step = name.partition(":")
        key = (subject[int(incident)], step, target, due_at)
        repeats += key in first
        unmarked += key in first and not is_marked
        first.setdefault(key, sent_at)
    lost, waits = [], []
    for number, step, target, due_at in fleet.due():
        name = f"p{number}/{step}"
        sent_at = first.get((number, name, target, due_at))
        if sent_at is not None:
            waits.append((sent_at - due_at).total_seconds() / speed)
        elif (number, name, target) not in kept:
            lost.append(f"{name} {target} {due_at}")
    waits.sort()
    return {
        "incidents": len(subject), "due": sum(1 for _ in fleet.due()), "handed_over": len(waits),
        "kept_with_reason": len(list(fleet.due())) - len(waits) - len(lost), "lost": lost, "repeats": repeats,
        "unmarked": unmarked, "p99_wall_s": waits[int(len(waits) * 0.99)], "worst_wall_s": waits[-1],
    }  # fmt: skip


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "page":
        page(Path(rest[0]), int(rest[1]), float(rest[2]), float(rest[3]))
    else:
        print(json.dumps(chaos(Path(what), int(rest[0]), int(rest[1]), float(rest[2]))))
