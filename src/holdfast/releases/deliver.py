"""Each output of the newest release: what is due, its files, and handing them over with a receipt.

Beside its files an output has an index, `<pipeline>-<output>.delivered.json`, that names the release and every
file with size and SHA-256. It is written last: an index that fits its files says that the delivery is whole.
It also says whether the report is stale: a delivery that failed leaves the old report, marked.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from holdfast.calendars import Calendar, Period
from holdfast.definitions.pipeline import Output
from holdfast.errors import Bug, StoreError, WorldError
from holdfast.releases.closing import Key, Mark
from holdfast.releases.comparison import Neighbours
from holdfast.releases.destinations import Destination
from holdfast.releases.feed import SCHEMA_NAME, feed, feed_name, schema
from holdfast.releases.monthly_csv import csv_name, monthly_csv
from holdfast.releases.release import Delivery, Figure, ReleaseRow
from holdfast.releases.spelling import instant

_NO_MARKS: Mapping[Key, Mark] = {}


@dataclass(frozen=True, slots=True)
class DeliveryDue:
    """One output that the newest release has not reached."""

    release: ReleaseRow
    output: Output

    @property
    def index_path(self) -> str:
        """Where its index lies at the destination."""
        return index_path(self.release.pipeline, self.output)

    def version(self, name: str, content: bytes) -> str:
        """What this content of this file is called for ever: release, output and a digest of the file.

        The file's name is part of the digest: a portal may know versions without their paths.
        """
        digest = hashlib.sha256(name.encode() + b"\0" + content).hexdigest()
        return f"{self.release.pipeline}-{self.output.name}-{self.release.id}-{digest[:32]}"


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file to hand over; `name` is relative to the output's folder."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Index:
    """What a destination has of an output, as its index says."""

    release: int
    files: dict[str, tuple[str, int]]
    """Name -> SHA-256 in hex and size in bytes."""


def deliveries_due(
    releases: Iterable[ReleaseRow], delivered: Iterable[Delivery], outputs: Sequence[Output]
) -> list[DeliveryDue]:
    """Outputs of a pipeline's newest release that are not recorded as delivered, in the order declared.

    Older releases are never due: the newest one holds everything they would say. An output that was moved to
    another destination is due there.
    """
    newest = max(releases, key=lambda each: each.id, default=None)
    if newest is None:
        return []
    done = {(each.release, each.output, each.path) for each in delivered if each.pipeline == newest.pipeline}
    return [
        DeliveryDue(newest, output)
        for output in outputs
        if (newest.id, output.name, place_of(newest.pipeline, output)) not in done
    ]


def index_path(pipeline: str, output: Output) -> str:
    """Where an output's index lies at its destination."""
    return f"{output.to}/{pipeline}-{output.name}.delivered.json"


def place_of(pipeline: str, output: Output) -> str:
    """The index's path as receipts name it, with the destination in front unless that is the project's own folder."""
    path = index_path(pipeline, output)
    return f"{output.destination}:{path}" if output.destination else path


def render(
    output: Output,
    figures: Iterable[Figure],
    *,
    release: ReleaseRow,
    calendar: Calendar,
    currency: str,
    since: int | None = None,
    metrics: Sequence[str] = (),
    marks: Mapping[Key, Mark] = _NO_MARKS,
) -> list[RenderedFile]:
    """The output's files, by name; the same figures always give the same bytes.

    `figures` are the pipeline's current ones; other grains are left out. With `since`, the release that the
    destination has, only files that later releases touched are made; `periods_needed` says whose figures
    must then be given.
    """
    mine = [each for each in figures if each.grain == output.grain and each.pipeline == release.pipeline]
    by_period: dict[str, list[Figure]] = {}
    for each in mine:
        by_period.setdefault(each.period, []).append(each)
    touched = {each.period for each in mine if since is None or each.release > since}
    neighbours = Neighbours.of(calendar)
    if output.kind == "csv":
        made = []
        for period in _periods(
            _rendered_rows(touched, output.grain, neighbours) & set(by_period), output.grain, neighbours
        ):
            near = (neighbours.step(period, -1), neighbours.years(period, -1))
            among = [figure for each in near if each for figure in by_period.get(each.name, [])]
            content = monthly_csv(by_period[period.name], calendar, among, metrics, marks)
            made.append(RenderedFile(csv_name(release.pipeline, period.name), content))
        return made
    if output.kind == "json":
        documents: dict[str, list[Figure]] = {}
        wanted = {
            feed_name(release.pipeline, period) for period in _periods(touched, output.grain, neighbours)
        }
        for name in sorted(by_period):
            for period in _periods([name], output.grain, neighbours):
                documents.setdefault(feed_name(release.pipeline, period), []).extend(by_period[name])
        made = [
            RenderedFile(name, feed(documents[name], release, currency, metrics)) for name in sorted(wanted)
        ]
        return [*made, RenderedFile(SCHEMA_NAME, schema())]
    raise Bug(
        f"output {output.name!r} of {release.pipeline} is of kind {output.kind!r}; only csv and json are made"
    )


