"""Outcomes of sales: what Salesforce calls what they are worked out from, and where they go.

What people, companies and deals carry of opportunities reaches HubSpot as fields of their pairs
that no mapping file writes: one-way from Salesforce, where the sync works the values out itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mappings.lifecycle.model import OUTCOMES, Lifecycle
from mappings.lifecycle.words import Span
from mappings.model import FieldMapping, PairMapping
from mappings.words import FieldType
from sync.domain.credit import REPORTING_AMOUNT
from sync.domain.money import Rates
from sync.domain.outcomes import Agreement, Pause, PauseUnit, Reason
from sync.domain.record import Side
from sync.domain.sales import Bearer, SalesNames
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = [
    "OPPORTUNITY",
    "OUTCOME_PROPERTIES",
    "ROLE",
    "PairOutcomes",
    "agreement_of",
    "is_outcome",
    "outcome_fields",
    "outcome_name",
    "outcomes_of",
    "sales_names",
    "wanted_properties",
    "with_outcome_fields",
    "with_outcome_shapes",
]

OPPORTUNITY = "Opportunity"
ROLE = "OpportunityContactRole"

#: What an opportunity's facts are called; the reason is what the mapping of deals says.
_FACTS = {
    "name": "Name",
    "stage": "StageName",
    "closed": "IsClosed",
    "won": "IsWon",
    "amount": "Amount",
    "currency": "CurrencyIsoCode",
    "closes": "CloseDate",
    "campaign": "CampaignId",
    "account": "AccountId",
    "type": "Type",
    "owner": "OwnerId",
}
_REASON = "reason"
#: HubSpot's own property for why a deal was lost.
_LOST_REASON = "closed_lost_reason"

#: Under a name of this kind, which no mapping file can write, a pair holds an outcome; and under
#: one of that kind the sync itself puts it into what it read.
_PREFIX = "outcomes."
_WORKED_OUT = "sales_"

_DEAL_PROPERTIES = {REPORTING_AMOUNT: "revloop_reporting_amount"}
#: The usual names of all properties outcomes go to.
OUTCOME_PROPERTIES = frozenset((*OUTCOMES.values(), *_DEAL_PROPERTIES.values()))
_KINDS: Mapping[str, tuple[FieldType, FieldKind]] = {
    "won_revenue": (FieldType.MONEY, FieldKind.MONEY),
    "first_won_date": (FieldType.DATE, FieldKind.DATE),
    "try_again_date": (FieldType.DATE, FieldKind.DATE),
    REPORTING_AMOUNT: (FieldType.MONEY, FieldKind.MONEY),
}
#: By HubSpot's object, under both its names: the Salesforce object whose records carry outcomes.
_CARRYING = {
    "contacts": ("Contact", Bearer.PERSON),
    "0-1": ("Contact", Bearer.PERSON),
    "companies": ("Account", Bearer.COMPANY),
    "0-2": ("Account", Bearer.COMPANY),
    "deals": (OPPORTUNITY, Bearer.DEAL),
    "0-3": (OPPORTUNITY, Bearer.DEAL),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOutcomes:
    """What one pair has to do with outcomes.

    `properties` are the HubSpot properties by outcome, those that are there; they are filled for
    records of `carrying`. `extras` are the fields read of Salesforce's objects beyond the mapping.
    """

    carrying: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def natives(self) -> Mapping[str, str]:
        """Give the outcomes by the name under which the sync puts them into a record."""
        return {f"{_WORKED_OUT}{name}": name for name in self.properties}


def outcomes_of(
    pair: PairMapping,
    left: Mapping[str, ObjectShape],
    right: Mapping[str, ObjectShape],
    *,
    names: SalesNames,
    lifecycle: Lifecycle | None,
) -> PairOutcomes:
    """Give what a pair has to do with outcomes, by the live schemas of its objects."""
    extras = {
        name: names.extras(name) & right[name].fields.keys()
        for name in pair.objects(Side.RIGHT)
        if name in right
    }
    carrying, _ = _CARRYING.get(pair.hubspot, ("", None))
    shape = left.get(pair.hubspot)
    if carrying not in pair.objects(Side.RIGHT) or shape is None:
        return PairOutcomes(extras=extras)
    there = {
        name: native
        for name, native in wanted_properties(pair, lifecycle).items()
        if native in shape.fields and shape.fields[native].updatable
    }
    return PairOutcomes(carrying=carrying, properties=there, extras=extras)


def wanted_properties(pair: PairMapping, lifecycle: Lifecycle | None) -> dict[str, str]:
    """Give the HubSpot properties a pair's outcomes go to, by outcome; none that a line fills."""
    carrying, kind = _CARRYING.get(pair.hubspot, ("", None))
    if carrying not in pair.objects(Side.RIGHT):
        return {}
    renamed = lifecycle.outcomes if lifecycle is not None else {}
    wanted = _DEAL_PROPERTIES if kind is Bearer.DEAL else {**OUTCOMES, **renamed}
    taken = {one.map.left for one in pair.fields.values() if one.map.left is not None}
    return {name: native for name, native in wanted.items() if native not in taken}


