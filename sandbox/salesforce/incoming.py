"""The fields of a written record: names resolved, values in stored form, references checked."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.jsontypes import Json
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import (
    ApiError,
    converted_lead,
    entity_is_deleted,
    invalid_cross_reference,
    no_such_column,
    read_only_fields,
    wrong_id_type,
)
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row, Value
from sandbox.salesforce.values import Coercion

__all__ = ["FieldReader"]


class FieldReader:
    """Reads the body of a write into the values to store."""

    def __init__(self, database: Database) -> None:
        """Read against one org's schema and records."""
        self._database = database
        self._coercions: dict[tuple[str, str], tuple[FieldSpec, Coercion]] = {}

    def read(
        self,
        spec: ObjectSpec,
        body: Mapping[str, Json],
        *,
        creating: bool,
        through_api: bool = True,
    ) -> Row:
        """Give the values to store, nulls included; raises on anything that may not be written.

        Field-level security holds for the API's user only, and what a formula gives can be set
        by anybody else, since formulas are not computed here.
        """
        values: Row = {}
        refused: list[str] = []
        for name, sent in body.items():
            if name == "attributes" or (name.lower() == "id" and sent is None):
                continue
            field = spec.find(name) or self._reference_of(spec, name, sent)
            if field is None or (not through_api and field.name in spec.locked):
                field = self._secured(spec, name, refused if through_api else None)
                if field is None:
                    continue
            is_computed = field.calculated and field.roll_up is None and not through_api
            may_write = field.access.createable if creating else field.access.updateable
            if not may_write and not is_computed:
                refused.append(field.name)
                continue
            values[field.name] = self._value(spec, field, sent)
        if refused:
            raise read_only_fields(refused)
        return values

    def read_internal(self, spec: ObjectSpec, body: Mapping[str, Json]) -> Row:
        """Give the values that the org's own automation sets; read-only fields are allowed."""
        values: Row = {}
        for name, sent in body.items():
            field = spec.known(name)
            if field is None:
                raise no_such_column(name, spec.name)
            values[field.name] = self._value(spec, field, sent)
        return values

    def _value(self, spec: ObjectSpec, field: FieldSpec, sent: Json) -> Value:
        if field.type is FieldType.REFERENCE:
            return self._reference(field, sent)
        if field.type is FieldType.ID:
            return None if sent is None else to_18(str(sent))
        return self._coercion(spec, field).store(sent)

    def _secured(self, spec: ObjectSpec, name: str, refused: list[str] | None) -> FieldSpec | None:
        """Find a field behind field-level security; `refused` takes its name, None lets it by."""
        field = spec.known(name)
        if field is None:
            raise no_such_column(name, spec.name)
        if refused is None:
            return field
        refused.append(field.name)
        return None

    def _coercion(self, spec: ObjectSpec, field: FieldSpec) -> Coercion:
        key = (spec.name, field.name)
        known = self._coercions.get(key)
        if known is None or known[0] is not field:
            known = (field, Coercion(field))
            self._coercions[key] = known
        return known[1]

    def _reference_of(self, spec: ObjectSpec, name: str, sent: Json) -> FieldSpec | None:
        return spec.parent(name) if isinstance(sent, dict) else None

    def _reference(self, field: FieldSpec, sent: Json) -> Value:
        if sent is None or sent == "":
            if not field.nillable:
                raise ApiError(
                    "INVALID_CROSS_REFERENCE_KEY", f"{field.label}: cannot be null", fields=()
                )
            return None
        if isinstance(sent, dict):
            return self._by_external_id(field, sent)
        return self._existing(field, str(sent))

    def _existing(self, field: FieldSpec, sent: str) -> str:
        record_id = to_18(sent.strip())
        if record_id is None:
            raise wrong_id_type(field.label, sent, field.name)
        spec = self._database.schema.of_id(record_id)
        if spec is None or spec.name not in field.refers_to:
            raise wrong_id_type(field.label, sent, field.name)
        row = self._database.table(spec.name).rows.get(record_id)
        if row is None:
            raise invalid_cross_reference()
        if row.get("IsDeleted"):
            error = entity_is_deleted()
            raise ApiError(error.code, error.message, fields=(field.name,))
        if row.get("IsConverted"):
            raise converted_lead()
        return record_id

    def _by_external_id(self, field: FieldSpec, sent: Mapping[str, Json]) -> str:
        named = [(name, value) for name, value in sent.items() if name != "attributes"]
        for target in field.refers_to:
            table = self._database.table(target) if self._database.schema.has(target) else None
            if table is None or len(named) != 1:
                continue
            key = table.spec.find(named[0][0])
            if key is None or not key.addresses:
                continue
            value = Coercion(key).store(named[0][1])
            found = table.holders(key.name, value)
            if len(found) == 1:
                return found[0]
            raise ApiError(
                "INVALID_FIELD",
                f"Foreign key external ID: {value} not found for field {key.name} in entity "
                f"{target}",
            )
        raise ApiError("INVALID_FIELD", f"Invalid foreign key relationship {field.relationship}")
