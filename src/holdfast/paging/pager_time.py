"""The pager's time: the machine's or a given one, never earlier than what was already seen, and never standing still."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

JUMP = timedelta(minutes=5)
"""The machine's clock may differ from the monotonic one by this much between two passes."""
CATCHING_UP = 0.5
"""How fast time passes while the machine's clock is behind what was seen: leases and retries go on, and it heals."""


@dataclass(slots=True)
class PagerTime:
    """Tells the pager's present instant."""

    wall: Callable[[], datetime]
    monotonic_s: Callable[[], float]
    start: datetime | None = None
    """A time given by --at, HOLDFAST_NOW or the data, which runs on from here; None: the machine's clock."""
    _began_s: float = field(init=False)
    _floor: tuple[datetime, float] | None = field(default=None, init=False)
    _looked: tuple[datetime, float] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._began_s = self.monotonic_s()

    @property
    def is_given(self) -> bool:
        """A given time is neither a jump nor a late start."""
        return self.start is not None

    def begin(self) -> None:
        """A given time runs from here: what it took to get ready is no part of it."""
        self._began_s = self.monotonic_s()

    def running_s(self) -> float:
        """Seconds since this process became the pager."""
        return self.monotonic_s() - self._began_s

    def clock(self) -> datetime:
        """What the clock says, whatever was seen."""
        return self.wall() if self.start is None else self.start + timedelta(seconds=self.running_s())

    def now(self) -> datetime:
        """The larger of the clock and what was last seen; from there on it runs, slower until the clock has caught up."""
        if self._floor is None:
            return self.clock()
        at, since_s = self._floor
        pace = 1.0 if self.is_given else CATCHING_UP
        return max(self.clock(), at + pace * timedelta(seconds=self.monotonic_s() - since_s))

    def not_before(self, seen: datetime | None) -> None:
        """Somebody has seen that instant, so it is past."""
        if seen is not None and seen > self.now():
            self._floor = (seen, self.monotonic_s())

    def behind(self) -> timedelta:
        """How far the machine's clock is behind what was seen; zero for a given time."""
        return timedelta(0) if self.is_given else self.now() - self.clock()

    def jumped(self) -> timedelta | None:
        """By how much the clock moved ahead of the monotonic one since this was last asked, if by more than `JUMP`."""
        if self.is_given:
            return None
        before, self._looked = self._looked, (self.wall(), self.monotonic_s())
        if before is None:
            return None
        ahead = (self._looked[0] - before[0]) - timedelta(seconds=self._looked[1] - before[1])
        return ahead if ahead > JUMP else None
