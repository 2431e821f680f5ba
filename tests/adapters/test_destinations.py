"""What every destination does, whatever it is: a folder, a bucket, a portal."""

import hashlib
import json
from datetime import UTC, date, datetime

import pytest
from destinations_under_test import SECRETS, TIMEOUT_S, Place

from holdfast.adapters.outputs.patience import LONGEST_LOST_S, TRIES
from holdfast.definitions.pipeline import Output
from holdfast.errors import StoreError, WorldError
from holdfast.releases.deliver import DeliveryDue, RenderedFile, hand_over, mark_stale, standing
from holdfast.releases.release import ReleaseRow

PATH = "monthly/profit-2026-09.csv"
AT = datetime(2026, 10, 1, 3, tzinfo=UTC)
OUTPUT = Output("monthly_csv", "csv", "month", "monthly", "board")


def release(number: int) -> ReleaseRow:
    at = AT.replace(day=number)
    return ReleaseRow(number, "profit", "investors", date(2026, 9, 30), "", at, False, f"m{number}", "r", 1, 0, "")


def due(number: int = 7) -> DeliveryDue:
    return DeliveryDue(release(number), OUTPUT)


class TestKeeping:
    def test_what_is_put_can_be_read(self, place: Place) -> None:
        """Also as another run, and beside the code under test."""
        with place.open() as destination:
            assert destination.read(PATH) is None
            destination.put(PATH, b"one", "v1")
            assert destination.read(PATH) == b"one"
            destination.put(PATH, b"two", "v2")
        with place.open() as destination:
            assert destination.read(PATH) == b"two"
        assert place.newest(PATH) == b"two"

    @pytest.mark.parametrize("name", ["Übersicht – 五月.csv", "a b%20c+d#e?f.csv", "é.csv", "e\u0301.csv"])
    def test_any_name_is_kept_apart(self, place: Place, name: str) -> None:
        """Letters of any script, and those that mean something in a URL; two spellings of é are two files."""
        with place.open() as destination:
            destination.put(f"month/{name}", name.encode(), "v1")
            assert destination.read(f"month/{name}") == name.encode()
        assert place.newest(f"month/{name}") == name.encode()

    @pytest.mark.parametrize("size", [0, 1, 20 * 1024 * 1024])
    def test_a_file_of_any_size_comes_back_whole(self, place: Place, size: int) -> None:
        """Nothing, one byte, and 20 MB."""
        content = (hashlib.sha256(b"seed").digest() * (size // 32 + 1))[:size]
        with place.open() as destination:
            destination.put(PATH, content, "v1")
            assert destination.read(PATH) == content

    def test_repeating_makes_no_second_version(self, place: Place) -> None:
        """In one run, and in the next one that does not know of it."""
        for _ in range(2):
            with place.open() as destination:
                destination.put(PATH, b"one", "v1")
                destination.put(PATH, b"one", "v1")

        assert place.versions(PATH) == 1

    def test_a_content_may_come_back(self, place: Place) -> None:
        """One, two, then one again under a new version: readers have one."""
        with place.open() as destination:
            for version, content in (("v1", b"one"), ("v2", b"two"), ("v3", b"one")):
                destination.put(PATH, content, version)
        assert place.newest(PATH) == b"one"

    @pytest.mark.parametrize("path", ["../a", "/etc/a", "x/../../a", "x/./a", "x//a", "", ".", "a\0b", "a\\..\\b", "a/"])
    def test_a_path_that_leads_outside_is_refused(self, place: Place, path: str) -> None:
        """Or one that two servers may read differently; nobody is asked."""
        with place.open() as destination:
            for act in (lambda: destination.put(path, b"x", "v"), lambda: destination.read(path)):
                with pytest.raises(WorldError, match="outside"):
                    act()
        if place.kind != "folder":
            assert place.asked == []


class TestRefusing:
    def test_a_full_place_leaves_the_last_file(self, place: Place) -> None:
        """The error says that it is full, at once and without a wait."""
        with place.open() as destination:
            destination.put(PATH, b"one", "v1")
            place.then("full")
            with pytest.raises(StoreError, match="full"):
                destination.put(PATH, b"two", "v2")
        place.behave()
        assert place.newest(PATH) == b"one"
        assert place.passed.waits == []

    def test_a_refusal_says_what_to_do_and_no_secret(self, place: Place) -> None:
        """Asking again would not help, so nobody waits."""
        with place.open() as destination:
            destination.put(PATH, b"one", "v1")
            place.then("401")
            with pytest.raises(WorldError) as told:
                destination.put(PATH, b"two", "v2")
        place.behave()
        assert place.newest(PATH) == b"one"
        assert "Renew env:" in str(told.value) or "renew env:" in str(told.value) or "Give this user access" in str(told.value)
        assert not any(secret in str(told.value) for secret in SECRETS)
        assert place.passed.waits == []


class TestAsking:
    """Of places that are asked over a network."""

    @pytest.mark.parametrize(
        ("misbehave", "waits"),
        [(["503"], [1]), (["503", "500", "503", "503"], [1, 2, 4, 8]), (["429"], [7]), (["drop"], [1]), (["drop-kept"], [1])],
    )
    def test_what_passes_is_waited_out(self, asked_place: Place, misbehave: list[str], waits: list[float]) -> None:
        """The schedule has no chance in it, and the file is there once, also when only the answer was lost."""
        with asked_place.open() as destination:
            destination.read(PATH)
            asked_place.then(*misbehave)
            destination.put(PATH, b"one", "v1")
            assert destination.read(PATH) == b"one"
        assert asked_place.versions(PATH) == 1
        assert asked_place.passed.waits == waits

    def test_a_slow_answer_is_not_waited_for(self, asked_place: Place) -> None:
        """The request is sent again, and there is one version."""
        with asked_place.open(TIMEOUT_S) as destination:
            destination.read(PATH)
            asked_place.then("slow")
            destination.put(PATH, b"one", "v1")
        assert asked_place.versions(PATH) == 1
        assert asked_place.passed.waits == [1]

    def test_half_a_file_is_asked_for_again(self, asked_place: Place) -> None:
        """What was announced and did not come is no shorter file."""
        with asked_place.open() as destination:
            destination.put(PATH, b"one and two", "v1")
            asked_place.then("cut")
            assert destination.read(PATH) == b"one and two"
        assert asked_place.passed.waits == [1]

    def test_over_an_older_file_the_lost_answer_is_found_out(self, asked_place: Place) -> None:
        """The second try meets the file of the first, not the one it expects to replace: it is ours."""
        with asked_place.open() as destination:
            destination.put(PATH, b"one", "v1")
            destination.read(PATH)
            asked_place.then("drop-kept")
            destination.put(PATH, b"two", "v2")
        assert (asked_place.newest(PATH), asked_place.versions(PATH)) == (b"two", 2)

    def test_a_place_that_is_down_costs_a_bounded_time(self, asked_place: Place) -> None:
        """It is asked a few times for the first file, once for each other one."""
        asked_place.then("down")
        with asked_place.open() as destination:
            for number in range(20):
                with pytest.raises(WorldError, match="next run tries again"):
                    destination.put(f"monthly/{number}.csv", b"x", f"v{number}")
        assert asked_place.passed.waits == [1, 2, 4, 8]
        assert len(asked_place.asked) == TRIES + 19

    def test_a_place_that_asks_to_wait_for_a_day_is_asked_in_the_next_run(self, asked_place: Place) -> None:
        """A run does not wait longer than it may."""
        asked_place.then("429-long")
        with asked_place.open() as destination, pytest.raises(WorldError, match="86,400 s"):
            destination.read(PATH)
        assert sum(asked_place.passed.waits) <= LONGEST_LOST_S

    def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(self, asked_place: Place) -> None:
        """Not in the run that read the older file; the next one knows it, and replaces it."""
        with asked_place.open() as destination:
            destination.put(PATH, b"one", "v1")
            destination.read(PATH)
            asked_place.put_by_another(PATH, b"theirs")
            with pytest.raises(WorldError, match="somebody else"):
                destination.put(PATH, b"two", "v2")
        assert asked_place.newest(PATH) == b"theirs"
        with asked_place.open() as destination:
            destination.put(PATH, b"two", "v2")
        assert asked_place.newest(PATH) == b"two"

    def test_where_nothing_was_nothing_is_overwritten(self, asked_place: Place) -> None:
        """Somebody put a file between our look and our first delivery."""
        with asked_place.open() as destination:
            assert destination.read(PATH) is None
            asked_place.put_by_another(PATH, b"theirs")
            with pytest.raises(WorldError, match="somebody else"):
                destination.put(PATH, b"one", "v1")

    def test_wrong_bytes_read_back_are_no_delivery(self, asked_place: Place) -> None:
        """There is no index that would claim it; the next run ends well, with one version of each file."""
        with asked_place.open() as destination:
            assert standing(due(), destination) is None
            destination.read(PATH)
            asked_place.then(*(["ok"] if asked_place.kind == "portal" else [""]), "wrong")
            with pytest.raises(StoreError, match="read back"):
                hand_over(due(), [RenderedFile("profit-2026-09.csv", b"one")], destination, now=AT)
        assert asked_place.newest(due().index_path) is None
        with asked_place.open() as destination:
            had = standing(due(), destination)
            hand_over(due(), [RenderedFile("profit-2026-09.csv", b"one")], destination, now=AT, had=had)
        assert asked_place.versions(PATH) == asked_place.versions(due().index_path) == 1


class TestDelivering:
    def test_a_failed_delivery_leaves_the_old_report_marked(self, place: Place) -> None:
        """Readers learn since when a newer one is out; the files are the old ones, and still fit their index."""
        with place.open() as destination:
            hand_over(due(5), [RenderedFile("profit-2026-09.csv", b"five")], destination, now=AT)
            place.then("full")
            with pytest.raises(StoreError):
                hand_over(due(7), [RenderedFile("profit-2026-09.csv", b"seven")], destination, now=AT)
        place.behave()
        with place.open() as destination:
            assert mark_stale(due(7), [release(7), release(6), release(5)], destination)
            assert mark_stale(due(7), [release(7), release(6), release(5)], destination)
            assert standing(due(7), destination).release == 5
        said = json.loads(place.newest(due().index_path))
        assert (said["release"], said["stale"], said["stale_since"], said["newest_release"]) == (
            5,
            True,
            "2026-10-06T03:00:00Z",
            7,
        )
        assert place.newest(PATH) == b"five"
        with place.open() as destination:
            had = standing(due(7), destination)
            hand_over(due(7), [RenderedFile("profit-2026-09.csv", b"seven")], destination, now=AT, had=had)
        said = json.loads(place.newest(due().index_path))
        assert (said["release"], said["stale"], said["stale_since"], said["newest_release"]) == (7, False, None, 7)
        assert place.newest(PATH) == b"seven"
