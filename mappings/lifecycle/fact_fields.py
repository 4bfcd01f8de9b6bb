"""The fields of each pair that reports count by, as the files name them.

LEFT is HubSpot, RIGHT is Salesforce, as in binding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mappings.lifecycle.model import Lifecycle, Reports
from mappings.model import PairMapping
from sync.domain.facts import FactKind
from sync.domain.record import Side

__all__ = ["COMPANY", "OWNER", "FactFields", "fact_fields"]

OWNER, COMPANY = "owner", "company"
_KINDS = {
    "contacts": FactKind.PERSON,
    "0-1": FactKind.PERSON,
    "companies": FactKind.COMPANY,
    "0-2": FactKind.COMPANY,
    "deals": FactKind.DEAL,
    "0-3": FactKind.DEAL,
    "campaigns": FactKind.CAMPAIGN,
}
#: What is kept of campaigns, by Salesforce's field or HubSpot's.
_OF_CAMPAIGNS = {
    "name": ("Name", "hs_name"),
    "kind": ("Type", ""),
    "starts": ("StartDate", "hs_start_date"),
    "cost": ("ActualCost", "spend"),
    "budget": ("BudgetedCost", "budget"),
    "currency": ("CurrencyIsoCode", "hs_currency_code"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactFields:
    """What of one pair's records is kept for reports.

    `roles` gives the pair's name of each field that has a meaning of its own there, such as the
    score; `keep` the names of those reports were asked to count by.
    """

    kind: FactKind
    roles: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()


def fact_fields(
    pairs: Sequence[PairMapping], lifecycle: Lifecycle | None
) -> Mapping[str, FactFields]:
    """Give what reports keep of each pair they know, by the pair's name."""
    said = lifecycle.reports if lifecycle is not None else Reports()
    known = {pair.pair: pair for pair in pairs if pair.hubspot in _KINDS}
    return {
        name: FactFields(
            kind=_KINDS[pair.hubspot],
            roles=dict(_roles(pair, known, said)),
            keep=tuple(_kept(pair, said)),
        )
        for name, pair in known.items()
    }


def _roles(
    pair: PairMapping, known: Mapping[str, PairMapping], said: Reports
) -> Iterator[tuple[str, str]]:
    kind = _KINDS[pair.hubspot]
    if kind is FactKind.CAMPAIGN:
        for role, (right, left) in _OF_CAMPAIGNS.items():
            yield from ((role, name) for name in _named(pair, right=right, left=left))
        return
    yield from ((OWNER, name) for name in _named(pair, right="OwnerId", left="hubspot_owner_id"))
    if kind is not FactKind.PERSON:
        return
    wanted = {"source": said.source, "score": said.score}
    yield from ((role, name) for role, name in wanted.items() if name in pair.fields)
    for name, one in pair.fields.items():
        other = known.get(one.pair or "")
        if other is not None and _KINDS[other.hubspot] is FactKind.COMPANY:
            yield COMPANY, name


def _named(pair: PairMapping, *, right: str, left: str) -> Iterator[str]:
    """Give the field that Salesforce calls so on one of the objects, else HubSpot; at most one."""
    by_right = (
        name
        for name, one in pair.fields.items()
        if right in {one.map.right_name(object_name) for object_name in pair.objects(Side.RIGHT)}
    )
    by_left = (name for name, one in pair.fields.items() if left and one.map.left == left)
    found = next(by_right, None) or next(by_left, None)
    if found is not None:
        yield found


def _kept(pair: PairMapping, said: Reports) -> Iterator[str]:
    for fact in said.keep:
        name, _, field_name = fact.partition(".")
        if name == pair.pair and field_name in pair.fields:
            yield field_name
