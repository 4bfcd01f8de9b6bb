"""The one way to HubSpot: the vendor's client, wrapped with time-outs, budget and retries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.faults import fault_of_answer, fault_of_connection
from connectors.hubspot.paths import ACCOUNT, OPT_OUT, OPT_OUT_BATCH, Paths
from connectors.hubspot.problems import problem_of
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.tokens import Tokens, tokens_of
from connectors.limits import Budget, CallKind, Pace
from connectors.retry import ONCE_ONLY, run
from sync.domain.errors import (
    RateLimitedError,
    RecordRejectedError,
    RetryableError,
    UnavailableError,
)
from sync.domain.ports import WriteKind

__all__ = ["HubSpotClient"]

#: For how many seconds calls are held where HubSpot asks to slow down and does not say how long.
_SLOWER = 1.0

#: One call of the vendor's, still to be told its time-outs. Any: the package carries no types.
_Send = Callable[..., Any]


class HubSpotClient:
    """Makes calls to one portal, each within the budget, retried, and with its faults told.

    Answers come back as HubSpot's JSON: the vendor's models drop parts of it and turn a page
    that is no JSON into a record of blanks.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        *,
        budget: Budget,
        sleep: Callable[[float], None],
        clock: Callable[[], datetime],
    ) -> None:
        """Build the vendor's API objects once, all over one connection pool."""
        self._budget = budget
        self._sleep = sleep
        self._addresses: dict[str, str] = {}
        self.answered_at: datetime | None = None
        """HubSpot's clock at its last answer."""
        self._address = settings.base_url
        self._timeout = (settings.connect_timeout, settings.read_timeout)
        self._pool = _pool()
        self._tokens = tokens_of(settings, self._pool, clock=clock)
        vendor = _Vendor(settings, self._pool, self._tokens)
        self._basic, self._batch, self._search = vendor.objects()
        self._properties = vendor.properties()
        self._plain = self._basic.api_client
        self._vendor_faults = vendor.faults

    def call_it(self, object_name: str, address: str) -> None:
        """Take the name that calls are to give an object, where it is not the mapping's."""
        self._addresses[object_name] = address

    def address_of(self, object_name: str) -> str:
        """Give the name by which calls know an object."""
        return self._addresses.get(object_name, object_name)

    def account(self) -> Answer:
        """Fetch the portal's details."""
        operation = Operation(name="read the account", holds="portalId")
        return self._call(operation, self._by_path(ACCOUNT))

    def properties(self, object_name: str) -> Answer:
        """Fetch all property definitions of an object."""
        operation = Operation(name="read the properties of", object_name=object_name)
        return self._call(
            operation, self._properties.get_all, object_type=self.address_of(object_name)
        )

    def create_property(self, object_name: str, definition: Json) -> Answer:
        """Make a property of an object; a refusal of what it says is an answer, too."""
        return self._call(
            Operation(
                name="make a property of", object_name=object_name, writes=True, holds="name"
            ),
            self._properties.create,
            object_type=self.address_of(object_name),
            property_create=dict(definition),
        )

    def search(self, object_name: str, body: Json) -> Answer:
        """Send one search."""
        operation = Operation(name="search", object_name=object_name, kind=CallKind.SEARCH)
        return self._call(
            operation,
            self._search.do_search,
            object_type=self.address_of(object_name),
            public_object_search_request=body,
        )

    def list_page(
        self, object_name: str, *, properties: Sequence[str], after: str | None, archived: bool
    ) -> Answer:
        """Fetch one page of all records, in the order of their ids."""
        position = {} if after is None else {"after": after}
        return self._call(
            Operation(name="list", object_name=object_name),
            self._basic.get_page,
            object_type=self.address_of(object_name),
            limit=100,
            properties=list(properties),
            archived=archived,
            **position,
        )

    def read_batch(self, object_name: str, body: Json) -> Answer:
        """Read up to 100 records by id or unique property."""
        return self._call(
            Operation(name="read", object_name=object_name),
            self._batch.read,
            object_type=self.address_of(object_name),
            batch_read_input_simple_public_object_id=body,
        )

    def write_batch(self, kind: WriteKind, object_name: str, inputs: Sequence[Json]) -> Answer:
        """Send one batch of writes; a refusal of the whole batch is an answer, too."""
        operation = _write_operation(kind, object_name)
        send, body_name = {
            WriteKind.CREATE: (
                self._batch.create,
                "batch_input_simple_public_object_batch_input_for_create",
            ),
            WriteKind.UPDATE: (
                self._batch.update,
                "batch_input_simple_public_object_batch_input",
            ),
            WriteKind.ARCHIVE: (self._batch.archive, "batch_input_simple_public_object_id"),
        }[kind]
        return self._call(
            operation,
            send,
            object_type=self.address_of(object_name),
            **{body_name: {"inputs": list(inputs)}},
        )

    def opt_out(self, address: str) -> Answer:
        """Opt one e-mail address out of all e-mail; a refusal is an answer, too."""
        return self._call(
            Operation(name="opt out an address of", object_name="contacts", writes=True),
            self._by_path(OPT_OUT, "POST"),
            path_params={"address": address},
            query_params=[("channel", "EMAIL"), ("verbose", "true")],
        )

    def opt_out_batch(self, addresses: Sequence[str]) -> Answer:
        """Opt up to 100 addresses out of all e-mail, where the account's plan has batches."""
        return self._call(
            Operation(name="opt out addresses of", object_name="contacts", writes=True),
            self._by_path(OPT_OUT_BATCH, "POST"),
            query_params=[("channel", "EMAIL"), ("verbose", "true")],
            body={"inputs": list(addresses)},
        )

    def by_path(
        self,
        operation: Operation,
        template: str,
        method: str = "GET",
        *,
        path_params: Json | None = None,
        query_params: Sequence[tuple[str, str]] = (),
        body: Json | Sequence[str] | None = None,
    ) -> Answer:
        """Make a call the vendor's client has no method for; a refused write is an answer, too."""
        return self._call(
            operation,
            self._by_path(template, method),
            path_params=path_params,
            query_params=query_params,
            **({} if body is None else {"body": body}),
        )

    def close(self) -> None:
        """Give back connections."""
        self._pool.clear()

    def _by_path(self, template: str, method: str = "GET") -> _Send:
        """Prepare a call the vendor's client has no method for, over the same connections."""

        def send(
            *,
            path_params: Json | None = None,
            query_params: Sequence[tuple[str, str]] = (),
            **options: Any,  # Any: handed on to the untyped package
        ) -> Any:  # Any: as above
            headers = {"Accept": "application/json"}
            if method != "GET":
                headers["Content-Type"] = "application/json"
            return self._plain.call_api(
                template,
                method,
                dict(path_params or {}),
                list(query_params),
                headers,
                auth_settings=["oauth2"],
                **options,
            )

        return send

    def _call(self, operation: Operation, send: _Send, **arguments: Any) -> Answer:  # as `send`
        doubts: list[RetryableError] = []
        answer = run(
            lambda: self._attempt(operation, send, arguments),
            operation.policy,
            sleep=self._sleep,
            doubts=doubts,
        )
        return replace(answer, doubted=True) if doubts else answer

    def _attempt(self, operation: Operation, send: _Send, arguments: Json) -> Answer:
        self._budget.before(operation.kind, writes=operation.writes)
        token = self._tokens.current()
        answer = self._exchange(operation, send, arguments)
        if answer.status == 401 and self._is_renewed(answer, token):
            # Nothing was carried out, so that even a create may be sent again.
            self._budget.before(operation.kind, writes=operation.writes)
            answer = self._exchange(operation, send, arguments)
        _note_limits(self._budget, answer)
        self.answered_at = answer.date or self.answered_at
        fault = fault_of_answer(answer, operation)
        if isinstance(fault, RateLimitedError):
            self._budget.asked_to_slow(operation.kind, pause=fault.retry_after or _SLOWER)
        else:
            self._budget.answered(operation.kind)
        if fault is None or (operation.writes and isinstance(fault, RecordRejectedError)):
            return answer
        raise fault

    def _is_renewed(self, answer: Answer, token: str) -> bool:
        """Get another token where this one ended before its time; tell whether there is one."""
        ended = problem_of(answer).has("EXPIRED_AUTHENTICATION")
        return ended and self._tokens.renewed(after=token) is not None

    def _exchange(self, operation: Operation, send: _Send, arguments: Json) -> Answer:
        """Send once and take whatever comes back as an answer, whether the vendor's client
        returns it or raises it (as one of its many unrelated exceptions)."""
        try:
            reply = send(**arguments, _preload_content=False, _request_timeout=self._timeout)
            return Answer.parsed(reply.status, reply.headers, reply.data)
        except self._vendor_faults as error:
            if isinstance(error.__context__, HTTPError):
                raise self._broken(error.__context__, operation) from error
            if not getattr(error, "status", None):
                raise
            return Answer.parsed(error.status, error.headers or {}, error.body)
        except UnicodeDecodeError as error:
            cause = error.__context__
            if getattr(cause, "status", None):
                return Answer.parsed(cause.status, cause.headers or {}, None)  # type: ignore[union-attr]  # one of the vendor's
            raise self._broken(error, operation) from error
        except HTTPError as error:
            raise self._broken(error, operation) from error

    def _broken(
        self, error: HTTPError | UnicodeDecodeError, operation: Operation
    ) -> UnavailableError:
        return fault_of_connection(error, operation, address=self._address)


