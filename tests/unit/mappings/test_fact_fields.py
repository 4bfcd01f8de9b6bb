"""Which fields of the mapping reports count by."""

from __future__ import annotations

from mappings.lifecycle.fact_fields import fact_fields
from mappings.lifecycle.model import Lifecycle
from sync.domain.facts import FactKind
from tests.unit.mappings.shapes import pair_of

_CONTACTS = pair_of("""\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
fields:
  email: email <-> Email
  points: hubspotscore -> Score__c
  first_source: origin -> LeadSource
  seller: {map: hubspot_owner_id <-> OwnerId, type: user}
  firm: {map: associated company <- Contact.AccountId, pair: companies}
""")
_COMPANIES = pair_of("""\
pair: companies
hubspot: companies
salesforce: Account
first_sync: salesforce
match: [name]
fields:
  name: name <-> Name
  sector: industry <-> Industry
""")
_CAMPAIGNS = pair_of("""\
pair: campaigns
hubspot: campaigns
salesforce: Campaign
first_sync: hubspot
match: [title]
fields:
  title: hs_name <-> Name
  begins: {map: hs_start_date ->, type: date}
  money: {map: spend <- ActualCost, type: money}
""")
_TICKETS = pair_of("""\
pair: tickets
hubspot: tickets
salesforce: Case
first_sync: hubspot
match: [subject]
fields:
  subject: subject <-> Subject
""")
_STAGES = [
    {"name": name, "hubspot": {"lifecyclestage": name}, "salesforce": {"Lead.Status": name}}
    for name in ("lead", "customer")
]


def test_fields_are_found_by_name_by_what_the_crms_call_them_and_by_reference() -> None:
    rules = Lifecycle.model_validate(
        {"stages": _STAGES, "reports": {"score": "points", "keep": ["companies.sector"]}}
    )

    found = fact_fields([_CONTACTS, _COMPANIES, _CAMPAIGNS, _TICKETS], rules)

    assert {name: one.kind for name, one in found.items()} == {
        "contacts": FactKind.PERSON,
        "companies": FactKind.COMPANY,
        "campaigns": FactKind.CAMPAIGN,
    }
    assert found["contacts"].roles == {
        "owner": "seller",
        "source": "first_source",
        "score": "points",
        "company": "firm",
    }
    assert found["campaigns"].roles == {"name": "title", "starts": "begins", "cost": "money"}
    assert (found["companies"].roles, found["companies"].keep) == ({}, ("sector",))
    assert found["contacts"].keep == ()


def test_without_an_agreement_the_usual_names_count_and_missing_pairs_nothing() -> None:
    found = fact_fields([_CONTACTS], None)

    assert found["contacts"].roles == {"owner": "seller", "source": "first_source"}