def with_outcome_fields(pair: PairMapping, outcomes: PairOutcomes | None) -> PairMapping:
    """Give the pair with a field for each outcome it carries.

    Salesforce's end is worked out by the sync, which puts back what somebody else writes.
    """
    if outcomes is None or not outcomes.properties:
        return pair
    return pair.model_copy(update={"fields": {**pair.fields, **outcome_fields(outcomes)}})


def outcome_fields(outcomes: PairOutcomes) -> dict[str, FieldMapping]:
    """Give the lines that carry outcomes, as a mapping file would have them."""
    return {
        outcome_name(name): FieldMapping.model_validate(
            {
                "map": f"{native} <- {outcomes.carrying}.{_WORKED_OUT}{name}",
                "type": _KINDS.get(name, (FieldType.TEXT, FieldKind.TEXT))[0].value,
                "protect": "salesforce",
                "blank": "clear",
            }
        )
        for name, native in outcomes.properties.items()
    }


def with_outcome_shapes(
    right: Mapping[str, ObjectShape], outcomes: PairOutcomes | None
) -> dict[str, ObjectShape]:
    """Give Salesforce's objects as if they held the outcomes that are worked out for them."""
    found = dict(right)
    if outcomes is None or outcomes.carrying not in found or not outcomes.properties:
        return found
    shape = found[outcomes.carrying]
    more = {
        native: FieldShape(
            name=native,
            label=f"outcome of sales: {name.replace('_', ' ')}",
            kind=_KINDS.get(name, (FieldType.TEXT, FieldKind.TEXT))[1],
            creatable=False,
            updatable=False,
        )
        for native, name in outcomes.natives.items()
    }
    found[outcomes.carrying] = replace(shape, fields={**shape.fields, **more})
    return found


def outcome_name(name: str) -> str:
    """Give the name under which a pair holds an outcome."""
    return f"{_PREFIX}{name}"


def is_outcome(name: str) -> bool:
    """Tell whether a field of a pair is an outcome, and no line of a mapping file."""
    return name.startswith(_PREFIX)


def sales_names(
    pairs: Iterable[PairMapping], opportunity: ObjectShape, *, has_roles: bool
) -> SalesNames:
    """Give what Salesforce calls what outcomes are worked out from, as far as it is there."""
    facts = {**_FACTS, _REASON: _reason_field(pairs)}
    return SalesNames(
        side=Side.RIGHT,
        opportunity=OPPORTUNITY,
        facts={name: native for name, native in facts.items() if native in opportunity.fields},
        role=ROLE if has_roles else "",
        role_opportunity="OpportunityId",
        role_person="ContactId",
        role_main="IsPrimary",
        person="Contact",
        person_account="AccountId",
        account="Account",
        campaign="Campaign",
        campaign_name="Name",
    )


def _reason_field(pairs: Iterable[PairMapping]) -> str:
    """Find the field in which sales says why, by the mapping of deals; "" where it maps none."""
    for pair in pairs:
        if OPPORTUNITY not in pair.objects(Side.RIGHT):
            continue
        lost = (one for one in pair.fields.values() if one.map.left == _LOST_REASON)
        found = next(lost, pair.fields.get(_REASON))
        if found is not None:
            return found.map.right_name(OPPORTUNITY) or ""
    return ""


def agreement_of(lifecycle: Lifecycle | None, *, currency: str, rates: Rates) -> Agreement:
    """Give what was agreed on: the currency of figures, and the reasons by the words of sales."""
    if lifecycle is None or not lifecycle.reasons:
        return Agreement(currency=currency, rates=rates)
    reasons = {
        said: Reason(name=name, word=one.hubspot, again_after=_pause(one.again_after))
        for name, one in lifecycle.reasons.items()
        for said in one.salesforce
    }
    return Agreement(currency=currency, rates=rates, reasons=reasons)


def _pause(span: Span | None) -> Pause | None:
    return Pause(span.count, PauseUnit(span.unit.value)) if span is not None else None
