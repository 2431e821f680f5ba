"""New things for the folder: a pipeline's skeleton that lints, and an annotation added to a file as it is."""

import os
from pathlib import Path
from typing import Any

from holdfast.definitions.people import Person
from holdfast.definitions.pipeline import Project
from holdfast.definitions.source import OverTime, Source
from holdfast.errors import DefinitionError
from holdfast.loading.cache import ParseCache
from holdfast.loading.documents import read_document
from holdfast.loading.draft import draft_source
from holdfast.loading.fields import NAME, Fields
from holdfast.loading.folder import Folder
from holdfast.loading.problems import Problems, suggestion
from holdfast.loading.project import PEOPLE_FILE, PIPELINES, PROJECT_FILE
from holdfast.partitions import Interval

__all__ = ["add_annotation", "draft_source", "write_pipeline_skeleton"]


def write_pipeline_skeleton(project: Project, name: str) -> list[Path]:
    """Write `pipelines/<name>` with one model, metric and check over an existing source; the files written.

    The folder lints without a problem as it is. Raises DefinitionError when the name is taken or none, or
    when the project lacks two people or a source with days.
    """
    if not NAME.fullmatch(name):
        raise DefinitionError(f"'{name}' is no name for a pipeline; use lower-case letters, digits and _")
    folder = Path(project.root) / PIPELINES / name
    table = f"agg_{name}"
    if folder.exists() or table in project.models:
        raise DefinitionError(f"'{name}' is taken: {PIPELINES}/{name} or model '{table}' exists; choose another name")
    source = _a_source(project)
    primary, secondary, approver = _owners(project)
    files = {
        "pipeline.yml": (
            f"purpose: Say here what {name} tells, and whom.\n"
            "audience: experiments   # or investors, once its rules for exact numbers are kept\n"
            f"owners: {{primary: {primary}, secondary: {secondary}}}\n"
            f"starts_on: {_starts_on(project)}\n"
            "segments: []\n"
            f'deadlines: {{day: "{_deadline(source)}", period: "12:00"}}   # UTC\n'
            "page_before: 2h\n"
        ),
        "metrics.yml": (
            "metrics:\n"
            f"  {name}_rows:\n"
            f"    sentence: Rows of {source.name} on their business day.\n"
            "    unit: rows\n"
            "    scale: 0\n"
            "    grains: [day]\n"
            f"    from: {table}.row_count\n"
            f"    owner: {primary}\n"
            f"    approver: {approver}\n"
        ),
        "checks.yml": (
            "checks:\n"
            f"  {name}_key: {{kind: unique, dataset: {table}, severity: hold, columns: [on_day, dimension, member]}}\n"
        ),
        f"models/{table}.sql": (
            f"-- Rows of {source.name} per day; the total is the member ''.\n"
            "-- key: on_day, dimension, member\n"
            "-- day: on_day\n"
            f"-- reads: src.{source.name} 0..0\n"
            "-- layer: aggregates\n"
            "SELECT\n"
            "    s.business_on AS on_day,\n"
            "    '' AS dimension,\n"
            "    '' AS member,\n"
            "    COUNT(*) AS row_count\n"
            f"FROM src.{source.name} AS s\n"
            "WHERE s.business_on >= $start AND s.business_on < $end\n"
            "GROUP BY s.business_on\n"
        ),
        "annotations.yml": "annotations: []\n",
        "runbook.md": (
            f"# {name}\n\n## Its source is late\n\n**Symptom.** The day is not published by its deadline.\n"
            f"**Repair.** Tell {source.contact or 'the contact of the source'}; the next run finds the rows by itself.\n"
        ),
        "report.md": f"# {name}, {{period}}\n\nThere were {{{name}_rows}} rows.\n",
        "tests/README.md": "Tests of this pipeline's models live here: rows in, rows out.\n",
    }
    written = []
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        written.append(file)
    return written


def _a_source(project: Project) -> Source:
    """A source with days to begin with: one that a pipeline reads already, if there is one."""
    with_days = [each for each in project.sources.values() if each.business_time and each.over_time is OverTime.DAYS]
    if not with_days:
        raise DefinitionError("no source has a businessTime; draft one with `holdfast new source --from FILE --name NAME`")
    read = {source.name for pipeline in project.pipelines.values() for source in project.sources_of(pipeline)}
    return min(with_days, key=lambda each: (each.name not in read, each.arrives_within, each.name))


