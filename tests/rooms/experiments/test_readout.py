"""What is said of an experiment, and what is not, from its published rows."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from holdfast.experiments.readout import Verdict, read_out
from holdfast.experiments.statistics import Row
from holdfast.testing.experiment_rows import STARTED_ON, Drawn, drawn, rows

REGIONS = ("EU", "UK", "US")


def experiment(seed: int = 1, users: int = 3000, days: int = 12, regions=(), **drawing) -> list[Row]:
    found = drawn(np.random.default_rng(seed), users, days, **drawing)
    return list(rows(found, "checkout_button", segments=regions, member=np.arange(users) % 3, ended=True))


def mean_of_newest(found: list[Row], variant: str) -> Decimal:
    row = [each for each in found if each.variant == variant and not each.segment][-1]
    return row.sums.y / row.sums.n


def test_a_large_lift_is_found_and_lies_in_the_interval():
    """Thirty per cent more profit is shown as better; the always-valid interval decides and is the wider one."""
    found = experiment(users=20_000, lift=0.4)
    [read] = read_out(found).comparisons

    assert read.verdict is Verdict.BETTER
    assert read.deciding is read.always_valid
    assert read.always_valid.low < read.headline.lift.low < read.headline.lift.high < read.always_valid.high
    difference = mean_of_newest(found, "treatment") - mean_of_newest(found, "control")
    assert read.unadjusted.lift.difference == pytest.approx(float(difference))


def test_a_large_loss_is_worse():
    """The same the other way round."""
    [read] = read_out(experiment(users=20_000, lift=-0.4)).comparisons
    assert read.verdict is Verdict.WORSE


def test_nothing_is_found_where_nothing_is():
    """Two equal arms are inconclusive, in every segment too."""
    read = read_out(experiment(seed=4, regions=REGIONS))

    assert read.comparisons[0].verdict is Verdict.INCONCLUSIVE
    assert not any(each.stands_out for each in read.segments)


def test_a_wrong_split_refuses_every_number():
    """Fifty-five per cent where half was planned: no comparison, no segment, and the counts in the reason."""
    read = read_out(experiment(users=8000, treated_share=0.55, regions=REGIONS))
    treated = read.split.users["treatment"]

    assert read.comparisons == read.segments == ()
    assert f"{treated:,} in treatment (planned 50 %)" in read.refused


def test_an_unequal_split_that_was_planned_is_read():
    """Nine to one is no mismatch when nine to one was the plan."""
    found = drawn(np.random.default_rng(1), 4000, 5, treated_share=0.1)
    read = read_out(list(rows(found, "e", planned_share=0.1)))

    assert not read.refused
    assert read.split.p_value > 0.001


def test_a_variant_without_users_refuses():
    """When a planned variant has no row, the others' planned shares do not come to one."""
    found = [replace(row, planned_share=Decimal("0.333333")) for row in experiment(days=3)]
    assert "planned for 66.67 % of the users" in read_out(found).refused


def test_one_variant_alone_is_nothing_to_compare():
    """With the control only there is a reason and no traceback."""
    found = [row for row in experiment(days=3) if row.variant == "control"]
    assert read_out(found).refused == "there is nothing to compare: users were seen in control only."


def test_equal_users_are_no_spread_to_measure_against():
    """On a day before anybody bought there are no intervals."""
    nobody = Drawn(np.arange(400) % 2, np.zeros(400, dtype=int), np.zeros(400), np.zeros((400, 1)))
    assert "no spread" in read_out(list(rows(nobody, "e"))).refused


def test_before_a_hundred_users_per_variant_it_is_too_early():
    """150 users in two variants are shown with their interval and without a verdict."""
    [read] = read_out(experiment(users=150)).comparisons

    assert read.verdict is Verdict.TOO_EARLY
    assert read.always_valid is None
    assert read.path == ()


def test_a_single_look_is_decided_by_the_ordinary_interval():
    """Where one day only is published nobody could have peeked."""
    found = experiment(users=20_000, lift=0.4)
    [read] = read_out([row for row in found if row.day == found[-1].day]).comparisons

    assert len(read.path) == 1
    assert read.deciding is read.headline.lift
    assert read.verdict is Verdict.BETTER


def test_each_look_of_the_path_is_what_was_said_on_its_day():
    """The read-out of an earlier day is the path's point for that day: history is not told anew."""
    found, day = experiment(), STARTED_ON + timedelta(days=6)
    [whole], [then] = (read_out(each).comparisons for each in (found, [r for r in found if r.day <= day]))

    assert then.path == tuple(look for look in whole.path if look.day <= day)
    assert then.always_valid == then.path[-1].always_valid


