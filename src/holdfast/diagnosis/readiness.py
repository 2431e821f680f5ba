"""Whether the team and its tools could answer: the rota, the hand-off, the builder, secrets and channels."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from holdfast.calendars import starts_at
from holdfast.definitions.channel import Expiring
from holdfast.incidents.hand_off import ACKNOWLEDGED_WITHIN, Acknowledged, unacknowledged
from holdfast.incidents.ports import ChannelTest
from holdfast.incidents.signals import Key, Kind, Signal
from holdfast.oncall.record import Rota
from holdfast.oncall.shifts import hand_off_at
from holdfast.partitions import ONE_DAY

AHEAD = timedelta(hours=24)
"""How long before a shift its vacancy is told, and an unanswered test of a channel matters."""
SILENT_AFTER = timedelta(minutes=2)
"""A builder that has not been heard for so long is gone."""
ANSWERED_WITHIN = timedelta(hours=1)
"""A test of a channel."""
WARNED_BEFORE = timedelta(days=14)
AWAKE = timedelta(hours=15)
"""Before the end of a secret's last day: nine in the morning."""


def vacancies(rota: Rota, now: datetime) -> list[Signal]:
    """A time within a day, or now, for which nobody is planned, or whoever was is away; the manager answers then."""
    gap = _first_gap(rota, now)
    if gap is None:
        return []
    start, end, why = gap
    until = f"{end:%Y-%m-%d %H:%M} UTC" if end else "further notice"
    return [
        Signal(
            Key(Kind.VACANCY.value, "rota", start.date()),
            "",
            start - AHEAD,
            start,
            f"nobody is planned to answer from {start:%Y-%m-%d %H:%M} UTC until {until}; the manager answers",
            (why,) if why else (),
            (),
            (rota.manager.name,) if rota.manager else (),
            "somebody is planned: `holdfast oncall plan`, or `holdfast oncall override`",
        )
    ]


def _first_gap(rota: Rota, now: datetime) -> tuple[datetime, datetime | None, str] | None:
    """Start, end and reason of the first time from now to a day ahead without anybody."""
    at = hand_off_at(rota.rotation.hand_off, rota.rotation.first_on)
    duties = rota.duties()
    if now < at and not duties:
        return None
    for duty in duties:
        if duty.end <= now:
            at = duty.end
            continue
        is_gap = duty.start > max(at, now)
        if is_gap or duty.primary is None:
            start, end, why = (at, duty.start, "") if is_gap else (duty.start, duty.end, duty.reason)
            return (start, end, why) if start - AHEAD <= now else None
        at = duty.end
        if at - AHEAD > now:
            return None
    return (at, None, "the plan ends") if at - AHEAD <= now else None


def hand_offs(rota: Rota, acknowledged: Acknowledged, now: datetime) -> list[Signal]:
    """A hand-off note that the person who answers has not acknowledged."""
    return [
        Signal(
            Key(Kind.HAND_OFF.value, "rota", each.at.date()),
            "",
            each.at + ACKNOWLEDGED_WITHIN,
            each.at + ACKNOWLEDGED_WITHIN,
            f"{each.incoming} has not acknowledged the hand-off note of {each.at:%Y-%m-%d %H:%M} UTC",
            (f"before: {each.outgoing or 'nobody'}; backup: {each.backup}",),
            (),
            (each.incoming,),
            "the person who answers says so: `holdfast handoff ack`",
        )
        for each in unacknowledged(rota, acknowledged, now)
    ]


def silent_since(is_expected: bool, beat_at: datetime | None, now: datetime) -> datetime | None:
    """Since when the builder counts as gone; None while it is heard, or not expected."""
    if not is_expected or beat_at is None or now < beat_at + SILENT_AFTER:
        return None
    return beat_at + SILENT_AFTER


def builder_gone(since: datetime) -> Signal:
    """The builder is dead or silent: nothing is built until it is back."""
    return Signal(
        Key(Kind.BUILDER.value, "builder", since.date()),
        "",
        since,
        since,
        f"the builder is silent since {since - SILENT_AFTER:%Y-%m-%d %H:%M:%S} UTC; nothing is built",
        (),
        (),
        (),
        "the builder is heard again",
    )


def secrets(expiring: Iterable[Expiring], now: datetime, zone: ZoneInfo) -> list[Signal]:
    """Secrets that end within a fortnight, one signal each; somebody is paged on the morning of its last day."""
    by_reference: dict[tuple[str, date], list[Expiring]] = {}
    for each in expiring:
        by_reference.setdefault((str(each.secret), each.expires_on), []).append(each)
    found = []
    for (reference, on), uses in sorted(by_reference.items()):
        since = starts_at(on - WARNED_BEFORE, zone)
        if since > now:
            continue
        used_by = ", ".join(sorted({each.used_by for each in uses}))
        found.append(
            Signal(
                Key(Kind.SECRET.value, reference, on),
                "",
                since,
                max(since, starts_at(on + ONE_DAY, zone) - AWAKE),
                f"{reference} works until {on}; it is used by {used_by}",
                (),
                (),
                (),
                "the secret is renewed and its `expires_on` is later",
            )
        )
    return found


def unanswered(tests: Sequence[ChannelTest], rota: Rota, now: datetime) -> list[Signal]:
    """Channels whose last test a person who is, or soon will be, on call has not answered."""
    if not tests:
        return []
    on_duty = _on_duty_soon(rota, now)
    newest: dict[tuple[str, str], ChannelTest] = {}
    for test in sorted(tests, key=lambda each: each.sent_at):
        newest[test.person, test.channel] = test
    found = []
    for (person, channel), test in sorted(newest.items()):
        since = test.sent_at + ANSWERED_WITHIN
        if test.acknowledged_at is None and person in on_duty and since <= now:
            found.append(
                Signal(
                    Key(Kind.CHANNEL.value, f"{channel}/{person}", test.sent_at.date()),
                    "",
                    since,
                    since,
                    f"{person} has not answered the test of channel {channel} of {test.sent_at:%Y-%m-%d %H:%M} UTC",
                    (),
                    (),
                    (),
                    "the test, or a later one, is acknowledged",
                )
            )
    return found


def _on_duty_soon(rota: Rota, now: datetime) -> list[str]:
    """Everybody with a role now or within a day."""
    found = (name for duty in rota.duties() if duty.start <= now + AHEAD and now < duty.end for name in duty.people)
    return list(dict.fromkeys(found))
