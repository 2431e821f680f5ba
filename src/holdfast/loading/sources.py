"""Source contracts: Open Data Contract Standard files read into sources."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

from holdfast.definitions.source import Changes, ClosedDays, Column, OverTime, Rule, Source
from holdfast.loading.cache import ParseCache
from holdfast.loading.documents import Document
from holdfast.loading.fields import Fields, as_day, as_duration
from holdfast.loading.folder import Folder
from holdfast.loading.odcs import (
    CONTRACT_KEYS,
    CUSTOM_KEYS,
    OBJECT_KEYS,
    PROPERTY_KEYS,
    SLA_KEYS,
)
from holdfast.loading.problems import Problems, nearest, suggestion
from holdfast.loading.servers import check_fetched, read_server
from holdfast.loading.syntax import read_condition, read_select

SUFFIX = ".odcs.yaml"
API_VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
CUSTOM_PROPERTIES = (
    "changes", "businessTime", "lateRowsWithin", "overTime", "arrival", "arrivedAt", "expectedDays", "contact", "select",
    "rules",
)  # fmt: skip
_SLA_UNITS = {"minutes": "min", "hour": "h", "hours": "h", "day": "d", "days": "d", "month": "mo", "months": "mo"}


class Contract:
    """A contract's file being read into a `Source`."""

    def __init__(self, document: Document, folder: Folder, cache: ParseCache, problems: Problems) -> None:
        self._folder = folder
        self._cache = cache
        self._problems = problems
        self._top = Fields(document, problems)
        self._custom = self._custom_properties()
        self.status = ""

    def source(self) -> Source:
        """The source; its problems are reported, and missing parts are left at their defaults."""
        top = self._top
        name = PurePosixPath(top.file).name.removesuffix(SUFFIX)
        top.one_of("kind", ["DataContract"], required=True)
        top.one_of("apiVersion", API_VERSIONS, required=True)
        top.text("id", required=True)
        top.text("version", required=True)
        self.status = top.one_of("status", STATUSES, default="active")
        if top.text("name", default=name) != name:
            top.error(f"the contract is named '{top.text('name')}', expected '{name}' as its file is called", "name")
        place = read_server(top, self._folder, self._cache, name)
        columns, key = self._columns()
        source = Source(
            name=name,
            sentence=self._sentence(),
            columns=columns,
            key=key,
            changes=self._changes(),
            location=place.location,
            format=place.format,
            select=self._select(),
            business_time=self._business_time(columns),
            over_time=self._over_time(),
            arrival=self._arrival(),
            arrived_at=self._time_column("arrivedAt", columns),
            arrives_within=self._latency("latency", timedelta(hours=3)),
            late_rows_within=self._late_rows(),
            closed=self._closed(),
            contact=self._text_of("contact"),
            retention=self._latency("retention", timedelta(days=762)),
            rules=self._rules(),
            file=top.file,
            line=1,
            fetched_from=place.fetched_from,
        )
        top.done(CONTRACT_KEYS)
        self._check_together(source)
        return source

    def _sentence(self) -> str:
        described = self._top.section("description")
        return described.text("purpose") if described else ""

    def _columns(self) -> tuple[tuple[Column, ...], tuple[str, ...]]:
        objects = self._top.items("schema", required=True)
        if not objects:
            return (), ()
        if len(objects) > 1:
            objects[1].error("a second schema object found, expected one table per contract; give it its own file")
        objects[0].text("name", required=True)
        columns: list[Column] = []
        keys: list[tuple[int, str]] = []
        seen: set[str] = set()
        for each in objects[0].items("properties", required=True):
            column = _column(each)
            if column.name in seen:
                each.error(f"column '{column.name}' is declared twice; remove one", "name")
            seen.add(column.name)
            columns.append(column)
            if each.flag("primaryKey"):
                keys.append((each.whole("primaryKeyPosition", default=len(keys) + 1, least=-1), column.name))
            each.done(PROPERTY_KEYS)
        objects[0].done(OBJECT_KEYS)
        return tuple(columns), tuple(name for _, name in sorted(keys))

    def _custom_properties(self) -> dict[str, Fields]:
        found: dict[str, Fields] = {}
        for each in self._top.items("customProperties"):
            name = each.text("property", required=True)
            each.anything("value")
            each.done(CUSTOM_KEYS)
            close = nearest(name, CUSTOM_PROPERTIES)
            if name in found:
                each.error(f"custom property '{name}' is given twice; remove one", "property")
            elif close and name not in CUSTOM_PROPERTIES:
                each.error(f"unknown custom property '{name}'. Did you mean '{close}'?", "property")
            found.setdefault(name, each)
        return found

    def _text_of(self, name: str, default: str = "") -> str:
        return self._custom[name].text("value", default=default) if name in self._custom else default

    def _pick(self, name: str, known: Iterable[str], default: str) -> str:
        if name not in self._custom:
            return default
        return self._custom[name].one_of("value", list(known), default=default)

    def _changes(self) -> Changes:
        if "changes" not in self._custom:
            self._top.error(
                "the contract does not say how rows change; add custom property 'changes': "
                "append, newest_wins or snapshot",
                "customProperties",
            )
        return Changes(self._pick("changes", Changes, Changes.APPEND))

    def _over_time(self) -> OverTime:
        default = OverTime.DAYS if "businessTime" in self._custom else OverTime.OVERWRITTEN
        return OverTime(self._pick("overTime", OverTime, default))

    def _arrival(self) -> str:
        return self._pick("arrival", ("path", "data", "rows"), "path")

    def _business_time(self, columns: tuple[Column, ...]) -> str | None:
        return self._time_column("businessTime", columns)

    def _time_column(self, role: str, columns: tuple[Column, ...]) -> str | None:
        name = self._text_of(role)
        if not name:
            return None
        column = next((each for each in columns if each.name == name), None)
        if column is None:
            known = [each.name for each in columns]
            self._custom[role].error(f"{role} names '{name}', which is no column. {suggestion(name, known)}", "value")
        elif not column.kind.upper().startswith(("DATE", "TIMESTAMP")):
            self._custom[role].error(
                f"{role} '{name}' is {column.kind}, expected DATE or TIMESTAMPTZ; name another column", "value"
            )
        return name

    def _late_rows(self) -> timedelta:
        if "lateRowsWithin" not in self._custom:
            return timedelta(0)
        return self._custom["lateRowsWithin"].duration("value", default=timedelta(0))

    def _latency(self, wanted: str, default: timedelta) -> timedelta:
        for each in self._top.items("slaProperties"):
            name = each.text("property", required=True)
            value = each.anything("value")
            unit = each.text("unit", default="d")
            each.done(SLA_KEYS)
            if name != wanted:
                continue
            found = as_duration(f"{value}{_SLA_UNITS.get(unit, unit)}") if isinstance(value, int) else None
            if found is None:
                each.error(f"{wanted} is '{value} {unit}', expected a whole number and a unit such as h, d or mo", "value")
            return found or default
        return default

    def _closed(self) -> ClosedDays:
        if "expectedDays" not in self._custom:
            return ClosedDays()
        section = self._custom["expectedDays"].section("value")
        closed = section.section("closed") if section else None
        if section is None or closed is None:
            self._custom["expectedDays"].error("expectedDays has no 'closed:'; add yearly, weekdays or days", "value")
            return ClosedDays()
        found = ClosedDays(
            yearly=tuple(_month_and_day(closed, each) for each in closed.names("yearly")),
            weekdays=tuple(_weekday(closed, each) for each in closed.names("weekdays")),
            days=frozenset(_whole_day(closed, each) for each in closed.names("days")),
        )
        closed.done()
        section.done()
        return found

    def _select(self) -> str | None:
        text = self._text_of("select")
        if not text:
            return None
        at = self._custom["select"]
        syntax = read_select(text, self._cache)
        for fault in syntax.faults:
            if fault.severity == "error" and not fault.audience:
                at.error(f"select: {fault.message}", "value")
        if syntax.is_query and syntax.tables != ("raw",):
            found = ", ".join(syntax.tables) or "no table"
            at.error(f"select reads {found}, expected the table raw alone; write FROM raw", "value")
        return text

    def _rules(self) -> tuple[Rule, ...]:
        if "rules" not in self._custom:
            return ()
        found = []
        for each in self._custom["rules"].items("value"):
            keep = each.text("keep", required=True)
            wrong = read_condition(keep, self._cache) if keep else None
            if wrong:
                each.error(f"'keep' is not a condition: {wrong}", "keep")
            found.append(
                Rule(
                    sentence=each.text("sentence", required=True),
                    keep=keep,
                    approver=each.text("approver", required=True),
                    reason=each.text("reason", required=True),
                )
            )
            each.done()
        return tuple(found)

    def _check_together(self, source: Source) -> None:
        """What two parts of the contract must agree on."""
        top = self._top
        if source.changes is Changes.NEWEST_WINS and not source.key:
            top.error("changes: newest_wins needs a key; mark columns with primaryKey: true", "schema")
        if source.select:
            yielded = read_select(source.select, self._cache).columns
            missing = [each.name for each in source.columns if each.name not in (*yielded, "loaded_at")]
            if yielded and missing:
                self._custom["select"].error(
                    f"select does not yield column '{missing[0]}'. {suggestion(missing[0], yielded, 'It yields')}",
                    "value",
                )
        if source.over_time is OverTime.DAYS and source.business_time is None and source.changes is not Changes.SNAPSHOT:
            top.error("the contract names no businessTime; add it, or declare overTime", "customProperties")
        if source.arrival == "data" and source.business_time is None:
            self._custom["arrival"].error("arrival: data needs a businessTime to see the newest day of a file", "value")
        self._check_row_arrivals(source)
        check_fetched(top, source)

    def _check_row_arrivals(self, source: Source) -> None:
        by_rows = source.arrival == "rows"
        if by_rows and (source.arrived_at is None or source.business_time is None):
            self._custom["arrival"].error(
                "arrival: rows needs an arrivedAt, the column that says when a row came, and a businessTime", "value"
            )
        if by_rows and source.changes is Changes.SNAPSHOT:
            self._custom["arrival"].error("a snapshot arrives whole, never row by row; use arrival: path or data", "value")
        if source.arrived_at and not by_rows:
            self._custom["arrivedAt"].error("arrivedAt is read with arrival: rows only; add that, or remove it", "value")


