"""What was attempted, how it ended, and which days of each model are built."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, field_names
from holdfast.errors import Bug
from holdfast.runs.ports import RunRecord
from holdfast.runs.run import ModelDay, Run, RunState


class RunRecords:
    """Implements `runs.ports.RunLog`."""

    _database: Database

    def next_run_number(self) -> int:
        """A number larger than any run's so far, those that released nothing or were cut off included."""
        with self._database.reading() as connection:
            return (connection.scalar(sa.select(sa.func.max(schema.runs.c.number))) or 0) + 1

    def start_run(self, run_id: str, run: Run, at: datetime) -> None:
        """Records the run as started. Raises Bug when the id was used before."""
        row = {
            "id": run_id,
            "pipeline": run.pipeline,
            "days": str(run.days),
            "newest": run.newest,
            "reasons": [reason.text or reason.kind for reason in run.reasons],
            "state": RunState.STARTED.value,
            "backfilled": run.backfilled,
            "started_at": at,
            "message": "",
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(schema.runs), row)

    def end_run(self, run_id: str, state: RunState, at: datetime, message: str = "") -> None:
        """Records how it ended. Raises Bug when no such run was started."""
        ended = {"state": state.value, "ended_at": at, "message": message}
        with self._database.writing() as connection:
            found = connection.execute(sa.update(schema.runs).where(schema.runs.c.id == run_id).values(ended))
            if not found.rowcount:
                raise Bug(f"run {run_id} ends as {state}, but was never started")

    def runs(self, pipeline: str, limit: int = 50) -> list[RunRecord]:
        """Newest first."""
        table = schema.runs
        query = (
            sa.select(*(table.c[name] for name in field_names(RunRecord)))
            .where(table.c.pipeline == pipeline)
            .order_by(table.c.number.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [_run_record(row) for row in connection.execute(query)]

    def first_tried(self, day: date) -> datetime | None:
        """When a run of any pipeline that was to build the day, or a later one, first began; None before any."""
        query = sa.select(sa.func.min(schema.runs.c.started_at)).where(schema.runs.c.newest >= day)
        with self._database.reading() as connection:
            found: datetime | None = connection.scalar(query)
            return found

    def built_up_to(
        self, audience: str, models: Collection[str], days: Collection[date]
    ) -> dict[tuple[str, date], int]:
        """(pipeline, day) -> the newest landing with which a run of that pipeline last built any of these models."""
        table, runs = schema.model_days, schema.runs
        query = (
            sa.select(runs.c.pipeline, table.c.day, sa.func.max(table.c.seq))
            .join(runs, runs.c.id == table.c.run_id)
            .where(table.c.audience == audience, table.c.model.in_(sorted(models)), table.c.day.in_(sorted(days)))
            .group_by(runs.c.pipeline, table.c.day)
        )
        with self._database.reading() as connection:
            return {(pipeline, day): seq for pipeline, day, seq in connection.execute(query)}

    def abandon_started_runs(self, at: datetime, pipelines: Sequence[str]) -> int:
        """Marks every run of these pipelines that is still `started` as abandoned; how many there were."""
        table = schema.runs
        abandoned = {"state": RunState.ABANDONED.value, "ended_at": at}
        with self._database.writing() as connection:
            started = (table.c.state == RunState.STARTED.value) & table.c.pipeline.in_(pipelines)
            return connection.execute(sa.update(table).where(started).values(abandoned)).rowcount

    def model_days(self, audience: str, models: Sequence[str]) -> dict[str, dict[date, ModelDay]]:
        """The newest built and recorded state of each model's days, published or held; days oldest first."""
        table = schema.model_days
        query = (
            sa.select(*(table.c[name] for name in field_names(ModelDay)))
            .where(table.c.audience == audience, table.c.model == sa.bindparam("of_model"))
            .order_by(table.c.day)
        )
        with self._database.reading() as connection:
            return {
                model: {row.day: ModelDay(*row) for row in connection.execute(query, {"of_model": model})}
                for model in models
            }


def _run_record(row: sa.Row[Any]) -> RunRecord:
    values = row._asdict()
    values["reasons"] = tuple(values["reasons"])
    values["state"] = RunState(values["state"])
    return RunRecord(**values)
