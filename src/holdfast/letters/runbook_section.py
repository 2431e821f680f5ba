"""Which section of a runbook speaks of what is wrong: found by its heading and by the checks it names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from holdfast.incidents.signals import Kind, Signal

HEADING = re.compile(r"^## +(.+?) *#*$")
QUOTED = re.compile(r"`(\w+)`")
WORD = re.compile(r"[a-z]+")
SAID_WORD = re.compile(r"\w+")

WORDS_OF: dict[str, tuple[str, ...]] = {
    Kind.LATE: ("late", "missing", "come"),
    Kind.CONTRACT: ("column", "changed", "broken"),
    Kind.DECISION: ("moved", "revision", "approval"),
    Kind.FAILED: ("failed", "run"),
    Kind.NOT_RUN: ("run", "late", "failed"),
    Kind.MISSED: ("run", "late", "failed"),
    Kind.DELIVERY: ("delivery", "delivered", "output"),
    Kind.WITHDRAWN: ("withdrawn", "wrong"),
}
NAMED, SUBJECT, SAID = 10, 4, 1
"""Points of a check that both name, of the subject in the heading, and of a word for the kind of cause in it."""
ENOUGH = 4
"""A word for the kind alone is too little: a wrong section costs more than none."""
FROM_OUTSIDE = (Kind.LATE, Kind.CONTRACT)
"""Kinds whose failed checks are only what follows: the heading that names the source is worth more."""
UNDER_SUBJECTLESS = (Kind.FAILED, Kind.NOT_RUN, Kind.MISSED, Kind.DECISION)
"""Kinds of which no heading can name the subject."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the second level, and the words between backticks below it."""

    heading: str
    named: frozenset[str]


def sections(markdown: str) -> tuple[Section, ...]:
    """The runbook's sections, in its order."""
    found: list[tuple[str, set[str]]] = []
    for line in markdown.splitlines():
        if match := HEADING.match(line):
            found.append((match[1], set()))
        elif found:
            found[-1][1].update(QUOTED.findall(line))
    return tuple(Section(heading, frozenset(named)) for heading, named in found)


def section_for(signal: Signal, of: Sequence[Section]) -> str:
    """The heading that fits best; empty when none fits."""
    asked = _asked(signal)
    best, fits = max(((each, _fits(asked, each)) for each in of), key=lambda each: each[1], default=(None, 0))
    return best.heading if best and fits >= _enough(signal) else ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a signal is looked for in every section."""

    said: frozenset[str]
    kind: frozenset[str]
    """Stems, as of the subject."""
    subject: frozenset[str]
    begins: str
    points: int
    """Of each name that both say."""


def _asked(signal: Signal) -> _Asked:
    key = signal.key
    return _Asked(
        frozenset(SAID_WORD.findall(" ".join((signal.summary, *signal.detail)))),
        frozenset(map(_stem, WORDS_OF.get(key.kind, ()))),
        _stems(key.subject) - {"fact", "agg", "src", "stg"},
        key.subject,
        SAID if key.kind in FROM_OUTSIDE else NAMED,
    )


def _enough(signal: Signal) -> int:
    return SAID if signal.key.kind in UNDER_SUBJECTLESS else ENOUGH


def _fits(asked: _Asked, section: Section) -> int:
    heading = _stems(section.heading)
    mentioned = any(name.startswith(asked.begins) for name in section.named)
    return (
        asked.points * len(asked.said & section.named)
        + SUBJECT * (bool(asked.subject & heading) or mentioned)
        + SAID * len(asked.kind & heading)
    )


@lru_cache(maxsize=1000)
def _stems(text: str) -> frozenset[str]:
    """Headings are the same at every page."""
    return frozenset(map(_stem, WORD.findall(text.lower())))


def _stem(word: str) -> str:
    """Singular and plural alike."""
    return word.removesuffix("s")
