"""Paged JSON APIs over HTTP: every page a file, every answer distrusted until it adds up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from holdfast.adapters.retry_after import retry_after_s
from holdfast.adapters.sources.fetched import FetchedFiles, Progress, write_text
from holdfast.adapters.sources.secrets import Secrets, ask, without
from holdfast.clock import Waiting
from holdfast.definitions.source import Api, Source
from holdfast.errors import WorldError
from holdfast.runs.ports import Fetched

TRIES = 6
"""Answers of one page that may fail before the fetch breaks off."""
LONGEST_WAIT_S = 60.0
LONGEST_FETCH_S = 900.0
"""Of one source in one run, waits included; the next run goes on."""
TIMEOUT_S = 30.0
SHRINK_AFTER = 2
"""So many failures of one page, and it is asked smaller."""
EMPTY_PAGES = 3
MOST_BYTES = 64 * 1024 * 1024
_SHOWN = 80
_DEAD_CURSOR = (400, 404, 410, 422)


class _Failed(Exception):
    """An answer that another try may mend."""

    def __init__(self, what: str, *, after_s: float | None = None, too_large: bool = False, may_be_size: bool = False) -> None:
        super().__init__(what)
        self.after_s = after_s
        self.too_large = too_large
        self.may_be_size = may_be_size


class _CursorGone(Exception):
    """The server no longer knows the cursor an earlier run was given."""


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[dict[str, str | None]]
    columns: list[str]
    next: str
    total: int | None


@dataclass(slots=True)
class HttpApi:
    """Fetches sources from APIs."""

    secrets: Secrets
    waiting: Waiting
    timeout_s: float = TIMEOUT_S

    def fetch(self, source: Source, files: FetchedFiles, at: datetime, newest: date | None) -> Fetched:
        """Every page from the open pass's cursor, or from the day that late rows may still change. WorldError says why
        it broke off; pages that came before are kept, and the next fetch goes on after them.
        """
        api = source.fetched_from
        assert isinstance(api, Api)
        key = self.secrets.value(source, api.key)
        if not key.isascii():
            raise WorldError(f"{source.file}: the key {api.key} has letters that no header can carry. Store it again.")
        headers = {"Accept": "application/json"}
        if key:
            headers[api.header] = f"{api.prefix} {key}".strip()
        try:
            timeout = httpx.Timeout(self.timeout_s, connect=min(10.0, self.timeout_s))
            with httpx.Client(timeout=timeout, headers=headers) as client:
                return _Pass(source, api, files, client, self.waiting, at).run(_since(source, api, newest))
        except httpx.InvalidURL as error:
            raise WorldError(f"{source.file}: location is no URL: {without(str(error), key)}") from None
        except WorldError as error:
            if key and key in str(error):
                raise WorldError(without(str(error), key)) from None
            raise


@dataclass(slots=True)
class _Pass:
    """One pass over an API's pages."""

    source: Source
    api: Api
    files: FetchedFiles
    client: httpx.Client
    waiting: Waiting
    at: datetime
    size: int = 0
    made: int = 0
    started_s: float = 0.0
    seen: set[str] = field(default_factory=set)

    def run(self, since: date | None) -> Fetched:
        self.started_s = self.waiting.monotonic_s()
        self.size = self.api.paging.page_rows
        progress = self.files.progress()
        if progress.is_open and progress.cursor:
            try:
                return self._from(progress.resumed(), may_restart=True)
            except _CursorGone:
                since = progress.since
        elif progress.is_open:
            since = progress.since
        elif progress.whole_on is None:
            # Without a whole pass on record nobody knows what lies before the newest landed day.
            since = None
        return self._from(self._begin(progress, since))

    def _begin(self, progress: Progress, since: date | None) -> Progress:
        opened = progress.opened(since)
        self.files.record(opened)
        return opened

    def _from(self, progress: Progress, *, may_restart: bool = False) -> Fetched:
        empty, before = 0, progress.rows
        while True:
            page = self._page(progress, may_restart=may_restart)
            may_restart = False
            empty = 0 if page.rows else empty + 1
            self._expect_advance(progress, page, empty)
            progress = self._keep(progress, page)
            if not page.next:
                break
            if self.waiting.monotonic_s() > self.started_s + LONGEST_FETCH_S:
                raise WorldError(
                    f"{self.api.url} had more to give after {LONGEST_FETCH_S / 60:.0f} minutes and {progress.rows:,} rows. "
                    "They are kept, and the next run goes on after them."
                )
        if page.total is not None and progress.rows < page.total:
            self._begin(progress, progress.since)
            raise WorldError(
                f"{self.api.url} says it has {page.total:,} rows and gave {progress.rows:,}: "
                f"{page.total - progress.rows:,} are missing. What came is kept, and the next run asks for all of them "
                f"again. {ask(self.source)}"
            )
        rows = progress.rows - before
        self.files.record(progress.ended(self.at.date()))
        return Fetched(rows, self.made)

    def _expect_advance(self, progress: Progress, page: _Page, empty: int) -> None:
        """An answer that leads back, or nowhere, ends the pass; the next run starts a new one."""
        self.seen.add(progress.cursor)
        if page.next and page.next in self.seen:
            self._begin(progress, progress.since)
            raise WorldError(
                f"{self.api.url} gave the cursor '{page.next[:_SHOWN]}' a second time, so its pages never end. "
                f"What came is kept, and the next run asks from the beginning. {ask(self.source)}"
            )
        if empty >= EMPTY_PAGES and page.next:
            raise WorldError(
                f"{self.api.url} gave {empty} pages without rows, one after the other, and always one more to ask for. "
                f"The next run goes on there. {ask(self.source)}"
            )

    def _keep(self, progress: Progress, page: _Page) -> Progress:
        digest = ""
        if page.rows:
            write_text(self.files.text, page.columns, page.rows)
            try:
                digest, made = self.files.keep(page.columns, progress, self.at)
            finally:
                self.files.text.unlink(missing_ok=True)
            self.made += made
        progress = progress.after(digest, len(page.rows), page.next)
        self.files.record(progress)
        return progress

    def _page(self, progress: Progress, *, may_restart: bool) -> _Page:
        """The page at the cursor, after as many tries as it takes, within bounds."""
        failures: list[str] = []
        while True:
            try:
                return self._once(progress, may_restart=may_restart)
            except _Failed as failed:
                failures.append(str(failed))
                smaller = failed.too_large or (failed.may_be_size and len(failures) >= SHRINK_AFTER)
                if failed.too_large and self.size <= self.api.paging.least_rows:
                    raise WorldError(
                        f"{self.api.url} refuses even {self.size} rows a page as too many (413). "
                        f"Lower least_rows in {self.source.file}, or ask for fewer fields."
                    ) from None
                if smaller:
                    self.size = max(self.size // 2, self.api.paging.least_rows)
                if not failed.too_large:
                    self._wait(failures, failed.after_s)

    def _wait(self, failures: list[str], asked_s: float | None) -> None:
        tried = sum(1 for each in failures if "(413)" not in each)
        wait_s = min(2.0 ** (tried - 1), LONGEST_WAIT_S) if asked_s is None else asked_s
        left_s = self.started_s + LONGEST_FETCH_S - self.waiting.monotonic_s()
        if tried >= TRIES or wait_s > left_s:
            waiting = f", and asks to wait {wait_s:,.0f} s" if asked_s is not None and wait_s > left_s else ""
            raise WorldError(
                f"{self.api.url} failed {tried} time(s) in a row, last with {failures[-1]}{waiting}. "
                f"Pages that came are kept, and the next run goes on after them. If it stays so: {ask(self.source)}"
            )
        self.waiting.sleep(wait_s)

    def _once(self, progress: Progress, *, may_restart: bool) -> _Page:
        paging = self.api.paging
        parameters: dict[str, str] = {paging.size: str(self.size)}
        if progress.cursor:
            parameters[paging.cursor] = progress.cursor
        if self.api.since and progress.since:
            parameters[self.api.since] = progress.since.isoformat()
        try:
            request = self.client.build_request("GET", self.api.url)
            request.url = request.url.copy_merge_params(parameters)
            response = self.client.send(request, stream=True)
            try:
                body = self._body(response)
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise _Failed(f"no answer in time ({type(error).__name__})", may_be_size=True) from None
        except httpx.TransportError as error:
            raise _Failed(f"no connection ({type(error).__name__}: {error})") from None
        self._judge(response, body, resumed=may_restart and bool(progress.cursor))
        return self._read(response, body)

    def _body(self, response: httpx.Response) -> bytes:
        """The whole answer; one that trickles or swells is cut off."""
        until_s = self.waiting.monotonic_s() + 4 * TIMEOUT_S
        parts, length = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            length += len(part)
            if length > MOST_BYTES:
                raise _Failed(f"an answer of more than {MOST_BYTES >> 20} MB", may_be_size=True)
            if self.waiting.monotonic_s() > until_s:
                raise _Failed("an answer that came too slowly", may_be_size=True)
        return b"".join(parts)

    def _judge(self, response: httpx.Response, body: bytes, *, resumed: bool) -> None:
        """Whether the answer is one to read; raises by what another try could change."""
        status = response.status_code
        if status == HTTPStatus.OK:
            return
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            secret = f"the key {self.api.key} may have expired or been withdrawn: renew it" if self.api.key else (
                "the contract names no key: add the property `key` to its server"
            )
            raise WorldError(f"{self.api.url} refused access ({status}): {secret}. {ask(self.source)}")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise _Failed("too many rows asked for (413)", too_large=True)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            after_s = retry_after_s(response.headers, self.waiting.now())
            raise _Failed(f"status {status}", after_s=after_s, may_be_size=status >= HTTPStatus.INTERNAL_SERVER_ERROR)
        if resumed and status in _DEAD_CURSOR:
            raise _CursorGone
        if 300 <= status < 400:
            raise WorldError(f"{self.api.url} answers that it has moved ({status}). Write its new place as `location`.")
        raise WorldError(
            f"{self.api.url} refused the question ({status}: {_shown(body)}). "
            f"Compare the names in {self.source.file} with the API's description."
        )

    def _read(self, response: httpx.Response, body: bytes) -> _Page:
        paging = self.api.paging
        try:
            # Numbers stay as they are written, so that money never passes through a float.
            answer = json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
        except ValueError:
            kind = response.headers.get("Content-Type", "no type")
            raise _Failed(f"an answer that is no JSON ({kind}, {len(body):,} bytes: {_shown(body)})") from None
        rows = self._field(answer, paging.rows)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._unexpected(f"the field '{paging.rows}' is {_kind(rows)}, expected a list of objects")
        columns = list(dict.fromkeys(name for row in rows for name in row))
        total = _whole(self._field(answer, paging.total)) if paging.total else None
        if paging.total and total is None:
            raise self._unexpected(f"the field '{paging.total}' is no whole number")
        # Without a total, a cursor under a new name would look like the end.
        following = self._field(answer, paging.next, optional=total is not None)
        if following is not None and not isinstance(following, str):
            raise self._unexpected(f"the field '{paging.next}' is {_kind(following)}, expected text, a number or null")
        return _Page([{name: _text(value) for name, value in row.items()} for row in rows], columns, following or "", total)

    def _field(self, answer: Any, path: str, *, optional: bool = False) -> Any:
        here = answer
        for name in path.split("."):
            if not isinstance(here, Mapping) or name not in here:
                if optional:
                    return None
                found = ", ".join(sorted(here)[:12]) if isinstance(here, Mapping) else _kind(here)
                raise self._unexpected(f"there is no field '{path}'; found {found or 'no fields'}")
            here = here[name]
        return here

    def _unexpected(self, what: str) -> WorldError:
        return WorldError(
            f"{self.api.url} answered something else than {self.source.file} says: {what}. "
            f"Correct `paging`, or ask why it changed. {ask(self.source)}"
        )


def _since(source: Source, api: Api, newest: date | None) -> date | None:
    """The first business day to ask for: what late rows may still change, and what is new."""
    if not api.since or newest is None or newest == date.min:
        return None
    return newest - timedelta(days=-(-source.late_rows_within // timedelta(days=1)))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and value.isdigit() else None


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", bool: "true or false", str: f"'{str(value)[:_SHOWN]}'"}.get(type(value), "strange")


def _shown(body: bytes) -> str:
    return repr(body[:_SHOWN].decode("utf-8", "replace"))