def test_days_that_are_missing_leave_a_gap_and_nothing_else():
    """A day that was never published is no look; the sequence starts at the same first look."""
    found = experiment()
    gap = STARTED_ON + timedelta(days=7)
    [whole], [gapped] = (read_out(each).comparisons for each in (found, [r for r in found if r.day != gap]))

    assert gapped.path == tuple(look for look in whole.path if look.day != gap)


def test_a_segment_is_read_by_itself():
    """Its users, its split, its path; the whole's segments are not repeated."""
    found = experiment(regions=REGIONS)
    read = read_out([row for row in found if row.segment in ("", "EU")], "EU")

    assert sum(read.split.users.values()) == 1000
    assert read.segments == ()
    assert read.comparisons[0].path


def test_segments_are_corrected_together():
    """Three segments: the smallest p-value counts threefold, and only a real difference stands out."""
    users = 12_000
    found = drawn(np.random.default_rng(8), users, 12)
    member = np.arange(users) % 3
    found.profit[(member == 1) & (found.arm == 1)] *= 3
    read = read_out(list(rows(found, "e", segments=REGIONS, member=member)))
    p = {each.segment: each.always_valid.p_value for each in read.segments}

    assert [each.segment for each in read.segments if each.stands_out] == ["UK"]
    assert min(each.p_holm for each in read.segments) == pytest.approx(3 * min(p.values()))


def test_a_segment_with_a_wrong_split_is_left_out():
    """One segment's broken assignment takes that segment's number away, and says why."""
    rng = np.random.default_rng(3)
    found = drawn(rng, 30_000, 3)
    member = np.where(rng.random(30_000) < 0.02, 1, np.where(rng.random(30_000) < 0.5, 0, 2))
    found.arm[(member == 1)] = (rng.random(int((member == 1).sum())) < 0.7).astype(int)
    read = read_out(list(rows(found, "e", segments=REGIONS, member=member)))
    [uk] = [each for each in read.segments if each.segment == "UK"]

    assert not read.refused
    assert uk.estimate is None
    assert uk.unread == "users not in the planned shares"


def test_two_treatments_share_the_five_percent():
    """With two treatments each interval is that of 97.5 %, and the p-values are corrected."""
    found = experiment(users=6000)
    second = [replace(row, variant="treatment_b") for row in found if row.variant == "treatment"]
    third = [replace(row, planned_share=Decimal("0.333333")) for row in (*found, *second)]
    [alone], both = read_out(found).comparisons, read_out(third).comparisons

    assert [each.variant for each in both] == ["treatment", "treatment_b"]
    assert both[0].always_valid.high - both[0].always_valid.low > alone.always_valid.high - alone.always_valid.low
    assert both[0].p_holm == pytest.approx(min(1.0, 2 * alone.p_holm))


def test_the_control_is_the_variant_called_so_or_the_first():
    """A and B: A is the control."""
    named = {"control": "B", "treatment": "A"}
    renamed = [replace(row, variant=named[row.variant]) for row in experiment(days=3)]
    assert read_out(renamed).control == "A"


def test_without_a_covariate_the_headline_is_unadjusted():
    """Users without any profit before the assignment are compared as they are."""
    found = drawn(np.random.default_rng(1), 2000, 5)
    bare = Drawn(found.arm, found.assigned, np.zeros(2000), found.profit)
    [read] = read_out(list(rows(bare, "e"))).comparisons

    assert not read.is_adjusted
    assert read.headline == read.unadjusted


def test_one_enormous_customer_moves_the_raw_lift_only():
    """A single order of a million makes the raw interval useless; the winsorised one beside it stays."""
    found = drawn(np.random.default_rng(2), 4000, 4)
    found.profit[np.flatnonzero(found.arm == 1)[0], 3] = 1e6
    [read] = read_out(list(rows(found, "e"))).comparisons
    width = {
        name: lift.high - lift.low for name, lift in (("raw", read.unadjusted.lift), ("capped", read.winsorised.lift))
    }

    assert width["raw"] > 20 * width["capped"]


@pytest.mark.parametrize(("on", "ended"), [(date(2026, 3, 12), False), (date(2026, 3, 13), True)])
def test_it_has_ended_on_its_last_day(on, ended):
    """The day before its last an experiment still runs."""
    found = [row for row in experiment() if row.day <= on]
    assert read_out(found).has_ended is ended
