"""Campaigns as seeds and the control page see them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.hubspot.campaign_results_api import money_item
from sandbox.hubspot.campaigns import (
    ASSET_TYPES,
    CONTACT_TYPES,
    READ_ONLY,
    Campaign,
    MoneyItem,
    Revenue,
)
from sandbox.hubspot.campaigns_api import check_properties
from sandbox.hubspot.desk import as_list, as_mapping, stamp_of, times_of, whole_of
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import Json, JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["CampaignDesk"]

_PARTS = ("budget", "spend", "assets", "sessions", "contacts", "revenue")


class CampaignDesk:
    """Makes and changes campaigns, with what HubSpot itself would compute."""

    def __init__(self, store: HubSpotStore) -> None:
        self._store = store

    def add(
        self,
        values: JsonObject,
        *,
        id: str | None = None,
        times: Mapping[str, datetime] | None = None,
    ) -> str:
        """Make a campaign and give its id."""
        book, now = self._store.campaigns, self._store.now()
        if id is not None and book.find(id) is not None:
            raise SandboxError(f"there is a campaign {id} already")
        created, updated = times_of(times, now)
        number = values.get("hs_object_id")
        campaign = Campaign(
            id=(id or str(uuid.uuid4())).lower(),
            number=book.new_number() if number is None else whole_of(values, "hs_object_id"),
            properties={},
            created=created,
            updated=updated,
        )
        self._fill(campaign, values, now)
        if not campaign.properties.get("hs_name"):
            raise SandboxError("a campaign needs an hs_name")
        book.add(campaign)
        return campaign.id

    def get(self, id: str) -> JsonObject | None:
        """Give a campaign."""
        campaign = self._store.campaigns.find(id)
        return None if campaign is None else self._values(campaign)

    def edit(self, id: str, values: JsonObject) -> None:
        """Change properties, or replace a whole part: budget, spend, assets, revenue, ..."""
        campaign, now = self._needed(id), self._store.now()
        self._fill(campaign, values, now)
        campaign.updated = now

    def remove(self, id: str) -> None:
        """Delete a campaign."""
        self._store.campaigns.delete(self._needed(id).id)

    def restore(self, id: str) -> None:
        """Refuse: a deleted campaign is gone."""
        raise SandboxError("a deleted campaign cannot be restored")

    def lines(self) -> Iterator[JsonObject]:
        """Give all campaigns as seed lines."""
        for campaign in self._store.campaigns:
            values = self._values(campaign)
            values["assets"] = {
                kind: [{"key": f"lists-{one}"} if kind == "OBJECT_LIST" else one for one in ids]
                for kind, ids in campaign.assets.items()
            }
            values["contacts"] = {
                kind: [{"key": f"contacts-{one}"} for one in ids]
                for kind, ids in campaign.visits.contacts.items()
            }
            yield {
                "key": f"campaigns-{campaign.id}",
                "id": campaign.id,
                "properties": values,
                "created": iso(campaign.created),
                "modified": iso(campaign.updated),
            }

    def _needed(self, id: str) -> Campaign:
        campaign = self._store.campaigns.find(id)
        if campaign is None:
            raise SandboxError(f"HubSpot has no campaign {id}")
        return campaign

    def _fill(self, campaign: Campaign, values: JsonObject, now: int) -> None:
        plain = {
            name: value
            for name, value in values.items()
            if name not in _PARTS and name not in READ_ONLY
        }
        checked = check_properties(self._store, plain, campaign=campaign)
        for name, value in checked.items():
            campaign.properties[name] = value
        if "budget" in values:
            campaign.budget = self._items(values, "budget", now)
        if "spend" in values:
            campaign.spend = self._items(values, "spend", now)
        if "assets" in values:
            campaign.assets = _ids_by_word(values, "assets", ASSET_TYPES)
        if "contacts" in values:
            found = _ids_by_word(values, "contacts", frozenset(CONTACT_TYPES))
            campaign.visits.contacts = {
                kind: [int(one) for one in ids] for kind, ids in found.items()
            }
        if "sessions" in values:
            campaign.visits.sessions = whole_of(values, "sessions")
        if "revenue" in values:
            campaign.revenue = _revenue(as_mapping(values["revenue"], "revenue"))

    def _items(self, values: JsonObject, part: str, now: int) -> dict[int, MoneyItem]:
        items: dict[int, MoneyItem] = {}
        for entry in as_list(values[part], part):
            told = as_mapping(entry, part)
            number = told.get("id")
            item_id = self._store.campaigns.new_item_id() if number is None else int(str(number))
            made = stamp_of(told.get("createdAt"), now)
            told = {"order": len(items), **told, "amount": _float(told.get("amount"))}
            items[item_id] = money_item(told, id=item_id, now=made)
        return items

    def _values(self, campaign: Campaign) -> JsonObject:
        values: JsonObject = dict(sorted(campaign.properties.items()))
        values["hs_object_id"] = str(campaign.number)
        values["budget"] = [_item_line(one) for one in campaign.budget.values()]
        values["spend"] = [_item_line(one) for one in campaign.spend.values()]
        values["assets"] = {kind: [*ids] for kind, ids in campaign.assets.items()}
        values["sessions"] = campaign.visits.sessions
        values["contacts"] = {
            kind: [str(one) for one in ids] for kind, ids in campaign.visits.contacts.items()
        }
        values["revenue"] = {
            "contacts": campaign.revenue.contacts,
            "deals": campaign.revenue.deals,
            "dealAmount": str(campaign.revenue.deal_amount),
            "amount": str(campaign.revenue.revenue),
        }
        return values


def _ids_by_word(values: JsonObject, name: str, known: frozenset[str]) -> dict[str, list[str]]:
    told = as_mapping(values[name], name)
    unknown = sorted(set(told) - known)
    if unknown:
        raise SandboxError(f"{name}: {', '.join(unknown)} is not one of {', '.join(sorted(known))}")
    return {word: [str(one) for one in as_list(ids, name)] for word, ids in told.items()}


def _revenue(told: JsonObject) -> Revenue:
    return Revenue(
        contacts=whole_of(told, "contacts"),
        deals=whole_of(told, "deals"),
        deal_amount=_amount(told.get("dealAmount")),
        revenue=_amount(told.get("amount")),
    )


def _amount(value: Json) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation as exc:
        raise SandboxError(f"{value!r} is not an amount") from exc


def _float(value: Json) -> float:
    return float(_amount(value))


def _item_line(item: MoneyItem) -> JsonObject:
    return {
        "id": str(item.id),
        "name": item.name,
        "amount": str(item.amount),
        "order": item.order,
        "description": item.description,
        "createdAt": iso(item.created),
    }
