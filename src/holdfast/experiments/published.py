"""Where statistics come from, and what is said about their quality before anybody reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from holdfast.experiments.statistics import Row

TABLE = "exp_unit_profit"


@dataclass(frozen=True, slots=True)
class Banner:
    """A check of the day's data that failed, or could not run; the numbers are shown all the same."""

    check: str
    is_unknown: bool
    detail: str


class Statistics(Protocol):
    """Published statistics of every experiment."""

    def days(self) -> dict[str, list[date]]:
        """Experiment -> its published days; experiments by name, days oldest first."""

    def rows(self, experiment: str, through: date) -> list[Row]:
        """Every row of the experiment up to and with that day."""


class Banners(Protocol):
    """What a project's checks say of a day."""

    def __call__(self, experiment: str, day: date) -> Sequence[Banner]:
        """The failed and unknown checks that concern the experiment on that day, by name."""


def no_banners(experiment: str, day: date) -> Sequence[Banner]:
    """For statistics that no check of a project has seen."""
    return ()
