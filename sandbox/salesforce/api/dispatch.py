"""From path and method to the handler."""

from __future__ import annotations

from sandbox.jsontypes import Json
from sandbox.salesforce.api.bulk import BulkHandlers
from sandbox.salesforce.api.collections import CollectionHandlers
from sandbox.salesforce.api.composite import CompositeHandlers
from sandbox.salesforce.api.describes import DescribeHandlers
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse, text_list
from sandbox.salesforce.api.graphs import GraphHandlers
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.api.queries import QueryHandlers
from sandbox.salesforce.api.replication import ReplicationHandlers
from sandbox.salesforce.api.rows import RowHandlers
from sandbox.salesforce.api.search import SearchHandlers
from sandbox.salesforce.api.trees import TreeHandlers
from sandbox.salesforce.api.usage import Usage
from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.store import SalesforceStore

__all__ = ["Dispatcher"]


class Dispatcher:
    """Answers authorised data requests."""

    def __init__(self, store: SalesforceStore, usage: Usage) -> None:
        """Serve one org and show its use of calls."""
        self._org = Org(store)
        self._usage = usage
        self._rows = RowHandlers(self._org)
        self._collections = CollectionHandlers(self._org)
        self._queries = QueryHandlers(self._org)
        self._replication = ReplicationHandlers(self._org)
        self._describes = DescribeHandlers(self._org)
        self._composite = CompositeHandlers(store.database, self.answer)
        self._graphs = GraphHandlers(self._composite)
        self._trees = TreeHandlers(self._org)
        self._search = SearchHandlers(self._org)
        self._bulk = BulkHandlers(self._org)
        store.on_forget_locators(self._queries.forget_locators)

    def answer(self, request: ApiRequest) -> ApiResponse:
        """Answer one request; what fails leaves nothing behind."""
        try:
            self._bulk.advance()
            with self._org.database.transaction():
                return self._route(request)
        except ApiError as exc:
            return ApiResponse.of_error(exc)

    def _route(self, request: ApiRequest) -> ApiResponse:
        lowered = tuple(part.lower() for part in request.path[:2])
        match lowered[:1]:
            case ():
                _only(request, "GET")
                return self._describes.resources(request)
            case ("query" | "queryall",):
                return self._query(request, lowered[0])
            case ("limits",):
                return self._limits(request)
            case ("sobjects",):
                return self._sobjects(request, request.path[1:])
            case ("composite",):
                return self._composites(request, lowered[1:], request.path[2:])
            case ("jobs",):
                return self._jobs(request, lowered[1:], request.path[2:])
            case ("search" | "parameterizedsearch",):
                return self._found(request, lowered[0])
        raise not_found()

    def _query(self, request: ApiRequest, resource: str) -> ApiResponse:
        match request.path[1:]:
            case ():
                _only(request, "GET")
                return self._queries.query(request, with_deleted=resource == "queryall")
            case (locator,):
                _only(request, "GET")
                return self._queries.more(request, locator)
        raise not_found()

    def _limits(self, request: ApiRequest) -> ApiResponse:
        match tuple(part.lower() for part in request.path[1:]):
            case ():
                _only(request, "GET")
                return ApiResponse(body=self._usage.limits(*self._bulk.used()))
            case ("recordcount",):
                return self._record_count(request)
        raise not_found()

    def _record_count(self, request: ApiRequest) -> ApiResponse:
        _only(request, "GET")
        asked = text_list(request.query.get("sObjects", ""), "sObjects")
        if asked:
            found = [self._org.database.schema.find(name) for name in asked]
            specs = [spec for spec in found if spec is not None]
        else:
            specs = list(self._org.database.schema)
        tables = [self._org.table(spec) for spec in specs]
        # An object without records is left out.
        counts: list[Json] = [
            {"count": count, "name": table.spec.name}
            for table in tables
            if (count := len(table.rows) - len(table.deleted))
        ]
        return ApiResponse(body={"sObjects": counts})

    def _found(self, request: ApiRequest, resource: str) -> ApiResponse:
        if len(request.path) > 1:
            raise not_found()
        if resource == "search":
            _only(request, "GET")
            return self._search.search(request)
        if request.method not in ("GET", "POST"):
            raise _not_allowed(request, "GET,POST")
        return self._search.parameterized(request)

    def _jobs(
        self, request: ApiRequest, kind: tuple[str, ...], rest: tuple[str, ...]
    ) -> ApiResponse:
        if kind == ("ingest",):
            return self._ingest(request, rest)
        if kind == ("query",):
            return self._bulk_query(request, rest)
        raise not_found()

    def _ingest(self, request: ApiRequest, rest: tuple[str, ...]) -> ApiResponse:
        bulk = self._bulk
        match (request.method, *rest):
            case ("GET",):
                return bulk.list_loads(request)
            case ("POST",):
                return bulk.create_load(request)
            case ("GET", job_id):
                return bulk.show_load(request, job_id)
            case ("PATCH", job_id):
                return bulk.change_load(request, job_id)
            case ("DELETE", job_id):
                return bulk.delete_load(request, job_id)
            case ("PUT", job_id, word) if word.lower() == "batches":
                return bulk.upload(request, job_id)
            case ("GET", job_id, which):
                return bulk.results(request, job_id, which)
        raise _wrong_job_method(request, rest)

    def _bulk_query(self, request: ApiRequest, rest: tuple[str, ...]) -> ApiResponse:
        bulk = self._bulk
        match (request.method, *rest):
            case ("GET",):
                return bulk.list_extracts(request)
            case ("POST",):
                return bulk.create_extract(request)
            case ("GET", job_id):
                return bulk.show_extract(request, job_id)
            case ("PATCH", job_id):
                return bulk.change_extract(request, job_id)
            case ("DELETE", job_id):
                return bulk.delete_extract(request, job_id)
            case ("GET", job_id, word) if word.lower() == "results":
                return bulk.extracted(request, job_id)
        raise _wrong_job_method(request, rest)

    def _sobjects(self, request: ApiRequest, path: tuple[str, ...]) -> ApiResponse:
        match path:
            case ():
                _only(request, "GET")
                return self._describes.everything(request)
            case (name,):
                if request.method == "POST":
                    return self._rows.create(request, name)
                _only(request, "GET")
                return self._describes.basic(request, name)
            case (name, word) if word.lower() in ("describe", "updated", "deleted"):
                _only(request, "GET")
                return self._about(request, name, word.lower())
            case (name, word) if word.lower() == "id" and request.method == "POST":
                return self._rows.create(request, name)
            case (name, record_id):
                return self._row(request, name, record_id)
            case (name, field, value):
                return self._keyed_row(request, name, field, value)
        raise not_found()

    def _about(self, request: ApiRequest, name: str, word: str) -> ApiResponse:
        match word:
            case "describe":
                return self._describes.describe(request, name)
            case "updated":
                return self._replication.updated(request, name)
        return self._replication.deleted(request, name)

    def _row(self, request: ApiRequest, name: str, record_id: str) -> ApiResponse:
        match request.method:
            case "GET":
                return self._rows.read(request, name, record_id)
            case "PATCH":
                return self._rows.update(request, name, record_id)
            case "DELETE":
                return self._rows.delete(request, name, record_id)
        raise _not_allowed(request, "GET,PATCH,DELETE")

    def _keyed_row(self, request: ApiRequest, name: str, field: str, value: str) -> ApiResponse:
        match request.method:
            case "GET":
                return self._rows.read_by_key(request, name, field, value)
            case "PATCH":
                return self._rows.upsert(request, name, field, value)
            case "DELETE":
                return self._rows.delete_by_key(request, name, field, value)
        raise _not_allowed(request, "GET,PATCH,DELETE")

    def _composites(
        self, request: ApiRequest, kind: tuple[str, ...], rest: tuple[str, ...]
    ) -> ApiResponse:
        match (kind, rest):
            case ((), ()):
                _only(request, "POST")
                return self._composite.composite(request)
            case (("batch",), ()):
                _only(request, "POST")
                return self._composite.batch(request)
            case (("graph",), ()):
                _only(request, "POST")
                return self._graphs.graph(request)
            case (("tree",), (name,)):
                _only(request, "POST")
                return self._trees.create(request, name)
            case (("sobjects",), ()):
                return self._collection(request)
            case (("sobjects",), (name,)):
                if request.method in ("GET", "POST"):
                    return self._collections.retrieve(request, name)
                raise _not_allowed(request, "GET,POST")
            case (("sobjects",), (name, field)):
                _only(request, "PATCH")
                return self._collections.upsert(request, name, field)
        raise not_found()

    def _collection(self, request: ApiRequest) -> ApiResponse:
        match request.method:
            case "POST":
                return self._collections.create(request)
            case "PATCH":
                return self._collections.update(request)
            case "DELETE":
                return self._collections.delete(request)
        raise _not_allowed(request, "POST,PATCH,DELETE")


def _only(request: ApiRequest, method: str) -> None:
    """Raise unless the method is the one allowed."""
    if request.method != method:
        raise _not_allowed(request, method)


def _wrong_job_method(request: ApiRequest, rest: tuple[str, ...]) -> ApiError:
    if len(rest) > 1:
        return not_found()
    return _not_allowed(request, "GET,PATCH,DELETE" if rest else "GET,POST")


def _not_allowed(request: ApiRequest, allowed: str) -> ApiError:
    return ApiError(
        "METHOD_NOT_ALLOWED",
        f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}",
        status=405,
    )
