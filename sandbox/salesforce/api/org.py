"""What every handler works with: the org, and the steps that several of them take."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest
from sandbox.salesforce.errors import (
    ApiError,
    entity_is_deleted,
    external_id_not_found,
    invalid_field,
    not_found,
)
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row
from sandbox.salesforce.saving import WriteContext
from sandbox.salesforce.soql.shape import attributes, shown_value
from sandbox.salesforce.store import SalesforceStore
from sandbox.salesforce.table import Table
from sandbox.salesforce.values import stored_value

__all__ = ["Org", "without_key"]


class Org:
    """Finds objects, rows and keys for the handlers, with the API's own errors."""

    def __init__(self, store: SalesforceStore) -> None:
        """Serve one org."""
        self.store = store
        self.database = store.database

    def sobject(self, name: str) -> ObjectSpec:
        """Find an object of the path."""
        spec = self.database.schema.find(name)
        if spec is None:
            raise not_found()
        return spec

    def table(self, spec: ObjectSpec) -> Table:
        """Give an object's records."""
        return self.database.table(spec.name)

    def context(self, request: ApiRequest) -> WriteContext:
        """Read who writes and what the headers allow."""
        duplicates = request.header("Sforce-Duplicate-Rule-Header").replace(" ", "").lower()
        return WriteContext(
            user_id=request.user_id,
            allow_duplicates="allowsave=true" in duplicates,
            auto_assign=request.header("Sforce-Auto-Assign").strip().lower() != "false",
            stamp=self.store.lagging_stamp(),
        )

    def addressed_id(self, spec: ObjectSpec, written: str) -> str:
        """Give the full id of a path; raises when it is no id of the object."""
        record_id = to_18(written)
        if record_id is None:
            raise external_id_not_found(written)
        if self.database.schema.of_id(record_id) is not spec:
            raise not_found()
        return record_id

    def live_row(self, spec: ObjectSpec, record_id: str) -> Row:
        """Give a row to be read; raises NOT_FOUND or ENTITY_IS_DELETED."""
        row = self.table(spec).rows.get(record_id)
        if row is None:
            raise not_found()
        if row.get("IsDeleted"):
            shown = self.database.shows_deleted(spec.name)
            hidden = self.store.switches.deleted_row_is_not_found or not shown
            raise not_found() if hidden else entity_is_deleted()
        return row

    def key_field(self, spec: ObjectSpec, name: str) -> FieldSpec:
        """Give a field that may address records: an external id, or Id."""
        field = spec.find(name)
        if field is None or not (field.addresses or field.type is FieldType.ID):
            raise external_id_not_found(name)
        return field

    def ids_by_key(self, spec: ObjectSpec, field: FieldSpec, value: Json) -> list[str]:
        """Give the ids of the live records a key names."""
        if field.type is FieldType.ID:
            record_id = to_18(str(value))
            row = None if record_id is None else self.table(spec).live(record_id)
            return [] if row is None else [str(row["Id"])]
        return self.table(spec).holders(field.name, stored_value(field, value))

    def shown(
        self, spec: ObjectSpec, row: Row, version: str, fields: list[FieldSpec] | None = None
    ) -> JsonObject:
        """Give a row as JSON, all of it or some fields and the id."""
        shown: JsonObject = {"attributes": attributes(spec.name, row, version)}
        for field in spec.fields.values() if fields is None else fields:
            shown[field.name] = shown_value(field, row)
        if fields is not None:
            shown.setdefault("Id", row["Id"])
        return shown

    def named_fields(self, spec: ObjectSpec, names: list[str]) -> list[FieldSpec]:
        """Find fields to show; raises INVALID_FIELD for the first that is none."""
        fields = []
        for name in names:
            field = spec.find(name)
            if field is None:
                raise invalid_field(name, spec.name)
            fields.append(field)
        return fields

    def url_of(self, spec: ObjectSpec, record_id: str, version: str) -> str:
        """Give a record's address."""
        return f"/services/data/v{version}/sobjects/{spec.name}/{record_id}"


def without_key(body: Mapping[str, Json], field: FieldSpec) -> dict[str, Json]:
    """Refuse a body that repeats the key of its path."""
    for name in body:
        if name.lower() in (field.name.lower(), "id"):
            raise ApiError(
                "INVALID_FIELD", f"The {name} field should not be specified in the sobject data."
            )
    return dict(body)
