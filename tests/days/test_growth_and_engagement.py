"""Growth and engagement of a small company: an undisturbed time, and what goes wrong with people and events."""

from datetime import timedelta

import duckdb
import pytest
from audience_company import (
    ENGAGEMENT,
    EVE,
    GROWTH,
    NEWEST,
    Audience,
    arrival,
    copied,
    new_audience,
    seen,
    truth_of,
)

from holdfast.releases.release import FigureState
from holdfast.runs.run import RunState
from holdfast.testing import faults


@pytest.fixture(scope="module")
def arrived(tmp_path_factory):
    """All arrivals but the newest have been run. Not to be changed."""
    folder = tmp_path_factory.mktemp("audience") / "company"
    new_audience(folder)
    story = Audience(folder, folder / "data")
    assert {each.state for each in story.run(EVE)} == {RunState.PUBLISHED}
    return folder


@pytest.fixture
def story(arrived, tmp_path):
    """A copy of it, to change."""
    return copied(arrived, tmp_path / "company", arrived / "data")


def known(figures, truth):
    """The truth's rows for those figures: a member counts from the first day it was seen on."""
    return {key: truth[key] for key in figures}


def test_an_undisturbed_company_s_figures_are_the_truth(story):
    """History in ranges, then a day live: every figure of both pipelines, of every grain, has its true value."""
    story.run(NEWEST)

    figures, truth = story.figures(), truth_of(story.folder)

    assert seen(figures) == known(figures, truth)
    assert len(figures) > 0.95 * len(truth)
    assert {figure.state for figure in figures.values()} == {FigureState.PRELIMINARY}


def test_retention_is_published_once_its_day_is_over(story):
    """Of the 13th, day-7 retention is known after the 20th: published then, counted up to the 20th, and no earlier."""
    before = {key[2] for key in story.figures() if key[3] == "retention_d7"}
    story.run(NEWEST)
    figures = {key[2]: figure for key, figure in story.figures().items() if key[3:] == ("retention_d7", "")}

    cohort = str(NEWEST - timedelta(days=7))
    assert cohort not in before
    assert figures[cohort].as_of == NEWEST
    assert max(figures) == cohort


@pytest.mark.slow
def test_a_device_without_events_holds_both_pipelines_until_they_come(story):
    """iOS sends nothing: engagement's check holds the day, growth with it, and both go out once the events come."""
    faults.drop_share(story.data, "events", arrival(NEWEST), "device = 'ios'")

    produced = {each.pipeline: each.state for each in story.run(NEWEST)}

    assert produced == {ENGAGEMENT: RunState.HELD, GROWTH: RunState.HELD}
    assert ("events_complete", "device=ios") in story.causes(ENGAGEMENT)
    # The neighbour judges, here the hold only spreads; growth's own check misses the sign-ups of the device.
    assert story.causes(GROWTH) == {("registrations_signups", "")}
    after = story.figures()
    for (pipeline, grain, period, metric, segment), figure in after.items():
        if grain == "day" and period == str(NEWEST) and metric in {"dau", "net_growth"} and segment == "":
            assert (figure.state, figure.value) == (FigureState.HELD, None), (pipeline, metric)
    assert story.sql(f"SELECT count(*) FROM fact_events WHERE event_date = DATE '{NEWEST}' AND device = 'ios'") == [(0,)]

    story.repair("events", arrival(NEWEST))
    assert {each.state for each in story.run(NEWEST, hour=6)} == {RunState.PUBLISHED}

    figures = story.figures()
    assert seen(figures) == known(figures, truth_of(story.folder))


def test_a_missing_marketing_page_flags_and_holds_nothing(story):
    """Marketing sends nothing for a day: attribution is doubtful, net growth is published as ever."""
    faults.drop_day(story.data, "marketing", arrival(NEWEST))

    assert {each.state for each in story.run(NEWEST)} == {RunState.PUBLISHED}

    figures = story.figures()
    assert seen(figures) == known(figures, truth_of(story.folder))
    app = story.app()
    try:
        results = app.ledger.results(GROWTH, NEWEST, arrival(NEWEST))
    finally:
        app.close()
    assert {"marketing_complete"} <= {each.check for each in results if each.outcome.value == "fail"}


def test_events_that_come_late_revise_what_they_moved_and_say_so(story):
    """A third of a device's events of the day come a day later: figures of that day, week and month get a new version."""
    faults.delay_rows(
        story.data, "events", arrival(EVE - timedelta(days=1)), arrival(NEWEST), "device = 'web' AND event_id % 40 = 0"
    )
    # the arrival was landed whole before: the rewritten file takes rows away, the newest brings them back
    produced = {each.pipeline: each.state for each in story.run(NEWEST)}

    assert set(produced) == {ENGAGEMENT, GROWTH}
    figures = story.figures()
    assert seen(figures) == known(figures, truth_of(story.folder))


@pytest.mark.slow
def test_accounts_that_register_twice_are_one_user(story):
    """The users table has one row per person, and as many as there are identities."""
    story.run(NEWEST)

    assert story.sql("SELECT user_id, COUNT(*) FROM users GROUP BY user_id HAVING COUNT(*) > 1") == []
    people, accounts, identities = story.sql(
        "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM accounts), (SELECT count(DISTINCT identity) FROM accounts)"
    )[0]
    assert people == identities < accounts


@pytest.mark.slow
def test_filtered_events_are_kept_and_counted(story):
    """Every event that arrived is either counted or kept aside with the reason; none is lost."""
    story.run(NEWEST)

    kept, aside = story.sql("SELECT (SELECT count(*) FROM fact_events), (SELECT count(*) FROM filtered_events)")[0]
    arrived = duckdb.sql(
        f"SELECT count(DISTINCT event_id) FROM read_parquet('{story.data}/events/*/*.parquet')"
    ).fetchall()
    assert [(kept + aside,)] == arrived
    assert dict(story.sql("SELECT reason, count(*) FROM filtered_events GROUP BY 1"))["unregistered"] > 0
