"""Pipelines: `pipeline.yml` and `annotations.yml` read into values."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import PurePosixPath

from holdfast.calendars import DAY
from holdfast.definitions.close import CloseRule
from holdfast.definitions.destination import OWN
from holdfast.definitions.pipeline import EXPERIMENTS, INVESTORS, Annotation, Output
from holdfast.definitions.report import CLOSED, DEFAULT, OUTPUT_FORMATS, RUNNING
from holdfast.loading.destinations import INNER
from holdfast.loading.documents import Document
from holdfast.loading.fields import Fields
from holdfast.loading.folder import ENVIRONMENT_ROOT, Folder
from holdfast.loading.problems import Problems, suggestion
from holdfast.partitions import ONE_DAY, Interval

OUTPUT_KINDS = ("csv", "json", *OUTPUT_FORMATS)


@dataclass(frozen=True, slots=True)
class PipelineFile:
    """What `pipeline.yml` says, and where."""

    fields: Fields
    purpose: str
    audience: str
    primary: str
    secondary: str
    starts_on: date
    segments: tuple[str, ...]
    outputs: tuple[Output, ...]
    day_deadline: time
    period_deadline: time
    page_before_h: int
    close: CloseRule | None = None


def read_pipeline(
    document: Document,
    folder: Folder,
    grains: tuple[str, ...],
    people: tuple[str, ...],
    destinations: tuple[str, ...],
    problems: Problems,
) -> PipelineFile:
    """The pipeline's own file; what it names wrongly is reported."""
    top = Fields(document, problems)
    primary, secondary = read_owners(top, people)
    deadlines = top.section("deadlines")
    day, period = time(8), time(12)
    if deadlines:
        day = deadlines.clock_time("day", default=day)
        period = deadlines.clock_time("period", default=period)
        deadlines.done()
    found = PipelineFile(
        fields=top,
        purpose=top.text("purpose", required=True),
        audience=top.one_of("audience", (INVESTORS, EXPERIMENTS), required=True),
        primary=primary,
        secondary=secondary,
        starts_on=top.day("starts_on", required=True) or date.min,
        segments=top.names("segments"),
        outputs=tuple(_output(name, each, folder, grains, destinations) for name, each in top.sections("outputs")),
        day_deadline=day,
        period_deadline=period,
        page_before_h=_whole_hours(top),
        close=_close(top, primary, grains, people),
    )
    top.done()
    return found


def read_owners(top: Fields, people: tuple[str, ...]) -> tuple[str, str]:
    """Primary and secondary owner: two people of the team."""
    owners = top.section("owners", required=True)
    if owners is None:
        return "", ""
    primary, secondary = owners.text("primary", required=True), owners.text("secondary", required=True)
    for key, name in (("primary", primary), ("secondary", secondary)):
        if name and name not in people:
            owners.error(f"{key} owner '{name}' is nobody in team/people.yml. {suggestion(name, people, 'People')}", key)
    if primary and primary == secondary:
        owners.error(f"primary and secondary owner are both '{primary}'; name two people", "secondary")
    owners.done()
    return primary, secondary


def _output(
    name: str, each: Fields, folder: Folder, grains: tuple[str, ...], destinations: tuple[str, ...]
) -> Output:
    is_report = each.data.get("kind") in OUTPUT_FORMATS
    output = Output(
        name=name,
        kind=each.one_of("kind", OUTPUT_KINDS, required=True),
        grain=each.one_of("grain", grains, required=True),
        to=_plain(each.text("to", required=True)),
        destination=each.text("destination", default=OWN),
        report=each.text("report", default=DEFAULT) if is_report else "",
        when=each.one_of("when", (CLOSED, RUNNING), default=CLOSED) if is_report else CLOSED,
    )
    each.done()
    if output.destination and output.destination not in destinations:
        each.error(
            f"destination '{output.destination}' is not in destinations.yml. "
            f"{suggestion(output.destination, destinations, 'Destinations')}",
            "destination",
        )
    outside = folder.why_outside(output.to) if output.to else None
    if outside:
        each.error(outside, "to")
    elif output.to == ".":
        each.error(f"'to' is '{each.text('to')}', expected a folder at the destination; write {name}", "to")
    elif output.to.startswith(ENVIRONMENT_ROOT):
        each.error(f"'to' is '{output.to}', expected a path at the destination; name the root in destinations.yml", "to")
    elif output.to and not output.destination and not output.to.startswith(INNER):
        each.error(f"'to' is '{output.to}', expected a folder below {INNER}; write {INNER}{name}", "to")
    return output


