"""An edition laid out: headings, tiles, tables and charts in reading order. Every page-like format shows this."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from holdfast.calendars import Calendar
from holdfast.definitions.metric import Metric
from holdfast.definitions.report import CHANGE, CHANGE_YEAR, CHART, PREVIOUS, YEAR, Blank, resolved
from holdfast.releases.chart import inset
from holdfast.releases.comparison import Compared, Neighbours
from holdfast.releases.release import Figure, FigureState
from holdfast.releases.spelling import TOTAL, instant
from holdfast.reports import wording
from holdfast.reports.changes import Change, Kind, carried, changes, days_sum, restated_from
from holdfast.reports.edition import Chapter, Edition
from holdfast.reports.text import Bullets, Heading, Paragraph, Placed, Prose, Span, filled, parsed

MOST_TILES = 4
LEAST_POINTS = 2
"""Periods with a value that make a chart; one alone is a tile."""
MOST_CHANGES = 40
"""On a page; the sheet and the files have all."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure, large."""

    label: str
    value: str
    beside: tuple[str, ...]
    """`+2.7% on August 2026`; what is held or restated."""
    is_odd: bool
    """Held, restated, withdrawn or not published: worth a second look."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """The key figures in a row."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell: what it says, and in smaller letters below, a line each."""

    said: str
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row; the first cell heads it."""

    cells: tuple[Cell, ...]
    look: str = ""
    """`total`, `detail` or nothing."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; columns named in `numeric` are set to the right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: frozenset[int]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart: the figures in it and what to call it."""

    name: str
    """Unlike every other chart's of the report."""
    caption: str
    figures: tuple[Figure, ...]
    metric: Metric
    dimension: str = ""

    def svg(self, calendar: Calendar, font: str, size: tuple[int, int] = (620, 300)) -> bytes:
        """The chart as a self-contained SVG."""
        return inset(self.figures, calendar, title=self.caption, name=f"{self.name}-", font=font, size=size)


Block = Heading | Paragraph | Bullets | Tiles | Table | Picture


@dataclass(frozen=True, slots=True)
class Layout:
    """A report in reading order."""

    title: str
    company: str
    period: str
    state: str
    as_of: str
    lead: tuple[Block, ...]
    """The team's text up to the first table, chart or heading in it."""
    body: tuple[Block, ...]
    changes: tuple[Block, ...]
    definitions: tuple[Block, ...]
    receipt: str
    pictures: tuple[Picture, ...] = field(default=())
    tables: tuple[Table, ...] = field(default=())


def laid_out(edition: Edition) -> Layout:
    """The edition's blocks; pure."""
    placing = _Placing(edition)
    prose = _instead(edition) or parsed(edition.report.text, placing.fill)
    at = next((at for at, each in enumerate(prose) if not isinstance(each, Paragraph | Bullets)), len(prose))
    lead: list[Block] = [each for each in prose[:at] if not isinstance(each, Placed)]
    rest = [placing.block(each) if isinstance(each, Placed) else each for each in prose[at:]]
    placed_charts = any(isinstance(each, Picture) for each in rest)
    placed_tables = {each.caption for each in rest if isinstance(each, Table)}
    body: list[Block] = []
    chapters = list(edition.chapters)
    if len(chapters) == 1:
        body += [*placing.tiles(chapters[0]), *rest, *placing.chapter(chapters[0], placed_tables, charts=not placed_charts)]
    else:
        body += rest
        for each in chapters:
            body += [_heading(2, _chapter_title(each)), *placing.tiles(each)]
            body += [*placing.state_of(each), *placing.chapter(each, placed_tables, charts=not placed_charts)]
    changed = [block for each in chapters for block in placing.changes(each)]
    return Layout(
        title=filled(edition.report.title, placing.fill),
        company=edition.company,
        period=wording.period_label(edition.period),
        state=placing.state,
        as_of=_as_of(edition),
        lead=tuple(lead),
        body=tuple(body),
        changes=tuple(changed),
        definitions=tuple(block for each in chapters for block in placing.definitions(each)),
        receipt=_receipt(edition),
        pictures=tuple(each for each in body if isinstance(each, Picture)),
        tables=tuple(each for each in (*body, *changed) if isinstance(each, Table)),
    )


