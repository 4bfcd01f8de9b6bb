"""Filling the portal from seed lines, and writing it back as such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox.errors import SeedError
from sandbox.hubspot.account import Account
from sandbox.hubspot.association_types import TypeRef
from sandbox.hubspot.desks import BOOKS, export_lines_of, load_books, load_line
from sandbox.hubspot.errors import ApiError
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.record import By, Record, Source, Version, source_of
from sandbox.hubspot.schema import PropertyDefinition
from sandbox.hubspot.seeding_setup import (
    SETUP,
    export_setup,
    load_display,
    load_schemas,
    load_setup,
)
from sandbox.hubspot.stamps import from_iso, iso, milliseconds
from sandbox.hubspot.values import InvalidValueError, stored_form
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import Seed, SeedAccount, SeedField, SeedRecord, System

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["export_lines", "load_seeds"]

OWNERS = "owners"


def load_seeds(store: HubSpotStore, seeds: Sequence[Seed]) -> None:
    """Load the lines of this system: account, properties, owners, records, then ties."""
    ours = [seed for seed in seeds if seed.system is System.HUBSPOT]
    for seed in ours:
        if isinstance(seed, SeedAccount):
            _load_account(store, seed)
    records = [seed for seed in ours if isinstance(seed, SeedRecord)]
    load_schemas(store, records)
    for seed in ours:
        if isinstance(seed, SeedField):
            _load_field(store, seed)
    load_display(store, records)
    load_setup(store, records)
    loader = _Loader(store)
    loader.load([seed for seed in records if seed.object not in BOOKS and seed.object not in SETUP])
    load_books(store, records, loader.known())


def export_lines(store: HubSpotStore) -> Iterator[JsonObject]:
    """Give the portal as seed lines, in the order they can be loaded again."""
    yield {
        "system": "hubspot",
        "account": _account_line(store.account),
    }
    yield from export_setup(store)
    for kind in store.types:
        for definition in store.schema(kind).own():
            yield {"system": "hubspot", "object": kind.name, "field": _field_line(kind, definition)}
    yield from export_lines_of(store, OWNERS)
    for kind in store.types:
        for record_id in store.table(kind).ids:
            yield _record_line(store, kind, store.table(kind).live[record_id])
    yield from export_lines_of(store, *BOOKS)


class _Loader:
    """Gives every line its id first, so that lines can name later ones."""

    def __init__(self, store: HubSpotStore) -> None:
        self._store = store
        self._ids: dict[str, tuple[str, int]] = {}

    def load(self, seeds: Sequence[SeedRecord]) -> None:
        for seed in seeds:
            self._ids[seed.key] = (seed.object, self._new_id(seed))
        for seed in seeds:
            if seed.object == OWNERS:
                load_line(self._store, seed, {seed.key: str(self._ids[seed.key][1])})
        by_object: dict[str, list[SeedRecord]] = {}
        for seed in seeds:
            if seed.object != OWNERS:
                by_object.setdefault(self._kind_name(seed), []).append(seed)
        for kind in self._store.types:
            self._load_records(kind, by_object.get(kind.name, []))
        for seed in seeds:
            self._load_ties(seed)

    def known(self) -> dict[str, str]:
        """Give the id of each line loaded, by the file's own name for it."""
        return {key: str(record_id) for key, (_, record_id) in self._ids.items()}

    def _kind(self, seed: SeedRecord) -> ObjectType | None:
        return None if seed.object == OWNERS else self._store.types.find(seed.object)

    def _new_id(self, seed: SeedRecord) -> int:
        if seed.id is not None and not seed.id.isdigit():
            raise seed.error(f"{seed.id!r} is no HubSpot id; it has digits only")
        kind = self._kind(seed)
        if kind is None and seed.object != OWNERS:
            raise seed.error(f"HubSpot has no object {seed.object!r} here")
        if kind is None:
            return int(seed.id) if seed.id else self._store.owners.new_id()
        table = self._store.table(kind)
        if seed.id is None:
            return table.new_id()
        table.keep_ids_above(int(seed.id))
        return int(seed.id)

    def _load_records(self, kind: ObjectType, seeds: Sequence[SeedRecord]) -> None:
        schema, table = self._store.schema(kind), self._store.table(kind)
        unique = schema.unique_names()
        taken: dict[tuple[str, str], int] = {}
        records = []
        for seed in seeds:
            record = self._record(kind, seed)
            for name in unique:
                value = record.properties.get(name)
                if not value:
                    continue
                if (name, value) in taken or table.holder(name, value) is not None:
                    raise seed.error(f"{name} is unique, and another record has this value")
                taken[(name, value)] = record.id
            records.append(record)
        table.put_many(records, unique=unique)

    def _record(self, kind: ObjectType, seed: SeedRecord) -> Record:
        created = self._store.now() if seed.created is None else milliseconds(seed.created)
        values = {
            name: self._value(kind, seed, name, raw)
            for name, raw in seed.values.items()
            if not self._store.computed.knows(kind, name)
        }
        history = {
            name: tuple(sorted((_version(entry) for entry in entries), key=lambda one: one.stamp))
            for name, entries in seed.history.items()
        }
        for name, versions in history.items():
            if name not in seed.values and versions:
                values[name] = versions[-1].value
        latest = max((one.stamp for many in history.values() for one in many), default=created)
        modified = max(created, latest) if seed.modified is None else milliseconds(seed.modified)
        return Record(
            id=self._ids[seed.key][1],
            properties={name: value for name, value in values.items() if value},
            created=created,
            modified=modified,
            source=_origin(seed),
            history=_complete(history, values, modified),
        )

    def _value(self, kind: ObjectType, seed: SeedRecord, name: str, raw: Json) -> str:
        definition = self._store.schema(kind).find(name)
        if definition is None:
            raise seed.error(f"{kind.name} have no property {name!r}; define it on a line before")
        if isinstance(raw, dict) and set(raw) == {"key"}:
            raw = str(self._id_of(seed, str(raw["key"]))[1])
        if name == "hs_additional_emails":
            return str(raw or "").lower()
        try:
            return stored_form(definition, raw, old="", owner_exists=self._store.owners.exists)
        except InvalidValueError as problem:
            raise seed.error(f"{name}: {problem.message}") from problem

    def _id_of(self, seed: SeedRecord, key: str) -> tuple[str, int]:
        if key not in self._ids:
            raise seed.error(f"no HubSpot line has the key {key!r}")
        return self._ids[key]

    def _load_ties(self, seed: SeedRecord) -> None:
        if seed.object == OWNERS:
            return
        start = (self._kind_name(seed), self._ids[seed.key][1])
        for tie in seed.associations:
            name, record_id = self._id_of(seed, tie.key)
            other = self._store.types.find(name)
            if other is None or self._store.types.find(tie.to) is not other:
                raise seed.error(f"the record {tie.key!r} is not one of {tie.to!r}")
            types = self._store.associations.types
            try:
                kinds = [types.get(start[0], other.name, _type_ref(wanted)) for wanted in tie.types]
                # Without a word on its kind, the first company of a seeded contact is its primary.
                if not tie.types and not self._store.associations.ties_of(start, other.name):
                    kinds = [one for one in types.of_pair(start[0], other.name) if one.single][:1]
                self._store.associations.link(start, (other.name, record_id), kinds)
            except ApiError as exc:
                raise seed.error(str(exc)) from exc

    def _kind_name(self, seed: SeedRecord) -> str:
        kind = self._kind(seed)
        return seed.object if kind is None else kind.name


