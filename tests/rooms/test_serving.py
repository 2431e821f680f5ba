"""The builder's loop: what it answers, when it builds, and that nothing ends it but a person."""

from datetime import UTC, datetime

from holdfast.errors import WorldError
from holdfast.runs.ports import Request
from holdfast.serving import CHECK_S, RETRY_S, Server


class Rows:
    """Request rows in memory."""

    def __init__(self, *verbs):
        at = datetime(2026, 10, 1, 3, tzinfo=UTC)
        self.waiting = [Request(i, verb, {}, "james", at, "asked") for i, verb in enumerate(verbs, 1)]
        self.answers = {}

    def next_request(self):
        return self.waiting.pop(0) if self.waiting else None

    def answer(self, request_id, state, text):
        self.answers[request_id] = (state, text)

    def fail_started_requests(self, text):
        return 0


class Days:
    """A day that counts how often it ran; `ends` are the results, True when there are none left."""

    def __init__(self, *ends):
        self.sign, self.ran, self.ends = "a", 0, list(ends)

    def signs(self):
        if isinstance(self.sign, Exception):
            raise self.sign
        return self.sign

    def run(self):
        self.ran += 1
        return self.ends.pop(0) if self.ends else True


def a_server(rows=None, day=None, verbs=None):
    """A server whose clock stands still until a test moves it."""
    now = {"s": 0.0}
    server = Server(rows or Rows(), day or Days(), verbs or {}, lambda text: None, lambda s: True, lambda: now["s"])
    return server, now


def test_the_day_runs_once_per_change():
    """At the start, then only when something new may be due: a hold alone would be due for ever."""
    day = Days()
    server, now = a_server(day=day)
    for s in range(0, 60, 5):
        now["s"] = float(s)
        server.look()
    assert day.ran == 1

    day.sign, now["s"] = "b", 60 + CHECK_S
    server.look()
    assert day.ran == 2


def test_a_failed_day_is_tried_again_later():
    """Not at every look, and not never."""
    day = Days(False)
    server, now = a_server(day=day)
    server.look()
    now["s"] = RETRY_S - 1
    server.look()
    assert day.ran == 1

    now["s"] = RETRY_S - 1 + CHECK_S
    server.look()
    assert day.ran == 2


def test_a_broken_folder_does_not_end_the_builder():
    """While it cannot be read nothing runs; once it can, the day does."""
    day = Days()
    day.sign = WorldError("holdfast.yml: gone")
    server, now = a_server(day=day)
    server.look()
    day.sign, now["s"] = "b", CHECK_S
    server.look()

    assert day.ran == 1


def test_every_request_gets_an_answer():
    """Done, failed by the world, unknown, and failed by us."""

    def refuse(request):
        raise WorldError("no such day")

    rows = Rows("run", "backfill", "fly", "approve")
    server, _ = a_server(rows, verbs={"run": lambda r: (True, "ok"), "backfill": refuse, "approve": lambda r: 1 // 0})
    server.look()

    assert rows.answers[1] == ("done", "ok")
    assert rows.answers[2] == ("failed", "no such day")
    assert rows.answers[3][0] == "failed" and "fly" in rows.answers[3][1]
    assert rows.answers[4][0] == "failed" and "ZeroDivisionError" in rows.answers[4][1]
