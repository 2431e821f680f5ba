"""The whole folder: every file read, everything that names something else compared, all problems at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from holdfast.calendars import Calendar
from holdfast.definitions.channel import PagerRules
from holdfast.definitions.check import Check
from holdfast.definitions.close import CloseRule
from holdfast.definitions.destination import Declared
from holdfast.definitions.metric import Metric
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.people import Person
from holdfast.definitions.pipeline import INVESTORS, Annotation, Pipeline, Project
from holdfast.definitions.rota import Owned, Team
from holdfast.definitions.source import Source
from holdfast.loading import lint
from holdfast.loading.cache import ParseCache
from holdfast.loading.calendar import read_calendar
from holdfast.loading.channels import KEYS as PAGER_KEYS
from holdfast.loading.channels import read_pager, report_unreached
from holdfast.loading.checks import ALWAYS_THERE, CheckReader, Known
from holdfast.loading.destinations import DESTINATIONS_FILE, read_destinations
from holdfast.loading.documents import Document, read_document
from holdfast.loading.fields import NAME, Fields
from holdfast.loading.folder import ENVIRONMENT_ROOT, Folder
from holdfast.loading.graph import cycles, with_hashes
from holdfast.loading.metrics import read_metrics
from holdfast.loading.models import ModelFile, read_models
from holdfast.loading.people import is_zone, read_people, suggest_zone
from holdfast.loading.pipelines import PipelineFile, read_annotations, read_owners, read_pipeline
from holdfast.loading.problems import Problem, Problems, suggestion
from holdfast.loading.references import expiring_of
from holdfast.loading.reports import Reported, ReportReader
from holdfast.loading.sources import SUFFIX, Contract
from holdfast.loading.team import PLAN_FILE, read_team

PROJECT_FILE = "holdfast.yml"
CALENDAR_FILE = "calendar.csv"
PEOPLE_FILE = "team/people.yml"
SHARED = "shared"
PIPELINES = "pipelines"
_UTC = ZoneInfo("UTC")
CACHE_FOLDER = ".holdfast/cache"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the folder says, and everything that is wrong with it.

    `project` is None only when an error keeps it from being known.
    """

    project: Project | None
    problems: tuple[Problem, ...]


def load_project(folder: Path, *, environ: Mapping[str, str], cache: Path | None = None) -> Loaded:
    """Read the project folder; every problem in it is found before this returns, none is raised.

    `environ` is where `env:NAME` roots of sources are looked up. Parsed files are kept in `cache`
    (default: .holdfast/cache in the folder), by content.
    """
    problems = Problems()
    if not folder.is_dir():
        problems.error(str(folder), 1, "there is no such folder; give the project's folder, or write one with `holdfast init`")
        return Loaded(None, problems.in_order())
    if not (folder / PROJECT_FILE).is_file():
        problems.error(
            PROJECT_FILE, 1, f"{folder} holds no {PROJECT_FILE}, so it is no project; write one with `holdfast init`"
        )
        return Loaded(None, problems.in_order())
    reading = _Reading(Folder(folder, problems), ParseCache(cache or folder / CACHE_FOLDER), problems, environ)
    project = reading.project()
    return Loaded(None if problems.any_error else project, problems.in_order())


def lint_project(folder: Path, *, environ: Mapping[str, str], cache: Path | None = None) -> tuple[Problem, ...]:
    """Every problem of the folder: those of `load_project`, and contracts held against the standard's own package."""
    from holdfast.loading.odcs import validate_contract

    found = load_project(folder, environ=environ, cache=cache).problems
    known = {(problem.file, problem.line) for problem in found}
    problems = Problems()
    files = Folder(folder, problems)
    kept = ParseCache(cache or folder / CACHE_FOLDER)
    for path in files.files("sources", SUFFIX):
        document = read_document(files, path, kept, Problems())
        if document:
            validate_contract(document, problems)
    new = [each for each in problems.in_order() if (each.file, each.line) not in known]
    return tuple(sorted((*found, *new)))


