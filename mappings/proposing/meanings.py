"""What the standard fields of both CRMs mean: which ones hold the same, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.domain.rules import Arrow

__all__ = ["MEANINGS", "Meaning", "on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One thing both CRMs have a standard field for.

    `right` names Salesforce's field on each object. Of several meanings of one name the first
    that can be is taken; one with `needs` only where Salesforce has that field on some object.
    `only` is the one way that makes sense whatever can be written, `settings` what is written in
    any case, `placeholder` what stands in where Salesforce demands a value, `known` which values
    of picklists mean the same. `native` tells that HubSpot's own integration maps it by default.
    A `hint` is proposed as a suggestion, with the reason.
    """

    name: str
    left: str
    right: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    only: Arrow | None = None
    needs: str = ""
    placeholder: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    native: bool = False
    hint: str = ""
    note: str = ""


def on(**objects: str) -> dict[str, str]:
    """Give the field's name on each Salesforce object."""
    return objects


def _person(name: str) -> dict[str, str]:
    return on(Contact=name, Lead=name)


#: What stands in Salesforce where it demands a value and there is none.
_NOT_GIVEN = "[not given]"

_TYPE_OF = {name: {"type": name} for name in ("email", "phone", "country", "domain", "opt_out")}

_STATES = (
    "Salesforce takes only states of its list here, and refuses one without its country, so it "
    "travels from Salesforce only"
)
_PLAIN_COUNTRY = (
    "both CRMs hold free text here; in an org with country picklists init maps the codes instead"
)

#: What HubSpot's sources most often are among Salesforce's standard lead sources.
_SOURCES = {
    "ORGANIC_SEARCH": "Web",
    "PAID_SEARCH": "Web",
    "EMAIL_MARKETING": "Web",
    "SOCIAL_MEDIA": "Web",
    "DIRECT_TRAFFIC": "Web",
    "PAID_SOCIAL": "Web",
    "OTHER_CAMPAIGNS": "Other",
    "OFFLINE": "Other",
    "REFERRALS": "Other",
}

#: HubSpot's industries that Salesforce's standard ones stand for; those that differ in name only
#: are found without.
_INDUSTRIES = {
    "APPAREL_FASHION": "Apparel",
    "CONSUMER_ELECTRONICS": "Electronics",
    "EDUCATION_MANAGEMENT": "Education",
    "ENVIRONMENTAL_SERVICES": "Environmental",
    "FINANCIAL_SERVICES": "Finance",
    "FOOD_BEVERAGES": "Food & Beverage",
    "GOVERNMENT_ADMINISTRATION": "Government",
    "HOSPITAL_HEALTH_CARE": "Healthcare",
    "INFORMATION_TECHNOLOGY_AND_SERVICES": "Technology",
    "MANAGEMENT_CONSULTING": "Consulting",
    "MEDIA_PRODUCTION": "Media",
    "NON_PROFIT_ORGANIZATION_MANAGEMENT": "Not For Profit",
    "OIL_ENERGY": "Energy",
    "TRANSPORTATION_TRUCKING_RAILROAD": "Transportation",
}

#: HubSpot's default stages and the standard ones of Salesforce that most teams mean by them.
_STAGES = {
    "appointmentscheduled": "Qualification",
    "qualifiedtobuy": "Prospecting",
    "presentationscheduled": "Value Proposition",
    "decisionmakerboughtin": "Negotiation/Review",
    "contractsent": "Proposal/Price Quote",
    "closedwon": "Closed Won",
    "closedlost": "Closed Lost",
}

