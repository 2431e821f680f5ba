"""What a contract must say when its rows tell when they arrived."""

import pytest
from team_folder import Team

REFUNDS = "sources/refunds.odcs.yaml"
BY_ROWS = "  - property: arrival\n    value: rows\n"
ARRIVED_AT = "  - property: arrivedAt\n    value: "


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (BY_ROWS, "arrival: rows needs an arrivedAt"),
        (BY_ROWS + ARRIVED_AT + "loaded\n", "arrivedAt names 'loaded', which is no column. Did you mean 'loaded_at'?"),
        (BY_ROWS + ARRIVED_AT + "amount\n", "arrivedAt 'amount' is DECIMAL(18,2), expected DATE or TIMESTAMPTZ"),
        ("  - property: arrival\n    value: path\n" + ARRIVED_AT + "loaded_at\n", "arrivedAt is read with arrival: rows only"),
        ("  - property: arrival\n    value: row\n", "Did you mean 'rows'?"),
    ],
)
def test_a_mistake_is_found_at_its_place(team: Team, written: str, expected: str) -> None:
    """Each is an error of the contract's file, with what to do."""
    team.replace(REFUNDS, "  - property: arrival\n    value: path\n", written)

    found = [str(each) for each in team.problems() if each.severity == "error"]

    assert any(each.startswith(REFUNDS) and expected in each for each in found), found


def test_a_snapshot_arrives_whole(team: Team) -> None:
    """Its rows replace each other all at once."""
    team.replace(REFUNDS, "value: append", "value: snapshot")
    team.replace(REFUNDS, "  - property: arrival\n    value: path\n", BY_ROWS + ARRIVED_AT + "loaded_at\n")

    assert any("a snapshot arrives whole" in str(each) for each in team.problems())


def test_a_contract_whose_rows_tell_loads(team: Team) -> None:
    """Nothing is wrong with it."""
    team.replace(REFUNDS, "  - property: arrival\n    value: path\n", BY_ROWS + ARRIVED_AT + "loaded_at\n")

    assert [each for each in team.problems() if each.file == REFUNDS and each.severity == "error"] == []
