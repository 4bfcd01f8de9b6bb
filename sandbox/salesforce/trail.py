"""Field history: what was changed, when and by whom."""

from __future__ import annotations

from sandbox.salesforce.catalog.history import HISTORY_OF
from sandbox.salesforce.database import Database
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row, Value
from sandbox.salesforce.rules import Rules, Switches
from sandbox.salesforce.stamps import audit_values

__all__ = ["Trail", "history_of"]

_DATA_TYPES = {
    FieldType.REFERENCE: "EntityId",
    FieldType.BOOLEAN: "Boolean",
    FieldType.STRING: "Text",
    FieldType.TEXTAREA: "Text",
    FieldType.EMAIL: "Email",
    FieldType.PHONE: "Phone",
    FieldType.URL: "Url",
    FieldType.PICKLIST: "DynamicEnum",
    FieldType.MULTIPICKLIST: "MultiEnum",
    FieldType.INT: "Double",
    FieldType.DOUBLE: "Double",
    FieldType.PERCENT: "Percent",
    FieldType.CURRENCY: "Currency",
    FieldType.DATE: "DateOnly",
    FieldType.DATETIME: "DateTime",
}


def history_of(database: Database, sobject: str) -> ObjectSpec | None:
    """Give the object that keeps an object's field history, or None when there is none."""
    name = HISTORY_OF.get(sobject)
    if name is None and sobject.endswith("__c"):
        name = sobject.removesuffix("c") + "History"
    return None if name is None else database.schema.find(name)


class Trail:
    """Writes the field history of one org."""

    def __init__(self, database: Database, rules: Rules, switches: Switches) -> None:
        """Keep what the org's set-up tracks."""
        self._database = database
        self._rules = rules
        self._switches = switches

    def changed(self, spec: ObjectSpec, before: Row, row: Row, *, user_id: str, stamp: str) -> None:
        """Keep the changes of a save that are tracked; a record without a past is a new one."""
        tracked = self._rules.tracked.get(spec.name)
        if not tracked:
            return
        if not before:
            if self._switches.history_notes_creation:
                self.noted(spec, row, "created", user_id=user_id, stamp=stamp)
            return
        for name in sorted(tracked):
            was, now = before.get(name), row.get(name)
            field = spec.known(name)
            if was == now or field is None:
                continue
            for old, new, kind in self._pairs(field, was, now):
                self.add(spec, row, field, old, new, user_id=user_id, stamp=stamp, kind=kind)

    def noted(self, spec: ObjectSpec, row: Row, event: str, *, user_id: str, stamp: str) -> None:
        """Keep an event that is no change of a field, such as `created` or `leadConverted`."""
        if self._rules.tracked.get(spec.name):
            self._put(spec, row, {"Field": event, "DataType": "Text"}, user_id, stamp)

    def add(
        self,
        spec: ObjectSpec,
        row: Row,
        field: FieldSpec,
        old: Value,
        new: Value,
        *,
        user_id: str,
        stamp: str,
        kind: str | None = None,
    ) -> None:
        """Keep one change of one field."""
        name = field.name
        if field.type is FieldType.REFERENCE and not field.custom:
            name = name.removesuffix("Id")
        values: Row = {
            "Field": name,
            "DataType": kind or _DATA_TYPES.get(field.type, "Text"),
            "OldValue": old,
            "NewValue": new,
        }
        self._put(spec, row, values, user_id, stamp)

    def _pairs(
        self, field: FieldSpec, was: Value, now: Value
    ) -> list[tuple[Value, Value, str | None]]:
        """Give old and new value of each row a change makes; long texts leave no values."""
        if field.type is FieldType.MULTIPICKLIST or not field.filterable:
            return [(None, None, None)]
        if field.type is not FieldType.REFERENCE:
            return [(was, now, None)]
        ids: list[tuple[Value, Value, str | None]] = [(was, now, "EntityId")]
        if self._switches.lookup_history_rows == 1:
            return ids
        return [(self._name(was), self._name(now), "Text"), *ids]

    def _name(self, record_id: Value) -> Value:
        found = None if record_id is None else self._database.row_of(str(record_id))
        return None if found is None else found[1].get("Name")

    def _put(self, spec: ObjectSpec, row: Row, values: Row, user_id: str, stamp: str) -> None:
        history = history_of(self._database, spec.name)
        if history is None:
            return
        parent = next(
            field.name for field in history.fields.values() if spec.name in field.refers_to
        )
        record_id = self._database.mint.next_id(history.prefix)
        kept = {name: value for name, value in values.items() if value is not None}
        self._database.put(
            history,
            record_id,
            {
                "Id": record_id,
                parent: row["Id"],
                **kept,
                **audit_values(history, stamp, user_id),
            },
        )
