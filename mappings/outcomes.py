"""Outcomes of sales: what Salesforce calls what they are worked out from, and where they go.

What people, companies and deals carry of opportunities reaches HubSpot as fields of their pairs
that no mapping file writes: one-way from Salesforce, where the sync works the values out itself.
What people carry of the campaigns they took part in goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from mappings.lifecycle.model import OUTCOMES, Lifecycle
from mappings.lifecycle.words import OpportunityState, Span
from mappings.model import FieldMapping, PairMapping
from mappings.words import FieldType
from sync.domain.credit import REPORTING_AMOUNT
from sync.domain.memberships import LAST_CAMPAIGN_STATUS
from sync.domain.money import Rates
from sync.domain.outcomes import DEAL_STATES, Agreement, Pause, PauseUnit, Reason
from sync.domain.record import Side
from sync.domain.sales import Bearer, SalesNames
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = [
    "MEMBER",
    "OF_OPPORTUNITIES",
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
MEMBER = "CampaignMember"
_LEAD = "Lead"

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

#: What people and companies carry of opportunities.
_OF_SALES = tuple(name for name in OUTCOMES if name != LAST_CAMPAIGN_STATUS)
_DEAL_PROPERTIES = {REPORTING_AMOUNT: "revloop_reporting_amount"}
#: What is carried of opportunities, and of nothing else.
OF_OPPORTUNITIES = frozenset((*_OF_SALES, *_DEAL_PROPERTIES))
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

    `properties` are the HubSpot properties by outcome, those that are there; `carries` says which
    of them are filled for records of which Salesforce object. `extras` are the fields read of
    Salesforce's objects beyond the mapping.
    """

    carries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def carrying(self) -> frozenset[str]:
        """The Salesforce objects whose records carry anything."""
        return frozenset(self.carries)

    def natives_on(self, object_name: str) -> Mapping[str, str]:
        """Give an object's outcomes by the name under which the sync puts them into a record."""
        return {f"{_WORKED_OUT}{name}": name for name in self.carries.get(object_name, ())}


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
    shape = left.get(pair.hubspot)
    if shape is None:
        return PairOutcomes(extras=extras)
    deals, members = bool(names.opportunity), bool(names.member)
    there = {
        name: native
        for name, native in wanted_properties(pair, lifecycle, deals=deals, members=members).items()
        if native in shape.fields and shape.fields[native].updatable
    }
    carries = {
        object_name: kept
        for object_name, carried in _carries(pair, deals=deals, members=members).items()
        if (kept := tuple(name for name in carried if name in there))
    }
    for name in _with_states(pair, lifecycle) if deals else ():
        carries[name] = (*carries.get(name, ()), DEAL_STATES)
    return PairOutcomes(carries=carries, properties=there, extras=extras)


def wanted_properties(
    pair: PairMapping, lifecycle: Lifecycle | None, *, deals: bool = True, members: bool = True
) -> dict[str, str]:
    """Give the HubSpot properties a pair's outcomes go to, by outcome; none that a line fills.

    `deals` and `members` tell whether deals, and members of campaigns, are kept at all.
    """
    renamed = lifecycle.outcomes if lifecycle is not None else {}
    usual = {**_DEAL_PROPERTIES, **OUTCOMES, **renamed}
    taken = {one.map.left for one in pair.fields.values() if one.map.left is not None}
    carries = _carries(pair, deals=deals, members=members)
    wanted = dict.fromkeys(name for carried in carries.values() for name in carried)
    return {name: usual[name] for name in wanted if usual[name] not in taken}


