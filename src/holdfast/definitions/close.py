"""How a pipeline's books are closed: which periods, by when, and by whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CloseRule:
    """What `close:` in `pipeline.yml` says."""

    grains: tuple[str, ...]
    """Periods that are signed, the shortest first; its periods are the ones that lock days."""
    sign_within: int
    """Business days after the period by which both signatures are due."""
    owners: tuple[str, ...]
    """People who may sign as the metrics' owner."""
    finance: tuple[str, ...]
    """People who may sign for finance."""
    country: str = ""
    """Whose public holidays move the deadline, GB-ENG; empty: the project's."""

    @property
    def base(self) -> str:
        """The shortest grain that is signed."""
        return self.grains[0]

    def signers(self, role: str) -> tuple[str, ...]:
        """Who may sign in the role, `owner` or `finance`."""
        return self.owners if role == "owner" else self.finance
