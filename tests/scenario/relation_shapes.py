"""Lists of people as both backends hold them: who stands on a deal, who took part in a campaign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.memory import RowKind
from sandbox.jsontypes import JsonObject
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option

__all__ = [
    "HUBSPOT_RELATIONS",
    "HUBSPOT_ROWS",
    "LABELS",
    "RELATION_SEED",
    "SALESFORCE_RELATIONS",
    "SALESFORCE_ROWS",
]

#: The labels of a deal's contacts in HubSpot.
LABELS = ("Billing contact", "Decision maker")
_LISTS = ("members", "responded")
_STATUSES = ("Sent", "Responded")

#: What is told of the rows of each object.
HUBSPOT_ROWS: Mapping[str, RowKind] = {
    "deals/contacts": RowKind.SILENT,
    "campaigns/contacts": RowKind.NAMED,
}
SALESFORCE_ROWS: Mapping[str, RowKind] = {
    "OpportunityContactRole": RowKind.STANDS,
    "CampaignMember": RowKind.VANISHES,
}


def _field(name: str, kind: FieldKind, **facts: Any) -> FieldShape:
    return FieldShape(name=name, label=name, kind=kind, **facts)


def _end(name: str, *refers_to: str) -> FieldShape:
    kind = FieldKind.REFERENCE
    return _field(name, kind, required=True, updatable=False, refers_to=refers_to)


def _choice(name: str, values: Iterable[str], **facts: Any) -> FieldShape:
    options = tuple(Option(value, value) for value in values)
    return _field(name, FieldKind.CHOICE, **facts, options=options)


def _shape(name: str, *fields: FieldShape, owned_by: str = "") -> ObjectShape:
    named = {field.name: field for field in fields}
    return ObjectShape(name=name, label=name, fields=named, owned_by=owned_by)


def _rows(owner: str, labels: Iterable[str]) -> ObjectShape:
    return _shape(
        f"{owner}/contacts",
        _end("owner", owner),
        _end("member", "contacts"),
        _choice("label", labels, restricted=True, named_by_label=True),
        owned_by="owner",
    )


HUBSPOT_RELATIONS: Mapping[str, ObjectShape] = {
    shape.name: shape
    for shape in (
        _shape("campaigns", _field("hs_name", FieldKind.TEXT, required=True)),
        _rows("deals", LABELS),
        _rows("campaigns", _LISTS),
    )
}
SALESFORCE_RELATIONS: Mapping[str, ObjectShape] = {
    shape.name: shape
    for shape in (
        _shape(
            "CampaignMember",
            _end("CampaignId", "Campaign"),
            _end("LeadOrContactId", "Contact", "Lead"),
            _choice("Status", _STATUSES, length=40),
        ),
        _shape(
            "Campaign",
            _field("Name", FieldKind.TEXT, length=80, required=True),
            _field("HubSpot_Campaign_Id__c", FieldKind.TEXT, length=40, unique=True),
        ),
    )
}

#: The same as seed lines, as far as the standard schemas lack it.
RELATION_SEED: tuple[JsonObject, ...] = (
    {
        "system": "salesforce",
        "object": "Campaign",
        "field": {
            "name": "HubSpot_Campaign_Id__c",
            "type": "string",
            "length": 40,
            "unique": True,
            "externalId": True,
        },
    },
)
