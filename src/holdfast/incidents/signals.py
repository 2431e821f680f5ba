"""Signals: each says one thing that is wrong now, with what readers miss by it.

Signals are levels, not edges: they are gathered anew from the records at every pass. One that is no longer
gathered has cleared. So a pass may be repeated, and one that never happened is made up for by the next.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from holdfast.definitions.pipeline import INVESTORS


class Kind(StrEnum):
    """The kind of cause."""

    LATE = "late"
    """A source's rows have not come. Subject: the source."""
    CONTRACT = "contract"
    """What a source sent breaks its contract, or it cannot be read. Subject: the source."""
    CHECK = "check"
    """A check failed, or could not be asked, without a known cause outside. Subject: the check's dataset."""
    DECISION = "decision"
    """A revision, restatement or changed definition waits for a person. Subject: the pipeline."""
    FAILED = "failed"
    """A run ended in an error. Subject: what broke, as far as the error says; else the pipeline."""
    NOT_RUN = "not_run"
    """What should have been built by now was never tried. Subject: `scheduler`."""
    MISSED = "missed"
    """Past its deadline, and nothing says why. Subject: PIPELINE/GRAIN."""
    DELIVERY = "delivery"
    """An output is behind where it goes. Subject: the destination, or `own` for the project's folder."""
    WITHDRAWN = "withdrawn"
    """A person took published figures back. Subject: the pipeline."""
    PERSON = "person"
    """Somebody opened it. Subject: its number, as text, so that no two are one."""
    VACANCY = "vacancy"
    """Nobody is planned to answer. Subject: `rota`."""
    HAND_OFF = "hand_off"
    """The incoming person has not acknowledged the hand-off note. Subject: `rota`."""
    BUILDER = "builder"
    """The builder is gone or silent. Subject: `builder`."""
    CLOCK = "clock"
    """The clock jumped ahead. Subject: `clock`."""
    SECRET = "secret"
    """A secret expires soon. Subject: its reference."""
    CHANNEL = "channel"
    """No channel that wakes somebody works. Subject: the channel."""


UNKNOWN_CAUSES = (Kind.MISSED,)
"""An incident of such a kind gives way to one with a cause that explains what it affects."""


class Harm(StrEnum):
    """What readers of a figure have."""

    MISSING = "missing"
    """Not there, or not as new as it should be, once it is due; before that it is at risk."""
    WRONG = "wrong"
    """Visible, and wrong or suspected to be."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Affect:
    """A figure that readers do not have as they should: one pipeline, metric and period."""

    pipeline: str
    audience: str
    metric: str
    """Empty for all of the pipeline's."""
    grain: str
    period: str
    due_at: datetime
    """The period's deadline."""
    harm: Harm = Harm.MISSING

    def is_impact(self, at: datetime) -> bool:
        """Whether an investor figure is past its deadline, wrong or withdrawn at that instant."""
        return self.is_for_investors and (self.harm is not Harm.MISSING or self.due_at <= at)

    @property
    def is_for_investors(self) -> bool:
        return self.audience == INVESTORS


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What makes two signals one incident."""

    kind: str
    subject: str
    on: date
    """The first business day it is about; of what is about no day, the day it began."""

    def __str__(self) -> str:
        return f"{self.kind}/{self.subject}/{self.on}"


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that is wrong now, as it touches one pipeline."""

    key: Key
    pipeline: str
    """Whose figures; empty for what touches no pipeline, such as a vacancy."""
    since: datetime
    """When the records first said so; never a pass's own time."""
    page_at: datetime | None
    """When the pipeline joins the ladder, and its steps begin to count; None: nobody is paged, only told."""
    summary: str
    """One line for people: what is wrong, with numbers."""
    detail: tuple[str, ...] = ()
    """Evidence: counts, segments, what was expected. Never rows."""
    affects: tuple[Affect, ...] = ()
    tell: tuple[str, ...] = ()
    """People of people.yml who are told when it opens, such as a source's contact."""
    clears_when: str = ""
    """The clearing condition, for people."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes a signal the same one at the next pass: kind, subject and pipeline."""
        return (self.key.kind, self.key.subject, self.pipeline)
