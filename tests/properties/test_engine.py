"""On the real engine, store and ledger: whatever arrives in whatever order, tables are those of naive SQL."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from engine_company import CALENDAR, MODELS, SOURCES, Company, Row, naive, nth
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from holdfast.partitions import Days, Interval
from holdfast.releases.publish import write_tables
from holdfast.runs.run import RunState

HOURS = st.sampled_from([time(0, 0), time(0, 30), time(11), time(22, 59, 59), time(23), time(23, 59, 59)])
REGIONS = st.sampled_from(["EU", "US"])
AMOUNTS = st.integers(1, 4)


@contextmanager
def a_company() -> Iterator[Company]:
    """A company in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        try:
            yield company
        finally:
            company.close()


@dataclass
class Sender:
    """Draws what the sources send: new rows, late ones, corrections, replays, and files written anew."""

    data: st.DataObject
    company: Company
    orders: dict[int, Row] = field(default_factory=dict)
    """Order -> a version of it that was sent."""
    refunds: dict[str, Row] = field(default_factory=dict)
    files: list[tuple[str, int, str]] = field(default_factory=list)

    def send(self, arrived: int) -> None:
        """One arrival day's files."""
        loaded = datetime.combine(nth(arrived), time(2), tzinfo=UTC)
        for number in range(self.data.draw(st.integers(1, 2), label="files of orders")):
            self._write("orders", arrived, f"part-{number}", self._orders(arrived, loaded))
        if not self.files_of("refunds") or self.data.draw(st.booleans(), label="refunds too"):
            self._write("refunds", arrived, "part-0", self._refunds(arrived, loaded))

    def files_of(self, source: str) -> list[tuple[str, int, str]]:
        """What that source has sent."""
        return [file for file in self.files if file[0] == source]

    def rewrite(self, arrived: int) -> None:
        """One earlier file, with other rows under the same path."""
        source, first_arrived, name = self.data.draw(st.sampled_from(self.files), label="written anew")
        loaded = datetime.combine(nth(arrived), time(1), tzinfo=UTC)
        rows = self._orders(first_arrived, loaded) if source == "orders" else self._refunds(first_arrived, loaded)
        self._write(source, first_arrived, name, rows[: self.data.draw(st.integers(0, 3), label="rows left")])

    def _write(self, source: str, arrived: int, name: str, rows: list[Row]) -> None:
        self.company.write(source, arrived, name, rows)
        if (source, arrived, name) not in self.files:
            self.files.append((source, arrived, name))

    def _orders(self, arrived: int, loaded: datetime) -> list[Row]:
        rows: list[Row] = []
        for _ in range(self.data.draw(st.integers(0, 4), label="orders")):
            known = self.data.draw(st.sampled_from(["new", "new", "correction", "replay"])) if self.orders else "new"
            number = len(self.orders) + 1 if known == "new" else self.data.draw(st.sampled_from(sorted(self.orders)))
            if known == "replay":
                row = (*self.orders[number][:4], loaded)
            else:
                late = self.data.draw(st.sampled_from([1, 1, 1, 2, 5, 0]), label="days late")
                at = datetime.combine(nth(max(arrived - late, -2)), self.data.draw(HOURS), tzinfo=UTC)
                stamp = loaded + timedelta(minutes=self.data.draw(st.sampled_from([0, 0, 1, -3000])))
                row = (number, at, self.data.draw(REGIONS), self.data.draw(AMOUNTS), stamp)
            self.orders[number] = row
            rows.append(row)
        return rows

    def _refunds(self, arrived: int, loaded: datetime) -> list[Row]:
        rows: list[Row] = []
        for _ in range(self.data.draw(st.integers(0, 3), label="refunds")):
            if self.refunds and self.data.draw(st.booleans(), label="replay"):
                row = (*self.refunds[self.data.draw(st.sampled_from(sorted(self.refunds)))][:4], loaded)
            else:
                day = nth(max(arrived - self.data.draw(st.integers(1, 4)), -1))
                order = self.data.draw(st.sampled_from([*sorted(self.orders), 999]))
                row = (f"r{len(self.refunds) + 1}", order, day, self.data.draw(AMOUNTS), loaded)
            self.refunds[row[0]] = row
            rows.append(row)
        return rows


def tell_a_history(data: st.DataObject, most_days: int) -> None:
    """Arrivals over some days, with a run after some of them; after each run everything is compared."""
    with a_company() as company:
        sender, arrived = Sender(data, company), data.draw(st.integers(1, 3), label="first arrival")
        last = arrived + data.draw(st.integers(1, most_days), label="days")
        while arrived <= last:
            sender.send(arrived)
            if data.draw(st.booleans(), label="write a file anew"):
                sender.rewrite(arrived)
            if arrived == last or data.draw(st.booleans(), label="run"):
                run_and_compare(company, arrived)
            arrived += 1


def run_and_compare(company: Company, arrived: int) -> None:
    """The run of that day ends well, all tables and sources are the naive ones, and nothing is owed after."""
    ended = company.run(arrived)
    assert {each.state for each in ended} <= {RunState.PUBLISHED}, [str(each) for each in ended]
    sources, tables = naive(company.folder, arrived)
    for name in SOURCES:
        assert company.effective(name) == sources[name], name
    found = company.tables()
    for name, expected in tables.items():
        assert found.get(name, []) == expected, name
    before = company.app.stores["investors"].current_id()
    assert company.run(arrived) == []
    assert company.app.stores["investors"].current_id() == before


COMPARED = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@settings(COMPARED, max_examples=4)
@given(st.data())
def test_tables_built_as_rows_arrive_are_those_of_all_rows(data):
    """Late rows, corrections that move a row to another day, replays and files written anew, in any order."""
    tell_a_history(data, 4)


@pytest.mark.slow
@settings(COMPARED, max_examples=300)
@given(st.data())
def test_tables_built_over_many_arrivals_are_those_of_all_rows(data):
    """The same over up to two weeks of arrivals."""
    tell_a_history(data, 12)


def test_a_freed_candidate_inside_a_sealed_month_is_shown_once():
    """A day of an old month was held with two rows, and is let go by a run that did not build it again."""
    with a_company() as company:
        at = [datetime.combine(nth(n), time(11), tzinfo=UTC) for n in range(10)]
        company.write("orders", 10, "a", [(n + 1, at[n], "EU", 1, at[9]) for n in range(10)])
        company.write("refunds", 10, "a", [])
        company.run(10)
        facts, bench = MODELS["facts"], company.app.bench("investors")
        table, today = bench.manifest.table("facts"), nth(200)
        sealed = bench.merge("facts", table.parts, "old")
        held = bench.merge("facts", [table.parts[3], table.parts[4]], "held")
        held = replace(held, interval=Interval.of_day(nth(3)))
        manifest = replace(bench.manifest, tables={"facts": replace(table, parts=(sealed,), held=(held,))})

        freed = write_tables(
            manifest, [facts], {}, Days.of_days([nth(3)]), {}, CALENDAR, today, bench, "run-2"
        ).tables["facts"]

        assert not freed.held and freed.days == Days.of([sealed.interval])
        files = [str(bench.parts / part.file) for part in freed.parts]
        shown = bench.session.rows(f"SELECT order_id, count(*) FROM read_parquet({files}) GROUP BY 1 ORDER BY 1")
        # Order 4 of day 3 came back from the held part; order 5 was put there too, to tell the parts apart.
        assert shown == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), *((n, 1) for n in range(6, 11))]
