"""The dead man's switch: somebody else's service that pages when it is not asked for a while."""

import threading
from collections.abc import Callable

from holdfast.adapters.references import References, without
from holdfast.definitions.source import Secret
from holdfast.errors import HoldfastError

TIMEOUT_S = 10.0


class Ping:
    """A GET from a thread of its own, one at a time: pages do not wait for it."""

    def __init__(self, references: References, url: Secret, say: Callable[[str], None]) -> None:
        self._references = references
        self._url = url
        self._say = say
        self._running: threading.Thread | None = None

    def __call__(self) -> None:
        """Begins the next one, unless the last is still under way."""
        if self._running is not None and self._running.is_alive():
            return
        self._running = threading.Thread(target=self._get, name="ping", daemon=True)
        self._running.start()

    def wait(self) -> None:
        """Until the one under way has ended."""
        if self._running is not None:
            self._running.join(TIMEOUT_S)

    def _get(self) -> None:
        import httpx

        url = ""
        try:
            url = self._references.value(self._url, needed_by="pager.ping", remedy="Put the URL of the dead man's switch there.")
            httpx.get(url, timeout=TIMEOUT_S).raise_for_status()
        except (HoldfastError, httpx.HTTPError, httpx.InvalidURL) as error:
            self._say(f"the dead man's switch was not reached: {without(str(error), url).splitlines()[0]}")
