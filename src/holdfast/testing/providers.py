"""A provider of messages that remembers what it took: with or without idempotency keys, slow, failing or silent."""

from collections.abc import Callable
from dataclasses import dataclass, field

from holdfast.definitions.people import Person
from holdfast.incidents.ports import Letter


def no_trouble(letter: Letter, attempt: int) -> None:
    """Every letter is taken at once."""


@dataclass
class Provider:
    """A channel into memory. What `trouble` raises for a letter and its attempt, from 1, happens instead of taking it."""

    name: str = "provider"
    wakes: bool = True
    is_idempotent: bool = False
    trouble: Callable[[Letter, int], None] = no_trouble
    taken: list[Letter] = field(default_factory=list)
    """What readers got, in order."""
    attempts: dict[str, int] = field(default_factory=dict)
    """By key."""
    strangers: tuple[str, ...] = ()
    """People and rooms it does not reach."""

    def reaches(self, to: Person | str) -> bool:
        return (to.name if isinstance(to, Person) else to) not in self.strangers

    def send(self, letter: Letter) -> str:
        """The letter's number. An idempotent provider answers a key that it has with the number it gave before."""
        self.attempts[letter.key] = self.attempts.get(letter.key, 0) + 1
        self.trouble(letter, self.attempts[letter.key])
        if self.is_idempotent:
            for number, each in enumerate(self.taken, start=1):
                if each.key == letter.key:
                    return str(number)
        self.taken.append(letter)
        return str(len(self.taken))
