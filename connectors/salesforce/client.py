"""Single calls to one org through the vendor's client: token, budget, time-outs, retries, faults.

Nothing else in the project calls the vendor's client. It is used in its direct mode, with our
own token on every call: its own renewal drops our headers and can loop for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import requests

from connectors.retry import REPEATABLE, Policy, run
from connectors.salesforce.answers import (
    Answer,
    Page,
    Part,
    PartAnswer,
    Row,
    composite_body,
    query_path,
    read_page,
    read_parts,
)
from connectors.salesforce.faults import (
    Call,
    fault_error,
    read_fault,
    transport_error,
    unreadable_error,
)
from connectors.salesforce.values import Json, json_text
from connectors.salesforce.wire import reach
from sync.domain.errors import (
    CredentialError,
    CrmSyncError,
    ExhaustedError,
    RateLimitedError,
    RetryableError,
)

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

    from connectors.limits import Budget
    from connectors.salesforce.auth import Token, TokenKeeper
    from sync.domain.ports import Usage

__all__ = ["SalesforceClient"]

#: A longer query goes into the body of a composite call: addresses end at 16 KB with headers.
_LONGEST_ADDRESS = 6_000

#: For how many seconds the calls of other threads are held where the org asks to slow down.
_SLOWER = 1.0

_API_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")


class _Send(Protocol):
    """One request through the vendor's client, with what every request carries."""

    def __call__(self, vendor: Salesforce, **common: object) -> object: ...