class _Vendor:
    """Builds the parts of hubspot-api-client that are used; imported here, being slow."""

    def __init__(self, settings: HubSpotSettings, pool: PoolManager, tokens: Tokens) -> None:
        from hubspot import HubSpot
        from hubspot.crm import objects, properties

        self._settings = settings
        self._pool = pool
        self._tokens = tokens
        self._crm = HubSpot(api_factory=self._build).crm
        self.faults: tuple[type[Any], ...] = (  # Any: two classes with no common base
            objects.exceptions.OpenApiException,
            properties.exceptions.OpenApiException,
        )

    def objects(self) -> tuple[Any, Any, Any]:  # Any: untyped package
        """Give the basic, batch and search APIs of all objects."""
        objects = self._crm.objects
        return objects.basic_api, objects.batch_api, objects.search_api

    def properties(self) -> Any:  # Any: untyped package
        """Give the API of property definitions."""
        return self._crm.properties.core_api

    def _build(self, package: Any, api_name: str, _config: object) -> Any:  # Any: as above
        """Build one API as the package would, but with our pool, paths and user agent."""
        configuration = package.Configuration(host=self._settings.base_url)
        paths, tokens = Paths(self._settings.api_version), self._tokens

        class VersionedApiClient(package.ApiClient):  # type: ignore[misc]  # its class is Any
            def call_api(self, resource_path: str, *args: Any, **options: Any) -> Any:
                self.configuration.access_token = tokens.current()
                return super().call_api(paths.resolve(resource_path), *args, **options)

        api_client = VersionedApiClient(configuration)
        api_client.rest_client.pool_manager = self._pool
        api_client.user_agent = "revloop"
        return getattr(package, api_name)(api_client=api_client)


