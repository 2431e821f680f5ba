"""The words that the team's folder gives to messages: names, owners, runbooks."""

from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from holdfast.definitions.pipeline import Project
from holdfast.incidents.incident import Affected, Incident
from holdfast.incidents.signals import Affect
from holdfast.letters.runbook_section import Section, sections
from holdfast.letters.wording import Words


class Ledger(Protocol):
    """What was missing, wrong or at risk when."""

    def affected_by(self, incident_id: int) -> list[Affected]: ...


def words_of(project: Project, on_call: str = "", ledger: Ledger | None = None) -> Words:
    """Reads each pipeline's runbook once, so keep it for a pass. Without a ledger no ending says what is back."""
    rotation = project.team.rotation
    return Words(
        project.name,
        rotation.hand_off.zone if rotation else ZoneInfo("UTC"),
        {person.name: person for person in project.people},
        owners={
            name: tuple(dict.fromkeys((pipeline.primary, pipeline.secondary)))
            for name, pipeline in project.pipelines.items()
        },
        runbooks={name: found for name in project.pipelines if (found := _runbook(project, name)) is not None},
        on_call=on_call,
        lacked=lambda incident: _lacked(ledger, incident) if ledger else incident.affects,
    )


def _lacked(ledger: Ledger, incident: Incident) -> tuple[Affect, ...]:
    """Since it opened last; figures that had come back before are told again, for the last time."""
    if incident.ending is None:
        return incident.affects
    start, end = incident.opened_times[-1], incident.ending.at
    rows = ledger.affected_by(incident.id)
    return tuple(dict.fromkeys(each.affect for each in rows if each.since <= end and (each.until is None or each.until > start)))


def _runbook(project: Project, pipeline: str) -> tuple[Section, ...] | None:
    """Its sections; None without a runbook, which is no reason to send nothing."""
    try:
        return sections((Path(project.root) / "pipelines" / pipeline / "runbook.md").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
