"""The hand-off note as one HTML file that needs nothing else."""

from collections.abc import Iterator

from holdfast.logbook.note import Note, Section, heading, sections, standing
from holdfast.releases.svg import escaped

_STYLE = """
:root { color-scheme: light; --ink: #1f2937; --soft: #4b5563; --line: #d1d5db; --tint: #f3f4f6; --blue: #075985; --red: #8a3b00; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.5 Inter, "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
header p { margin: .3rem 0 0; color: var(--soft); }
h1 { font-size: 1.45rem; line-height: 1.3; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
p { max-width: 60rem; margin: .2rem 0; }
.nothing { color: var(--soft); }
.unread { border-left: .5rem solid var(--red); background: var(--tint); padding: .6rem 1rem; margin: 1rem 0; }
.read { border-left: .5rem solid var(--blue); background: var(--tint); padding: .6rem 1rem; margin: 1rem 0; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 3px solid var(--blue); }
table { border-collapse: collapse; font-size: .93rem; width: 100%; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tbody th { font-weight: 400; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .9rem; }
@media print { main { max-width: none; padding: 0; } table { break-inside: avoid; } }
"""


def page(note: Note) -> bytes:
    """The page in UTF-8; the same note gives the same bytes. Every text in it is escaped."""
    parts = [
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="generator" content="Holdfast">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escaped(heading(note))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
        f"<header>\n<h1>{escaped(heading(note))}</h1>\n<p>{escaped(note.project)}</p>\n</header>",
        f'<p class="{"read" if note.acknowledged_at else "unread"}">{escaped(standing(note))}</p>',
        *(line for each in sections(note) for line in _section(each)),
        "<footer>Made by Holdfast from its records.</footer>",
        "</main>\n</body>\n</html>",
    ]
    return ("\n".join(parts) + "\n").encode()


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{escaped(section.title)}</h2>"
    if not section.rows:
        yield f'<p class="nothing">{escaped(section.nothing)}</p>'
        return
    # A column without a single entry tells nothing, and a narrow screen has no room for it.
    kept = [at for at in range(len(section.head)) if any(row[at] for row in section.rows)]
    yield f'<div class="scroll" tabindex="0" role="group" aria-label="{escaped(section.title)}">'
    yield f"<table>\n<caption>{escaped(section.title)}</caption>\n<thead><tr>"
    yield "".join(f'<th scope="col"{_number(section, at)}>{escaped(section.head[at] or "what")}</th>' for at in kept)
    yield "</tr></thead>\n<tbody>"
    for row in section.rows:
        yield "<tr>" + "".join(_cell(section, row, at, is_first=at == kept[0]) for at in kept) + "</tr>"
    yield "</tbody>\n</table>\n</div>"


def _cell(section: Section, row: tuple[str, ...], at: int, *, is_first: bool) -> str:
    # A head without text, as in a row that goes on with the incident above it, would be read out as nothing.
    tag, scope = ("th", ' scope="row"') if is_first and row[at] else ("td", "")
    return f"<{tag}{scope}{_number(section, at)}>{escaped(row[at])}</{tag}>"


def _number(section: Section, at: int) -> str:
    return ' class="n"' if section.head[at] in section.numbers else ""
