"""What a campaign costs, uses and brings in: budget, spend, assets and reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.campaigns import ASSET_TYPES, CONTACT_TYPES, Campaign, MoneyItem
from sandbox.hubspot.campaigns_api import READ, WRITE, asset_wire, campaign_in, campaign_route
from sandbox.hubspot.errors import invalid, not_found
from sandbox.hubspot.numbers import is_number
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ROUTES", "money_item"]

Items: TypeAlias = dict[int, MoneyItem]

_USUAL_PAGE = 100
_LARGEST_PAGE = 100

_REVENUE = Access(("marketing.campaigns.revenue.read",), marketing=True)

_MODELS = frozenset(
    "LINEAR FIRST_INTERACTION LAST_INTERACTION FULL_PATH U_SHAPED W_SHAPED TIME_DECAY J_SHAPED "
    "INVERSE_J_SHAPED".split()
)


# Money


def _on(side: str, act: Callable[[Call, Items], Answer]) -> Handler:
    """Let a call act on the budget or the spend of its campaign."""

    def handler(call: Call) -> Answer:
        campaign = campaign_in(call)
        return act(call, campaign.budget if side == "budget" else campaign.spend)

    return handler


def _add_item(call: Call, items: Items) -> Answer:
    new_id, now = call.store.campaigns.new_item_id(), call.store.now()
    item = items[new_id] = money_item(call.object_body(), id=new_id, now=now)
    return Answer(201, _item_wire(item))


def _read_item(call: Call, items: Items) -> Answer:
    return Answer(200, _item_wire(_item(call, items)))


def _change_item(call: Call, items: Items) -> Answer:
    old = _item(call, items)
    changed = money_item(call.object_body(), id=old.id, now=call.store.now())
    items[old.id] = replace(changed, created=old.created)
    return Answer(200, _item_wire(items[old.id]))


def _delete_item(call: Call, items: Items) -> Answer:
    del items[_item(call, items).id]
    return Answer(204)


def _totals(call: Call) -> Answer:
    campaign = campaign_in(call)
    budget, spend = _total(campaign.budget.values()), _total(campaign.spend.values())
    return Answer(
        200,
        {
            "budgetTotal": _number(budget),
            "spendTotal": _number(spend),
            "remainingBudget": _number(budget - spend),
            "currencyCode": _currency(call, campaign),
            "budgetItems": [_item_wire(one) for one in campaign.budget.values()],
            "spendItems": [_item_wire(one) for one in campaign.spend.values()],
        },
    )


def money_item(body: JsonObject, *, id: int, now: int) -> MoneyItem:
    """Read a line of a budget, or give the API's refusal."""
    name, amount, order = body.get("name"), body.get("amount"), body.get("order")
    if not isinstance(name, str) or not name:
        raise invalid("name is required and must be a text")
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        raise invalid("amount is required and must be a number")
    if isinstance(order, bool) or not isinstance(order, int):
        raise invalid("order is required and must be a whole number")
    return MoneyItem(
        id=id,
        name=name,
        amount=Decimal(str(amount)),
        order=order,
        created=now,
        updated=now,
        description=str(body.get("description") or ""),
    )


def _item(call: Call, items: Items) -> MoneyItem:
    text = call.path["item"]
    item = items.get(int(text) if is_number(text) else -1)
    if item is None:
        raise not_found(f"The campaign has no budget or spend item with id {text}")
    return item


def _item_wire(item: MoneyItem) -> JsonObject:
    wire: JsonObject = {
        "id": str(item.id),
        "name": item.name,
        "amount": _number(item.amount),
        "order": item.order,
        "createdAt": item.created,
        "updatedAt": item.updated,
    }
    if item.description:
        wire["description"] = item.description
    return wire


def _total(items: Iterable[MoneyItem]) -> Decimal:
    return sum((item.amount for item in items), Decimal(0))


def _number(amount: Decimal) -> Json:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _currency(call: Call, campaign: Campaign) -> str:
    return campaign.properties.get("hs_currency_code") or call.store.account.currency


# Assets


def _list_assets(call: Call) -> Answer:
    campaign, kind = campaign_in(call), _asset_type(call)
    ids = campaign.assets.get(kind, [])
    return _paged(call, [asset_wire(call.store, kind, one) for one in ids])