def _load_account(store: HubSpotStore, seed: SeedAccount) -> None:
    if seed.id and not seed.id.isdigit():
        raise SeedError("a portal id has digits only", source=seed.source, line=seed.line)
    told, old = seed.details, store.account
    more = told.get("additionalCurrencies", [*old.more_currencies])
    try:
        zone = ZoneInfo(str(told.get("timeZone", old.time_zone)))
    except (ValueError, OSError, KeyError) as exc:
        why = f"{told['timeZone']!r} is no time zone"
        raise SeedError(why, source=seed.source, line=seed.line) from exc
    store.account = replace(
        old,
        id=int(seed.id) if seed.id else old.id,
        name=seed.name or old.name,
        time_zone=zone.key,
        currency=str(told.get("companyCurrency", old.currency)),
        more_currencies=tuple(str(one) for one in more) if isinstance(more, list) else (),
        type=str(told.get("accountType", old.type)),
    )


def _account_line(account: Account) -> JsonObject:
    return {
        "id": str(account.id),
        "name": account.name,
        "timeZone": account.time_zone,
        "companyCurrency": account.currency,
        "additionalCurrencies": [*account.more_currencies],
        "accountType": account.type,
    }


def _load_field(store: HubSpotStore, seed: SeedField) -> None:
    kind = store.types.find(seed.object)
    if kind is None:
        raise seed.error(f"HubSpot has no object {seed.object!r} here")
    line: JsonObject = {"type": "string", **seed.field}
    line.setdefault("fieldType", _usual_field_type(str(line["type"])))
    try:
        store.schema(kind).define(line, now=store.now())
    except ApiError as exc:
        raise seed.error(str(exc)) from exc


