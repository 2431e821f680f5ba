"""The team's Markdown, with every figure named in it filled in, as blocks that any format can show.

Figures and other data go in as text after the Markdown is parsed: nothing in them is ever read as markup.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from holdfast.definitions.report import Blank, split

if TYPE_CHECKING:
    from markdown_it.token import Token

LINKS = ("https://", "http://", "mailto:")
_OPEN, _SHUT = "\ue000", "\ue001"
"""Private characters that stand for a blank while Markdown is parsed; taken out of the team's text first."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one look."""

    text: str
    is_strong: bool = False
    is_emphasis: bool = False
    is_code: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within the text; level 2 to 4."""

    level: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; nested ones are flattened into it."""

    items: tuple[tuple[Span, ...], ...]
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A table or chart that the text asks for here."""

    blank: Blank


Prose = Heading | Paragraph | Bullets | Placed


def filled(text: str, fill: Callable[[Blank], str]) -> str:
    """One line of plain text with its blanks filled."""
    return "".join(each if isinstance(each, str) else fill(each) for each in split(text))


def parsed(text: str, fill: Callable[[Blank], str]) -> list[Prose]:
    """The Markdown as blocks, in order. HTML in it is shown as the text it is; pictures as their description."""
    from markdown_it import MarkdownIt

    clean = text.replace(_OPEN, "").replace(_SHUT, "")
    found: list[Blank] = []
    pieces = []
    for each in split(clean):
        if isinstance(each, str):
            pieces.append(each)
        else:
            mark = f"{_OPEN}{len(found)}{_SHUT}"
            pieces.append(f"\n\n{mark}\n\n" if each.is_block else mark)
            found.append(each)
    tokens = MarkdownIt("commonmark", {"html": False}).parse("".join(pieces))
    return list(_blocks(tokens, found, fill))


def _blocks(tokens: Sequence["Token"], found: Sequence[Blank], fill: Callable[[Blank], str]) -> Iterator[Prose]:
    items: list[tuple[Span, ...]] | None = None
    depth, is_numbered = 0, False
    for at, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            if not depth:
                items, is_numbered = [], token.type == "ordered_list_open"
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
            if not depth and items is not None:
                yield Bullets(tuple(items), is_numbered)
                items = None
        elif token.type in ("fence", "code_block"):
            yield Paragraph((Span(_with_blanks(token.content.rstrip("\n"), found, fill), is_code=True),))
        elif token.type == "inline":
            placed = _placed(token.content, found)
            spans = tuple(_spans(token.children or [], found, fill))
            if placed:
                yield Placed(placed)
            elif items is not None:
                items.append(spans)
            elif tokens[at - 1].type == "heading_open":
                yield Heading(min(max(int(tokens[at - 1].tag[1:]), 2), 4), spans)
            else:
                yield Paragraph(spans)


def _placed(content: str, found: Sequence[Blank]) -> Blank | None:
    """The table or chart that is all of this paragraph."""
    inner = content.strip()
    if not (inner.startswith(_OPEN) and inner.endswith(_SHUT) and inner[1:-1].isdigit()):
        return None
    blank = found[int(inner[1:-1])]
    return blank if blank.is_block else None


def _spans(children: Sequence["Token"], found: Sequence[Blank], fill: Callable[[Blank], str]) -> Iterator[Span]:
    look = Span("")
    for token in children:
        if token.type in ("strong_open", "strong_close"):
            look = replace(look, is_strong=token.type == "strong_open")
        elif token.type in ("em_open", "em_close"):
            look = replace(look, is_emphasis=token.type == "em_open")
        elif token.type == "link_open":
            href = str(token.attrGet("href") or "")
            look = replace(look, href=href if href.lower().startswith(LINKS) else "")
        elif token.type == "link_close":
            look = replace(look, href="")
        elif token.type in ("softbreak", "hardbreak"):
            yield replace(look, text=" ")
        elif token.type == "code_inline":
            yield replace(look, text=_with_blanks(token.content, found, fill), is_code=True)
        elif token.content:
            yield replace(look, text=_with_blanks(token.content, found, fill))


def _with_blanks(text: str, found: Sequence[Blank], fill: Callable[[Blank], str]) -> str:
    """Marks back into what the blanks are filled with."""
    pieces = text.split(_OPEN)
    filled_in = [pieces[0]]
    for piece in pieces[1:]:
        place, _, rest = piece.partition(_SHUT)
        filled_in.append(fill(found[int(place)]) + rest)
    return "".join(filled_in)
