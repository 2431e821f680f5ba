"""Sentences and numbers of a read-out as people read them; the verdict comes first."""

import math
from dataclasses import dataclass

from holdfast.experiments.estimates import Estimate, Lift
from holdfast.experiments.published import Banner
from holdfast.experiments.readout import Comparison, ReadOut, SegmentLift, Verdict
from holdfast.experiments.sequence import FEWEST_USERS
from holdfast.experiments.split import REFUSED_BELOW, Split

MINUS = "\u2212"
DASH = "\u2013"


@dataclass(frozen=True, slots=True)
class Places:
    """Decimals of money and of percentages: the same in a whole read-out, so that its numbers compare."""

    money: int
    percent: int


def places_of(found: ReadOut) -> Places:
    """As many as show two digits of the narrowest headline interval's half width."""
    lifts = [each.headline.lift for each in found.comparisons]
    parts = [lift.relative for lift in lifts if lift.relative]
    return Places(
        _decimals(min((lift.high - lift.low for lift in lifts), default=0.0) / 2),
        min(2, _decimals(min((high - low for _, low, high in parts), default=0.0) * 50)),
    )


def banner(found: Banner) -> str:
    """`Check 'srm' failed on this day: ...`."""
    what = "could not run" if found.is_unknown else "failed"
    return f"Check '{found.check}' {what} on this day{': ' + found.detail.rstrip('.') if found.detail else ''}."


def headline(found: ReadOut) -> str:
    """The verdict in a few words."""
    if found.refused:
        return "No read-out"
    return "; ".join(_headline(each, found.control) for each in found.comparisons)


def _headline(each: Comparison, control: str) -> str:
    return {
        Verdict.BETTER: f"{each.variant} earns more than {control}",
        Verdict.WORSE: f"{each.variant} earns less than {control}",
        Verdict.INCONCLUSIVE: f"no difference shown between {each.variant} and {control}",
        Verdict.TOO_EARLY: f"too early to say anything of {each.variant}",
    }[each.verdict]


def refusal(found: ReadOut) -> list[str]:
    """Why there are no numbers and what to do."""
    lines = [f"No read-out of {_subject(found)}: {found.refused}"]
    if not found.split.is_as_planned:
        lines += [
            f"Chance alone makes such a split {how_often(found.split.p_value)}, so something adds or loses users in "
            "one variant, and those it touches are not like the others.",
            "Any difference in profit could come from that. Find the cause, repair it, and start the experiment again.",
        ]
    return lines


def verdict(each: Comparison, found: ReadOut) -> list[str]:
    """One to three sentences: what is shown, how large it may be, what it rests on."""
    deciding, users, places = each.deciding, _users(found), places_of(found)
    about = f"{_subject(found)} through {found.day}"
    between = f"between {span(deciding, places)} profit per user"
    compared = f"{signed(deciding.difference, places)} per user{_bracketed(relative(deciding, places))}"
    if each.verdict is Verdict.TOO_EARLY:
        return [
            f"{about}: too early. A verdict needs {FEWEST_USERS} users in each variant; there are {users} in all.",
        ]
    if each.verdict is Verdict.INCONCLUSIVE:
        lines = [
            f"{about}: no difference shown between {each.variant} and {found.control}.",
            f"{each.variant} is at {compared}, and everything {between} fits what {users} did.",
        ]
        if len(each.path) > 1 and each.headline.lift.excludes_zero:
            lines.append(
                f"One look alone would call this a difference; after {len(each.path)} daily looks that is not enough."
            )
        return lines
    more = "more" if each.verdict is Verdict.BETTER else "less"
    within = _bracketed(relative_interval(deciding, places))
    return [
        f"{about}: {each.variant} earns {more} than {found.control}, {compared}.",
        f"The true difference is {between}{within}, with 95 % confidence from {users}.",
        _rests_on(each),
    ]


def _rests_on(each: Comparison) -> str:
    looks = len(each.path)
    if looks > 1:
        return f"That holds however often you looked: the interval allows for all {looks} daily looks together."
    return "That holds for this one look; there was no other."


def detectable(each: Comparison, found: ReadOut) -> str:
    """What these users can show at all."""
    places, mean = places_of(found), each.headline.control_mean
    part = ""
    if each.headline.lift.relative:
        part = f" ({percent(each.detectable / mean)} of {found.control}'s {amount(mean, places)})"
    least = amount(each.detectable, places)
    return f"So many users find a true difference of {least} per user{part} four times in five, in one look."


def crossovers(found: ReadOut) -> str:
    """Who was left out; empty when nobody was."""
    if not found.crossovers:
        return ""
    counted = sum(found.split.users.values())
    share = percent(found.crossovers / max(found.crossovers + counted, 1))
    return f"{found.crossovers:,} users ({share}) were seen in more than one variant and are left out."


