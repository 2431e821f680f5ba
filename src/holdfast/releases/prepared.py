"""What is written into the ledger before a publication, and counts once readers see it."""

from dataclasses import dataclass, field

from holdfast.checks.results import Result
from holdfast.partitions import Days
from holdfast.releases.closing import Adjustment, CloseEvent, Erratum
from holdfast.releases.release import Hold, ReleaseRow
from holdfast.runs.run import ModelDay


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything the ledger must know of a publication, written before the manifest is swapped.

    After a crash the ledger looks which manifest readers see and keeps or drops what was prepared for it.
    """

    manifest: str
    run_id: str
    audience: str
    releases: tuple[ReleaseRow, ...]
    model_days: tuple[ModelDay, ...]
    results: tuple[Result, ...]
    holds: tuple[Hold, ...]
    """Held now; open holds of the same pipeline and days that are not among them are cleared."""
    evaluated: Days = field(default_factory=Days)
    """Days whose holds were judged anew."""
    events: tuple[CloseEvent, ...] = ()
    """What this publication makes of periods: final, restated, returned, withdrawn."""
    adjustments: tuple[Adjustment, ...] = ()
    errata: tuple[Erratum, ...] = ()
