"""A real marketing funnel as two CRMs: 8,000 leads in HubSpot, the closed ones in Salesforce too.

The data is Olist's, read where it lies; nothing of it is part of this project.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from sandbox.jsontypes import Json, JsonObject

__all__ = ["FUNNEL", "MAPPING", "ORIGINS", "SALESFORCE_DEFAULT_STATUS", "Olist", "read_olist"]

_FOLDER = "olist_marketing_funnel"
_LEADS = "olist_marketing_qualified_leads_dataset.csv"
_DEALS = "olist_closed_deals_dataset.csv"

#: What HubSpot calls where a lead came from, and what Salesforce does.
ORIGINS: Mapping[str, str] = {
    "organic_search": "Organic search",
    "paid_search": "Paid search",
    "social": "Social media",
    "unknown": "Unknown",
    "direct_traffic": "Direct traffic",
    "email": "E-mail",
    "referral": "Referral",
    "other": "Other",
    "display": "Display ads",
    "other_publicities": "Other publicity",
}

_VALUES = ", ".join(f"{mine}: {theirs}" for mine, theirs in ORIGINS.items())

#: The status an org gives a lead that comes without one.
SALESFORCE_DEFAULT_STATUS = "Open - Not Contacted"

#: Both ways, one way either way, a table, and new leads made from paid search only.
MAPPING = f"""\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
create:
  salesforce: {{as: Lead, when: record.first_source == "paid_search"}}
  hubspot: {{when: record.email != ""}}
defaults: {{wins: newest, blank: keep}}
fields:
  email:         {{map: email <-> Email, type: email, wins: hubspot}}
  last_name:     {{map: lastname <-> LastName, if_blank: "[not given]"}}
  company:       {{map: company -> Lead.Company, if_blank: "[not given]"}}
  job_title:     jobtitle <-> Title
  first_source:
    map: lead_origin <-> Lead.Origin__c | Contact.Origin__c
    values: {{{_VALUES}}}
  first_contact: {{map: first_contact -> Lead.First_Contact__c, type: date}}
  segment:       business_segment <- Lead.Business_Segment__c
  lead_type:     lead_type <- Lead.Lead_Type__c
  sales_rep:     sales_rep <- Lead.Sales_Rep__c
  won_on:        {{map: won_on <- Lead.Won_Date__c, type: date}}
  sales_status:  sales_status <- Lead.Status
  revenue:       {{map: monthly_revenue <- Lead.Monthly_Revenue__c, type: money}}
"""

#: Everybody is in both CRMs, the won ones as contacts with an opportunity, and stages were agreed
#: on; by the file each part stands in.
FUNNEL: Mapping[str, str] = {
    "contacts.yaml": f"""\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
fields:
  email: {{map: email <-> Email, type: email}}
  first_source:
    map: lead_origin <-> Lead.Origin__c | Contact.Origin__c
    values: {{{_VALUES}}}
  landing_page: landing_page ->
  segment:      business_segment <- Contact.Business_Segment__c
  lead_type:    lead_type <- Contact.Lead_Type__c
  sales_rep:    sales_rep <- Contact.Sales_Rep__c
""",
    "deals.yaml": """\
pair: deals
hubspot: deals
salesforce: Opportunity
first_sync: salesforce
create: {hubspot: {when: record.name != ""}}
fields:
  name:       dealname <-> Name
  deal_stage: {map: dealstage <-> StageName, values: {closedwon: Closed Won}}
  amount:     {map: amount <- Amount, type: money}
  closes:     {map: closedate <-> CloseDate, type: date}
""",
    "lifecycle.yaml": """\
stages:
  - name: lead
    means: came to us
    hubspot: {lifecyclestage: lead}
    salesforce: {Lead.Status: Open - Not Contacted}
  - name: customer
    means: sells with us
    hubspot: {lifecyclestage: customer}
    salesforce: opportunity won
reports:
  source: first_source
  keep: [contacts.landing_page, contacts.segment, contacts.lead_type, contacts.sales_rep]
