"""The demo's data: two CRMs grown apart, with the mess of real ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from random import Random

from sandbox.demo_funnel import funnel_definitions
from sandbox.demo_names import (
    CITIES,
    COMPANY_NAMES,
    FIRST_NAMES,
    LAST_NAMES,
    SELLERS,
    TITLES,
    City,
)
from sandbox.demo_sales import sales_definitions, sales_lines
from sandbox.jsontypes import Json, JsonObject

__all__ = ["COMPANIES", "PEOPLE", "demo_seed"]

PEOPLE = 300
COMPANIES = 60
_PEOPLE_ON_BOTH = 220
_PEOPLE_IN_HUBSPOT_ONLY = 45
_COMPANIES_ON_BOTH = 44
_COMPANIES_IN_HUBSPOT_ONLY = 9
_MONTHS = 18

_SENIORITY = ("Executive", "VP", "Manager", "Entry")
_LEVELS = ("C-Level", "Manager", "Specialist", "Assistant")
_LEVEL_OF = {"Executive": "C-Level", "VP": "C-Level", "Manager": "Manager", "Entry": "Specialist"}
_SUFFIXES = {"DE": "GmbH", "AT": "GmbH", "CH": "AG", "GB": "Ltd", "PL": "sp. z o.o.", "ES": "S.L."}
_TOP = ("example.com", "example.org", "example.net")


class Where(Enum):
    """Which CRM knows of something."""

    BOTH = auto()
    HUBSPOT = auto()
    SALESFORCE = auto()

    @property
    def in_hubspot(self) -> bool:
        """Tell whether HubSpot has it."""
        return self is not Where.SALESFORCE

    @property
    def in_salesforce(self) -> bool:
        """Tell whether Salesforce has it."""
        return self is not Where.HUBSPOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One company as it really is."""

    number: int
    where: Where
    name: str
    domain: str
    city: City
    employees: int
    created: datetime
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person as they really are."""

    number: int
    where: Where
    first: str
    last: str
    email: str
    company: Company
    city: City
    subscriber: str
    title: str
    seniority: str
    score: int
    seller: int
    is_contact: bool
    created: datetime
    modified: datetime


def demo_seed(*, now: datetime | None = None, number: int = 20_261) -> list[JsonObject]:
    """Give the demo's seed lines; the same `now` and `number` give the same lines."""
    maker = _Maker(Random(number), now or datetime.now(UTC))  # noqa: S311 - nothing here is secret
    return list(maker.lines())


