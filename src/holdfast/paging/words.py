"""The words that the team's folder gives to messages: names, owners, runbooks."""

from pathlib import Path
from zoneinfo import ZoneInfo

from holdfast.definitions.pipeline import Project
from holdfast.incidents.runbook_section import Section, sections
from holdfast.incidents.wording import Words


def words_of(project: Project, on_call: str = "") -> Words:
    """Everything but what is restored; reads each pipeline's runbook once, so keep it for a pass."""
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
    )


def _runbook(project: Project, pipeline: str) -> tuple[Section, ...] | None:
    """Its sections; None without a runbook, which is no reason to send nothing."""
    try:
        return sections((Path(project.root) / "pipelines" / pipeline / "runbook.md").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
