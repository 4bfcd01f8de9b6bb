"""Who carries which outcome: the opportunities behind people, companies and deals put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.domain.memberships import LAST_CAMPAIGN_STATUS, last_status_of
from sync.domain.outcomes import Agreement, Carried, Opportunity, amount_text, carried_of
from sync.domain.record import Native
from sync.domain.sales import Bearer, Sales

__all__ = ["REPORTING_AMOUNT", "carried_by", "values_of"]

#: What a deal carries: its own amount in the currency of all figures.
REPORTING_AMOUNT = "reporting_amount"

_NOTHING = Carried()


def values_of(
    sales: Sales, agreement: Agreement, kind: Bearer, ids: Sequence[str], names: Sequence[str]
) -> Mapping[str, Mapping[str, Native]]:
    """Give what records carry, by id and name; for each of them, however little is known."""
    if kind is Bearer.DEAL:
        known = sales.get(ids)
        return {id: dict.fromkeys(names, _reporting(known.get(id))) for id in ids}
    of_sales = [name for name in names if name != LAST_CAMPAIGN_STATUS]
    carried = carried_by(sales, agreement, kind, ids) if of_sales else {}
    values = {id: {one: carried.get(id, _NOTHING).native(one) for one in of_sales} for id in ids}
    if len(of_sales) < len(names):
        memberships = sales.memberships.of_people(ids)
        for id, mine in values.items():
            mine[LAST_CAMPAIGN_STATUS] = last_status_of(memberships.get(id, ()))
    return values


def carried_by(
    sales: Sales, agreement: Agreement, kind: Bearer, ids: Sequence[str]
) -> Mapping[str, Carried]:
    """Give what people or companies carry, those that carry anything."""
    behind = sales.of_people(ids) if kind is Bearer.PERSON else sales.of_accounts(ids)
    mine = [one for found in behind.values() for one in found]
    accounts = sorted({one.account for one in mine if one.account is not None})
    campaigns = sorted({one.campaign for one in mine if one.campaign is not None})
    names, first_wins = sales.campaign_names(campaigns), sales.first_wins(accounts)
    return {
        id: carried_of(found, agreement, campaigns=names, first_wins=first_wins)
        for id, found in behind.items()
        if found
    }


def _reporting(one: Opportunity | None) -> Native:
    return amount_text(one.reporting) if one is not None and one.reporting is not None else None
