"""A real sales pipeline as a Salesforce org: accounts, sales people, thousands of opportunities.

The data is Maven Analytics', read where it lies; nothing of it is part of this project. It names
no contacts: those are made up, one to three an account, and stand on a stated share of the
opportunities. All else is as it was published, awkward spellings included.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from zlib import crc32

from sandbox.jsontypes import Json, JsonObject

__all__ = ["STAGES", "Maven", "closes", "email_of", "name_of", "read_maven"]

_FOLDER = "maven_crm_sales_opportunities"
_ACCOUNTS = "accounts.csv"
_PIPELINE = "sales_pipeline.csv"
_TEAMS = "sales_teams.csv"

#: What the pipeline calls a stage, and what a Salesforce org and HubSpot do.
STAGES: Mapping[str, tuple[str, str]] = {
    "Prospecting": ("Prospecting", "qualifiedtobuy"),
    "Engaging": ("Negotiation/Review", "decisionmakerboughtin"),
    "Won": ("Closed Won", "closedwon"),
    "Lost": ("Closed Lost", "closedlost"),
}

#: Open deals have no day on which they close in the data, and Salesforce demands one.
_END = "2017-12-31"

#: What was never engaged has no day at all: it came with the first of the others.
_BEGIN = "2016-10-20"

#: So many of a hundred opportunities have contact roles; the rest have none, as in life.
_WITH_ROLES = 60
#: So many of a hundred of those have two.
_WITH_TWO = 25
_ROLES = ("Decision Maker", "Evaluator")


@dataclass(frozen=True)
class Maven:
    """The accounts by name, the sales people, and the opportunities."""

    accounts: Mapping[str, Mapping[str, str]]
    agents: Sequence[Mapping[str, str]]
    opportunities: Sequence[Mapping[str, str]]

    @cached_property
    def contacts(self) -> Mapping[str, str]:
        """The account of each made-up contact, by e-mail address."""
        return {
            f"buyer{number}@{website_of(name)}": name
            for name in self.accounts
            for number in range(1, 2 + crc32(name.encode()) % 3)
        }

    @cached_property
    def roles(self) -> Mapping[str, Sequence[str]]:
        """The contacts that stand on an opportunity, by its id; most have one, some none."""
        of: dict[str, list[str]] = {}
        for email, account in self.contacts.items():
            of.setdefault(account, []).append(email)
        return {
            row["opportunity_id"]: self._standing(row["opportunity_id"], of[row["account"]])
            for row in self.opportunities
            if crc32(row["opportunity_id"].encode()) % 100 < _WITH_ROLES
        }

    @staticmethod
    def _standing(id: str, people: Sequence[str]) -> Sequence[str]:
        draw = crc32(id.encode()) // 100
        at = draw % len(people)
        two = len(people) > 1 and draw // 100 % 100 < _WITH_TWO
        return (people[at], people[at - 1]) if two else (people[at],)

    @property
    def parents(self) -> Mapping[str, str]:
        """The account above another, for those that have one."""
        above = {name: row["subsidiary_of"] for name, row in self.accounts.items()}
        return {name: parent for name, parent in above.items() if parent}

    def seed(self) -> Iterator[JsonObject]:
        """Give both systems as seed lines: the org in full, HubSpot with its owners alone."""
        yield from _own_fields()
        for row in self.agents:
            yield from _agent(row["sales_agent"])
        for name, row in self.accounts.items():
            yield self._account(name, row)
        for email, account in self.contacts.items():
            yield _contact(email, account)
        for row in self.opportunities:
            yield _opportunity(row)
            for at, email in enumerate(self.roles.get(row["opportunity_id"], ())):
                yield _role(row["opportunity_id"], email, at)

    def _account(self, name: str, row: Mapping[str, str]) -> JsonObject:
        fields: JsonObject = {
            "Name": name,
            "Website": website_of(name),
            "Sector__c": row["sector"],
            "Office__c": row["office_location"],
            "NumberOfEmployees": int(row["employees"]),
        }
        if name in self.parents:
            fields["ParentId"] = {"key": f"account {self.parents[name]}"}
        return _salesforce("Account", f"account {name}", fields)

    def amount(self, stage: str) -> Decimal:
        """Add up what the opportunities at a stage are worth."""
        worth = (row["close_value"] for row in self.opportunities if row["deal_stage"] == stage)
        return sum((Decimal(one) for one in worth if one), Decimal(0))

    def count(self, stage: str) -> int:
        """Count the opportunities at a stage."""
        return sum(row["deal_stage"] == stage for row in self.opportunities)


def read_maven(data: Path) -> Maven | None:
    """Read everything; None where the data is not there."""
    folder = data / _FOLDER
    if not all((folder / name).is_file() for name in (_ACCOUNTS, _PIPELINE, _TEAMS)):
        return None
    accounts = {row["account"]: row for row in _rows(folder / _ACCOUNTS)}
    return Maven(
        accounts=accounts,
        agents=_rows(folder / _TEAMS),
        opportunities=_rows(folder / _PIPELINE),
    )


def name_of(row: Mapping[str, str]) -> str:
    """Give what an opportunity is called in both CRMs."""
    return f"{row['product']} for {row['account'] or 'somebody'} ({row['opportunity_id']})"


def closes(row: Mapping[str, str]) -> str:
    """Give the day an opportunity closed, or is to close."""
    return row["close_date"] or _END


def website_of(account: str) -> str:
    """Give an account a domain of its own."""
    word = "".join(one for one in account.lower() if one.isalnum() and one.isascii())
    return f"{word}.example"


def email_of(agent: str) -> str:
    """Give a sales person the address both CRMs know them by."""
    return f"{agent.lower().replace(' ', '.')}@maven.example"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _salesforce(name: str, key: str, fields: JsonObject, **more: Json) -> JsonObject:
    return {"system": "salesforce", "object": name, "key": key, "fields": fields, **more}


def _agent(name: str) -> Iterator[JsonObject]:
    first, _, last = name.partition(" ")
    user: JsonObject = {
        "FirstName": first,
        "LastName": last,
        "Alias": name[:8],
        "Email": email_of(name),
        "Username": email_of(name),
        "IsActive": True,
    }
    yield _salesforce("User", f"user {name}", user)
    # People write addresses as they please.
    owner: JsonObject = {"email": email_of(name).title(), "firstName": first, "lastName": last}
    yield {"system": "hubspot", "object": "owners", "key": f"owner {name}", "properties": owner}


def _contact(email: str, account: str) -> JsonObject:
    fields: JsonObject = {
        "Email": email,
        "LastName": f"{email.partition('@')[0].capitalize()} of {account}",
        "AccountId": {"key": f"account {account}"},
    }
    return _salesforce("Contact", f"contact {email}", fields)


def _opportunity(row: Mapping[str, str]) -> JsonObject:
    fields: JsonObject = {
        "Name": name_of(row),
        "CloseDate": closes(row),
        "Amount": float(row["close_value"]) if row["close_value"] else None,
        "Product__c": row["product"],
        "AccountId": {"key": f"account {row['account']}"},
        "OwnerId": {"key": f"user {row['sales_agent']}"},
    }
    engaged = row["engage_date"] or _BEGIN
    history = [("Prospecting", f"{engaged}T08:00:00Z")]
    if row["engage_date"]:
        history.append(("Engaging", f"{engaged}T09:00:00Z"))
    if row["close_date"]:
        history.append((row["deal_stage"], f"{row['close_date']}T16:00:00Z"))
    stages: list[Json] = [{"value": STAGES[stage][0], "timestamp": at} for stage, at in history]
    return _salesforce(
        "Opportunity",
        row["opportunity_id"],
        fields,
        created=history[0][1],
        history={"StageName": stages},
    )


def _role(opportunity: str, email: str, at: int) -> JsonObject:
    fields: JsonObject = {
        "OpportunityId": {"key": opportunity},
        "ContactId": {"key": f"contact {email}"},
        "Role": _ROLES[at],
        "IsPrimary": at == 0,
    }
    return _salesforce("OpportunityContactRole", f"role {opportunity} {at}", fields)


def _own_fields() -> Iterator[JsonObject]:
    """Give the fields beyond the standard ones: ids of the other side, and what was published."""
    for name in ("companies", "contacts", "deals"):
        yield _property(name, "salesforce_id", hasUniqueValue=True)
    for name, words in (("companies", ("sector", "office")), ("deals", ("product",))):
        yield from (_property(name, word) for word in words)
    for sobject, name in (
        ("Account", "HubSpot_Company_Id__c"),
        ("Contact", "HubSpot_Contact_Id__c"),
        ("Opportunity", "HubSpot_Deal_Id__c"),
    ):
        yield _field(sobject, name, length=40, unique=True, externalId=True)
    for sobject, name in (
        ("Account", "Sector__c"),
        ("Account", "Office__c"),
        ("Opportunity", "Product__c"),
    ):
        yield _field(sobject, name, length=80)


def _property(object_name: str, name: str, **more: Json) -> JsonObject:
    field: JsonObject = {"name": name, "type": "string", **more}
    return {"system": "hubspot", "object": object_name, "field": field}


def _field(sobject: str, name: str, **more: Json) -> JsonObject:
    field: JsonObject = {"name": name, "type": "string", **more}
    return {"system": "salesforce", "object": sobject, "field": field}