class _Reading:
    """One pass over the folder, each kind of file after what it names."""

    def __init__(self, folder: Folder, cache: ParseCache, problems: Problems, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._cache = cache
        self._problems = problems
        self._environ = environ
        self._reports = ReportReader(folder, cache, problems)
        self._status: dict[str, str] = {}
        self._destinations: dict[str, Declared] = {}

    def project(self) -> Project:
        """The project as far as it can be known; with errors reported it is of no use."""
        settings = self._settings()
        people = self._people()
        calendar = self._calendar()
        self._destinations = self._read_destinations()
        sources = self._sources()
        files = self._models()
        lint.report_model_faults(files, sources, calendar, self._problems)
        reads = {name: file.syntax.tables for name, file in files.items()}
        loops = cycles(reads)
        lint.report_cycles(loops, files, self._problems)
        models = {name: file.model for name, file in files.items()}
        if not loops:
            models = with_hashes(files, sources, calendar)
        names = tuple(person.name for person in people)
        shared = self._shared_owners(names)
        datasets = {name: model.columns for name, model in models.items()}
        datasets |= {SOURCE_PREFIX + name: _columns(source) for name, source in sources.items()}
        pipelines = {
            path.rpartition("/")[2]: self._pipeline(path, models_of(files, path), calendar, names, datasets)
            for path in self._folder.folders(PIPELINES)
        }
        found = {name: each for name, each in pipelines.items() if each is not None}
        project = Project(
            name=settings.name,
            root=str(self._folder.root),
            currency=settings.currency,
            zone=settings.zone,
            clock=settings.clock,
            demo=settings.demo,
            calendar=calendar,
            sources=sources,
            models=models,
            pipelines=found,
            people=people,
            business_country=settings.country,
            business_subdivision=settings.subdivision,
            destinations=self._destinations,
            packs=self._reports.packs([Reported(each.name, each.metrics, each.segments) for each in found.values()]),
            team=self._team(people, pipelines, shared),
            pager=self._pager(people, sources),
        )
        self._report_unreached(project)
        lint.report_unnamed_reports(project, self._problems)
        if not loops:
            project = replace(project, models=_with_first_days(project))
            lint.report_whole(project, files, self._status, self._problems)
        return project

    def _document(self, path: str, *, required: bool = False) -> Document | None:
        if self._folder.has(path):
            return read_document(self._folder, path, self._cache, self._problems)
        if required:
            self._problems.error(path, 1, "the file is missing; add it")
        return None

    def _settings(self) -> "_Settings":
        document = self._document(PROJECT_FILE)
        return _settings(Fields(document, self._problems)) if document else _Settings()

    def _pager(self, people: tuple[Person, ...], sources: Mapping[str, Source]) -> PagerRules:
        """How people are reached, with every secret of the folder that has a last day."""
        document = self._document(PROJECT_FILE)
        pager = read_pager(Fields(document, self._problems), people, self._folder) if document else PagerRules()
        fetched = [(f"source '{name}'", source.fetched_from) for name, source in sources.items() if source.fetched_from]
        placed = [(f"destination '{name}'", each) for name, each in self._destinations.items()]
        channels = [(f"channel '{each.name}'", each) for each in pager.channels]
        return replace(pager, expiring=expiring_of([*fetched, *placed, *channels, ("the dead man's ping", pager)]))

    def _report_unreached(self, project: Project) -> None:
        document = self._document(PROJECT_FILE)
        if document:
            report_unreached(Fields(document, self._problems), project)

    def _people(self) -> tuple[Person, ...]:
        document = self._document(PEOPLE_FILE, required=True)
        return read_people(document, self._problems) if document else ()

    def _calendar(self) -> Calendar:
        if not self._folder.has(CALENDAR_FILE):
            self._problems.error(CALENDAR_FILE, 1, "the file is missing; write rows of grain,name,start,end, where end is the day after the last")
            return Calendar()
        text = self._folder.text(CALENDAR_FILE)
        return read_calendar(text, CALENDAR_FILE, self._problems) if text is not None else Calendar()

    def _read_destinations(self) -> dict[str, Declared]:
        document = self._document(DESTINATIONS_FILE)
        return read_destinations(document, self._folder, self._problems) if document else {}

    def _sources(self) -> dict[str, Source]:
        found = {}
        for path in self._folder.files("sources", ""):
            if not path.endswith(SUFFIX):
                self._problems.warning(path, 1, f"the file is not read: a source's file ends in {SUFFIX}; rename it")
                continue
            document = self._document(path)
            if document is None:
                continue
            contract = Contract(document, self._folder, self._cache, self._problems)
            source = contract.source()
            if not NAME.fullmatch(source.name):
                self._problems.error(path, 1, f"'{source.name}' is no name; use lower-case letters, digits and _")
            found[source.name] = source
            self._status[source.name] = contract.status
            self._expect_root(document, source)
        return found

    def _expect_root(self, document: Document, source: Source) -> None:
        if not source.location.startswith(ENVIRONMENT_ROOT):
            return
        variable = source.location.removeprefix(ENVIRONMENT_ROOT).partition("/")[0]
        if not self._environ.get(variable):
            line = document.line("servers", 0, "path")
            self._problems.warning(
                document.file, line, f"{variable} is not set in the environment; set it to the folder of the files"
            )

    def _team(
        self, people: tuple[Person, ...], pipelines: Mapping[str, Pipeline | None], shared: Owned | None
    ) -> Team:
        """What `team/` says beside the people."""

        def opened(name: str) -> Document | None:
            document = self._document(f"team/{name}.yml")
            return document if document and document.data is not None else None

        owned = [
            Owned(name, each.primary, each.secondary, each.audience, f"{PIPELINES}/{name}")
            for name, each in pipelines.items()
            if each is not None
        ]
        plan = self._folder.text(PLAN_FILE) if self._folder.has(PLAN_FILE) else None
        return read_team(opened, plan, (*owned, shared) if shared else tuple(owned), people, self._problems)

    def _shared_owners(self, people: tuple[str, ...]) -> Owned | None:
        """Shared models are owned like a pipeline."""
        document = self._document(f"{SHARED}/owners.yml")
        if document is None:
            if self._folder.files(f"{SHARED}/models", ".sql"):
                self._problems.error(f"{SHARED}/owners.yml", 1, "shared models have no owners; add the file with `owners:`")
            return None
        top = Fields(document, self._problems)
        primary, secondary = read_owners(top, people)
        top.done()
        return Owned("shared models", primary, secondary, folder=SHARED)

    def _models(self) -> dict[str, ModelFile]:
        found: dict[str, ModelFile] = {}
        owners = [("", SHARED)] + [(path.rpartition("/")[2], path) for path in self._folder.folders(PIPELINES)]
        for pipeline, path in owners:
            for file in self._folder.files(f"{path}/models", ".sql"):
                for model in read_models(self._folder, file, pipeline, self._cache, self._problems):
                    before = found.setdefault(model.model.name, model)
                    if before is not model:
                        self._problems.error(
                            file,
                            1,
                            f"model '{model.model.name}' is already built by {before.model.file}; rename one of the two",
                        )
        return found

    def _pipeline(
        self,
        path: str,
        models: tuple[str, ...],
        calendar: Calendar,
        people: tuple[str, ...],
        datasets: dict[str, tuple[str, ...]],
    ) -> Pipeline | None:
        name = path.rpartition("/")[2]
        if not NAME.fullmatch(name):
            self._problems.error(path, 1, f"'{name}' is no name; use lower-case letters, digits and _")
        document = self._document(f"{path}/pipeline.yml", required=True)
        if document is None:
            return None
        file = read_pipeline(
            document, self._folder, calendar.grains, people, tuple(self._destinations), self._problems
        )
        metrics = self._metrics(path, calendar, people, datasets)
        ids = tuple(metric.id for metric in metrics)
        checks = self._checks(path, Known(datasets, ids, file.segments))
        annotations = self._annotations(path, ids, people)
        reports = self._reports.of_pipeline(path, Reported(name, metrics, file.segments))
        assembled = _assembled(name, calendar, file, metrics, checks, annotations, models)
        return replace(assembled, reports=reports)

    def _metrics(
        self, path: str, calendar: Calendar, people: tuple[str, ...], datasets: dict[str, tuple[str, ...]]
    ) -> tuple[Metric, ...]:
        document = self._document(f"{path}/metrics.yml", required=True)
        if document is None:
            return ()
        built = {name: columns for name, columns in datasets.items() if not name.startswith(SOURCE_PREFIX)}
        return read_metrics(document, calendar.grains, built, people, self._problems)

    def _checks(self, path: str, known: Known) -> tuple[Check, ...]:
        document = self._document(f"{path}/checks.yml", required=True)
        reader = CheckReader(self._folder, path.rpartition("/")[2], known, self._cache, self._problems)
        checks = reader.checks(document) if document else ()
        for file in self._folder.files(f"{path}/checks", ".sql"):
            if document and file not in reader.sql_files:
                self._problems.warning(file, 1, "no check in checks.yml names this file; add one, or remove the file")
        return checks

    def _annotations(self, path: str, metrics: tuple[str, ...], people: tuple[str, ...]) -> tuple[Annotation, ...]:
        document = self._document(f"{path}/annotations.yml")
        if document is None or document.data is None:
            return ()
        return read_annotations(document, path.rpartition("/")[2], metrics, people, self._problems)


def models_of(files: Mapping[str, ModelFile], path: str) -> tuple[str, ...]:
    """Names of the models whose files lie in the pipeline's folder, sorted."""
    return tuple(sorted(name for name, file in files.items() if file.model.file.startswith(f"{path}/")))


def _with_first_days(project: Project) -> dict[str, Model]:
    """The models, each with the first day of the earliest pipeline that needs it."""
    firsts: dict[str, date] = {}
    for pipeline in project.pipelines.values():
        for model in project.lineage(pipeline):
            firsts[model.name] = min(firsts.get(model.name, pipeline.starts_on), pipeline.starts_on)
    return {name: replace(model, first_on=firsts.get(name)) for name, model in project.models.items()}


def _columns(source: Source) -> tuple[str, ...]:
    return (*(column.name for column in source.columns), *ALWAYS_THERE)


def _shortest_first(rule: CloseRule | None, calendar: Calendar) -> CloseRule | None:
    """The rule with its grains by the length of their longest period."""
    if rule is None:
        return None

    def length(grain: str) -> int:
        return max((p.interval.length for p in calendar.periods if p.grain == grain), default=0)

    return replace(rule, grains=tuple(sorted(rule.grains, key=length)))


def _assembled(
    name: str,
    calendar: Calendar,
    file: PipelineFile,
    metrics: tuple[Metric, ...],
    checks: tuple[Check, ...],
    annotations: tuple[Annotation, ...],
    models: tuple[str, ...],
) -> Pipeline:
    return Pipeline(
        name=name,
        purpose=file.purpose,
        audience=file.audience or INVESTORS,
        primary=file.primary,
        secondary=file.secondary,
        starts_on=file.starts_on,
        metrics=metrics,
        checks=checks,
        models=models,
        segments=file.segments,
        outputs=file.outputs,
        day_deadline=file.day_deadline,
        period_deadline=file.period_deadline,
        page_before_h=file.page_before_h,
        annotations=annotations,
        close=_shortest_first(file.close, calendar),
        file=file.fields.file,
    )


@dataclass(frozen=True, slots=True)
class _Settings:
    """What `holdfast.yml` says."""

    name: str = ""
    currency: str = "GBP"
    zone: ZoneInfo = _UTC
    clock: str = "system"
    demo: bool = False
    country: str = "GB"
    subdivision: str | None = "ENG"


def _settings(top: Fields) -> _Settings:
    name, currency = top.text("name", required=True), top.text("currency", required=True)
    zone = top.text("zone", required=True)
    if currency and not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        top.error(f"currency is '{currency}', expected a code of three capitals such as GBP", "currency")
    if zone and not is_zone(zone):
        top.error(f"'{zone}' is no time zone. {suggest_zone(zone)}", "zone")
        zone = ""
    days = top.text("business_days", default="GB-ENG")
    country, _, subdivision = days.partition("-")
    if not (len(country) == 2 and country.isalpha() and country.isupper()):
        top.error(f"business_days is '{days}', expected a country such as GB-ENG or US. {suggestion(days, ['GB-ENG'])}", "business_days")
    settings = _Settings(
        name=name,
        currency=currency,
        zone=ZoneInfo(zone or "UTC"),
        clock=top.one_of("clock", ("system", "data"), default="system"),
        demo=top.flag("demo"),
        country=country,
        subdivision=subdivision or None,
    )
    top.done(PAGER_KEYS)
    return settings
