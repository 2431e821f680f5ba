"""What is printed while something runs: one moving line on a terminal, plain lines elsewhere."""

import os
import shutil
import sys
from dataclasses import dataclass, field
from typing import TextIO

BAR = 24


def to_stderr(text: str) -> None:
    """A line that is no part of the answer."""
    print(text, file=sys.stderr, flush=True)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at the stream through something that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM", "") != "dumb"


def ansi() -> bool:
    """Whether the answer may be coloured."""
    return is_terminal(sys.stdout) and not os.environ.get("NO_COLOR")


def width() -> int | None:
    """Columns of the terminal; None when the answer goes elsewhere and must not be cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


@dataclass(slots=True)
class Progress:
    """`total` steps. On a terminal they move one line; elsewhere each one that says something is a line."""

    total: int
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    done: int = 0

    def note(self, text: str) -> None:
        """What is going on now, without a step being done."""
        if is_terminal(self.stream):
            self._draw(text)
        elif text:
            print(text, file=self.stream, flush=True)

    def step(self, text: str, steps: int = 1) -> None:
        """One more step is done."""
        self.done = min(self.done + steps, self.total)
        self.note(text)

    def line(self, text: str) -> None:
        """A line that stays, above the moving one."""
        self.end()
        print(text, file=self.stream, flush=True)

    def end(self) -> None:
        """Wipes the moving line."""
        if is_terminal(self.stream):
            print("\r\x1b[2K", end="", file=self.stream, flush=True)

    def _draw(self, text: str) -> None:
        filled = BAR * self.done // max(self.total, 1)
        bar = f"[{'#' * filled}{'.' * (BAR - filled)}] {self.done}/{self.total} {text}"
        cut = bar[: shutil.get_terminal_size().columns - 1]
        print(f"\r\x1b[2K{cut}", end="", file=self.stream, flush=True)