def _usual_field_type(kind: str) -> str:
    usual = {
        "number": "number",
        "bool": "booleancheckbox",
        "enumeration": "select",
        "date": "date",
        "datetime": "date",
        "phone_number": "phonenumber",
    }
    return usual.get(kind, "text")


def _origin(seed: SeedRecord) -> Source:
    told = seed.values.get("hs_object_source")
    origin = seed.values.get("hs_object_source_id")
    if isinstance(told, str) and told:
        return Source(told, str(origin or ""))
    return source_of(By.IMPORT)


def _complete(
    history: Mapping[str, tuple[Version, ...]], values: Mapping[str, str], modified: int
) -> dict[str, tuple[Version, ...]]:
    """End every history with the value the record holds."""
    return {
        name: _ended(versions, values.get(name, ""), modified) for name, versions in history.items()
    }


def _ended(versions: tuple[Version, ...], value: str, stamp: int) -> tuple[Version, ...]:
    if not versions or versions[-1].value == value:
        return versions
    return (*versions, Version(value, stamp, source_of(By.IMPORT)))


def _version(entry: Mapping[str, Json]) -> Version:
    user = entry.get("updatedByUserId")
    return Version(
        value=str(entry["value"] if entry["value"] is not None else ""),
        stamp=from_iso(str(entry["timestamp"])),
        source=Source(
            str(entry.get("sourceType") or "CRM_UI"),
            str(entry.get("sourceId") or ""),
            str(entry.get("sourceLabel") or ""),
            user if isinstance(user, int) else None,
        ),
    )


def _type_ref(wire: Mapping[str, Json]) -> TypeRef:
    category = wire.get("category") or wire.get("associationCategory") or "HUBSPOT_DEFINED"
    number = wire.get("typeId") or wire.get("associationTypeId") or 0
    return TypeRef(str(category), int(str(number)))


def _field_line(kind: ObjectType, definition: PropertyDefinition) -> JsonObject:
    line: JsonObject = {
        "name": definition.name,
        "label": definition.label,
        "type": definition.type,
        "fieldType": definition.field_type,
    }
    if definition.options:
        line["options"] = [option.to_wire() for option in definition.options]
    if definition.unique:
        line["hasUniqueValue"] = True
    if definition.calculated:
        line["calculated"] = True
    if definition.read_only:
        line["readOnlyValue"] = True
    if definition.owner:
        line |= {"externalOptions": True, "referencedObjectType": "OWNER"}
    more: JsonObject = {
        "groupName": "" if definition.group == kind.group else definition.group,
        "description": definition.description,
        "calculationFormula": definition.formula,
        "hidden": definition.hidden,
        "formField": definition.form_field,
    }
    if definition.display_order >= 0:
        line["displayOrder"] = definition.display_order
    return {**line, **{name: value for name, value in more.items() if value}}


def _record_line(store: HubSpotStore, kind: ObjectType, record: Record) -> JsonObject:
    properties: JsonObject = dict(sorted(record.properties.items()))
    properties["hs_object_source"] = record.source.type
    properties["hs_object_source_id"] = record.source.id
    line: JsonObject = {
        "system": "hubspot",
        "object": kind.name,
        "key": f"{kind.name}-{record.id}",
        "id": str(record.id),
        "properties": properties,
        "created": iso(record.created),
        "modified": iso(record.modified),
    }
    if record.history:
        line["history"] = {
            name: [_history_line(version) for version in versions]
            for name, versions in sorted(record.history.items())
        }
    ties = _tie_lines(store, kind, record)
    if ties:
        line["associations"] = ties
    return line


def _history_line(version: Version) -> JsonObject:
    return {
        "value": version.value,
        "timestamp": iso(version.stamp),
        "sourceType": version.source.type,
        "sourceId": version.source.id,
        "sourceLabel": version.source.label,
        "updatedByUserId": version.source.user,
    }


def _tie_lines(store: HubSpotStore, kind: ObjectType, record: Record) -> list[Json]:
    """Write each tie once, from the record whose line comes first by name and id."""
    lines: list[Json] = []
    places = {one.name: place for place, one in enumerate(store.types)}
    for tie in store.associations.all_ties((kind.name, record.id)):
        if _written_from_other_end(places, tie.start, tie.end):
            continue
        types: list[Json] = [
            {"category": ref.category, "typeId": ref.type_id} for ref in sorted(tie.types)
        ]
        lines.append({"to": tie.end[0], "key": f"{tie.end[0]}-{tie.end[1]}", "types": types})
    return lines


def _written_from_other_end(
    order: Mapping[str, int], start: tuple[str, int], end: tuple[str, int]
) -> bool:
    return (order[start[0]], start[1]) > (order[end[0]], end[1])