def _owners(project: Project) -> tuple[str, str, str]:
    def rank(person: Person) -> int:
        order = ("engineer", "manager", "lead", "stakeholder", "contact")
        return order.index(person.role) if person.role in order else len(order)

    people = sorted(project.people, key=rank)
    if len(people) < 2:
        raise DefinitionError(f"{PEOPLE_FILE} names {len(people)} people, expected two owners; add another person")
    approver = next((each for each in people if each.role in ("lead", "manager")), people[1])
    return people[0].name, people[1].name, approver.name


def _starts_on(project: Project) -> str:
    starts = [pipeline.starts_on for pipeline in project.pipelines.values()]
    periods = [period.interval.start for period in project.calendar.periods]
    return min(starts or periods).isoformat() if starts or periods else "2026-01-01"


def _deadline(source: Source) -> str:
    """The first whole hour that lies two hours or more after the source's usual arrival, noon at the earliest."""
    hours = int(source.arrives_within.total_seconds() // 3600) + 3
    return f"{min(max(hours, 12), 23):02d}:00"


def add_annotation(
    folder: Path, pipeline: str, span: Interval, reason: str, author: str, metrics: tuple[str, ...] | None = None
) -> Path:
    """Add why the days look unusual to the pipeline's annotations.yml; what stands there stays as it is.

    Raises DefinitionError when pipeline, author or a metric is unknown, the reason is empty, or the file
    cannot be read; it is then unchanged.
    """
    path = f"{PIPELINES}/{pipeline}/annotations.yml"
    problems = Problems()
    team = Folder(folder, problems)
    if not (folder / PROJECT_FILE).is_file():
        raise DefinitionError(f"{folder} holds no {PROJECT_FILE}, so it is no project")
    known = [each.rpartition("/")[2] for each in team.folders(PIPELINES)]
    if pipeline not in known:
        raise DefinitionError(f"there is no pipeline '{pipeline}'. {suggestion(pipeline, known, 'Pipelines')}")
    if not reason.strip():
        raise DefinitionError("the reason is empty; say why the days look unusual")
    _expect_names(team, PEOPLE_FILE, "people", (author,), problems)
    _expect_names(team, f"{PIPELINES}/{pipeline}/metrics.yml", "metrics", metrics or (), problems)
    text = team.text(path) if team.has(path) else "annotations: []\n"
    if problems.any_error or text is None:
        raise DefinitionError("; ".join(str(each) for each in problems.in_order()))
    entry: dict[str, Any] = {"from": span.start, "to": span.last, "reason": " ".join(reason.split()), "author": author}
    if metrics is not None:
        entry["metrics"] = list(metrics)
    _replace(folder / path, _with_entry(text, path, entry))
    return folder / path


def _expect_names(team: Folder, path: str, key: str, names: tuple[str, ...], problems: Problems) -> None:
    document = read_document(team, path, ParseCache(None), problems) if names else None
    section = Fields(document, problems).section(key) if document else None
    known = list(section.data) if section else []
    for name in names:
        if name not in known:
            raise DefinitionError(f"'{name}' is not in {path}. {suggestion(name, known, key.capitalize())}")


def _with_entry(text: str, path: str, entry: dict[str, Any]) -> str:
    """The text with one more entry, its comments and layout kept."""
    import io

    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10_000
    try:
        data = yaml.load(text)
    except YAMLError as error:
        raise DefinitionError(f"{path} is no YAML; correct it first, `holdfast lint` names the line") from error
    if data is None:
        # A file of comments only: they stay above what begins here.
        data = yaml.load(text + "\nannotations: []\n")
    if not isinstance(data, CommentedMap) or not isinstance(data.get("annotations") or [], list):
        raise DefinitionError(f"{path} has no list of annotations; `holdfast lint` names the line")
    written = CommentedMap(entry)
    written.fa.set_flow_style()
    entries = data.get("annotations")
    indented = 2
    if entries:
        indented = entries.lc.col
        entries.append(written)
    else:
        data["annotations"] = [written]
    yaml.indent(mapping=2, sequence=2 + indented, offset=indented)
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def _replace(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