class _Maker:
    """Makes up people and companies, then writes each as either CRM would have it."""

    def __init__(self, random: Random, now: datetime) -> None:
        self._random = random
        self._now = now.replace(microsecond=0)

    def lines(self) -> Iterator[JsonObject]:
        companies = [self._company(number) for number in range(COMPANIES)]
        people = [self._person(number, companies) for number in range(PEOPLE)]
        yield from _definitions()
        yield from sales_definitions()
        yield from funnel_definitions()
        yield from self._sellers()
        records = [*self._companies_and_people(companies, people)]
        yield from records
        yield from sales_lines(records, random=self._random, now=self._now)

    def _companies_and_people(
        self, companies: list[Company], people: list[Person]
    ) -> Iterator[JsonObject]:
        for company in companies:
            if company.where.in_hubspot:
                yield self._hubspot_company(company)
            if company.where.in_salesforce:
                yield self._account(company)
        for person in people:
            if person.where.in_hubspot:
                yield self._hubspot_contact(person)
            if person.where.in_salesforce:
                yield self._lead_or_contact(person)
        yield from self._duplicates(people)

    # What is true

    def _company(self, number: int) -> Company:
        stem = COMPANY_NAMES[number % len(COMPANY_NAMES)]
        city = self._random.choice(CITIES)
        word = _ascii(stem.split()[0])
        created, modified = self._times()
        return Company(
            number=number,
            where=_where(number, _COMPANIES_ON_BOTH, _COMPANIES_IN_HUBSPOT_ONLY),
            name=f"{stem} {('', 'West ', 'Nord ')[number // len(COMPANY_NAMES)]}"
            f"{_SUFFIXES[city.code]}",
            domain=f"{word}{number}.{_TOP[number % 3] if number % 4 else 'example'}",
            city=city,
            employees=self._random.choice([4, 12, 48, 130, 700, 5200]),
            created=created,
            modified=modified,
        )

    def _person(self, number: int, companies: list[Company]) -> Person:
        first, last = self._random.choice(FIRST_NAMES), self._random.choice(LAST_NAMES)
        company = self._random.choice(companies)
        created, modified = self._times()
        return Person(
            number=number,
            where=_where(number, _PEOPLE_ON_BOTH, _PEOPLE_IN_HUBSPOT_ONLY),
            first=first,
            last=last,
            email=f"{_ascii(first)}.{_ascii(last)}.{number}@{company.domain}",
            company=company,
            city=company.city if number % 5 else self._random.choice(CITIES),
            subscriber=f"{self._random.randrange(2_000_000, 9_999_999)}",
            title=self._random.choice(TITLES),
            seniority=self._random.choice(_SENIORITY),
            score=self._random.randrange(0, 100),
            seller=self._random.randrange(len(SELLERS)),
            is_contact=company.where.in_salesforce and self._random.random() < 0.5,
            created=created,
            modified=modified,
        )

    def _times(self) -> tuple[datetime, datetime]:
        age = timedelta(days=self._random.uniform(10, 30 * _MONTHS))
        quiet = timedelta(days=self._random.uniform(2, 9))
        created = (self._now - age).replace(microsecond=0)
        return created, max(created, (self._now - quiet).replace(microsecond=0))

    # How HubSpot has it

    def _hubspot_company(self, company: Company) -> JsonObject:
        values: JsonObject = {
            "name": company.name if company.number % 7 else company.name.upper(),
            "domain": company.domain,
            "city": company.city.name,
            "country": self._country_text(company.city),
            "lifecyclestage": self._random.choice(["lead", "opportunity", "customer"]),
        }
        if company.number % 3:
            values["numberofemployees"] = str(company.employees)
        if company.number % 4 == 1:
            values["website"] = f"https://www.{company.domain}/"
        return _line("hubspot", "companies", _company_key(company), values, company)

    def _hubspot_contact(self, person: Person) -> JsonObject:
        values: JsonObject = {
            "email": person.email,
            "firstname": person.first if person.number % 23 else f" {person.first} ",
            "lastname": person.last,
            "jobtitle": person.title,
            "country": self._country_text(person.city),
            "lifecyclestage": self._random.choice(
                ["subscriber", "lead", "marketingqualifiedlead", "opportunity", "customer"]
            ),
            "hubspotscore": str(person.score),
            "hubspot_owner_id": {"key": f"hs-owner-{person.seller}"},
            "hs_analytics_source": self._random.choice(
                ["ORGANIC_SEARCH", "PAID_SEARCH", "DIRECT_TRAFFIC", "OFFLINE", "REFERRALS"]
            ),
        }
        if person.number % 6:
            values["mobilephone"] = self._phone(person, mobile=True)
        if person.number % 3 == 0:
            values["phone"] = self._phone(person, mobile=False)
        if person.number % 4:
            values["city"] = person.city.name
        if person.number % 5:
            values["seniority"] = person.seniority
        if person.number % 8 == 0:
            del values["jobtitle"]
        if person.number % 41 == 0:
            values["hs_email_optout"] = "true"
        line = _line("hubspot", "contacts", f"hs-person-{person.number}", values, person)
        if person.company.where.in_hubspot:
            line["associations"] = [{"to": "companies", "key": _company_key(person.company)}]
        return line

    # How Salesforce has it

    def _account(self, company: Company) -> JsonObject:
        sites = (f"https://www.{company.domain}", f"http://{company.domain}/", company.domain)
        values: JsonObject = {
            "Name": company.name if company.number % 5 else f"{company.name} ",
            "Website": sites[company.number % len(sites)],
            "BillingCity": company.city.name,
            "BillingCountryCode": company.city.code,
            "NumberOfEmployees": company.employees,
        }
        if company.number % 9 == 4:
            del values["Website"]
        return _line("salesforce", "Account", _account_key(company), values, company)

    def _lead_or_contact(self, person: Person) -> JsonObject:
        if person.is_contact:
            return self._contact(person)
        return self._lead(person, key=f"sf-person-{person.number}")

    def _contact(self, person: Person, *, key: str = "") -> JsonObject:
        values = self._salesforce_values(person)
        values["AccountId"] = {"key": _account_key(person.company)}
        values["MailingCity"] = person.city.name
        values["MailingCountryCode"] = person.city.code
        return _line("salesforce", "Contact", key or f"sf-person-{person.number}", values, person)

    def _lead(self, person: Person, *, key: str) -> JsonObject:
        values = self._salesforce_values(person)
        values["Company"] = person.company.name
        values["City"] = person.city.name
        values["CountryCode"] = person.city.code
        values["Status"] = self._random.choice(
            ["Open - Not Contacted", "Working - Contacted", "Closed - Not Converted"]
        )
        return _line("salesforce", "Lead", key, values, person)

    def _salesforce_values(self, person: Person) -> JsonObject:
        values: JsonObject = {
            "FirstName": person.first,
            "LastName": person.last,
            "Email": person.email.upper() if person.number % 6 == 0 else person.email,
            "Title": person.title,
            "OwnerId": {"key": f"sf-user-{person.seller}"},
        }
        if person.number % 6 != 1:
            values["MobilePhone"] = self._phone(person, mobile=True)
        if person.number % 7 == 0:
            # The CRMs hold different values, for the rule of the first linking.
            values["Title"] = self._random.choice(TITLES)
        if person.number % 11 == 0:
            values["FirstName"] = f"{person.first[0]}."
        if person.number % 4:
            values["Level__c"] = _LEVEL_OF[person.seniority]
        if person.number % 37 == 0:
            values["HasOptedOutOfEmail"] = True
        return values

    # The mess

    def _duplicates(self, people: list[Person]) -> Iterator[JsonObject]:
        known = [one for one in people if one.where is Where.BOTH]
        leads = [one for one in known if not one.is_contact]
        contacts = [one for one in known if one.is_contact]
        for person in leads[3:9]:
            yield self._lead(person, key=f"sf-twin-{person.number}")
        for person in contacts[2:8]:
            yield self._lead(person, key=f"sf-lead-beside-{person.number}")

    def _phone(self, person: Person, *, mobile: bool) -> str:
        """Write a number in one of the ways people do; a few are no numbers at all."""
        city = person.city
        if person.number % 53 == 0:
            return self._random.choice(["n/a", "12", "call office"])
        area = city.numbers[1 if mobile else 0]
        own = person.subscriber
        trunk = "" if city.code in ("PL", "ES") else "0"
        ways = (
            f"+{city.dial}{area}{own}",
            f"+{city.dial} {area} {own[:3]} {own[3:]}",
            f"00{city.dial} {area}/{own}",
            f"{trunk}{area} {own}",
            f"+{city.dial} ({trunk}){area} {own[:3]}-{own[3:]}",
        )
        return self._random.choice(ways)

    def _country_text(self, city: City) -> str:
        return self._random.choice([city.country, city.country, city.other_spelling, city.code])

    def _sellers(self) -> Iterator[JsonObject]:
        created = _iso(self._now - timedelta(days=30 * _MONTHS))
        for number, (first, last) in enumerate(SELLERS):
            email = f"{first.lower()}@example.com"
            yield {
                "system": "hubspot",
                "object": "owners",
                "key": f"hs-owner-{number}",
                "properties": {"email": email, "firstName": first, "lastName": last},
                "created": created,
            }
            yield {
                "system": "salesforce",
                "object": "User",
                "key": f"sf-user-{number}",
                "fields": {
                    "Username": f"{first.lower()}@sandbox.example.com",
                    "FirstName": first,
                    "LastName": last,
                    "Email": email,
                    "Alias": first.lower()[:8],
                    "IsActive": True,
                },
                "created": created,
            }