def periods_needed(output: Output, touched: Collection[str], calendar: Calendar) -> list[str]:
    """Names of the periods whose figures `render` needs when these ones of its grain were touched; sorted.

    For CSV the touched ones, those that show them beside, and what stands beside those; for JSON every
    period of the same documents.
    """
    neighbours = Neighbours.of(calendar)
    if output.kind == "csv":
        rows = _rendered_rows(touched, output.grain, neighbours)
        near = [
            each
            for period in _periods(rows, output.grain, neighbours)
            for each in (neighbours.step(period, -1), neighbours.years(period, -1))
        ]
        return sorted(rows | {each.name for each in near if each})
    spans = {feed_name("", period) for period in _periods(touched, output.grain, neighbours)}
    named = {
        period.name for period in neighbours.rows.get(output.grain, []) if feed_name("", period) in spans
    }
    for period in _periods(touched, output.grain, neighbours):
        first = period.interval.start.replace(day=1)
        near = [neighbours.step(period, by) for by in range((first - period.interval.start).days, 32)]
        named |= {each.name for each in near if each and feed_name("", each) in spans}
    return sorted(named)


def standing(due: DeliveryDue, destination: Destination) -> Index | None:
    """What the destination has of the output; none when it has nothing, or not what its index says.

    None means: render everything. So a deleted or altered file is put right by the next delivery.
    """
    found = destination.read(due.index_path)
    index = _parsed(found) if found else None
    if index is None:
        return None
    for name, (sha256, _) in index.files.items():
        path = f"{due.output.to}/{name}"
        # One wrong answer of a place that is read over a network is no proof that its file is wrong: ask twice.
        if not any(_has(destination, path, sha256) for _ in range(2)):
            return None
    return index


def _has(destination: Destination, path: str, sha256: str) -> bool:
    content = destination.read(path)
    return content is not None and hashlib.sha256(content).hexdigest() == sha256


def hand_over(
    due: DeliveryDue,
    files: Sequence[RenderedFile],
    destination: Destination,
    *,
    now: datetime,
    had: Index | None = None,
) -> Delivery:
    """Puts the files, then the index; reads each back; gives the receipt to record.

    `had` is what `standing` said: its other files stay in the index. Repeating is harmless. Raises WorldError
    when the destination already has a later release, StoreError when it gives back other bytes.
    """
    if had and had.release > due.release.id:
        raise WorldError(
            f"{due.index_path}: the destination has release {had.release}, but the newest release known here is "
            f"{due.release.id}. If this project was restored from a backup, move away what lies there, then run again."
        )
    listed = dict(had.files) if had else {}
    for file in files:
        version = due.version(file.name, file.content)
        sha256 = _put(destination, f"{due.output.to}/{file.name}", file.content, version)
        listed[file.name] = (sha256, len(file.content))
    content = _index(due, listed)
    version = due.version(due.index_path, content)
    return Delivery(
        release=due.release.id,
        pipeline=due.release.pipeline,
        output=due.output.name,
        path=place_of(due.release.pipeline, due.output),
        sha256=_put(destination, due.index_path, content, version),
        bytes=len(content),
        delivered_at=now,
    )


def mark_stale(due: DeliveryDue, releases: Iterable[ReleaseRow], destination: Destination) -> bool:
    """Says in the index at the destination that its report is stale; False when there is nothing to say it in.

    For when a delivery failed. `releases` are those of the pipeline. Readers learn since when a newer release
    is out, and which; not why they lack it, which is the team's own affair.
    """
    found = destination.read(due.index_path)
    index = _parsed(found) if found else None
    if found is None or index is None or index.release >= due.release.id:
        return False
    missed = [each for each in releases if each.id > index.release]
    since = min((each.published_at for each in missed), default=due.release.published_at)
    said = json.loads(found) | _staleness(since, due.release.id)
    content = _document(said)
    if content != found:
        _put(destination, due.index_path, content, due.version(due.index_path, content))
    return True


def _staleness(since: datetime | None, newest: int) -> dict[str, bool | str | int | None]:
    return {"stale": since is not None, "stale_since": instant(since) if since else None, "newest_release": newest}


def _put(destination: Destination, path: str, content: bytes, version: str) -> str:
    destination.put(path, content, version)
    sent = hashlib.sha256(content).hexdigest()
    back = destination.read(path)
    got = hashlib.sha256(back).hexdigest() if back is not None else "nothing"
    if got != sent:
        raise StoreError(
            f"{path}: wrote SHA-256 {sent} and read back {got}. The output is not delivered; run again."
        )
    return sent


def _index(due: DeliveryDue, listed: dict[str, tuple[str, int]]) -> bytes:
    said = {
        "pipeline": due.release.pipeline,
        "output": due.output.name,
        "release": due.release.id,
        "as_of": due.release.as_of.isoformat(),
        "published_at": instant(due.release.published_at),
        **_staleness(None, due.release.id),
        "files": [
            {"name": name, "sha256": listed[name][0], "bytes": listed[name][1]} for name in sorted(listed)
        ],
    }
    return _document(said)


def _document(said: Mapping[str, object]) -> bytes:
    return (json.dumps(said, indent=1) + "\n").encode()


def _parsed(content: bytes) -> Index | None:
    try:
        said = json.loads(content)
        files = {str(each["name"]): (str(each["sha256"]), int(each["bytes"])) for each in said["files"]}
        return Index(int(said["release"]), files)
    except (ValueError, KeyError, TypeError):
        # A torn or edited index counts as none: everything is delivered again.
        return None


def _rendered_rows(touched: Collection[str], grain: str, neighbours: Neighbours) -> set[str]:
    """The touched periods, and those that show one of them beside."""
    near = [
        each
        for period in _periods(touched, grain, neighbours)
        for each in (neighbours.step(period, 1), neighbours.years(period, 1))
    ]
    return set(touched) | {each.name for each in near if each}


def _periods(names: Iterable[str], grain: str, neighbours: Neighbours) -> list[Period]:
    return [period for name in sorted(names) if (period := neighbours.period(grain, name))]
