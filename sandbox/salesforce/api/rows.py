"""Single records: by id and by external id."""

from __future__ import annotations

from dataclasses import replace

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse
from sandbox.salesforce.api.org import Org, without_key
from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row
from sandbox.salesforce.wire import from_http_date, to_http_date

__all__ = ["RowHandlers"]


class RowHandlers:
    """Answers `/sobjects/X`, `/sobjects/X/id` and `/sobjects/X/field/value`."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org

    def create(self, request: ApiRequest, name: str) -> ApiResponse:
        """Create a record."""
        spec = self._org.sobject(name)
        return self._created(request, spec, request.object_body())

    def read(self, request: ApiRequest, name: str, written_id: str) -> ApiResponse:
        """Give a record by id, all of it or the fields asked for."""
        spec = self._org.sobject(name)
        row = self._org.live_row(spec, self._org.addressed_id(spec, written_id))
        return self._shown(request, spec, row)

    def update(self, request: ApiRequest, name: str, written_id: str) -> ApiResponse:
        """Update a record by id."""
        spec = self._org.sobject(name)
        record_id = self._org.addressed_id(spec, written_id)
        body = without_key(request.object_body(), spec.fields["Id"])
        self._write(request, spec, record_id, body)
        return ApiResponse(status=204)

    def delete(self, request: ApiRequest, name: str, written_id: str) -> ApiResponse:
        """Put a record in the recycle bin."""
        spec = self._org.sobject(name)
        record_id = self._org.addressed_id(spec, written_id)
        self._org.store.lifecycle.delete(spec, record_id, self._context(request))
        return ApiResponse(status=204)

    def read_by_key(
        self, request: ApiRequest, name: str, field_name: str, value: str
    ) -> ApiResponse:
        """Give the record an external id names; several answer with 300 and their addresses."""
        spec = self._org.sobject(name)
        field = self._org.key_field(spec, field_name)
        found = self._org.ids_by_key(spec, field, value)
        if not found:
            raise not_found()
        if len(found) > 1:
            return self._several(request, spec, found)
        return self._shown(request, spec, self._org.live_row(spec, found[0]))

    def delete_by_key(
        self, request: ApiRequest, name: str, field_name: str, value: str
    ) -> ApiResponse:
        """Delete the record an external id names."""
        spec = self._org.sobject(name)
        found = self._org.ids_by_key(spec, self._org.key_field(spec, field_name), value)
        if not found:
            raise not_found()
        if len(found) > 1:
            return self._several(request, spec, found)
        self._org.store.lifecycle.delete(spec, found[0], self._context(request))
        return ApiResponse(status=204)

    def upsert(self, request: ApiRequest, name: str, field_name: str, value: str) -> ApiResponse:
        """Create or update the record an external id names."""
        spec = self._org.sobject(name)
        field = self._org.key_field(spec, field_name)
        body = without_key(request.object_body(), field)
        found = self._org.ids_by_key(spec, field, value)
        if len(found) > 1:
            return self._several(request, spec, found)
        if found:
            self._write(request, spec, found[0], body)
            return self._upserted(request, spec, found[0])
        if request.flag("updateOnly") or field.type is FieldType.ID:
            raise not_found()
        return self._created(request, spec, body | {field.name: value}, upserted=True)

    def _context(self, request: ApiRequest) -> WriteContext:
        """Add to what all writes know what only the errors of a single row show."""
        header = request.header("Sforce-Duplicate-Rule-Header").replace(" ", "").lower()
        return replace(
            self._org.context(request),
            duplicate_details="includerecorddetails=true" in header,
            version=request.version,
        )

    def _created(
        self, request: ApiRequest, spec: ObjectSpec, body: JsonObject, *, upserted: bool = False
    ) -> ApiResponse:
        record_id = self._org.store.saver.create(spec, body, self._context(request))
        answer: JsonObject = {"id": record_id, "success": True, "errors": []}
        if upserted:
            answer["created"] = True
        location = self._org.url_of(spec, record_id, request.version)
        return ApiResponse(status=201, body=answer, headers={"Location": location})

    def _upserted(self, request: ApiRequest, spec: ObjectSpec, record_id: str) -> ApiResponse:
        if self._org.store.switches.upsert_update_status == 204:
            return ApiResponse(status=204)
        answer: JsonObject = {"id": record_id, "success": True, "errors": [], "created": False}
        location = self._org.url_of(spec, record_id, request.version)
        return ApiResponse(body=answer, headers={"Location": location})

    def _several(self, request: ApiRequest, spec: ObjectSpec, found: list[str]) -> ApiResponse:
        addresses: list[Json] = [self._org.url_of(spec, one, request.version) for one in found]
        return ApiResponse(status=300, body=addresses)

    def _write(
        self, request: ApiRequest, spec: ObjectSpec, record_id: str, body: JsonObject
    ) -> None:
        row = self._org.table(spec).live(record_id)
        since = from_http_date(request.header("If-Unmodified-Since"))
        if row is not None and since is not None and str(row["LastModifiedDate"]) > since:
            raise ApiError("PRECONDITION_FAILED", "The record has been modified since", status=412)
        self._org.store.saver.update(spec, record_id, body, self._context(request))

    def _shown(self, request: ApiRequest, spec: ObjectSpec, row: Row) -> ApiResponse:
        modified = str(row["LastModifiedDate"])
        headers = {"Last-Modified": to_http_date(modified)}
        since = from_http_date(request.header("If-Modified-Since"))
        if since is not None and modified <= since:
            return ApiResponse(status=304, headers=headers)
        fields: list[FieldSpec] | None = None
        if request.query.get("fields"):
            names = [name.strip() for name in request.query["fields"].split(",")]
            fields = self._org.named_fields(spec, names)
        return ApiResponse(
            body=self._org.shown(spec, row, request.version, fields), headers=headers
        )
