"""The verb that shows the running day to experimenters."""

import json
from argparse import Namespace

from holdfast.cli.opening import app_of
from holdfast.cli.telling import width
from holdfast.definitions.pipeline import LAKE, Pipeline
from holdfast.errors import DefinitionError
from holdfast.releases.spelling import instant
from holdfast.releases.text_table import aligned
from holdfast.so_far import SoFar, so_far


def today(arguments: Namespace) -> int:
    """The day so far, marked as unchecked."""
    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    table = arguments.table or _in_the_lake(pipeline)
    # Kept from the sweep while it is read: a run may publish meanwhile.
    with app.stores[pipeline.audience].reading():
        found = so_far(app.world(), pipeline, table)
    print(as_json(found) if arguments.json else "\n".join(lines(found)))
    return 0


def _in_the_lake(pipeline: Pipeline) -> str:
    tables = [output.table for output in pipeline.outputs if output.kind == LAKE]
    if len(tables) != 1:
        raise DefinitionError(f"{pipeline.name} has {len(tables) or 'no'} tables in a lake; name the table to show.")
    return tables[0]


def lines(found: SoFar) -> list[str]:
    """First that it is unchecked, then the rows."""
    said = f"{found.table} of {found.day} so far, at {found.at:%H:%M} UTC: UNCHECKED, NOT PUBLISHED, only what has landed."
    rows = [tuple("" if value is None else str(value) for value in row) for row in found.rows]
    return [said, *(aligned(found.columns, rows, width=width()) if rows else ["No rows."])]


def as_json(found: SoFar) -> str:
    """The same as one object."""
    rows = [dict(zip(found.columns, map(_plain, row), strict=True)) for row in found.rows]
    return json.dumps(
        {
            "pipeline": found.pipeline,
            "table": found.table,
            "day": found.day.isoformat(),
            "at": instant(found.at),
            "checked": False,
            "published": False,
            "rows": rows,
        },
        indent=2,
    )


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int | str) else str(value)
