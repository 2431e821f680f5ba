"""What every ledger promises: one suite over every implementation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from ledger_values import (
    AT,
    BIG,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    a_close_event,
    a_delivery,
    a_file,
    a_hold,
    a_landing,
    a_release,
    a_result,
    a_run,
    an_adjustment,
    prepared_for,
)
from ledgers_under_test import OpenLedger

from holdfast.adapters.ledgers.sqlite import Ledger
from holdfast.checks.results import Outcome
from holdfast.definitions.check import Severity
from holdfast.errors import Bug, WorldError
from holdfast.partitions import Days, Interval
from holdfast.releases.closing import CloseKind, Erratum
from holdfast.releases.ports import ReleaseLog
from holdfast.releases.prepared import Prepared
from holdfast.releases.release import Approval, FailedAttempt, HoldKind, HoldState
from holdfast.runs.ports import LandingLog, RequestLog, RunLog
from holdfast.runs.run import FileDay, ModelDay, RowArrival, RunState, SourceDay, Superseded


def test_a_ledger_is_all_four_logs(ledger: Ledger) -> None:
    """One ledger implements every port that needs records; mypy reads these lines."""
    landings: LandingLog = ledger
    runs: RunLog = ledger
    requests: RequestLog = ledger
    releases: ReleaseLog = ledger

    assert landings is runs is requests is releases


class TestLandings:
    def test_when_the_first_row_of_a_day_landed(self, ledger: Ledger) -> None:
        """The oldest landing whose file still counts and has rows of the day; a replaced file does not."""
        days = (SourceDay("orders", MONDAY, 1, 7, BIG), SourceDay("orders", TUESDAY, 1, 0, 0))
        first = (FileDay(1, MONDAY, 7, BIG), FileDay(1, TUESDAY, 0, 0))
        ledger.record_landing(a_landing(1, (a_file(1),), file_days=first, source_days=days))
        ledger.record_landing(
            a_landing(2, (a_file(2, "b.parquet", seq=2),), file_days=(FileDay(2, MONDAY, 1, BIG), FileDay(2, TUESDAY, 4, BIG)))
        )

        assert ledger.first_landed({"orders": [MONDAY, TUESDAY]}) == {("orders", MONDAY): 1, ("orders", TUESDAY): 2}
        assert ledger.first_landed({}) == {}
        ledger.record_landing(a_landing(3, (a_file(3, seq=3),), file_days=(FileDay(3, MONDAY, 7, BIG),)))
        assert ledger.first_landed({"orders": [MONDAY]}) == {("orders", MONDAY): 2}

    def test_days_of_every_source_from_a_day_on(self, ledger: Ledger) -> None:
        """What counts, and which landing last changed it, without the fingerprints."""
        days = (SourceDay("orders", MONDAY, 1, 7, BIG), SourceDay("orders", TUESDAY, 1, 9, BIG))
        ledger.record_landing(a_landing(1, (a_file(1),), source_days=days))

        assert ledger.days_since(TUESDAY) == [SourceDay("orders", TUESDAY, 1, 9, 0)]

    def test_a_landing_is_read_back_as_it_was_given(self, ledger: Ledger, open_again: OpenLedger) -> None:
        """Another process reads every value of a landing unchanged, 128-bit fingerprints and nanoseconds too."""
        file = a_file(1)
        shares = (FileDay(1, MONDAY, 7, BIG), FileDay(1, TUESDAY, 0, 0))
        gone = (Superseded(1, 3, MONDAY, BIG - 1, 1, TUESDAY, True),)
        days = (SourceDay("orders", MONDAY, 1, 7, BIG),)

        ledger.record_landing(a_landing(1, (file,), file_days=shares, superseded=gone, source_days=days))

        with open_again() as other:
            assert other.landed_files("orders") == [file]
            assert other.file_days("orders") == list(shares)
            assert other.superseded("orders") == list(gone)
            assert other.source_days("orders") == list(days)
            assert other.landed_files("refunds") == []

    def test_numbers_start_at_one_and_grow(self, ledger: Ledger) -> None:
        """Landing numbers and file ids start at 1 and are always larger than any recorded, of any source."""
        assert (ledger.next_seq(), ledger.next_file_id()) == (1, 1)

        ledger.record_landing(a_landing(4, (a_file(17, seq=4),)))
        ledger.record_landing(a_landing(5, (), source="refunds"))

        assert (ledger.next_seq(), ledger.next_file_id()) == (6, 18)

    def test_files_come_oldest_arrival_first_then_by_path(self, ledger: Ledger) -> None:
        """Files are listed by arrival day, then path, whatever the order of their ids."""
        late = replace(a_file(1, "b"), arrived_on=WEDNESDAY)
        first, second = a_file(3, "a"), a_file(2, "z")

        ledger.record_landing(a_landing(1, (late, first, second)))

        assert ledger.landed_files("orders") == [first, second, late]

    def test_a_file_at_the_same_path_takes_the_earlier_ones_place(self, ledger: Ledger) -> None:
        """When a path arrives with other content, only the new file and its shares count."""
        ledger.record_landing(a_landing(1, (a_file(1),), file_days=(FileDay(1, MONDAY, 7, BIG),)))
        ledger.record_landing(a_landing(1, (a_file(2, source="refunds"),), source="refunds"))

        ledger.record_landing(a_landing(2, (a_file(3, seq=2),), file_days=(FileDay(3, MONDAY, 8, 1),)))

        assert [file.id for file in ledger.landed_files("orders")] == [3]
        assert ledger.file_days("orders") == [FileDay(3, MONDAY, 8, 1)]
        assert [file.id for file in ledger.landed_files("refunds")] == [2]

    def test_a_file_may_be_named_as_replaced(self, ledger: Ledger) -> None:
        """A landing may give the old file again with the id of the new one."""
        ledger.record_landing(a_landing(1, (a_file(1),)))

        ledger.record_landing(a_landing(2, (replace(a_file(1), replaced_by=2), a_file(2, "moved", seq=2))))

        assert [file.id for file in ledger.landed_files("orders")] == [2]

    def test_file_days_within_an_interval(self, ledger: Ledger) -> None:
        """The interval is half-open: its end is not in it."""
        shares = tuple(FileDay(1, day, 1, 1) for day in (MONDAY, TUESDAY, WEDNESDAY))
        ledger.record_landing(a_landing(1, (a_file(1),), file_days=shares))

        assert ledger.file_days("orders", Interval(MONDAY, WEDNESDAY)) == list(shares[:2])

    def test_rows_arrived_with_their_file_or_as_they_say(self, ledger: Ledger) -> None:
        """A file whose rows tell is asked; of any other file all rows arrived on its day."""
        shares = (FileDay(1, MONDAY, 7, 1), FileDay(2, MONDAY, 3, 1), FileDay(2, TUESDAY, 1, 1))
        told = (RowArrival(2, MONDAY, TUESDAY, 1), RowArrival(2, MONDAY, WEDNESDAY, 2), RowArrival(2, TUESDAY, WEDNESDAY, 1))
        landing = a_landing(1, (a_file(1, "a"), a_file(2, "b")), file_days=shares)
        ledger.record_landing(replace(landing, row_arrivals=told))

        assert ledger.row_arrivals("orders") == [RowArrival(1, MONDAY, TUESDAY, 7), *told]
        assert ledger.row_arrivals("orders", Interval(TUESDAY, WEDNESDAY)) == [told[2]]
        assert ledger.row_arrivals("refunds") == []

    def test_a_file_that_was_touched_keeps_its_rows(self, ledger: Ledger) -> None:
        """Its size and time are noted anew; everything else is as it was."""
        ledger.record_landing(a_landing(1, (a_file(1, "a"), a_file(2, "b"))))

        ledger.retime([(2, 99, 77)])

        assert ledger.landed_files("orders") == [a_file(1, "a"), replace(a_file(2, "b"), size=99, modified_ns=77)]

    def test_superseded_rows_of_some_files(self, ledger: Ledger) -> None:
        """Superseded rows can be asked for by file; of no files there are none."""
        rows = tuple(Superseded(id_, 0, MONDAY, 1, 2, TUESDAY, False) for id_ in (1, 2))
        ledger.record_landing(a_landing(1, (a_file(1, "a"), a_file(2, "b")), superseded=rows))

        assert ledger.superseded("orders", [2]) == [rows[1]]
        assert ledger.superseded("orders", []) == []
        assert ledger.superseded("orders", list(range(2, 3000))) == [rows[1]]

    def test_revived_files_lose_their_superseded_rows_first(self, ledger: Ledger) -> None:
        """Rows of a revived file count again, unless the same landing says once more that they do not."""
        old = tuple(Superseded(1, row, MONDAY, 1, 2, TUESDAY, False) for row in (0, 1))
        ledger.record_landing(a_landing(1, (a_file(1, "a"), a_file(2, "b")), superseded=old))
        again = Superseded(1, 1, MONDAY, 1, 3, WEDNESDAY, False)

        ledger.record_landing(
            a_landing(2, (a_file(3, "b", seq=2),), superseded=(again,), revived_keys_of=(1,))
        )

        assert ledger.superseded("orders") == [again]

    def test_a_changed_day_takes_the_old_ones_place(self, ledger: Ledger) -> None:
        """A source day is replaced by its newest landing, and the other days stay."""
        days = tuple(SourceDay("orders", day, 1, 5, BIG) for day in (TUESDAY, MONDAY))
        ledger.record_landing(a_landing(1, (), source_days=days))
        changed = SourceDay("orders", TUESDAY, 2, 6, BIG + 1)

        ledger.record_landing(a_landing(2, (), source_days=(changed,)))

        assert ledger.source_days("orders") == [days[1], changed]

    def test_a_landing_that_cannot_be_recorded_leaves_nothing(self, ledger: Ledger) -> None:
        """A share of an unknown file is our own mistake, and no part of its landing is kept."""
        with pytest.raises(Bug):
            ledger.record_landing(a_landing(1, (a_file(1),), file_days=(FileDay(99, MONDAY, 1, 1),)))

        assert ledger.landed_files("orders") == []
        assert ledger.next_seq() == 1

    def test_a_landing_number_is_used_once_per_source(self, ledger: Ledger) -> None:
        """Recording the same landing twice is our own mistake; the same number in two sources is not."""
        ledger.record_landing(a_landing(1, ()))
        ledger.record_landing(a_landing(1, (), source="refunds"))

        with pytest.raises(Bug):
            ledger.record_landing(a_landing(1, ()))


class TestRuns:
    def test_a_run_is_listed_with_how_it_ended(self, ledger: Ledger) -> None:
        """A record carries days, reasons as text, state and message; an open run has no end."""
        ledger.start_run("run-1", a_run(), AT)
        ledger.start_run("run-2", a_run(), AT)
        ledger.end_run("run-1", RunState.HELD, AT + timedelta(seconds=5), "1 day held")

        newest, oldest = ledger.runs("aggregate_profit")

        assert (newest.id, newest.state, newest.ended_at) == ("run-2", RunState.STARTED, None)
        assert (oldest.state, oldest.ended_at, oldest.message) == (
            RunState.HELD,
            AT + timedelta(seconds=5),
            "1 day held",
        )
        assert oldest.days == "2026-09-28..2026-09-29"
        assert oldest.newest == TUESDAY
        assert oldest.reasons == ("2026-09-28..2026-09-29 are new", "refunds +2")
        assert oldest.started_at == AT

    def test_runs_of_one_pipeline_newest_first_within_the_limit(self, ledger: Ledger) -> None:
        """Runs that started at one instant are still listed newest first."""
        for number in range(4):
            ledger.start_run(f"run-{number}", a_run(), AT)
        ledger.start_run("other", a_run("other"), AT)

        assert [run.id for run in ledger.runs("aggregate_profit", limit=3)] == ["run-3", "run-2", "run-1"]

    def test_runs_left_started_are_abandoned(self, ledger: Ledger) -> None:
        """Only runs still `started` are abandoned, once."""
        ledger.start_run("run-1", a_run(), AT)
        ledger.end_run("run-1", RunState.PUBLISHED, AT)
        ledger.start_run("run-2", a_run(), AT)

        assert ledger.abandon_started_runs(AT, ["aggregate_profit"]) == 1
        assert ledger.abandon_started_runs(AT, ["aggregate_profit"]) == 0
        assert [run.state for run in ledger.runs("aggregate_profit")] == [
            RunState.ABANDONED,
            RunState.PUBLISHED,
        ]

    def test_a_run_that_never_started_cannot_end(self, ledger: Ledger) -> None:
        """Ending an unknown run, or starting one twice, is our own mistake."""
        with pytest.raises(Bug):
            ledger.end_run("run-1", RunState.PUBLISHED, AT)
        ledger.start_run("run-1", a_run(), AT)
        with pytest.raises(Bug):
            ledger.start_run("run-1", a_run(), AT)

    def test_instants_come_back_in_utc(self, ledger: Ledger) -> None:
        """An instant given in another zone is the same instant, told in UTC."""
        in_london = datetime(2026, 10, 1, 4, 0, tzinfo=timezone(timedelta(hours=1)))

        ledger.start_run("run-1", a_run(), in_london)

        started_at = ledger.runs("aggregate_profit")[0].started_at
        assert started_at == datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
        assert started_at.tzinfo is UTC


class TestRequests:
    def test_requests_are_taken_oldest_first_and_once(self, ledger: Ledger, open_again: OpenLedger) -> None:
        """Each request is handed out once, whoever asks, and is `started` from then on."""
        first = ledger.ask(
            "annotate", {"pipeline": "aggregate_profit", "reason": "strike – Köln"}, "james", AT
        )
        second = ledger.ask("approve", {}, "davis", AT)

        taken = ledger.next_request()
        with open_again() as other:
            assert taken is not None
            assert taken.id == first
            assert taken.arguments == {"pipeline": "aggregate_profit", "reason": "strike – Köln"}
            assert (taken.verb, taken.actor, taken.asked_at) == ("annotate", "james", AT)
            assert other.request(first).state == "started"
            assert other.request(second).state == "asked"
            after = other.next_request()
            assert after is not None
            assert after.id == second
            assert other.next_request() is None

    def test_an_answer_is_there_for_who_waits(self, ledger: Ledger, open_again: OpenLedger) -> None:
        """The asker reads state and answer."""
        asked = ledger.ask("run", {}, "james", AT)
        ledger.next_request()

        with open_again() as builder:
            builder.answer(asked, "done", "published 2026-09-30")

        assert (ledger.request(asked).state, ledger.request(asked).answer) == ("done", "published 2026-09-30")

    def test_an_unknown_request_or_state_is_our_own_mistake(self, ledger: Ledger) -> None:
        """Only done and failed end a request, and only one that exists."""
        asked = ledger.ask("run", {}, "james", AT)

        with pytest.raises(Bug):
            ledger.answer(asked, "finished", "")
        with pytest.raises(Bug):
            ledger.answer(99, "done", "")
        with pytest.raises(Bug):
            ledger.request(99)

    def test_requests_of_a_dead_builder_are_answered(self, ledger: Ledger) -> None:
        """What a builder took and never answered fails, and what nobody took stays asked."""
        taken, waiting = ledger.ask("run", {}, "james", AT), ledger.ask("run", {}, "jill", AT)
        ledger.next_request()

        assert ledger.fail_started_requests("the builder ended before it answered; ask again") == 1
        assert ledger.request(taken).state == "failed"
        assert ledger.request(waiting).state == "asked"


def _published(ledger: Ledger, prepared: Prepared) -> None:
    ledger.prepare(prepared)
    ledger.publish(prepared.manifest)


def _everything(manifest: str) -> Prepared:
    return prepared_for(
        manifest,
        releases=(a_release(1, manifest), a_release(2, manifest, as_of=TUESDAY)),
        model_days=(ModelDay("fact_costs", MONDAY, 1, "hash", "run-1"),),
        results=(a_result(outcome=Outcome.FAIL, segment="region=EU"), a_result(holds=None, day=TUESDAY)),
        holds=(a_hold(),),
        evaluated=Days.of([Interval(MONDAY, WEDNESDAY)]),
    )


def _visible(ledger: Ledger) -> tuple[int, int, int, int]:
    """How many releases, results, holds and model days a reader sees."""
    return (
        len(ledger.releases("aggregate_profit")),
        len(ledger.results("aggregate_profit")),
        len(ledger.open_holds("aggregate_profit")),
        len(ledger.model_days("investors", ["fact_costs"])["fact_costs"]),
    )


class TestPublication:
    def test_nothing_prepared_is_seen(self, ledger: Ledger) -> None:
        """Prepared records are invisible to every read but the list of prepared manifests."""
        ledger.prepare(_everything("m1"))

        assert _visible(ledger) == (0, 0, 0, 0)
        assert ledger.release(1) is None
        assert ledger.prepared_manifests() == ["m1"]

    def test_publishing_makes_all_of_it_count(self, ledger: Ledger, open_again: OpenLedger) -> None:
        """After publication another process reads every record as it was prepared."""
        prepared = _everything("m1")
        _published(ledger, prepared)

        with open_again() as other:
            assert other.releases("aggregate_profit") == list(reversed(prepared.releases))
            assert other.release(2) == prepared.releases[1]
            assert other.results("aggregate_profit") == list(prepared.results)
            assert other.open_holds("aggregate_profit") == [replace(prepared.holds[0], id=1)]
            assert other.model_days("investors", ["fact_costs", "unbuilt"]) == {
                "fact_costs": {MONDAY: prepared.model_days[0]},
                "unbuilt": {},
            }
            assert other.prepared_manifests() == []

    def test_publishing_again_is_harmless(self, ledger: Ledger) -> None:
        """Repeating a publication changes nothing, also after later ones."""
        _published(ledger, _everything("m1"))
        later = ModelDay("fact_costs", MONDAY, 9, "hash-2", "run-2")
        _published(ledger, prepared_for("m2", model_days=(later,)))

        ledger.publish("m1")

        assert _visible(ledger) == (2, 2, 1, 1)
        assert ledger.model_days("investors", ["fact_costs"])["fact_costs"][MONDAY] == later

    def test_a_manifest_nobody_prepared_is_refused(self, ledger: Ledger) -> None:
        """A manifest the ledger never heard of says that store and ledger do not belong together."""
        with pytest.raises(WorldError, match="nothing prepared for manifest m7"):
            ledger.publish("m7")

    def test_a_published_manifest_cannot_be_prepared_again(self, ledger: Ledger) -> None:
        """Manifest names are used once."""
        _published(ledger, _everything("m1"))

        with pytest.raises(Bug):
            ledger.prepare(_everything("m1"))

    def test_preparing_again_takes_the_first_ones_place(self, ledger: Ledger) -> None:
        """Only what was prepared last is published."""
        ledger.prepare(prepared_for("m1", releases=(a_release(1, "m1"),)))
        _published(ledger, prepared_for("m1", releases=(a_release(2, "m1"),)))

        assert [release.id for release in ledger.releases("aggregate_profit")] == [2]

    def test_dropping_forgets_every_other_manifest(self, ledger: Ledger) -> None:
        """All but the manifest that readers see are dropped; with None all of them."""
        for manifest in ("m1", "m2", "m3"):
            ledger.prepare(_everything(manifest))

        assert ledger.drop_prepared("m2") == 2
        assert ledger.prepared_manifests() == ["m2"]
        assert ledger.drop_prepared(None) == 1
        assert ledger.prepared_manifests() == []

    def test_release_ids_grow_past_prepared_ones(self, ledger: Ledger) -> None:
        """The next id is larger than any published or prepared."""
        assert ledger.next_release_id() == 1
        _published(ledger, prepared_for("m1", releases=(a_release(3, "m1"),)))
        assert ledger.next_release_id() == 4
        ledger.prepare(prepared_for("m2", releases=(a_release(8, "m2"),)))
        assert ledger.next_release_id() == 9

    def test_releases_of_one_pipeline_newest_first_within_the_limit(self, ledger: Ledger) -> None:
        """Other pipelines' releases are not listed, and the limit keeps the newest."""
        own = tuple(a_release(id_, "m1") for id_ in (1, 2, 3))
        _published(ledger, prepared_for("m1", releases=(*own, a_release(4, "m1", pipeline="other"))))

        assert ledger.releases("aggregate_profit", limit=2) == [own[2], own[1]]

    def test_only_releases_that_went_further_are_published_through(self, ledger: Ledger, open_again: OpenLedger) -> None:
        """A day published again does not count, another pipeline's release neither; also what came since it was asked."""
        days = (MONDAY, MONDAY, WEDNESDAY, TUESDAY)
        made = tuple(replace(a_release(n + 1, "m1", as_of=day), published_at=AT + timedelta(hours=n)) for n, day in enumerate(days))
        _published(ledger, prepared_for("m1", releases=(*made[:2], a_release(8, "m1", pipeline="other", as_of=WEDNESDAY))))

        assert ledger.published_through("aggregate_profit") == [(MONDAY, AT)]
        _published(ledger, prepared_for("m2", releases=(replace(made[2], id=9), replace(made[3], id=10))))

        expected = [(MONDAY, AT), (WEDNESDAY, AT + timedelta(hours=2))]
        assert ledger.published_through("aggregate_profit") == expected
        with open_again() as other:
            assert other.published_through("aggregate_profit") == expected
        assert ledger.published_through("nobody") == []

    def test_settled_holds_are_those_of_the_days_and_the_last_of_a_run(self, ledger: Ledger) -> None:
        """Cleared and approved ones; open ones are not settled."""
        first = (a_hold(MONDAY), a_hold(TUESDAY), a_hold(WEDNESDAY, run_id="run-0"))
        _published(ledger, prepared_for("m1", holds=first))
        by_day = {hold.day: hold.id for hold in ledger.open_holds("aggregate_profit")}
        for day in (MONDAY, WEDNESDAY):
            ledger.approve(Approval(by_day[day], "james", "test", "as agreed", AT))

        assert [(h.day, h.state) for h in ledger.settled_holds("aggregate_profit", [MONDAY, TUESDAY])] == [
            (MONDAY, HoldState.APPROVED)
        ]
        assert [h.day for h in ledger.settled_holds("aggregate_profit", [TUESDAY], "run-0")] == [WEDNESDAY]
        assert ledger.settled_holds("aggregate_profit", [], "run-9") == []

    def test_a_release_id_is_used_once(self, ledger: Ledger) -> None:
        """A second release of one id is our own mistake; nothing of its publication is kept."""
        _published(ledger, prepared_for("m1", releases=(a_release(1, "m1"),)))
        ledger.prepare(prepared_for("m2", releases=(a_release(1, "m2"),), results=(a_result(),)))

        with pytest.raises(Bug):
            ledger.publish("m2")

        assert ledger.results("aggregate_profit") == []
        assert ledger.prepared_manifests() == ["m2"]

    def test_what_a_pipeline_built_last_and_with_which_landing(self, ledger: Ledger) -> None:
        """Days by the pipeline whose run built them; the newest of its models counts, and days never built are left out."""
        for run_id, pipeline in (("run-1", "aggregate_profit"), ("run-2", "aggregate_growth")):
            ledger.start_run(run_id, a_run(pipeline), AT)
        own = (ModelDay("facts", MONDAY, 3, "hash", "run-1"), ModelDay("sums", MONDAY, 5, "hash", "run-1"))
        shared = ModelDay("users", MONDAY, 7, "hash", "run-2")
        _published(ledger, prepared_for("m1", model_days=(*own, shared)))

        assert ledger.built_up_to("investors", ["facts", "sums", "users"], [MONDAY, TUESDAY]) == {
            ("aggregate_profit", MONDAY): 5,
            ("aggregate_growth", MONDAY): 7,
        }
        assert ledger.built_up_to("team", ["facts"], [MONDAY]) == {}

    def test_a_day_was_first_tried_with_the_first_run_that_reached_it(self, ledger: Ledger) -> None:
        """Whatever became of it, and whichever pipeline's it was."""
        ledger.start_run("run-1", a_run("aggregate_growth"), AT + timedelta(hours=1))
        ledger.start_run("run-2", a_run(), AT)

        assert ledger.first_tried(TUESDAY) == AT
        assert ledger.first_tried(WEDNESDAY) is None

    def test_model_days_are_kept_per_audience(self, ledger: Ledger) -> None:
        """The same model built for two audiences has two states."""
        investors = ModelDay("shared_model", MONDAY, 1, "hash", "run-1")
        team = ModelDay("shared_model", MONDAY, 2, "hash", "run-2")
        _published(ledger, prepared_for("m1", model_days=(investors,)))
        _published(ledger, prepared_for("m2", model_days=(team,), audience="team"))

        assert ledger.model_days("investors", ["shared_model"])["shared_model"] == {MONDAY: investors}
        assert ledger.model_days("team", ["shared_model"])["shared_model"] == {MONDAY: team}


