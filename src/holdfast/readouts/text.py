"""A read-out for a terminal: banners, the verdict, then the numbers behind it."""

from collections.abc import Sequence

from holdfast.experiments.published import Banner
from holdfast.experiments.readout import Comparison, ReadOut
from holdfast.readouts import wording
from holdfast.releases.text_table import BOLD, YELLOW, aligned, printable, styled

RIGHT = frozenset({"users", "share", "planned", "difference", "in percent", "p", "p, Holm"})


def lines(found: ReadOut, banners: Sequence[Banner], *, ansi: bool = False, width: int | None = None) -> list[str]:
    """The whole read-out; nothing of the lift where it is refused."""
    said = [styled(printable(f"! {wording.banner(each)}"), YELLOW, ansi=ansi) for each in banners]
    if banners:
        said += ["! Until that is explained, nobody should decide on the numbers below.", ""]
    if found.refused:
        first, *rest = wording.refusal(found)
        said += [styled(printable(first), BOLD, ansi=ansi), *rest]
        return [*said, "", *_users(found, width)]
    for each in found.comparisons:
        first, *rest = map(printable, wording.verdict(each, found))
        said += [styled(first, BOLD, ansi=ansi), *rest]
        said += ["", *_estimates(each, found, width), "", wording.detectable(each, found), ""]
    said += [*_users(found, width), *_segments(found, width)]
    return said


def _estimates(each: Comparison, found: ReadOut, width: int | None) -> list[str]:
    head = ("profit per user", "difference", "95 % interval", "in percent", "interval in percent", "p")
    places = wording.places_of(found)
    rows = [
        (
            name,
            wording.signed(lift.difference, places),
            wording.interval(lift, places),
            wording.relative(lift, places),
            wording.relative_interval(lift, places),
            wording.p_value(lift.p_value),
        )
        for name, lift in wording.estimates(each)
    ]
    return aligned(head, rows, right=RIGHT, width=width)


def _users(found: ReadOut, width: int | None) -> list[str]:
    everybody = max(sum(found.split.users.values()), 1)
    rows = [
        (name, f"{users:,}", f"{users / everybody:.2%}", f"{found.split.planned[name]:.2%}")
        for name, users in sorted(found.split.users.items())
    ]
    said = aligned(("variant", "users", "share", "planned"), rows, right=RIGHT, width=width)
    left_out = wording.crossovers(found)
    return [*said, "", wording.split_sentence(found.split), *([left_out] if left_out else []), f"It {_state(found)}."]


def _state(found: ReadOut) -> str:
    said = wording.running(found)
    return f"is {said}" if said.startswith("running") else said


def _segments(found: ReadOut, width: int | None) -> list[str]:
    if not found.segments:
        return []
    head = ("segment", "variant", "users", "difference", "95 % interval, one look", "p, Holm", "")
    rows = []
    several, places = len(found.comparisons) > 1, wording.places_of(found)
    for each in found.segments:
        name = each.variant if several else ""
        if each.estimate is None or each.p_holm is None:
            rows.append((each.segment, name, f"{each.users:,}", "", "", "", each.unread))
            continue
        lift = each.estimate.lift
        rows.append(
            (
                each.segment,
                name,
                f"{each.users:,}",
                wording.signed(lift.difference, places),
                wording.interval(lift, places),
                wording.p_value(each.p_holm),
                "differs" if each.stands_out else "",
            )
        )
    return ["", *aligned(head, rows, right=RIGHT, width=width), "", wording.segments_sentence(found)]


def overview(reads: Sequence[tuple[ReadOut, Sequence[Banner]]], *, width: int | None = None) -> list[str]:
    """A line per experiment, and how many were refused for their split."""
    if not reads:
        return ["No experiment is published yet."]
    rows = [
        (
            read.experiment,
            str(read.day),
            f"{sum(read.split.users.values()):,}",
            wording.p_value(read.split.p_value),
            wording.headline(read),
            "; ".join(each.check for each in banners),
        )
        for read, banners in reads
    ]
    head = ("experiment", "through", "users", "p, split", "verdict", "failed checks")
    refused = sum(1 for read, _ in reads if not read.split.is_as_planned)
    said = aligned(head, rows, right=RIGHT | {"p, split"}, width=width)
    return [*said, "", f"{refused} of {len(reads)} are refused because users did not come in the planned shares."]
