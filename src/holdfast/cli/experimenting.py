"""`holdfast experiment`: what an experiment's published statistics honestly say."""

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.app import statistics_file
from holdfast.cli.opening import app_of, day
from holdfast.cli.telling import ansi, width
from holdfast.errors import DefinitionError
from holdfast.loading.problems import suggestion

if TYPE_CHECKING:
    from holdfast.experiments.published import Banner, Banners, Statistics
    from holdfast.experiments.readout import ReadOut


def experiment(arguments: Namespace) -> int:
    """One read-out, or a line for each experiment there is."""
    with _opened(arguments) as (found, banners):
        days = found.days()
        if arguments.name is None:
            return _every(found, banners, days, arguments)
        if arguments.name not in days:
            raise DefinitionError(
                f"no experiment '{arguments.name}' is published. {suggestion(arguments.name, days, 'Experiments')}"
            )
        read = _read(found, arguments.name, _day(arguments, days[arguments.name]), arguments.segment)
        return _told(read, banners(read.experiment, read.day), arguments)


@contextmanager
def _opened(arguments: Namespace) -> "Iterator[tuple[Statistics, Banners]]":
    """The file's statistics, which need no project, or the published ones with what their checks say."""
    from holdfast.experiments.published import no_banners

    if arguments.stats:
        with statistics_file(Path(arguments.stats)) as found:
            yield found, no_banners
        return
    app = app_of(arguments)
    with app.statistics() as found:
        yield found, app.banners


def _day(arguments: Namespace, there: Sequence[date]) -> date:
    """The day asked for, or the newest; refused when it is not published."""
    if not arguments.day:
        return there[-1]
    asked = day(arguments.day, "--day")
    if asked not in there:
        raise DefinitionError(
            f"{arguments.name} has no statistics of {asked}; the published days are {there[0]} to {there[-1]}."
        )
    return asked


def _read(found: "Statistics", name: str, on: date, segment: str) -> "ReadOut":
    from holdfast.experiments.readout import EVERYBODY, read_out

    rows = found.rows(name, on)
    if segment:
        known = sorted({row.segment for row in rows} - {EVERYBODY})
        if segment not in known:
            raise DefinitionError(
                f"{name} has no segment '{segment}' through {on}. {suggestion(segment, known, 'Segments')}"
            )
        rows = [row for row in rows if row.segment in (EVERYBODY, segment)]
    return read_out(rows, segment)


def _told(read: "ReadOut", banners: "Sequence[Banner]", arguments: Namespace) -> int:
    written = _written(read, banners, arguments)
    if arguments.json:
        from holdfast.readouts.document import as_json

        print(as_json(read, banners))
    elif written:
        print(*written, sep="\n")
    else:
        from holdfast.readouts.text import lines

        print(*lines(read, banners, ansi=ansi(), width=width()), sep="\n")
    return 0


def _written(read: "ReadOut", banners: "Sequence[Banner]", arguments: Namespace) -> list[str]:
    """Writes the files asked for; a line for each."""
    said = []
    if arguments.plot:
        from holdfast.readouts.picture import plot

        target = Path(arguments.plot)
        if target.suffix.lower() != ".svg":
            raise DefinitionError(f"--plot {target}: pictures are SVG; give a file that ends in .svg.")
        target.write_bytes(plot(read))
        said.append(f"Written: {target}.")
    if arguments.html:
        from holdfast.readouts.page import page

        target = Path(arguments.html)
        target.write_bytes(page(read, banners))
        said.append(f"Written: {target}.")
    return said


def _every(
    found: "Statistics", banners: "Banners", days: "dict[str, list[date]]", arguments: Namespace
) -> int:
    """A line per experiment through its newest day, and how many were refused."""
    from holdfast.readouts.document import document
    from holdfast.readouts.text import overview

    if arguments.day or arguments.segment or arguments.plot or arguments.html:
        raise DefinitionError("--day, --segment, --plot and --html are of one experiment; name it.")
    reads = []
    for name, there in days.items():
        read = _read(found, name, there[-1], "")
        reads.append((read, banners(name, read.day)))
    if arguments.json:
        print(json.dumps([document(*each) for each in reads], indent=2, ensure_ascii=False))
    else:
        print(*overview(reads, width=width()), sep="\n")
    return 0
