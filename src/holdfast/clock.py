"""The time, as a value that is passed in: the system's, the data's, or a fixed instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol

RUN_TIME = time(3, 0, tzinfo=UTC)


class Clock(Protocol):
    """Tells the present instant, aware and in UTC."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Always the same instant; what `--at`, `HOLDFAST_NOW` and tests use."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the machine's own time passes, for those who wait for others; in tests it need not."""

    sleep: Callable[[float], None]
    """Seconds."""
    monotonic_s: Callable[[], float]
    now: Callable[[], datetime]


def data_clock(newest_arrival_on: date) -> FixedClock:
    """03:00 UTC of the newest arrival day: the moment at which the data's own run would start."""
    return FixedClock(datetime.combine(newest_arrival_on, RUN_TIME))
