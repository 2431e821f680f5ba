"""Figures, counted set-wise: day values through the gate, then roll-ups of exactly the published days.

The statements here run one after another in the engine of a run. Their tables, in schema `fig`:

    series       each measured metric's values by day: their model, how many days after, and what an absent row means
    published    current figures of the pipeline for every period this run can touch
    known        since when each member is counted; waited: where it was seen and nothing went out yet
    raw, dense   candidate day values; dense has a zero for each known member without rows
    blocked      day values that may not go out
    days         what readers will have per day: accepted candidates, published values elsewhere

A metric that is not additive has a series for each longer grain, named `mau@month`: its value of a day is what
the month comes to up to that day. A roll-up of such a metric is the value of the last day counted.

    set aside    candidates of signed or withdrawn days; they wait, and readers keep what they have
    booked       adjustments: what late rows of signed periods add to later ones
    rolled       every grain, with the day up to which it counts
    fresh        the rows this release adds
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from holdfast.calendars import DAY, Calendar, Period
from holdfast.definitions.metric import Metric, Series
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days
from holdfast.releases.closing import Adjustment, Lock
from holdfast.sqltext import listed, literal, quoted

VALUE = "DECIMAL(38,6)"
COLUMNS = (
    ("release", "BIGINT"),
    ("pipeline", "VARCHAR"),
    ("grain", "VARCHAR"),
    ("period", "VARCHAR"),
    ("metric", "VARCHAR"),
    ("segment", "VARCHAR"),
    ("value", VALUE),
    ("unit", "VARCHAR"),
    ("state", "VARCHAR"),
    ("version", "INTEGER"),
    ("as_of", "DATE"),
    ("published_at", "TIMESTAMPTZ"),
    ("backfilled", "BOOLEAN"),
    ("reason", "VARCHAR"),
    ("run_id", "VARCHAR"),
)
BASELINE = timedelta(days=45)
"""How far before the touched periods day figures are read, for checks that compare with earlier days."""
KEY = "grain, period, metric, segment"
_HAD_DAY = (
    "SELECT CAST(period AS DATE) AS day, metric FROM fig.published WHERE grain = 'day' AND segment = '' AND version > 0"
)
_HAD_TOTAL = (
    f"{_HAD_DAY} UNION SELECT j.day, j.metric FROM fig.judged AS j JOIN fig.series AS s ON s.name = j.metric "
    'JOIN fig.periods AS q ON q.grain = s.grain AND j.day >= q."start" AND j.day < q."end" '
    "JOIN fig.published AS p ON p.grain = q.grain AND p.period = q.period AND p.metric = s.metric "
    "WHERE p.segment = '' AND p.version > 0"
)
"""Days and series whose total readers have."""
_NO_DAYS = "SELECT CAST(NULL AS DATE) AS day, '' AS metric WHERE FALSE"


@dataclass(frozen=True, slots=True)
class Scope:
    """Day values that wait: one day and metric, one member (`region=EU`) or all (`""`)."""

    day: date
    metric: str
    segment: str


@dataclass(frozen=True, slots=True)
class PeriodScope:
    """A roll-up that waits although its days do not."""

    grain: str
    period: str
    metric: str


def empty_figures() -> str:
    """SELECT of no figure rows, with every column typed."""
    return "SELECT " + ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in COLUMNS) + " WHERE FALSE"


def stored_figures(paths: Sequence[str]) -> str:
    """SELECT of every figure row ever released, all pipelines."""
    return f"SELECT * FROM read_parquet({listed(list(paths))})" if paths else empty_figures()


def current_figures(rows: str) -> str:
    """SELECT of the newest row of each key of `rows`, a SELECT of figure rows: last release, then last as_of.

    One aggregate over a packed row: ranking all versions in a window costs three times as much.
    """
    kept = ("pipeline", *KEY.split(", "))
    packed = ", ".join(f"{name} := {name}" for name, _ in COLUMNS if name not in kept)
    order = "CAST(release AS HUGEINT) * 10000000 + coalesce(as_of - DATE '1000-01-01', -1)"
    names = ", ".join(name if name in kept else f"newest.{name}" for name, _ in COLUMNS)
    key = ", ".join(kept)
    return (
        f"SELECT {names} FROM (SELECT {key}, arg_max(struct_pack({packed}), {order}) AS newest "
        f"FROM ({rows}) GROUP BY {key})"
    )


def half_even(numerator: str, denominator: str, scale: int) -> str:
    """SQL for numerator / denominator, both DECIMAL(38,6), rounded half-even at `scale`; null over zero.

    Whole-number arithmetic throughout: the engine's own division of decimals is a DOUBLE.
    """
    n, d = f"CAST({numerator} * 1000000 AS HUGEINT)", f"CAST({denominator} * 1000000 AS HUGEINT)"
    top, bottom = f"(abs({n}) * {10**scale})", f"abs({d})"
    whole, rest = f"({top} // {bottom})", f"({top} % {bottom})"
    up = f"CASE WHEN 2 * {rest} > {bottom} OR (2 * {rest} = {bottom} AND {whole} % 2 = 1) THEN 1 ELSE 0 END"
    sign = f"CASE WHEN ({n} < 0) <> ({d} < 0) THEN -1 ELSE 1 END"
    unit = f"CAST('{10**-scale:.{scale}f}' AS DECIMAL({scale + 1},{scale}))" if scale else "1"
    rounded = f"CAST({sign} * ({whole} + {up}) AS DECIMAL(28,0)) * {unit}"
    return f"CASE WHEN {denominator} = 0 THEN NULL ELSE CAST({rounded} AS {VALUE}) END"


@dataclass(frozen=True, slots=True)
class Sums:
    """Renders the statements for one run of one pipeline."""

    pipeline: Pipeline
    models: Mapping[str, Model]
    calendar: Calendar
    changed: Mapping[str, Days]
    """Measure model -> days whose candidates changed."""
    newest: date
    """The newest day any run has attempted."""
    day_by_day: bool
    """Whether each day of the run is released as a row of its own (history), or only the last."""
    lock: Lock = field(default_factory=Lock)
    settled: Mapping[str, tuple[Days, str]] = field(default_factory=dict)
    """Measure model -> days judged with the run although nothing of them was built, and a SELECT of their rows."""

    @property
    def additive(self) -> list[Metric]:
        """Metrics whose longer grains are summed from days."""
        return [metric for metric in self.pipeline.metrics if metric.measures and metric.additive]

    @property
    def by_period(self) -> list[Series]:
        """Series of longer grains, read up to each day."""
        return [series for series in self.pipeline.series if series.grain != DAY]

    @property
    def ratios(self) -> list[Metric]:
        """Metrics divided from two others."""
        return [metric for metric in self.pipeline.metrics if metric.ratio is not None]

    @property
    def touched(self) -> Days:
        """Days with a candidate value of any metric."""
        return Days.of(each for series in self.pipeline.series for each in self._changed(series).intervals)

    @property
    def periods(self) -> list[Period]:
        """Every longer period a touched day belongs to, and those that carry what comes late for a signed one."""
        longer = [grain for grain in self.pipeline.grains if grain != DAY]
        found = [p for grain in longer for p in self.calendar.periods_of(grain, self.touched)]
        if any(interval.start < self.lock.until for interval in self.touched.intervals):
            carrying = [self.calendar.of_day(grain, max(self.newest, self.lock.until)) for grain in self.lock.grains]
            found += [p for p in carrying if p is not None and p not in found]
        return found

    def _changed(self, series: Series) -> Days:
        model = series.measure.model
        return self.changed.get(model, Days()) | self._settled(series)

    def _settled(self, series: Series) -> Days:
        days, _ = self.settled.get(series.measure.model, (Days(), ""))
        return days - self.changed.get(series.measure.model, Days())

    def load_published(self, stored: str) -> list[str]:
        """published: current figures of the touched periods. known: since when each member is counted.

        waited: days on which a member was held and whose total is still not out. An earlier range may have
        judged them: without them the member would seem to begin after its held days, and count too little.
        """
        span = Days.of([*(p.interval for p in self.periods), *self.touched.intervals])
        first, last = span.intervals[0].start - BASELINE, span.intervals[-1].last
        names = listed([p.name for p in self.periods])
        measured = listed([series.name for series in self.pipeline.series if series.grain == DAY])
        mine = f"SELECT * FROM ({stored}) WHERE pipeline = {literal(self.pipeline.name)}"
        near = (
            f"{mine} AND ((grain = 'day' AND period >= {literal(first.isoformat())} "
            f"AND period <= {literal(last.isoformat())}) OR (grain <> 'day' AND list_contains({names}, period)))"
        )
        return [
            "CREATE SCHEMA IF NOT EXISTS fig",
            f"CREATE OR REPLACE TABLE fig.published AS {current_figures(near)}",
            "CREATE OR REPLACE TABLE fig.seen AS SELECT CASE WHEN grain <> 'day' "
            f"AND list_contains({self._own_grains()}, metric || '@' || grain) THEN metric || '@' || grain "
            "ELSE metric END AS metric, segment, CASE WHEN grain = 'day' THEN CAST(period AS DATE) ELSE as_of END AS day, "
            f"grain = 'day' OR list_contains({self._own_grains()}, metric || '@' || grain) AS of_day, "
            f"bool_or(version > 0) AS counted FROM ({mine}) WHERE grain = 'day' OR version > 0 GROUP BY ALL",
            # A member whose only day row was held may stand in a period's with nothing: then that row counts.
            "CREATE OR REPLACE TABLE fig.known AS SELECT metric, segment, "
            "coalesce(min(day) FILTER (WHERE of_day), min(day)) AS since FROM fig.seen WHERE counted GROUP BY 1, 2",
            "CREATE OR REPLACE TABLE fig.waited AS SELECT w.metric, w.segment, w.day FROM fig.seen AS w "
            f"WHERE NOT w.counted AND list_contains({measured}, w.metric) AND NOT EXISTS (SELECT 1 FROM fig.seen AS t "
            "WHERE t.counted AND t.segment = '' AND t.metric = w.metric AND t.day = w.day)",
            self._period_table(),
            self._series_table(),
        ]

    def _own_grains(self) -> str:
        return listed([series.name for series in self.by_period])

    def _series_table(self) -> str:
        rows = ", ".join(
            f"({literal(s.name)}, {literal(s.metric.id)}, {literal(s.grain)}, {s.metric.after_days}, "
            f"{'NULL' if s.metric.empty_is_null else '0'}, {literal(s.measure.model)}, "
            f"{'TRUE' if s.measure.over or s.metric.empty_is_null else 'FALSE'})"
            for s in self.pipeline.series
        )
        return (
            "CREATE OR REPLACE TABLE fig.series(name VARCHAR, metric VARCHAR, grain VARCHAR, after_days INTEGER, "
            f"absent {VALUE}, model VARCHAR, may_be_null BOOLEAN); INSERT INTO fig.series VALUES {rows}"
        )

    def _period_table(self) -> str:
        rows = ", ".join(
            f"({literal(p.grain)}, {literal(p.name)}, {literal(max(p.interval.start, self.pipeline.starts_on))}, "
            f"{literal(p.interval.end)})"
            for p in self.periods
        )
        table = 'CREATE OR REPLACE TABLE fig.periods(grain VARCHAR, period VARCHAR, "start" DATE, "end" DATE)'
        return f"{table}; INSERT INTO fig.periods VALUES {rows}" if rows else table

    def candidates(self) -> list[str]:
        """Raw and dense: candidate day values, zero for a member that is known but has no row that day.

        A member counts from the first day it was seen, so a build in ranges and one day by day agree. A
        total counts from the pipeline's first day.
        """
        raws, days = [], []
        for series in self.pipeline.series:
            changed = self._changed(series)
            if not changed:
                continue
            built, kept = changed - self._settled(series), self._settled(series)
            raws += [self.measured_values(series, built)] if built else []
            raws += [self.measured_values(series, kept, f"({self.settled[series.measure.model][1]})")] if kept else []
            days += [f"({literal(d)}, {literal(series.name)})" for d in self._reported(series, changed)]
        start = literal(self.pipeline.starts_on)
        judged = f"SELECT * FROM (VALUES {', '.join(days)}) AS t(day, metric)" if days else _NO_DAYS
        return [
            f"CREATE OR REPLACE TABLE fig.raw AS {' UNION ALL '.join(raws)}",
            f"CREATE OR REPLACE TABLE fig.judged AS {judged}",
            "CREATE OR REPLACE TABLE fig.members AS SELECT metric, segment, min(since) AS since FROM ("
            "SELECT metric, segment, day AS since FROM fig.raw UNION ALL SELECT metric, segment, since FROM fig.known "
            "UNION ALL SELECT w.metric, w.segment, w.day FROM fig.waited AS w WHERE NOT EXISTS (SELECT 1 "
            "FROM fig.judged AS j WHERE j.metric = w.metric AND j.day = w.day) "
            f"UNION ALL SELECT DISTINCT metric, '', {start} FROM fig.judged) GROUP BY 1, 2",
            "CREATE OR REPLACE TABLE fig.dense AS "
            "SELECT j.day, j.metric, m.segment, CASE WHEN r.day IS NULL THEN s.absent ELSE r.value END AS value "
            "FROM fig.judged AS j JOIN fig.series AS s ON s.name = j.metric "
            "JOIN fig.members AS m ON m.metric = j.metric AND m.since <= j.day "
            "LEFT JOIN fig.raw AS r ON r.day = j.day AND r.metric = j.metric AND r.segment = m.segment",
            # A late row may show a member earlier than it was known: days between get their zero.
            "INSERT INTO fig.dense SELECT CAST(t.period AS DATE), t.metric, m.segment, s.absent FROM fig.published AS t "
            "JOIN fig.series AS s ON s.name = t.metric JOIN fig.members AS m ON m.metric = t.metric AND m.since <= CAST(t.period AS DATE) "
            "LEFT JOIN fig.known AS k ON k.metric = m.metric AND k.segment = m.segment "
            "WHERE t.grain = 'day' AND t.segment = '' AND t.version > 0 AND m.segment <> '' "
            "AND (k.since IS NULL OR CAST(t.period AS DATE) < k.since) "
            "AND NOT EXISTS (SELECT 1 FROM fig.judged AS j WHERE j.metric = t.metric AND j.day = CAST(t.period AS DATE))",
            self.day_candidates(),
        ]

    def measured_values(self, series: Series, days: Days, rows: str = "") -> str:
        """SELECT of the series' values in the measure model's rows of the days, as (day, metric, segment, value).

        `day` is the day that is reported: of a cohort, the cohort's. `rows` is what to read them from (default:
        what was built).
        """
        metric, measure = series.metric, series.measure
        day = quoted(self.models[measure.model].day)
        value = f"CAST({quoted(measure.column)} AS {VALUE})"
        if measure.over:
            value = half_even(value, f"CAST({quoted(measure.over)} AS {VALUE})", metric.scale)
        condition = " OR ".join(f"({day} >= {literal(x.start)} AND {day} < {literal(x.end)})" for x in days.intervals)
        first = literal(self.pipeline.starts_on + timedelta(days=metric.after_days))
        return (
            f"SELECT {day} - {metric.after_days} AS day, {literal(series.name)} AS metric, CASE WHEN dimension = '' "
            f"THEN '' ELSE dimension || '=' || member END AS segment, {value} AS value "
            f"FROM {rows or f'built.{quoted(measure.model)}'} WHERE ({condition}) AND {day} >= {first}"
        )

    def _reported(self, series: Series, days: Days) -> list[date]:
        """The days that the series reports in the measure model's rows of `days`."""
        found = (day - timedelta(days=series.metric.after_days) for day in days)
        return [day for day in found if day >= self.pipeline.starts_on]

    def day_candidates(self) -> str:
        """Candidate day values and the ratios of them, in fig.proposed: (day, metric, segment, value)."""
        selects = [
            "SELECT * FROM fig.dense WHERE NOT contains(metric, '@')",
            *(self._day_ratio(m, "fig.dense") for m in self.ratios if DAY in m.grains),
        ]
        return f"CREATE OR REPLACE TABLE fig.proposed AS {' UNION ALL '.join(selects)}"

    def _day_ratio(self, metric: Metric, candidates: str) -> str:
        """SELECT of a ratio of day values: of candidates, and of published values of metrics that nobody judges.

        Only days of which some part is a candidate: a cancellation that comes late moves a rate whose
        denominator nobody touched.
        """
        assert metric.ratio is not None
        parts, above = listed(list(metric.ratio.parts)), listed(list(metric.ratio.numerators))
        values = (
            f"SELECT day, metric, segment, value FROM {candidates} WHERE list_contains({parts}, metric) UNION ALL "
            "SELECT CAST(p.period AS DATE), p.metric, p.segment, p.value FROM fig.published AS p "
            f"WHERE p.grain = 'day' AND p.version > 0 AND list_contains({parts}, p.metric) AND NOT EXISTS (SELECT 1 "
            "FROM fig.judged AS j WHERE j.metric = p.metric AND j.day = CAST(p.period AS DATE))"
        )
        return (
            f"SELECT n.day, {literal(metric.id)} AS metric, n.segment, {half_even('n.value', 'd.value', metric.scale)} "
            f"AS value FROM (SELECT day, segment, CAST(sum(value) AS {VALUE}) AS value FROM ({values}) "
            f"WHERE list_contains({above}, metric) GROUP BY 1, 2 HAVING count(*) = {len(metric.ratio.numerators)}) AS n "
            f"JOIN ({values}) AS d ON d.day = n.day AND d.segment = n.segment "
            f"WHERE d.metric = {literal(metric.ratio.denominator)} AND EXISTS (SELECT 1 FROM {candidates} AS c "
            f"WHERE c.day = n.day AND c.segment = n.segment AND list_contains({parts}, c.metric))"
        )

    def day_values(self) -> str:
        """SELECT of what checks see as day figures: candidates, and published ones for other days."""
        return (
            "SELECT day, metric, segment, value FROM fig.proposed UNION ALL "
            "SELECT CAST(p.period AS DATE), p.metric, p.segment, p.value FROM fig.published AS p "
            "WHERE p.grain = 'day' AND p.version > 0 AND p.state <> 'withdrawn' AND NOT EXISTS (SELECT 1 FROM fig.proposed AS c "
            "WHERE c.day = CAST(p.period AS DATE) AND c.metric = p.metric)"
        )

    def moved_days(self) -> str:
        """SELECT of published day figures that the candidates would change: (day, metric, segment, old, new)."""
        return (
            "SELECT c.day + coalesce(s.after_days, 0), c.metric, c.segment, p.value, c.value "
            "FROM fig.proposed AS c LEFT JOIN fig.series AS s ON s.name = c.metric JOIN fig.published AS p ON p.grain = 'day' AND p.version > 0 "
            "AND p.period = CAST(c.day AS VARCHAR) AND p.metric = c.metric AND p.segment = c.segment "
            "WHERE p.value IS DISTINCT FROM c.value ORDER BY 1, 2, 3"
        )

    def unmeasured(self) -> str:
        """SELECT of candidate values that are null although their row exists: (day, metric, segment, model)."""
        return (
            "SELECT r.day + s.after_days, s.metric, r.segment, s.model FROM fig.raw AS r "
            "JOIN fig.series AS s ON s.name = r.metric WHERE r.value IS NULL AND NOT s.may_be_null ORDER BY 1, 2, 3"
        )

    def set_aside(self, free: Days) -> list[str]:
        """Takes candidates of withdrawn days out, and of signed days where readers have the day's total.

        They stay in the tables as held rows. `free` are days whose change a person let through. A withdrawn day
        that was never published stays judged, and shows as held.
        """
        # The day whose row says it: of a cohort, the day its figure was counted on.
        row_day = "(c.day + coalesce((SELECT max(s.after_days) FROM fig.series AS s WHERE s.name = c.metric), 0))"
        fixed = f"({row_day} < {literal(self.lock.until)} AND NOT {_within(row_day, free)})"
        gone = _within(row_day, self.lock.withdrawn)
        had = "EXISTS (SELECT 1 FROM fig.had_total AS h WHERE h.day = c.day AND h.metric = c.metric)"
        return [
            f"CREATE OR REPLACE TABLE fig.had_total AS {_HAD_TOTAL}",
            f"DELETE FROM fig.dense AS c WHERE ({fixed} AND {had}) OR {gone}",
            f"DELETE FROM fig.proposed AS c WHERE ({fixed} AND {had}) OR {gone}",
            f"DELETE FROM fig.judged AS c WHERE ({fixed} OR {gone}) AND {had}",
        ]

    def would_be(self) -> str:
        """SELECT of what the candidates would make of published figures, after `roll_up`, whose last day is signed.

        (grain, period, metric, segment, published value, new value, as_of); the caller keeps what is final.
        """
        return (
            "SELECT r.grain, r.period, r.metric, r.segment, p.value, r.value, r.as_of FROM fig.rolled AS r "
            f"LEFT JOIN fig.published AS p USING ({KEY}) WHERE r.is_target AND r.as_of < {literal(self.lock.until)} "
            "AND p.value IS DISTINCT FROM r.value AND EXISTS (SELECT 1 FROM fig.published AS t WHERE t.segment = '' "
            "AND t.grain = r.grain AND t.period = r.period AND t.metric = r.metric AND t.version > 0) ORDER BY 1, 2, 3, 4"
        )

    def accept(self, scopes: Iterable[Scope]) -> list[str]:
        """Blocked and days: which candidates go out, and what readers will then have per day.

        A member that waits also holds everything that mixes members: totals and other dimensions. A day
        whose total readers already have is replaced whole or not at all, per metric.
        """
        rows = ", ".join(
            f"({literal(s.day)}, {literal(s.metric)}, {literal(s.segment)})" for s in sorted(set(scopes), key=_order)
        )
        scoped = (
            f"SELECT * FROM (VALUES {rows}) AS t(day, metric, segment)"
            if rows
            else "SELECT CAST(NULL AS DATE) AS day, '' AS metric, '' AS segment WHERE FALSE"
        )
        return [
            f"CREATE OR REPLACE TABLE fig.scope AS {scoped}",
            "CREATE OR REPLACE TABLE fig.blocked AS SELECT DISTINCT c.day, c.metric, c.segment "
            "FROM fig.dense AS c JOIN fig.scope AS s ON s.day = c.day AND s.metric = c.metric "
            "WHERE s.segment = '' OR c.segment = s.segment "
            "OR split_part(c.segment, '=', 1) <> split_part(s.segment, '=', 1)",
            "CREATE OR REPLACE TABLE fig.accepted AS SELECT c.* FROM fig.dense AS c "
            "LEFT JOIN (SELECT DISTINCT day, metric FROM fig.blocked) AS b ON b.day = c.day AND b.metric = c.metric "
            f"LEFT JOIN ({_HAD_TOTAL}) AS t ON t.day = c.day AND t.metric = c.metric "
            "WHERE b.day IS NULL OR (t.day IS NULL AND NOT EXISTS (SELECT 1 FROM fig.blocked AS x "
            "WHERE x.day = c.day AND x.metric = c.metric AND x.segment = c.segment))",
            "CREATE OR REPLACE TABLE fig.days AS SELECT day, metric, segment, value FROM fig.accepted UNION ALL "
            "SELECT CAST(p.period AS DATE), p.metric, p.segment, p.value FROM fig.published AS p "
            "WHERE p.grain = 'day' AND p.version > 0 AND NOT EXISTS (SELECT 1 FROM fig.accepted AS a "
            "WHERE a.day = CAST(p.period AS DATE) AND a.metric = p.metric AND a.segment = p.segment) UNION ALL "
            "SELECT p.as_of, s.name, p.segment, p.value FROM fig.published AS p "
            "JOIN fig.series AS s ON s.metric = p.metric AND s.grain = p.grain "
            "WHERE p.grain <> 'day' AND p.version > 0 AND NOT EXISTS (SELECT 1 FROM fig.accepted AS a "
            "WHERE a.day = p.as_of AND a.metric = s.name AND a.segment = p.segment)",
            # A member first seen on an earlier day that goes out now: on a day kept as it was, it had nothing.
            f"INSERT INTO fig.days SELECT t.day, t.metric, m.segment, s.absent FROM ({_HAD_DAY}) AS t "
            "JOIN fig.series AS s ON s.name = t.metric JOIN fig.members AS m ON m.metric = t.metric AND m.since <= t.day "
            "WHERE NOT EXISTS (SELECT 1 FROM fig.days AS d WHERE d.day = t.day AND d.metric = t.metric "
            "AND d.segment = m.segment)",
        ]

    def roll_up(self, run_days: Days, booked: Sequence[Adjustment] = ()) -> list[str]:
        """rolled: every grain and metric with its `as_of`, and which rows are this release's.

        Periods that are signed count the adjustments booked in them, from the day they were booked on. A roll-up runs to the day before the first one whose total readers do not have. Before a period's
        first total, each member runs by itself.
        """
        additive = listed([metric.id for metric in self.additive])
        listed_days = ", ".join(literal(day) for day in run_days) or "NULL"
        # A day of history is an extension of its own; one that readers already count is not.
        by_day = f"(r.as_of IN ({listed_days}) AND (p.as_of IS NULL OR r.as_of > p.as_of))"
        targets = f"(r.as_of = r.reach OR {by_day})" if self.day_by_day else "r.as_of = r.reach"
        return [
            # in_period: day values beside each period they fall in, in day order
            "CREATE OR REPLACE TABLE fig.in_period AS SELECT p.grain, p.period, d.metric, d.segment, d.day, d.value, "
            'greatest(p."start", coalesce(m.since, p."start")) AS first_day '
            'FROM fig.days AS d JOIN fig.periods AS p ON d.day >= p."start" AND d.day < p."end" '
            "LEFT JOIN fig.members AS m ON m.metric = d.metric AND m.segment = d.segment AND d.segment <> '' "
            f"WHERE list_contains({additive}, d.metric) AND list_contains({self._grains_of()}, d.metric || ' ' || p.grain)",
            # reach: the last day of the unbroken days at the period's start, per key
            f"CREATE OR REPLACE TABLE fig.reach AS SELECT {KEY}, max(day) AS reach FROM (SELECT *, "
            f"row_number() OVER (PARTITION BY {KEY} ORDER BY day) AS nth FROM fig.in_period) "
            "WHERE day = first_day + CAST(nth - 1 AS INTEGER) GROUP BY ALL",
            "CREATE OR REPLACE TABLE fig.extent AS SELECT r.grain, r.period, r.metric, r.segment, "
            "coalesce(t.reach, r.reach) AS reach FROM fig.reach AS r LEFT JOIN fig.reach AS t ON t.segment = '' "
            "AND t.grain = r.grain AND t.period = r.period AND t.metric = r.metric",
            # A member that ran ahead and has a gap by now still goes where its total goes.
            "INSERT INTO fig.extent SELECT p.grain, p.period, p.metric, p.segment, t.reach FROM fig.published AS p "
            "JOIN fig.reach AS t ON t.segment = '' AND t.grain = p.grain AND t.period = p.period AND t.metric = p.metric "
            f"WHERE p.version > 0 AND NOT EXISTS (SELECT 1 FROM fig.reach AS r WHERE {_same_key('r', 'p')})",
            "CREATE OR REPLACE TABLE fig.sums AS SELECT i.grain, i.period, i.metric, i.segment, i.day AS as_of, e.reach, "
            f"CAST(sum(i.value) OVER (PARTITION BY i.grain, i.period, i.metric, i.segment ORDER BY i.day) AS {VALUE}) AS value "
            f"FROM fig.in_period AS i JOIN fig.extent AS e USING ({KEY}) WHERE i.day <= e.reach",
            # A member that ran ahead of its total goes back to the total's day, and had nothing before its own first.
            "INSERT INTO fig.sums SELECT e.grain, e.period, e.metric, e.segment, least(p.as_of, e.reach) AS at, e.reach, 0 "
            f"FROM fig.extent AS e JOIN fig.published AS p USING ({KEY}) WHERE p.version > 0 AND NOT EXISTS (SELECT 1 "
            f"FROM fig.sums AS s WHERE {_same_key('s', 'e')} AND s.as_of = least(p.as_of, e.reach))",
            *self._with_adjustments(booked),
            *self._read_up_to_each_day(),
            "CREATE OR REPLACE TABLE fig.rolled AS "
            "SELECT 'day' AS grain, CAST(a.day AS VARCHAR) AS period, a.metric, a.segment, a.day + s.after_days AS as_of, "
            "a.value, TRUE AS is_target FROM fig.accepted AS a JOIN fig.series AS s ON s.name = a.metric "
            "WHERE s.grain = 'day' UNION ALL "
            f"SELECT r.grain, r.period, r.metric, r.segment, r.as_of, r.value, {targets} AS is_target FROM fig.sums AS r "
            f"LEFT JOIN fig.published AS p USING ({KEY}) WHERE {targets} OR r.as_of = p.as_of",
            *self._ratios(targets),
            # reaches: the extent of every metric, a ratio's being that of the shorter of its two
            "CREATE OR REPLACE TABLE fig.reaches AS SELECT * FROM fig.extent"
            + "".join(
                f" UNION ALL SELECT grain, period, {literal(m.id)}, segment, min(reach) FROM fig.extent "
                f"WHERE list_contains({listed(list(m.ratio.parts))}, metric) "
                f"GROUP BY 1, 2, 4 HAVING count(*) = {len(m.ratio.parts)}"
                for m in self.ratios
                if m.ratio is not None
            ),
        ]

    def _with_adjustments(self, booked: Sequence[Adjustment]) -> list[str]:
        """Into sums: the period a correction of an earlier one is booked in counts it beside its own days."""
        places = {(p.grain, p.name): p.interval for p in self.periods if p.grain in self.lock.grains}
        rows = [
            f"({literal(grain)}, {literal(name)}, {literal(each.booked_on)}, {literal(each.metric)}, "
            f"{literal(each.segment)}, CAST({literal(format(each.delta, 'f'))} AS {VALUE}))"
            for each in booked
            for (grain, name), interval in places.items()
            if each.booked_on in interval
        ]
        if not rows:
            return []
        return [
            "CREATE OR REPLACE TABLE fig.booked AS SELECT * FROM "
            f"(VALUES {', '.join(rows)}) AS t(grain, period, day, metric, segment, delta)",
            f"CREATE OR REPLACE TABLE fig.sums AS SELECT s.* REPLACE (CAST(s.value + coalesce((SELECT sum(b.delta) "
            f"FROM fig.booked AS b WHERE {_same_key('b', 's')} AND b.day <= s.as_of), 0) AS {VALUE}) AS value) "
            "FROM fig.sums AS s",
        ]

    def _read_up_to_each_day(self) -> list[str]:
        """Into extent and sums: metrics that are not additive. A day's value counts its period up to that day.

        A day whose window holds anything doubtful waits, so what readers have of the last day stands by itself.
        """
        if not self.by_period:
            return []
        in_period = (
            "SELECT q.grain, q.period, s.metric, d.segment, d.day, d.value FROM fig.days AS d "
            "JOIN fig.series AS s ON s.name = d.metric AND s.grain <> 'day' "
            'JOIN fig.periods AS q ON q.grain = s.grain AND d.day >= q."start" AND d.day < q."end"'
        )
        return [
            f"CREATE OR REPLACE TABLE fig.up_to AS {in_period}",
            "INSERT INTO fig.extent SELECT u.grain, u.period, u.metric, u.segment, coalesce(max(t.reach), max(u.day)) "
            "FROM fig.up_to AS u LEFT JOIN (SELECT grain, period, metric, max(day) AS reach FROM fig.up_to "
            "WHERE segment = '' GROUP BY 1, 2, 3) AS t USING (grain, period, metric) GROUP BY 1, 2, 3, 4",
            "INSERT INTO fig.sums SELECT u.grain, u.period, u.metric, u.segment, u.day, e.reach, u.value "
            f"FROM fig.up_to AS u JOIN fig.extent AS e USING ({KEY}) WHERE u.day <= e.reach",
        ]

    def _grains_of(self) -> str:
        return listed([f"{metric.id} {grain}" for metric in self.additive for grain in metric.grains])

    def _ratios(self, targets: str) -> list[str]:
        """Into rolled: each ratio of accepted days, and of every longer period up to where all its parts reach."""
        return [
            statement
            for metric in self.ratios
            for statement in (
                *([self._rolled_day_ratio(metric)] if DAY in metric.grains else []),
                self._rolled_period_ratio(metric, targets),
            )
        ]

    def _rolled_day_ratio(self, metric: Metric) -> str:
        return (
            "INSERT INTO fig.rolled SELECT 'day', CAST(day AS VARCHAR), metric, segment, day, value, TRUE "
            f"FROM ({self._day_ratio(metric, 'fig.accepted')})"
        )

    def _rolled_period_ratio(self, metric: Metric, targets: str) -> str:
        assert metric.ratio is not None
        grains, above = listed(list(metric.grains)), listed(list(metric.ratio.numerators))
        return (
            "INSERT INTO fig.rolled SELECT r.grain, r.period, r.metric, r.segment, r.as_of, "
            f"{half_even('r.n', 'r.d', metric.scale)}, {targets} FROM ("
            f"SELECT grain, period, {literal(metric.id)} AS metric, segment, as_of, "
            "least(n.reach, d.reach) AS reach, n.value AS n, d.value AS d FROM (SELECT grain, period, segment, as_of, "
            f"min(reach) AS reach, CAST(sum(value) AS {VALUE}) AS value FROM fig.sums "
            f"WHERE list_contains({above}, metric) "
            f"GROUP BY 1, 2, 3, 4 HAVING count(*) = {len(metric.ratio.numerators)}) AS n "
            "JOIN fig.sums AS d USING (grain, period, segment, as_of) "
            f"WHERE d.metric = {literal(metric.ratio.denominator)} AND list_contains({grains}, grain)) AS r "
            f"LEFT JOIN fig.published AS p USING ({KEY}) WHERE {targets} OR r.as_of = p.as_of"
        )

    def moved_periods(self) -> str:
        """SELECT of published roll-ups whose already counted days changed: (grain, period, metric, segment, old, new)."""
        return (
            "SELECT p.grain, p.period, p.metric, p.segment, p.value, r.value FROM fig.rolled AS r "
            f"JOIN fig.published AS p USING ({KEY}) WHERE p.version > 0 AND r.as_of = p.as_of AND p.grain <> 'day' "
            "AND p.value IS DISTINCT FROM r.value ORDER BY 1, 2, 3, 4"
        )

    def fresh(
        self,
        waiting: Iterable[PeriodScope],
        releases: Mapping[date, int],
        reasons: Mapping[tuple[str, str], str],
        published_at: datetime,
        run_id: str,
        free: Days = Days(),  # noqa: B008 - frozen
        notes: Sequence[tuple[str, str, str, str, str]] = (),
    ) -> list[str]:
        """fresh: the rows this release adds; new values, revisions, extensions, and what is now held.

        `free` are signed days whose change a person let through; `notes` are said of a new row:
        (grain, period, metric, segment, text).
        """
        last = max(releases.values())
        rows = ", ".join(f"({literal(day)}, {number})" for day, number in sorted(releases.items()))
        wait = ", ".join(f"({literal(w.grain)}, {literal(w.period)}, {literal(w.metric)})" for w in sorted(set(waiting), key=str))
        why = ", ".join(f"({literal(grain)}, {literal(name)}, {literal(text)})" for (grain, name), text in sorted(reasons.items()))
        none = "SELECT '' AS grain, '' AS period, '' AS text WHERE FALSE"
        none_waits = "SELECT '' AS grain, '' AS period, '' AS metric WHERE FALSE"
        return [
            f"CREATE OR REPLACE TABLE fig.released AS SELECT * FROM (VALUES {rows}) AS t(day, release)",
            "CREATE OR REPLACE TABLE fig.waiting AS "
            + (f"SELECT * FROM (VALUES {wait}) AS t(grain, period, metric)" if wait else none_waits),
            "CREATE OR REPLACE TABLE fig.why AS "
            + (f"SELECT * FROM (VALUES {why}) AS t(grain, period, text)" if why else none),
            *self._final_table(free),
            self._fresh_rows(last, published_at, run_id),
            self._held_rows(last, published_at, run_id),
            *self._only_what_may_move(),
            *self._noted(notes),
        ]

    def _noted(self, notes: Sequence[tuple[str, str, str, str, str]]) -> list[str]:
        rows = ", ".join(f"({', '.join(map(literal, note))})" for note in notes if note[1] in {p.name for p in self.periods})
        if not rows:
            return []
        return [
            "UPDATE fig.fresh AS f SET reason = concat_ws('; ', nullif(nullif(f.reason, ''), 'rebuilt'), n.text) "
            f"FROM (VALUES {rows}) AS n({KEY}, text) WHERE {_same_key('f', 'n')}"
        ]

    def _final_table(self, free: Days) -> list[str]:
        """final: signed periods a run touches, and whether a person let a change of them through; frozen: withdrawn."""
        periods = [*self.periods, *self.calendar.periods_of(DAY, self.touched)]
        final = [
            f"({literal(p.grain)}, {literal(p.name)}, NULL, {'TRUE' if free & Days.of([p.interval]) else 'FALSE'})"
            for p in periods
            if p.grain != DAY and self.lock.is_final(p)
        ]
        frozen = [
            f"({literal(p.grain)}, {literal(p.name)})" for p in periods if self.lock.withdrawn & Days.of([p.interval])
        ]
        return [
            _table_of("fig.final", final, "grain VARCHAR, period VARCHAR, metric VARCHAR, is_free BOOLEAN"),
            _table_of("fig.frozen", frozen, "grain VARCHAR, period VARCHAR"),
            # Of a cohort's day some figures are counted before the lock and others after it.
            f"INSERT INTO fig.final SELECT DISTINCT 'day', r.period, r.metric, {_within('r.as_of', free)} "
            f"FROM fig.rolled AS r WHERE r.grain = 'day' AND r.as_of < {literal(self.lock.until)}",
        ]

    def _only_what_may_move(self) -> list[str]:
        """The last word: whatever was counted, a signed figure moves by approval, a withdrawn one not at all."""
        had = (
            "EXISTS (SELECT 1 FROM fig.published AS p WHERE p.grain = f.grain AND p.period = f.period "
            "AND p.metric = f.metric AND p.segment = '' AND p.version > 0)"
        )
        return [
            f"DELETE FROM fig.fresh AS f WHERE EXISTS (SELECT 1 FROM fig.final AS x WHERE {_final('f')} "
            f"AND NOT x.is_free) AND {had}",
            "DELETE FROM fig.fresh AS f WHERE EXISTS (SELECT 1 FROM fig.frozen AS x WHERE x.grain = f.grain "
            f"AND x.period = f.period) AND (f.state <> 'held' OR {had})",
        ]

    def _fresh_rows(self, last: int, published_at: datetime, run_id: str) -> str:
        """New values, revisions and extensions; a roll-up that stops before its due day says held."""
        due = f'least(q."end" - 1, {literal(self.newest)})'
        return (
            "CREATE OR REPLACE TABLE fig.fresh AS WITH target AS (SELECT r.*, "
            f"CASE WHEN e.reach IS NOT NULL AND r.as_of = e.reach AND r.as_of < {due} THEN 'held' "
            f"WHEN EXISTS (SELECT 1 FROM fig.final AS x WHERE {_final('r')}) THEN 'final' "
            f"ELSE 'preliminary' END AS new_state FROM fig.rolled AS r LEFT JOIN fig.reaches AS e USING ({KEY}) "
            "LEFT JOIN fig.periods AS q ON q.grain = r.grain AND q.period = r.period WHERE r.is_target) "
            f"SELECT coalesce(l.release, {last}) AS release, {literal(self.pipeline.name)} AS pipeline, r.grain, r.period, "
            f"r.metric, r.segment, r.value, {self._unit('r.metric')} AS unit, r.new_state AS state, "
            "CAST(CASE WHEN coalesce(p.version, 0) = 0 THEN 1 WHEN o.value IS DISTINCT FROM p.value THEN p.version + 1 "
            "ELSE p.version END AS INTEGER) AS version, r.as_of, "
            f"{literal(published_at)} AS published_at, {literal(self.day_by_day)} AS backfilled, "
            "CASE WHEN coalesce(p.version, 0) > 0 AND o.value IS DISTINCT FROM p.value THEN coalesce(y.text, 'rebuilt') "
            "WHEN y.text LIKE 'accepted%' OR y.text LIKE 'released again%' THEN y.text ELSE '' END AS reason, "
            f"{literal(run_id)} AS run_id FROM target AS r LEFT JOIN fig.published AS p USING ({KEY}) "
            "LEFT JOIN fig.rolled AS o ON o.grain = r.grain AND o.period = r.period AND o.metric = r.metric "
            "AND o.segment = r.segment AND o.as_of = p.as_of "
            "LEFT JOIN fig.released AS l ON l.day = r.as_of "
            # Of a cohort's day it is the day its figure was counted on that tells why.
            "LEFT JOIN fig.why AS y ON y.grain = r.grain "
            "AND y.period = CASE WHEN r.grain = 'day' THEN CAST(r.as_of AS VARCHAR) ELSE r.period END "
            "WHERE NOT EXISTS (SELECT 1 FROM fig.waiting AS w WHERE w.grain = r.grain "
            "AND w.period = r.period AND w.metric = r.metric) "
            "AND (coalesce(p.version, 0) = 0 OR p.as_of IS DISTINCT FROM r.as_of "
            "OR p.value IS DISTINCT FROM r.value OR p.state IS DISTINCT FROM r.new_state)"
        )

    def _held_rows(self, release: int, published_at: datetime, run_id: str) -> str:
        """Keys that should count up to the newest day and got no row: their last good value, marked held."""
        columns = ", ".join(f"h.{name}" for name, _ in COLUMNS)
        measured = (
            "SELECT 'day' AS grain, CAST(j.day AS VARCHAR) AS period, j.metric, m.segment, j.day + s.after_days AS due "
            "FROM fig.judged AS j JOIN fig.series AS s ON s.name = j.metric AND s.grain = 'day' "
            "JOIN fig.members AS m ON m.metric = j.metric AND m.since <= j.day UNION ALL "
            f'SELECT p.grain, p.period, s.metric, m.segment, least(p."end" - 1, {literal(self.newest)}) '
            f'FROM fig.periods AS p JOIN fig.members AS m ON m.since <= least(p."end" - 1, {literal(self.newest)}) '
            "JOIN fig.series AS s ON s.name = m.metric "
            f"WHERE list_contains({self._grains_of()}, m.metric || ' ' || p.grain) OR s.grain = p.grain"
        )
        ratios = ""
        for m in self.ratios:
            if m.ratio is not None:
                ratios += (
                    f" UNION ALL SELECT n.grain, n.period, {literal(m.id)}, n.segment, n.due FROM measured AS n "
                    f"WHERE n.metric = {literal(m.ratio.numerators[0])} AND list_contains({listed(list(m.grains))}, n.grain)"
                )
        return (
            f"INSERT INTO fig.fresh WITH measured AS ({measured}), due AS (SELECT * FROM measured{ratios}), "
            f"held AS (SELECT {release} AS release, {literal(self.pipeline.name)} AS pipeline, d.grain, d.period, d.metric, "
            f"d.segment, p.value, {self._unit('d.metric')} AS unit, 'held' AS state, coalesce(p.version, 0) AS version, "
            f"p.as_of, {literal(published_at)} AS published_at, FALSE AS backfilled, '' AS reason, "
            f"{literal(run_id)} AS run_id FROM due AS d LEFT JOIN fig.published AS p USING ({KEY}) "
            "LEFT JOIN fig.waiting AS w ON w.grain = d.grain AND w.period = d.period AND w.metric = d.metric "
            # What is rolled goes out; one member may while others of its day wait.
            "WHERE (w.grain IS NOT NULL OR p.as_of IS NULL OR p.as_of < d.due OR NOT EXISTS ("
            f"SELECT 1 FROM fig.rolled AS o WHERE o.is_target AND {_same_key('o', 'd')})) "
            "AND coalesce(p.state, '') <> 'held' "
            "AND NOT EXISTS (SELECT 1 FROM fig.fresh AS f WHERE f.grain = d.grain AND f.period = d.period "
            "AND f.metric = d.metric AND f.segment = d.segment)) "
            f"SELECT {columns} FROM held AS h"
        )

    def _unit(self, metric: str) -> str:
        units = " ".join(f"WHEN {literal(m.id)} THEN {literal(m.unit)}" for m in self.pipeline.metrics)
        return f"CASE {metric} {units} END"


def _within(day: str, days: Days) -> str:
    """SQL condition: the DATE expression lies in the days."""
    found = " OR ".join(f"({day} >= {literal(x.start)} AND {day} < {literal(x.end)})" for x in days.intervals)
    return f"({found})" if found else "FALSE"


def _final(row: str) -> str:
    """SQL condition: the row of `fig.final` called x speaks of the row."""
    return f"x.grain = {row}.grain AND x.period = {row}.period AND coalesce(x.metric, {row}.metric) = {row}.metric"


def _table_of(name: str, rows: Sequence[str], columns: str) -> str:
    """A statement that makes the table anew with these rows."""
    made = f"CREATE OR REPLACE TABLE {name}({columns})"
    return f"{made}; INSERT INTO {name} VALUES {', '.join(rows)}" if rows else made


def _same_key(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in KEY.split(", "))


def _order(scope: Scope) -> tuple[date, str, str]:
    return scope.day, scope.metric, scope.segment
