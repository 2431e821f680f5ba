# ruff: noqa: SLF001, INP001 - argparse has no public way to list its arguments; this is a script, not a package
"""Writes the reference pages that follow from the code: `python docs/generate.py`, or `--check` that they are fresh."""

import argparse
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.definitions.metric import Metric

REFERENCE = Path(__file__).with_name("reference")
NOTE = "<!-- Written by docs/generate.py from the code. Change the code, then run `make docs`. -->"

CSV_COLUMNS = {
    "pipeline": "The pipeline's name.",
    "grain": "`day`, `week`, `month`, `quarter`, or a grain of your calendar.",
    "period": "The period's name, such as `2026-09-17`, `2026-W38`, `2026-09`, `2026-Q3`.",
    "metric": "The metric's id.",
    "segment": "Empty for the total, else `dimension=member`.",
    "value": "Decimal text; empty when the figure was never published, is withdrawn with nothing signed before, or is a ratio over zero.",
    "unit": "`GBP`, `orders`, `ratio`.",
    "state": "`preliminary`, `final`, `held` or `withdrawn`.",
    "version": "1 at first publication, one more with each revision of days already counted; 0 when never published.",
    "as_of": "The last business day counted.",
    "published_at": "When this version was released, in UTC.",
    "previous_period_value": "The same figure of the period before.",
    "same_period_last_year_value": "The same figure a year before.",
    "note": "What is unusual: held, not all days counted, or what moved the figure.",
    "adjustment": "What its value counts beside its own days: late rows of signed periods.",
    "restated_from": "The value before the newest restatement; empty when there was none.",
    "restatement_reason": "Why it was restated.",
}
JSON_KEYS = {
    "pipeline": "The pipeline's name.",
    "grain": "The period's grain.",
    "period": "The period's name.",
    "metric": "The metric's id.",
    "segment": '`""` for the total, else `region=EU`.',
    "value": "Exact decimal as a string, or null.",
    "unit": "The metric's unit.",
    "state": "`preliminary`, `final`, `held` or `withdrawn`.",
    "version": "Whole number; 0 when never published.",
    "as_of": "The last business day counted, or null.",
    "published_at": "Instant in UTC, or null when never published.",
    "previous": "Value of the period before, or null.",
    "previous_year": "Value of the same period a year before, or null.",
    "reason": "What moved the figure, in words; empty for a first publication.",
}
STATISTICS_COLUMNS = {
    "day": "The sums reach through the end of this day.",
    "experiment": "The experiment's name.",
    "variant": "`control`, or another; without one of that name the first by name is the control.",
    "segment": "Empty for everybody, else the segment of the users counted.",
    "planned_share": "The share of users the plan gives the variant; all variants together come to one.",
    "started_on": "The experiment's first day.",
    "ended_on": "Its last day; empty while it runs.",
    "n": "Users counted: everybody assigned so far, those without an order included.",
    "y": "Sum of their profit since the assignment.",
    "yy": "Sum of its squares.",
    "x": "Sum of the covariate: profit in the 28 days before the assignment.",
    "xx": "Sum of its squares.",
    "xy": "Sum of profit times covariate.",
    "wy": "As `y`, with profit capped at `cap` on either side.",
    "wyy": "As `yy`, capped.",
    "wxy": "As `xy`, capped.",
    "cap": "The 99th percentile of the amounts, signs aside, over all users of the experiment and day.",
    "crossovers": "Users seen in more than one variant: in no sum, the same on every row of the experiment and day.",
}
READOUT_KEYS = {
    "experiment": "The experiment's name.",
    "segment": "The segment that was asked for, or empty.",
    "day": "The day through which is read.",
    "started_on": "The experiment's first day.",
    "ended_on": "Its last day, or null.",
    "banners": "Failed and unknown checks of the day: `check`, `outcome`, `detail`.",
    "refused": "Why nothing is read, or null.",
    "verdict": "The verdict in a few words.",
    "control": "Which variant is the control.",
    "sample_ratio": "`p_value`, `is_as_planned`, and `variants` with `users` and `planned_share`.",
    "crossovers": "Users left out because they saw more than one variant.",
    "confidence": "Of every interval.",
    "comparisons": "One object per treatment; empty when refused.",
    "segments": "One object per segment and treatment; empty when refused or when one segment is read.",
}
COMPARISON_KEYS = {
    "variant": "The treatment.",
    "verdict": "`better`, `worse`, `inconclusive` or `too_early`.",
    "sentences": "The verdict as people read it.",
    "looks": "On how many published days it could have been stopped.",
    "always_valid": "The lift with the interval that holds on all looks together; null before the first look.",
    "cuped": "The lift adjusted by the covariate, one look; null without a covariate.",
    "unadjusted": "The plain lift, one look.",
    "winsorised": "With capped profit, one look.",
    "winsorised_cuped": "Capped and adjusted, one look; null without a covariate.",
    "p_value_holm": "Of the headline at one look, corrected for the number of treatments.",
    "minimum_detectable_effect": "`difference` found with `power` in one look.",
    "path": "Per look: `day`, `users`, `difference`, and `low` and `high` of the always-valid interval.",
}
LIFT_KEYS = {
    "control_mean": "Profit per user of the control; not in `always_valid`.",
    "treatment_mean": "Profit per user of the treatment; not in `always_valid`.",
    "difference": "Treatment minus control.",
    "low": "Lower end of its interval.",
    "high": "Upper end of its interval.",
    "relative": "The difference as part of the control's mean, 0.081; null where that is too near to zero.",
    "relative_low": "Lower end of its interval.",
    "relative_high": "Upper end of its interval.",
    "p_value": "How often chance alone makes as large a difference.",
}
REPORT_COLUMNS = {
    "pipeline": "The pipeline's name.",
    "grain": "The period's grain.",
    "period": "The period's name.",
    "metric": "The metric's id.",
    "segment": "Empty for the total, else `dimension=member`.",
    "value": "Exact; the last good one of a held figure; empty when never published, withdrawn, or over zero.",
    "unit": "The metric's unit.",
    "state": "`preliminary`, `final`, `held` or `withdrawn`.",
    "version": "Whole number; 0 when never published.",
    "as_of": "The last business day counted.",
    "published_at": "When this version was released, in UTC.",
    "previous": "The same figure of the period before.",
    "change_pct": "Change on it in percent; empty unless both periods are counted to their last day.",
    "previous_year": "The same figure a year before.",
    "change_year_pct": "Change on it in percent.",
    "days_sum": "What the period's own days come to, where it carries adjustments.",
    "adjustment": "The sum of the adjustments that it carries.",
    "restated_from": "The value before the newest restatement.",
    "restated_on": "The day of that restatement.",
    "restatement_reason": "Why.",
    "standing": "How the period stands: `preliminary, unsigned`, `final, signed by ... and ...`.",
    "note": "What is unusual: held, not all days counted, or what moved the figure.",
    "definition": "What the metric means.",
    "metric_version": "The definition's version.",
    "release": "The release that brought this version.",
}
FORMS = {
    "columns": "columns of the dataset",
    "column": "a column of the dataset",
    "their columns": "columns of the other table",
    "their column": "a column of the other table",
    "values": "a list of values",
    "dataset": "a model, or `src.NAME`",
    "source": "a source's name",
    "condition": "a SQL condition",
    "file": "a file in `checks/`",
    "number": "a number",
    "whole": "a whole number",
    "metric": "a metric's id",
    "metric or column": "a metric's id",
    "count or sum": "`count` or `sum`",
    "yesterday or average": "`yesterday` or `average`",
    "code": "a currency code",
}


