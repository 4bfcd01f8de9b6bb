"""Made-up people for measurements: as many as wanted, on one side or on both, 20 fields each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sandbox.jsontypes import Json, JsonObject

__all__ = ["FIELDS", "LEVELS", "MAPPING", "contact", "definitions", "lead", "people"]

_NOTES = 9
#: HubSpot's seniority, and the level Salesforce calls it.
LEVELS = {"Executive": "C-Level", "Manager": "Manager", "Entry": "Specialist"}

#: A mapping of 20 fields of the types real ones have.
FIELDS = f"""\
  email:        {{map: email <-> Email, type: email, wins: hubspot}}
  first_name:   firstname <-> FirstName
  last_name:    {{map: lastname <-> LastName, if_blank: "[not given]"}}
  company:      {{map: company -> Lead.Company, if_blank: "[not given]"}}
  job_title:    jobtitle <-> Title
  phone:        {{map: phone <-> Phone, type: phone}}
  mobile:       {{map: mobilephone <-> MobilePhone, type: phone}}
  city:         city <-> Lead.City | Contact.MailingCity
  seniority:
    map: seniority <-> Level__c
    values: {{{", ".join(f"{mine}: {theirs}" for mine, theirs in LEVELS.items())}}}
  score:        {{map: fit_score -> Fit_Score__c, type: number, protect: hubspot}}
  met_on:       {{map: met_on <-> Met_On__c, type: date}}
""" + "".join(
    f"  note_{number}:       note_{number} <-> Note_{number}__c\n"
    for number in range(1, _NOTES + 1)
)

MAPPING = f"""\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
create:
  salesforce: {{as: Lead, when: record.seniority == "Executive"}}
defaults: {{wins: newest, blank: keep, region: DE}}
fields:
{FIELDS}"""


def people(
    numbers: range, *, in_salesforce: range | None = None, modified: datetime | None = None
) -> Iterator[JsonObject]:
    """Give people as seed lines, those of `in_salesforce` as Leads too; no definitions."""
    for number in numbers:
        yield contact(number, modified=modified)
    for number in in_salesforce or ():
        yield lead(number, modified=modified)


def contact(number: int, *, modified: datetime | None = None) -> JsonObject:
    """Give one person as HubSpot has them."""
    properties: JsonObject = {
        "email": f"person.{number}@example.com",
        "firstname": f"First {number}",
        "lastname": f"Last {number}",
        "company": f"Company {number % 997}",
        "jobtitle": f"Title {number % 31}",
        "phone": f"+49 30 {1_000_000 + number}",
        "mobilephone": f"+49 170 {1_000_000 + number}",
        "city": f"City {number % 211}",
        "seniority": _seniority(number),
        "fit_score": str(number % 100),
        "met_on": f"2026-0{1 + number % 9}-1{number % 10}",
        **{f"note_{one}": f"Note {one} on {number}" for one in range(1, _NOTES + 1)},
    }
    line: JsonObject = {
        "system": "hubspot",
        "object": "contacts",
        "key": f"c{number}",
        "properties": properties,
    }
    return line if modified is None else {**line, **_times(modified)}


def lead(number: int, *, modified: datetime | None = None) -> JsonObject:
    """Give one person as Salesforce has them, equal to what HubSpot has."""
    fields: JsonObject = {
        "Email": f"person.{number}@example.com",
        "FirstName": f"First {number}",
        "LastName": f"Last {number}",
        "Company": f"Company {number % 997}",
        "Title": f"Title {number % 31}",
        "Phone": f"+49 30 {1_000_000 + number}",
        "MobilePhone": f"+49 170 {1_000_000 + number}",
        "City": f"City {number % 211}",
        "Level__c": LEVELS[_seniority(number)],
        "Fit_Score__c": number % 100,
        "Met_On__c": f"2026-0{1 + number % 9}-1{number % 10}",
        **{f"Note_{one}__c": f"Note {one} on {number}" for one in range(1, _NOTES + 1)},
    }
    line: JsonObject = {
        "system": "salesforce",
        "object": "Lead",
        "key": f"l{number}",
        "fields": fields,
    }
    return line if modified is None else {**line, **_times(modified)}


def definitions() -> Iterator[JsonObject]:
    """Give the seed lines of the fields neither standard schema has, the keys among them."""
    yield _property("salesforce_id", type="string", fieldType="text", hasUniqueValue=True)
    options: list[Json] = [{"label": one, "value": one} for one in LEVELS]
    yield _property("seniority", type="enumeration", fieldType="select", options=options)
    yield _property("fit_score", type="number", fieldType="number")
    yield _property("met_on", type="date", fieldType="date")
    for number in range(1, _NOTES + 1):
        yield _property(f"note_{number}", type="string", fieldType="text")
    for sobject in ("Lead", "Contact"):
        yield _field(
            sobject, "HubSpot_Contact_Id__c", type="string", length=20, unique=True, externalId=True
        )
        yield _field(sobject, "Level__c", type="picklist", values=list(LEVELS.values()))
        yield _field(sobject, "Fit_Score__c", type="double", precision=7, scale=1)
        yield _field(sobject, "Met_On__c", type="date")
        for number in range(1, _NOTES + 1):
            yield _field(sobject, f"Note_{number}__c", type="string", length=80)


def _seniority(number: int) -> str:
    return tuple(LEVELS)[number % len(LEVELS)]


def _times(modified: datetime) -> JsonObject:
    created = modified - timedelta(days=1)
    return {"created": created.isoformat(), "modified": modified.isoformat()}


def _property(name: str, **definition: Json) -> JsonObject:
    field: JsonObject = {"name": name, "label": name, **definition}
    return {"system": "hubspot", "object": "contacts", "field": field}


def _field(sobject: str, name: str, **definition: Json) -> JsonObject:
    return {"system": "salesforce", "object": sobject, "field": {"name": name, **definition}}
