"""Calendars as bytes: a file beside the project, or an address on the web."""

from pathlib import Path

import httpx

from holdfast.errors import WorldError

TIMEOUT_S = 20.0
MOST_BYTES = 10_000_000


def read_calendar_feed(place: str) -> bytes:
    """What lies there now. Raises WorldError when it cannot be read; nothing is recorded then."""
    if not place.startswith(("http://", "https://")):
        try:
            return Path(place).read_bytes()
        except OSError as error:
            raise WorldError(f"{place}: cannot be read ({error.strerror}). No time off was changed.") from error
    try:
        answer = httpx.get(place, timeout=TIMEOUT_S, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        # The address may hold a secret token, so only its host is shown.
        raise WorldError(
            f"the calendar at {httpx.URL(place).host} cannot be read ({type(error).__name__}). No time off was changed."
        ) from error
    if len(answer.content) > MOST_BYTES:
        raise WorldError(f"the calendar at {httpx.URL(place).host} is larger than {MOST_BYTES // 1_000_000} MB.")
    return answer.content
