"""Filling the org from seed lines, and writing it as seed lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.errors import SeedError
from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import prefix_of, to_18
from sandbox.salesforce.lifecycle import CASCADED_WITH
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row, Value
from sandbox.salesforce.places import pair_countries
from sandbox.salesforce.saving import person_name
from sandbox.salesforce.schema import custom_field, definition_of
from sandbox.salesforce.values import Coercion
from sandbox.salesforce.wire import to_stamp
from sandbox.seeds import Seed, SeedAccount, SeedField, SeedRecord, System

__all__ = ["Seeding"]


class Seeding:
    """Loads and exports one org; what a seed says is taken as it is, rules do not run."""

    def __init__(self, database: Database, *, default_user: str) -> None:
        """Give records without an owner or editor to `default_user`."""
        self._database = database
        self._default_user = default_user
        self._ids: dict[str, str] = {}
        self._coercions: dict[tuple[str, str], Coercion] = {}
        self._history: dict[str, dict[str, list[JsonObject]]] = {}

    def load(self, seeds: Sequence[Seed]) -> SeedAccount | None:
        """Add fields, then records; gives the line that names the org, if there is one."""
        ours = [seed for seed in seeds if seed.system is System.SALESFORCE]
        account = None
        self._coercions.clear()
        for seed in ours:
            if isinstance(seed, SeedAccount):
                account = seed
            elif isinstance(seed, SeedField):
                self._add_field(seed)
        records = [seed for seed in ours if isinstance(seed, SeedRecord)]
        placed = [(self._place(seed), seed) for seed in records]
        for (spec, record_id), seed in placed:
            self._add_record(spec, record_id, seed)
        return account

    def export(self) -> Iterator[JsonObject]:
        """Give custom fields, then every record with its id and stamps."""
        for spec in self._database.schema:
            for field in spec.fields.values():
                if field.custom:
                    yield {
                        "system": "salesforce",
                        "object": spec.name,
                        "field": definition_of(field),
                    }
        for table in self._database.tables():
            if table.spec.name != "Organization":
                for record_id, row in list(table.rows.items()):
                    yield self._exported(table.spec, record_id, row)

    def _add_field(self, seed: SeedField) -> None:
        spec = self._database.schema.find(seed.object)
        if spec is None:
            raise seed.error(f"there is no object {seed.object}")
        try:
            self._database.add_field(spec, custom_field(seed.field))
        except ValueError as exc:
            raise seed.error(str(exc)) from exc

    def _place(self, seed: SeedRecord) -> tuple[ObjectSpec, str]:
        """Settle a record's id before any record is read, so that references may point ahead."""
        spec = self._database.schema.find(seed.object)
        if spec is None:
            raise seed.error(f"there is no object {seed.object}")
        if seed.id is None:
            record_id = self._database.mint.next_id(spec.prefix)
        else:
            record_id = to_18(seed.id) or ""
            if prefix_of(record_id) != spec.prefix:
                raise seed.error(f"{seed.id!r} is no id of {spec.name}")
            self._database.mint.skip_past(record_id)
        self._ids[seed.key] = record_id
        return spec, record_id

    def _add_record(self, spec: ObjectSpec, record_id: str, seed: SeedRecord) -> None:
        row: Row = {"Id": record_id, **spec.defaults}
        if "OwnerId" in spec.fields:
            row["OwnerId"] = self._default_user
        row |= {"CreatedById": self._default_user, "LastModifiedById": self._default_user}
        created = to_stamp(seed.created) if seed.created else self._database.now
        modified = to_stamp(seed.modified) if seed.modified else created
        row |= {"CreatedDate": created, "LastModifiedDate": modified, "SystemModstamp": modified}
        values = self._values(spec, seed)
        row |= values
        pair_countries(spec, row, values, checked=False)
        if "LastName" in spec.fields:
            row["Name"] = person_name(row)
        self._check_complete(spec, row, seed)
        full: Row = {name: value for name, value in row.items() if value is not None}
        self._database.put(spec, record_id, full)
        if seed.history:
            self._history[record_id] = seed.history

    def _values(self, spec: ObjectSpec, seed: SeedRecord) -> Row:
        values: Row = {}
        for name, given in seed.values.items():
            if name == CASCADED_WITH:
                values[name] = str(given)
                continue
            field = spec.find(name)
            if field is None:
                raise seed.error(f"{spec.name} has no field {name}; add it by a field line first")
            value = self._value(spec, field, given, seed)
            if field.name != "IsDeleted" or value:
                values[field.name] = value
        return values

    def _coercion(self, spec: ObjectSpec, field: FieldSpec) -> Coercion:
        key = (spec.name, field.name)
        if key not in self._coercions:
            self._coercions[key] = Coercion(field, trusted=True)
        return self._coercions[key]

    def _value(self, spec: ObjectSpec, field: FieldSpec, given: Json, seed: SeedRecord) -> Value:
        if field.type is FieldType.REFERENCE:
            return self._reference(field, given, seed)
        try:
            return self._coercion(spec, field).store(given)
        except ApiError as exc:
            raise seed.error(exc.message) from exc

    def _reference(self, field: FieldSpec, given: Json, seed: SeedRecord) -> Value:
        if given is None:
            return None
        if isinstance(given, dict):
            record_id = self._ids.get(str(given.get("key")))
            if record_id is None:
                raise seed.error(f"{field.name}: no record has the key {given.get('key')!r}")
        else:
            record_id = to_18(str(given)) or ""
        spec = self._database.schema.of_id(record_id)
        if field.name != "ConvertedOpportunityId" and (
            spec is None or spec.name not in field.refers_to
        ):
            wanted = " or ".join(field.refers_to)
            raise seed.error(f"{field.name} refers to {wanted}, and {given!r} is none")
        return record_id

    def _check_complete(self, spec: ObjectSpec, row: Row, seed: SeedRecord) -> None:
        missing = [name for name in spec.required if row.get(name) is None]
        if missing:
            raise SeedError(
                f"{spec.name} {seed.key} lacks {', '.join(missing)}",
                source=seed.source,
                line=seed.line,
            )

    def _exported(self, spec: ObjectSpec, record_id: str, row: Row) -> JsonObject:
        fields: JsonObject = {}
        for name, value in row.items():
            field = spec.fields.get(name)
            if name in ("Id", "CreatedDate", "LastModifiedDate") or (
                name == "Name" and "LastName" in row
            ):
                continue
            known = field is not None and field.type is FieldType.REFERENCE and self._knows(value)
            fields[name] = {"key": value} if known else value
        line: JsonObject = {
            "system": "salesforce",
            "object": spec.name,
            "key": record_id,
            "id": record_id,
            "created": _iso(row["CreatedDate"]),
            "modified": _iso(row["LastModifiedDate"]),
            "fields": fields,
        }
        history = self._history.get(record_id)
        if history:
            line["history"] = {name: list(entries) for name, entries in history.items()}
        return line

    def _knows(self, value: Value) -> bool:
        return self._database.row_of(str(value)) is not None


def _iso(stamp: Value) -> str:
    return str(stamp)[:19] + "Z"
