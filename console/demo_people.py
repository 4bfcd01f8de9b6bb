"""The two people the demo follows: both CRMs know Ada; Cleo comes by a campaign."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.jsontypes import JsonObject

__all__ = [
    "ADA",
    "CLEO",
    "CLEOS_CAMPAIGN",
    "CLEOS_COMPANY",
    "CLEOS_DEAL",
    "cleo_arriving",
    "people_of_the_story",
]

ADA = "ada@example.com"
CLEO = "cleo@example.com"
CLEOS_CAMPAIGN = "Spring fair"
CLEOS_COMPANY = "harbour-labs.example"
CLEOS_DEAL = "Harbour Labs: first office"


def people_of_the_story(now: datetime) -> list[JsonObject]:
    """Give seed lines: Ada is a Contact, and Cleo's company is known in both CRMs."""
    return [*_ada(now), *_cleos_company(now)]


def _ada(now: datetime) -> list[JsonObject]:
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
            **_times(now, created=250, modified=28),
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
            **_times(now, created=206, modified=72),
        },
    ]


def _cleos_company(now: datetime) -> list[JsonObject]:
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
            **_times(now, created=280, modified=160),
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
            **_times(now, created=270, modified=160),
        },
    ]


def cleo_arriving() -> JsonObject:
    """Give what HubSpot knows of Cleo on the day a campaign brings her."""
    return {
        "email": CLEO,
        "firstname": "Cleo",
        "lastname": "Adler",
        "jobtitle": "Office Manager",
        "company": "Harbour Labs",
        "country": "Germany",
        "lifecyclestage": "lead",
        "hubspotscore": "38",
        "hs_analytics_source": "OFFLINE",
    }


def _times(now: datetime, *, created: int, modified: int) -> JsonObject:
    """Give when a record was made and changed last, in days ago."""
    days = {"created": created, "modified": modified}
    return {name: f"{now - timedelta(days=ago):%Y-%m-%dT%H:%M:%SZ}" for name, ago in days.items()}