def _pool() -> PoolManager:
    """Build the pool; every answer is handed up after exactly one request, whatever its status."""
    retries = Retry(
        total=2,
        connect=2,
        read=0,
        status=0,
        redirect=0,
        other=0,
        raise_on_status=False,
        raise_on_redirect=False,
        respect_retry_after_header=False,
    )
    return PoolManager(num_pools=2, maxsize=8, retries=retries)


def _write_operation(kind: WriteKind, object_name: str) -> Operation:
    if kind is WriteKind.CREATE:
        return Operation(name="create", object_name=object_name, writes=True, policy=ONCE_ONLY)
    holds = "" if kind is WriteKind.ARCHIVE else "results"
    return Operation(name=kind.value, object_name=object_name, writes=True, holds=holds)


def _note_limits(budget: Budget, answer: Answer) -> None:
    """Hand on what the answer's headers say of limits; searches say nothing."""
    budget.note(
        left=answer.number("x-hubspot-ratelimit-daily-remaining"),
        total=answer.number("x-hubspot-ratelimit-daily"),
    )
    calls = answer.number("x-hubspot-ratelimit-max")
    window = answer.number("x-hubspot-ratelimit-interval-milliseconds")
    if calls and window:
        left = answer.number("x-hubspot-ratelimit-remaining")
        budget.note_pace(CallKind.GENERAL, Pace(calls, window / 1000), left=left)