def split_sentence(found: Split) -> str:
    """Whether the users came as planned."""
    if found.is_as_planned:
        return f"The split is as planned (sample ratio {p_said(found.p_value)})."
    return f"The split is not as planned (sample ratio {p_said(found.p_value)}, refused below {REFUSED_BELOW})."


def segments_sentence(found: ReadOut) -> str:
    """Which segments differ after the correction for their number."""
    read = [each for each in found.segments if each.estimate]
    if not read:
        return ""
    out = [each for each in read if each.stands_out]
    looked = f"{len(read)} segment{'s' if len(read) > 1 else ''}"
    if not out:
        return f"None of {looked} differs by itself, once corrected for looking at all of them (Holm)."
    names = ", ".join(f"{each.segment}{_variant_of(each, found)} ({_direction(each)})" for each in out)
    return f"Of {looked}, corrected for looking at all of them (Holm), these differ by themselves: {names}."


def _variant_of(each: SegmentLift, found: ReadOut) -> str:
    return f" of {each.variant}" if len(found.comparisons) > 1 else ""


def _direction(each: SegmentLift) -> str:
    assert each.estimate is not None
    return "more" if each.estimate.lift.difference > 0 else "less"


def running(found: ReadOut) -> str:
    """`ran 2026-03-02 to 2026-04-30`, or since when it runs."""
    if found.ended_on is None or not found.has_ended:
        return f"running since {found.started_on}"
    return f"ran {found.started_on} to {found.ended_on}"


def estimates(each: Comparison) -> list[tuple[str, Lift]]:
    """Every estimate with its name, the one that decides first."""
    said: list[tuple[str, Lift]] = []
    how = "with CUPED" if each.is_adjusted else "unadjusted"
    if each.deciding is each.always_valid:
        said.append((f"{how}, every day's look", each.always_valid))
    said.append((f"{how}, one look", each.headline.lift))
    if each.is_adjusted:
        said.append(("unadjusted, one look", each.unadjusted.lift))
        said.append(("winsorised with CUPED, one look", each.winsorised_adjusted.lift))
    said.append(("winsorised, one look", each.winsorised.lift))
    return said


def means(each: Comparison) -> list[tuple[str, Estimate]]:
    """Means of both arms before and after the adjustment."""
    return [("unadjusted", each.unadjusted), *([("with CUPED", each.headline)] if each.is_adjusted else [])]


def _subject(found: ReadOut) -> str:
    return f"{found.experiment}, segment {found.segment}" if found.segment else found.experiment


def _users(found: ReadOut) -> str:
    return f"{sum(found.split.users.values()):,} users"


def span(lift: Lift, places: Places) -> str:
    """`+0.43 and +1.71`."""
    return f"{signed(lift.low, places)} and {signed(lift.high, places)}"


def interval(lift: Lift, places: Places) -> str:
    """`+0.43 to +1.71`."""
    return f"{signed(lift.low, places)} to {signed(lift.high, places)}"


def relative(lift: Lift, places: Places) -> str:
    """`+8.1 %`; a dash where the control earns too little for percentages."""
    return DASH if lift.relative is None else f"{_signed(lift.relative[0] * 100, places.percent)} %"


def relative_interval(lift: Lift, places: Places) -> str:
    """`+2.0 to +14.5 %`; a dash where the control earns too little for percentages."""
    if lift.relative is None:
        return DASH
    _, low, high = (_signed(part * 100, places.percent) for part in lift.relative)
    return f"{low} to {high} %"


def _bracketed(said: str) -> str:
    return "" if said == DASH else f" ({said})"


def signed(value: float, places: Places) -> str:
    """An amount of money per user with its sign."""
    return _signed(value, places.money)


def amount(value: float, places: Places) -> str:
    """As `signed`, without a plus."""
    return _signed(value, places.money).lstrip("+")


def percent(part: float) -> str:
    """`4.1 %`, two digits."""
    return f"{_signed(part * 100, _decimals(part * 100)).lstrip('+')} %"


def p_value(value: float) -> str:
    """`0.032`, `< 0.001`."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def p_said(value: float) -> str:
    """`p = 0.032`, `p < 0.001`."""
    said = p_value(value)
    return f"p {said}" if said.startswith("<") else f"p = {said}"


def how_often(value: float) -> str:
    """`less than once in a million tries`."""
    for least, said in ((1e-9, "billion"), (1e-6, "million"), (1e-3, "thousand")):
        if value < least:
            return f"less than once in a {said} tries"
    return f"with {p_said(value)}"


def _decimals(half: float) -> int:
    """Decimals that show two digits of it, at most eight."""
    if not half or not math.isfinite(half):
        return 2
    return min(8, max(0, 1 - math.floor(math.log10(abs(half)))))


def _signed(value: float, decimals: int) -> str:
    if not math.isfinite(value):
        return DASH
    said = f"{abs(value):,.{decimals}f}"
    if not said.strip("0.,"):
        return said
    return ("+" if value > 0 else MINUS) + said