class TestResults:
    def test_only_the_newest_judgement_of_a_check_and_day_counts(self, ledger: Ledger) -> None:
        """A later run's results replace the earlier ones of that check and day, all segments at once."""
        before = (
            a_result(segment="region=EU", outcome=Outcome.FAIL),
            a_result(segment="region=US", outcome=Outcome.FAIL),
            a_result("unique_orders"),
            a_result(day=TUESDAY),
        )
        _published(ledger, prepared_for("m1", results=before))
        after = a_result(segment="region=EU", severity=Severity.WARN)

        _published(ledger, prepared_for("m2", results=(after,)))

        assert ledger.results("aggregate_profit") == [after, before[2], before[3]]

    def test_results_by_days_and_outcomes(self, ledger: Ledger) -> None:
        """The end is not included, and outcomes are filtered after the newest run was found."""
        monday, tuesday = a_result(outcome=Outcome.UNKNOWN), a_result(day=TUESDAY, outcome=Outcome.FAIL)
        _published(
            ledger, prepared_for("m1", results=(a_result(outcome=Outcome.FAIL), a_result(pipeline="other")))
        )
        _published(ledger, prepared_for("m2", results=(monday, tuesday)))

        assert ledger.results("aggregate_profit", MONDAY, TUESDAY) == [monday]
        assert ledger.results("aggregate_profit", start=TUESDAY) == [tuesday]
        assert ledger.results("aggregate_profit", outcomes=[Outcome.FAIL]) == [tuesday]
        assert ledger.results("aggregate_profit", end=TUESDAY, outcomes=[Outcome.FAIL]) == []
        assert ledger.results("aggregate_profit", outcomes=[]) == []

    def test_several_results_of_one_check_day_and_segment_are_all_kept(self, ledger: Ledger) -> None:
        """A contract check may find two columns missing on one day."""
        both = (a_result(observed="no column rate"), a_result(observed="no column currency"))

        _published(ledger, prepared_for("m1", results=both))

        assert ledger.results("aggregate_profit") == list(both)

    def test_holds_of_none_differ_from_no_holds(self, ledger: Ledger) -> None:
        """None (every metric of the dataset) and () (no metric) come back as they were."""
        found = (a_result("a", holds=None), a_result("b", holds=()))

        _published(ledger, prepared_for("m1", results=found))

        assert [result.holds for result in ledger.results("aggregate_profit")] == [None, ()]


