"""Which section of a runbook speaks of what is wrong: found by its heading and by the checks it names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.incidents.signals import Kind, Signal

HEADING = re.compile(r"^## +(.+?) *#*$")
QUOTED = re.compile(r"`(\w+)`")
WORD = re.compile(r"[a-z]+")

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
    best = max(of, key=lambda each: _fits(signal, each), default=None)
    return best.heading if best and _fits(signal, best) >= _enough(signal) else ""


def _enough(signal: Signal) -> int:
    return SAID if signal.key.kind in UNDER_SUBJECTLESS else ENOUGH


def _fits(signal: Signal, section: Section) -> int:
    said = set(re.findall(r"\w+", " ".join((signal.summary, *signal.detail))))
    heading = {_stem(word) for word in WORD.findall(section.heading.lower())}
    subject = {_stem(word) for word in WORD.findall(signal.key.subject.lower())} - {"fact", "agg", "src", "stg"}
    mentioned = any(name.startswith(signal.key.subject) for name in section.named)
    kind = {_stem(word) for word in WORDS_OF.get(signal.key.kind, ())}
    return (
        (SAID if signal.key.kind in FROM_OUTSIDE else NAMED) * len(said & section.named)
        + SUBJECT * (bool(subject & heading) or mentioned)
        + SAID * len(kind & heading)
    )


def _stem(word: str) -> str:
    """Singular and plural alike."""
    return word.removesuffix("s")
