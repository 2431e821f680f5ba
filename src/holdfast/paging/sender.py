"""Sends what is due: claimed and committed, then handed over, then recorded. A crash in between repeats, and says so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from holdfast.definitions.people import Person
from holdfast.incidents.advance import unreachable
from holdfast.incidents.incident import Decision, Incident, State
from holdfast.incidents.messages import ROOM, Message, Post, Posted, Sort, step_name
from holdfast.incidents.outbox import (
    WINDOW,
    Parcel,
    gives_way_at,
    load,
    may_repeat,
    nobody,
    refused,
    unsent,
    wait_s,
    way,
    ways,
)
from holdfast.incidents.ports import (
    Channel,
    ChannelTest,
    IncidentLog,
    Letter,
    Outbox,
    PagerLog,
    Refused,
    Unsent,
    Unsure,
)
from holdfast.incidents.rules import Rules
from holdfast.letters.wording import bundled, marked

LEASE = timedelta(minutes=2)
ROUNDS = 20
"""Claims of one call: a refused letter goes to the next channel, and a failed one makes the next step due, at once."""
CLAIMED = 20_000
"""Messages of one claim: what is left out of it would miss its reader's bundle, and wait ten minutes."""
AT_ONCE = 8
"""Letters handed over side by side, so that a slow provider keeps nobody else waiting."""
TRIES = 5
"""At recording a failure beside people who act on the same incident."""



@dataclass(slots=True)
class SendReport:
    """What one call did."""

    letters: int = 0
    """Taken by a provider."""
    sent: int = 0
    """Messages in them."""
    put_back: int = 0
    """To be tried again, or waiting for their reader."""
    failed: int = 0
    """Which no channel will take."""
    lines: list[str] = field(default_factory=list)
    """For whoever watches: one for each letter and each failure."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A provider took the letter."""

    provider_id: str


Answer: TypeAlias = Taken | Unsent | Refused


@dataclass(frozen=True, slots=True)
class Sender:
    """What one call needs."""

    outbox: Outbox
    log: IncidentLog
    channels: Sequence[Channel]
    people: Mapping[str, Person]
    now: Callable[[], datetime]
    fence: int
    rules: Rules
    jitter: Callable[[], float]
    word: Callable[[Decision, datetime], Decision]
    tests: PagerLog | None
    report: SendReport = field(default_factory=SendReport)


def send_due(
    outbox: Outbox,
    log: IncidentLog,
    channels: Sequence[Channel],
    people: Mapping[str, Person],
    now: Callable[[], datetime],
    fence: int,
    rules: Rules,
    jitter: Callable[[], float],
    word: Callable[[Decision, datetime], Decision],
    *,
    tests: PagerLog | None = None,
    at_once: int = AT_ONCE,
) -> SendReport:
    """Hands over everything in the outbox that is due, and records what became of each message.

    `word` puts new messages into words; `jitter` draws from [0, 1); `tests` is where a message that proves a
    channel is recorded. Raises StoreError when the ledger cannot be written or another pager has taken over:
    what was handed over by then and not recorded goes out again as a possible repeat.
    """
    sender = Sender(outbox, log, channels, people, now, fence, rules, jitter, word, tests)
    for _ in range(ROUNDS):
        claimed = outbox.claim(now(), fence, now() + LEASE, CLAIMED)
        if not claimed:
            break
        _send(sender, claimed, at_once)
    return sender.report


def _send(sender: Sender, claimed: Sequence[Posted], at_once: int) -> None:
    """Puts the claimed into letters, hands them over, and records each as soon as its answer is there."""
    reachable: list[Posted] = []
    for each in claimed:
        if _names(sender, each):
            reachable.append(each)
        else:
            _fail(sender, nobody(each, _nobody(sender, each.message.target)))
    now = sender.now()
    found = load(reachable, _with_impact(sender, reachable, now), _recent(sender, reachable, now), now)
    sender.outbox.put_back(found.waiting, sender.fence)
    sender.report.put_back += len(found.waiting)
    with ThreadPoolExecutor(at_once) if at_once > 1 and len(found.parcels) > 1 else nullcontext() as pool:
        for turn in _turns(found.parcels):
            _hand_over(sender, turn, pool)


