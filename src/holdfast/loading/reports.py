"""Reports: `report.md`, `reports/*.md` and the project's own packs, with every figure they name looked up."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.calendars import DAY
from holdfast.definitions.metric import Metric
from holdfast.definitions.report import (
    CHART,
    CLOSED,
    COMPARISONS,
    FACTS,
    OUTPUT_FORMATS,
    RUNNING,
    TABLE,
    Blank,
    Report,
    ReportOutput,
    blanks,
    resolved,
)
from holdfast.loading.cache import ParseCache
from holdfast.loading.documents import Document, parse_yaml
from holdfast.loading.fields import NAME, Fields
from holdfast.loading.folder import Folder
from holdfast.loading.problems import Problems, suggestion

REPORT_FILE = "report.md"
REPORTS = "reports"
FENCE = "---"
BY = "by"
INNER = "outputs/"
_HEADING = re.compile(r"#[ \t]+(.+?)[ \t]*#*[ \t]*")


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report can name of one pipeline."""

    name: str
    metrics: tuple[Metric, ...]
    segments: tuple[str, ...]

    def metric(self, metric_id: str) -> Metric:
        """The metric of that id, which is there."""
        return next(each for each in self.metrics if each.id == metric_id)

    @property
    def grains(self) -> tuple[str, ...]:
        """Every grain one of its metrics is reported in."""
        return tuple(dict.fromkeys(grain for metric in self.metrics for grain in metric.grains))


class ReportReader:
    """Reads report files; what they name wrongly is reported with its line."""

    def __init__(self, folder: Folder, cache: ParseCache, problems: Problems) -> None:
        self._folder = folder
        self._cache = cache
        self._problems = problems

    def of_pipeline(self, path: str, pipeline: Reported) -> tuple[Report, ...]:
        """`report.md` first, then those in `reports/` by name."""
        files = [f"{path}/{REPORT_FILE}"] if self._folder.has(f"{path}/{REPORT_FILE}") else []
        files += self._folder.files(f"{path}/{REPORTS}", ".md")
        found = [self._report(file, (pipeline,), is_pack=False) for file in files]
        return tuple(each for each in found if each)

    def packs(self, pipelines: Sequence[Reported]) -> tuple[Report, ...]:
        """The reports in the project's own `reports/`, which name their pipelines."""
        found = [self._report(file, pipelines, is_pack=True) for file in self._folder.files(REPORTS, ".md")]
        return tuple(each for each in found if each)

    def _report(self, file: str, known: Sequence[Reported], *, is_pack: bool) -> Report | None:
        text = self._folder.text(file)
        if text is None:
            return None
        name = file.rpartition("/")[2].removesuffix(".md")
        if not NAME.fullmatch(name):
            self._problems.error(file, 1, f"'{name}' is no name; use lower-case letters, digits and _")
        front, body, first_line = self._front_matter(file, text)
        if front is None:
            return None
        shown = self._pipelines(front, known) if is_pack else list(known)
        if not shown:
            return None
        heading, body, first_line = _heading(body, first_line)
        title = front.text("title") or heading or name.replace("_", " ").capitalize()
        title_line = front.line_of("title") if front.has("title") else max(first_line - 1, 1)
        looking = _Looking(file, shown, self._problems)
        named = [*blanks(title, title_line), *blanks(body, first_line)]
        used = [metric for blank in named if (metric := looking.metric_of(blank)) is not None]
        for blank in blanks(body, first_line):
            _expect_alone(blank, body, file, self._problems)
        report = Report(
            name=name,
            title=title,
            text=body,
            grains=self._grains(front, shown, used),
            pipelines=tuple(each.name for each in shown),
            metrics=looking.chosen(front),
            outputs=self._outputs(front) if is_pack else (),
            file=file,
            first_line=first_line,
        )
        front.done()
        _expect_grains(report, named, looking, self._problems)
        return report

    def _front_matter(self, file: str, text: str) -> tuple[Fields | None, str, int]:
        """The lines between `---` and `---` at the top, the rest, and the line at which the rest begins."""
        lines = text.split("\n")
        if lines[0].rstrip() != FENCE:
            return Fields(Document(file, {}), self._problems), text, 1
        end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
        if end is None:
            self._problems.error(file, 1, f"the front matter has no end; close it with a line of `{FENCE}`")
            return None, "", 1
        parsed = self._cache.remember("yaml", "\n".join(lines[1:end]) + "\n", parse_yaml)
        for line, message in parsed["faults"]:
            self._problems.error(file, line + 1, message)
        if parsed["broken"]:
            return None, "", 1
        # Its first line is the file's second.
        at = {address: line + 1 for address, line in parsed["lines"].items()}
        document = Document(file, {} if parsed["data"] is None else parsed["data"], at)
        return Fields(document, self._problems), "\n".join(lines[end + 1 :]), end + 2

    def _pipelines(self, front: Fields, known: Sequence[Reported]) -> list[Reported]:
        """The pipelines a pack names; none, with a warning, when one is not there.

        A warning: a pipeline that was taken out of the folder must not keep the others from running.
        """
        by_name = {each.name: each for each in known}
        named = front.names("pipelines", required=True)
        missing = [name for name in named if name not in by_name]
        for name in missing:
            hint = suggestion(name, by_name, "Pipelines")
            front.warning(f"there is no pipeline '{name}', so this report is not made. {hint}", "pipelines")
        if not named:
            front.done(also=front.data)
        return [] if missing else [by_name[name] for name in named]

    def _grains(self, front: Fields, shown: Sequence[Reported], used: Iterable[Metric]) -> tuple[str, ...]:
        known = _in_all([each.grains for each in shown])
        written = front.names("grains")
        for grain in written:
            if grain not in known:
                front.error(f"no figure has the grain '{grain}'. {suggestion(grain, known, 'Grains')}", "grains")
        if written:
            return tuple(grain for grain in written if grain in known)
        shared = _in_all([known, *(metric.grains for metric in used)])
        longer = [grain for grain in shared if grain != DAY] or shared
        if not longer and known:
            front.error("the figures it names share no grain; make two reports of it, or write `grains:` in its front matter")
        return tuple(sorted(longer, key=lambda grain: grain != "month"))

    def _outputs(self, front: Fields) -> tuple[ReportOutput, ...]:
        found = []
        for name, each in front.sections("outputs"):
            output = ReportOutput(
                name=name,
                kind=each.one_of("kind", OUTPUT_FORMATS, required=True),
                to=each.text("to", required=True),
                when=each.one_of("when", (CLOSED, RUNNING), default=CLOSED),
            )
            each.done()
            outside = self._folder.why_outside(output.to) if output.to else None
            if outside:
                each.error(outside, "to")
            elif output.to and not output.to.startswith(INNER):
                each.error(f"'to' is '{output.to}', expected a folder below {INNER}; write {INNER}{name}", "to")
            found.append(output)
        return tuple(found)


