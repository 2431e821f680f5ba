"""HTML that cannot be broken by what is shown in it: plain text is escaped, whatever it holds."""

from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(said: str) -> Html:
    """The text, escaped; HTML stays as it is. Characters that HTML cannot hold become `?`."""
    if isinstance(said, Html):
        return said
    return Html(escape("".join(each if each.isprintable() or each in "\n\t" else "?" for each in said)))


def tag(name: str, *inside: str, **attributes: str) -> Html:
    """An element; an attribute's `_` is a dash, and one that Python reserves ends in `_`."""
    told = "".join(f' {key.strip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{told}>{joined(inside)}</{name}>")


def joined(parts: Iterable[str], between: str = "") -> Html:
    """The parts, one after the other."""
    return Html(text(between).join(text(part) for part in parts))


def link(said: str, to: str) -> Html:
    """A link within the site."""
    return tag("a", said, href=to)


def listed(items: Iterable[str]) -> Html:
    """A list of points; nothing when there is none."""
    found = [tag("li", each) for each in items]
    return tag("ul", *found) if found else Html("")


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], ids: Sequence[str] = ()) -> Html:
    """A table that scrolls by itself on a narrow screen; `ids` are the rows' anchors. Nothing without rows."""
    made = []
    for at, row in enumerate(rows):
        cells = [tag("th", row[0], scope="row"), *(tag("td", each) for each in row[1:])]
        made.append(tag("tr", *cells, **({"id": ids[at]} if ids else {})))
    if not made:
        return Html("")
    top = tag("thead", tag("tr", *(tag("th", each, scope="col") for each in head)))
    whole = tag("table", tag("caption", caption), top, tag("tbody", *made))
    return tag("div", whole, class_="wide", tabindex="0", role="region", aria_label=caption)


def facts(rows: Iterable[tuple[str, str]]) -> Html:
    """Names with what they are; those with nothing to say are left out."""
    return tag("dl", *(joined((tag("dt", name), tag("dd", said))) for name, said in rows if said))