JUDGED = Days.of([Interval(MONDAY, WEDNESDAY)])


class TestHolds:
    def test_a_hold_whose_cause_is_gone_is_cleared(self, ledger: Ledger) -> None:
        """An open hold on an evaluated day that was not found again is cleared."""
        _published(ledger, prepared_for("m1", holds=(a_hold(),), evaluated=JUDGED))

        _published(ledger, prepared_for("m2", releases=(a_release(1, "m2"),), evaluated=JUDGED))

        assert ledger.open_holds("aggregate_profit") == []
        cleared = ledger.hold(1)
        assert cleared is not None
        assert cleared.state is HoldState.CLEARED

    def test_a_day_that_was_not_judged_keeps_its_holds(self, ledger: Ledger) -> None:
        """The day after the last evaluated one, and other pipelines, keep theirs."""
        holds = (a_hold(TUESDAY), a_hold(MONDAY, pipeline="other"))
        _published(ledger, prepared_for("m1", holds=holds, evaluated=JUDGED))

        released = (a_release(1, "m2"),)
        _published(ledger, prepared_for("m2", releases=released, evaluated=Days.of_days([MONDAY])))

        assert [hold.day for hold in ledger.open_holds("aggregate_profit")] == [TUESDAY]
        assert [hold.day for hold in ledger.open_holds("other")] == [MONDAY]

    def test_the_runs_own_pipeline_is_judged_even_when_nothing_names_it(self, ledger: Ledger) -> None:
        """A publication without releases, results or holds clears holds of its run's pipeline."""
        _published(ledger, prepared_for("m1", holds=(a_hold(),), evaluated=JUDGED))
        ledger.start_run("run-2", a_run(), AT)

        _published(ledger, prepared_for("m2", run_id="run-2", evaluated=JUDGED))

        assert ledger.open_holds("aggregate_profit") == []

    def test_an_equal_hold_keeps_its_id_and_tells_what_the_newest_run_saw(self, ledger: Ledger) -> None:
        """With equal evidence a hold stays itself, opened when it was."""
        _published(ledger, prepared_for("m1", holds=(a_hold(),), evaluated=JUDGED))
        again = replace(a_hold(observed="0.52", run_id="run-2"), opened_at=AT + timedelta(days=1))

        _published(ledger, prepared_for("m2", holds=(again,), evaluated=JUDGED))

        assert ledger.open_holds("aggregate_profit") == [replace(again, id=1, opened_at=AT)]

    def test_other_evidence_is_another_hold(self, ledger: Ledger) -> None:
        """Another candidate clears the old hold and opens a new one, also on a day that was not evaluated."""
        _published(ledger, prepared_for("m1", holds=(a_hold(),), evaluated=JUDGED))

        _published(ledger, prepared_for("m2", holds=(a_hold(evidence="candidate-2"),)))

        assert [(hold.id, hold.evidence) for hold in ledger.open_holds("aggregate_profit")] == [
            (2, "candidate-2")
        ]
        before = ledger.hold(1)
        assert before is not None
        assert before.state is HoldState.CLEARED

    @pytest.mark.parametrize(
        "other",
        [
            a_hold(segment="region=US"),
            a_hold(cause="unique_orders"),
            a_hold(TUESDAY),
            a_hold(kind=HoldKind.UNKNOWN),
        ],
        ids=["segment", "cause", "day", "kind"],
    )
    def test_holds_that_differ_in_one_thing_are_two(self, ledger: Ledger, other: object) -> None:
        """Kind, cause, day and segment each tell holds apart."""
        assert isinstance(other, type(a_hold()))
        _published(ledger, prepared_for("m1", holds=(a_hold(),), evaluated=JUDGED))

        _published(ledger, prepared_for("m2", holds=(a_hold(), other), evaluated=JUDGED))

        assert [hold.id for hold in ledger.open_holds("aggregate_profit")] == [1, 2]

    def test_holds_come_oldest_day_first_then_by_id(self, ledger: Ledger) -> None:
        """Order follows days, not ids."""
        holds = (a_hold(TUESDAY), a_hold(MONDAY), a_hold(MONDAY, segment=""))
        _published(ledger, prepared_for("m1", holds=holds))

        assert [hold.id for hold in ledger.open_holds("aggregate_profit")] == [2, 3, 1]


