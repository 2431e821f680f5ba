"""The verb that makes a report: which one, of which period, in which format, into which file."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from holdfast.app import App
from holdfast.calendars import Period
from holdfast.cli.opening import app_of
from holdfast.definitions.report import DEFAULT, FORMATS, Report
from holdfast.errors import DefinitionError, WorldError
from holdfast.loading.problems import nearest, suggestion

FOLDER = "outputs/reports"


def report(arguments: Namespace) -> int:
    """One file of one period, written beside and renamed."""
    from holdfast.reports.gather import gathered

    app = app_of(arguments)
    asked = _report(app, arguments.pipeline, arguments.report)
    kind = _kind(arguments.kind, arguments.out)
    period = _period(app, asked, arguments.period, _grain(asked, arguments.grain))
    edition = gathered(app.project, asked, period, app.figures, app.ledger, app.clock.now())
    if not edition.is_published:
        raise WorldError(
            f"{edition.name} {period.name}: nothing is published of this period yet. "
            "`holdfast status` says what is due and what is held."
        )
    made = app.make_report(edition, kind)
    target = Path(arguments.out) if arguments.out else app.state / FOLDER / made.name
    app.write_file(target, made.content)
    for name, content in {} if arguments.out else made.beside.items():
        app.write_file(target.parent / name, content)
    states = "; ".join(dict.fromkeys(chapter.state for chapter in edition.chapters))
    print(f"Written: {target}, {period.name}, {states}, release {edition.release}.")
    return 0


def _report(app: App, name: str, wanted: str | None) -> Report:
    """The report of that name of a pipeline, or the pack that is named in a pipeline's place."""
    packs = {each.name: each for each in app.project.packs}
    if name in packs:
        if wanted:
            raise DefinitionError(f"--report {wanted}: '{name}' is a report itself; leave --report out.")
        return packs[name]
    if name not in app.project.pipelines and nearest(name, packs):
        raise DefinitionError(f"no pipeline or report is called '{name}'. {suggestion(name, packs)}")
    pipeline = app.pipeline(name)
    reports = {each.name: each for each in pipeline.reports}
    found = reports.get(wanted or DEFAULT)
    if found is None and wanted in packs:
        raise DefinitionError(f"--report {wanted} is a report of several pipelines; ask for `holdfast report {wanted}`.")
    if found is None and not reports:
        raise DefinitionError(f"{name} has no report; write pipelines/{name}/report.md.")
    if found is None:
        raise DefinitionError(f"{name} has no report '{wanted or DEFAULT}'. {suggestion(wanted or DEFAULT, reports, 'Reports')}")
    return found


def _kind(asked: str | None, out: str | None) -> str:
    kind = asked or (Path(out).suffix.lstrip(".").lower() if out else "") or FORMATS[0]
    if kind not in FORMATS:
        where = "--format" if asked else f"--out {out}:"
        raise DefinitionError(f"{where} {kind}: no report is made as that. {suggestion(kind, FORMATS, 'Formats')}")
    return kind


def _grain(asked: Report, grain: str | None) -> str | None:
    if grain is not None and grain not in asked.grains:
        raise DefinitionError(
            f"{asked.file} is not made per {grain}. {suggestion(grain, asked.grains, 'Its grains')}"
        )
    return grain


def _period(app: App, asked: Report, name: str | None, grain: str | None) -> Period:
    """The named period; without a name the newest that is over and released, of the report's first grain."""
    known = _known(app, asked, [grain] if grain else asked.grains)
    if not known:
        what = f"per {grain}" if grain else f"per {' or '.join(asked.grains)}"
        raise WorldError(
            f"{asked.name}: no figures {what} are published yet. `holdfast run` makes them, `holdfast status` says what is due."
        )
    if name is None:
        wanted = [each for each in known if each.grain == (grain or asked.grains[0])] or known
        through = _through(app, asked)
        over = [each for each in wanted if each.interval.last <= through]
        return (over or wanted)[-1]
    found = next((each for each in known if each.name == name), None)
    if found:
        return found
    alike = nearest(name, [each.name for each in known])
    newest = ", ".join({each.grain: each.name for each in known}.values())
    hint = f"Did you mean '{alike}'? " if alike else ""
    raise DefinitionError(f"{asked.file} has no figures for period '{name}'. {hint}The newest are {newest}.")


def _known(app: App, asked: Report, grains: Sequence[str]) -> list[Period]:
    """Periods of these grains of which every pipeline has figures, oldest first."""
    pipelines = [app.project.pipelines[name] for name in asked.pipelines]
    names = [set(app.figures.periods(each)) for each in pipelines]
    shared = set.intersection(*names) if names else set()
    found = [app.project.calendar.named(name) for grain, name in sorted(shared) if grain in grains]
    return sorted((each for each in found if each and each.grain in grains), key=lambda each: each.interval)


def _through(app: App, asked: Report) -> date:
    """The last business day that every pipeline has released."""
    from holdfast.reports.outputs import released_through

    rows = [row for name in asked.pipelines for row in app.ledger.releases(name)]
    return released_through(asked.pipelines, rows) or date.min
