"""approve and annotate: who may, and what is recorded."""

import getpass

from holdfast.app import App


def first_hold(holdfast, folder, check):
    [pipeline] = holdfast("status", "-C", folder, "--json").json["pipelines"]
    return next(hold["id"] for hold in pipeline["held"] if hold["check"] == check)


def holds(holdfast, folder):
    [pipeline] = holdfast("status", "-C", folder, "--json").json["pipelines"]
    return [hold["id"] for hold in pipeline["held"]]


def test_only_the_metrics_approver_may_approve(holdfast, held):
    """The owner may not, and somebody bound to nobody may not; the hold stays."""
    before = holds(holdfast, held)
    for arguments, said in ((("--as", "james"), "finance_lead"), ((), "bound to nobody"), (("--as", "nobody"), "nobody")):
        answer = holdfast("approve", "-C", held, before[0], "--reason", "looked at it", *arguments)
        assert answer.code == 1 and said in answer.err

    assert holds(holdfast, held) == before


def test_an_approval_releases_the_day_and_says_by_whom(holdfast, held):
    """Every hold approved by the finance lead: the figures go out with the reason, marked as a demo's."""
    for number in holds(holdfast, held):
        answer = holdfast("approve", "-C", held, number, "--reason", "counted by hand", "--as", "finance_lead")
        assert answer.code == 0 and "finance_lead (demo)" in answer.out

    [profit] = holdfast(
        "figures", "-C", held, "aggregate_profit", "--period", "2025-11-10", "--metric", "profit", "--segment", "total", "--json"
    ).json  # fmt: skip
    assert profit["state"] == "preliminary" and "finance_lead" in profit["reason"] and "counted by hand" in profit["reason"]
    app = App(held)
    lines = [(actor, verb) for _, actor, verb, _ in app.ledger.audited()]
    app.close()
    assert ("finance_lead (demo)", "approve") in lines


def test_an_approval_may_wait_for_the_next_run(holdfast, held):
    """--no-run records it; the run after it lets the hold through."""
    number = first_hold(holdfast, held, "cost_coverage")

    answer = holdfast("approve", "-C", held, number, "--reason", "known outage", "--as", "finance_lead", "--no-run")
    again = holdfast("approve", "-C", held, number, "--reason", "known outage", "--as", "finance_lead")

    assert answer.code == 0 and "next `holdfast run`" in answer.out
    assert again.code == 1 and "approved already" in again.err


def test_an_unknown_hold_and_an_empty_reason_are_refused(holdfast, held):
    """The open holds are named."""
    [known, *_] = holds(holdfast, held)

    assert str(known) in holdfast("approve", "-C", held, 999, "--reason", "x", "--as", "finance_lead").err
    assert holdfast("approve", "-C", held, known, "--reason", " ", "--as", "finance_lead").code == 1


def test_a_word_on_behalf_never_approves(holdfast, held):
    """Outside a demo a manager may act as the finance lead, but not approve."""
    number = holds(holdfast, held)[0]
    settings, people = held / "holdfast.yml", held / "team/people.yml"
    settings.write_text(settings.read_text().replace("demo: true ", "demo: false"))
    me = getpass.getuser()
    text = people.read_text()
    people.write_text(
        text.replace("role: manager, email: manager@example.com, zone: Europe/London, holidays: GB-ENG, os_users: []",
                     f"role: manager, email: manager@example.com, zone: Europe/London, holidays: GB-ENG, os_users: [{me}]")
    )

    behalf = holdfast("approve", "-C", held, number, "--reason", "he said so", "--as", "finance_lead")
    manager = holdfast("approve", "-C", held, number, "--reason", "I say so")

    assert behalf.code == 1 and "on behalf of finance_lead" in behalf.err
    assert manager.code == 1 and "you are manager" in manager.err


def test_an_approver_at_their_own_account_approves(holdfast, held):
    """Outside a demo, the OS user bound to the finance lead counts."""
    number = holds(holdfast, held)[0]
    settings, people = held / "holdfast.yml", held / "team/people.yml"
    settings.write_text(settings.read_text().replace("demo: true ", "demo: false"))
    lines = people.read_text().splitlines()
    lines = [
        line.replace("os_users: []", f"os_users: [{getpass.getuser()}]") if line.strip().startswith("finance_lead:") else line
        for line in lines
    ]
    people.write_text("\n".join(lines) + "\n")

    answer = holdfast("approve", "-C", held, number, "--reason", "counted", "--no-run")

    assert answer.code == 0 and "approved by finance_lead." in answer.out


def test_an_annotation_is_added_with_its_author(holdfast, project):
    """It stands in the pipeline's file, and the folder still lints."""
    base = ("annotate", "-C", project, "aggregate_profit", "--from", "2025-11-03", "--to", "2025-11-04")

    nobody = holdfast(*base, "--reason", "warehouse strike")
    added = holdfast(*base, "--reason", "warehouse strike", "--as", "james", "--metric", "profit")

    assert nobody.code == 1 and "bound to nobody" in nobody.err
    assert added.code == 0
    text = (project / "pipelines/aggregate_profit/annotations.yml").read_text()
    assert "warehouse strike" in text and "james" in text and "profit" in text
    assert holdfast("lint", "-C", project).code == 0


def test_an_annotation_of_an_unknown_metric_changes_nothing(holdfast, project):
    """The nearest metric is named."""
    file = project / "pipelines/aggregate_profit/annotations.yml"
    before = file.read_bytes()

    answer = holdfast(
        "annotate", "-C", project, "aggregate_profit", "--from", "2025-11-03", "--to", "2025-11-04",
        "--reason", "strike", "--as", "james", "--metric", "profits",
    )  # fmt: skip

    assert answer.code == 1 and "'profit'" in answer.err and file.read_bytes() == before
