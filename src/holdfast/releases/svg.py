"""A drawing as SVG text: escaped, self-contained, the same bytes for the same picture."""

from dataclasses import dataclass, field
from html import escape

FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"
INK, SOFT, FAINT, GRID = "#1f2937", "#5b6472", "#9aa3af", "#e5e7eb"
# Okabe and Ito's colours without the yellow, which is lost on white, and with Tol's wine for an eighth line.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255")
CHARACTER = 0.56
"""Width of an average character, in parts of the font size; wide enough for the fonts named above."""


@dataclass(slots=True)
class Drawing:
    """Shapes in the order they are painted. Coordinates are pixels from the upper left."""

    width: int
    height: int
    title: str
    description: str
    name: str = ""
    """Goes before the ids, so that several drawings can stand in one page."""
    font: str = FONT
    _shapes: list[str] = field(default_factory=list)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, dash: str = ""
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._shapes.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" '
            f'stroke="{stroke}" stroke-width="{_n(width)}"{dashed}/>'
        )

    def path(self, points: list[tuple[float, float]], stroke: str, width: float, dash: str = "") -> None:
        """A line through the points, with round joins."""
        drawn = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._shapes.append(
            f'<path d="{drawn}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}" '
            f'stroke-linejoin="round" stroke-linecap="round"{dashed}/>'
        )

    def area(self, points: list[tuple[float, float]], fill: str, opacity: float) -> None:
        drawn = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + "Z"
        self._shapes.append(f'<path d="{drawn}" fill="{fill}" fill-opacity="{_n(opacity)}"/>')

    def box(self, x: float, y: float, width: float, height: float, fill: str, radius: float = 0) -> None:
        rounded = f' rx="{_n(radius)}"' if radius else ""
        self._shapes.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}"{rounded}/>'
        )

    def dot(self, x: float, y: float, radius: float, colour: str, *, hollow: bool = False) -> None:
        fill = "#ffffff" if hollow else colour
        self._shapes.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{colour}" stroke-width="1.5"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        size: float = 12,
        fill: str = SOFT,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Text whose base line is at y; `anchor` is start, middle or end."""
        weight = ' font-weight="600"' if bold else ""
        self._shapes.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{escaped(said)}</text>"
        )

    def bytes(self) -> bytes:
        """The document in UTF-8."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" aria-labelledby="{self.name}title {self.name}desc" '
            f'font-family="{escaped(self.font)}">'
        )
        parts = [
            head,
            f'<title id="{self.name}title">{escaped(self.title)}</title>',
            f'<desc id="{self.name}desc">{escaped(self.description)}</desc>',
            f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>',
            *self._shapes,
            "</svg>",
        ]
        return ("\n".join(parts) + "\n").encode()


def escaped(text: str) -> str:
    """The text for SVG; characters that XML cannot hold become `?`."""
    legal = "".join(each if each.isprintable() or each == " " else "?" for each in text)
    return escape(legal, quote=True)


def text_width(said: str, size: float) -> float:
    """About how wide the text will be, in pixels."""
    return len(said) * size * CHARACTER


def shortened(said: str, most: int) -> str:
    """At most that many characters, ending in `…` when something was left out."""
    return said if len(said) <= most else said[: most - 1] + "…"


def _n(value: float) -> str:
    # Two decimals are a hundredth of a pixel: finer digits would only differ between machines.
    said = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said
