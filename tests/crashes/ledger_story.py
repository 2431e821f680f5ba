"""Landings and publications whose every row names their number, and a process that records them for ever."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from holdfast.adapters.ledgers.sqlite import Ledger, open_ledger
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.partitions import Days
from holdfast.releases.prepared import Prepared
from holdfast.releases.release import Hold, HoldKind, ReleaseRow
from holdfast.runs.run import FileDay, LandedFile, Landing, ModelDay, SourceDay

AT = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
FIRST = date(2026, 9, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(30)]
FILES_PER_LANDING = 3


def landing(seq: int, days: list[date] = DAYS) -> Landing:
    """Three files with a share on every day; every day of the source says `seq`."""
    ids = [seq * FILES_PER_LANDING + number for number in range(FILES_PER_LANDING)]
    files = tuple(
        LandedFile(id_, "orders", f"{id_}.parquet", FIRST, 1, 1, f"{id_}.parquet", 1, seq) for id_ in ids
    )
    return Landing(
        "orders",
        seq,
        files,
        tuple(FileDay(id_, day, 1, 2**127 + id_) for id_ in ids for day in days),
        (),
        tuple(SourceDay("orders", day, seq, seq, seq) for day in days),
    )


def publication(number: int) -> Prepared:
    """A release, and on every day a model day, a result and a hold that name the number."""
    manifest, run = f"manifest-{number:06}", f"run-{number:06}"
    return Prepared(
        manifest,
        run,
        "investors",
        (
            ReleaseRow(
                number, "aggregate_profit", "investors", DAYS[-1], "30", AT, False, manifest, run, 1, 30, "{}"
            ),
        ),
        tuple(ModelDay("fact_orders", day, number, "hash", run) for day in DAYS),
        tuple(
            Result(
                "coverage",
                "aggregate_profit",
                "fact_costs",
                day,
                "",
                Outcome.FAIL,
                Severity.HOLD,
                str(number),
                "1",
            )
            for day in DAYS
        ),
        tuple(
            Hold(
                "aggregate_profit",
                HoldKind.CHECK,
                "coverage",
                day,
                "",
                ("profit",),
                "fact_costs",
                "0",
                "1",
                evidence=str(number),
            )
            for day in DAYS
        ),
        Days.of_days(DAYS),
    )


def numbers_landed(ledger: Ledger) -> tuple[set[int], bool]:
    """The landing that the source's days name, and whether each read saw whole landings only."""
    shares, files = ledger.file_days("orders"), ledger.landed_files("orders")
    seqs = {day.seq for day in ledger.source_days("orders")}
    whole = len(shares) % (FILES_PER_LANDING * len(DAYS)) == 0 and len(files) % FILES_PER_LANDING == 0
    return seqs, whole and len(seqs) <= 1


def numbers_published(ledger: Ledger) -> list[list[int]]:
    """Per kind of record the numbers that its rows name; one each, when every read is whole."""
    return [
        sorted({release.id for release in ledger.releases("aggregate_profit", limit=1)}),
        sorted({day.seq for day in ledger.model_days("investors", ["fact_orders"])["fact_orders"].values()}),
        sorted({int(result.observed) for result in ledger.results("aggregate_profit")}),
        sorted({int(hold.evidence) for hold in ledger.open_holds("aggregate_profit")}),
    ]


def record_for_ever(path: Path) -> None:
    """Lands and publishes until it is killed, and says the number of each once it is recorded."""
    with open_ledger(path) as ledger:
        ledger.drop_prepared(None)
        number = ledger.next_seq()
        while True:
            ledger.record_landing(landing(number))
            print(f"landed {number}", flush=True)
            prepared = publication(number)
            ledger.prepare(prepared)
            ledger.publish(prepared.manifest)
            print(f"published {number}", flush=True)
            number += 1


if __name__ == "__main__":
    record_for_ever(Path(sys.argv[1]))
