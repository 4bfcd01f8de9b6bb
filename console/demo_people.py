"""The two people the demo follows: both CRMs know them, each in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.jsontypes import JsonObject

__all__ = ["ADA", "CLEO", "CLEOS_COMPANY", "CLEOS_DEAL", "people_of_the_story"]

ADA = "ada@example.com"
CLEO = "cleo@example.com"
CLEOS_COMPANY = "harbour-labs.example"
CLEOS_DEAL = "Harbour Labs: first office"


def people_of_the_story() -> list[JsonObject]:
    """Give seed lines: Ada is a Contact, Cleo a Lead whose company HubSpot has already."""
    return [*_ada(), *_cleo()]


def _ada() -> list[JsonObject]:
    return [
        {
            "system": "hubspot",
            "object": "contacts",
            "key": "hs-ada",
            "properties": {
                "email": ADA,
                "firstname": "Ada",
                "lastname": "Ortega",
                "jobtitle": "Operations Manager",
                "country": "Germany",
                "seniority": "Manager",
                "hubspotscore": "61",
                "hubspot_owner_id": {"key": "hs-owner-0"},
            },
            "created": "2026-02-03T09:12:00Z",
            "modified": "2026-09-14T07:30:00Z",
        },
        {
            "system": "salesforce",
            "object": "Contact",
            "key": "sf-ada",
            "fields": {
                "FirstName": "Ada",
                "LastName": "Ortega",
                "Email": "Ada@Example.com",
                "Title": "Operations Manager",
                "MobilePhone": "0170 1234567",
                "MailingCity": "Berlin",
                "MailingCountryCode": "DE",
                "Level__c": "Manager",
                "OwnerId": {"key": "sf-user-0"},
            },
            "created": "2026-03-20T15:40:00Z",
            "modified": "2026-08-01T10:05:00Z",
        },
    ]


def _cleo() -> list[JsonObject]:
    return [
        {
            "system": "hubspot",
            "object": "companies",
            "key": "hs-harbour-labs",
            "properties": {
                "name": "Harbour Labs",
                "domain": CLEOS_COMPANY,
                "city": "Hamburg",
                "country": "Germany",
            },
            "created": "2026-01-12T08:00:00Z",
            "modified": "2026-05-02T08:00:00Z",
        },
        {
            "system": "salesforce",
            "object": "Account",
            "key": "sf-harbour-labs",
            "fields": {
                "Name": "Harbour Labs",
                "Website": f"https://www.{CLEOS_COMPANY}",
                "BillingCountryCode": "DE",
            },
            "created": "2026-01-20T08:00:00Z",
            "modified": "2026-05-02T08:00:00Z",
        },
        {
            "system": "hubspot",
            "object": "contacts",
            "key": "hs-cleo",
            "properties": {
                "email": CLEO,
                "firstname": "Cleo",
                "lastname": "Adler",
                "jobtitle": "Office Manager",
                "company": "Harbour Labs",
                "country": "Germany",
                "lifecyclestage": "lead",
                "hubspotscore": "72",
                "hubspot_owner_id": {"key": "hs-owner-1"},
            },
            "associations": [{"to": "companies", "key": "hs-harbour-labs"}],
            "created": "2026-04-08T10:20:00Z",
            "modified": "2026-09-01T12:00:00Z",
        },
        {
            "system": "salesforce",
            "object": "Lead",
            "key": "sf-cleo",
            "fields": {
                "FirstName": "Cleo",
                "LastName": "Adler",
                "Email": CLEO,
                "Title": "Office Manager",
                "Company": "Harbour Labs",
                "CountryCode": "DE",
                "Status": "Working - Contacted",
                "OwnerId": {"key": "sf-user-1"},
            },
            "created": "2026-04-20T09:00:00Z",
            "modified": "2026-09-02T09:00:00Z",
        },
        {
            "system": "salesforce",
            "object": "CampaignMember",
            "key": "sf-member-cleo",
            "fields": {
                "CampaignId": {"key": "sf-campaign-Spring fair"},
                "LeadId": {"key": "sf-cleo"},
                "Status": "Sent",
            },
            "created": "2026-04-20T09:00:00Z",
            "modified": "2026-04-20T09:00:00Z",
        },
    ]
