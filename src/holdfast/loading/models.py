"""Model files: the head of comments that declares grain and windows, and the SELECT below it."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from holdfast.calendars import DAY
from holdfast.definitions.model import SOURCE_PREFIX, Model, Reads
from holdfast.loading.cache import ParseCache
from holdfast.loading.fields import NAME
from holdfast.loading.folder import Folder
from holdfast.loading.problems import Problems, nearest, suggestion
from holdfast.loading.syntax import MODELS_ONLY, Syntax, read_select

CALENDAR, CALENDAR_DAYS = "calendar", "calendar_days"
"""The tables of named periods and of all their days; every model may read them undeclared."""
HEAD_KEYS = ("key", "day", "period", "reads", "segments", "layer", "each")
PERIOD_WINDOW = "period"

_COMMENT = re.compile(r"\s*--\s?(.*)")
_HEAD_LINE = re.compile(r"([A-Za-z_]+)\s*:\s*(.*)")
_GRAIN = re.compile(r"\$grain\b")
_READS = re.compile(r"(\S+)(?:\s+(?:(-?\d+|[a-z_]+)?\.\.(-?\d+)|(period))(\s+and earlier)?)?")


@dataclass(frozen=True, slots=True)
class Head:
    """What the comments above the SELECT say."""

    sentence: str = ""
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def names(self, key: str) -> tuple[str, ...]:
        """The key's value as a list of names."""
        return tuple(part.strip() for part in self.values.get(key, "").split(",") if part.strip())

    def line(self, key: str) -> int:
        """Where the key stands."""
        return self.lines.get(key, 1)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model as its file declares it, before it is compared with the rest of the project."""

    model: Model
    head: Head
    syntax: Syntax


def read_models(
    folder: Folder, path: str, pipeline: str, cache: ParseCache, problems: Problems
) -> list[ModelFile]:
    """The models in the file: one, or with `-- each: week, month` one per grain, named FILE_week and FILE_month.

    None, with the problems reported, when there is no SELECT in it.
    """
    text = folder.text(path)
    if text is None:
        return []
    name = PurePosixPath(path).stem
    grains = read_head(text, path, Problems()).names("each")
    if not grains:
        model = _read_model(text, name, path, pipeline, cache, problems)
        return [model] if model else []
    found = [
        _read_model(_for_grain(text, grain), f"{name}_{grain}", path, pipeline, cache, problems) for grain in grains
    ]
    return [model for model in found if model]


def _for_grain(text: str, grain: str) -> str:
    """The text with $grain replaced: by the bare word in comments, by a literal in the SQL."""
    lines = []
    for line in text.splitlines():
        is_comment = _COMMENT.fullmatch(line) is not None
        lines.append(_GRAIN.sub(grain if is_comment else f"'{grain}'", line))
    return "\n".join(lines)


def _read_model(
    text: str, name: str, path: str, pipeline: str, cache: ParseCache, problems: Problems
) -> ModelFile | None:
    if not NAME.fullmatch(name):
        problems.error(path, 1, f"'{name}' is not a table's name; rename the file to lower-case letters, digits and _")
    head = read_head(text, path, problems)
    syntax = read_select(text, cache)
    for fault in syntax.faults:
        if fault.audience in ("", MODELS_ONLY):
            report = problems.error if fault.severity == "error" else problems.warning
            report(path, fault.line, fault.message)
    if not syntax.is_query:
        return None
    for key in ("key", "day"):
        if not head.names(key):
            problems.error(path, 1, f"the head has no '{key}:', expected column names; add `-- {key}: ...`")
    if len(head.names("day")) > 1:
        problems.error(
            path,
            head.line("day"),
            f"the head names {len(head.names('day'))} day columns ({', '.join(head.names('day'))}); "
            "a model writes one grain: keep one, and put the other in its own file",
        )
    model = Model(
        name=name,
        sentence=head.sentence,
        sql=text.strip().removesuffix(";").rstrip() + "\n",
        key=head.names("key"),
        day=(head.names("day") or ("",))[0],
        reads=_reads(head, path, problems),
        columns=syntax.columns,
        period=head.values.get("period", DAY) or DAY,
        segments=head.names("segments"),
        layer=head.values.get("layer", "") or "facts",
        pipeline=pipeline,
        file=path,
    )
    return ModelFile(model, head, syntax)


def read_head(text: str, path: str, problems: Problems) -> Head:
    """The leading comment lines; what stands before the first `key:` is the model's sentence."""
    sentence: list[str] = []
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        comment = _COMMENT.fullmatch(line)
        if comment is None:
            if line.strip():
                break
            continue
        entry = _HEAD_LINE.fullmatch(comment[1].strip())
        key = entry[1].lower() if entry else ""
        if entry and key in HEAD_KEYS:
            _enter(values, lines, key, entry[2].strip(), number, path, problems)
        elif entry and (values or (nearest(key, HEAD_KEYS) and " " not in entry[1])):
            problems.error(path, number, f"the head has the unknown key '{key}'. {suggestion(key, HEAD_KEYS)}")
        elif not values:
            sentence.append(comment[1].strip())
    said = " ".join(part for part in sentence if part)
    if not said:
        problems.error(path, 1, "the model has no sentence; say in a first comment line what one row is")
    return Head(said, values, lines)


def _enter(
    values: dict[str, str], lines: dict[str, int], key: str, value: str, number: int, path: str, problems: Problems
) -> None:
    if key == "reads" and key in values:
        values[key] += "; " + value
        return
    if key in values:
        problems.error(
            path,
            number,
            f"the head has a second '{key}:' (the first is in line {lines[key]}); "
            "a model writes one grain: keep one, and put the other table in its own file",
        )
        return
    values[key], lines[key] = value, number


def _reads(head: Head, path: str, problems: Problems) -> tuple[Reads, ...]:
    found: dict[str, Reads] = {}
    for part in (each.strip() for each in head.values.get("reads", "").split(";")):
        if not part:
            continue
        match = _READS.fullmatch(part)
        if match is None:
            problems.error(
                path,
                head.line("reads"),
                f"'{part}' is not a window; write `table first..last` in days, such as `src.orders -5..0`, "
                "`..0` for everything so far, `month..0` for the month so far, `0..0 and earlier`, or `period`",
            )
            continue
        reads = _window(match)
        if reads.first is not None and not reads.since and reads.first > reads.last:
            problems.error(path, head.line("reads"), f"window '{part}' ends before it begins; swap its two numbers")
        elif reads.input in found:
            problems.error(path, head.line("reads"), f"'{reads.input}' has two windows; write the wider one only")
        else:
            found[reads.input] = reads
    return tuple(found.values())


def _window(match: re.Match[str]) -> Reads:
    name, first, last, period, earlier = match[1], match[2], match[3], match[4], match[5]
    if period or last is None:
        return Reads(name)
    if first is not None and first[0].isalpha():
        return Reads(name, last=int(last), since=first, and_earlier=bool(earlier))
    return Reads(name, int(first) if first is not None else None, int(last), and_earlier=bool(earlier))


def is_source(name: str) -> bool:
    """Whether an input's name is a source's."""
    return name.startswith(SOURCE_PREFIX)