""",
}


@dataclass(frozen=True)
class Olist:
    """The leads, and of those that were closed the deals, both by the lead's id."""

    leads: Mapping[str, Mapping[str, str]]
    deals: Mapping[str, Mapping[str, str]]

    @cached_property
    def to_be_made(self) -> frozenset[str]:
        """The leads the mapping wants made in Salesforce: paid search, and not there yet."""
        return frozenset(
            lead
            for lead, row in self.leads.items()
            if row["origin"] == "paid_search" and lead not in self.deals
        )

    def seed(self) -> Iterator[JsonObject]:
        """Give both CRMs as seed lines."""
        yield from _definitions()
        yield from _ids()
        for lead, row in self.leads.items():
            yield self._contact(lead, row)
        for lead, deal in self.deals.items():
            yield self._lead(lead, self.leads[lead], deal)

    def _contact(self, lead: str, row: Mapping[str, str]) -> JsonObject:
        came = _came(row)
        return {
            "system": "hubspot",
            "object": "contacts",
            "key": lead,
            "created": came,
            "modified": came,
            "properties": {
                "email": email_of(lead),
                "lead_origin": row["origin"],
                "first_contact": row["first_contact_date"],
                "landing_page": row["landing_page_id"],
            },
        }

    def _lead(self, lead: str, row: Mapping[str, str], deal: Mapping[str, str]) -> JsonObject:
        won = _time(deal["won_date"])
        return {
            "system": "salesforce",
            "object": "Lead",
            "key": lead,
            "created": _came(row),
            "modified": won,
            "fields": {
                "LastName": f"Seller {deal['seller_id'][:8]}",
                "Company": f"Shop {deal['seller_id'][:8]}",
                "Email": email_of(lead),
                "Status": "Working - Contacted",
                "Origin__c": ORIGINS.get(row["origin"]),
                "Business_Segment__c": deal["business_segment"] or None,
                "Lead_Type__c": deal["lead_type"] or None,
                "Sales_Rep__c": deal["sr_id"] or None,
                "Won_Date__c": won[:10],
                "Monthly_Revenue__c": float(deal["declared_monthly_revenue"] or 0),
            },
        }

    def seed_of_all(self) -> Iterator[JsonObject]:
        """Give both CRMs with everybody in both: who was won as a contact, all others as leads."""
        yield from _definitions()
        for lead, row in self.leads.items():
            contact = self._contact(lead, row)
            properties = contact["properties"]
            assert isinstance(properties, dict)
            yield {**contact, "properties": {**properties, "lifecyclestage": "lead"}}
            if lead in self.deals:
                yield from self._won(lead, row, self.deals[lead])
            else:
                yield _salesforce("Lead", lead, _name_of(lead, row), _came(row), Company="Shop")

    def _won(
        self, lead: str, row: Mapping[str, str], deal: Mapping[str, str]
    ) -> Iterator[JsonObject]:
        """Give a won lead as the contact, the account and the opportunity it became."""
        won, came = _time(deal["won_date"]), _came(row)
        shop = f"Shop {deal['seller_id']}"
        yield _salesforce("Account", f"account {lead}", {"Name": shop}, came)
        yield _salesforce(
            "Contact",
            lead,
            _name_of(lead, row),
            came,
            AccountId={"key": f"account {lead}"},
            Business_Segment__c=deal["business_segment"] or None,
            Lead_Type__c=deal["lead_type"] or None,
            Sales_Rep__c=deal["sr_id"] or None,
        )
        sold: JsonObject = {
            "Name": shop,
            "AccountId": {"key": f"account {lead}"},
            "CloseDate": won[:10],
            "Amount": float(deal["declared_monthly_revenue"]),
        }
        history: JsonObject = {"StageName": [{"value": "Closed Won", "timestamp": won}]}
        yield {**_salesforce("Opportunity", f"deal {lead}", sold, came), "history": history}
        role: JsonObject = {
            "OpportunityId": {"key": f"deal {lead}"},
            "ContactId": {"key": lead},
            "IsPrimary": True,
        }
        yield _salesforce("OpportunityContactRole", f"role {lead}", role, won)

    @property
    def revenue(self) -> Decimal:
        """What the sellers that were won say they sell for in a month, together."""
        said = (deal["declared_monthly_revenue"] for deal in self.deals.values())
        return sum((Decimal(one) for one in said if one), Decimal(0))


def read_olist(data: Path) -> Olist | None:
    """Read the funnel from the folder of real data; None where it is not there."""
    folder = data / _FOLDER
    if not (folder / _LEADS).is_file() or not (folder / _DEALS).is_file():
        return None
    return Olist(leads=_by_lead(folder / _LEADS), deals=_by_lead(folder / _DEALS))


def email_of(lead: str) -> str:
    """Give the address a lead is known by in both CRMs."""
    return f"{lead}@example.com"


def _name_of(lead: str, row: Mapping[str, str]) -> JsonObject:
    return {
        "LastName": "Seller",
        "Email": email_of(lead),
        "Origin__c": ORIGINS.get(row["origin"]),
    }


def _came(row: Mapping[str, str]) -> str:
    """Give when a lead came: the data names the day."""
    return f"{row['first_contact_date']}T12:00:00Z"


def _time(text: str) -> str:
    return f"{text.replace(' ', 'T')}Z"


def _salesforce(name: str, key: str, fields: JsonObject, created: str, **more: Json) -> JsonObject:
    return {
        "system": "salesforce",
        "object": name,
        "key": key,
        "created": created,
        "fields": {**fields, **more},
    }


def _by_lead(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["mql_id"]: row for row in csv.DictReader(lines)}


def _definitions() -> Iterator[JsonObject]:
    yield _property(
        "lead_origin",
        type="enumeration",
        fieldType="select",
        options=[{"label": theirs, "value": mine} for mine, theirs in ORIGINS.items()],
    )
    for name in ("first_contact", "won_on"):
        yield _property(name, type="date", fieldType="date")
    for name in ("landing_page", "business_segment", "lead_type", "sales_rep", "sales_status"):
        yield _property(name, type="string", fieldType="text")
    yield _property("monthly_revenue", type="number", fieldType="number")
    for sobject in ("Lead", "Contact"):
        yield _field(sobject, "Origin__c", type="picklist", values=list(ORIGINS.values()))
        for name in ("Business_Segment__c", "Lead_Type__c", "Sales_Rep__c"):
            yield _field(sobject, name, type="string", length=80)
    for name in ("First_Contact__c", "Won_Date__c"):
        yield _field("Lead", name, type="date")
    yield _field("Lead", "Monthly_Revenue__c", type="currency", precision=18, scale=2)


def _ids() -> Iterator[JsonObject]:
    yield _property("salesforce_id", type="string", fieldType="text", hasUniqueValue=True)
    for sobject in ("Lead", "Contact"):
        yield _field(
            sobject, "HubSpot_Contact_Id__c", type="string", length=20, unique=True, externalId=True
        )


def _property(name: str, **definition: Json) -> JsonObject:
    field: JsonObject = {"name": name, "label": name, **definition}
    return {"system": "hubspot", "object": "contacts", "field": field}


def _field(sobject: str, name: str, **definition: Json) -> JsonObject:
    return {"system": "salesforce", "object": sobject, "field": {"name": name, **definition}}
