"""A real sales pipeline as a Salesforce org: 85 accounts and thousands of opportunities.

The data is Maven Analytics', read where it lies; nothing of it is part of this project.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sandbox.jsontypes import JsonObject

__all__ = ["STAGES", "Maven", "read_maven"]

_FOLDER = "maven_crm_sales_opportunities"
_ACCOUNTS = "accounts.csv"
_PIPELINE = "sales_pipeline.csv"

#: What the pipeline calls a stage, and what a Salesforce org and HubSpot do.
STAGES: Mapping[str, tuple[str, str]] = {
    "Prospecting": ("Prospecting", "qualifiedtobuy"),
    "Engaging": ("Negotiation/Review", "decisionmakerboughtin"),
    "Won": ("Closed Won", "closedwon"),
    "Lost": ("Closed Lost", "closedlost"),
}

#: Open deals have no day on which they close in the data, and Salesforce demands one.
_END = "2017-12-31"


@dataclass(frozen=True)
class Maven:
    """The accounts by name, and the opportunities."""

    accounts: Mapping[str, Mapping[str, str]]
    opportunities: Sequence[Mapping[str, str]]

    def seed(self) -> Iterator[JsonObject]:
        """Give the org as seed lines, and the fields that keep ids on both sides."""
        yield from _key_fields()
        for name in self.accounts:
            yield {
                "system": "salesforce",
                "object": "Account",
                "key": f"account {name}",
                "fields": {"Name": name, "Website": website_of(name)},
            }
        for row in self.opportunities:
            yield self._opportunity(row)

    def _opportunity(self, row: Mapping[str, str]) -> JsonObject:
        # A few deals name an account by another spelling, or none.
        account: JsonObject = (
            {"AccountId": {"key": f"account {row['account']}"}}
            if row["account"] in self.accounts
            else {}
        )
        return {
            "system": "salesforce",
            "object": "Opportunity",
            "key": row["opportunity_id"],
            "fields": {
                "Name": name_of(row),
                "StageName": STAGES[row["deal_stage"]][0],
                "CloseDate": closes(row),
                "Amount": float(row["close_value"]) if row["close_value"] else None,
                **account,
            },
        }

    def amount(self, stage: str) -> Decimal:
        """Add up what the opportunities at a stage are worth."""
        worth = (row["close_value"] for row in self.opportunities if row["deal_stage"] == stage)
        return sum((Decimal(one) for one in worth if one), Decimal(0))

    def count(self, stage: str) -> int:
        """Count the opportunities at a stage."""
        return sum(row["deal_stage"] == stage for row in self.opportunities)


def read_maven(data: Path, *, every: int = 1) -> Maven | None:
    """Read all accounts and every so many-th opportunity; None where the data is not there."""
    folder = data / _FOLDER
    if not (folder / _ACCOUNTS).is_file() or not (folder / _PIPELINE).is_file():
        return None
    accounts = {row["account"]: row for row in _rows(folder / _ACCOUNTS)}
    return Maven(accounts=accounts, opportunities=_rows(folder / _PIPELINE)[::every])


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


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _key_fields() -> Iterator[JsonObject]:
    for name in ("companies", "deals"):
        field: JsonObject = {"name": "salesforce_id", "type": "string", "hasUniqueValue": True}
        yield {"system": "hubspot", "object": name, "field": field}
    for sobject, name in (
        ("Account", "HubSpot_Company_Id__c"),
        ("Opportunity", "HubSpot_Deal_Id__c"),
    ):
        field = {"name": name, "type": "string", "length": 40, "unique": True, "externalId": True}
        yield {"system": "salesforce", "object": sobject, "field": field}
