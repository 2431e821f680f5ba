"""Very many incidents: how long a pass takes, when everybody has a first page, how long from due to handed over.

usage: pager_load.py open N | storm N | due N SECONDS
"""

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pager_crews import crew_people, crew_rules, crew_signal
from pager_story import DEADLINE, OPENED, Desk, NoNote, complain, late, pager

from holdfast.adapters.channels.recording import Recording
from holdfast.adapters.ledgers.sqlite import Ledger, open_ledger
from holdfast.cli.staying import GATHER_S, TICK_S
from holdfast.definitions.channel import RecordingFile
from holdfast.incidents.messages import Post, Sort
from holdfast.paging.emergency import Emergency
from holdfast.paging.engine import Pager
from holdfast.paging.pager_time import PagerTime

AT_ONCE = 8


@contextmanager
def place():
    """A folder on the disk, an empty ledger in it, and a channel that syncs each letter."""
    with tempfile.TemporaryDirectory() as name, open_ledger(Path(name) / "ledger.db") as ledger:
        yield ledger, Recording(RecordingFile("pages"), Path(name) / "pages.jsonl", time.sleep)


@dataclass(frozen=True)
class Took:
    """Seconds by the wall and of CPU; beside busy neighbours the first says little."""

    wall_s: float
    cpu_s: float


def timed(act: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def many_open(number: int) -> dict[str, object]:
    """One pass over so many open incidents: of a pager that just started, and of one that runs."""
    signals = [late(f"source_{each}", DEADLINE + timedelta(days=1)) for each in range(number)]
    with place() as (ledger, channel):
        desk = Desk(ledger, [channel], lambda _: signals, at_once=AT_ONCE)
        opening = timed(pager(desk, lambda: OPENED).one_pass)
        now = OPENED + timedelta(minutes=30)
        first = pager(desk, lambda: now)
        with open_ledger(channel.path.parent / "ledger.db") as again:
            desk.ledger = again  # read anew, as by a process that starts
            starting = timed(first.one_pass)
            passes = sorted((timed(first.one_pass) for _ in range(5)), key=lambda each: each.wall_s)
            timers = sorted((timed(lambda: first.one_pass(gathers=False)) for _ in range(5)), key=lambda each: each.wall_s)
        assert len(ledger.open_incidents()) == number
    return {
        "opening_s": opening.wall_s, "opening_cpu_s": opening.cpu_s, "starting_s": starting.wall_s,
        "starting_cpu_s": starting.cpu_s, "pass_s": passes[2].wall_s, "worst_pass_s": passes[-1].wall_s,
        "pass_cpu_s": passes[2].cpu_s, "timers_s": timers[2].wall_s,
    }  # fmt: skip


def storm(number: int) -> dict[str, object]:
    """So many incidents begin to page in one pass: first pages, letters each, and who is left out."""
    signals = [late(f"source_{each}") for each in range(number)]
    taken: list[tuple[float, str]] = []
    with place() as (ledger, channel):
        began = time.perf_counter()

        class Timed:
            name, wakes, is_idempotent = channel.name, channel.wakes, channel.is_idempotent

            def reaches(self, to):
                return channel.reaches(to)

            def send(self, letter):
                answer = channel.send(letter)
                taken.append((time.perf_counter() - began, letter.to if isinstance(letter.to, str) else letter.to.name))
                return answer

        desk = Desk(ledger, [Timed()], lambda _: signals, at_once=AT_ONCE)
        took = timed(pager(desk, lambda: DEADLINE).one_pass)
        lines = [json.loads(line) for line in channel.path.read_text().splitlines()]
        sent = {each.message.incident for each in _all(ledger) if each.message.target == "john" and each.post is Post.SENT}
    paged = [each["incident"] for line in lines if line["target"] == "john" for each in [line, *line.get("more", [])]]
    firsts: dict[str, float] = {}
    for at_s, target in taken:
        firsts.setdefault(target, at_s)
    return {
        "pass_s": took.wall_s, "pass_cpu_s": took.cpu_s, "first_page_s": max(firsts.values()), "people": len(firsts),
        "most_letters": max(Counter(target for _, target in taken).values()),
        "accounted": len(set(paged) & sent), "twice": len(paged) - len(set(paged)), "asked": number,
    }  # fmt: skip


def due(number: int, seconds: float) -> dict[str, object]:
    """From due to handed over, with so many incidents open, by the loop of the real pager."""
    began = datetime.now(UTC) + timedelta(seconds=2)
    spread = timedelta(seconds=seconds) / number
    unit = timedelta(seconds=seconds) / 45
    signals = [crew_signal(each, began - timedelta(hours=1), began + spread * each) for each in range(number)]
    with place() as (ledger, channel):
        desk = Desk(
            ledger, [channel], lambda _: signals, crew_rules(number, unit), crew_people(number), at_once=AT_ONCE
        )
        clock = PagerTime(lambda: datetime.now(UTC), time.monotonic)
        mine = Pager(lambda: desk, clock, Emergency(NoNote(), complain), complain)
        gathered_s = 0.0
        while datetime.now(UTC) < began + timedelta(seconds=2.2 * seconds + 2):
            gathers = time.monotonic() - gathered_s >= GATHER_S
            gathered_s = time.monotonic() if gathers else gathered_s
            mine.one_pass(gathers=gathers)
            time.sleep(TICK_S)
        pages = [each for each in _all(ledger) if each.message.sort is Sort.PAGE]
    waits = sorted((each.sent_at - each.message.due_at).total_seconds() for each in pages if each.sent_at)
    return {
        "pages": len(pages), "sent": len(waits), "median_s": waits[len(waits) // 2],
        "p99_s": waits[min(len(waits) - 1, int(len(waits) * 0.99))], "worst_s": waits[-1],
    }  # fmt: skip


def _all(ledger: Ledger):
    return ledger.posted_between(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    measures = {"open": many_open, "storm": storm}
    found = due(int(numbers[0]), float(numbers[1])) if what == "due" else measures[what](int(numbers[0]))
    print(json.dumps(found))
