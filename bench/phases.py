"""Where a run's time goes: a stack of named phases laid over functions from outside, without a line in the product."""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Phases:
    """CPU seconds of the whole process, all threads, and wall seconds, given to the innermost open phase."""

    cpu_s: dict[str, float] = field(default_factory=dict)
    wall_s: dict[str, float] = field(default_factory=dict)
    _open: list[str] = field(default_factory=lambda: ["other"])
    _cpu: float = field(default_factory=time.process_time)
    _wall: float = field(default_factory=time.perf_counter)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Gives what happens inside to the phase, less what phases inside it take."""
        self._give()
        self._open.append(name)
        try:
            yield
        finally:
            self._give()
            self._open.pop()

    def over(self, owner: Any, attribute: str, name: str) -> None:
        """Every call of `owner.attribute`, a function of a module or a class, counts as the phase."""
        inner: Callable[..., Any] = getattr(owner, attribute)

        @functools.wraps(inner)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.phase(name):
                return inner(*args, **kwargs)

        setattr(owner, attribute, timed)

    def document(self) -> dict[str, dict[str, float]]:
        """Phase -> its seconds, up to now."""
        self._give()
        return {
            name: {"cpu_s": round(self.cpu_s[name], 3), "wall_s": round(self.wall_s[name], 3)}
            for name in self.cpu_s
        }

    def _give(self) -> None:
        cpu, wall, name = time.process_time(), time.perf_counter(), self._open[-1]
        self.cpu_s[name] = self.cpu_s.get(name, 0.0) + cpu - self._cpu
        self.wall_s[name] = self.wall_s.get(name, 0.0) + wall - self._wall
        self._cpu, self._wall = cpu, wall
