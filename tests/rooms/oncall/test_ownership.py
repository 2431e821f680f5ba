"""Who owns what, and on which day."""

from datetime import date

from holdfast.definitions.people import Person
from holdfast.definitions.rota import Owned, OwnerTurns, Team
from holdfast.oncall.ownership import Load, codeowners, departed, loads, owned_on

FOUR = ("john", "james", "jill", "davis")
PEOPLE = tuple(Person(name, name.title(), "engineer", email=f"{name}@example.com") for name in FOUR)
OWNED = (
    Owned("unit_profit", "john", "james", "experiments"),
    Owned("aggregate_profit", "james", "jill", "investors", "pipelines/aggregate_profit"),
    Owned("daily_growth", "davis", "john", "experiments"),
)


def test_the_load_counts_what_each_owns():
    """Jill owns nothing first, and is in the table all the same."""
    assert loads(OWNED, PEOPLE) == [
        Load("john", 1, 1, 0),
        Load("james", 1, 1, 1),
        Load("jill", 0, 1, 0),
        Load("davis", 1, 0, 0),
    ]


def test_experiments_change_hands_each_quarter_and_investors_do_not():
    """Everybody by turns, the pair together; after four quarters it is as it was."""
    team = Team(owned=OWNED, turns=OwnerTurns(("unit_profit", "daily_growth"), date(2026, 1, 1), FOUR))

    def pairs(day):
        return [(each.primary, each.secondary) for each in owned_on(team, day)]

    assert pairs(date(2026, 3, 31)) == [("john", "james"), ("james", "jill"), ("davis", "john")]
    assert pairs(date(2026, 4, 1)) == [("james", "jill"), ("james", "jill"), ("john", "james")]
    assert pairs(date(2027, 1, 1)) == pairs(date(2026, 1, 1))
    assert pairs(date(2025, 12, 31))[0] == ("davis", "john")


def test_what_belongs_to_somebody_who_left_is_found():
    """From the day they are gone, in either role."""
    gone = tuple(Person(each.name, each.full_name, each.role, left_on=date(2026, 5, 1)) for each in PEOPLE[:1])

    assert departed(OWNED, gone, date(2026, 4, 30)) == []
    assert [(each.subject, name) for each, name in departed(OWNED, gone, date(2026, 5, 1))] == [
        ("unit_profit", "john"),
        ("daily_growth", "john"),
    ]


def test_secondary_owners_review_what_exists():
    """Only pipelines with a folder have files to review."""
    lines = codeowners(OWNED, PEOPLE).splitlines()

    assert lines[1:] == [
        "/pipelines/aggregate_profit/runbook.md jill@example.com",
        "/pipelines/aggregate_profit/checks.yml jill@example.com",
        "/pipelines/aggregate_profit/checks/ jill@example.com",
    ]
