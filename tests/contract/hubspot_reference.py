"""Models of operations that HubSpot's numbered client lacks: campaigns, the account, tokens.

The dated client's list names them without saying what is in them; the fields are those of the
written reference. Form and types are those of the extracted models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["REFERENCE_BODIES", "REFERENCE_MODELS", "REFERENCE_QUERIES"]


def _model(**fields: str) -> dict[str, Any]:
    """Give a model; a type that ends in a question mark is one that may be missing."""
    return {
        name.rstrip("_"): {"type": kind.rstrip("?"), "required": not kind.endswith("?")}
        for name, kind in fields.items()
    }


_MONEY = {
    "id": "str",
    "name": "str",
    "amount": "float",
    "order": "int",
    "createdAt": "int",
    "updatedAt": "int",
    "description": "str?",
}
_CAMPAIGN = {
    "id": "str",
    "properties": "dict[str, str]",
    "businessUnits": "list[object]",
    "createdAt": "datetime",
    "updatedAt": "datetime",
}
_BATCH = {
    "status": "str",
    "startedAt": "datetime",
    "completedAt": "datetime",
    "requestedAt": "datetime?",
    "links": "dict[str, str]?",
    "numErrors": "int?",
    "errors": "list[StandardError]?",
}
_WHOSE_TOKEN = {
    "token": "str?",
    "active": "bool",
    "app_id": "int?",
    "client_id": "str?",
    "hub_id": "int?",
    "hub_domain": "str?",
    "user": "str?",
    "user_id": "int?",
    "scopes": "list[str]?",
    "token_type": "str?",
    "token_use": "str?",
    "expires_in": "int?",
    "is_private_distribution": "bool?",
}

REFERENCE_MODELS: Mapping[str, Any] = {
    "NextPage": _model(after="str", link="str?"),
    "Paging": _model(next="NextPage?"),
    "ErrorDetail": _model(
        message="str", code="str?", in_="str?", subCategory="str?", context="dict[str, list[str]]?"
    ),
    "StandardError": _model(
        status="str",
        category="str",
        message="str",
        subCategory="object?",
        id="str?",
        context="dict[str, list[str]]",
        links="dict[str, str]",
        errors="list[ErrorDetail]",
    ),
    # The account
    "Account": _model(
        portalId="int",
        accountType="str",
        timeZone="str",
        companyCurrency="str",
        additionalCurrencies="list[str]",
        utcOffset="str",
        utcOffsetMilliseconds="int",
        uiDomain="str",
        dataHostingLocation="str",
    ),
    "Usage": _model(
        name="str",
        usageLimit="int",
        currentUsage="int",
        collectedAt="datetime",
        fetchStatus="str",
        resetsAt="datetime?",
    ),
    "Usages": _model(results="list[Usage]"),
    # Campaigns
    "CampaignInput": _model(properties="dict[str, str]"),
    "CampaignUpdate": _model(id="str", properties="dict[str, str]"),
    "CampaignId": _model(id="str"),
    "CampaignInputs": _model(inputs="list[CampaignInput]"),
    "CampaignUpdates": _model(inputs="list[CampaignUpdate]"),
    "CampaignIds": _model(inputs="list[CampaignId]"),
    "Campaign": _model(**_CAMPAIGN),
    "CampaignWithAssets": _model(**_CAMPAIGN, assets="dict[str, Assets]"),
    "Campaigns": _model(total="int", results="list[Campaign]", paging="Paging?"),
    "CampaignBatch": _model(**_BATCH, results="list[Campaign]"),
    "CampaignWithAssetsBatch": _model(**_BATCH, results="list[CampaignWithAssets]"),
    "Asset": _model(id="str", name="str?", metrics="dict[str, float]?"),
    "Assets": _model(results="list[Asset]", paging="Paging?"),
    "MoneyInput": _model(name="str", amount="float", order="int", description="str?"),
    "Money": _model(**_MONEY),
    "Totals": _model(
        budgetTotal="float?",
        spendTotal="float?",
        remainingBudget="float?",
        currencyCode="str",
        budgetItems="list[Money]",
        spendItems="list[Money]",
    ),
    "Metrics": _model(
        sessions="int",
        newContactsFirstTouch="int",
        newContactsLastTouch="int",
        influencedContacts="int",
    ),
    "Revenue": _model(
        contactsNumber="int",
        dealsNumber="int",
        dealAmount="float",
        revenueAmount="float",
        currencyCode="str",
    ),
    "ContactId": _model(id="str"),
    "ContactIds": _model(results="list[ContactId]", paging="Paging?"),
    # Lists of several records at once
    "RecordOfList": _model(objectTypeId="str", recordId="str"),
    "RecordsOfLists": _model(inputs="list[RecordOfList]"),
    "RecordListMembership": _model(
        listId="str",
        listVersion="int",
        firstAddedTimestamp="datetime",
        lastAddedTimestamp="datetime",
        isPublicList="bool?",
    ),
    "ListsOfRecord": _model(
        objectTypeId="str", recordId="str", recordListMemberships="list[RecordListMembership]"
    ),
    "ListsOfRecordBatch": _model(**_BATCH, results="list[ListsOfRecord]"),
    # Tokens
    "Token": _model(
        token_type="str",
        refresh_token="str",
        access_token="str",
        expires_in="int",
        id_token="str?",
        hub_id="int?",
        scopes="list[str]?",
        user_id="int?",
        token_use="str?",
    ),
    "TokenInfo": _model(**_WHOSE_TOKEN),
}

_HERE = "marketing/campaigns"

#: What single operations that take a body take beside it, by their path without the version.
REFERENCE_QUERIES: Mapping[tuple[str, str], frozenset[str]] = {
    ("POST", f"{_HERE}/batch/read"): frozenset({"properties", "startDate", "endDate"}),
}

#: The body and the answers of each operation, by its method and its path without the version.
REFERENCE_BODIES: Mapping[tuple[str, str], tuple[str | None, Mapping[int, str]]] = {
    ("GET", "account-info/details"): (None, {200: "Account"}),
    ("GET", "account-info/api-usage/daily/private-apps"): (None, {200: "Usages"}),
    ("GET", _HERE): (None, {200: "Campaigns"}),
    ("POST", _HERE): ("CampaignInput", {201: "Campaign"}),
    ("GET", f"{_HERE}/{{}}"): (None, {200: "CampaignWithAssets"}),
    ("PATCH", f"{_HERE}/{{}}"): ("CampaignInput", {200: "Campaign"}),
    ("POST", f"{_HERE}/batch/create"): (
        "CampaignInputs",
        {201: "CampaignBatch", 207: "CampaignBatch"},
    ),
    ("POST", f"{_HERE}/batch/read"): (
        "CampaignIds",
        {200: "CampaignWithAssetsBatch", 207: "CampaignWithAssetsBatch"},
    ),
    ("POST", f"{_HERE}/batch/update"): (
        "CampaignUpdates",
        {200: "CampaignBatch", 207: "CampaignBatch"},
    ),
    ("POST", f"{_HERE}/batch/archive"): ("CampaignIds", {}),
    ("GET", f"{_HERE}/{{}}/assets/{{}}"): (None, {200: "Assets"}),
    ("GET", f"{_HERE}/{{}}/reports/metrics"): (None, {200: "Metrics"}),
    ("GET", f"{_HERE}/{{}}/reports/revenue"): (None, {200: "Revenue"}),
    ("GET", f"{_HERE}/{{}}/reports/contacts/{{}}"): (None, {200: "ContactIds"}),
    ("GET", f"{_HERE}/{{}}/budget/totals"): (None, {200: "Totals"}),
    **{
        key: told
        for side in ("budget", "spend")
        for key, told in (
            (("POST", f"{_HERE}/{{}}/{side}"), ("MoneyInput", {201: "Money"})),
            (("GET", f"{_HERE}/{{}}/{side}/{{}}"), (None, {200: "Money"})),
            (("PUT", f"{_HERE}/{{}}/{side}/{{}}"), ("MoneyInput", {200: "Money"})),
        )
    },
    ("POST", "crm/lists/records/memberships/batch/read"): (
        "RecordsOfLists",
        {200: "ListsOfRecordBatch"},
    ),
    ("POST", "oauth/token"): (None, {200: "Token"}),
    ("POST", "oauth/token/introspect"): (None, {200: "TokenInfo"}),
}
