"""How long a conversation with a provider may take in all, however lively it stays."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

MOST_S = 30.0


@contextmanager
def ended_after(limit_s: float, connected: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Ends what is said over the socket once the time is up: whoever reads from it finds it at its end.

    A time-out of each read alone is none for a server that says one byte at a time.
    """

    def end() -> None:
        found = connected()
        if found is not None:
            with suppress(OSError):
                # Not the method of a TLS socket, which begins by forgetting its keys under the reader.
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    timer = threading.Timer(limit_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