def pages() -> dict[str, str]:
    """File name below docs/reference -> its text."""
    return {
        "cli.md": _page("Command line", cli()),
        "checks.md": _page("Kinds of check", checks()),
        "metrics.md": _page("Metrics of the reference pipelines", metrics()),
        "outputs.md": _page("Outputs", outputs()),
        "experiments.md": _page("Experiments", experiments()),
    }


def cli() -> Iterator[str]:
    """Every verb with its arguments, from the parser itself."""
    from holdfast.cli import entry, verbs

    root = verbs.parser()
    yield f"{root.description}"
    yield ""
    yield "Every verb takes `-C DIR`, before or after the verb; the default is the folder you are in."
    yield ""
    yield from _actions(root)
    for name, verb in _verbs(root):
        yield f"## holdfast {name}"
        yield ""
        yield f"{verb.description}"
        yield ""
        yield from _actions(verb)
    yield "## Exit codes"
    yield ""
    yield "| code | meaning |"
    yield "|---|---|"
    yield f"| {entry.FINE} | Fine. A run that only holds figures is fine too. |"
    yield f"| {entry.WRONG} | The folder is wrong, or the outside is; `verify` found a difference; a run failed. |"
    yield "| 2 | The command line cannot be read. |"
    yield f"| {entry.FAULT} | Holdfast itself is at fault; the trace is in `.holdfast/trace.txt`. |"
    yield f"| {entry.INTERRUPTED} | You interrupted it; readers see what they saw before. |"


