"""Seed lines without personal data: a copy of two CRMs on which mappings work as on the originals.

The same person stays the same in both systems: equal names, addresses and numbers give equal
replacements. What tells nobody who somebody is stays: ids, picklist values, numbers, flags, times,
countries and states, stages, what is tied to what, and all of the set-up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from sandbox.clock import Clock
from sandbox.hubspot.store import HubSpotStore
from sandbox.jsontypes import Json, JsonObject
from sandbox.masks import Masks
from sandbox.salesforce.model import FieldSpec, FieldType
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import Seed, System, parse_lines

__all__ = ["anonymised"]

Mask: TypeAlias = Callable[[str], str]

#: Records that are set-up and name nobody.
_SETUP = frozenset(
    "schemas groups pipelines association_labels RecordType OpportunityStage LeadStatus "
    "CampaignMemberStatus QueueSobject GroupMember Group CurrencyType DatedConversionRate".split()
)
#: Records without a schema of their own, all of whose texts but these are names or prose.
_LOOSE = frozenset({"owners", "lists", "campaigns", "opt_outs"})
_LOOSE_KEPT = frozenset(
    "objectTypeId processingType type currency hs_currency_code hs_campaign_status hs_start_date "
    "hs_end_date hs_color_hex amount added key timestamp userId userIdIncludingInactive teams "
    "objectType created createdAt updatedAt deletedAt archivedAt".split()
)
#: Texts that name no person: who made the value, places as large as a country, technical words.
_KEPT = re.compile(
    r"^(hs_object_source.*|hs_analytics_source.*|hs_latest_source.*|hs_merged_object_ids|"
    r"hs_calculated_.*|hs_created_by_user_id|hs_updated_by_user_id|hubspot_owner_id|"
    r"hs_all_.*_ids|lifecyclestage|hs_lead_status|dealstage|pipeline|hs_pipeline.*|dealtype|"
    r"country|hs_country_region_code|state|hs_state_code|hs_timezone|hs_language|currency|"
    r"deal_currency_code|industry|numberofemployees|"
    r".*Country|.*State|.*CountryCode|.*StateCode|TimeZoneSidKey|LocaleSidKey|LanguageLocaleKey|"
    r"EmailEncodingKey|CurrencyIsoCode|UserType|ProfileId|JigsawContactId|PhotoUrl)$"
)
_ADDRESS = re.compile(r"e-?mail|^username$", re.IGNORECASE)
_PHONE = re.compile(r"phone|mobile|fax", re.IGNORECASE)
_HOST = re.compile(r"domain|website|url$|^site$", re.IGNORECASE)
_CODE = re.compile(r"zip|postal|tax|vat|passport|iban|social", re.IGNORECASE)
_LONGEST_TITLE = 80
_GEO = re.compile(r"(latitude|longitude|geocodeaccuracy)$", re.IGNORECASE)
_BIRTH = re.compile(r"birth", re.IGNORECASE)


def anonymised(lines: Iterable[JsonObject], *, secret: bytes) -> Iterator[JsonObject]:
    """Give the lines with made-up values; `secret` ties equal ones and should be thrown away."""
    kept = list(lines)
    yield from _Anonymiser(kept, Masks(secret)).lines(kept)


class _Anonymiser:
    """Knows from both schemas which values are texts, and from all lines which texts are ids."""

    def __init__(self, lines: list[JsonObject], masks: Masks) -> None:
        self._masks = masks
        self._ids = frozenset(str(line["id"]) for line in lines if line.get("id"))
        self._hubspot, self._salesforce = _schemas(lines)
        self._known: dict[tuple[str, str, str], Mask | None] = {}

    def lines(self, lines: Iterable[JsonObject]) -> Iterator[JsonObject]:
        for line in lines:
            if "account" in line:
                yield self._account(line)
            elif "field" in line or "setup" in line or line.get("object") in _SETUP:
                yield line
            else:
                yield self._record(line)

    def _account(self, line: JsonObject) -> JsonObject:
        account = line["account"]
        assert isinstance(account, dict)
        name = account.get("name")
        return {**line, "account": {**account, "name": self._masks.words(str(name or ""))}}

    def _record(self, line: JsonObject) -> JsonObject:
        system, name = str(line["system"]), str(line["object"])
        part = "properties" if system == System.HUBSPOT else "fields"
        values = line.get(part)
        assert isinstance(values, dict)
        if name in _LOOSE:
            return {**line, part: {key: self._loose(key, one) for key, one in values.items()}}
        if name.endswith("History") and system == System.SALESFORCE:
            return {**line, part: self._history_row(name, values)}
        done: JsonObject = {**line, part: self._values(system, name, values)}
        history = line.get("history")
        if isinstance(history, dict):
            done["history"] = {
                key: self._history(system, name, key, entries) for key, entries in history.items()
            }
        return done

    def _values(self, system: str, name: str, values: Mapping[str, Json]) -> JsonObject:
        return {key: self._value(system, name, key, value) for key, value in values.items()}

    def _value(self, system: str, name: str, field: str, value: Json) -> Json:
        if _GEO.search(field) and not isinstance(value, str):
            return None
        if not isinstance(value, str) or not value.strip() or value in self._ids:
            return value
        mask = self._mask(system, name, field)
        return value if mask is None else mask(value)

    def _history(self, system: str, name: str, field: str, entries: Json) -> Json:
        if not isinstance(entries, list):
            return entries
        done: list[Json] = []
        for entry in entries:
            if isinstance(entry, dict):
                value = self._value(system, name, field, entry.get("value"))
                # The label of a source names who did it.
                done.append({**_without(entry, "sourceLabel"), "value": value})
        return done

    def _history_row(self, name: str, values: Mapping[str, Json]) -> JsonObject:
        """Mask the old and new value of a row by what kind of field it is about."""
        of = name.removesuffix("History")
        field = str(values.get("Field", ""))
        spec = self._salesforce.database.schema.find(of)
        is_name = spec is not None and spec.known(field) is None
        done: JsonObject = dict(values)
        for part in ("OldValue", "NewValue"):
            old = values.get(part)
            if is_name and isinstance(old, str) and old not in self._ids:
                done[part] = self._masks.words(old)
            else:
                done[part] = self._value(System.SALESFORCE, of, field, old)
        return {key: value for key, value in done.items() if key in values}

    def _loose(self, key: str, value: Json) -> Json:
        if key in _LOOSE_KEPT:
            return value
        if isinstance(value, str):
            if not value or value in self._ids or value.isdecimal():
                return value
            return self._named(key)(value)
        if isinstance(value, list):
            return [self._loose(key, one) for one in value]
        if isinstance(value, dict):
            return {name: self._loose(name, one) for name, one in value.items()}
        return value

    # What a field holds

    def _mask(self, system: str, name: str, field: str) -> Mask | None:
        """Give what replaces the texts of a field, or None where they stay."""
        at = (system, name, field)
        if at not in self._known:
            kind = self._kind(system, name, field)
            self._known[at] = (
                None if kind is None or _KEPT.match(field) else self._named(field, kind)
            )
        return self._known[at]

    def _kind(self, system: str, name: str, field: str) -> str | None:
        """Give the type of a field that holds free text; None for any other."""
        if system == System.SALESFORCE:
            spec = self._salesforce.database.schema.find(name)
            found = None if spec is None else spec.known(field)
            return "string" if found is None else _kind_of(found)
        kind = self._hubspot.types.find(name)
        definition = None if kind is None else self._hubspot.schema(kind).find(field)
        if definition is None:
            return "string"
        if definition.type == "date" and _BIRTH.search(field):
            return "birth"
        return definition.type if definition.type in ("string", "phone_number") else None

    def _named(self, field: str, kind: str = "string") -> Mask:
        masks = self._masks
        if kind == "birth":
            return _first_of_year
        if kind == "email" or (_ADDRESS.search(field) and kind == "string"):
            return masks.emails
        if kind in ("phone", "phone_number") or _PHONE.search(field):
            return masks.phone
        if kind == "url" or _HOST.search(field):
            return masks.hosts
        if _CODE.search(field):
            return masks.code
        return self._text

    def _text(self, text: str) -> str:
        is_title = len(text) <= _LONGEST_TITLE and "\n" not in text
        return self._masks.words(text) if is_title else self._masks.prose(text)


def _kind_of(field: FieldSpec) -> str | None:
    match field.type:
        case FieldType.DATE if _BIRTH.search(field.name):
            return "birth"
        case FieldType.EMAIL | FieldType.PHONE | FieldType.URL:
            return field.type.value
        case FieldType.STRING | FieldType.TEXTAREA | FieldType.ANY:
            return "string"
    return None


def _first_of_year(text: str) -> str:
    """Keep the year of a birthday."""
    return f"{text[:4]}-01-01"


def _without(entry: Mapping[str, Json], name: str) -> JsonObject:
    return {key: value for key, value in entry.items() if key != name}


def _schemas(lines: Iterable[JsonObject]) -> tuple[HubSpotStore, SalesforceStore]:
    """Fill both schemas from what the lines define, without a record."""
    wanted = [line for line in lines if _defines(line)]
    seeds: list[Seed] = list(parse_lines(enumerate(wanted, start=1), source="export"))
    clock = Clock()
    hubspot, salesforce = HubSpotStore(clock), SalesforceStore(clock)
    hubspot.load(seeds)
    salesforce.load(seeds)
    return hubspot, salesforce


def _defines(line: Mapping[str, Json]) -> bool:
    setup = line.get("setup")
    is_object = isinstance(setup, dict) and setup.get("kind") == "object"
    return "field" in line or is_object or line.get("object") == "schemas"
