"""The true figures of the generated company, counted while it is simulated and never from its files."""

from pathlib import Path

from holdfast.testing.company_people import register
from holdfast.testing.company_plan import Clockwork, Company
from holdfast.testing.company_rates import Rates
from holdfast.testing.company_trade import Market
from holdfast.testing.company_unusual_visits import unusual_visits
from holdfast.testing.company_visits import visits
from holdfast.testing.truth_activity import Footfall
from holdfast.testing.truth_engagement import EngagementTruth
from holdfast.testing.truth_growth import GrowthTruth
from holdfast.testing.truth_periods import Period, periods_of
from holdfast.testing.truth_persons import cancellations_of, persons_of
from holdfast.testing.truth_profit import ProfitTruth
from holdfast.testing.truth_rows import Rows, write_rows


def write_truth(company: Company, folder: Path) -> None:
    """Count the company's true figures into `folder`/truth/figures.parquet, one row per key.

    Columns: pipeline, grain, period, metric, segment, value DECIMAL(38, 6) (null where a ratio has no
    denominator or a median no values) and as_of, the last day counted: the period's, or for retention the day
    of the return. Every row that ever arrives is counted.

    Profit has a row for every period and every segment that ever had anything. Growth and engagement have one
    for every period of the total, and for a member from the first period that ends on or after its first day.
    """
    periods = periods_of(company)
    write_rows(true_rows(company, periods), periods, folder / "truth" / "figures.parquet")


def true_rows(company: Company, periods: list[Period]) -> tuple[Rows, Rows, Rows]:
    """The figures of profit, growth and engagement, from one simulation of the company's days."""
    clockwork = Clockwork(company)
    rates = Rates(company)
    people = register(company, clockwork)
    market = Market(company, people, clockwork)
    persons = persons_of(people)
    footfall = Footfall(persons, clockwork)
    profit = ProfitTruth(company)
    growth = GrowthTruth(company, persons, cancellations_of(people, persons, company))
    engagement = EngagementTruth(company, persons)
    for day in range(company.first_day, company.last_day + 1):
        trade = market.trade(day)
        profit.count(trade.lines, trade.refunds, trade.costs, rates)
        usual = visits(company, people, clockwork, day)
        activity = footfall.on(day, usual, unusual_visits(company, people, clockwork, usual, day))
        growth.count(activity)
        engagement.count(activity)
    return profit.rows(periods), growth.rows(periods), engagement.rows(periods)