class SalesforceClient:
    """Calls one org; safe to share between threads."""

    def __init__(
        self,
        keeper: TokenKeeper,
        session: requests.Session,
        *,
        version: str,
        budget: Budget,
        sleep: Callable[[float], object],
        clock: Callable[[], datetime],
    ) -> None:
        self._keeper = keeper
        self._session = session
        self._version = version
        self._budget = budget
        self._sleep = sleep
        self._clock = clock
        self._lock = Lock()
        self._vendor: tuple[Token, Salesforce] | None = None

    def get(self, path: str, call: Call) -> Answer:
        """Fetch one resource below the version's address."""

        def send(vendor: Salesforce, **common: Any) -> object:
            return vendor.restful(path, **common)

        return run(partial(self._attempt, send, call), REPEATABLE, sleep=self._sleep)

    def query(self, soql: str, call: Call, *, deleted: bool = False) -> Page:
        """Fetch the first page of a query, with deleted records among the rows where asked."""
        if len(query_path(soql, deleted=deleted)) > _LONGEST_ADDRESS:
            answers, _ = self.composite([Part.query(soql, call, deleted=deleted)])
            return answers[0].page()
        return self._paged(
            lambda vendor, **common: vendor.query(soql, include_deleted=deleted, **common), call
        )

    def more(self, url: str, call: Call) -> Page:
        """Fetch a further page of a query by the address the page before it gave."""
        page = self._paged(
            lambda vendor, **common: vendor.query_more(url, identifier_is_url=True, **common), call
        )
        if page.next_url == url:  # it would go on for ever
            raise unreadable_error(call)
        return page

    def composite(
        self, parts: Sequence[Part], *, policy: Policy = REPEATABLE, writes: bool = False
    ) -> tuple[list[PartAnswer], datetime]:
        """Send up to five parts in one call; gives their answers in order and the org's clock.

        Raises for an essential part only where trying again, or stopping, is the answer to its
        fault; any other fault is left in the part's answer.
        """
        call = parts[0].call
        body = json_text(composite_body(parts, version=self._version)).encode()
        # The parts carry their own headers; the call carries the same for what goes by the call.
        headers = {name: text for part in parts for name, text in part.headers.items()}

        def send(vendor: Salesforce, **common: Any) -> object:
            return vendor.restful("composite", method="POST", data=body, **common)

        def attempt() -> tuple[list[PartAnswer], datetime]:
            answer = self._attempt(send, call, headers=headers, writes=writes)
            answers = read_parts(answer.body, parts)
            _raise_for_essential(parts, answers)
            return answers, answer.at

        doubts: list[RetryableError] = []
        answers, at = run(attempt, policy, sleep=self._sleep, doubts=doubts)
        return [replace(one, doubted=True) for one in answers] if doubts else answers, at

    def send(
        self,
        method: str,
        path: str,
        call: Call,
        *,
        body: bytes | None = None,
        read: Callable[[bytes], object] = bytes,
        policy: Policy = REPEATABLE,
        writes: bool = False,
    ) -> Answer:
        """Make a call whose bodies are CSV; `read` makes of the answer's bytes what is given.

        It raises ValueError for what is no answer, which is then asked for again.
        """
        headers = {"Accept": "text/csv"}
        if body is not None:
            headers["Content-Type"] = "text/csv; charset=UTF-8"
        return self._sent(method, path, call, body, headers, read, policy=policy, writes=writes)

    def send_json(
        self, method: str, path: str, call: Call, *, body: Json = None, writes: bool = False
    ) -> Answer:
        """Make a call that may be repeated; its body goes and comes as JSON."""
        content = None if body is None else json_text(body).encode()
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        read = partial(json.loads, parse_float=Decimal)
        return self._sent(method, path, call, content, headers, read, writes=writes)

    def _sent(
        self,
        method: str,
        path: str,
        call: Call,
        content: bytes | None,
        headers: Mapping[str, str],
        read: Callable[[bytes], object],
        *,
        policy: Policy = REPEATABLE,
        writes: bool = False,
    ) -> Answer:
        """Make a call past the vendor's client, which reads every answer as JSON."""

        def send(vendor: Salesforce, **common: Any) -> object:
            from simple_salesforce.util import exception_handler

            url = f"{vendor.base_url}{path}"
            response = self._session.request(method, url, data=content, **common)
            if response.status_code >= 300:
                exception_handler(response, name=path)
            return response.content

        def attempt() -> Answer:
            answer = self._attempt(send, call, headers=headers, writes=writes)
            try:
                return Answer(read(answer.body), answer.at)
            except (ValueError, RecursionError) as exc:
                raise unreadable_error(call) from exc

        return run(attempt, policy, sleep=self._sleep)

    def rows(self, answer: PartAnswer) -> Iterator[Row]:
        """Give all rows of a part that queried, page by page; raises the part's error."""
        page = answer.page()
        if not page.whole:
            raise unreadable_error(answer.call)
        yield from page.rows
        while page.next_url is not None:
            page = self.more(page.next_url, answer.call)
            yield from page.rows

    def now(self) -> datetime:
        """Give the time now, for what the org does not date."""
        return self._clock().astimezone(UTC)

    def usage(self) -> Usage:
        """Give the calls made so far and the quota left."""
        return self._budget.usage()

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _paged(self, send: _Send, call: Call) -> Page:
        def attempt() -> Page:
            return read_page(self._attempt(send, call).body, call)

        return run(attempt, REPEATABLE, sleep=self._sleep)

    def _attempt(
        self,
        send: _Send,
        call: Call,
        *,
        headers: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> Answer:
        """Make one call, and once more with a new token where the old one had ended."""
        from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession

        once = partial(self._once, send, call, headers=headers or {}, writes=writes)
        try:
            token = self._keeper.current()
            try:
                return once(token)
            except SalesforceExpiredSession:
                return once(self._keeper.renewed(after=token))
        except SalesforceError as exc:
            error = self._error(exc, call)
            if isinstance(error, RateLimitedError):
                self._budget.asked_to_slow(pause=error.retry_after or _SLOWER)
            raise error from exc
        except requests.RequestException as exc:
            raise transport_error(exc, call) from exc

    def _once(
        self,
        send: _Send,
        call: Call,
        token: Token,
        *,
        headers: Mapping[str, str],
        writes: bool,
    ) -> Answer:
        seen: list[requests.Response] = []

        def keep(response: requests.Response, **_: object) -> None:
            seen.append(response)

        self._budget.before(writes=writes)
        try:
            body = send(
                self._vendor_for(token),
                headers={"Authorization": f"Bearer {token.access_token}", **headers},
                hooks={"response": keep},
                allow_redirects=False,
            )
        except (TypeError, ValueError, RecursionError) as exc:
            if not seen or isinstance(exc, requests.RequestException):
                raise
            # The vendor's client takes it for granted that an answer is a list or an object.
            raise unreadable_error(call) from exc
        finally:
            for response in seen:
                self._note_usage(response)
        return Answer(body, self._answered_at(seen[-1]))

    def _vendor_for(self, token: Token) -> Salesforce:
        """Give the vendor's client for the org a token opens; made anew only with the token."""
        with self._lock:
            if self._vendor is None or self._vendor[0] is not token:
                from simple_salesforce.api import Salesforce

                vendor = Salesforce(
                    session_id=token.access_token,
                    instance_url=token.instance_url,
                    version=self._version,
                    session=self._session,
                    parse_float=Decimal,
                    object_pairs_hook=None,
                )
                reach(self._session, token.instance_url)
                self._vendor = (token, vendor)
            return self._vendor[1]

    def _note_usage(self, response: requests.Response) -> None:
        found = _API_USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
        if found:
            self._budget.note(used=int(found.group(1)), total=int(found.group(2)))

    def _answered_at(self, response: requests.Response) -> datetime:
        """Give the org's clock; ours where a proxy took the header away."""
        try:
            return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return self._clock().astimezone(UTC)

    def _error(self, exc: Any, call: Call) -> CrmSyncError:  # SalesforceError, loaded late
        return fault_error(read_fault(exc.status, exc.content), call)


def _raise_for_essential(parts: Sequence[Part], answers: Sequence[PartAnswer]) -> None:
    for part, answer in zip(parts, answers, strict=True):
        if part.essential and answer.fault is not None:
            error = fault_error(answer.fault, part.call)
            if isinstance(error, RetryableError | ExhaustedError | CredentialError):
                raise error