_CONTACTS = (
    Meaning(
        name="email",
        left="email",
        right=_person("Email"),
        settings={"type": "email", "wins": "hubspot"},
        native=True,
    ),
    Meaning(name="first_name", left="firstname", right=_person("FirstName"), native=True),
    Meaning(
        name="last_name",
        left="lastname",
        right=_person("LastName"),
        placeholder=_NOT_GIVEN,
        native=True,
    ),
    Meaning(name="salutation", left="salutation", right=_person("Salutation"), native=True),
    Meaning(name="job_title", left="jobtitle", right=_person("Title"), native=True),
    Meaning(
        name="company",
        left="company",
        right=on(Lead="Company"),
        placeholder=_NOT_GIVEN,
        native=True,
    ),
    Meaning(
        name="phone",
        left="phone",
        right=_person("Phone"),
        settings=_TYPE_OF["phone"],
        native=True,
    ),
    Meaning(
        name="mobile",
        left="mobilephone",
        right=_person("MobilePhone"),
        settings=_TYPE_OF["phone"],
        native=True,
    ),
    Meaning(name="fax", left="fax", right=_person("Fax"), settings=_TYPE_OF["phone"], native=True),
    Meaning(
        name="street",
        left="address",
        right=on(Contact="MailingStreet", Lead="Street"),
        native=True,
    ),
    Meaning(
        name="postal_code",
        left="zip",
        right=on(Contact="MailingPostalCode", Lead="PostalCode"),
        native=True,
    ),
    Meaning(name="city", left="city", right=on(Contact="MailingCity", Lead="City"), native=True),
    Meaning(
        name="state",
        left="state",
        right=on(Contact="MailingState", Lead="State"),
        needs="StateCode",
        only=Arrow.TO_LEFT,
        note=_STATES,
        native=True,
    ),
    Meaning(
        name="state",
        left="state",
        right=on(Contact="MailingState", Lead="State"),
        native=True,
    ),
    Meaning(
        name="country",
        left="country",
        right=on(Contact="MailingCountryCode", Lead="CountryCode"),
        settings=_TYPE_OF["country"],
        native=True,
    ),
    Meaning(
        name="country",
        left="country",
        right=on(Contact="MailingCountry", Lead="Country"),
        note=_PLAIN_COUNTRY,
        native=True,
    ),
    Meaning(name="website", left="website", right=on(Lead="Website"), native=True),
    Meaning(name="industry", left="industry", right=on(Lead="Industry"), native=True),
    Meaning(
        name="annual_revenue", left="annualrevenue", right=on(Lead="AnnualRevenue"), native=True
    ),
    Meaning(name="employees", left="numemployees", right=on(Lead="NumberOfEmployees"), native=True),
    Meaning(
        name="do_not_email",
        left="hs_email_optout",
        right=_person("HasOptedOutOfEmail"),
        settings=_TYPE_OF["opt_out"],
        native=True,
    ),
    Meaning(
        name="birth_date",
        left="date_of_birth",
        right=on(Contact="Birthdate"),
        hint="personal, and HubSpot keeps it as free text; take it in if both teams need it",
    ),
    Meaning(
        name="first_source",
        left="hs_analytics_source",
        right=_person("LeadSource"),
        only=Arrow.TO_RIGHT,
        known=_SOURCES,
        hint="whether sales wants HubSpot's source there, and which words stand for it, is yours",
    ),
    Meaning(
        name="owner",
        left="hubspot_owner_id",
        right=_person("OwnerId"),
        settings={"type": "user", "wins": "salesforce"},
        native=True,
    ),
    Meaning(
        name="account",
        left="associated company",
        right=on(Contact="AccountId"),
        settings={"pair": "companies"},
        only=Arrow.TO_LEFT,
        note="the person's company is the Account sales put them in",
        native=True,
    ),
)

_COMPANIES = (
    Meaning(name="name", left="name", right=on(Account="Name"), native=True),
    Meaning(
        name="domain",
        left="domain",
        right=on(Account="Website"),
        settings=_TYPE_OF["domain"],
        native=True,
    ),
    Meaning(
        name="phone",
        left="phone",
        right=on(Account="Phone"),
        settings=_TYPE_OF["phone"],
        native=True,
    ),
    Meaning(
        name="fax",
        left="fax_number",
        right=on(Account="Fax"),
        settings=_TYPE_OF["phone"],
    ),
    Meaning(name="street", left="address", right=on(Account="BillingStreet"), native=True),
    Meaning(name="postal_code", left="zip", right=on(Account="BillingPostalCode"), native=True),
    Meaning(name="city", left="city", right=on(Account="BillingCity"), native=True),
    Meaning(
        name="state",
        left="state",
        right=on(Account="BillingState"),
        needs="BillingStateCode",
        only=Arrow.TO_LEFT,
        note=_STATES,
        native=True,
    ),
    Meaning(name="state", left="state", right=on(Account="BillingState"), native=True),
    Meaning(
        name="country",
        left="country",
        right=on(Account="BillingCountryCode"),
        settings=_TYPE_OF["country"],
        native=True,
    ),
    Meaning(
        name="country",
        left="country",
        right=on(Account="BillingCountry"),
        note=_PLAIN_COUNTRY,
        native=True,
    ),
    Meaning(
        name="employees",
        left="numberofemployees",
        right=on(Account="NumberOfEmployees"),
        native=True,
    ),
    Meaning(
        name="annual_revenue",
        left="annualrevenue",
        right=on(Account="AnnualRevenue"),
        native=True,
    ),
    Meaning(
        name="industry",
        left="industry",
        right=on(Account="Industry"),
        known=_INDUSTRIES,
        native=True,
    ),
    Meaning(
        name="type",
        left="type",
        right=on(Account="Type"),
        native=True,
    ),
    Meaning(name="description", left="description", right=on(Account="Description"), native=True),
    Meaning(
        name="year_founded",
        left="founded_year",
        right=on(Account="YearStarted"),
        hint="often filled by a data vendor in Salesforce; see who may change it",
    ),
    Meaning(
        name="owner",
        left="hubspot_owner_id",
        right=on(Account="OwnerId"),
        settings={"type": "user", "wins": "salesforce"},
        native=True,
    ),
    Meaning(
        name="parent",
        left="parent company",
        right=on(Account="ParentId"),
        settings={"pair": "companies"},
        native=True,
    ),
)

