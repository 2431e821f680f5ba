"""Rows of text as aligned columns, cut to the width of a terminal."""

from collections.abc import Sequence

BOLD, DIM, YELLOW, RESET = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"
GAP = "  "


def aligned(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: frozenset[str] = frozenset(),
    width: int | None = None,
) -> list[str]:
    """The head, then the rows; columns named in `right` are set right; columns empty in every row are left out.

    No line ends in spaces; one longer than `width` ends in `…`.
    """
    kept = [at for at in range(len(head)) if any(row[at] for row in rows)]
    widths = {at: max(len(head[at]), *(len(row[at]) for row in rows)) for at in kept}

    def line(cells: Sequence[str]) -> str:
        padded = [f"{printable(cells[at]):{'>' if head[at] in right else '<'}{widths[at]}}" for at in kept]
        return cut(GAP.join(padded).rstrip(), width)

    return [line(head), *(line(row) for row in rows)]


def cut(line: str, width: int | None) -> str:
    """The line, ending in `…` when it is longer than `width`."""
    return line if width is None or len(line) <= width else line[: max(width - 1, 0)] + "…"


def printable(text: str) -> str:
    """The text with control characters as `?`: data must not move a terminal's cursor or colour."""
    return "".join(each if each.isprintable() else "?" for each in text)


def styled(line: str, style: str, *, ansi: bool) -> str:
    """The line in that style, when the terminal understands it."""
    return f"{style}{line}{RESET}" if ansi and line else line
