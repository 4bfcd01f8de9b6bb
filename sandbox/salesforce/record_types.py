"""Record types: the field that names one, the default one, and the picklist values it allows."""

from __future__ import annotations

from sandbox.salesforce.catalog.build import reference
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError, bad_picklist_value
from sandbox.salesforce.model import FieldType, ObjectSpec, OnParentDelete, Row
from sandbox.salesforce.rules import Rules

__all__ = ["RecordTypes"]

_FIELD = "RecordTypeId"


class RecordTypes:
    """Gives objects that have record types a RecordTypeId, and checks what is written by it."""

    def __init__(self, database: Database, rules: Rules) -> None:
        """Follow the RecordType rows of one org."""
        self._database = database
        self._rules = rules
        self._of: dict[str, list[Row]] = {}
        database.watch("RecordType", self._relist)
        self._relist()

    def settle(self, spec: ObjectSpec, before: Row, row: Row, values: Row) -> None:
        """Fill and check the record type of a record, and what it allows in its picklists."""
        if _FIELD not in spec.fields:
            return
        types = self._of.get(spec.name, [])
        if not before and row.get(_FIELD) is None:
            row[_FIELD] = self.default_of(spec)
        record_type = row.get(_FIELD)
        if record_type is None:
            return
        if record_type != before.get(_FIELD):
            known = next((one for one in types if one["Id"] == record_type), None)
            if known is None or known.get("IsActive") is False:
                raise ApiError(
                    "INVALID_CROSS_REFERENCE_KEY",
                    f"Record Type ID: this ID value isn't valid for the user: {record_type}",
                    fields=(_FIELD,),
                )
        self._check_choices(spec, str(record_type), values)

    def _check_choices(self, spec: ObjectSpec, record_type: str, values: Row) -> None:
        for name, value in values.items():
            allowed = self._rules.choices.get((record_type, name))
            field = spec.fields.get(name)
            if allowed is None or field is None or value is None:
                continue
            several = field.type is FieldType.MULTIPICKLIST
            for part in str(value).split(";") if several else [str(value)]:
                if part not in allowed:
                    raise bad_picklist_value(field.label, part, name)

    def default_of(self, spec: ObjectSpec) -> str | None:
        """Give the record type of a record that names none, or None when there are no types."""
        types = self._of.get(spec.name, [])
        chosen = self._rules.default_types.get(spec.name)
        active = [one for one in types if one.get("IsActive") is not False]
        for one in active:
            if one.get("DeveloperName") == chosen:
                return str(one["Id"])
        return str(active[0]["Id"]) if active else None

    def _relist(self) -> None:
        """Sort the record types by object; an object that has one gets the field."""
        self._of.clear()
        for row in self._database.table("RecordType").rows.values():
            self._of.setdefault(str(row.get("SobjectType")), []).append(row)
        for name in self._of:
            spec = self._database.schema.find(name)
            if spec is not None and spec.known(_FIELD) is None:
                field = reference(
                    _FIELD,
                    "Record Type ID",
                    ("RecordType",),
                    on_parent_delete=OnParentDelete.KEEP,
                )
                self._database.add_field(spec, field)