def _attach(call: Call) -> Answer:
    campaign, kind, asset_id = campaign_in(call), _asset_type(call), call.path["asset"]
    found = (
        call.store.lists.find(int(asset_id))
        if kind == "OBJECT_LIST" and is_number(asset_id)
        else None
    )
    if found is None or found.deleted is not None:
        raise not_found(f"No {kind} asset with id {asset_id}")
    ids = campaign.assets.setdefault(kind, [])
    if asset_id not in ids:
        ids.append(asset_id)
    return Answer(204)


def _detach(call: Call) -> Answer:
    campaign, kind, asset_id = campaign_in(call), _asset_type(call), call.path["asset"]
    if asset_id in campaign.assets.get(kind, []):
        campaign.assets[kind].remove(asset_id)
    return Answer(204)


def _asset_type(call: Call) -> str:
    kind = call.path["type"].upper()
    if kind not in ASSET_TYPES:
        raise invalid(f"{call.path['type']} is not a type of asset")
    return kind


# Reports


def _metrics(call: Call) -> Answer:
    visits = campaign_in(call).visits
    counts = {name: len(visits.contacts.get(name, ())) for name in CONTACT_TYPES}
    return Answer(
        200,
        {
            "sessions": visits.sessions,
            "newContactsFirstTouch": counts["contactFirstTouch"],
            "newContactsLastTouch": counts["contactLastTouch"],
            "influencedContacts": counts["influencedContacts"],
        },
    )


def _revenue(call: Call) -> Answer:
    campaign, model = campaign_in(call), call.text("attributionModel") or "LINEAR"
    if model not in _MODELS:
        raise invalid(f"{model} is not a model of attribution")
    return Answer(
        200,
        {
            "contactsNumber": campaign.revenue.contacts,
            "dealsNumber": campaign.revenue.deals,
            "dealAmount": _number(campaign.revenue.deal_amount),
            "revenueAmount": _number(campaign.revenue.revenue),
            "currencyCode": _currency(call, campaign),
        },
    )


def _contacts(call: Call) -> Answer:
    campaign, kind = campaign_in(call), call.path["type"]
    if kind not in CONTACT_TYPES:
        raise invalid(f"{kind} is not one of {', '.join(CONTACT_TYPES)}")
    return _paged(call, [{"id": str(one)} for one in campaign.visits.contacts.get(kind, ())])


def _paged(call: Call, rows: list[JsonObject]) -> Answer:
    limit = call.number("limit", default=_USUAL_PAGE, most=_LARGEST_PAGE)
    after = call.text("after", "0")
    if not is_number(after):
        raise invalid(f"after must be what an earlier page gave, but was {after}")
    end = int(after) + limit
    answer: JsonObject = {"results": [*rows[int(after) : end]]}
    if end < len(rows):
        answer["paging"] = {"next": {"after": str(end), "link": call.link(after=str(end))}}
    return Answer(200, answer)


def _money_routes(side: str) -> tuple[Route, ...]:
    one = f"/{{guid}}/{side}/{{item}}"
    return (
        campaign_route("POST", f"/{{guid}}/{side}", _on(side, _add_item), WRITE),
        campaign_route("GET", one, _on(side, _read_item), READ),
        campaign_route("PUT", one, _on(side, _change_item), WRITE),
        campaign_route("DELETE", one, _on(side, _delete_item), WRITE),
    )


ROUTES: tuple[Route, ...] = (
    campaign_route("GET", "/{guid}/budget/totals", _totals, READ),
    *_money_routes("budget"),
    *_money_routes("spend"),
    campaign_route("GET", "/{guid}/assets/{type}", _list_assets, READ),
    campaign_route("PUT", "/{guid}/assets/{type}/{asset}", _attach, WRITE),
    campaign_route("DELETE", "/{guid}/assets/{type}/{asset}", _detach, WRITE),
    campaign_route("GET", "/{guid}/reports/metrics", _metrics, READ),
    campaign_route("GET", "/{guid}/reports/revenue", _revenue, _REVENUE),
    campaign_route("GET", "/{guid}/reports/contacts/{type}", _contacts, READ),
)