def _word(hold_id: int, by: str = "davis") -> Approval:
    return Approval(hold_id, by, f"{by} (os user {by})", "the cost file was sent again", AT)


class TestApprovals:
    def test_an_approved_hold_is_no_longer_open_and_its_word_is_kept(self, ledger: Ledger) -> None:
        """The approval is recorded with the hold it released, oldest first."""
        _published(ledger, prepared_for("m1", holds=(a_hold(), a_hold(TUESDAY)), evaluated=JUDGED))

        ledger.approve(_word(2))
        ledger.approve(_word(1, "jill"))

        assert ledger.open_holds("aggregate_profit") == []
        approved = ledger.approvals("aggregate_profit")
        assert [(hold.id, hold.state, word.by) for hold, word in approved] == [
            (2, HoldState.APPROVED, "davis"),
            (1, HoldState.APPROVED, "jill"),
        ]
        assert approved[0][1] == _word(2)
        assert ledger.approvals("other") == []

    def test_an_approved_hold_found_again_stays_approved(self, ledger: Ledger) -> None:
        """The same candidate needs no second approval, and opens no second hold."""
        _published(ledger, prepared_for("m1", holds=(a_hold(),), evaluated=JUDGED))
        ledger.approve(_word(1))

        _published(ledger, prepared_for("m2", holds=(a_hold(),), evaluated=JUDGED))

        assert ledger.open_holds("aggregate_profit") == []
        assert ledger.hold(2) is None

    def test_another_candidate_needs_another_approval(self, ledger: Ledger) -> None:
        """With other evidence a new hold is open, and the approved one stays as history."""
        _published(ledger, prepared_for("m1", holds=(a_hold(),), evaluated=JUDGED))
        ledger.approve(_word(1))

        _published(ledger, prepared_for("m2", holds=(a_hold(evidence="candidate-2"),), evaluated=JUDGED))

        assert [hold.id for hold in ledger.open_holds("aggregate_profit")] == [2]
        assert [hold.state for hold, _ in ledger.approvals("aggregate_profit")] == [HoldState.APPROVED]

    def test_a_hold_that_is_not_there_or_cleared_cannot_be_approved(self, ledger: Ledger) -> None:
        """The message says what happened, and nothing is recorded."""
        with pytest.raises(WorldError, match="no hold 7"):
            ledger.approve(_word(7))
        _published(ledger, prepared_for("m1", holds=(a_hold(),), evaluated=JUDGED))
        _published(ledger, prepared_for("m2", releases=(a_release(1, "m2"),), evaluated=JUDGED))

        with pytest.raises(WorldError, match="was cleared"):
            ledger.approve(_word(1))

        assert ledger.approvals("aggregate_profit") == []