class _Looking:
    """Looks up what the blanks of one file name."""

    def __init__(self, file: str, shown: Sequence[Reported], problems: Problems) -> None:
        self._file = file
        self._shown = {each.name: each for each in shown}
        self._ids = {each.name: [metric.id for metric in each.metrics] for each in shown}
        self._problems = problems

    def metric_of(self, blank: Blank) -> Metric | None:
        """The metric a blank names, every fault of the blank being reported; none for other blanks."""
        words = blank.words
        if not words:
            self._error(blank, f"empty braces; name a figure. {suggestion('', self._names(), 'Figures')}")
            return None
        if blank.subject in FACTS:
            if len(words) > 1:
                self._error(blank, f"{blank} takes nothing after '{words[0]}'; write {{{words[0]}}}")
            return None
        if blank.subject == TABLE:
            self._look_at_table(blank)
            return None
        if blank.subject == CHART:
            return self._of_chart(blank)
        found = self.resolve(blank, words[0], [*self._names(), *FACTS, TABLE, CHART])
        if found is None:
            return None
        self._look_at_rest(blank, found[0], words[1:])
        return found[1]

    def resolve(self, blank: Blank, word: str, known: Sequence[str], *, quiet: bool = False) -> tuple[Reported, Metric] | None:
        """The pipeline and metric of a word; a fault is reported unless `quiet`."""
        found = resolved(word, self._ids)
        if len(found) == 1:
            pipeline = self._shown[found[0][0]]
            return pipeline, pipeline.metric(found[0][1])
        if quiet:
            return None
        if found:
            spelled = " or ".join(f"{pipeline}.{metric}" for pipeline, metric in found)
            self._error(blank, f"'{word}' is a metric of several pipelines; write {spelled}")
        else:
            self._error(blank, f"{blank} names no figure. {suggestion(word, known, 'Figures')}")
        return None

    def chosen(self, front: Fields) -> dict[str, tuple[str, ...]]:
        """The front matter's `metrics:` by pipeline."""
        found: dict[str, tuple[str, ...]] = {}
        for word in front.names("metrics"):
            can_be = resolved(word, self._ids)
            if len(can_be) == 1:
                pipeline, metric = can_be[0]
                found[pipeline] = (*found.get(pipeline, ()), metric)
            else:
                front.error(f"'{word}' is no metric of one pipeline. {suggestion(word, self._names(), 'Metrics')}", "metrics")
        return found

    def _of_chart(self, blank: Blank) -> Metric | None:
        words = blank.words[1:]
        if len(words) not in (1, 3) or (len(words) == 3 and words[1] != BY):
            self._error(blank, f"{blank} is no chart; write {{chart METRIC}} or {{chart METRIC by DIMENSION}}")
            return None
        found = self.resolve(blank, words[0], self._names())
        if found is None:
            return None
        if len(words) == 3 and words[2] not in found[0].segments:
            self._error(blank, f"'{words[2]}' is no dimension. {suggestion(words[2], found[0].segments, 'Dimensions')}")
        return found[1]

    def _look_at_table(self, blank: Blank) -> None:
        words = blank.words[1:]
        if len(words) > 1:
            self._error(blank, f"{blank} is no table; write {{table}} or {{table DIMENSION}}")
            return
        known = [*self._shown] if len(self._shown) > 1 else []
        for each in self._shown.values():
            prefix = f"{each.name}." if len(self._shown) > 1 else ""
            known += [f"{prefix}{segment}" for segment in each.segments]
        if words and words[0] not in known:
            self._error(blank, f"'{words[0]}' is no dimension. {suggestion(words[0], known, 'Dimensions')}")

    def _look_at_rest(self, blank: Blank, pipeline: Reported, words: Sequence[str]) -> None:
        compared = [word for word in words if word in COMPARISONS]
        cut = [word for word in words if "=" in word]
        for word in words:
            if word not in compared and word not in cut:
                known = [*COMPARISONS, *(f"{segment}=" for segment in pipeline.segments)]
                self._error(blank, f"{blank}: '{word}' is unknown. {suggestion(word, known, 'After a metric')}")
        for word in cut:
            dimension, _, member = word.partition("=")
            if dimension not in pipeline.segments:
                self._error(
                    blank, f"'{dimension}' is no dimension. {suggestion(dimension, pipeline.segments, 'Dimensions')}"
                )
            elif not member:
                self._error(blank, f"{blank} names no member; write {dimension}=MEMBER")
        if len(compared) > 1 or len(cut) > 1:
            self._error(blank, f"{blank} asks for two things; write two pairs of braces")

    def _names(self) -> list[str]:
        several = len(self._shown) > 1
        return [f"{name}.{each}" if several else each for name, ids in self._ids.items() for each in ids]

    def _error(self, blank: Blank, message: str) -> None:
        self._problems.error(self._file, blank.line, message)