def checks() -> Iterator[str]:
    """Every kind with its docstring and the parameters that loading accepts."""
    from holdfast.definitions.check import CheckKind
    from holdfast.loading.checks import PARAMETERS

    yield "Every check also takes `dataset`, `severity` (`hold`, `flag` or `warn`), `by`, `holds` and `sentence`."
    yield "`by` gives one result per day and member; without it there is one result per day."
    yield "`holds` names the metrics that wait; without it every metric made from the dataset waits."
    yield "See [How to add a check](../how-to/add-a-check.md)."
    yield ""
    for kind in CheckKind:
        module = "custom_sql" if kind is CheckKind.SQL else kind.value
        text = (importlib.import_module(f"holdfast.checks.{module}").__doc__ or "").strip()
        first, _, rest = text.partition("\n")
        yield f"## {kind.value}"
        yield ""
        yield first
        yield ""
        for paragraph in filter(None, (each.strip() for each in rest.split("\n\n"))):
            yield paragraph
            yield ""
        takes = PARAMETERS[kind]
        if takes.required or takes.optional:
            yield "| parameter | needed | is |"
            yield "|---|---|---|"
            yield from (f"| `{name}` | yes | {FORMS[form]} |" for name, form in takes.required)
            yield from (f"| `{name}` | no | {FORMS[form]} |" for name, form in takes.optional)
            yield ""


def metrics() -> Iterator[str]:
    """The reference pipelines' metrics, as loading reads them."""
    from holdfast.loading.init import write_reference
    from holdfast.loading.project import load_project

    with tempfile.TemporaryDirectory() as beside:
        write_reference(Path(beside) / "reference", name="reference", demo=True)
        project = load_project(Path(beside) / "reference", environ=os.environ).project
    assert project is not None
    for pipeline in project.pipelines.values():
        yield f"## {pipeline.name}"
        yield ""
        yield pipeline.purpose
        yield f"Segments: {', '.join(pipeline.segments)}, each alone, and the total."
        yield ""
        for metric in pipeline.metrics:
            yield from _metric(metric)


def _metric(metric: "Metric") -> Iterator[str]:
    yield f"### {metric.id}"
    yield ""
    yield metric.sentence
    yield ""
    yield "| | |"
    yield "|---|---|"
    if metric.label:
        yield f"| shown as | {metric.label} |"
    yield f"| formula | {_formula(metric)} |"
    if metric.after_days:
        yield f"| counted | {metric.after_days} days after the day it is of, and published then |"
    yield f"| unit, scale | {metric.unit}, {metric.scale} decimals |"
    yield f"| grains | {', '.join(metric.grains)} |"
    yield f"| members of a dimension sum to the total | {'yes' if metric.segments_add_up else 'no'} |"
    yield f"| a member without a row | {'has no value' if metric.empty_is_null or metric.ratio else 'is zero'} |"
    yield f"| revised by itself | up to {metric.limit.percent} %, or up to {metric.limit.at_least} {metric.unit} |"
    yield f"| owner, approver | {metric.owner}, {metric.approver} |"
    yield f"| version | {metric.version} |"
    yield ""


def _formula(metric: "Metric") -> str:
    divided = "divided once, half-even; null over zero"
    if metric.ratio:
        return f"{metric.ratio}, {divided}"
    read = "; ".join(f"{grain}: `{measure}`" for grain, measure in metric.measures.items())
    if metric.additive:
        return f"{read}; a longer period is the sum of its days"
    told = [read, "a longer period is read from the row of the last day counted"]
    if list(metric.measures) == ["day"]:
        told = [read]
    if any(measure.over for measure in metric.measures.values()):
        told.append(divided)
    return "; ".join(told)


def outputs() -> Iterator[str]:
    """CSV columns, feed schema, and the keys of `figures --json`."""
    from holdfast.releases import feed, monthly_csv
    from holdfast.reports import files as report_files
    from holdfast.reports import rows as report_rows

    yield "Outputs are written below `.holdfast/`, into the folder that `to:` names in `pipeline.yml`."
    yield "With `destination:` they go to a place of `destinations.yml`; see [Deliver to a portal or to S3](../how-to/deliver-to-a-portal-or-s3.md)."
    yield "Each is delivered once per release, read back, and its receipt is kept in the ledger."
    yield "`PIPELINE-OUTPUT.delivered.json` beside them lists every file with its SHA-256, the release it shows, and whether it is stale."
    yield ""
    yield "## CSV"
    yield ""
    yield "One file per period, `PIPELINE-PERIOD.csv`: RFC 4180, UTF-8, CRLF, exact decimals."
    yield "A text cell that a spreadsheet would run as a formula gets one apostrophe in front."
    yield ""
    yield "| column | is |"
    yield "|---|---|"
    yield from (f"| `{name}` | {CSV_COLUMNS[name]} |" for name in monthly_csv.COLUMNS)
    yield ""
    yield "## JSON feed"
    yield ""
    yield "One document per month of days, and one per year of longer periods, with `schema.json` beside."
    yield "Values are strings, because a JSON number passes through binary floating point in most readers."
    yield ""
    yield "```json"
    yield json.dumps(json.loads(feed.schema()), indent=1)
    yield "```"
    yield ""
    yield "## Reports"
    yield ""
    yield "`holdfast report --format csv`, `parquet` and `json` have these columns; see [Write a report](../how-to/write-a-report.md)."
    yield ""
    yield "| column | is |"
    yield "|---|---|"
    yield from (f"| `{name}` | {REPORT_COLUMNS[name]} |" for name, _ in report_rows.COLUMNS)
    yield ""
    yield "The JSON keeps to this schema."
    yield ""
    yield "```json"
    yield json.dumps(json.loads(report_files.schema()), indent=1)
    yield "```"
    yield ""
    yield "## Lake"
    yield ""
    yield "For experiments only: a table of the pipeline as Parquet, one file per day with rows, `TABLE-YYYY-MM-DD.parquet`."
    yield "Files of days older than `keep` are deleted by the next run; `kept_days` in the index says how long that is."
    yield ""
    yield "## holdfast figures --json"
    yield ""
    yield "A list with one object per figure."
    yield ""
    yield "| key | is |"
    yield "|---|---|"
    yield from (f"| `{name}` | {JSON_KEYS[name]} |" for name in _figure_keys())


