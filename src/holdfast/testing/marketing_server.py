"""The generated company's marketing platform as an API on loopback, which misbehaves by a script.

    python -m holdfast.testing.marketing_server --data FOLDER --port 8080 --misbehave 429,503,short --key-env NAME

Answers `GET /v1/spend?limit=N&cursor=C&since=DAY` with `{"data": [...], "next_cursor": ..., "total": ...}`.
Each misbehaviour of the script is done once, one per request, in its order; then the server behaves. `413`,
`missing` and `401` last from their turn on.
"""

import argparse
import hmac
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb

from holdfast.sqltext import literal
from holdfast.testing.scripted import Reply, Script, problem, refusal, serving, until_interrupted

PATH = "/v1/spend"
MISBEHAVIOURS: Mapping[str, str] = {
    "429": "too many requests, Retry-After in seconds",
    "429-date": "too many requests, Retry-After as an HTTP date",
    "429-long": "too many requests, Retry-After of a day",
    "500": "an internal error",
    "503": "not available",
    "slow": "an answer that takes longer than a client waits",
    "short": "a page of half the rows that were asked for",
    "413": "from now on refuses pages of more than `most_rows`",
    "broken": "JSON that ends in the middle",
    "html": "a page for people",
    "repeat": "the cursor it was asked with, as the next one",
    "missing": "from now on leaves the last row out, and counts it in the total",
    "renamed": "rows under another field",
    "drift": "rows whose spend is called cost",
    "gone": "does not know the cursor any more",
    "401": "from now on refuses the key",
}
LASTING = ("401", "413", "missing")
PAGE_ROWS = 1000
"""More rows than that are in no page, however many are asked for."""


def read_rows(data: Path, until: date | None = None) -> list[dict[str, Any]]:
    """The marketing rows of a company's data folder that had arrived by `until`, oldest day first.

    Money and instants are text, exactly as the files have them.
    """
    files = literal(str(data / "marketing" / "loaded_on=*" / "*.parquet"))
    arrived = f"WHERE loaded_on <= {literal(until)}" if until else ""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(
            'SELECT campaign_id, CAST("on" AS VARCHAR) AS "on", channel, CAST(spend AS VARCHAR) AS spend, '
            "attributed_signups, strftime(loaded_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS loaded_at "
            f'FROM read_parquet({files}, hive_partitioning=true) {arrived} ORDER BY "on", campaign_id, loaded_at'
        )
        names = [each[0] for each in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@dataclass(slots=True)
class MarketingServer:
    """Rows served over HTTP; what it was asked is in `asked`."""

    rows: list[dict[str, Any]]
    misbehave: Sequence[str] = ()
    key: str = ""
    """The client must send `Authorization: Bearer KEY`; empty: nobody is asked."""
    most_rows: int = 50
    slow_s: float = 2.0
    asked: list[dict[str, str]] = field(default_factory=list)
    """Query parameters of each request, oldest first."""
    _script: Script = field(default_factory=lambda: Script(MISBEHAVIOURS, LASTING))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.then(*self.misbehave)

    def then(self, *misbehave: str) -> None:
        """Goes on with another script, from the next request on."""
        self._script.then(*misbehave)

    def behave(self) -> None:
        """Everything is well again."""
        self._script.behave()

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serves on loopback for the length of the `with` block, at the URL it yields; port 0 takes a free one."""
        with serving(self._answered, ("GET",), port) as url:
            yield f"{url}{PATH}"

    def _answered(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return self.answer(target, {name.lower(): value for name, value in headers.items()}.get("authorization", ""))

    def answer(self, target: str, authorization: str = "") -> Reply:
        """Status, headers and body for a request of that path and query."""
        parts = urlsplit(target)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        with self._lock:
            self.asked.append(asked)
            odd, lasting = self._script.turn()
        if parts.path != PATH:
            return problem(404, "no such resource")
        if "401" in lasting or (self.key and not hmac.compare_digest(authorization, f"Bearer {self.key}")):
            # As careless servers do, it repeats what it was given.
            return problem(401, f"refused: {authorization}")
        if odd == "gone":
            return problem(410, "this cursor has expired")
        if odd == "html":
            return 200, {"Content-Type": "text/html"}, b"<html>We are working on it</html>"
        refused = refusal(odd)
        if refused:
            return refused
        if odd == "slow":
            time.sleep(self.slow_s)
        return self._page(asked, odd, lasting)

    def _page(self, asked: Mapping[str, str], odd: str, lasting: set[str]) -> Reply:
        try:
            size = min(int(asked.get("limit", "100")), PAGE_ROWS)
            start = int(asked["cursor"].removeprefix("after-")) if "cursor" in asked else 0
            since = date.fromisoformat(asked.get("since", "0001-01-01")).isoformat()
        except ValueError:
            return problem(400, "limit, cursor or since cannot be read")
        if size < 1:
            return problem(400, "limit is less than 1")
        if "413" in lasting and size > self.most_rows:
            return problem(413, f"more than {self.most_rows} rows asked for")
        rows = [row for row in self.rows if row["on"] >= since]
        given = rows[:-1] if "missing" in lasting else rows
        end = start + (max(size // 2, 1) if odd == "short" else size)
        following = f"after-{end}" if end < len(given) else None
        if odd == "repeat":
            following = asked.get("cursor", "after-0")
        page = given[start:end]
        if odd == "drift":
            page = [{("cost" if name == "spend" else name): value for name, value in row.items()} for row in page]
        answer = {"rows" if odd == "renamed" else "data": page, "next_cursor": following, "total": len(rows)}
        body = json.dumps(answer).encode()
        return 200, {"Content-Type": "application/json"}, body[: len(body) // 2] if odd == "broken" else body


def main(given: Sequence[str] | None = None) -> int:
    """Serves until it is interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m holdfast.testing.marketing_server",
        description="Serves a generated company's marketing rows on loopback, and misbehaves by a script.",
        epilog="misbehaviours: " + "; ".join(f"{name}: {what}" for name, what in MISBEHAVIOURS.items()),
    )
    parser.add_argument("--data", type=Path, required=True, help="the company's data folder, with marketing/ in it")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--misbehave", default="", help="comma-separated script, one entry per request")
    parser.add_argument("--key-env", default="", help="environment variable with the key that clients must send")
    parser.add_argument("--until", type=date.fromisoformat, help="only rows that had arrived by that day")
    arguments = parser.parse_args(given)
    key = os.environ.get(arguments.key_env, "") if arguments.key_env else ""
    if arguments.key_env and not key:
        parser.error(f"{arguments.key_env} is not set")
    if not (arguments.data / "marketing").is_dir():
        parser.error(f"{arguments.data} has no folder marketing")
    script = [each for each in arguments.misbehave.split(",") if each]
    try:
        server = MarketingServer(read_rows(arguments.data, arguments.until), script, key)
    except ValueError as error:
        parser.error(str(error))
    with server.serving(arguments.port) as url:
        print(f"Serving {len(server.rows):,} rows at {url}. Stop with Ctrl-C.", flush=True)
        until_interrupted()
        print("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
