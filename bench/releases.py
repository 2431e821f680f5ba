"""One writer releasing day after day: `python releases.py PROJECT FIRST_DAY TIMES` runs the product's own loop."""

import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from holdfast.app import App
from holdfast.clock import FixedClock
from holdfast.day import run_day


def main() -> None:
    """Runs one day after the other; prints how many releases there were."""
    project, first, times = Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), int(sys.argv[3])
    app = App(project, say=lambda _: None)
    released = 0
    for nth in range(times):
        before = app.stores["investors"].current_id()
        clock = FixedClock(datetime.combine(first + timedelta(days=nth), time(3), UTC))
        run_day(app.world(clock), ["aggregate_profit"])
        released += app.stores["investors"].current_id() != before
    print(json.dumps({"releases": released}))


if __name__ == "__main__":
    main()
