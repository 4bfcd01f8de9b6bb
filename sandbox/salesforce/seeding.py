"""Filling the org from seed lines, and writing it as seed lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto

from sandbox.errors import SeedError
from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.behaviour import Behaviour
from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.database import Database
from sandbox.salesforce.defaults import NATURAL_KEYS
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import prefix_of, to_18
from sandbox.salesforce.lifecycle import CASCADED_WITH
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row, Value
from sandbox.salesforce.org_setup import OrgSetup
from sandbox.salesforce.places import pair_countries
from sandbox.salesforce.rollups import Totals
from sandbox.salesforce.saving import person_name
from sandbox.salesforce.schema import custom_field, definition_of
from sandbox.salesforce.seed_history import SeedHistory
from sandbox.salesforce.stamps import audit_values
from sandbox.salesforce.values import Coercion
from sandbox.salesforce.wire import to_stamp
from sandbox.seeds import Seed, SeedAccount, SeedField, SeedRecord, SeedSetup, System, parse_time

__all__ = ["Seeding"]


class _Turn(Enum):
    """When a set-up line is applied: objects come first, what needs records comes last."""

    SCHEMA = auto()
    RULES = auto()
    AFTER_RECORDS = auto()


class Seeding:
    """Loads and exports one org; what a seed says is taken as it is, rules do not run."""

    def __init__(
        self,
        database: Database,
        *,
        setup: OrgSetup,
        behaviours: Mapping[str, Behaviour],
        totals: Totals,
        history: SeedHistory,
        default_user: str,
    ) -> None:
        """Give records without an owner or editor to `default_user`."""
        self._database = database
        self._setup = setup
        self._behaviours = behaviours
        self._totals = totals
        self._history = history
        self._default_user = default_user
        self._ids: dict[str, str] = {}
        self._coercions: dict[tuple[str, str], Coercion] = {}

    def load(self, seeds: Sequence[Seed]) -> SeedAccount | None:
        """Add fields, then records; gives the line that names the org, if there is one."""
        ours = [seed for seed in seeds if seed.system is System.SALESFORCE]
        self._coercions.clear()
        setup = [seed for seed in ours if isinstance(seed, SeedSetup)]
        fields = [seed for seed in ours if isinstance(seed, SeedField)]
        records = [seed for seed in ours if isinstance(seed, SeedRecord)]
        self._set_up(setup, _Turn.SCHEMA)
        for one in fields:
            self._add_field(one)
        self._set_up(setup, _Turn.RULES)
        self._add_totals(fields)
        self._add_records(records)
        self._set_up(setup, _Turn.AFTER_RECORDS)
        accounts = [seed for seed in ours if isinstance(seed, SeedAccount)]
        return accounts[-1] if accounts else None

    def _add_records(self, records: Sequence[SeedRecord]) -> None:
        self._make_room(records)
        placed = [(self._place(seed), seed) for seed in records]
        for (spec, record_id), seed in placed:
            self._add_record(spec, record_id, seed)
        self._complete(placed)

    def export(self) -> Iterator[JsonObject]:
        """Give the set-up, added fields, then every record with its id and stamps."""
        for setup in self._setup.export():
            yield {"system": "salesforce", "setup": setup}
        for spec in self._database.schema:
            for field in (*spec.fields.values(), *spec.hidden.values()):
                if field.name in spec.added:
                    yield {
                        "system": "salesforce",
                        "object": spec.name,
                        "field": definition_of(spec.locked.get(field.name, field)),
                    }
        for table in self._database.tables():
            if table.spec.name != "Organization":
                for record_id, row in list(table.rows.items()):
                    yield self._exported(table.spec, record_id, row)

    def _set_up(self, setup: Sequence[SeedSetup], turn: _Turn) -> None:
        """Apply the lines whose turn it is."""
        for seed in setup:
            if self._turn_of(seed) is turn:
                try:
                    self._setup.add(dict(seed.setup), self._key_of)
                except ValueError as exc:
                    raise seed.error(str(exc)) from exc

    def _turn_of(self, seed: SeedSetup) -> _Turn:
        if seed.setup.get("kind") in ("object", "currencies"):
            return _Turn.SCHEMA
        return _Turn.AFTER_RECORDS if self._setup.comes_late(seed.setup) else _Turn.RULES

    def _key_of(self, written: Json) -> str:
        """Give the id of a key of the file, or of a record that is there."""
        given = str(written.get("key") if isinstance(written, dict) else written)
        record_id = self._ids.get(given) or to_18(given)
        if record_id is None:
            raise ValueError(f"no record has the key {given!r}")
        return record_id

    def _add_totals(self, seeds: Sequence[SeedField]) -> None:
        for seed in seeds:
            spec = self._database.schema.find(seed.object)
            field = None if spec is None else spec.known(str(seed.field["name"]))
            if spec is None or field is None or field.roll_up is None:
                continue
            try:
                self._totals.add(spec, field)
            except (ValueError, KeyError) as exc:
                raise seed.error(f"{field.name}: {exc}") from exc

    def _make_room(self, records: Sequence[SeedRecord]) -> None:
        """Drop the stages and statuses of a fresh org where a seed brings another org's own."""
        for name in ("OpportunityStage", "LeadStatus"):
            ids = {to_18(one.id) for one in records if one.object == name and one.id}
            table = self._database.table(name)
            if ids:
                for record_id in [one for one in table.rows if one not in ids]:
                    self._database.put(table.spec, record_id, None)

    def _complete(self, placed: Sequence[tuple[tuple[ObjectSpec, str], SeedRecord]]) -> None:
        """Let each object's own ways at its seeded records, now that all of them are there."""
        by_object: dict[str, list[str]] = {}
        for (spec, record_id), _ in placed:
            by_object.setdefault(spec.name, []).append(record_id)
        context = WriteContext(user_id=self._default_user, through_api=False)
        for name, behaviour in self._behaviours.items():
            table = self._database.table(name)
            for record_id in by_object.get(name, ()):
                row = dict(table.rows[record_id])
                behaviour.complete({}, row, row)
                full: Row = {key: value for key, value in row.items() if value is not None}
                if full != table.rows[record_id]:
                    self._database.put(table.spec, record_id, full)
                if name == "Campaign":
                    stamped = replace(context, stamp=str(row["CreatedDate"]))
                    behaviour.saved({}, full, stamped)
        for (spec, record_id), seed in placed:
            if seed.id is None and (seed.history or spec.name == "Opportunity"):
                self._history.write(spec, record_id, seed)

    def _add_field(self, seed: SeedField) -> None:
        spec = self._database.schema.find(seed.object)
        if spec is None:
            raise seed.error(f"there is no object {seed.object}")
        try:
            field = custom_field(seed.field)
            spec.added.add(field.name)
            self._database.add_field(spec, field)
        except ValueError as exc:
            raise seed.error(str(exc)) from exc

    def _place(self, seed: SeedRecord) -> tuple[ObjectSpec, str]:
        """Settle a record's id before any record is read, so that references may point ahead."""
        spec = self._database.schema.find(seed.object)
        if spec is None:
            raise seed.error(f"there is no object {seed.object}")
        if seed.id is None:
            record_id = self._natural(spec, seed) or self._database.mint.next_id(spec.prefix)
        else:
            record_id = to_18(seed.id) or ""
            if prefix_of(record_id) != spec.prefix:
                raise seed.error(f"{seed.id!r} is no id of {spec.name}")
            self._database.mint.skip_past(record_id)
        self._ids[seed.key] = record_id
        return spec, record_id

    def _natural(self, spec: ObjectSpec, seed: SeedRecord) -> str | None:
        """Find the row of a fresh org that a line without an id means, such as a stage."""
        name = NATURAL_KEYS.get(spec.name)
        if name is None:
            return None
        wanted = seed.values.get(name) or seed.values.get("MasterLabel")
        rows = self._database.table(spec.name).rows.values()
        return next((str(row["Id"]) for row in rows if row.get(name) == wanted), None)

    def _add_record(self, spec: ObjectSpec, record_id: str, seed: SeedRecord) -> None:
        row: Row = {"Id": record_id, **spec.defaults}
        if "OwnerId" in spec.fields:
            row["OwnerId"] = self._default_user
        created = to_stamp(seed.created) if seed.created else self._database.now
        modified = to_stamp(seed.modified) if seed.modified else created
        row |= audit_values(spec, created, self._default_user)
        row |= {"LastModifiedDate": modified, "SystemModstamp": modified}
        if seed.id is None and spec.name in NATURAL_KEYS:
            row |= self._database.table(spec.name).rows.get(record_id, {})
        values = self._values(spec, seed)
        row |= values
        if spec.name in ("OpportunityStage", "LeadStatus"):
            row.setdefault("ApiName", row.get("MasterLabel"))
            row.setdefault("MasterLabel", row.get("ApiName"))
            if "IsActive" in spec.fields:
                row.setdefault("IsActive", True)
        pair_countries(spec, row, values, checked=False)
        if "LastName" in spec.fields and spec.name != "CampaignMember":
            row["Name"] = person_name(row)
        self._check_complete(spec, row, seed)
        full: Row = {name: value for name, value in row.items() if value is not None}
        self._database.put(spec, record_id, full)

    def _values(self, spec: ObjectSpec, seed: SeedRecord) -> Row:
        values: Row = {}
        given_values = _last_values(seed) | seed.values if seed.history else seed.values
        for name, given in given_values.items():
            if name == CASCADED_WITH:
                values[name] = str(given)
                continue
            field = spec.known(name)
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
        if spec is None or spec.name not in field.refers_to:
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
        # What has a default and was emptied must say so, or loading would fill it again.
        emptied = [name for name in spec.defaults if name not in row]
        fields: JsonObject = {name: spec.fields[name].null for name in emptied}
        for name, value in row.items():
            field = spec.known(name)
            is_derived = name in ("Id", "CreatedDate", "LastModifiedDate") or (
                name == "Name" and "LastName" in row
            )
            if is_derived or (field is None and name != CASCADED_WITH):
                continue
            known = field is not None and field.type is FieldType.REFERENCE and self._knows(value)
            fields[name] = {"key": value} if known else value
        return {
            "system": "salesforce",
            "object": spec.name,
            "key": record_id,
            "id": record_id,
            "created": _iso(row["CreatedDate"]),
            "modified": _iso(row["LastModifiedDate"]),
            "fields": fields,
        }

    def _knows(self, value: Value) -> bool:
        return self._database.row_of(str(value)) is not None


def _last_values(seed: SeedRecord) -> JsonObject:
    """Give what a record's history says its values are."""
    return {
        name: max(entries, key=lambda entry: parse_time(str(entry["timestamp"])))["value"]
        for name, entries in seed.history.items()
        if entries
    }


def _iso(stamp: Value) -> str:
    return str(stamp)[:19] + "Z"