def _turns(parcels: Sequence[Parcel]) -> Iterator[list[Parcel]]:
    """One parcel of each target at a time, so that everybody's first goes before anybody's second."""
    by_target: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        by_target.setdefault(parcel.first.message.target, []).append(parcel)
    for turn in range(max((len(mine) for mine in by_target.values()), default=0)):
        yield [mine[turn] for mine in by_target.values() if turn < len(mine)]


def _hand_over(sender: Sender, turn: Sequence[Parcel], pool: ThreadPoolExecutor | None) -> None:
    chosen = [(parcel, *_chosen(sender, parcel.first)) for parcel in turn]
    if pool is None or len(chosen) == 1:
        for parcel, channel, gives_way in chosen:
            _record(sender, parcel, channel, gives_way, _handed_over(channel, _letter(sender, parcel, channel)))
        return
    asked = {
        pool.submit(_handed_over, channel, _letter(sender, parcel, channel)): (parcel, channel, gives_way)
        for parcel, channel, gives_way in chosen
    }
    for answer in as_completed(asked):
        _record(sender, *asked[answer], answer.result())


def _chosen(sender: Sender, posted: Posted) -> tuple[Channel, datetime]:
    """The channel of this attempt, and until when the first one has its turn."""
    again = posted.attempts > 1 and posted.message.incident
    gives_way = gives_way_at(posted.message, sender.log.incident(posted.message.incident) if again else None)
    names = _names(sender, posted)
    name = way(posted, names, gives_way, sender.now()) or names[0]
    return next(channel for channel in sender.channels if channel.name == name), gives_way


def _handed_over(channel: Channel, letter: Letter) -> Answer:
    try:
        return Taken(channel.send(letter))
    except (Unsent, Refused) as answer:
        return answer
    except Exception as error:
        # A channel's own mistake: whether it came before or after the letter left, nobody knows.
        return Unsure(f"{type(error).__name__}: {error}")


def _record(sender: Sender, parcel: Parcel, channel: Channel, gives_way: datetime, answer: Answer) -> None:
    now, who = sender.now(), parcel.first.message
    if isinstance(answer, Taken):
        ids = [each.id for each in parcel.posted]
        bundle = ids[0] if parcel.is_bundle else 0
        sender.outbox.sent(ids, channel.name, answer.provider_id, now, sender.fence, bundle)
        if sender.tests and who.sort is Sort.TEST:
            sender.tests.record_channel_test(ChannelTest(who.target, channel.name, now))
        sender.report.letters += 1
        sender.report.sent += len(ids)
        many = f" ({len(ids)} messages)" if parcel.is_bundle else ""
        again = ", maybe a repeat" if any(may_repeat(each, channel.name) for each in parcel.posted) else ""
        sender.report.lines.append(f"{who.sort} to {who.target} by {channel.name}{many}{again}: {who.subject}")
        return
    sender.report.lines.append(f"{who.sort} to {who.target} by {channel.name} was not taken: {answer}")
    after = [_after(sender, each, parcel, channel, gives_way, answer) for each in parcel.posted]
    sender.outbox.put_back([each for each in after if each.post is Post.PENDING], sender.fence)
    sender.report.put_back += sum(each.post is Post.PENDING for each in after)
    for each in after:
        if each.post is Post.FAILED:
            _fail(sender, each)


def _after(
    sender: Sender, posted: Posted, parcel: Parcel, channel: Channel, gives_way: datetime, answer: Unsent | Refused
) -> Posted:
    now, why = sender.now(), str(answer)
    if isinstance(answer, Refused):
        return refused(posted, channel.name, why, _names(sender, posted), now)
    wait = wait_s(posted.attempts, sender.jitter(), answer.after_s)
    # A bundle's key is that of the messages in it, and the next one may hold others.
    repeats = parcel.is_bundle or not channel.is_idempotent
    return unsent(posted, channel.name, why, wait, gives_way, now, unsure=isinstance(answer, Unsure), repeats=repeats)


