"""What a landing changes: which files are new, and which business days count differently after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.runs.run import ArrivalFile, FileDay, LandedFile, SourceDay, Superseded


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Files that were never landed, and files whose path was landed with other content."""

    new: tuple[ArrivalFile, ...]
    rewritten: tuple[tuple[LandedFile, ArrivalFile], ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.rewritten)

    @property
    def files(self) -> list[ArrivalFile]:
        """All of them, as they are at the source."""
        return [*self.new, *(file for _, file in self.rewritten)]

    def without(self, touched: Iterable[tuple[LandedFile, ArrivalFile]]) -> "Arrivals":
        """All but these rewritten ones."""
        gone = {new for _, new in touched}
        return Arrivals(self.new, tuple(pair for pair in self.rewritten if pair[1] not in gone))

    def only(self, files: Sequence[ArrivalFile]) -> "Arrivals":
        """Those of them that are among `files`."""
        kept = set(files)
        return Arrivals(
            tuple(file for file in self.new if file in kept),
            tuple(pair for pair in self.rewritten if pair[1] in kept),
        )


BATCH_FILES = 31
BATCH_BYTES = 64 * 1024 * 1024
"""A landing holds keys of its files in memory: a month of files, or 64 MB of them, at once."""


def in_batches(arrivals: Arrivals) -> list[Arrivals]:
    """The arrivals in bounded groups, oldest first; a rewritten file comes alone, before the new ones."""
    batches = [Arrivals((), (pair,)) for pair in arrivals.rewritten]
    group: list[ArrivalFile] = []
    for file in arrivals.new:
        if group and (len(group) >= BATCH_FILES or sum(f.size for f in group) + file.size > BATCH_BYTES):
            batches.append(Arrivals(tuple(group), ()))
            group = []
        group.append(file)
    if group:
        batches.append(Arrivals(tuple(group), ()))
    return batches


def not_yet_landed(
    shown: Iterable[ArrivalFile], landed: Iterable[LandedFile], until: date, contract: str
) -> Arrivals:
    """What the source shows by `until` and was not landed as it is, or not by the contract of this hash.

    Files are known by path, size and time. A file landed by another contract counts as rewritten: a rule added
    since may leave rows out, and a changed select may mean them otherwise.
    """
    by_path = {file.path: file for file in landed}
    new, rewritten = [], []
    for file in shown:
        if file.arrived_on > until:
            continue
        known = by_path.get(file.path)
        if known is None:
            new.append(file)
        elif (known.size, known.modified_ns, known.contract) != (file.size, file.modified_ns, contract):
            rewritten.append((known, file))
    return Arrivals(tuple(new), tuple(rewritten))


@dataclass(slots=True)
class _Share:
    rows: int = 0
    fingerprint: int = 0


def changed_days(
    source: str,
    seq: int,
    before: Iterable[SourceDay],
    added: Sequence[FileDay],
    removed: Sequence[FileDay],
    superseded: Sequence[Superseded],
    revived: Sequence[Superseded],
) -> list[SourceDay]:
    """Days that count differently once files are added or removed and rows superseded or revived.

    Fingerprints are sums, so shares are added and subtracted; a replay adds a row and supersedes it, and
    its day is not among the changed.
    """
    old = {day.day: day for day in before}
    shares: dict[date, _Share] = {}
    for parts, sign in ((added, 1), (removed, -1)):
        for part in parts:
            share = shares.setdefault(part.day, _Share())
            share.rows += sign * part.rows
            share.fingerprint += sign * part.fingerprint
    for rows, sign in ((superseded, -1), (revived, 1)):
        for row in rows:
            share = shares.setdefault(row.day, _Share())
            share.rows += sign
            share.fingerprint += sign * row.fingerprint
    found = []
    for day, share in sorted(shares.items()):
        known = old.get(day)
        if known is None or share.rows or share.fingerprint:
            count = share.rows + (known.rows if known else 0)
            fingerprint = share.fingerprint + (known.fingerprint if known else 0)
            found.append(SourceDay(source, day, seq, count, fingerprint))
    return found
