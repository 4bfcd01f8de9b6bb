"""Objects beyond people and companies, as both backends hold them: deals, and one of our own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.jsontypes import JsonObject
from sync.domain.schema import Division, FieldKind, FieldShape, ObjectShape, Option
from tests.scenario.outcome_shapes import DEAL_OUTCOMES

__all__ = ["HUBSPOT_OBJECTS", "OBJECT_KEYS", "OBJECT_SEED", "SALESFORCE_OBJECTS"]

#: The fields in which these objects keep the other side's id.
OBJECT_KEYS = ("salesforce_id", "HubSpot_Deal_Id__c", "Hub_Id__c")

_HUBSPOT_TEXT = 65_536
_SALES = (
    ("appointmentscheduled", "Appointment Scheduled"),
    ("qualifiedtobuy", "Qualified To Buy"),
    ("presentationscheduled", "Presentation Scheduled"),
    ("decisionmakerboughtin", "Decision Maker Bought-In"),
    ("contractsent", "Contract Sent"),
    ("closedwon", "Closed Won"),
    ("closedlost", "Closed Lost"),
)
_RENEWALS = (("7101", "Offer out"), ("7102", "Renewed"), ("7103", "Gone"))
_STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)
_ROLES = (
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
)
_STATES = ("running", "broken")
_MACHINE_STATES = ("Running", "Broken")


def _field(name: str, kind: FieldKind, **facts: Any) -> FieldShape:
    return FieldShape(name=name, label=name, kind=kind, **facts)


def _text(name: str, length: int = _HUBSPOT_TEXT, **facts: Any) -> FieldShape:
    return _field(name, FieldKind.TEXT, length=length, **facts)


def _options(rows: Iterable[tuple[str, str]]) -> tuple[Option, ...]:
    return tuple(Option(value, label) for value, label in rows)


def _choice(name: str, values: Iterable[str], **facts: Any) -> FieldShape:
    rows = ((value, value) for value in values)
    return _field(name, FieldKind.CHOICE, restricted=True, options=_options(rows), **facts)


def _fields(*fields: FieldShape) -> Mapping[str, FieldShape]:
    return {field.name: field for field in fields}


def _tied(name: str) -> FieldShape:
    return _field(name, FieldKind.REFERENCE, creatable=False, refers_to=("companies",), apart=True)


def _account(name: str) -> FieldShape:
    return _field(name, FieldKind.REFERENCE, refers_to=("Account",))


_DEALS = ObjectShape(
    "deals",
    "deals",
    _fields(
        _text("dealname", required=True),
        _field(
            "dealstage",
            FieldKind.CHOICE,
            restricted=True,
            required=True,
            named_by_label=True,
            options=_options((*_SALES, *_RENEWALS)),
        ),
        _choice("pipeline", ("default", "renewals")),
        _field("amount", FieldKind.NUMBER),
        _field("closedate", FieldKind.DATETIME),
        _tied("associated company"),
        *DEAL_OUTCOMES,
        _text("salesforce_id", unique=True),
    ),
    divided_by="pipeline",
    divisions=(
        Division(id="default", name="Sales Pipeline", options={"dealstage": _options(_SALES)}),
        Division(id="renewals", name="Renewals", options={"dealstage": _options(_RENEWALS)}),
    ),
    zone="Europe/Berlin",
)

_MACHINES = ObjectShape(
    "machines",
    "Machines",
    _fields(
        _text("serial", required=True),
        _text("place"),
        _choice("state", _STATES),
        _field("built_on", FieldKind.DATE),
        _tied("associated company"),
        _text("sf_id", unique=True),
    ),
)

_OPPORTUNITY = ObjectShape(
    "Opportunity",
    "Opportunity",
    _fields(
        _text("Name", 120, required=True),
        _field(
            "StageName",
            FieldKind.CHOICE,
            length=255,
            required=True,
            options=_options((value, value) for value in _STAGES),
        ),
        _field("Amount", FieldKind.MONEY, digits=16, scale=2),
        _field("CloseDate", FieldKind.DATE, required=True),
        _field("RecordTypeId", FieldKind.REFERENCE, refers_to=("RecordType",)),
        _account("AccountId"),
        _field("CampaignId", FieldKind.REFERENCE, refers_to=("Campaign",)),
        _field("IsClosed", FieldKind.BOOLEAN, creatable=False, updatable=False),
        _field("IsWon", FieldKind.BOOLEAN, creatable=False, updatable=False),
        _text("Loss_Reason__c", 80),
        _text("HubSpot_Deal_Id__c", 40, unique=True),
    ),
    divided_by="RecordTypeId",
    divisions=(
        Division(id="012AAA", name="New_Business"),
        Division(id="012BBB", name="Renewal"),
    ),
)

_ROLE = ObjectShape(
    "OpportunityContactRole",
    "Opportunity Contact Role",
    _fields(
        _field(
            "OpportunityId",
            FieldKind.REFERENCE,
            required=True,
            updatable=False,
            refers_to=("Opportunity",),
        ),
        _field("ContactId", FieldKind.REFERENCE, required=True, refers_to=("Contact",)),
        _field(
            "Role",
            FieldKind.CHOICE,
            length=40,
            options=_options((value, value) for value in _ROLES),
        ),
        _field("IsPrimary", FieldKind.BOOLEAN),
    ),
)

_MACHINE = ObjectShape(
    "Machine__c",
    "Machine",
    _fields(
        _text("Serial__c", 40),
        _text("Place__c", 80),
        _choice("State__c", _MACHINE_STATES, length=255),
        _field("Built__c", FieldKind.DATE),
        _account("Site__c"),
        _text("Hub_Id__c", 40, unique=True),
    ),
)

HUBSPOT_OBJECTS: Mapping[str, ObjectShape] = {one.name: one for one in (_DEALS, _MACHINES)}
SALESFORCE_OBJECTS: Mapping[str, ObjectShape] = {
    one.name: one for one in (_OPPORTUNITY, _ROLE, _MACHINE)
}


def _seed(system: str, name: str, *fields: JsonObject) -> list[JsonObject]:
    return [{"system": system, "object": name, "field": field} for field in fields]


def _key(name: str) -> JsonObject:
    return {"name": name, "type": "string", "length": 40, "unique": True, "externalId": True}


def _record_type(name: str) -> JsonObject:
    fields: JsonObject = {"SobjectType": "Opportunity", "DeveloperName": name, "Name": name}
    return {"system": "salesforce", "object": "RecordType", "key": name, "fields": fields}


#: The same as seed lines, as far as the standard schemas lack it.
OBJECT_SEED: tuple[JsonObject, ...] = (
    {
        "system": "hubspot",
        "object": "schemas",
        "key": "machines",
        "properties": {
            "name": "machines",
            "labels": {"singular": "Machine", "plural": "Machines"},
            "primaryDisplayProperty": "serial",
            "requiredProperties": ["serial"],
        },
    },
    *_seed(
        "hubspot",
        "machines",
        {"name": "serial", "type": "string"},
        {"name": "place", "type": "string"},
        {
            "name": "state",
            "type": "enumeration",
            "options": [{"label": value, "value": value} for value in _STATES],
        },
        {"name": "built_on", "type": "date"},
        {"name": "sf_id", "type": "string", "hasUniqueValue": True},
    ),
    *_seed("hubspot", "deals", {"name": "salesforce_id", "type": "string", "hasUniqueValue": True}),
    {
        "system": "hubspot",
        "object": "pipelines",
        "key": "renewals",
        "properties": {
            "object": "deals",
            "id": "renewals",
            "label": "Renewals",
            "stages": [
                {"id": id, "label": label, "metadata": {"probability": probability}}
                for (id, label), probability in zip(_RENEWALS, ("0.2", "1.0", "0.0"), strict=True)
            ],
        },
    },
    {
        "system": "salesforce",
        "setup": {
            "kind": "object",
            "name": "Machine__c",
            "label": "Machine",
            "autoNumber": "M-{0}",
        },
    },
    *_seed(
        "salesforce",
        "Machine__c",
        {"name": "Serial__c", "type": "string", "length": 40},
        {"name": "Place__c", "type": "string", "length": 80},
        {"name": "State__c", "type": "picklist", "values": list(_MACHINE_STATES)},
        {"name": "Built__c", "type": "date"},
        {"name": "Site__c", "type": "reference", "referenceTo": ["Account"]},
        _key("Hub_Id__c"),
    ),
    *_seed(
        "salesforce",
        "Opportunity",
        {"name": "Loss_Reason__c", "type": "string", "length": 80},
        _key("HubSpot_Deal_Id__c"),
    ),
    *(_record_type(name) for name in ("New_Business", "Renewal")),
)