def _fail(sender: Sender, posted: Posted) -> None:
    """Nobody can be reached this way; a page that was still wanted makes the ladder's next step due at once."""
    message = posted.message
    sender.report.failed += 1
    sender.report.lines.append(f"{message.sort} to {message.target} reaches nobody: {posted.reason}")
    for _ in range(TRIES):
        incident = sender.log.incident(message.incident) if message.sort is Sort.PAGE else None
        if incident is None or incident.state is not State.OPEN:
            break
        decision = _follows(sender, incident, posted)
        if decision is None:
            break
        if sender.log.record_failure(posted, decision, sender.fence):
            return
    sender.outbox.put_back([posted], sender.fence)


def _follows(sender: Sender, incident: Incident, posted: Posted) -> Decision | None:
    """What becomes of the incident; None when that breaks, for one incident that breaks stops no other's pages."""
    now = sender.now()
    try:
        decision = unreachable(incident, posted.message, posted.reason, now, sender.rules)
    except Exception as error:
        sender.report.lines.append(f"incident {incident.id} could not be moved on: {type(error).__name__}: {error}")
        return None
    try:
        return sender.word(decision, now)
    except Exception:
        # A page without its text is a page still.
        plain = (replace(each, subject=each.subject or incident.title) for each in decision.messages)
        return replace(decision, messages=tuple(plain))


def _letter(sender: Sender, parcel: Parcel, channel: Channel) -> Letter:
    messages = [each.message for each in parcel.posted]
    first, rest = messages[0], messages[1:]
    again = any(may_repeat(each, channel.name) for each in parcel.posted)
    late = any(each.is_late for each in messages)
    subject, lines = _said(messages, again=again, late=late)
    return Letter(
        to=first.target if first.target.startswith(ROOM) else sender.people[first.target],
        subject=subject,
        lines=lines,
        key=first.key if not parcel.is_bundle else f"bundle/{'+'.join(str(each.id) for each in parcel.posted)}",
        at=sender.now(),
        incident=first.incident,
        step=step_name(first),
        role=first.role,
        due_at=first.due_at,
        maybe_repeat=again,
        wakes=any(each.sort is not Sort.TELL for each in messages),
        is_late=late,
        stands_for=first.stands_for,
        closes=_closed_by(sender, messages),
        more=tuple((each.incident, step_name(each), each.due_at) for each in rest),
    )


def _said(messages: Sequence[Message], *, again: bool, late: bool) -> tuple[str, tuple[str, ...]]:
    first = messages[0]
    try:
        said = bundled(messages) if len(messages) > 1 else (first.subject, first.body)
        return marked(*said, maybe_repeat=again, late=late)
    except Exception:
        # Words never keep a page back.
        return first.subject, tuple(each.subject for each in messages)


def _closed_by(sender: Sender, messages: Sequence[Message]) -> tuple[str, ...]:
    """Keys of the pages that each of these ends tells the same person the end of."""
    ended = [each.incident for each in messages if each.sort is Sort.TELL and each.occasion.startswith("resolved")]
    sent = sender.outbox.sent_to(messages[0].target, ended) if ended else []
    return tuple(each.message.key for each in sent if each.message.sort is Sort.PAGE)


def _names(sender: Sender, posted: Posted) -> list[str]:
    """Channels that may still be tried for the message, by preference."""
    target = posted.message.target
    to = target if target.startswith(ROOM) else sender.people.get(target)
    reaching = [channel for channel in sender.channels if to is not None and channel.reaches(to)]
    return [channel.name for channel in ways(posted.message, reaching) if channel.name not in posted.tried]


def _nobody(sender: Sender, target: str) -> str:
    if target.startswith(ROOM) or target in sender.people:
        return f"no channel has an address for {target}"
    return f"{target} is nobody in team/people.yml"


def _with_impact(sender: Sender, claimed: Sequence[Posted], now: datetime) -> set[int]:
    """Incidents that keep a figure from investors; asked only where an order has to be chosen."""
    if len(claimed) < 2:
        return set()
    asked = {each.message.incident for each in claimed}
    return {each.id for each in sender.log.open_incidents() if each.id in asked and each.has_impact(now)}


def _recent(sender: Sender, claimed: Sequence[Posted], now: datetime) -> Mapping[str, Sequence[datetime]]:
    return sender.outbox.letters_since(now - WINDOW) if claimed else {}