def _carries(pair: PairMapping, *, deals: bool, members: bool) -> dict[str, tuple[str, ...]]:
    """Give what records of a pair's Salesforce objects carry, where HubSpot has it."""
    carrying, kind = _CARRYING.get(pair.hubspot, ("", None))
    objects = pair.objects(Side.RIGHT)
    found: dict[str, tuple[str, ...]] = {}
    if deals and carrying in objects:
        found[carrying] = tuple(_DEAL_PROPERTIES) if kind is Bearer.DEAL else _OF_SALES
    if members and kind is Bearer.PERSON:
        for name in (carrying, _LEAD):
            if name in objects:
                found[name] = (*found.get(name, ()), LAST_CAMPAIGN_STATUS)
    return found


def _with_states(pair: PairMapping, lifecycle: Lifecycle | None) -> Iterator[str]:
    """Name the objects whose records stand at stages by their opportunities."""
    carrying, kind = _CARRYING.get(pair.hubspot, ("", None))
    stages = lifecycle.stages if lifecycle is not None else ()
    by_sales = any(isinstance(one.salesforce, OpportunityState) for one in stages)
    if by_sales and kind is Bearer.PERSON and carrying in pair.objects(Side.RIGHT):
        yield carrying


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
                "map": f"{native} <- {_worked_out(outcomes, name)}",
                "type": _KINDS.get(name, (FieldType.TEXT, FieldKind.TEXT))[0].value,
                "protect": "salesforce",
                "blank": "clear",
            }
        )
        for name, native in outcomes.properties.items()
    }


def _worked_out(outcomes: PairOutcomes, name: str) -> str:
    """Write where the sync puts an outcome, as the right end of a line."""
    return " | ".join(
        f"{object_name}.{_WORKED_OUT}{name}"
        for object_name, carried in outcomes.carries.items()
        if name in carried
    )


def with_outcome_shapes(
    right: Mapping[str, ObjectShape], outcomes: PairOutcomes | None
) -> dict[str, ObjectShape]:
    """Give Salesforce's objects as if they held the outcomes that are worked out for them."""
    found = dict(right)
    if outcomes is None:
        return found
    for object_name in outcomes.carrying & right.keys():
        shape = right[object_name]
        more = _shapes(outcomes.natives_on(object_name))
        found[object_name] = replace(shape, fields={**shape.fields, **more})
    return found


def _shapes(natives: Mapping[str, str]) -> dict[str, FieldShape]:
    return {
        native: FieldShape(
            name=native,
            label=f"outcome of sales: {name.replace('_', ' ')}",
            kind=_KINDS.get(name, (FieldType.TEXT, FieldKind.TEXT))[1],
            creatable=False,
            updatable=False,
        )
        for native, name in natives.items()
    }


def outcome_name(name: str) -> str:
    """Give the name under which a pair holds an outcome."""
    return f"{_PREFIX}{name}"


def is_outcome(name: str) -> bool:
    """Tell whether a field of a pair is an outcome, and no line of a mapping file."""
    return name.startswith(_PREFIX)


def sales_names(
    pairs: Iterable[PairMapping],
    opportunity: ObjectShape | None,
    *,
    has_roles: bool,
    has_members: bool = False,
) -> SalesNames:
    """Give what Salesforce calls what outcomes are worked out from, as far as it is there.

    Without `opportunity` there are no deals, and people carry what members of campaigns do.
    """
    there = opportunity.fields if opportunity is not None else {}
    facts = {**_FACTS, _REASON: _reason_field(pairs)}
    return SalesNames(
        side=Side.RIGHT,
        opportunity=OPPORTUNITY if opportunity is not None else "",
        facts={name: native for name, native in facts.items() if native in there},
        role=ROLE if has_roles else "",
        role_opportunity="OpportunityId",
        role_person="ContactId",
        role_main="IsPrimary",
        person="Contact",
        person_account="AccountId" if opportunity is not None else "",
        account="Account",
        campaign="Campaign" if opportunity is not None else "",
        campaign_name="Name",
        member=MEMBER if has_members else "",
        member_person="LeadOrContactId",
        member_status="Status",
        member_campaign="CampaignId",
        member_responded="HasResponded",
        lead=_LEAD if has_members else "",
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
