"""A demo that the pages can be run against: its last weeks are those of the real one, its company is small."""

from datetime import date
from pathlib import Path

FIRST_ON, LAST_ON = date(2026, 8, 31), date(2026, 9, 30)


def write_small_demo(folder: Path) -> None:
    """Write and run `folder`; `holdfast demo` finds it finished, `--add-days 1` brings 2026-10-02."""
    from holdfast.app import App
    from holdfast.books import close_books
    from holdfast.clock import data_clock
    from holdfast.day import run_day
    from holdfast.handing_over import deliver
    from holdfast.loading.init import write_reference
    from holdfast.partitions import ONE_DAY
    from holdfast.releases.closing import closable_periods
    from holdfast.signing import close_and_sign
    from holdfast.testing.company import Company, write_company, write_truth

    write_reference(folder, name=folder.name, demo=True)
    for settings in folder.glob("pipelines/*/pipeline.yml"):
        settings.write_text(settings.read_text().replace("starts_on: 2025-10-01", f"starts_on: {FIRST_ON}"))
    # Seed 3: with the default one a late cancellation moves a week's quick ratio, and a person is asked.
    company = Company(first_on=FIRST_ON, last_on=LAST_ON, orders_per_day=120, events_per_day=900, seed=3)
    write_company(company, folder)
    write_truth(company, folder)
    app = App(folder, environ={}, say=lambda _: None)
    for morning in (LAST_ON, LAST_ON + ONE_DAY):
        run_day(app.world(data_clock(morning)))
    world = app.world(data_clock(LAST_ON + ONE_DAY))
    for pipeline in app.project.pipelines.values():
        due = closable_periods(pipeline, app.project.calendar, LAST_ON + ONE_DAY)
        close_and_sign(world, pipeline, due, "{} (demo)")
    close_books(world, list(app.project.pipelines.values()))
    deliver(world, list(app.project.pipelines.values()))
    app.session.close()
    app.ledger.close()
