"""`holdfast demo`: a generated company, its year run, and where to look next."""

import contextlib
import math
import subprocess
import sys
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from holdfast.app import App
from holdfast.cli.opening import app_of
from holdfast.cli.telling import Progress, is_terminal
from holdfast.clock import SystemClock, data_clock
from holdfast.errors import DefinitionError, WorldError
from holdfast.partitions import ONE_DAY
from holdfast.releases.closing import closable_periods, unsigned
from holdfast.runs.run import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast.releases.produce import Produced
    from holdfast.testing.company import Company

TRUTH = "truth/figures.parquet"
_BUILT, _THE_END = "<built>", "<the end>"
"""What the demo's processes say to each other: a morning is built; all mornings are."""

NEXT = """\
{folder} holds {first}..{last}: {releases} releases, the newest as of {as_of}.
Where to look next:
  holdfast status -C {folder}
  holdfast figures -C {folder} aggregate_profit     or aggregate_growth, aggregate_engagement
  holdfast figures -C {folder} aggregate_profit --period {month}
  holdfast figures -C {folder} aggregate_profit --metric profit --grain day --plot profit.svg
  holdfast restatements -C {folder}
  holdfast explain -C {folder} aggregate_profit {month} profit
  holdfast sql -C {folder} "SELECT * FROM agg_profit_daily ORDER BY order_date DESC LIMIT 7"
  holdfast report -C {folder} aggregate_profit --format pdf --out report.pdf
  holdfast oncall -C {folder}     who is on call
  holdfast demo {folder} --add-days 1     then holdfast run -C {folder}
The reports, the monthly CSV and the JSON feed are in {folder}/.holdfast/outputs, the truth to compare with in {folder}/{truth}."""


@dataclass(frozen=True, slots=True)
class _Stages:
    """A demo's arrival days: history up to one, and those run one by one after it."""

    history: "date"
    live: "tuple[date, ...]"

    @property
    def newest(self) -> "date":
        """The last of them."""
        return self.live[-1] if self.live else self.history


def demo(arguments: Namespace) -> int:
    """Does what is left to do of the demo; a finished one is left alone."""
    folder = Path(arguments.folder)
    if arguments.add_days is not None:
        return _add_days(folder, arguments.add_days)
    _refuse_another(arguments, folder)
    progress = Progress(3 + arguments.live)
    company, rest = _generated(folder, arguments, progress)
    try:
        app = app_of(arguments, progress.note, folder)
        failed = _run(app, company, arguments.live, progress)
    finally:
        unwritten = rest.wait() if rest else 0
    progress.end()
    if unwritten:
        raise WorldError(f"{folder}: writing the company's other sources and its truth failed; run the demo again.")
    if failed is not None:
        print(f"{failed}The demo is not finished; run it again to go on.")
        return 1
    print(_next(app, folder, company))
    return 0


