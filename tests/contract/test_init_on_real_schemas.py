"""What init proposes for the schemas of real accounts, as they were recorded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.hubspot.schema import object_shape as hubspot_shape
from connectors.salesforce.schema import object_shape as salesforce_shape
from mappings.proposing.pairs import KINDS, propose_pair
from mappings.proposing.proposal import Choices, ProposedPair, Shapes
from mappings.proposing.proving import Draft, Proved, prove
from sync.domain.schema import ObjectShape

ROOT = Path(__file__).parents[2]

CONTACTS = (
    "grouparoo/export-contacts__destination-mapping-options.json",
    "grouparoo/integration__hubspot-export.json",
    "hubspot_api_ruby/contact_properties_properties_example.json",
)
COMPANIES = (
    "hubspot_api_ruby/company_properties_all_properties.json",
    "hubspot_api_ruby/company_properties_exclude_by_group.json",
)
GROUPAROO = (
    "export-account__destination-mapping-options.json",
    "export-contacts__destination-mapping-options.json",
    "export-objects__destination-mapping-options.json",
    "export-objects__export-records-lead.json",
)

#: The fields whose meaning is the same in every HubSpot portal and Salesforce org.
PEOPLE = {
    "email": "email <-> Email",
    "first_name": "firstname <-> FirstName",
    "last_name": "lastname <-> LastName",
    "job_title": "jobtitle <-> Title",
    "phone": "phone <-> Phone",
    "mobile": "mobilephone <-> MobilePhone",
    "fax": "fax <-> Fax",
    "salutation": "salutation <- Salutation",
    "company": "company <-> Lead.Company",
    "street": "address <-> Contact.MailingStreet | Lead.Street",
    "postal_code": "zip <-> Contact.MailingPostalCode | Lead.PostalCode",
    "city": "city <-> Contact.MailingCity | Lead.City",
    "state": "state <-> Contact.MailingState | Lead.State",
    "country": "country <-> Contact.MailingCountry | Lead.Country",
    "website": "website <-> Lead.Website",
    "industry": "industry <- Lead.Industry",
    "annual_revenue": "annualrevenue <- Lead.AnnualRevenue",
    "owner": "hubspot_owner_id <-> OwnerId",
}


def fixtures() -> Path:
    shared = Path(os.environ.get("REVLOOP_SHARED") or ROOT.parent / "shared")
    path = shared / "fixtures"
    if not path.is_dir():
        pytest.skip("the recorded schemas are not there")
    return path


def hubspot(name: str, file: str) -> ObjectShape:
    """Give an object of a recorded portal; recordings of before v3 say some keys otherwise."""
    recorded = json.loads((fixtures() / "hubspot" / file).read_text(encoding="utf-8"))
    definitions = next(_definitions(recorded))
    return hubspot_shape(name, [_as_v3(one) for one in definitions])


def _definitions(value: object) -> Iterator[list[dict[str, object]]]:
    """Find the list of property definitions in a recording, which may hold JSON as text."""
    if isinstance(value, str) and value.startswith(("[", "{")):
        yield from _definitions(json.loads(value))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _definitions(inner)
    elif isinstance(value, list):
        if len(value) > 20 and all(isinstance(one, dict) and "fieldType" in one for one in value):
            yield value
        for inner in value:
            yield from _definitions(inner)


def _as_v3(definition: dict[str, object]) -> dict[str, object]:
    rules = {"readOnlyValue": definition.get("readOnlyValue", False)}
    return {"modificationMetadata": rules, "archived": definition.get("deleted"), **definition}


def cumulusci(name: str) -> ObjectShape:
    path = fixtures() / "salesforce" / "cumulusci" / f"GET_sobjects_{name}_describe.json"
    body = json.loads(path.read_text(encoding="utf-8"))[0]["response"]["body"]
    text = body["string"] if isinstance(body, dict) and "string" in body else body
    return salesforce_shape(json.loads(text) if isinstance(text, str) else text)


def grouparoo() -> dict[str, ObjectShape]:
    """Give the objects of an org with many fields of its own."""
    found: dict[str, ObjectShape] = {}
    for file in GROUPAROO:
        path = fixtures() / "salesforce" / "grouparoo" / file
        for exchange in json.loads(path.read_text(encoding="utf-8")):
            body = exchange["response"].get("body")
            if (
                isinstance(body, dict)
                and "fields" in body
                and body.get("name")
                in (
                    "Account",
                    "Contact",
                    "Lead",
                )
            ):
                found[body["name"]] = salesforce_shape(body)
    return found


def people_of(file: str, org: str) -> Shapes:
    objects = grouparoo() if org == "grouparoo" else {}
    right = {name: objects.get(name) or cumulusci(name) for name in ("Contact", "Lead")}
    return Shapes(hubspot("contacts", file), right)


def proved(kind: str, shapes: Shapes) -> Proved:
    pair = propose_pair(KINDS[kind], shapes, Choices(region="DE"))
    return prove([Draft(pair, KINDS[kind], shapes)])[0]


def lines(pair: ProposedPair) -> dict[str, str]:
    return {one.name: one.map_line(pair.salesforce) for one in pair.mapped}


@pytest.mark.parametrize("org", ["cumulusci", "grouparoo"])
@pytest.mark.parametrize("file", CONTACTS)
def test_people_get_every_standard_field_and_no_wrong_one(file, org):
    found = lines(proved("contacts", people_of(file, org)).pair)

    assert {name: found.get(name) for name in PEOPLE} == PEOPLE
    extra = {name: line for name, line in found.items() if name not in PEOPLE}
    assert extra.keys() <= {"do_not_email"}


@pytest.mark.parametrize("file", COMPANIES)
def test_companies_get_every_standard_field_and_no_wrong_one(file):
    shapes = Shapes(hubspot("companies", file), {"Account": cumulusci("Account")})
    found = proved("companies", shapes).pair

    assert set(lines(found)) == {
        *("name", "domain", "phone", "fax", "street", "postal_code", "city", "state", "country"),
        *("employees", "annual_revenue", "industry", "description", "owner"),
    }
    assert {one.name for one in found.suggested} == {"type", "year_founded"}


def test_own_fields_of_a_real_org_are_never_paired_by_a_word_that_means_anything():
    pair = proved("contacts", people_of(CONTACTS[0], "grouparoo")).pair

    assert not [line for line in lines(pair).values() if "__c" in line]
    own = {one.name: one.map_line(pair.salesforce) for one in pair.suggested if not one.standard}
    assert own == {
        "text_field": "text_field <-> Contact.text_field__c",
        "number_field": "number_field <-> Contact.number_field__c",
        "date_field": "date_field <-> Contact.date_field__c",
    }


def test_industries_of_both_are_translated_by_meaning_one_way():
    shapes = Shapes(hubspot("companies", COMPANIES[1]), {"Account": cumulusci("Account")})
    pair = proved("companies", shapes).pair
    industry = next(one for one in pair.mapped if one.name == "industry")
    sure = {one.theirs: one.mine for one in industry.values if one.sure}

    assert industry.map_line(pair.salesforce) == "industry <- Industry"
    assert sure["Finance"] == "FINANCIAL_SERVICES"
    assert sure["Not For Profit"] == "NON_PROFIT_ORGANIZATION_MANAGEMENT"
    assert "Manufacturing" not in sure
    assert len(sure) >= 20