class _Placing:
    """Makes the blocks of one edition."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._period = edition.period
        neighbours = Neighbours.of(edition.calendar)
        before, year = neighbours.step(edition.period, -1), neighbours.years(edition.period, -1)
        self._before = wording.short_period(before) if before else "the period before"
        self._year = wording.short_period(year) if year else "a year before"
        self._changes = {each.pipeline: changes(each, edition.period) for each in edition.chapters}
        self._restated = {key: each for found in self._changes.values() for key, each in restated_from(found).items()}
        self._pictures = 0

    @property
    def state(self) -> str:
        """How the period stands; where pipelines differ, each by name."""
        states = dict.fromkeys(each.state for each in self._edition.chapters)
        if len(states) == 1:
            return next(iter(states))
        return "; ".join(f"{_chapter_title(each)}: {each.state}" for each in self._edition.chapters)

    def fill(self, blank: Blank) -> str:
        """What stands in a blank's place within a sentence."""
        edition = self._edition
        published_at = edition.published_at
        facts = {
            "period": wording.period_label(edition.period),
            "as_of": wording.day(edition.as_of) if edition.as_of else wording.NOT_PUBLISHED,
            "state": self.state,
            "company": edition.company,
            "published_at": f"{wording.day(published_at.date())}, {published_at:%H:%M} UTC"
            if published_at
            else wording.NOT_PUBLISHED,
            "release": str(edition.release),
        }
        if blank.subject in facts:
            return facts[blank.subject]
        found = self._metric(blank.subject)
        return str(blank) if found is None else self._figure(found[0], found[1], blank.words[1:])

    def _figure(self, chapter: Chapter, metric: Metric, words: tuple[str, ...]) -> str:
        segment = next((word for word in words if "=" in word), "")
        compared = chapter.of(metric.id, segment)
        asked = next((word for word in words if "=" not in word), "")
        if compared is None:
            return wording.NOT_PUBLISHED
        if asked == PREVIOUS:
            return wording.said(compared.previous, metric)
        if asked == YEAR:
            return wording.said(compared.previous_year, metric)
        if asked in (CHANGE, CHANGE_YEAR):
            earlier = compared.previous if asked == CHANGE else compared.previous_year
            return (wording.change(compared, metric, earlier) if earlier else "") or "not comparable"
        return wording.said(compared.figure, metric)

    def block(self, placed: Placed) -> Block:
        """The table or chart that the text asks for; a sentence where there are no figures for it."""
        words = placed.blank.words
        if placed.blank.subject == CHART:
            found = self._metric(words[1])
            dimension = words[3] if len(words) > 3 else ""
            picture = self._picture(found[0], found[1], dimension) if found else None
            return picture or _paragraph(f"{wording.title_words(words[1])}: {wording.NOT_PUBLISHED}.")
        pipeline, _, dimension = (words[1] if len(words) > 1 else "").rpartition(".")
        chapter = next(
            (each for each in self._edition.chapters if each.pipeline in (pipeline, dimension)), self._edition.chapters[0]
        )
        if dimension in chapter.dimensions:
            return self._segments(chapter, dimension) or _paragraph(f"No figures by {wording.title_words(dimension)}.")
        return self._key_figures(chapter)

    def _metric(self, word: str) -> tuple[Chapter, Metric] | None:
        ids = {each.pipeline: [metric.id for metric in each.metrics] for each in self._edition.chapters}
        found = resolved(word, ids)
        if not found:
            return None
        chapter = next(each for each in self._edition.chapters if each.pipeline == found[0][0])
        metric = chapter.metric(found[0][1])
        return (chapter, metric) if metric else None

    def tiles(self, chapter: Chapter) -> list[Block]:
        """The first metrics' totals."""
        made = [self._tile(chapter, metric) for metric in chapter.metrics[:MOST_TILES]]
        return [Tiles(tuple(made))] if made else []

    def _tile(self, chapter: Chapter, metric: Metric) -> Tile:
        compared = chapter.of(metric.id)
        figure = compared.figure if compared else None
        beside = []
        if compared:
            for earlier, said in ((compared.previous, self._before), (compared.previous_year, self._year)):
                moved = wording.change(compared, metric, earlier) if earlier else ""
                beside += [f"{moved} on {said}"] if moved else []
        marks = self._marks(chapter, metric, compared)
        is_odd = bool(marks) or figure is None or figure.value is None
        return Tile(wording.label(metric), wording.short_said(figure, metric), (*beside, *marks), is_odd)

    def _marks(self, chapter: Chapter, metric: Metric, compared: Compared | None) -> tuple[str, ...]:
        """What is unusual about a value, in few words."""
        if compared is None:
            return ()
        said = [*self._note(compared)]
        restated = self._restated.get((chapter.pipeline, metric.id, compared.figure.segment))
        if restated:
            said.append(f"restated {restated.on}, was {self._before_it(restated, metric)}")
        return tuple(said)

    def _note(self, compared: Compared) -> tuple[str, ...]:
        figure = compared.figure
        # How far the whole report counts stands at its top; a cell says so only where it differs.
        is_usual = figure.state not in (FigureState.HELD, FigureState.WITHDRAWN) and figure.as_of == self._edition.as_of
        note = "" if is_usual else wording.standing_note(figure, compared.period)
        return (note,) if note else ()

    def _before_it(self, restated: Change, metric: Metric) -> str:
        if restated.old is None or restated.new is None:
            return wording.NONE if restated.old is None else wording.cell(restated.old, metric)
        return wording.moved(restated.old, restated.new, metric)[0]

    def state_of(self, chapter: Chapter) -> list[Block]:
        """A chapter's own state, where those of the report differ."""
        if len({each.state for each in self._edition.chapters}) == 1:
            return []
        return [_paragraph(f"{wording.title_words(chapter.state)}.", is_emphasis=True)]

    def chapter(self, chapter: Chapter, placed: Collection[str], *, charts: bool) -> Iterator[Block]:
        """Charts, key figures and a table per dimension, but for tables of these captions, which the text has."""
        if charts and chapter.metrics:
            first = [self._picture(chapter, chapter.metrics[0], "")]
            first += [self._picture(chapter, chapter.metrics[0], each) for each in chapter.dimensions[:1]]
            yield from (each for each in first if each)
        tables = [self._key_figures(chapter), *(self._segments(chapter, each) for each in chapter.dimensions)]
        yield from (each for each in tables if each and each.caption not in placed)

    def _picture(self, chapter: Chapter, metric: Metric, dimension: str) -> Picture | None:
        shown = tuple(
            each
            for each in chapter.trend
            if each.metric == metric.id
            and (each.segment.startswith(f"{dimension}=") if dimension else not each.segment)
        )
        if len({each.period for each in shown if each.value is not None}) < LEAST_POINTS:
            return None
        self._pictures += 1
        unit = wording.unit_in_head(metric)
        by = f" by {wording.title_words(dimension).lower()}" if dimension else ""
        caption = f"{wording.label(metric)}{by} per {self._period.grain}{f', {unit}' if unit else ''}"
        return Picture(f"chart{self._pictures}", caption, shown, metric, dimension)

    def _key_figures(self, chapter: Chapter) -> Table:
        head = ("", self._period_head(), _capital(self._before), "Change", _capital(self._year), "Change")
        rows = [row for metric in chapter.metrics for row in self._key_rows(chapter, metric)]
        points = any(each.said.endswith(" pp") for row in rows for each in row.cells)
        caption = "Key figures" if len(self._edition.chapters) == 1 else f"{_chapter_title(chapter)}: key figures"
        return Table(caption, head, tuple(rows), frozenset(range(1, 6)), self._rounding(chapter, points=points))

    def _key_rows(self, chapter: Chapter, metric: Metric) -> Iterator[Row]:
        """The figure beside earlier ones; above it, where it carries adjustments, what they add to the days' sum."""
        compared = chapter.of(metric.id)
        figure = compared.figure if compared else None
        unit = wording.unit_in_head(metric)
        label = f"{wording.label(metric)}{f', {unit}' if unit else ''}"
        added = carried(chapter, metric.id, "")
        if added and figure and figure.value is not None:
            of_days = days_sum(chapter, metric.id, "", figure.value)
            days = Cell(wording.cell(of_days or Decimal(0), metric))
            yield Row((Cell(f"{label}: sum of the days"), days, *[Cell("")] * 4), "detail")
            for each in added:
                what = Cell(f"adjustment from {each.origin}", (each.reason,))
                yield Row((what, Cell(wording.cell(each.delta, metric)), *[Cell("")] * 4), "detail")
            label = f"{label}: booked"
        marks = self._marks(chapter, metric, compared)
        value = Cell(wording.in_cell(figure, metric) if figure else wording.NOT_PUBLISHED, marks)
        yield Row((Cell(label), value, *self._earlier(compared, metric)), "total" if added else "")

    def _earlier(self, compared: Compared | None, metric: Metric) -> list[Cell]:
        cells = []
        for earlier in (compared.previous, compared.previous_year) if compared else (None, None):
            moved = wording.change(compared, metric, earlier) if compared and earlier else ""
            cells += [Cell(wording.in_cell(earlier, metric)), Cell(moved or wording.NONE)]
        return cells

    def _segments(self, chapter: Chapter, dimension: str) -> Table | None:
        """A row per member, a column per metric, below each value its changes; none when no member has a value."""
        members = chapter.members(dimension)
        if not any(each.figure.value is not None for each in chapter.compared if each.figure.segment in members):
            return None
        name = wording.title_words(dimension)
        units = [wording.unit_in_head(metric) for metric in chapter.metrics]
        head = [wording.label(m) + (f", {unit}" if unit else "") for m, unit in zip(chapter.metrics, units, strict=True)]
        rows = [self._member(chapter, each, each.partition("=")[2]) for each in members]
        rows.append(self._member(chapter, "", TOTAL.capitalize(), "total"))
        prefix = "" if len(self._edition.chapters) == 1 else f"{_chapter_title(chapter)}: "
        cut = [each for each in chapter.compared if each.figure.segment]
        said = [f"on {self._before}"] if any(each.change_pct is not None for each in cut) else []
        said += [f"on {self._year}"] if any(each.change_year_pct is not None for each in cut) else []
        note = f"Below each value: its change {', then '.join(said)}." if said else ""
        if any((chapter.pipeline, each.figure.metric, each.figure.segment) in self._restated for each in cut):
            note += f"{' ' if note else ''}Was: the value before it was restated."
        not_sums = [wording.label(metric) for metric in chapter.metrics if not metric.segments_add_up]
        if not_sums:
            note += f"{' ' if note else ''}{_listed(not_sums)} of the members {'does' if len(not_sums) == 1 else 'do'} not sum to the total."
        caption = f"{prefix}{'by' if prefix else 'By'} {name.lower()}"
        return Table(caption, (name, *head), tuple(rows), frozenset(range(1, len(head) + 1)), note)

    def _member(self, chapter: Chapter, segment: str, said: str, look: str = "") -> Row:
        return Row((Cell(said), *(self._with_changes(chapter, each, segment) for each in chapter.metrics)), look)

    def _with_changes(self, chapter: Chapter, metric: Metric, segment: str) -> Cell:
        compared = chapter.of(metric.id, segment)
        if compared is None:
            return Cell(wording.NOT_PUBLISHED)
        moved = [
            wording.change(compared, metric, earlier)
            for earlier in (compared.previous, compared.previous_year)
            if earlier
        ]
        beside = " / ".join(each for each in moved if each)
        restated = self._restated.get((chapter.pipeline, metric.id, segment))
        # Short, for a narrow column: when and why stands under what changed.
        was = (f"was {self._before_it(restated, metric)}",) if restated else ()
        below = ((beside,) if beside else ()) + self._note(compared) + was
        return Cell(wording.in_cell(compared.figure, metric), below)

    def _period_head(self) -> str:
        return wording.short_period(self._period)

    def _rounding(self, chapter: Chapter, *, points: bool) -> str:
        money = any(wording.is_money(metric.unit) for metric in chapter.metrics)
        said = ["Amounts are rounded to two decimals here; the CSV, Parquet and JSON files have them exactly."] if money else []
        said += ["pp: percentage points."] if points else []
        return " ".join(said)

    def changes(self, chapter: Chapter) -> list[Block]:
        """What changed, as one table, or a sentence when nothing did; then what is noted of days."""
        found = self._changes[chapter.pipeline]
        notes = [each for each in found if each.kind is Kind.NOTE]
        totals = {(each.kind, each.metric) for each in found if not each.segment}
        # Where a total moved, its segments are marked in their tables; a hold is told for each of them.
        told = [
            each
            for each in found
            if each.kind is not Kind.NOTE
            and (not each.segment or each.kind is Kind.HELD or (each.kind, each.metric) not in totals)
        ]
        prefix = "" if len(self._edition.chapters) == 1 else f"{_chapter_title(chapter)}: "
        blocks: list[Block] = []
        if told:
            rows = tuple(self._change_row(chapter, each) for each in told[:MOST_CHANGES])
            more = len(told) - MOST_CHANGES
            note = f"{more} more are in the workbook." if more > 0 else ""
            head = ("What", "Figure", "Was", "Is", "On", "Why")
            caption = _capital(f"{prefix}restated, adjusted, held and revised figures")
            blocks.append(Table(caption, head, rows, frozenset({2, 3}), note))
        else:
            blocks.append(_paragraph(_capital(f"{prefix}nothing of this period was restated, adjusted, withdrawn or held.")))
        if notes:
            rows = tuple(Row((Cell(self._concerned(chapter, each)), Cell(each.reason))) for each in notes)
            blocks.append(Table(_capital(f"{prefix}notes on days"), ("Figure", "Note"), rows, frozenset()))
        return blocks

    def _concerned(self, chapter: Chapter, change: Change) -> str:
        metric = chapter.metric(change.metric)
        return wording.label(metric) if metric else "The whole period"

    def _change_row(self, chapter: Chapter, each: Change) -> Row:
        metric = chapter.metric(each.metric)
        figure, segment = self._concerned(chapter, each), each.segment
        old, new = ("", "") if metric is None else (_amount(each.old, metric), _amount(each.new, metric))
        if metric and each.old is not None and each.new is not None and each.kind is not Kind.ADJUSTMENT:
            old, new = wording.moved(each.old, each.new, metric)
        if each.kind is Kind.HELD:
            old, new = (old, "held") if each.old is not None else (wording.NOT_PUBLISHED, "held")
        elif each.kind in (Kind.ADJUSTMENT, Kind.ADJUSTED_LATER) and each.new is not None and each.new > 0:
            new = f"+{new}"
        what = wording.title_words(each.kind.value)
        if each.period:
            what += f" from {each.period}" if each.kind is Kind.ADJUSTMENT else f", booked in {each.period}"
        on = f"{each.on}" if each.on else ""
        if each.kind is Kind.HELD and each.on:
            on = f"as of {each.on}"
        return Row((Cell(what), Cell(figure, (segment,) if segment else ()), Cell(old), Cell(new), Cell(on), Cell(each.reason)))

    def definitions(self, chapter: Chapter) -> list[Block]:
        """Each metric's sentence, its owner and its version."""
        prefix = "" if len(self._edition.chapters) == 1 else f"{_chapter_title(chapter)}: "
        rows = tuple(
            Row((Cell(wording.label(each), (each.id,)), Cell(definition(each)), Cell(each.unit), Cell(str(each.version))))
            for each in chapter.metrics
        )
        return [Table(f"{prefix}Definitions", ("Figure", "Means", "Unit", "Version"), rows, frozenset({3}))]


