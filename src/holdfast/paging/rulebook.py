"""The team's rules as they are recorded now: policies, rota, acknowledged hand-offs, announced times."""

from datetime import datetime, timedelta
from typing import Protocol

from holdfast.definitions.pipeline import Project
from holdfast.definitions.rota import PRIMARY
from holdfast.incidents.directory import TeamDirectory, rules_of
from holdfast.incidents.ports import PagerLog
from holdfast.incidents.rules import Rules
from holdfast.incidents.spells import SpellLog
from holdfast.oncall.record import RotaLog, rota_of

KNOWN_FOR = timedelta(days=40)
"""How long announced times count after their end: a pass may make up for as long a pause."""


class Ledger(RotaLog, PagerLog, SpellLog, Protocol):
    """The rota's records, what people said of hand-offs, and what they announced."""


def rules_at(project: Project, ledger: Ledger, now: datetime) -> Rules:
    """Read anew, so that a swap, an absence or a maintenance counts at once."""
    rotation = project.team.rotation
    rota = rota_of(rotation, project.team, project.people, ledger.recorded()) if rotation else None
    directory = TeamDirectory(project, rota)
    acknowledged = {
        hand_off: words[person]
        for hand_off, words in ledger.hand_off_acknowledgements().items()
        for person in directory.people_for(PRIMARY, "", hand_off)
        if person in words
    }
    return rules_of(project, TeamDirectory(project, rota, acknowledged), ledger.spells(now - KNOWN_FOR))