_LOST = "why it was lost, as sales say it"

_DEALS = (
    Meaning(name="name", left="dealname", right=on(Opportunity="Name"), native=True),
    Meaning(
        name="deal_stage",
        left="dealstage",
        right=on(Opportunity="StageName"),
        known=_STAGES,
        note="stages by what they mean in most teams: look them over with sales",
        native=True,
    ),
    Meaning(
        name="amount",
        left="amount",
        right=on(Opportunity="Amount"),
        settings={"type": "money"},
        only=Arrow.TO_LEFT,
        note="the amount is the one in Salesforce",
        native=True,
    ),
    Meaning(
        name="currency",
        left="deal_currency_code",
        right=on(Opportunity="CurrencyIsoCode"),
        only=Arrow.TO_LEFT,
        note="the currency goes with the amount",
        native=True,
    ),
    Meaning(
        name="closes",
        left="closedate",
        right=on(Opportunity="CloseDate"),
        settings={"type": "date"},
        native=True,
    ),
    Meaning(
        name="company",
        left="associated company",
        right=on(Opportunity="AccountId"),
        settings={"pair": "companies"},
        only=Arrow.TO_LEFT,
        native=True,
    ),
    *(
        Meaning(
            name="reason",
            left="closed_lost_reason",
            right=on(Opportunity=native),
            only=Arrow.TO_LEFT,
            note=_LOST,
        )
        for native in ("Loss_Reason__c", "Lost_Reason__c", "Closed_Lost_Reason__c")
    ),
    Meaning(name="next_step", left="hs_next_step", right=on(Opportunity="NextStep"), native=True),
    Meaning(
        name="description", left="description", right=on(Opportunity="Description"), native=True
    ),
    Meaning(
        name="type",
        left="dealtype",
        right=on(Opportunity="Type"),
        known={"newbusiness": "New Customer", "existingbusiness": "Existing Customer - Upgrade"},
        hint="see which of Salesforce's types are new and which existing business",
        native=True,
    ),
    Meaning(
        name="owner",
        left="hubspot_owner_id",
        right=on(Opportunity="OwnerId"),
        settings={"type": "user", "wins": "salesforce"},
        native=True,
    ),
)

_CAMPAIGNS = (
    Meaning(name="name", left="hs_name", right=on(Campaign="Name"), native=True),
    Meaning(
        name="starts",
        left="hs_start_date",
        right=on(Campaign="StartDate"),
        settings={"type": "date"},
        native=True,
    ),
    Meaning(
        name="ends",
        left="hs_end_date",
        right=on(Campaign="EndDate"),
        settings={"type": "date"},
        native=True,
    ),
    Meaning(name="notes", left="hs_notes", right=on(Campaign="Description")),
    Meaning(
        name="budget",
        left="budget",
        right=on(Campaign="BudgetedCost"),
        settings={"type": "money"},
        only=Arrow.TO_RIGHT,
        note="what the items of the campaign's budget add up to, in one currency on both sides",
    ),
    Meaning(
        name="cost",
        left="spend",
        right=on(Campaign="ActualCost"),
        settings={"type": "money"},
        only=Arrow.TO_LEFT,
        note="becomes one item of the campaign's spend; people's own items are never changed",
    ),
    Meaning(
        name="status",
        left="hs_campaign_status",
        right=on(Campaign="Status"),
        known={"planned": "Planned", "in_progress": "In Progress", "completed": "Completed"},
        hint="the states' names are each account's own: look at both lists",
    ),
    Meaning(
        name="owner",
        left="hs_owner",
        right=on(Campaign="OwnerId"),
        settings={"type": "user", "wins": "salesforce"},
        hint="who plans a campaign in HubSpot need not own it in Salesforce",
    ),
)

MEANINGS: Mapping[str, tuple[Meaning, ...]] = {
    "campaigns": _CAMPAIGNS,
    "companies": _COMPANIES,
    "contacts": _CONTACTS,
    "deals": _DEALS,
}
