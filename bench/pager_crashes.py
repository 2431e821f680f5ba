"""Every single stop of one incident's story, and pairs of stops: what was lost, and which repeats did not say so."""

import json
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pager_story import DUE, empty_ledger, play

SEED = 20261121
MOST_PAIRS = 2000
BESIDE = 2
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""What a commit leaves after a stop of the process is the same on every file system."""


@dataclass
class Tally:
    """What a number of stopped stories came to."""

    stories: int = 0
    stops: int = 0
    lost: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    """Told, though the policy does not ask for it."""
    repeats: int = 0
    unmarked: list[str] = field(default_factory=list)
    """Repeats that do not say that they may be one."""

    def add(self, other: "Tally") -> None:
        self.stories += other.stories
        self.stops += other.stops
        self.repeats += other.repeats
        self.lost += other.lost
        self.unasked += other.unasked
        self.unmarked += other.unmarked


def points() -> list[str]:
    """Where the undisturbed story can be stopped, in order."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        undisturbed = play(Path(folder), empty_ledger(Path(folder)))
    assert undisturbed.lost() == undisturbed.unasked() == set(), "the story itself is wrong"
    assert len(undisturbed.taken) == len(DUE)
    return undisturbed.points


def singles(count: int) -> list[tuple[int, ...]]:
    """Every point, alone."""
    return [(first,) for first in range(count)]


def pairs(count: int, most: int = MOST_PAIRS) -> list[tuple[int, ...]]:
    """Every two points, the second in the run that was started again; drawn by seed when there are more than `most`."""
    draw = random.Random(SEED)
    every = [(first, second) for first in range(count) for second in range(first + 1, count)]
    return sorted(draw.sample(every, most)) if len(every) > most else list(every)


def stopped(cuts: Iterable[tuple[int, ...]], *, is_idempotent: bool) -> Tally:
    """Plays the story once for each, stopped there and started again."""
    tally = Tally()
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as name:
        folder = Path(name)
        empty = empty_ledger(folder)
        for cut_at in cuts:
            ended = play(folder, empty, cut_at, is_idempotent=is_idempotent)
            repeats = ended.repeats()
            tally.stories += 1
            tally.stops += ended.cuts
            tally.repeats += len(repeats)
            tally.lost += [f"{cut_at} {ended.points[cut_at[0]]}: {said}" for said in ended.lost()]
            tally.unasked += [f"{cut_at} {ended.points[cut_at[0]]}: {said}" for said in ended.unasked()]
            tally.unmarked += [f"{cut_at}: {letter.step}" for letter in repeats if not letter.maybe_repeat]
    return tally


def stopped_beside(cuts: list[tuple[int, ...]], *, is_idempotent: bool, processes: int = BESIDE) -> Tally:
    """The same in several processes."""
    tally = Tally()
    with ProcessPoolExecutor(processes) as pool:
        for part in pool.map(_plain_or_not, _shares(cuts, processes * 8), [is_idempotent] * (processes * 8)):
            tally.add(part)
    return tally


def _plain_or_not(cuts: list[tuple[int, ...]], is_idempotent: bool) -> Tally:
    return stopped(cuts, is_idempotent=is_idempotent)


def _shares(cuts: list[tuple[int, ...]], number: int) -> Iterator[list[tuple[int, ...]]]:
    yield from (cuts[first::number] for first in range(number))


def main(every: int, most_pairs: int) -> dict[str, dict[str, int]]:
    """All single stops, or each so manieth, and pairs; a quarter of the pairs with an idempotent provider."""
    count = len(points())
    one, two = singles(count)[::every], pairs(count, most_pairs)
    plain = stopped_beside(one + two, is_idempotent=False)
    known = stopped_beside(one + two[::4], is_idempotent=True)
    return {"plain": _counted(plain), "idempotent": _counted(known)}


def _counted(tally: Tally) -> dict[str, int]:
    return {
        "stories": tally.stories, "stops": tally.stops, "lost": len(tally.lost), "unasked": len(tally.unasked),
        "repeats": tally.repeats, "unmarked": len(tally.unmarked),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