def _definitions() -> Iterator[JsonObject]:
    """Define the fields the mappings use and neither standard schema has."""
    for name in ("contacts", "companies"):
        yield _hubspot_field(
            name,
            name="salesforce_id",
            label="Salesforce id",
            type="string",
            fieldType="text",
            hasUniqueValue=True,
        )
    yield _hubspot_field(
        "contacts",
        name="seniority",
        label="Seniority",
        type="enumeration",
        fieldType="select",
        options=[{"label": one, "value": one} for one in _SENIORITY],
    )
    for sobject in ("Lead", "Contact"):
        yield _key_field(sobject, "HubSpot_Contact_Id__c")
        yield _salesforce_field(sobject, name="Level__c", type="picklist", values=list(_LEVELS))
        yield _salesforce_field(
            sobject, name="HubSpot_Score__c", type="double", precision=7, scale=1
        )
    yield _key_field("Account", "HubSpot_Company_Id__c")


def _hubspot_field(object_name: str, **definition: Json) -> JsonObject:
    return {"system": "hubspot", "object": object_name, "field": definition}


def _salesforce_field(sobject: str, **definition: Json) -> JsonObject:
    return {"system": "salesforce", "object": sobject, "field": definition}


def _key_field(sobject: str, name: str) -> JsonObject:
    return _salesforce_field(
        sobject, name=name, type="string", length=20, unique=True, externalId=True
    )


def _line(
    system: str, object_name: str, key: str, values: JsonObject, about: Company | Person
) -> JsonObject:
    return {
        "system": system,
        "object": object_name,
        "key": key,
        "properties" if system == "hubspot" else "fields": values,
        "created": _iso(about.created),
        "modified": _iso(about.modified),
    }


def _where(number: int, on_both: int, in_hubspot_only: int) -> Where:
    if number < on_both:
        return Where.BOTH
    return Where.HUBSPOT if number < on_both + in_hubspot_only else Where.SALESFORCE


def _company_key(company: Company) -> str:
    return f"hs-company-{company.number}"


def _account_key(company: Company) -> str:
    return f"sf-account-{company.number}"


_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "ı": "i", "ð": "d"})


def _ascii(word: str) -> str:
    parted = unicodedata.normalize("NFKD", word.lower().translate(_LETTERS))
    return "".join(letter for letter in parted if letter.isascii() and letter.isalpha())


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
