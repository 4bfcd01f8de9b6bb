"""The objects both backends hold: seed lines for the sandbox, the same as shapes for memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sandbox.jsontypes import Json, JsonObject
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option, OtherSync
from tests.scenario.funnel_shapes import FUNNEL_PEOPLE, FUNNEL_SEED, FUNNEL_TOLD, LEAD_WORDS
from tests.scenario.object_shapes import HUBSPOT_OBJECTS, OBJECT_SEED, SALESFORCE_OBJECTS
from tests.scenario.outcome_shapes import OUTCOME_SEED, OUTCOMES, PEOPLE_OUTCOMES
from tests.scenario.relation_shapes import (
    HUBSPOT_RELATIONS,
    RELATION_SEED,
    SALESFORCE_RELATIONS,
)

__all__ = ["HUBSPOT_SHAPES", "SALESFORCE_SHAPES", "SEED"]

_LIFECYCLE = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
_LEAD_STATES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)
_SENIORITIES = ("Executive", "VP", "Manager", "Entry")
_LEVELS = ("C-Level", "Manager", "Specialist")
_HUBSPOT_TEXT = 65_536


def _text(
    name: str,
    length: int,
    kind: FieldKind = FieldKind.TEXT,
    *,
    required: bool = False,
    unique: bool = False,
    folds_case: bool = False,
) -> FieldShape:
    return FieldShape(
        name=name,
        label=name,
        kind=kind,
        length=length,
        required=required,
        unique=unique,
        folds_case=folds_case,
    )


def _plain(name: str, kind: FieldKind) -> FieldShape:
    return FieldShape(name=name, label=name, kind=kind)


def _reference(name: str, *refers_to: str, apart: bool = False) -> FieldShape:
    return FieldShape(
        name=name,
        label=name,
        kind=FieldKind.REFERENCE,
        creatable=not apart,
        refers_to=refers_to,
        apart=apart,
    )


def _number(name: str, kind: FieldKind, *, digits: int, scale: int) -> FieldShape:
    return FieldShape(name=name, label=name, kind=kind, digits=digits, scale=scale)


def _choice(name: str, values: Iterable[str], *, length: int | None = None) -> FieldShape:
    return FieldShape(
        name=name,
        label=name,
        kind=FieldKind.CHOICE,
        length=length,
        restricted=True,
        options=tuple(Option(value, value) for value in values),
    )


def _shape(name: str, *fields: FieldShape) -> ObjectShape:
    return ObjectShape(name=name, label=name, fields={field.name: field for field in fields})


def _owner(name: str, *refers_to: str) -> FieldShape:
    return FieldShape(name=name, label=name, kind=FieldKind.REFERENCE, refers_to=refers_to)


def _hubspot_texts(*names: str) -> list[FieldShape]:
    return [_text(name, _HUBSPOT_TEXT) for name in names]


_CONTACTS = _shape(
    "contacts",
    *_hubspot_texts("firstname", "lastname", "jobtitle", "company", "city"),
    _text("email", _HUBSPOT_TEXT, FieldKind.EMAIL, unique=True, folds_case=True),
    _text("mobilephone", _HUBSPOT_TEXT, FieldKind.PHONE),
    _text("salesforce_id", _HUBSPOT_TEXT, unique=True),
    _choice("seniority", _SENIORITIES),
    _choice("lifecyclestage", _LIFECYCLE),
    _plain("fit_score", FieldKind.NUMBER),
    _plain("born_on", FieldKind.DATE),
    _plain("met_at", FieldKind.DATETIME),
    _plain("hs_email_optout", FieldKind.BOOLEAN),
    _reference("associated company", "companies", apart=True),
    _owner("hubspot_owner_id", "owners"),
    *OUTCOMES,
    *PEOPLE_OUTCOMES,
    *FUNNEL_TOLD,
    LEAD_WORDS,
    FieldShape(
        name="visits", label="visits", kind=FieldKind.NUMBER, creatable=False, updatable=False
    ),
)

_COMPANIES = _shape(
    "companies",
    *_hubspot_texts("name", "domain", "city"),
    _text("phone", _HUBSPOT_TEXT, FieldKind.PHONE),
    _text("salesforce_id", _HUBSPOT_TEXT, unique=True),
    _reference("parent company", "companies", apart=True),
    _plain("annualrevenue", FieldKind.NUMBER),
    _plain("numberofemployees", FieldKind.NUMBER),
    *OUTCOMES,
    replace(_plain("salesforcelastsynctime", FieldKind.DATETIME), creatable=False, updatable=False),
    _owner("hubspot_owner_id", "owners"),
)
_SYNCED_COMPANIES = replace(
    _COMPANIES,
    other_sync=OtherSync(
        mark="salesforcelastsynctime", name="HubSpot's own Salesforce sync", remedy="pause it"
    ),
)

_PERSON = (
    _text("FirstName", 40),
    _text("LastName", 80, required=True),
    _text("Email", 80, FieldKind.EMAIL),
    _text("Title", 128),
    _text("MobilePhone", 40, FieldKind.PHONE),
    _plain("HasOptedOutOfEmail", FieldKind.BOOLEAN),
    _text("HubSpot_Contact_Id__c", 40, unique=True),
    _choice("Level__c", _LEVELS, length=255),
    _number("Score__c", FieldKind.NUMBER, digits=16, scale=2),
    _text("Code__c", 5),
    FieldShape(name="Met__c", label="Met__c", kind=FieldKind.DATETIME, scale=0),
    *FUNNEL_PEOPLE,
)

_CONTACT = _shape(
    "Contact",
    *_PERSON,
    _text("MailingCity", 40),
    _plain("Birthdate", FieldKind.DATE),
    _owner("OwnerId", "User"),
    _reference("AccountId", "Account"),
)

_LEAD = _shape(
    "Lead",
    *_PERSON,
    _text("City", 40),
    _text("Company", 255, required=True),
    replace(_choice("Status", _LEAD_STATES, length=255), restricted=False),
    _owner("OwnerId", "Group", "User"),
)

_ACCOUNT = _shape(
    "Account",
    _text("Name", 255, required=True),
    _text("Website", 255, FieldKind.URL),
    _reference("ParentId", "Account"),
    _text("Phone", 40, FieldKind.PHONE),
    _text("BillingCity", 40),
    _number("NumberOfEmployees", FieldKind.INTEGER, digits=8, scale=0),
    _number("AnnualRevenue", FieldKind.MONEY, digits=18, scale=0),
    _text("HubSpot_Company_Id__c", 40, unique=True),
    _owner("OwnerId", "User"),
)

HUBSPOT_SHAPES: Mapping[str, ObjectShape] = {
    **{shape.name: shape for shape in (_CONTACTS, _SYNCED_COMPANIES)},
    **HUBSPOT_OBJECTS,
    **HUBSPOT_RELATIONS,
}
SALESFORCE_SHAPES: Mapping[str, ObjectShape] = {
    **{shape.name: shape for shape in (_CONTACT, _LEAD, _ACCOUNT)},
    **SALESFORCE_RELATIONS,
    **SALESFORCE_OBJECTS,
}


def _options(values: Iterable[str]) -> list[Json]:
    return [{"label": value, "value": value} for value in values]


def _seed(system: str, name: str, *fields: JsonObject) -> list[JsonObject]:
    return [{"system": system, "object": name, "field": field} for field in fields]


def _key_field(name: str) -> JsonObject:
    return {"name": name, "type": "string", "length": 40, "unique": True, "externalId": True}


#: What the shapes above hold beyond the standard schemas.
SEED: tuple[JsonObject, ...] = (
    *_seed(
        "hubspot",
        "contacts",
        {"name": "salesforce_id", "type": "string", "hasUniqueValue": True},
        {"name": "seniority", "type": "enumeration", "options": _options(_SENIORITIES)},
        {"name": "fit_score", "type": "number"},
        {"name": "born_on", "type": "date"},
        {"name": "met_at", "type": "datetime"},
        {"name": "visits", "type": "number", "readOnlyValue": True},
    ),
    *_seed(
        "hubspot",
        "companies",
        {"name": "salesforce_id", "type": "string", "hasUniqueValue": True},
        {"name": "salesforcelastsynctime", "type": "datetime", "readOnlyValue": True},
    ),
    *(
        line
        for name in ("Contact", "Lead")
        for line in _seed(
            "salesforce",
            name,
            _key_field("HubSpot_Contact_Id__c"),
            {"name": "Level__c", "type": "picklist", "values": list(_LEVELS)},
            {"name": "Score__c", "type": "double", "precision": 18, "scale": 2},
            {"name": "Code__c", "type": "string", "length": 5},
            {"name": "Met__c", "type": "datetime"},
        )
    ),
    *_seed("salesforce", "Account", _key_field("HubSpot_Company_Id__c")),
    *OBJECT_SEED,
    *RELATION_SEED,
    *OUTCOME_SEED,
    *FUNNEL_SEED,
)