def _column(each: Fields) -> Column:
    each.text("logicalType")
    return Column(
        name=each.text("name", required=True),
        kind=each.text("physicalType", required=True),
        required=each.flag("required"),
        personal=each.text("classification") == "personal",
        accepted=_accepted(each),
    )


def _accepted(each: Fields) -> tuple[str, ...]:
    """The values a column may have: its enum, or the valid values of its quality rule."""
    values: list[Any] = [item.anything("value") for item in each.items("enum")]
    for rule in each.items("quality"):
        arguments = rule.data.get("arguments")
        if rule.data.get("metric") == "invalidValues" and isinstance(arguments, dict):
            listed = arguments.get("validValues")
            if not isinstance(listed, list):
                rule.error("invalidValues has no list of validValues; add it below arguments", "arguments")
                continue
            values.extend(listed)
    return tuple(str(value) for value in values)


def _month_and_day(closed: Fields, written: str) -> tuple[int, int]:
    day = as_day(f"2024-{written}")
    if day is None:
        closed.error(f"'{written}' is not a day of the year; write it like \"12-25\"", "yearly")
        return (0, 0)
    return (day.month, day.day)


def _weekday(closed: Fields, written: str) -> int:
    if written.lower() not in WEEKDAYS:
        closed.error(f"'{written}' is not a weekday. {suggestion(written, WEEKDAYS)}", "weekdays")
        return -1
    return WEEKDAYS.index(written.lower())


def _whole_day(closed: Fields, written: str) -> date:
    day = as_day(written)
    if day is None:
        closed.error(f"'{written}' is not a date; write it like 2026-09-17", "days")
    return day or date.min
