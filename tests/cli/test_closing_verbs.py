"""close, sign, withdraw, release, restatements and calendar: what is printed, and who is refused."""

def state_of(holdfast, folder, period="2025-10"):
    found = holdfast(
        "figures", "-C", folder, "aggregate_profit", "--period", period, "--metric", "profit", "--segment", "total", "--json"
    ).json
    return found[0]["state"], found[0]["value"]


def test_the_demo_has_signed_what_is_over(holdfast, finished):
    """October is over and final; November runs until the 30th and cannot be closed."""
    assert state_of(holdfast, finished)[0] == "final"
    answer = holdfast("close", "-C", finished, "aggregate_profit", "2025-11", "--as", "james")
    assert answer.code == 1 and "2025-11 runs until 2025-11-30" in answer.err
    again = holdfast("sign", "-C", finished, "aggregate_profit", "2025-10", "--as", "james")
    assert again.code == 1 and "signed by both already" in again.err


def test_who_may_close_and_sign(holdfast, finished):
    """Somebody bound to nobody, and somebody who signs nothing, are told who does."""
    for verb in ("close", "sign"):
        answer = holdfast(verb, "-C", finished, "aggregate_profit", "2025-10")
        assert answer.code == 1 and "signed by james or finance_lead" in answer.err
        other = holdfast(verb, "-C", finished, "aggregate_profit", "2025-10", "--as", "jill")
        assert other.code == 1 and "you are jill" in other.err
    wrong = holdfast("close", "-C", finished, "aggregate_profit", "2025-1O", "--as", "james")
    assert wrong.code == 1 and "is no period of aggregate_profit. Did you mean '2025-1" in wrong.err


def test_a_withdrawal_and_its_release(holdfast, project):
    """One person withdraws with a reason, status and restatements say so, two people release it."""
    before = state_of(holdfast, project)
    assert holdfast("withdraw", "-C", project, "aggregate_profit", "2025-10", "--reason", " ", "--as", "john").code == 1
    nobody = holdfast("withdraw", "-C", project, "aggregate_profit", "2025-10", "--reason", "wrong rates")
    assert nobody.code == 1 and "bound to nobody" in nobody.err
    gone = holdfast("withdraw", "-C", project, "aggregate_profit", "2025-10", "--reason", "wrong rates", "--as", "john")
    assert gone.code == 0 and "Two people release it again" in gone.out
    assert state_of(holdfast, project) == ("withdrawn", None)
    assert "2025-10 withdrawn by john" in holdfast("status", "-C", project).out
    [told] = holdfast("restatements", "-C", project, "--json").json
    assert [(each["period"], each["by"], each["reason"]) for each in told["withdrawn"]] == [("2025-10", "john", "wrong rates")]

    stranger = holdfast("release", "-C", project, "aggregate_profit", "2025-10", "--reason", "fine", "--as", "john")
    assert stranger.code == 1 and "you are john" in stranger.err
    one = holdfast("release", "-C", project, "aggregate_profit", "2025-10", "--reason", "fine", "--as", "james")
    assert one.code == 0 and "missing: finance, finance_lead" in one.out
    twice = holdfast("release", "-C", project, "aggregate_profit", "2025-10", "--reason", "fine", "--as", "james")
    assert twice.code == 1 and "another person" in twice.err
    two = holdfast("release", "-C", project, "aggregate_profit", "2025-10", "--reason", "rates checked", "--as", "finance_lead")
    assert two.code == 0 and "published" in two.out
    assert state_of(holdfast, project) == before
    assert holdfast("release", "-C", project, "aggregate_profit", "2025-10", "--reason", "x", "--as", "james").code == 1


def test_a_verified_month_is_equal_after_it_is_signed(holdfast, finished):
    """The receipt of the final figures leads to the same input."""
    assert "equal" in holdfast("verify", "-C", finished, "aggregate_profit", "2025-10").out
    explained = holdfast("explain", "-C", finished, "aggregate_profit", "2025-10", "profit").out
    assert "signed by james (demo) as owner" in explained and "signed by finance_lead (demo) as finance" in explained


def test_nothing_to_tell_is_told(holdfast, finished):
    """restatements of an undisturbed company says so."""
    assert "nothing waits" in holdfast("restatements", "-C", finished, "aggregate_profit").out
    assert holdfast("restatements", "-C", finished, "nothing").code == 1


def test_a_calendar_is_printed_and_never_moves_what_is_published(holdfast, finished, project, tmp_path):
    """4-4-5 to the screen; written only where no published figure's period changes."""
    printed = holdfast("calendar", "--fiscal", "4-4-5", "--from", "2026-02-01", "--years", "1")
    assert printed.out.splitlines()[0] == "grain,name,start,end"
    assert "month,FY2026-P03,2026-03-29,2026-05-03" in printed.out
    refused = holdfast("calendar", "-C", finished, "--fiscal", "4-4-5", "--from", "2026-02-01", "--write")
    assert refused.code == 1 and "have published figures" in refused.err
    fine = holdfast("calendar", "-C", project, "--fiscal", "months", "--from", "2025-09-01", "--years", "4", "--write")
    assert fine.code == 0 and holdfast("lint", "-C", project).code == 0
    assert "2029-08" in (project / "calendar.csv").read_text()
    for wrong in (["--from", "yesterday"], ["--from", "2026-02-01", "--years", "0"]):
        assert holdfast("calendar", "--fiscal", "4-4-5", *wrong).code == 1
