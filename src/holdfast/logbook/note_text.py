"""The hand-off note for a terminal, and for programs."""

import json
from datetime import datetime

from holdfast.logbook.note import Note, Section, heading, sections, standing, waiting_holds
from holdfast.logbook.view import summary_object
from holdfast.oncall.burden import MEASURES
from holdfast.releases.spelling import instant
from holdfast.releases.status import approve_command, status_object
from holdfast.releases.text_table import aligned, printable


def lines(note: Note, *, width: int | None = None) -> list[str]:
    """Heading, then a table per section; one without rows is a single line."""
    said = [printable(heading(note)), printable(standing(note))]
    for each in sections(note):
        said += ["", *_section_lines(each, width)]
    return said


def _section_lines(section: Section, width: int | None) -> list[str]:
    if not section.rows:
        return [f"{section.title}: {section.nothing}"]
    table = aligned(section.head, section.rows, right=section.numbers, width=None if width is None else width - 2)
    return [section.title, *(f"  {line}" for line in table)]


def as_json(note: Note) -> str:
    """The same as one object."""
    passing = note.passing
    said = {
        "hand_off_at": instant(passing.at),
        "outgoing": passing.outgoing or None,
        "incoming": passing.incoming,
        "backup": passing.backup,
        "until": instant(passing.until),
        "written_at": instant(note.written_at),
        "acknowledged_at": _instant(note.acknowledged_at),
        "active": [
            summary_object(each, note.written_at)
            | {"timeline": [{"at": instant(e.at), "what": e.kind, "by": e.by, "text": e.text} for e in each.events]}
            for each in note.active
        ],
        "ended": [each.id for each in note.ended],
        "announced": [
            {
                "kind": each.kind.value,
                "subject": each.subject,
                "from": instant(each.start),
                "until": instant(each.end),
                "reason": each.reason,
                "by": each.by,
            }
            for each in note.spells
        ],
        "pipelines": [status_object(each, note.written_at) for each in note.pipelines],
        "approvals": [
            {"hold": each.id, "kind": each.kind.value, "pipeline": each.pipeline, "day": each.day.isoformat(), "approve": approve_command(each)}
            for each in waiting_holds(note.pipelines)
        ],
        "ahead": [{"on": each.on.isoformat(), "what": each.what, "whom": each.whom or None} for each in note.ahead],
        "fairness": {
            person: {each: float(getattr(burden, each)) for each in MEASURES} for person, burden in (note.fairness or {}).items()
        },
        "exchanges": [
            {"id": each.id, "kind": each.kind, "cause": each.cause, "waits_for": list(each.waits_for), "expires_at": instant(each.expires_at)}
            for each in note.exchanges
        ],
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, indent=2)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant(at)
