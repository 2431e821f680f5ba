"""Calendars read from files and from a real server."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from holdfast.adapters.sources.calendars import read_calendar_feed
from holdfast.errors import WorldError


class Answers(BaseHTTPRequestHandler):
    """One calendar, one move to it, and a server that is down."""

    def do_GET(self):
        code = {"/leave.ics": 200, "/moved.ics": 302}.get(self.path.partition("?")[0], 503)
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "/leave.ics")
        self.end_headers()
        if code == 200:
            self.wfile.write(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.parametrize("path", ["/leave.ics", "/moved.ics"])
def test_an_address_is_read_wherever_it_leads(server, path):
    """The bytes are the server's, also after a redirect."""
    assert read_calendar_feed(server + path) == b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def test_a_server_that_is_down_changes_nothing_and_keeps_the_secret(server):
    """An address may hold a token, so the message names the host alone."""
    with pytest.raises(WorldError, match="No time off was changed") as refused:
        read_calendar_feed(f"{server}/private-0123456789abcdef.ics?token=hunter2")

    assert "127.0.0.1" in str(refused.value)
    assert "hunter2" not in str(refused.value) and "0123456789abcdef" not in str(refused.value)


def test_a_file_is_read_as_it_is(tmp_path):
    """And a missing one is said."""
    (tmp_path / "leave.ics").write_bytes(b"x\r\n")

    assert read_calendar_feed(str(tmp_path / "leave.ics")) == b"x\r\n"
    with pytest.raises(WorldError, match="cannot be read"):
        read_calendar_feed(str(tmp_path / "gone.ics"))
