"""A generated company: every source as Parquet by arrival day, and the truth about its figures."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

from holdfast.testing.company_arrivals import land_trade
from holdfast.testing.company_landing import Landing
from holdfast.testing.company_ledger import Ledger
from holdfast.testing.company_people import register
from holdfast.testing.company_plan import Clockwork, Company, Stream, day_of, generator
from holdfast.testing.company_rates import Rates
from holdfast.testing.company_records import land_records
from holdfast.testing.company_sources import SELECTS
from holdfast.testing.company_trade import Market
from holdfast.testing.company_unusual_visits import unusual_visits
from holdfast.testing.company_visits import land_visits, visits
from holdfast.testing.truth import write_truth

__all__ = ["SOURCES", "Company", "add_days", "read_company", "write_company", "write_truth"]

SOURCES = tuple(SELECTS)
"""The names of all generated sources."""

# A row arrives at most 40 days after its order: a refund after 30, six days late, replayed three days on.
# The ledger's row of any of these days needs the orders behind it as well.
_LOOK_BACK_DAYS = 60


def write_company(
    company: Company,
    folder: Path,
    *,
    sources: Collection[str] | None = None,
    arrivals_from: date | None = None,
) -> None:
    """Write `folder`/data/<source>/loaded_on=YYYY-MM-DD/*.parquet and `folder`/company.json.

    loaded_on is the morning whose 03:00 UTC run finds the file; its newest business day is the one before.
    `sources` limits which sources are written, `arrivals_from` writes only that arrival day and later ones.
    Writing the same company again writes the same files. Raises ValueError when the folder holds another
    company, or this one with more days, since files of both would lie side by side.
    """
    _refuse_another(company, folder)
    _write_sources(company, folder, SOURCES if sources is None else sources, arrivals_from)
    _record(company, folder)


def add_days(company: Company, folder: Path, days: int) -> Company:
    """Let the company in the folder live on for some days; the company with its new last day.

    Writes only the new arrival days, for the sources the folder already has, and counts the truth anew.
    The last new arrival day brings every row still late. Adding again after a crash is safe: the company
    is recorded last.
    """
    if days < 1:
        raise ValueError(f"days to add must be at least 1, not {days}")
    extended = replace(
        company,
        last_on=company.last_on + timedelta(days=days),
        caught_up_on=(*company.caught_up_on, company.last_on),
    )
    present = [source for source in SOURCES if (folder / "data" / source).is_dir()]
    _write_sources(extended, folder, present, company.last_on + timedelta(days=2))
    write_truth(extended, folder)
    _record(extended, folder)
    return extended


def read_company(folder: Path) -> Company:
    """The company whose files the folder holds, from its company.json."""
    text = json.loads((folder / "company.json").read_text(encoding="utf-8"))
    return Company(
        seed=text["seed"],
        first_on=date.fromisoformat(text["first_on"]),
        last_on=date.fromisoformat(text["last_on"]),
        orders_per_day=text["orders_per_day"],
        events_per_day=text["events_per_day"],
        caught_up_on=tuple(date.fromisoformat(on) for on in text["caught_up_on"]),
    )


def _record(company: Company, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(company), indent=2, default=date.isoformat)
    (folder / "company.json").write_text(text + "\n", encoding="utf-8")


def _refuse_another(company: Company, folder: Path) -> None:
    if not (folder / "company.json").exists():
        return
    there = read_company(folder)
    caught_up = {*company.caught_up_on, company.last_on}
    same = replace(there, last_on=company.last_on, caught_up_on=company.caught_up_on) == company
    if not same or not {*there.caught_up_on, there.last_on} <= caught_up:
        raise ValueError(
            f"{folder} holds another company ({there}); write {company} into a folder of its own"
        )


def _write_sources(
    company: Company, folder: Path, sources: Collection[str], arrivals_from: date | None
) -> None:
    unknown = sorted(set(sources) - set(SOURCES))
    if unknown:
        raise ValueError(f"no such source: {', '.join(unknown)}; the company has {', '.join(SOURCES)}")
    first_arrival = company.first_day + 1 if arrivals_from is None else day_of(arrivals_from)
    first_day = max(company.first_day, first_arrival - _LOOK_BACK_DAYS)

    clockwork = Clockwork(company)
    rates = Rates(company)
    people = register(company, clockwork)
    market = Market(company, people, clockwork)
    ledger = Ledger(company, rates, first_day)
    landing = Landing(folder / "data", SELECTS, sources, first_arrival, company.last_day + 1)
    for day in range(first_day, company.last_day + 1):
        if landing.wants("orders", "refunds", "costs", "ledger_totals"):
            land_trade(market.trade(day), clockwork, landing, ledger)
        if landing.wants("events", "sessions"):
            usual = visits(company, people, clockwork, day)
            unusual = unusual_visits(company, people, clockwork, usual, day)
            arrivals = generator(company, day, Stream.VISIT_ARRIVALS)
            land_visits(usual, day, arrivals, clockwork, landing)
            arrivals = generator(company, day, Stream.UNUSUAL_ARRIVALS)
            land_visits(unusual, day, arrivals, clockwork, landing)
        landing.write_through(day + 1)
    ledger.land(landing)
    land_records(company, people, clockwork, rates, landing)
    landing.close()
