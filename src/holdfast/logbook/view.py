"""What `holdfast incidents` and `holdfast incident` print, as text and as JSON."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.definitions.pipeline import INVESTORS
from holdfast.incidents.incident import Incident, State
from holdfast.incidents.messages import Post, Posted
from holdfast.incidents.signals import Affect, Harm, Signal
from holdfast.letters import lacking
from holdfast.logbook.story import Coming, Line, Story, happened, in_words, stamp, what_of
from holdfast.releases.spelling import instant
from holdfast.releases.text_table import aligned, printable

NOBODY = "nobody"
COMING_SHOWN, LACKS_SHOWN = 5, 12
UTC_ZONE = ZoneInfo("UTC")


def listed(stories: Sequence[Story], now: datetime, *, width: int | None = None) -> list[str]:
    """A row per incident, in the order given, then how many are open."""
    head = ("id", "what", "since", "state", "who has it", "readers", "next")
    rows = [
        (
            str(each.incident.id),
            each.incident.title,
            stamp(each.incident.opened_at),
            state_of(each.incident, now),
            has_it(each.incident),
            readers_of(each.incident, now),
            _next(each.coming),
        )
        for each in stories
    ]
    still = sum(each.incident.state is State.OPEN for each in stories)
    if not rows:
        return ["No incident is open."]
    return [*aligned(head, rows, right=frozenset({"id"}), width=width), "", f"{still} open."]


def listed_json(stories: Sequence[Story], now: datetime) -> str:
    """The same as a list of objects."""
    return json.dumps([summary_object(each, now) for each in stories], ensure_ascii=False, indent=2)


def told(story: Story, now: datetime) -> list[str]:
    """One incident from its first signal: where it stands, then everything that happened."""
    incident = story.incident
    said = [f"Incident {incident.id}: {incident.title}", *_standing(story, now)]
    said += _block("signal", [line for each in incident.signals for line in _signal_lines(each)])
    said += _block("readers", lacking.told(lacking.lacks(incident.affects, now), _names(incident), now, UTC_ZONE, LACKS_SHOWN))
    said += _block("ends", sorted({each.clears_when for each in incident.signals if each.clears_when}))
    said += _block("told", [", ".join(incident.told)] if incident.told else [])
    said += _block("waiting", [_waiting(each) for each in story.posted if each.post in (Post.PENDING, Post.SENDING)])
    said += _block("next", [_coming(each) for each in story.coming[:COMING_SHOWN]])
    rows = [(f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", each.kind, each.by, each.text) for each in happened(story)]
    table = aligned(("at (UTC)", "what", "by", ""), rows) if rows else ["Nothing is recorded of it."]
    return [*map(printable, said), "", *table]


def told_json(story: Story, now: datetime) -> str:
    """The same as one object; `timeline` is in the order in which it happened."""
    incident = story.incident
    said = summary_object(story, now) | {
        "key": {"kind": incident.key.kind, "subject": incident.key.subject, "on": incident.key.on.isoformat()},
        "signals": [
            {
                "pipeline": each.pipeline or None,
                "since": instant(each.since),
                "page_at": _instant(each.page_at),
                "summary": each.summary,
                "detail": list(each.detail),
                "clears_when": each.clears_when or None,
            }
            for each in incident.signals
        ],
        "ladders": [
            {"pipeline": each.pipeline or None, "policy": each.policy, "joined_at": instant(each.joined_at)}
            for each in incident.ladders
        ],
        "timeline": [_line_object(each) for each in happened(story)],
        "messages": [_message_object(each) for each in story.posted],
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def state_of(incident: Incident, now: datetime) -> str:
    """In words: unacknowledged, acknowledged by whom, snoozed until, resolved by whom, merged into which."""
    if incident.state is State.MERGED:
        return f"merged into {incident.merged_into}"
    if incident.ending and incident.state is State.RESOLVED:
        waits = f", looked at again {stamp(incident.ending.recheck_at)}" if incident.ending.recheck_at else ""
        return f"resolved by {incident.ending.by} {stamp(incident.ending.at)}{waits}"
    word = incident.acknowledged
    if word is None:
        paged = any(each.joined_at <= now for each in incident.ladders)
        said = "unacknowledged" if paged else "watched, nobody paged yet"
    else:
        said = f"snoozed by {word.by} until {stamp(word.until)}" if word.until else f"acknowledged by {word.by}"
    if incident.quiet_since:
        said += f", clear since {stamp(incident.quiet_since)}"
    return f"{said}, flapping" if incident.is_flapping else said


def has_it(incident: Incident) -> str:
    """The assignee, else whoever acknowledged it, else nobody."""
    return incident.assignee or (incident.acknowledged.by if incident.acknowledged else NOBODY)


def readers_of(incident: Incident, now: datetime) -> str:
    """What readers of figures have of it, in short."""
    if incident.state is not State.OPEN or not incident.affects:
        return ""
    now_missing = [each for each in incident.affects if _is_here(each, now)]
    investors = sum(each.audience == INVESTORS for each in now_missing)
    parts = []
    if investors:
        parts.append(f"impact: {_figures(investors)} of investors")
    if len(now_missing) > investors:
        parts.append(f"{_figures(len(now_missing) - investors)} of experiments")
    ahead = [each for each in incident.affects if not _is_here(each, now)]
    if ahead:
        first = min(each.due_at for each in ahead)
        parts.append(f"{_figures(len(ahead))} at risk, due {stamp(first)}")
    return "; ".join(parts)


def _figures(count: int) -> str:
    return f"{count} figure{'s' if count != 1 else ''}"


def _is_here(affect: Affect, now: datetime) -> bool:
    """Whether readers notice it already."""
    return affect.harm is not Harm.MISSING or affect.due_at <= now


def _standing(story: Story, now: datetime) -> list[str]:
    incident = story.incident
    ended = incident.ending.at if incident.ending and incident.state is not State.OPEN else now
    said = _block("state", [state_of(incident, now)])
    if incident.state is State.OPEN:
        said += _block("has it", [has_it(incident)])
    lasted = in_words(max(ended - incident.opened_at, timedelta(0)))
    said += _block("opened", [f"{stamp(incident.opened_at)} by {incident.opened_by}, {lasted}{'' if incident.state is State.OPEN else ' in all'}"])
    if len(incident.opened_times) > 1:
        again = ", ".join(stamp(at) for at in incident.opened_times[1:])
        said += _block("again", [again])
    if incident.ending and incident.state is not State.OPEN:
        said += _block("because", [incident.ending.reason])
    said += _block("cause", [str(incident.key)])
    return said + _block("ladder", [f"{each.pipeline or 'team'} since {stamp(each.joined_at)}, policy {each.policy}" for each in incident.ladders])


def _block(name: str, lines: Sequence[str]) -> list[str]:
    """Lines under a name that stands before the first of them."""
    return [f"  {name if at == 0 else '':<9} {line}" for at, line in enumerate(lines)]


def _signal_lines(signal: Signal) -> Iterator[str]:
    known = not signal.pipeline or signal.summary.startswith(signal.pipeline)
    yield signal.summary if known else f"{signal.pipeline}: {signal.summary}"
    yield from (f"  {each}" for each in signal.detail)


def _names(incident: Incident) -> dict[str, str]:
    """Pipelines as they are typed: whoever reads a timeline types their names next."""
    return {each.pipeline: each.pipeline for each in incident.affects}


def _waiting(posted: Posted) -> str:
    message = posted.message
    tried = f"; attempt {posted.attempts}: {posted.reason}" if posted.attempts else ""
    again = posted.next_try_at or message.not_before or message.due_at
    return f"{message.sort.value} to {message.role} {message.target} ({what_of(message)}) from {stamp(again)}{tried}"


def _next(coming: Sequence[Coming]) -> str:
    return _coming(coming[0]) if coming else ""


def _coming(each: Coming) -> str:
    who = f": {', '.join(each.who)}" if each.who else ""
    why = f", while {each.why}" if each.why else ""
    return f"{stamp(each.at)} {each.what}{who}{why}"


def summary_object(story: Story, now: datetime) -> dict[str, Any]:
    """An incident as JSON shows it in a list."""
    incident, word, ending = story.incident, story.incident.acknowledged, story.incident.ending
    return {
        "id": incident.id,
        "title": incident.title,
        "state": incident.state.value,
        "says": state_of(incident, now),
        "opened_at": instant(incident.opened_at),
        "opened_by": incident.opened_by,
        "opened_times": [instant(at) for at in incident.opened_times],
        "is_flapping": incident.is_flapping,
        "acknowledged": word and {"by": word.by, "at": instant(word.at), "until": _instant(word.until)},
        "who_has_it": None if has_it(incident) == NOBODY else has_it(incident),
        "has_impact": incident.state is State.OPEN and incident.has_impact(now),
        "affects": [_affect_object(each, now) for each in incident.affects],
        "told": list(incident.told),
        "ending": ending
        and {
            "at": instant(ending.at),
            "by": ending.by,
            "reason": ending.reason,
            "recheck_at": _instant(ending.recheck_at),
        },
        "merged_into": incident.merged_into or None,
        "next": [
            {"at": instant(each.at), "what": each.what, "who": list(each.who), "while": each.why or None}
            for each in story.coming
        ],
    }


def _affect_object(affect: Affect, now: datetime) -> dict[str, Any]:
    return {
        "pipeline": affect.pipeline,
        "audience": affect.audience,
        "metric": affect.metric or None,
        "grain": affect.grain,
        "period": affect.period,
        "due_at": instant(affect.due_at),
        "harm": affect.harm.value if _is_here(affect, now) else "at risk",
    }


def _line_object(line: Line) -> dict[str, str]:
    return {"at": instant(line.at), "what": line.kind, "by": line.by, "text": line.text}


def _message_object(posted: Posted) -> dict[str, Any]:
    message = posted.message
    return {
        "id": posted.id,
        "sort": message.sort.value,
        "what": what_of(message),
        "target": message.target,
        "role": message.role,
        "due_at": instant(message.due_at),
        "not_before": _instant(message.not_before),
        "state": posted.post.value,
        "channel": posted.channel or None,
        "attempts": posted.attempts,
        "sent_at": _instant(posted.sent_at),
        "maybe_repeat": posted.maybe_sent,
        "late": message.is_late,
        "provider_id": posted.provider_id or None,
        "reason": posted.reason or None,
        "bundle": posted.bundle or None,
        "stands_for": list(message.stands_for),
        "subject": message.subject,
        "text": list(message.body),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant(at)