def definition(metric: Metric) -> str:
    """The metric's sentence, with its formula where it is a ratio."""
    return f"{metric.sentence} ({metric.ratio})" if metric.ratio else metric.sentence


def _instead(edition: Edition) -> list[Prose]:
    """What stands in place of the team's text when all of the report is withdrawn; nothing otherwise."""
    events = [each.standing.withdrawn for each in edition.chapters]
    if any(each is None for each in events) or any(each.value is not None for each in edition.figures):
        return []
    return [
        Paragraph((Span(f"The figures of {wording.period_label(edition.period)} were withdrawn on {wording.day(event.at.date())}: {event.reason}"),))
        for event in dict.fromkeys(each for each in events if each)
    ]


def _as_of(edition: Edition) -> str:
    """`28 January 2026 (28 of 31 days)`; without the days once all are counted."""
    if edition.as_of is None:
        return wording.NOT_PUBLISHED
    interval = edition.period.interval
    counted = (edition.as_of - interval.start).days + 1
    days = f" ({counted} of {interval.length} days)" if edition.as_of < interval.last else ""
    return f"{wording.day(edition.as_of)}{days}"


def _receipt(edition: Edition) -> str:
    published_at = edition.published_at
    if published_at is None:
        return "No release has touched this period yet."
    as_of = f"; counts business days up to {edition.as_of}" if edition.as_of else ""
    return f"Release {edition.release}, published {instant(published_at)}{as_of}."


def _chapter_title(chapter: Chapter) -> str:
    return wording.title_words(chapter.pipeline.removeprefix("aggregate_"))


def _heading(level: int, text: str) -> Heading:
    return Heading(level, (Span(text),))


def _paragraph(text: str, *, is_emphasis: bool = False) -> Paragraph:
    return Paragraph((Span(text, is_emphasis=is_emphasis),))


def _amount(value: Decimal | None, metric: Metric) -> str:
    return "" if value is None else wording.cell(value, metric)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
