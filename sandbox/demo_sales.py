"""The demo's sales: opportunities with people on them, campaigns with those who took part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox.jsontypes import JsonObject

__all__ = ["OPPORTUNITIES", "sales_definitions", "sales_lines"]

OPPORTUNITIES = 40
#: Accounts that were ever offered anything; some were a second time.
_CUSTOMERS = 28
#: How an opportunity goes on, a stage after the other; of ten, four are won and three are lost.
_OPEN = ("Prospecting", "Qualification", "Value Proposition", "Negotiation/Review")
_ENDS = ("Closed Won",) * 4 + ("Closed Lost",) * 3 + ("",) * 3
_REASONS = ("No Budget", "No Response", "Competitor")
_ROLES = ("Decision Maker", "Business User", "Economic Buyer")
#: What is sold; the name of an opportunity is its account's and one of these.
_GOODS = ("40 chairs", "Trial year", "Spring order", "Second site", "Service contract")
_FAIR, _WEBINAR, _MAILING = "Spring fair", "Webinar on returns", "Autumn mailing"
_OUTCOMES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("revloop_last_outcome", "enumeration", ("won", "lost", "open")),
    ("revloop_outcome_stage", "string", ()),
    ("revloop_won_revenue", "number", ()),
    ("revloop_outcome_reason", "string", ()),
    ("revloop_first_won_date", "date", ()),
    ("revloop_credited_campaign", "string", ()),
    ("revloop_try_again_date", "date", ()),
    ("revloop_business_type", "enumeration", ("new", "existing")),
)
_OF_PEOPLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("revloop_last_campaign_status", "string", ()),
)


@dataclass(frozen=True, slots=True)
class _Account:
    """An account and the contacts under it, by their keys."""

    key: str
    name: str
    people: tuple[str, ...]


def sales_lines(
    records: Sequence[JsonObject], *, random: Random, now: datetime
) -> Iterator[JsonObject]:
    """Give opportunities, their people, campaigns and members for the records of an org."""
    campaigns = (_FAIR, _WEBINAR, _MAILING)
    yield from _campaigns(now)
    accounts = _accounts(records)[:_CUSTOMERS]
    for number in range(OPPORTUNITIES):
        account = accounts[number % len(accounts)]
        yield from _opportunity(number, account, campaigns[number % 4 :][:1], random, now)
    yield from _members(records, random)


def sales_definitions() -> Iterator[JsonObject]:
    """Define what the mappings of deals, campaigns and outcomes use and no CRM has of itself."""
    for name in ("contacts", "companies"):
        for field, kind, words in (*_OUTCOMES, *(_OF_PEOPLE if name == "contacts" else ())):
            yield _property(name, field, kind, words)
    yield _property("deals", "revloop_reporting_amount", "number")
    yield {
        "system": "hubspot",
        "object": "deals",
        "field": {
            "name": "salesforce_id",
            "label": "Salesforce id",
            "type": "string",
            "fieldType": "text",
            "hasUniqueValue": True,
        },
    }
    yield _key_field("Opportunity", "HubSpot_Deal_Id__c", 20)
    yield _key_field("Campaign", "HubSpot_Campaign_Id__c", 40)
    reasons: JsonObject = {"name": "Loss_Reason__c", "type": "picklist", "values": [*_REASONS]}
    yield {"system": "salesforce", "object": "Opportunity", "field": reasons}


def _property(name: str, field: str, kind: str, words: Sequence[str] = ()) -> JsonObject:
    definition: JsonObject = {"name": field, "type": kind}
    if words:
        definition["options"] = [{"label": word.capitalize(), "value": word} for word in words]
    return {"system": "hubspot", "object": name, "field": definition}


def _key_field(sobject: str, name: str, length: int) -> JsonObject:
    field: JsonObject = {
        "name": name,
        "type": "string",
        "length": length,
        "unique": True,
        "externalId": True,
    }
    return {"system": "salesforce", "object": sobject, "field": field}


def _accounts(records: Sequence[JsonObject]) -> list[_Account]:
    people: dict[str, list[str]] = {}
    for record in _of(records, "Contact"):
        account = _fields(record).get("AccountId")
        if isinstance(account, dict):
            people.setdefault(str(account["key"]), []).append(str(record["key"]))
    return [
        _Account(
            key=str(record["key"]),
            name=str(_fields(record)["Name"]).strip(),
            people=tuple(people.get(str(record["key"]), ())),
        )
        for record in _of(records, "Account")
    ]


def _of(records: Sequence[JsonObject], sobject: str) -> Iterator[JsonObject]:
    for record in records:
        if record.get("object") == sobject and "fields" in record:
            yield record


def _fields(record: JsonObject) -> JsonObject:
    fields = record["fields"]
    assert isinstance(fields, dict)
    return fields


def _opportunity(
    number: int, account: _Account, campaign: Sequence[str], random: Random, now: datetime
) -> Iterator[JsonObject]:
    key = f"sf-opportunity-{number}"
    end = _ENDS[number * 7 % len(_ENDS)]
    born = (now - timedelta(days=random.uniform(100, 400))).replace(microsecond=0)
    stages = [*_OPEN[: 4 if end else 1 + number % 3], *([end] if end else [])]
    steps = [born + timedelta(days=17 * step) for step in range(len(stages))]
    last = steps[-1]
    fields: JsonObject = {
        "Name": f"{account.name}: {_GOODS[number % len(_GOODS)]}",
        "StageName": stages[-1],
        "CloseDate": f"{last if end else now + timedelta(days=20 + number):%Y-%m-%d}",
        "Amount": float(random.randrange(8, 400) * 100),
        "AccountId": {"key": account.key},
        "OwnerId": {"key": f"sf-user-{number % 4}"},
    }
    if end == "Closed Lost":
        fields["Loss_Reason__c"] = _REASONS[number % len(_REASONS)]
    if campaign:
        fields["CampaignId"] = {"key": _campaign_key(campaign[0])}
    yield {
        "system": "salesforce",
        "object": "Opportunity",
        "key": key,
        "fields": fields,
        "history": {
            "StageName": [
                {"value": stage, "timestamp": _iso(at)}
                for stage, at in zip(stages, steps, strict=True)
            ]
        },
        "created": _iso(born),
        "modified": _iso(last),
    }
    # As in life, some opportunities name nobody.
    for at, person in enumerate(account.people[: number % 4]):
        yield {
            "system": "salesforce",
            "object": "OpportunityContactRole",
            "key": f"{key}-{person}",
            "fields": {
                "OpportunityId": {"key": key},
                "ContactId": {"key": person},
                "Role": _ROLES[at],
                "IsPrimary": at == 0,
            },
            "created": _iso(born),
            "modified": _iso(born),
        }


def _campaigns(now: datetime) -> Iterator[JsonObject]:
    """Give three campaigns in Salesforce, of which HubSpot plans two, and one in HubSpot only."""
    begun = now - timedelta(days=300)
    for number, name in enumerate((_FAIR, _WEBINAR, _MAILING)):
        starts = begun + timedelta(days=60 * number)
        yield {
            "system": "salesforce",
            "object": "Campaign",
            "key": _campaign_key(name),
            "fields": {
                "Name": name,
                "StartDate": f"{starts:%Y-%m-%d}",
                "ActualCost": 2500.0 * (number + 1),
                "IsActive": True,
            },
            "created": _iso(begun),
            "modified": _iso(begun),
        }
    for name in (_FAIR, _WEBINAR, "Trade press"):
        yield {
            "system": "hubspot",
            "object": "campaigns",
            "key": f"hs-campaign-{name}",
            "properties": {"hs_name": name, "budget": [{"name": "Planned", "amount": "3000"}]},
            "created": _iso(begun),
            "modified": _iso(begun),
        }


def _members(records: Sequence[JsonObject], random: Random) -> Iterator[JsonObject]:
    for sobject, field in (("Contact", "ContactId"), ("Lead", "LeadId")):
        for number, record in enumerate(_of(records, sobject)):
            if number % 3 == 0:
                name = _FAIR if random.random() < 0.6 else _WEBINAR
                yield {
                    "system": "salesforce",
                    "object": "CampaignMember",
                    "key": f"sf-member-{record['key']}",
                    "fields": {
                        "CampaignId": {"key": _campaign_key(name)},
                        field: {"key": record["key"]},
                        "Status": "Responded" if number % 2 else "Sent",
                    },
                    "created": record["modified"],
                    "modified": record["modified"],
                }


def _campaign_key(name: str) -> str:
    return f"sf-campaign-{name}"


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