def experiments() -> Iterator[str]:
    """Columns of the statistics, and the keys of `experiment --json`."""
    from holdfast.experiments.published import TABLE
    from holdfast.experiments.statistics import COLUMNS

    yield "See [Read an experiment](../how-to/read-an-experiment.md) and [what each number means](../explanation/honest-read-outs.md)."
    yield ""
    yield f"## The table {TABLE}"
    yield ""
    yield "One row per day, experiment, variant and segment; `--stats FILE` reads the same columns from Parquet or CSV."
    yield "Only `ended_on` may be empty. Further columns are ignored."
    yield ""
    yield "| column | type | is |"
    yield "|---|---|---|"
    yield from (f"| `{name}` | {kind} | {STATISTICS_COLUMNS[name]} |" for name, kind in COLUMNS)
    yield ""
    yield "## holdfast experiment NAME --json"
    yield ""
    yield "One object; without NAME a list with one per experiment."
    yield "Every statistic has six significant digits."
    yield ""
    read = _read_out()
    [comparison] = read["comparisons"]
    for title, keys, sentences in (
        ("", read, READOUT_KEYS),
        ("Of each comparison", comparison, COMPARISON_KEYS),
        ("Of each lift", comparison["cuped"], LIFT_KEYS),
    ):
        if title:
            yield f"### {title}"
            yield ""
        yield "| key | is |"
        yield "|---|---|"
        yield from (f"| `{name}` | {sentences[name]} |" for name in keys)
        yield ""


def _read_out() -> dict[str, Any]:
    import numpy as np

    from holdfast.experiments.readout import read_out
    from holdfast.readouts.document import document
    from holdfast.testing.experiment_rows import drawn, rows

    return document(read_out(list(rows(drawn(np.random.default_rng(1), 1000, 4), "e"))), [])


def _figure_keys() -> list[str]:
    from holdfast.calendars import Calendar
    from holdfast.releases import reading
    from holdfast.releases.release import Figure, FigureState

    figure = Figure(
        "p", "day", "2026-09-17", "m", "", Decimal(1), "GBP", FigureState.PRELIMINARY, 1,
        date(2026, 9, 17), datetime(2026, 9, 18, 3, tzinfo=UTC), 1,
    )  # fmt: skip
    return list(reading.objects([figure], Calendar())[0])


def _verbs(parser: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, verb in action.choices.items():
                if verb.get_default("call"):
                    yield f"{before}{name}", verb
                yield from _verbs(verb, f"{before}{name} ")


def _actions(parser: argparse.ArgumentParser) -> Iterator[str]:
    told = [each for each in parser._actions if not isinstance(each, argparse._SubParsersAction | argparse._HelpAction)]
    told = [each for each in told if each.dest != "directory" or each.default is not argparse.SUPPRESS]
    if not told:
        return
    yield "| argument | needed | what |"
    yield "|---|---|---|"
    for each in told:
        metavar = each.metavar if isinstance(each.metavar, tuple) else (each.metavar or each.dest.upper(),)
        value = "" if each.nargs == 0 else " " + " ".join(str(part) for part in metavar)
        name = ", ".join(f"{option}{value}" for option in each.option_strings) or value.strip()
        needed = each.required and each.nargs != "?"
        yield f"| `{name}` | {'yes' if needed else 'no'} | {each.help or ''} |"
    yield ""


def _page(title: str, lines: Iterator[str]) -> str:
    return "\n".join([f"# {title}", "", NOTE, "", *lines]).rstrip() + "\n"


def main() -> int:
    """0, or with `--check` 1 when a page is stale."""
    stale = []
    for name, text in pages().items():
        path = REFERENCE / name
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"docs/reference/{name} is not what the code says; run `make docs`.", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
