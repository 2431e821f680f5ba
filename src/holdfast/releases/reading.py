"""Figures for a person at a terminal, and as JSON for a program: what `holdfast figures` prints."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from holdfast.calendars import Calendar
from holdfast.releases.comparison import Compared, beside
from holdfast.releases.release import Figure, FigureState
from holdfast.releases.spelling import (
    grouped,
    ordered,
    percent,
    plain_or_none,
    published,
    segment_label,
)
from holdfast.releases.text_table import BOLD, YELLOW, aligned, cut, styled

_HEAD = (
    "period",
    "metric",
    "segment",
    "value",
    "unit",
    "previous",
    "change",
    "year before",
    "change/y",
    "state",
    "note",
)
_HISTORY = ("period", "metric", "segment", "v", "value", "unit", "state", "as of", "published", "note")
_RIGHT = frozenset({"value", "previous", "change", "year before", "change/y", "v"})
NOTHING = "-"


def text(
    figures: Iterable[Figure],
    calendar: Calendar,
    *,
    among: Iterable[Figure] | None = None,
    metrics: Sequence[str] = (),
    width: int | None = None,
    ansi: bool = False,
    history: bool = False,
) -> list[str]:
    """Lines of a table per pipeline and grain; thousands separated, all decimals kept.

    `among` holds the current figures to look in for what goes beside. With `history` every version given is a
    row, oldest version first, with its number and publication instead of comparisons.
    """
    shown = ordered(figures, metrics)
    if not shown:
        return ["No figures."]
    compared = beside(shown, calendar, () if history else among)
    groups: dict[tuple[str, str], list[Compared]] = {}
    for each in compared:
        groups.setdefault((each.figure.pipeline, each.figure.grain), []).append(each)
    lines: list[str] = []
    for (pipeline, grain), some in groups.items():
        lines += [""] if lines else []
        lines.append(styled(cut(f"{pipeline}, per {grain}{_last_published(some)}", width), BOLD, ansi=ansi))
        head = _HISTORY if history else _HEAD
        table = aligned(
            head,
            [_history_row(each) if history else _row(each) for each in some],
            right=_RIGHT,
            width=width,
        )
        lines.append(styled(table[0], BOLD, ansi=ansi))
        for row, each in zip(table[1:], some, strict=True):
            lines.append(styled(row, YELLOW, ansi=ansi and each.figure.state is FigureState.HELD))
    return lines


def objects(
    figures: Iterable[Figure],
    calendar: Calendar,
    *,
    among: Iterable[Figure] | None = None,
    metrics: Sequence[str] = (),
    history: bool = False,
) -> list[dict[str, Any]]:
    """One object per figure, values as exact decimal strings, in the order of the text table.

    `previous` and `previous_year` are values, or null; in a history both are null, as a version then could
    stand beside a version published long after it.
    """
    return [_object(each) for each in beside(ordered(figures, metrics), calendar, () if history else among)]


def as_json(entries: Sequence[dict[str, Any]]) -> str:
    """The objects as a JSON list, one per line."""
    lines = [json.dumps(each, ensure_ascii=False) for each in entries]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def _object(compared: Compared) -> dict[str, Any]:
    figure = compared.figure
    return {
        "pipeline": figure.pipeline,
        "grain": figure.grain,
        "period": figure.period,
        "metric": figure.metric,
        "segment": figure.segment,
        "value": plain_or_none(figure.value),
        "unit": figure.unit,
        "state": figure.state.value,
        "version": figure.version,
        "as_of": figure.as_of.isoformat() if figure.as_of else None,
        "published_at": published(figure),
        "previous": plain_or_none(compared.previous.value) if compared.previous else None,
        "previous_year": plain_or_none(compared.previous_year.value) if compared.previous_year else None,
        "reason": figure.reason,
    }


def _row(compared: Compared) -> list[str]:
    figure = compared.figure
    return [
        figure.period,
        figure.metric,
        segment_label(figure.segment),
        _amount(figure.value),
        figure.unit,
        _amount(compared.previous.value) if compared.previous else "",
        percent(compared.change_pct),
        _amount(compared.previous_year.value) if compared.previous_year else "",
        percent(compared.change_year_pct),
        figure.state.value,
        compared.note,
    ]


def _history_row(compared: Compared) -> list[str]:
    figure = compared.figure
    at = published(figure)
    backfilled = "backfilled" if figure.backfilled else ""
    return [
        figure.period,
        figure.metric,
        segment_label(figure.segment),
        str(figure.version),
        _amount(figure.value),
        figure.unit,
        figure.state.value,
        figure.as_of.isoformat() if figure.as_of else NOTHING,
        at[:16].replace("T", " ") if at else NOTHING,
        "; ".join(part for part in (backfilled, compared.note) if part),
    ]


def _amount(value: Decimal | None) -> str:
    return NOTHING if value is None else grouped(value)


def _last_published(some: Sequence[Compared]) -> str:
    at = max((each.figure.published_at for each in some if each.figure.version), default=None)
    return f"; last published {at:%Y-%m-%d %H:%M} UTC" if at else "; never published"
