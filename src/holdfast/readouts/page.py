"""A read-out as one HTML file that needs nothing else: the verdict, the picture, the numbers, how to read them."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from holdfast.experiments.published import Banner
from holdfast.experiments.readout import Comparison, ReadOut, Verdict
from holdfast.readouts import picture, wording
from holdfast.releases.svg import escaped

_STYLE = """
:root { color-scheme: light; --ink: #1f2937; --soft: #4b5563; --line: #d1d5db; --tint: #f3f4f6; --blue: #075985; --red: #8a3b00; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.55 Inter, "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
header p { margin: 0; color: var(--soft); }
h1 { font-size: 1.1rem; margin: 0; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; }
p, li, dd { max-width: 46rem; }
.banner { border: 2px solid var(--red); border-left-width: .6rem; padding: .6rem 1rem; margin: 1rem 0; }
.banner p { margin: .2rem 0; }
.verdict { border-left: .5rem solid var(--soft); background: var(--tint); padding: .9rem 1.25rem; margin: 1.25rem 0; }
.verdict.better { border-color: var(--blue); }
.verdict.worse, .verdict.refused { border-color: var(--red); }
.verdict p { margin: .3rem 0; }
.verdict p:first-child { font-size: 1.45rem; line-height: 1.3; font-weight: 650; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.tiles div { border: 1px solid var(--line); padding: .6rem .9rem; }
.tiles dt { color: var(--soft); font-size: .9rem; }
.tiles dd { margin: 0; }
.tiles dd.value { font-size: 1.35rem; font-weight: 650; }
figure { margin: 1rem 0; }
figure svg { width: 100%; height: auto; min-width: 42rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 3px solid var(--blue); }
table { border-collapse: collapse; font-size: .95rem; width: 100%; }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tbody th { font-weight: 400; }
tr.first th, tr.first td { font-weight: 650; }
dt { font-weight: 600; }
dl.words dd { margin: 0 0 .6rem; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .9rem; }
@media print { main { max-width: none; padding: 0; } figure, table { break-inside: avoid; } }
"""

_WORDS = (
    (
        "Every day's look",
        "The interval holds on all days together. You may look daily and stop whenever you like: in at most one "
        "experiment in twenty does any of its days miss the truth.",
    ),
    (
        "One look",
        "The usual 95 % interval. It is right for a single look on a day fixed beforehand, and wrong for a daily "
        "look: somebody who stops at the first day without zero in it is misled far more often than one time in twenty.",
    ),
    (
        "CUPED",
        "Who earned much before the experiment mostly goes on doing so. Taking that part out leaves the difference "
        "as it is and makes the interval narrower.",
    ),
    (
        "Winsorised",
        "Amounts beyond the 99th percentile count as that percentile. If it tells another story than the rest, a "
        "handful of very large customers make the difference.",
    ),
    (
        "p, Holm",
        "How surprising the segment's difference is when nothing differs, corrected for looking at every segment and "
        "on every day. Below 0.05 the segment differs by itself; the intervals beside it are of one look at one segment.",
    ),
    (
        "Sample ratio",
        "Whether users came to the variants in the planned shares. Below 0.001 something adds or loses users, and "
        "no difference is shown.",
    ),
)


def page(found: ReadOut, banners: Sequence[Banner]) -> bytes:
    """The page in UTF-8; the same read-out gives the same bytes. Every text in it is escaped."""
    title = f"{found.experiment}: {wording.headline(found)}"
    body: Iterable[str] = _refused(found) if found.refused else _read(found)
    # A percent sign alone at the start of a line reads badly.
    body = [each.replace(" %", "&#160;%") for each in (*_head(found), *_banners(banners), *body, *_words())]
    parts = [
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="generator" content="Holdfast">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
        *body,
        f"<footer>Made by Holdfast from the statistics through {found.day}.</footer>",
        "</main>\n</body>\n</html>",
    ]
    return ("\n".join(parts) + "\n").encode()


def _head(found: ReadOut) -> Iterator[str]:
    name = f"{found.experiment}, segment {found.segment}" if found.segment else found.experiment
    yield f"<header>\n<h1>Experiment {escaped(name)}</h1>"
    yield f"<p>Profit per user through the end of {found.day} · {wording.running(found)}</p>\n</header>"


def _banners(banners: Sequence[Banner]) -> Iterator[str]:
    if banners:
        yield '<div class="banner" role="note" aria-label="Failed checks">'
        yield from (f"<p><strong>{escaped(wording.banner(each))}</strong></p>" for each in banners)
        yield "<p>Until that is explained, nobody should decide on the numbers below.</p>\n</div>"


def _refused(found: ReadOut) -> Iterator[str]:
    yield from _verdict(Verdict.REFUSED, wording.refusal(found))
    yield from _split(found)


def _read(found: ReadOut) -> Iterator[str]:
    for each in found.comparisons:
        yield from _verdict(each.verdict, wording.verdict(each, found))
        yield from _tiles(each, found)
    if all(len(each.path) > 1 for each in found.comparisons):
        yield f"<h2>Day by day</h2>\n{_figure('days', picture.path(found), 'The difference through each day')}"
    for each in found.comparisons:
        yield from _estimates(each, found)
    if any(each.estimate for each in found.segments):
        yield f"<h2>Segments</h2>\n<p>{escaped(wording.segments_sentence(found))}</p>"
        yield _figure("segments", picture.segments(found), "Every segment beside zero")
    if found.segments:
        yield from _segments(found)
    yield from _split(found)


def _verdict(kind: Verdict, sentences: Sequence[str]) -> Iterator[str]:
    yield f'<section class="verdict {kind.value}" aria-label="Verdict">'
    yield from (f"<p>{escaped(sentence)}</p>" for sentence in sentences)
    yield "</section>"


def _tiles(each: Comparison, found: ReadOut) -> Iterator[str]:
    lift, places = each.deciding, wording.places_of(found)
    before, after = wording.means(each)[-1][1].control_mean, wording.means(each)[-1][1].treatment_mean
    tiles = (
        ("Difference per user", wording.signed(lift.difference, places), wording.relative(lift, places)),
        ("At least, at most", wording.interval(lift, places), _looks(each)),
        (
            "Mean per user",
            f"{wording.amount(after, places)} / {wording.amount(before, places)}",
            f"{each.variant} / {found.control}",
        ),
        ("Users", f"{sum(found.split.users.values()):,}", wording.split_sentence(found.split)),
    )
    yield '<dl class="tiles">'
    for label, value, beside in tiles:
        shown = "" if beside == wording.DASH else f"<dd>{escaped(beside)}</dd>"
        yield f'<div><dt>{escaped(label)}</dt><dd class="value">{escaped(value)}</dd>{shown}</div>'
    yield f"</dl>\n<p>{escaped(wording.detectable(each, found))}</p>"


def _looks(each: Comparison) -> str:
    looks = len(each.path)
    return f"95 % for all {looks} daily looks together" if looks > 1 else "95 % at one look"


def _figure(name: str, drawing: bytes, label: str) -> str:
    """The drawing with ids of its own and without a fixed size, so that it fits the column."""
    said = drawing.decode().replace('aria-labelledby="title desc"', f'aria-labelledby="{name}-title {name}-desc"')
    said = said.replace('id="title"', f'id="{name}-title"').replace('id="desc"', f'id="{name}-desc"')
    return f'<figure class="scroll" tabindex="0" role="group" aria-label="{escape(label)}">\n{said}</figure>'


def _estimates(each: Comparison, found: ReadOut) -> Iterator[str]:
    places = wording.places_of(found)
    rows = [
        (
            name[0].upper() + name[1:],
            wording.signed(lift.difference, places),
            wording.interval(lift, places),
            wording.relative(lift, places),
            wording.relative_interval(lift, places),
            wording.p_value(lift.p_value),
        )
        for name, lift in wording.estimates(each)
    ]
    yield "<h2>Every estimate</h2>"
    yield from _table(
        f"{each.variant} minus {found.control}, profit per user",
        ("Estimate", "Difference", "95 % interval", "In percent", "Interval in percent", "p"),
        rows,
        numeric=(1, 2, 3, 4, 5),
        first=_is(each),
    )


def _is(each: Comparison) -> int:
    """Which row the verdict rests on."""
    return next(at for at, (_, lift) in enumerate(wording.estimates(each)) if lift == each.deciding)


def _segments(found: ReadOut) -> Iterator[str]:
    rows, places = [], wording.places_of(found)
    for each in found.segments:
        if each.estimate is None or each.p_holm is None:
            rows.append((each.segment, each.variant, f"{each.users:,}", "", "", each.unread))
            continue
        lift = each.estimate.lift
        said = wording.signed(lift.difference, places), wording.interval(lift, places), wording.p_value(each.p_holm)
        rows.append((each.segment, each.variant, f"{each.users:,}", *said))
    head = ("Segment", "Variant", "Users", "Difference", "95 % interval, one look", "p, Holm")
    yield from _table("Each segment alone; only the last column is corrected for their number", head, rows, numeric=(2, 3, 4, 5))


def _split(found: ReadOut) -> Iterator[str]:
    everybody = max(sum(found.split.users.values()), 1)
    rows = [
        (name, f"{users:,}", f"{users / everybody:.2%}", f"{found.split.planned[name]:.2%}")
        for name, users in sorted(found.split.users.items())
    ]
    left_out = wording.crossovers(found)
    yield f"<h2>Users</h2>\n<p>{escaped(wording.split_sentence(found.split))} {escaped(left_out)}</p>"
    yield from _table("Users counted", ("Variant", "Users", "Share", "Planned"), rows, numeric=(1, 2, 3))


def _table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: Sequence[int] = (),
    first: int | None = None,
) -> Iterator[str]:
    def of(at: int) -> str:
        return ' class="n"' if at in numeric else ""

    yield f'<div class="scroll" tabindex="0" role="group" aria-label="{escaped(caption)}">'
    yield f"<table>\n<caption>{escaped(caption)}</caption>\n<thead><tr>"
    yield "".join(f'<th scope="col"{of(at)}>{escaped(each)}</th>' for at, each in enumerate(head))
    yield "</tr></thead>\n<tbody>"
    for at, row in enumerate(rows):
        cells = "".join(f"<td{of(column)}>{escaped(row[column])}</td>" for column in range(1, len(row)))
        marked = ' class="first"' if at == first else ""
        yield f'<tr{marked}><th scope="row">{escaped(row[0])}</th>{cells}</tr>'
    yield "</tbody>\n</table>\n</div>"


def _words() -> Iterator[str]:
    yield '<h2>How to read this</h2>\n<dl class="words">'
    yield from (f"<dt>{escaped(word)}</dt><dd>{escaped(meaning)}</dd>" for word, meaning in _WORDS)
    yield "</dl>"
