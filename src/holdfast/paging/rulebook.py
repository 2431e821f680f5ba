"""The team's rules as they are recorded now: policies, rota, acknowledged hand-offs, announced times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from holdfast.definitions.pipeline import Project
from holdfast.definitions.rota import PRIMARY
from holdfast.incidents.directory import TeamDirectory, rules_of
from holdfast.incidents.ports import PagerLog
from holdfast.incidents.rules import Rules
from holdfast.incidents.spells import Spell, SpellLog
from holdfast.oncall.record import Recorded, RotaLog, rota_of

KNOWN_FOR = timedelta(days=40)
"""How long announced times count after their end: a pass may make up for as long a pause."""


class Ledger(RotaLog, PagerLog, SpellLog, Protocol):
    """The rota's records, what people said of hand-offs, and what they announced."""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that people recorded and that the rules are made of."""

    rota: Recorded
    acknowledged: Mapping[datetime, Mapping[str, datetime]]
    """By hand-off: who acknowledged its note, and when."""
    spells: tuple[Spell, ...]


class Rulebook:
    """The rules of one project. As long as nothing new is recorded they are the very same, directory and all."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._open: tuple[Page, Rules] | None = None

    def at(self, ledger: Ledger, now: datetime) -> Rules:
        """Read anew, so that a swap, an absence or a maintenance counts at once."""
        page = Page(ledger.recorded(), ledger.hand_off_acknowledgements(), tuple(ledger.spells(now - KNOWN_FOR)))
        if self._open is None or self._open[0] != page:
            self._open = (page, _rules(self._project, page))
        return self._open[1]


def rules_at(project: Project, ledger: Ledger, now: datetime) -> Rules:
    """For whoever asks once."""
    return Rulebook(project).at(ledger, now)


def _rules(project: Project, page: Page) -> Rules:
    rotation = project.team.rotation
    rota = rota_of(rotation, project.team, project.people, page.rota) if rotation else None
    directory = TeamDirectory(project, rota)
    acknowledged = {
        hand_off: words[person]
        for hand_off, words in page.acknowledged.items()
        for person in directory.people_for(PRIMARY, "", hand_off)
        if person in words
    }
    return rules_of(project, TeamDirectory(project, rota, acknowledged), page.spells)
