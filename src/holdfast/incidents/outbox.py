"""What goes to whom next: letters worst first, never too many at once, and what a failed attempt leads to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from holdfast.incidents.incident import Incident
from holdfast.incidents.messages import Message, Post, Posted, Sort
from holdfast.incidents.ports import Channel

MOST_LETTERS = 5
"""To one person within `WINDOW`; when more is due, the last of them is a bundle."""
WINDOW = timedelta(minutes=10)
GIVES_WAY_AFTER = timedelta(minutes=15)
"""How long a message of no step, or of a ladder's last, stays with its first channel."""
TOLD_WITHIN = timedelta(hours=24)
"""A message that only tells is given up after a day; a page never is while it is wanted."""
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 60.0
NO_ANSWER = "no answer: "


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out as one letter, worst first."""

    posted: tuple[Posted, ...]

    @property
    def first(self) -> Posted:
        return self.posted[0]

    @property
    def is_bundle(self) -> bool:
        return len(self.posted) > 1


@dataclass(frozen=True, slots=True)
class Load:
    """What to do with everything that was claimed."""

    parcels: tuple[Parcel, ...]
    """Worst first."""
    waiting: tuple[Posted, ...]
    """Back into the outbox: their readers have had enough for now."""


def load(
    claimed: Sequence[Posted],
    with_impact: Collection[int],
    recent: Mapping[str, Sequence[datetime]],
    now: datetime,
) -> Load:
    """Claimed messages as letters: alone while few, else four alone and a bundle of all the rest, for each target.

    `recent`: when each target was sent something; `with_impact`: incidents that keep a figure from investors.
    Whoever had five in ten minutes waits until the oldest of these is ten minutes ago.
    """
    ordered = sorted(claimed, key=lambda each: _badness(each, with_impact))
    parcels: list[Parcel] = []
    waiting: list[Posted] = []
    for target in dict.fromkeys(each.message.target for each in ordered):
        mine = [each for each in ordered if each.message.target == target]
        had = sorted(at for at in recent.get(target, ()) if at > now - WINDOW)[-MOST_LETTERS:]
        left = MOST_LETTERS - len(had)
        if left <= 0:
            waiting += [_waiting(each, had[0] + WINDOW) for each in mine]
        elif len(mine) <= left:
            parcels += [Parcel((each,)) for each in mine]
        else:
            parcels += [Parcel((each,)) for each in mine[: left - 1]]
            parcels.append(Parcel(tuple(mine[left - 1 :])))
    parcels.sort(key=lambda parcel: _badness(parcel.first, with_impact))
    return Load(tuple(parcels), tuple(waiting))


def ways(message: Message, channels: Sequence[Channel]) -> list[Channel]:
    """Channels that reach the target, by preference: for whoever must wake up those first that wake."""
    if message.sort is Sort.TELL:
        return list(channels)
    return sorted(channels, key=lambda channel: not channel.wakes)


def way(posted: Posted, names: Sequence[str], gives_way_at: datetime, now: datetime) -> str | None:
    """The channel of the next attempt: the first, and once it has had its time every other by turns; None: none is left."""
    left = [name for name in names if name not in posted.tried]
    if not left:
        return None
    if now < gives_way_at or posted.channel not in left:
        return left[0]
    return left[(left.index(posted.channel) + 1) % len(left)]


def gives_way_at(message: Message, incident: Incident | None) -> datetime:
    """Until when a message stays with its first channel: when its ladder's next step is due."""
    ladders = incident.ladders if incident else ()
    ladder = next((each for each in ladders if each.pipeline == message.pipeline), None)
    if ladder is None or not 0 <= message.step < len(ladder.steps):
        return message.due_at + GIVES_WAY_AFTER
    own = ladder.steps[message.step].after
    later = [step.after - own for step in ladder.steps if step.after > own]
    return message.due_at + min(later, default=GIVES_WAY_AFTER)


def may_repeat(posted: Posted, channel: str) -> bool:
    """Whether an earlier attempt may have arrived, so that this one may be a repeat.

    An idempotent channel keeps its own repeats apart, but knows nothing of another channel's.
    """
    return posted.maybe_sent or (posted.reason.startswith(NO_ANSWER) and posted.channel != channel)


def refused(posted: Posted, channel: str, why: str, names: Sequence[str], now: datetime) -> Posted:
    """It will never arrive by that channel: the next one is tried at once, and after the last it has failed."""
    tried = (*posted.tried, channel)
    is_over = not [name for name in names if name not in tried]
    return replace(
        posted,
        post=Post.FAILED if is_over else Post.PENDING,
        maybe_sent=may_repeat(posted, ""),
        channel=channel,
        tried=tried,
        next_try_at=None if is_over else now,
        reason=f"{channel}: {why}",
    )


def unsent(
    posted: Posted, channel: str, why: str, wait_s: float, gives_way: datetime, now: datetime, *, unsure: bool, repeats: bool
) -> Posted:
    """It is tried again after `wait_s` seconds; what only tells is given up after a day.

    `unsure`: it may have arrived. `repeats`: the channel would hand a second one over, too.
    """
    is_over = posted.message.sort is not Sort.PAGE and now - _wanted_at(posted.message) > TOLD_WITHIN
    again = now + timedelta(seconds=wait_s)
    text = f"{channel}: {why}"
    return replace(
        posted,
        post=Post.FAILED if is_over else Post.PENDING,
        maybe_sent=may_repeat(posted, channel) or (unsure and repeats),
        channel=channel,
        next_try_at=None if is_over else min(again, gives_way) if gives_way > now else again,
        reason=f"{NO_ANSWER}{text}" if unsure else text,
    )


def nobody(posted: Posted, why: str) -> Posted:
    """Nothing reaches the target."""
    return replace(posted, post=Post.FAILED, next_try_at=None, reason=posted.reason if posted.tried else why)


def wait_s(attempts: int, jitter: float, asked_s: float | None = None) -> float:
    """Seconds until the next attempt, after so many: doubling up to a minute, from half to one and a half times that.

    `jitter` in [0, 1). What the provider asks for is kept, up to five minutes.
    """
    wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(max(attempts - 1, 0), 10)) * (0.5 + jitter)
    return max(wait, min(asked_s or 0.0, 5 * LONGEST_WAIT_S))


def _badness(posted: Posted, with_impact: Collection[int]) -> tuple[bool, bool, datetime, int]:
    message = posted.message
    return (message.incident not in with_impact, message.sort is not Sort.PAGE, message.due_at, posted.id)


def _waiting(posted: Posted, until: datetime) -> Posted:
    """Not late but waiting by a rule, so the auditor does not count it; and no attempt was made."""
    return replace(
        posted,
        message=replace(posted.message, not_before=until),
        post=Post.PENDING,
        attempts=posted.attempts - 1,
        reason=f"{MOST_LETTERS} messages in {WINDOW.seconds // 60} minutes are enough",
    )


def _wanted_at(message: Message) -> datetime:
    return max(message.due_at, message.not_before or message.due_at)
