"""Who owns what, on which day, and how much of it each person carries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from holdfast.definitions.people import Person
from holdfast.definitions.pipeline import INVESTORS
from holdfast.definitions.rota import Owned, OwnerTurns, Team

REVIEWED = ("runbook.md", "checks.yml", "checks/")
"""What of a pipeline its secondary owner reviews."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much somebody owns."""

    person: str
    primary: int
    secondary: int
    investors: int
    """Investor pipelines among those they own first."""


def owned_on(team: Team, day: date) -> tuple[Owned, ...]:
    """Everything owned, with the owners of that day."""
    return tuple(_turned(each, team.turns, day) if team.turns else each for each in team.owned)


def _turned(owned: Owned, turns: OwnerTurns, day: date) -> Owned:
    """Each quarter both owners pass to the next in the order, so the pair stays a pair of two."""
    if owned.subject not in turns.pipelines or not turns.engineers:
        return owned
    quarters = (day.year - turns.from_on.year) * 4 + (day.month - 1) // 3 - (turns.from_on.month - 1) // 3

    def after(name: str) -> str:
        if name not in turns.engineers:
            return name
        return turns.engineers[(turns.engineers.index(name) + quarters) % len(turns.engineers)]

    return replace(owned, primary=after(owned.primary), secondary=after(owned.secondary))


def loads(owned: Iterable[Owned], people: Sequence[Person]) -> list[Load]:
    """One row for each engineer and for whoever else owns something, in the order of people.yml."""
    found = list(owned)
    rows = []
    for person in people:
        first = [each for each in found if each.primary == person.name]
        second = [each for each in found if each.secondary == person.name]
        if first or second or person.role == "engineer":
            investors = sum(each.audience == INVESTORS for each in first)
            rows.append(Load(person.name, len(first), len(second), investors))
    return rows


def departed(owned: Iterable[Owned], people: Sequence[Person], day: date) -> list[tuple[Owned, str]]:
    """What belongs to somebody who is not in the team on that day."""
    gone = {person.name for person in people if not person.is_here(day)}
    return [(each, name) for each in owned for name in (each.primary, each.secondary) if name in gone]


def codeowners(owned: Iterable[Owned], people: Sequence[Person]) -> str:
    """The reviewers' file of a code host: secondary owners review a pipeline's runbook and checks.

    People are named by e-mail, which code hosts accept; somebody without one is left as a comment.
    """
    reach: Mapping[str, str] = {person.name: person.email for person in people}
    lines = ["# Written by `holdfast owners --codeowners`: secondary owners review runbooks and checks."]
    for each in owned:
        if not each.folder:
            continue
        paths = [f"/{each.folder}/{name}" for name in REVIEWED] if each.audience else [f"/{each.folder}/"]
        email = reach.get(each.secondary, "")
        lines += [f"{path} {email}" if email else f"# {path} {each.secondary} has no e-mail" for path in paths]
    return "\n".join(lines) + "\n"
