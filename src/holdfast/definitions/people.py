"""The people of a team, and how Holdfast knows which of them is at the keyboard."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in `team/people.yml`."""

    name: str
    full_name: str
    role: str
    """engineer, manager, lead, stakeholder or contact."""
    email: str = ""
    zone: str = ""
    holidays: str = ""
    """Country, with subdivision after a dash: GB-ENG, US, DE-BE."""
    os_users: tuple[str, ...] = ()
    chat: str = ""
    joined_on: date | None = None
    """First day in the team; None for longer than the project knows."""
    left_on: date | None = None
    """First day no longer in the team."""

    def is_here(self, day: date) -> bool:
        """Whether they belong to the team on that day."""
        return (self.joined_on is None or self.joined_on <= day) and (self.left_on is None or day < self.left_on)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as recorded with every human act."""

    person: str | None
    """Name in people.yml; None when the OS user is bound to nobody."""
    os_user: str
    channel: str
    on_behalf: bool = False
    demo: bool = False

    def __str__(self) -> str:
        who = self.person or f"OS user {self.os_user}"
        return f"{who} (demo)" if self.demo else f"{who} (on behalf)" if self.on_behalf else who


def identify(people: tuple[Person, ...], os_user: str, *, acting_as: str | None, demo: bool) -> Actor | None:
    """Who acts at this keyboard; None when `acting_as` names nobody or is not theirs to use.

    In a demo project `--as NAME` counts as that person, and the record says so. Elsewhere it is the
    manager's right, marked "on behalf", and never counts as an approval.
    """
    bound = next((person for person in people if os_user in person.os_users), None)
    if acting_as is None or (bound and acting_as == bound.name):
        return Actor(bound.name if bound else None, os_user, "cli")
    if not any(person.name == acting_as for person in people):
        return None
    if demo:
        return Actor(acting_as, os_user, "cli", demo=True)
    if bound and bound.role == "manager":
        return Actor(acting_as, os_user, "cli", on_behalf=True)
    return None
