"""Campaigns on both sides of the sandbox, with people at work on them."""

from __future__ import annotations

from sandbox.hubspot.campaigns import Campaign
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import System
from sandbox.traffic import FaultRule
from sync.domain.ports import Crm
from sync.domain.record import Fields, Native, Side
from sync.domain.schema import ObjectShape
from tests.contract.sandboxes import native
from tests.scenario import shapes
from tests.scenario.backends import SandboxBackend, Served

__all__ = ["CAMPAIGN", "CAMPAIGNS", "SEED", "CampaignBackend", "campaigns", "start_over"]

CAMPAIGNS = "campaigns"
CAMPAIGN = "Campaign"

#: What all scenarios have, and where Salesforce keeps the id of a HubSpot campaign.
SEED: tuple[JsonObject, ...] = shapes.SEED

_MONEY = ("budget", "spend")


def campaigns(*fields: str, first_sync: str = "hubspot", more: str = "") -> str:
    """Write a mapping of campaigns that are matched by name; `more` are further keys."""
    lines = "\n".join(f"  {each}" for each in ("name: hs_name <-> Name", *fields))
    return (
        "pair: campaigns\nhubspot: campaigns\nsalesforce: Campaign\n"
        f"first_sync: {first_sync}\nmatch: [name]\n{more}\nfields:\n{lines}\n"
    )


class CampaignBackend(SandboxBackend):
    """The real connectors against both stand-ins; an amount is entered as one item of people's."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self.sandbox = served.sandbox

    def describe(self, side: Side, crm: Crm, name: str) -> ObjectShape:
        return crm.describe(name)

    def add(self, side: Side, name: str, values: Fields, *, by: str) -> str:
        return self.sandbox.add(_system(side), name, _entered(name, values), by=by)

    def edit(self, side: Side, name: str, id: str, values: Fields, *, by: str) -> None:
        self.sandbox.edit(_system(side), name, id, _entered(name, values), by=by)

    def all(self, side: Side, name: str) -> dict[str, dict[str, Native]]:
        if name == CAMPAIGNS:
            return {one.id: _shown(one) for one in self.sandbox.hubspot.campaigns}
        if name == CAMPAIGN:
            rows = self.sandbox.salesforce.database.table(name).rows
            return {
                id: {field: native(value) for field, value in row.items()}
                for id, row in rows.items()
                if not row.get("IsDeleted")
            }
        return super().all(side, name)

    def enter_unstamped(self, id: str, amount: str) -> None:
        """Let a budget be entered without the campaign's own stamp moving."""
        campaign = self.sandbox.hubspot.campaigns.find(id)
        assert campaign is not None
        stamp = campaign.updated
        self.edit(Side.LEFT, CAMPAIGNS, id, {"budget": amount}, by="person")
        campaign.updated = stamp

    def lose_answers_to(self, method: str, ending: str) -> None:
        """Let the next call of a kind be carried out, and its answer be lost."""
        self.sandbox.add_fault(
            FaultRule(system=System.HUBSPOT, kind="drop_after", method=method, path=f"{ending}$")
        )


def start_over(served: Served) -> None:
    """Let there be no record, no rule and no fault, campaigns included."""
    served.start_over()
    org = served.sandbox.salesforce
    for name in (CAMPAIGN, "Opportunity"):
        for id in list(org.database.table(name).rows):
            org.purge(name, id)


def _system(side: Side) -> str:
    return "hubspot" if side is Side.LEFT else "salesforce"


def _entered(name: str, values: Fields) -> dict[str, Json]:
    entered: dict[str, Json] = dict(values)
    for part in _MONEY if name == CAMPAIGNS else ():
        if part in values:
            amount = values[part]
            entered[part] = [{"name": "Stand", "amount": amount}] if amount is not None else []
    for field in ("BudgetedCost", "ActualCost"):
        amount = values.get(field)
        if amount is not None:
            entered[field] = float(amount)
    return entered


def _shown(campaign: Campaign) -> dict[str, Native]:
    sums = {part: campaign.value(f"hs_{part}_items_sum_amount") for part in _MONEY}
    return {**campaign.properties, **sums}