def _refuse_another(arguments: Namespace, folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not folder.is_dir():
        raise DefinitionError(f"{folder} is a file; give another folder for the demo.")
    settings = folder / "holdfast.yml"
    if not settings.is_file() and not (folder / "company.json").is_file():
        raise DefinitionError(f"{folder} is not empty and holds no demo; give another folder. Nothing was written.")
    if settings.is_file() and not app_of(arguments, folder=folder).project.demo:
        raise DefinitionError(f"{folder} is a project with `demo: false`; give another folder. Nothing was written.")


def _generated(
    folder: Path, arguments: Namespace, progress: Progress
) -> "tuple[Company, subprocess.Popen[str] | None]":
    """The team's folder and the sources its pipelines read; the rest is written by a second process meanwhile.

    The truth is written last, so a folder without one is taken up again.
    """
    from holdfast.loading.init import write_reference
    from holdfast.testing.company import read_company, write_company

    if not (folder / "holdfast.yml").is_file():
        write_reference(folder, name=folder.resolve().name, demo=True)
    if (folder / TRUTH).is_file():
        progress.step("the company is there", steps=2)
        return read_company(folder), None
    company = read_company(folder) if (folder / "company.json").is_file() else _company(arguments)
    progress.note(f"generating {company.first_on}..{company.last_on}, {company.orders_per_day} orders a day")
    trade = _sources_read(arguments, folder)
    if not (folder / "company.json").is_file():  # it is written last
        write_company(company, folder, sources=trade)
    progress.step("the company's trade is generated")
    rest = _process("write_rest", str(folder), *trade)
    progress.step("its other sources and its truth are being written")
    return company, rest


def _process(function: str, *arguments: str, is_led: bool = False) -> "subprocess.Popen[str]":
    """A function of this module in a process beside this one; one that is led is told what to do, line by line."""
    command = f"import sys; from holdfast.cli.demo import {function}; {function}(*sys.argv[1:])"
    pipe = subprocess.PIPE if is_led else None
    return subprocess.Popen([sys.executable, "-c", command, *arguments], stdin=pipe, stdout=pipe, text=True)  # noqa: S603 - our own words


def write_rest(folder: str, *written: str) -> None:
    """The sources that are not written yet, then the truth; for the demo's second process."""
    from holdfast.testing.company import SOURCES, read_company, write_company, write_truth

    path = Path(folder)
    company = read_company(path)
    write_company(company, path, sources=[name for name in SOURCES if name not in written])
    write_truth(company, path)


def _sources_read(arguments: Namespace, folder: Path) -> list[str]:
    from holdfast.testing.company import SOURCES

    project = app_of(arguments, folder=folder).project
    read = {source.name for pipeline in project.pipelines.values() for source in project.sources_of(pipeline)}
    return [name for name in SOURCES if name in read]


def _company(arguments: Namespace) -> "Company":
    from holdfast.testing.company import Company

    if arguments.days is not None and arguments.days < 2:
        raise DefinitionError(f"--days {arguments.days}: a demo needs at least 2 business days.")
    if not math.isfinite(arguments.scale) or arguments.scale <= 0:
        raise DefinitionError(f"--scale {arguments.scale}: give a number above 0.")
    if arguments.seed < 0:
        raise DefinitionError(f"--seed {arguments.seed}: give a whole number, 0 or more.")
    company = Company(seed=arguments.seed)
    last_on = company.last_on if arguments.days is None else company.first_on + (arguments.days - 1) * ONE_DAY
    return replace(
        company,
        last_on=last_on,
        orders_per_day=max(round(company.orders_per_day * arguments.scale), 1),
        events_per_day=max(round(company.events_per_day * arguments.scale), 1),
    )


def _run(app: App, company: "Company", live: int, progress: Progress) -> "str | None":
    """Builds history, then each newest arrival day at its own 03:00 UTC; what failed, in words.

    Groups of pipelines are built side by side, each in a process of its own.
    """
    stages = _stages(company, live)
    mine, *others = app.project.groups()
    if all(_finished(app, names, stages) for names in (mine, *others)):
        progress.line("The demo is finished; nothing was done.")
        return None
    # They start once the builder's place is taken, and it is kept until the last of them ends.
    with app.lock.acquire("demo", SystemClock().now()), ExitStack() as stack:
        beside = [stack.enter_context(_Beside(app.folder, live, names)) for names in others]
        if beside:
            app.threads = 1
        failed = _run_mornings(app, mine, stages, beside, progress)
        if not failed:
            for each in beside:
                each.go(_THE_END)
    return failed + "".join(f"{', '.join(each.names)} failed\n" for each in beside if each.failed) or None


@dataclass(slots=True)
class _Beside:
    """A group in a process of its own, which builds a morning when it is told to and says when that is done.

    Groups of different audiences read the same sources, so nobody may land a morning before all have built the
    one before it.
    """

    folder: Path
    live: int
    names: "tuple[str, ...]"
    failed: bool = False
    _process: "subprocess.Popen[str] | None" = None

    def __enter__(self) -> Self:
        self._process = _process("run_group", str(self.folder), str(self.live), *self.names, is_led=True)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self.wait(lambda _: None)
        self.failed = self._process.wait() != 0

    def go(self, morning: str) -> None:
        """Build it, unless the process has failed before."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(f"{morning}\n")
            self._process.stdin.flush()

    def wait(self, say: "Callable[[str], None]") -> None:
        """Returns when the morning is built, or the process has ended; what it says is said meanwhile."""
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.rstrip("\n") == _BUILT:
                return
            say(line.rstrip("\n"))


def run_group(folder: str, live: str, *names: str) -> None:
    """One group of pipelines through the mornings it is told; for a process beside the demo's own, which has the lock."""
    from holdfast.testing.company import read_company

    path = Path(folder)
    app = App(path, say=Progress(0, stream=sys.stdout).note, threads=1)
    stages = _stages(read_company(path), int(live))
    try:
        for line in sys.stdin:
            failed = _run_group(app, names, stages, line.strip())
            if failed:
                sys.exit(failed)
            print(_BUILT, flush=True)
    finally:
        app.close()


def _run_mornings(
    app: App, mine: "Sequence[str]", stages: _Stages, beside: "Sequence[_Beside]", progress: Progress
) -> str:
    """Each morning: what arrived is landed once for all, then every group builds it; what failed here, in words."""
    progress.total = 3 + len(stages.live)
    say = (lambda _: None) if is_terminal(progress.stream) else progress.note
    groups = [mine, *(each.names for each in beside)]
    days = [day for day in (stages.history, *stages.live) if not all(_is_run(app, day, names) for names in groups)]
    progress.step("", steps=1 + len(stages.live) - len(days))
    for day in days:
        progress.note(f"{'history up to' if day == stages.history else 'the morning of'} {day}")
        _land(app, day)
        for each in beside:
            each.go(f"{day}")
        failed = _run_group(app, mine, stages, f"{day}")
        for each in beside:
            each.wait(say)
        if failed:
            return failed
        progress.step(f"{day} is published")
    return _run_group(app, mine, stages, _THE_END)


def _run_group(app: App, names: "Sequence[str]", stages: _Stages, morning: str) -> str:
    """The morning, unless it is built already, or what is left to do when all are; what failed, in words."""
    if morning == _THE_END:
        _close(app, stages.newest, names, every=True)
        return ""
    day = date.fromisoformat(morning)
    if _is_run(app, day, names):
        return ""
    failed = _run_morning(app, day, names)
    if failed is not None:
        return f"{failed}\n"
    _close(app, day, names, every=False)
    return ""


def _land(app: App, morning: "date") -> None:
    from holdfast.day import land

    world = app.world(data_clock(morning))
    read = {source.name: source for p in app.project.pipelines.values() for source in app.project.sources_of(p)}
    land(world, [read[name] for name in sorted(read)])


def _run_morning(app: App, day: "date", names: "Sequence[str]") -> "Produced | None":
    from holdfast.day import run_day

    done = run_day(app.world(data_clock(day)), names)
    return next((each for each in done if each.state is RunState.FAILED), None)


def _close(app: App, morning: "date", names: "Sequence[str]", *, every: bool) -> None:
    """Its people close and sign what no late row can reach in time any more; `every`: all that is over."""
    from holdfast.books import close_books
    from holdfast.handing_over import deliver
    from holdfast.signing import close_and_sign, ready_to_sign

    world = app.world(data_clock(morning))
    pipelines = [app.project.pipelines[name] for name in names]
    for pipeline in pipelines:
        due = closable_periods(pipeline, app.project.calendar, morning) if every else ready_to_sign(world, pipeline)
        close_and_sign(world, pipeline, due, "{} (demo)")
    close_books(world, pipelines)
    deliver(world, pipelines)


def _finished(app: App, names: "Sequence[str]", stages: _Stages) -> bool:
    if not all(_is_run(app, day, names) for day in (stages.history, *stages.live)):
        return False
    pipelines = [app.project.pipelines[name] for name in names]
    over = ((each, closable_periods(each, app.project.calendar, stages.newest)) for each in pipelines)
    return not any(unsigned(periods, app.ledger.close_events(each.name)) for each, periods in over)


def _stages(company: "Company", live: int) -> _Stages:
    """The newest `live` arrival days are run one by one; the day before them brings all history."""
    last = company.last_on + ONE_DAY
    count = max(0, min(live, (last - company.first_on).days - 1))
    mornings = tuple(last - timedelta(days=back) for back in range(count - 1, -1, -1))
    return _Stages(last - timedelta(days=count), mornings)


def _is_run(app: App, morning: "date", names: "Sequence[str]") -> bool:
    """Whether these pipelines have built the day before this morning."""
    for pipeline in (app.project.pipelines[name] for name in names):
        lineage = [m for m in app.project.lineage(pipeline) if m.period == "day"]
        rows = app.ledger.model_days(pipeline.audience, [m.name for m in lineage])
        if any(morning - ONE_DAY not in days for days in rows.values()):
            return False
    return True


def _add_days(folder: Path, days: int) -> int:
    from holdfast.testing.company import add_days, read_company

    if days < 1:
        raise DefinitionError(f"--add-days {days}: give 1 or more.")
    if not (folder / "company.json").is_file():
        raise DefinitionError(f"{folder} holds no demo; make one with `holdfast demo {folder}`.")
    company = add_days(read_company(folder), folder, days)
    arrived = company.last_on + ONE_DAY
    print(f"Added: the newest arrival day of {folder} is {arrived}. Nothing was run; `holdfast run -C {folder}` does.")
    return 0


def _next(app: App, folder: Path, company: "Company") -> str:
    releases = [each for name in app.project.pipelines for each in app.ledger.releases(name)]
    newest = max((each.as_of for each in releases), default=company.last_on)
    return NEXT.format(
        folder=folder,
        first=company.first_on,
        last=company.last_on,
        releases=len(releases),
        as_of=newest,
        month=f"{company.last_on:%Y-%m}",
        truth=TRUTH,
    )


