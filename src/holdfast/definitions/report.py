"""A report: the team's own text with figures named in braces, for which periods, of which pipelines."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

DEFAULT = "report"
"""Name of a pipeline's `report.md`."""

PREVIOUS, CHANGE, YEAR, CHANGE_YEAR = "previous", "change", "year", "change_year"
COMPARISONS = (PREVIOUS, CHANGE, YEAR, CHANGE_YEAR)
"""What may stand in braces after a metric in place of its own value."""
FACTS = ("period", "as_of", "state", "company", "published_at", "release")
"""What a report says of itself."""
TABLE, CHART = "table", "chart"

FORMATS = ("html", "pdf", "xlsx", "csv", "parquet", "json", "pptx")
"""What a report is made as."""
OUTPUT_FORMATS = ("html", "pdf", "xlsx", "parquet", "pptx")
"""Kinds of output that are a report; csv and json as outputs are the plain files of releases."""
CLOSED, RUNNING = "closed", "running"
"""When an output's report is made: once its period is over, or from its first day on."""

_BLANK = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")


@dataclass(frozen=True, slots=True)
class Blank:
    """One `{...}` of the text: its words, and where it stands."""

    words: tuple[str, ...]
    line: int
    """In the file, from 1."""
    start: int
    """Where the braces begin and end in the text."""
    end: int

    @property
    def subject(self) -> str:
        """The first word: a metric, a fact, table or chart."""
        return self.words[0] if self.words else ""

    @property
    def is_block(self) -> bool:
        """Whether it stands for a table or a chart."""
        return self.subject in (TABLE, CHART)

    def __str__(self) -> str:
        return "{" + " ".join(self.words) + "}"


@dataclass(frozen=True, slots=True)
class ReportOutput:
    """A file made of a report that spans pipelines, as its front matter asks."""

    name: str
    kind: str
    to: str
    when: str = CLOSED


@dataclass(frozen=True, slots=True)
class Report:
    """One Markdown file."""

    name: str
    """`report`, or the file's name in `reports/`."""
    title: str
    """Text with blanks."""
    text: str
    """Markdown with blanks, without the title's heading."""
    grains: tuple[str, ...]
    """Of which periods it is made; the first is the one made unless another is asked for."""
    pipelines: tuple[str, ...]
    """Whose figures it shows: one, or several for a report in the project's own `reports/`."""
    metrics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Pipeline -> the metrics it shows, in order; all of them for a pipeline that is not named."""
    outputs: tuple[ReportOutput, ...] = ()
    file: str = ""
    first_line: int = 1
    """The line of the file at which the text begins."""

    @property
    def is_pack(self) -> bool:
        """Whether it spans pipelines."""
        return len(self.pipelines) > 1


def blanks(text: str, first_line: int = 1) -> Iterator[Blank]:
    """Every blank of the text, in order; `{{` and `}}` are braces."""
    for match in _BLANK.finditer(text):
        if match[1] is not None:
            line = first_line + text.count("\n", 0, match.start())
            yield Blank(tuple(match[1].split()), line, match.start(), match.end())


def split(text: str) -> Iterator[str | Blank]:
    """The text's pieces in order: plain text with single braces, and blanks."""
    at = 0
    for match in _BLANK.finditer(text):
        if match.start() > at:
            yield text[at : match.start()]
        at = match.end()
        if match[1] is None:
            yield match[0][0]
        else:
            yield Blank(tuple(match[1].split()), 0, match.start(), match.end())
    if at < len(text):
        yield text[at:]


def resolved(word: str, metrics: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """(pipeline, metric) that a word can mean: `aggregate_profit.profit`, or a bare `profit` of every pipeline with one."""
    pipeline, dot, metric = word.partition(".")
    if dot:
        return [(pipeline, metric)] if metric in metrics.get(pipeline, ()) else []
    return [(name, word) for name, ids in metrics.items() if word in ids]
