"""The verb that tells how late rows really come."""

import json
from argparse import Namespace
from collections.abc import Sequence

from holdfast.cli.opening import app_of
from holdfast.cli.telling import width
from holdfast.errors import DefinitionError
from holdfast.loading.problems import suggestion
from holdfast.partitions import ONE_DAY
from holdfast.releases.text_table import aligned
from holdfast.runs.lateness import STEPS, Lateness
from holdfast.runs.lateness import lateness as learn

HEAD = ("source", "rows", *(f"{days} d" for days in STEPS), "latest", "lateRowsWithin", "came later")


def lateness(arguments: Namespace) -> int:
    """How late the rows of each source came, learned from what was landed."""
    app = app_of(arguments)
    known = app.project.sources
    unknown = [name for name in arguments.sources if name not in known]
    if unknown:
        raise DefinitionError(f"no source is called '{unknown[0]}'. {suggestion(unknown[0], known)}")
    found = [
        learn(name, known[name].late_rows_within, app.ledger.row_arrivals(name))
        for name in arguments.sources or sorted(known)
    ]
    print(as_json(found) if arguments.json else "\n".join(lines(found)))
    return 0


def lines(found: Sequence[Lateness]) -> list[str]:
    """One row per source, with shares in percent."""
    rows = [
        (
            each.source,
            f"{each.rows:,}",
            *(_percent(each, rows) for _, rows in each.after),
            f"{each.most_days} d",
            f"{each.within // ONE_DAY} d",
            f"{_percent(each, each.beyond)} ({each.beyond:,})",
        )
        for each in found
    ]
    right = frozenset(HEAD) - {"source"}
    legend = "N d: rows that came N days or more after the first ones of their business day."
    return [*aligned(HEAD, rows, right=right, width=width()), legend]


def as_json(found: Sequence[Lateness]) -> str:
    """The same as objects; shares are of 1."""
    return json.dumps(
        [
            {
                "source": each.source,
                "rows": each.rows,
                "after": [
                    {"days": days, "rows": rows, "share": round(each.share(rows), 6)} for days, rows in each.after
                ],
                "most_days": each.most_days,
                "late_rows_within_days": each.within // ONE_DAY,
                "later": {"rows": each.beyond, "share": round(each.share(each.beyond), 6)},
            }
            for each in found
        ],
        indent=2,
    )


def _percent(each: Lateness, rows: int) -> str:
    return f"{100 * each.share(rows):.2f} %" if each.rows else ""
