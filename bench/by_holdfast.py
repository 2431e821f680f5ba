"""One run of Holdfast over whatever has arrived: `python by_holdfast.py PROJECT [--phases FILE] [--statements FILE]`.

Without --phases it is nothing but the run, as `holdfast run` does it.
"""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phases import Phases


def main() -> None:
    """Runs, and says how each run ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("--phases", type=Path)
    parser.add_argument("--statements", type=Path)
    arguments = parser.parse_args()

    from holdfast import day
    from holdfast.app import App

    phases = _phases() if arguments.phases else None
    spent: dict[str, list[float]] = {}
    if arguments.statements:
        _watch_statements(spent)
    said: list[str] = []
    app = App(arguments.project, say=said.append)
    done = day.run_day(app.world())
    ends = [{"days": each.days, "state": str(each.state.value), "message": each.message} for each in done]
    print(json.dumps(ends))
    if phases:
        arguments.phases.write_text(json.dumps(phases.document()))
    if arguments.statements:
        arguments.statements.write_text(json.dumps(spent))


def _phases() -> "Phases":
    """Phases laid over the run's own steps."""
    from phases import Phases

    from holdfast import day
    from holdfast.adapters.warehouses.landing import DuckLander
    from holdfast.adapters.warehouses.workbench import DuckWorkbench
    from holdfast.releases import produce
    from holdfast.releases.draft import Draft

    phases = Phases()
    phases.over(day, "land", "land")
    phases.over(DuckLander, "_scan", "fingerprint")
    phases.over(DuckLander, "_supersede", "corrections")
    phases.over(day, "runs_due", "plan")
    phases.over(DuckWorkbench, "build", "compute")
    phases.over(DuckWorkbench, "unchanged", "compute")
    phases.over(produce, "_results", "check")
    for step in ("open", "judge", "settle"):
        phases.over(Draft, step, "figures")
    for step in ("write_tables", "with_figures"):
        phases.over(produce, step, "parts")
    phases.over(produce, "swap", "swap")
    phases.over(produce, "_receipt", "receipts")
    phases.over(produce, "_prepared", "receipts")
    phases.over(day, "deliver", "deliver")
    return phases


def _watch_statements(spent: dict[str, list[float]]) -> None:
    """Adds up CPU seconds and calls per beginning of a statement."""
    import re

    from holdfast.adapters.warehouses.session import Session

    for name in ("run", "rows"):
        inner = getattr(Session, name)

        def timed(self, sql, parameters=None, inner=inner):  # type: ignore[no-untyped-def]
            start = time.process_time()
            try:
                return inner(self, sql, parameters)
            finally:
                head = re.sub(r"\s+", " ", re.sub(r"'[^']*'|\d+", "?", sql[:20000]))[:150]
                total = spent.setdefault(head, [0.0, 0])
                total[0] += time.process_time() - start
                total[1] += 1

        setattr(Session, name, timed)


if __name__ == "__main__":
    main()
