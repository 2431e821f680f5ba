"""Which incident a signal belongs to: the one that has it, one of the same cause, or one whose cause it is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from holdfast.incidents.incident import REOPENS_WITHIN, Incident
from holdfast.incidents.signals import UNKNOWN_CAUSES, Key, Signal

Cause = tuple[str, str]
"""Kind and subject."""


class Register:
    """Known incidents by what a signal can be matched with; each question is answered without a search."""

    def __init__(self, known: Sequence[Incident]) -> None:
        self._known = known
        self._by_key: dict[Key, int] = {}
        self._by_identity: dict[tuple[str, str, str], int] = {}
        self._by_cause: dict[Cause, list[int]] = defaultdict(list)
        for number, incident in enumerate(known):
            self._by_key.setdefault(incident.key, number)
            self._by_cause[incident.key.kind, incident.key.subject].append(number)
            for signal in incident.signals:
                self._by_identity.setdefault(signal.identity, number)

    def match(self, signal: Signal) -> int | None:
        """Position of the incident with the same key; else of the one that has the signal; else of the same cause and an earlier day."""
        found = self._by_key.get(signal.key)
        if found is None:
            found = self._by_identity.get(signal.identity)
        return self._earlier(signal.key) if found is None else found

    def _earlier(self, key: Key) -> int | None:
        fit = [number for number in self._by_cause.get((key.kind, key.subject), ()) if self._known[number].key.on <= key.on]
        return max(fit, key=lambda number: self._known[number].key.on, default=None)


def in_order(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """As an incident keeps them: by pipeline and key, so the same signals are equal at every pass."""
    return tuple(sorted(signals, key=lambda each: (each.pipeline, each.key)))


def comes_back(incident: Incident, signal: Signal, now: datetime) -> bool:
    """Whether a resolved incident opens again with the signal, which is back within an hour of its end.

    Of one that was seen to be gone, and whose records say that it never was, `now` is when it is back.
    """
    ending = incident.ending
    if ending is None:
        return False
    is_asked_again = ending.recheck_at is not None and signal.since <= ending.at
    return is_asked_again or (signal.since if signal.since > ending.at else now) - ending.at <= REOPENS_WITHIN


def from_now(signal: Signal, ended: Incident, now: datetime) -> Signal:
    """The signal, paging no earlier than now where it was seen to be gone since the records first said so."""
    if ended.ending is None or signal.since > ended.ending.at or signal.page_at is None:
        return signal
    return replace(signal, page_at=max(signal.page_at, now))


def waits(incident: Incident, signal: Signal, now: datetime) -> bool:
    """Whether a person has resolved it, and the signal is what they knew of: it is asked again later."""
    ending = incident.ending
    if ending is None or ending.recheck_at is None or now >= ending.recheck_at or signal.since > ending.at:
        return False
    return any(each.identity == signal.identity for each in incident.signals)


def explained(signals: Iterable[Signal]) -> Iterator[tuple[str, str, str]]:
    """(pipeline, grain, period) of everything a known cause explains."""
    for signal in signals:
        if signal.key.kind not in UNKNOWN_CAUSES:
            for affect in signal.affects:
                yield (affect.pipeline, affect.grain, affect.period)