def _plain(path: str) -> str:
    """The path without a slash at its end, doubled ones and single dots."""
    return str(PurePosixPath(path)) if path else ""


def _close(top: Fields, primary: str, grains: tuple[str, ...], people: tuple[str, ...]) -> CloseRule | None:
    """Which periods are signed by whom: a metric owner and, another person, finance."""
    section = top.section("close")
    if section is None:
        return None
    named = section.names("grains", required=True)
    for grain in named:
        if grain == DAY or grain not in grains:
            longer = [each for each in grains if each != DAY]
            section.error(f"grain '{grain}' is not one of calendar.csv that can be signed. {suggestion(grain, longer, 'Grains')}", "grains")
    owners = section.names("owner") or ((primary,) if primary else ())
    finance = section.names("finance", required=True)
    section.know("owner")
    for key, names in (("owner", owners), ("finance", finance)):
        for name in names:
            if name not in people:
                section.error(f"{key} '{name}' is nobody in team/people.yml. {suggestion(name, people, 'People')}", key)
    if finance and not set(finance) - set(owners):
        section.error("finance names nobody but owners, so no second person could sign; name another", "finance")
    country = section.text("business_days")
    if country and not is_country(country):
        section.error(f"business_days is '{country}', expected a country such as GB-ENG or US", "business_days")
        country = ""
    rule = CloseRule(named, section.whole("sign_within", default=10, least=1, most=260), owners, finance, country)
    section.done()
    return rule if named and finance and owners else None


def is_country(written: str) -> bool:
    """Whether it looks like GB or GB-ENG."""
    country, dash, subdivision = written.partition("-")
    return len(country) == 2 and country.isalpha() and country.isupper() and bool(subdivision) == bool(dash)


def _whole_hours(top: Fields) -> int:
    before = top.duration("page_before", default=timedelta(hours=2))
    hours, rest = divmod(before, timedelta(hours=1))
    if rest:
        top.error(f"page_before is '{top.text('page_before')}', expected whole hours; write it like 2h", "page_before")
    return hours


def read_annotations(
    document: Document, pipeline: str, metrics: tuple[str, ...], people: tuple[str, ...], problems: Problems
) -> tuple[Annotation, ...]:
    """Every annotation of the file, in its order; wrong ones are reported and left out."""
    top = Fields(document, problems)
    found = []
    for each in top.items("annotations"):
        span = _span(each)
        reason, author = each.text("reason", required=True), each.text("author", required=True)
        if author and author not in people:
            each.error(f"author '{author}' is nobody in team/people.yml. {suggestion(author, people, 'People')}", "author")
        named = each.names("metrics") if each.has("metrics") else None
        each.know("metrics")
        for name in named or ():
            if name not in metrics:
                each.error(f"'{name}' is no metric of {pipeline}. {suggestion(name, metrics, 'Metrics')}", "metrics")
        each.done()
        if span and reason:
            found.append(Annotation(pipeline, span, reason, author, named))
    top.done()
    return tuple(found)


def _span(each: Fields) -> Interval | None:
    first, last = each.day("from", required=True), each.day("to", required=True)
    if first is None or last is None:
        return None
    if last < first:
        each.error(f"the annotation runs from {first} to {last}; 'to' is its last day, so it comes later", "to")
        return None
    return Interval(first, last + ONE_DAY)
