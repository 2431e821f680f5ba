"""How long a server asks its client to wait."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """What `Retry-After` says, in seconds or until an HTTP date; None when it does not say.

    `headers` are asked by their lower-case names.
    """
    written = headers.get("retry-after", "").strip()
    if written.isdigit():
        return float(written)
    until = _http_date(written)
    if until is None:
        return None
    # The server's own clock, where it tells it: ours may go wrong.
    return max((until - (_http_date(headers.get("date", "")) or now)).total_seconds(), 0.0)


def _http_date(written: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(written)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
