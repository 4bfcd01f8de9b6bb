"""Marketing campaigns with their budget, spend, assets and results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = [
    "ASSET_TYPES",
    "CAMPAIGN_PROPERTIES",
    "CONTACT_TYPES",
    "READ_ONLY",
    "STATUSES",
    "Campaign",
    "CampaignBook",
    "MoneyItem",
    "Revenue",
    "Visits",
]

CAMPAIGN_PROPERTIES = (
    "hs_name",
    "hs_start_date",
    "hs_end_date",
    "hs_campaign_status",
    "hs_notes",
    "hs_audience",
    "hs_currency_code",
    "hs_utm",
    "hs_owner",
    "hs_goal",
    "hs_color_hex",
    "hs_object_id",
    "hs_budget_items_sum_amount",
    "hs_spend_items_sum_amount",
)

READ_ONLY = frozenset({"hs_object_id", "hs_budget_items_sum_amount", "hs_spend_items_sum_amount"})

STATUSES = ("planned", "in_progress", "active", "paused", "completed")

ASSET_TYPES = frozenset(
    "MARKETING_EMAIL FORM BLOG_POST LANDING_PAGE SITE_PAGE SOCIAL_BROADCAST AD_CAMPAIGN "
    "OBJECT_LIST EXTERNAL_WEB_URL CTA WEB_INTERACTIVE MARKETING_EVENT MARKETING_SMS SEQUENCE "
    "MEETING_EVENT CALL CASE_STUDY AUTOMATION_PLATFORM_FLOW".split()
)

CONTACT_TYPES = ("contactFirstTouch", "contactLastTouch", "influencedContacts")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyItem:
    """One line of a campaign's budget or spend."""

    id: int
    name: str
    amount: Decimal
    order: int
    created: int
    updated: int
    description: str = ""


@dataclass(slots=True, kw_only=True)
class Revenue:
    """What a campaign is held to have brought in."""

    contacts: int = 0
    deals: int = 0
    deal_amount: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)


@dataclass(slots=True, kw_only=True)
class Visits:
    """What a campaign's pages have brought."""

    sessions: int = 0
    contacts: dict[str, list[int]] = field(default_factory=dict)
    """Contact ids by the type of their touch."""


@dataclass(slots=True, kw_only=True)
class Campaign:
    """One campaign; `properties` holds what is set and not computed."""

    id: str
    number: int
    properties: dict[str, str]
    created: int
    updated: int
    budget: dict[int, MoneyItem] = field(default_factory=dict)
    spend: dict[int, MoneyItem] = field(default_factory=dict)
    assets: dict[str, list[str]] = field(default_factory=dict)
    """Asset ids by type, in the order they were attached."""
    visits: Visits = field(default_factory=Visits)
    revenue: Revenue = field(default_factory=Revenue)

    def value(self, name: str) -> str | None:
        """Give any property, computed ones too; None where it is empty."""
        match name:
            case "hs_object_id":
                return str(self.number)
            case "hs_budget_items_sum_amount":
                return _sum(self.budget)
            case "hs_spend_items_sum_amount":
                return _sum(self.spend)
        return self.properties.get(name) or None


class CampaignBook:
    """All campaigns of a portal, oldest first."""

    def __init__(self) -> None:
        self._campaigns: dict[str, Campaign] = {}
        self._next_number = 90_000_001
        self._next_item = 1

    def __iter__(self) -> Iterator[Campaign]:
        return iter(list(self._campaigns.values()))

    def __len__(self) -> int:
        return len(self._campaigns)

    def new_number(self) -> int:
        """Give a number no campaign has."""
        self._next_number += 1
        return self._next_number - 1

    def new_item_id(self) -> int:
        """Give an id no line of any budget or spend has."""
        self._next_item += 1
        return self._next_item - 1

    def add(self, campaign: Campaign) -> None:
        """Take over a campaign."""
        self._campaigns[campaign.id] = campaign
        self._next_number = max(self._next_number, campaign.number + 1)
        for item in (*campaign.budget.values(), *campaign.spend.values()):
            self._next_item = max(self._next_item, item.id + 1)

    def find(self, campaign_id: str) -> Campaign | None:
        """Find a campaign by its id, in whatever capitals."""
        return self._campaigns.get(campaign_id.lower())

    def delete(self, campaign_id: str) -> bool:
        """Delete a campaign; tell whether it was there."""
        return self._campaigns.pop(campaign_id.lower(), None) is not None


def _sum(items: dict[int, MoneyItem]) -> str | None:
    if not items:
        return None
    return str(sum((item.amount for item in items.values()), Decimal(0)))
