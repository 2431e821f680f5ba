"""A lineage as a drawing in layers, from what is read on the left to what is made on the right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from holdfast.catalog.html import Html, tag
from holdfast.releases.svg import FAINT, FONT, INK, shortened

BOX_HEIGHT, LINE_HEIGHT, GAP, BETWEEN, MARGIN = 26, 2, 10, 64, 8
SIZE, CHARACTER = 12, 7.6
"""A character's width is that of the widest font a reader may have: a name must not run out of its box."""
MOST = 42
"""Characters of a name before it is shortened; the whole one is in the box's title."""
SWEEPS = 8
FILLS = {"source": "#e6f1f8", "model": "#eef7ee", "metric": "#fdf3e1", "here": "#ffe3b3"}
STROKES = {"source": "#0072b2", "model": "#007a59", "metric": "#b06f00", "here": "#8a5600"}


@dataclass(frozen=True, slots=True)
class Box:
    """Something that is read or made."""

    name: str
    kind: str
    """source, model or metric; `here` for the one that a page is about."""
    href: str = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    layer: int
    x: float
    y: float
    """Of the middle."""


Edge = tuple[str, str]


def drawn(title: str, boxes: Sequence[Box], edges: Iterable[Edge]) -> Html:
    """The lineage as inline SVG, with links; the same lineage is the same text. Nothing without edges."""
    by_name = {each.name: each for each in boxes}
    lines = sorted({(a, b) for a, b in edges if a != b and a in by_name and b in by_name})
    if not lines:
        return Html("")
    layers = layered([each.name for each in boxes], lines)
    chains = _chains(layers, lines)
    rows = ordered(layers, chains)
    widths = [max((_width(name) for name in row if name in by_name), default=0.0) for row in rows]
    lefts = [MARGIN + sum(widths[:at]) + BETWEEN * at for at in range(len(rows))]
    heights = {name: BOX_HEIGHT if name in by_name else LINE_HEIGHT for row in rows for name in row}
    height = max(sum(heights[name] + GAP for name in row) for row in rows) - GAP + 2 * MARGIN
    places: dict[str, _Placed] = {}
    for at, row in enumerate(rows):
        top = (height - sum(heights[name] + GAP for name in row) + GAP) / 2
        for name in row:
            places[name] = _Placed(at, lefts[at], top + heights[name] / 2)
            top += heights[name] + GAP
    width = lefts[-1] + widths[-1] + MARGIN
    steps = sorted({step for chain in chains for step in pairwise(chain)})
    shapes = [_curve(places[a], places[b], widths) for a, b in steps]
    shapes += [_through(place, widths) for name, place in sorted(places.items()) if name not in by_name]
    shapes += [_box(by_name[name], places[name], widths[places[name].layer]) for row in rows for name in row if name in by_name]
    drawing = tag(
        "svg",
        tag("title", title),
        *shapes,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_n(width)} {_n(height)}",
        width=_n(width),
        height=_n(height),
        role="group",
        aria_label=title,
        font_family=FONT,
        font_size=str(SIZE),
    )
    return tag("div", drawing, class_="wide drawing", tabindex="0", role="region", aria_label=title)


def layered(names: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Each name's layer: one more than the last of what it is made of. Names without edges are in none."""
    made_of: dict[str, list[str]] = {}
    for a, b in edges:
        made_of.setdefault(b, []).append(a)
        made_of.setdefault(a, [])
    layers: dict[str, int] = {}

    def layer(name: str) -> int:
        if name not in layers:
            layers[name] = 0
            layers[name] = 1 + max((layer(each) for each in made_of[name]), default=-1)
        return layers[name]

    return {name: layer(name) for name in names if name in made_of}


def _chains(layers: Mapping[str, int], edges: Sequence[Edge]) -> list[list[str]]:
    """Each edge as the places it passes: its two ends, and one between for every layer that it skips.

    Edges that begin together run together, so that a table with many readers is one line for as long as it can be.
    """
    chains = []
    for a, b in edges:
        between = [f"{a}\0{layer}" for layer in range(layers[a] + 1, layers[b])]
        chains.append([a, *between, b])
    return chains


def ordered(layers: Mapping[str, int], chains: Sequence[Sequence[str]]) -> list[list[str]]:
    """The layers from left to right, each in the order that crosses least edges by the barycentre's rule of thumb."""
    at_layer = dict(layers)
    beside: dict[str, tuple[list[str], list[str]]] = {name: ([], []) for name in layers}
    for chain in chains:
        for nth, name in enumerate(chain):
            at_layer.setdefault(name, layers[chain[0]] + nth)
            beside.setdefault(name, ([], []))
    for left, right in sorted({step for chain in chains for step in pairwise(chain)}):
        beside[left][1].append(right)
        beside[right][0].append(left)
    rows: list[list[str]] = [[] for _ in range(max(at_layer.values()) + 1)]
    for name in sorted(at_layer):
        rows[at_layer[name]].append(name)
    for sweep in range(SWEEPS):
        side = sweep % 2
        for row in rows[1:] if side == 0 else rows[-2::-1]:
            where = {name: nth / max(len(each), 1) for each in rows for nth, name in enumerate(each)}
            row.sort(key=lambda name: (_middle([where[each] for each in beside[name][side]], where[name]), name))
    return rows


def _middle(places: Sequence[float], here: float) -> float:
    return sum(places) / len(places) if places else here


def _width(name: str) -> float:
    return len(shortened(name, MOST)) * CHARACTER + 16


def _curve(left: _Placed, right: _Placed, widths: Sequence[float]) -> Html:
    x, bend = left.x + widths[left.layer], BETWEEN / 2
    curve = f"C{_n(x + bend)} {_n(left.y)} {_n(right.x - bend)} {_n(right.y)} {_n(right.x)} {_n(right.y)}"
    return tag("path", d=f"M{_n(x)} {_n(left.y)}{curve}", fill="none", stroke=FAINT)


def _through(place: _Placed, widths: Sequence[float]) -> Html:
    """The straight piece of a line that passes a layer."""
    return tag("path", d=f"M{_n(place.x)} {_n(place.y)}h{_n(widths[place.layer])}", fill="none", stroke=FAINT)


def _box(box: Box, place: _Placed, width: float) -> Html:
    shape = tag(
        "rect",
        x=_n(place.x),
        y=_n(place.y - BOX_HEIGHT / 2),
        width=_n(width),
        height=str(BOX_HEIGHT),
        rx="4",
        fill=FILLS[box.kind],
        stroke=STROKES[box.kind],
    )
    said = tag("text", shortened(box.name, MOST), x=_n(place.x + 8), y=_n(place.y + SIZE / 3), fill=INK)
    inside = (tag("title", box.name), shape, said)
    return tag("a", *inside, href=box.href) if box.href else tag("g", *inside)


def _n(value: float) -> str:
    # A tenth of a pixel: finer digits would only differ between machines.
    return f"{value:.1f}".removesuffix(".0")