class TestDeliveriesAndAudit:
    def test_deliveries_newest_release_first(self, ledger: Ledger) -> None:
        """A receipt is read back as it was; one of the same release, output and path is kept once."""
        _published(ledger, prepared_for("m1", releases=(a_release(1, "m1"), a_release(2, "m1"))))

        for delivery in (a_delivery(1), a_delivery(2, "portal_feed"), a_delivery(2), a_delivery(2)):
            ledger.record_delivery(delivery)

        assert ledger.deliveries("aggregate_profit") == [
            a_delivery(2),
            a_delivery(2, "portal_feed"),
            a_delivery(1),
        ]

    def test_failed_attempts_of_one_release(self, ledger: Ledger) -> None:
        """By output, oldest first; another release's are not among them, and the same one again counts once."""
        _published(ledger, prepared_for("m1", releases=(a_release(1, "m1"), a_release(2, "m1"))))
        first, second = (FailedAttempt("aggregate_profit", "portal_feed", 2, n, AT, f"no {n}") for n in (1, 2))
        monthly, older = replace(first, output="monthly_csv"), replace(first, release=1)

        for attempt in (second, first, older, monthly, first):
            ledger.record_failed_attempt(attempt)

        assert ledger.failed_attempts("aggregate_profit", 2) == [monthly, first, second]
        assert ledger.failed_attempts("aggregate_growth", 2) == []

    def test_the_audit_tells_who_did_what_newest_first(self, ledger: Ledger) -> None:
        """Lines of one instant keep their order, and the limit keeps the newest."""
        for number in range(3):
            ledger.audit("james", "approve", f"hold {number}", AT)

        assert ledger.audited(2) == [(AT, "james", "approve", "hold 2"), (AT, "james", "approve", "hold 1")]


