"""What is left when the ledger cannot be used: one page, from memory, to those who can mend it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from holdfast.definitions.people import Person
from holdfast.incidents.ports import Channel, Letter

AGAIN_AFTER = timedelta(minutes=1)
"""Those whom no channel reached are tried again."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The ledger's, and who knows of it."""

    since: datetime
    told: tuple[str, ...] = ()


class Note(Protocol):
    """Keeps the outage beside the ledger, as well as it can: another process tells it no second time."""

    def read(self) -> Outage | None: ...

    def write(self, outage: Outage) -> None: ...

    def remove(self) -> None: ...


@dataclass(slots=True)
class Emergency:
    """The ledger's failure, from the first pass that meets it to the first that does not."""

    note: Note
    say: Callable[[str], None]
    _outage: Outage | None = field(default=None, init=False)
    _tried_at: datetime | None = field(default=None, init=False)

    def begin(self, why: str, people: Sequence[Person], channels: Sequence[Channel], now: datetime) -> None:
        """Tells it once, and pages whoever could not be reached so far."""
        if self._outage is None:
            self.say(f"the ledger cannot be used: {why}")
            self._outage = self.note.read() or Outage(now)
        left = [person for person in people if person.name not in self._outage.told]
        if not left or (self._tried_at is not None and now - self._tried_at < AGAIN_AFTER):
            return
        self._tried_at = now
        reached = self._send(left, channels, _broken(why, now, self._outage.since))
        if reached:
            self._outage = replace(self._outage, told=(*self._outage.told, *reached))
            self.note.write(self._outage)

    def end(self, people: Mapping[str, Person], channels: Sequence[Channel], now: datetime) -> None:
        """The ledger works: says so where it did not, also to those who were paged."""
        outage = self._outage or self.note.read()
        if outage is None:
            return
        self.say(f"the ledger works again; it did not since {outage.since:%Y-%m-%d %H:%M} UTC")
        self._outage = self._tried_at = None
        self.note.remove()
        self._send([people[name] for name in outage.told if name in people], channels, _works(now, outage.since))

    def _send(self, people: Sequence[Person], channels: Sequence[Channel], letter: Letter) -> list[str]:
        """Names of those whom a channel reached."""
        reached = []
        for person in people:
            ways = sorted((each for each in channels if each.reaches(person)), key=lambda each: not each.wakes)
            own = replace(letter, to=person, key=f"{letter.key}/{person.name}")
            if any(self._took(channel, own) for channel in ways):
                reached.append(person.name)
            else:
                self.say(f"no channel reached {person.name}")
        return reached

    def _took(self, channel: Channel, letter: Letter) -> bool:
        try:
            channel.send(letter)
        except Exception as error:
            # Whatever it is, the next channel may work, and nobody else tells that nothing is recorded any more.
            self.say(f"{channel.name}: {error}")
            return False
        return True


def _broken(why: str, now: datetime, since: datetime) -> Letter:
    lines = (
        "The pager can record nothing: no incident opens and no other page goes out until this is mended.",
        why,
        "Look at the disk and at the permissions of .holdfast/ledger.db; then run `holdfast ledger check`.",
    )
    return _letter("The pager's ledger cannot be used", lines, f"ledger broken/{since.isoformat()}", now, since)


def _works(now: datetime, since: datetime) -> Letter:
    lines = (f"It could not be used since {since:%Y-%m-%d %H:%M} UTC. What became due meanwhile goes out now.",)
    return _letter("The pager's ledger works again", lines, f"ledger works/{since.isoformat()}", now, now)


def _letter(subject: str, lines: tuple[str, ...], key: str, now: datetime, due_at: datetime) -> Letter:
    return Letter("", subject, lines, key, now, step="emergency", role="emergency", due_at=due_at, wakes=True)
