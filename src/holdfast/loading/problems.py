"""Problems of the folder: each with its file, its line and what to do, collected and reported together."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: what was found, what was expected, what to do. Lines count from 1."""

    file: str
    line: int
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(slots=True)
class Problems:
    """Where every reader of the folder reports; nothing stops at the first."""

    found: list[Problem] = field(default_factory=list)

    def error(self, file: str, line: int, message: str) -> None:
        """Something that keeps the project from loading."""
        self.found.append(Problem(file, line, message))

    def warning(self, file: str, line: int, message: str) -> None:
        """Something that deserves a look and stops nothing."""
        self.found.append(Problem(file, line, message, "warning"))

    @property
    def any_error(self) -> bool:
        """Whether anything found stops the project from loading."""
        return any(problem.severity == "error" for problem in self.found)

    def in_order(self) -> tuple[Problem, ...]:
        """Every distinct problem, by file and line."""
        return tuple(sorted(set(self.found)))


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name most like `name`; None when none is like it."""
    known = sorted(set(names))
    by_lower = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def suggestion(name: str, names: Iterable[str], what: str = "Known") -> str:
    """`Did you mean 'x'?`, or the known names when nothing is near."""
    known = sorted(set(names))
    close = nearest(name, known)
    if close:
        return f"Did you mean '{close}'?"
    if not known:
        return f"{what}: none yet."
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"{what}: {shown}."