class TestCloses:
    def test_what_was_done_to_periods_is_read_back_in_order(self, ledger: Ledger, open_again: OpenLedger) -> None:
        """Another process reads every event of the pipeline as it was given, numbered as recorded."""
        soft = a_close_event(CloseKind.SOFT_CLOSED)
        signed = a_close_event(CloseKind.SIGNED, role="owner", evidence="abc")
        other = replace(soft, pipeline="aggregate_growth")

        ids = [ledger.record_close(each) for each in (soft, other, signed)]

        assert ids == sorted(set(ids))
        with open_again() as again:
            assert again.close_events("aggregate_profit") == [replace(soft, id=ids[0]), replace(signed, id=ids[2])]
            assert again.close_events("aggregate_growth") == [replace(other, id=ids[1])]

    def test_corrections_count_with_their_publication_only(self, ledger: Ledger, open_again: OpenLedger) -> None:
        """Prepared ones are invisible; published, every decimal and null is there, to the last digit."""
        exact = Decimal("-12345678901234567890.123456")
        adjusted = an_adjustment(delta=exact)
        erratum = Erratum("aggregate_profit", "month", "2026-08", "margin", "", None, Decimal("0.2"), "ratio", "late", AT, 3)
        event = a_close_event(CloseKind.RESTATED, role="2")
        prepared = replace(
            prepared_for("investors/000001"), events=(event,), adjustments=(adjusted,), errata=(erratum,)
        )

        ledger.prepare(prepared)
        assert ledger.adjustments("aggregate_profit") == ledger.errata("aggregate_profit") == []
        assert ledger.close_events("aggregate_profit") == []

        ledger.publish("investors/000001")
        ledger.publish("investors/000001")
        with open_again() as again:
            assert again.adjustments("aggregate_profit") == [adjusted]
            assert again.errata("aggregate_profit") == [erratum]
            [found] = again.close_events("aggregate_profit")
            assert replace(found, id=0) == event
            assert again.adjustments("aggregate_growth") == []

    def test_what_is_dropped_leaves_no_correction(self, ledger: Ledger) -> None:
        """A publication that never became visible books nothing."""
        ledger.prepare(replace(prepared_for("investors/000001"), adjustments=(an_adjustment(),)))

        ledger.drop_prepared(None)

        assert ledger.adjustments("aggregate_profit") == []