def _heading(body: str, first_line: int) -> tuple[str, str, int]:
    """The text of a first `# heading`, what comes after it, and the line at which that begins."""
    lines = body.split("\n")
    at = next((at for at, line in enumerate(lines) if line.strip()), None)
    found = _HEADING.fullmatch(lines[at].rstrip()) if at is not None else None
    if found is None or at is None:
        return "", body, first_line
    return found[1], "\n".join(lines[at + 1 :]), first_line + at + 1


def _expect_alone(blank: Blank, body: str, file: str, problems: Problems) -> None:
    """A table or chart has a line of its own."""
    start, end = body.rfind("\n", 0, blank.start) + 1, body.find("\n", blank.end)
    line = body[start : end if end >= 0 else len(body)]
    if blank.is_block and line.strip() != body[blank.start : blank.end]:
        problems.error(file, blank.line, f"{blank} stands within a sentence; give it a line of its own")


def _expect_grains(report: Report, named: Iterable[Blank], looking: _Looking, problems: Problems) -> None:
    """Every figure named has every grain the report is made for."""
    for blank in named:
        word = blank.words[1] if blank.subject == CHART and len(blank.words) > 1 else blank.subject
        if not word or (blank.is_block and blank.subject == TABLE) or word in FACTS:
            continue
        found = looking.resolve(blank, word, (), quiet=True)
        for grain in report.grains if found else ():
            if found and grain not in found[1].grains:
                problems.error(
                    report.file,
                    blank.line,
                    f"{blank}: '{found[1].id}' has no grain '{grain}', for which this report is made. "
                    f"Its grains: {', '.join(found[1].grains)}; change `grains:`, or name another figure",
                )


def _in_all(lists: Sequence[Iterable[str]]) -> list[str]:
    """What is in every list, in the order of the first."""
    if not lists:
        return []
    others = [set(each) for each in lists[1:]]
    return [each for each in lists[0] if all(each in other for other in others)]
