"""A university's registrations, from its files to published figures, against published counts and a count by hand."""

from collections import defaultdict
from datetime import date, timedelta
from types import SimpleNamespace

import duckdb
import pytest
from real_projects import copy_of, truths_of
from real_shop import DATA, REPOSITORY

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.checks.results import Outcome
from holdfast.loading.project import lint_project

pytestmark = pytest.mark.slow

EXAMPLE = REPOSITORY / "examples" / "learning"
TRUTHS = truths_of("oulad")
BEGAN = {"2013B": date(2013, 2, 1), "2013J": date(2013, 10, 1), "2014B": date(2014, 2, 1), "2014J": date(2014, 10, 1)}


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> SimpleNamespace:
    """The example run once, as it is shipped."""
    project = copy_of(EXAMPLE, tmp_path_factory.mktemp("learning") / "learning")
    return SimpleNamespace(project=project, told=project.tells("run"))


@pytest.fixture(scope="module")
def sums(ran) -> dict[str, int]:
    """Metric -> its total over all years."""
    rows = ran.project.ask(
        "SELECT metric, SUM(value) AS value FROM figures WHERE grain = 'year' AND segment = '' GROUP BY metric"
    )
    return {each["metric"]: int(float(each["value"])) for each in rows}


@pytest.fixture(scope="module")
def answers(ran, sums) -> dict[str, int]:
    """Truth -> its answer from published figures and tables."""
    accounts = (
        "SELECT student_id FROM fact_registrations UNION ALL SELECT student_id FROM fact_undated_registrations"
    )
    results = ran.project.ask("SELECT final_result, COUNT(*) AS n FROM fact_results GROUP BY final_result")
    [students] = ran.project.ask(f"SELECT COUNT(DISTINCT student_id) AS n FROM ({accounts}) AS a")
    [submissions] = ran.project.ask("SELECT COUNT(*) AS n FROM fact_submissions")
    return {
        "registrations": sums["registrations"] + sums["undated_registrations"],
        "registrations without date": sums["undated_registrations"],
        "unregistrations": sums["cancellations"],
        "students": int(students["n"]),
        "assessment submissions": int(submissions["n"]),
        **{f"final_result {each['final_result']}": int(each["n"]) for each in results},
    }


@pytest.fixture(scope="module")
def raw() -> list[tuple[int, date | None, date | None]]:
    """(student, registered on, taken back on) of each row of the file."""
    rows = duckdb.sql(
        "SELECT id_student, code_presentation, date_registration, date_unregistration "
        f"FROM '{DATA / 'oulad' / 'studentRegistration.parquet'}'"
    ).fetchall()
    return [
        (
            student,
            None if registered is None else BEGAN[presentation] + timedelta(days=registered),
            None if cancelled is None else BEGAN[presentation] + timedelta(days=cancelled),
        )
        for student, presentation, registered, cancelled in rows
    ]


def changes_by_hand(raw) -> dict[tuple[str, int], int]:
    """(change, year) -> students, by walking through each student's days with a set of open registrations."""
    days: dict[int, dict[date, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for number, (student, registered, cancelled) in enumerate(raw):
        if registered is not None:
            days[student][registered].append((0, number))
            if cancelled is not None:
                days[student][cancelled].append((1, number))
    found: dict[tuple[str, int], int] = defaultdict(int)
    for mine in days.values():
        still_open: set[int] = set()
        for place, on in enumerate(sorted(mine)):
            was_open = bool(still_open)
            for kind, number in sorted(mine[on]):
                (still_open.add if kind == 0 else still_open.remove)(number)
            registers = any(kind == 0 for kind, _ in mine[on])
            found["new_users", on.year] += place == 0
            found["resurrected_users", on.year] += place > 0 and not was_open and registers
            found["churned_users", on.year] += not still_open and any(kind == 1 for kind, _ in mine[on])
    return {key: count for key, count in found.items() if count}


def test_the_learning_example_has_nothing_for_lint_to_say(tmp_path):
    """No error and no warning, and its contracts are ones by the standard's own package."""
    assert lint_project(EXAMPLE, environ={"HOLDFAST_REAL_DATA": str(tmp_path)}, cache=tmp_path / "cache") == ()


def test_nothing_is_held(ran):
    """Every range is published."""
    assert {each["state"] for each in ran.told} == {"published"}
    assert [each["held"] for each in ran.project.tells("status")["pipelines"]] == [[]]


@pytest.mark.parametrize("name", TRUTHS)
def test_the_figures_and_tables_give_the_published_number(answers, name):
    """Registrations, students, unregistrations, final results and submissions, as others counted them."""
    assert answers[name] == TRUTHS[name]


def test_students_come_leave_and_return_as_counted_by_hand(ran, raw):
    """Each year's new, churned and resurrected students, from the file by sets instead of sums."""
    rows = ran.project.ask(
        "SELECT metric, period, CAST(value AS BIGINT) AS value FROM figures WHERE grain = 'year' AND segment = '' "
        "AND metric IN ('new_users', 'churned_users', 'resurrected_users') AND value <> 0"
    )

    assert {(each["metric"], int(each["period"])): int(each["value"]) for each in rows} == changes_by_hand(raw)


def test_net_growth_is_who_is_still_registered(sums, raw):
    """New and returned less churned students are those with a dated registration that was never taken back."""
    still = {student for student, registered, cancelled in raw if registered is not None and cancelled is None}

    assert sums["net_growth"] == len(still)


def test_undated_and_disagreeing_rows_are_told(ran):
    """39 unregistrations without a registration's date; 93 withdrawn without one and 9 the other way round."""
    with open_ledger(ran.project.folder / ".holdfast" / "ledger.db") as ledger:
        warned = ledger.results("aggregate_growth", outcomes=(Outcome.WARN,))
    rows: dict[str, int] = defaultdict(int)
    for each in warned:
        rows[each.check] += int(each.observed)

    assert rows == {"cancelled_without_date": 39, "churn_log_agrees": 93 + 9}


def test_the_learning_readme_shows_what_is_printed(ran):
    """Every command of the README whose output is shown prints exactly that."""
    shown = list(ran.project.shown_in_readme())

    assert shown
    for words, output in shown:
        at = words.index("-C") + 1
        assert ran.project.holdfast(*words[:at], str(ran.project.folder), *words[at + 1 :]) == output
