"""What lifecycle.yaml says, as checked data: stages, hand-overs, service levels, routing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from mappings.findings import Places, did_you_mean
from mappings.lifecycle.words import (
    Amount,
    Days,
    Moves,
    OpportunityState,
    Per,
    Queue,
    RoutingBy,
    Span,
    read_amount,
    read_clock,
    read_days,
    read_pause,
    read_span,
)
from mappings.model import Expression, Filled
from mappings.transforms.iso import is_place
from mappings.words import one_of

__all__ = [
    "FUNNEL_OUTCOMES",
    "OUTCOMES",
    "BusinessHours",
    "HandBack",
    "HandOver",
    "Lifecycle",
    "Reason",
    "Reports",
    "Routing",
    "ServiceLevel",
    "Stage",
    "StageField",
]

#: What contacts and companies carry of an opportunity's end, and contacts of the campaign they
#: took part in last, with the property's usual name.
OUTCOMES: Mapping[str, str] = {
    "last_outcome": "revloop_last_outcome",
    "outcome_stage": "revloop_outcome_stage",
    "won_revenue": "revloop_won_revenue",
    "outcome_reason": "revloop_outcome_reason",
    "first_won_date": "revloop_first_won_date",
    "credited_campaign": "revloop_credited_campaign",
    "try_again_date": "revloop_try_again_date",
    "business_type": "revloop_business_type",
    "last_campaign_status": "revloop_last_campaign_status",
}


#: What contacts carry of their own way through the funnel, with the property's usual name.
FUNNEL_OUTCOMES: Mapping[str, str] = {
    "stage": "revloop_stage",
    "handed_over_at": "revloop_handed_over_at",
    "returned_at": "revloop_returned_at",
    "returned_reason": "revloop_returned_reason",
}


class StageField(NamedTuple):
    """A field of one Salesforce object whose value is part of a stage."""

    object_name: str
    field_name: str


#: Salesforce's own assignment rules choose the owner.
ORG_RULES = "salesforce rules"


def _read_name(value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[a-z][a-z0-9_]*", value) is None:
        raise ValueError(f"{value!r} is no name; use lower-case letters, digits and '_'")
    return value


def _read_values(value: object) -> tuple[str, ...]:
    """Take one value for a list of one; the first of a list is written, all are read."""
    values = value if isinstance(value, list | tuple) else [value]
    if not values or not all(isinstance(one, str) and one.strip() for one in values):
        raise ValueError("must be a value, or a list of values of which the first is written")
    if len(set(values)) < len(values):
        raise ValueError("holds one value twice; write it once")
    return tuple(str(one).strip() for one in values)


def _read_sales_side(value: object) -> object:
    if isinstance(value, str):
        states = {state.value: state for state in OpportunityState}
        if value not in states:
            raise ValueError(
                f"{value!r} is neither fields with their values nor one of "
                f"{', '.join(states)}{did_you_mean(value, states)}"
            )
        return states[value]
    if not isinstance(value, dict) or not value:
        raise ValueError(
            "must be fields with their values, like {Lead.Status: New}, or 'opportunity won'"
        )
    return {_read_stage_field(name): _values_of(name, one) for name, one in value.items()}


def _values_of(name: object, value: object) -> tuple[str, ...]:
    try:
        return _read_values(value)
    except ValueError as exc:
        raise ValueError(f"{name} {exc}") from None


def _read_stage_field(value: object) -> StageField:
    if isinstance(value, StageField):
        return value
    found = re.fullmatch(r"([A-Za-z]\w*)\.([A-Za-z]\w*)", str(value), re.ASCII)
    if found is None:
        raise ValueError(f"{value!r} names no object's field; write it as Lead.Status")
    return StageField(found[1], found[2])


def _read_routing_to(value: object) -> object:
    if isinstance(value, str) and value.strip().casefold() == ORG_RULES:
        return ORG_RULES
    if isinstance(value, str) and value.strip().casefold().startswith("queue "):
        return Queue(value.strip()[len("queue ") :].strip())
    people = [value] if isinstance(value, str) else value
    if not isinstance(people, list | tuple) or not people:
        raise ValueError("must be e-mail addresses, 'queue NAME' or 'salesforce rules'")
    for one in people:
        if not isinstance(one, str) or re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", one) is None:
            raise ValueError(f"{one!r} is no e-mail address of a user")
    return tuple(str(one).casefold() for one in people)


def _read_zone(value: object) -> str:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone; write it as Europe/Berlin") from None
    return str(value)


def _read_region(value: object) -> str:
    text = str(value)
    if not is_place(text):
        raise ValueError(f"{value!r} is no country or part of one; write DE, or DE-BE for Berlin")
    return text


def _read_count(value: object) -> int:
    if re.fullmatch(r"[1-9]\d{0,8}", str(value)) is None:
        raise ValueError(f"{value!r} is no whole number above nothing")
    return int(str(value))


def _read_fact(value: object) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", str(value)) is None:
        raise ValueError(f"{value!r} names no field of a pair; write it as deals.product")
    return str(value)


def _read_property(value: object) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_]{0,99}", str(value)) is None:
        raise ValueError(f"{value!r} is no name of a HubSpot property")
    return str(value)


Name = Annotated[str, BeforeValidator(_read_name)]
Values = Annotated[tuple[str, ...], BeforeValidator(_read_values)]
SalesSide = Annotated[
    OpportunityState | dict[StageField, tuple[str, ...]], BeforeValidator(_read_sales_side)
]
Receivers = Annotated[tuple[str, ...] | Queue | str, BeforeValidator(_read_routing_to)]


class _Part(BaseModel):
    """A part of lifecycle.yaml: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Stage(_Part):
    """One stage of the funnel: what it means, and the values each CRM has there."""

    name: Name
    means: Filled | None = None
    hubspot: dict[str, Values] = Field(min_length=1)
    salesforce: SalesSide


class Reason(_Part):
    """Why a lead came back or a deal was lost, in both CRMs' words."""

    means: Filled
    salesforce: Values
    hubspot: Filled
    again_after: Annotated[Span, BeforeValidator(read_pause)] | None = None


class HandOver(_Part):
    """When marketing hands a person over, and the stage they are at then."""

    to: Name
    when: Expression


class HandBack(_Part):
    """When sales hands a person back, from which stages, to which, and the field that says why."""

    when: Expression
    from_: tuple[Name, ...] = Field(alias="from", min_length=1)
    to: Name
    reason: Filled | None = None


class ServiceLevel(_Part):
    """What one side promised: an answer in time, a number of people, or revenue."""

    name: Filled
    from_: Name | None = Field(default=None, alias="from")
    to: Name | None = None
    within: Annotated[Span, BeforeValidator(read_span)] | None = None
    stage: Name | None = None
    at_least: Annotated[int, BeforeValidator(_read_count)] | None = None
    won: Annotated[Amount, BeforeValidator(read_amount)] | None = None
    per: Annotated[Per, BeforeValidator(one_of({one.value: one for one in Per}))] | None = None


class Routing(_Part):
    """Who in sales gets a person, where the condition holds; the first rule that fits counts."""

    when: Expression | None = None
    to: Receivers
    by: Annotated[RoutingBy, BeforeValidator(one_of({one.value: one for one in RoutingBy}))] = (
        RoutingBy.TURNS
    )


class BusinessHours(_Part):
    """When sales works; `holidays` names a country or a part of one, by ISO 3166."""

    days: Annotated[Days, BeforeValidator(read_days)]
    from_: Annotated[time, BeforeValidator(read_clock)] = Field(alias="from")
    to: Annotated[time, BeforeValidator(read_clock)]
    zone: Annotated[str, BeforeValidator(_read_zone)]
    holidays: Annotated[str, BeforeValidator(_read_region)] | None = None


class Reports(_Part):
    """The fields that reports count by; `keep` names more of them, each with its pair."""

    source: Name = "first_source"
    score: Name = "score"
    keep: tuple[Annotated[str, BeforeValidator(_read_fact)], ...] = ()


class Lifecycle(_Part):
    """All that marketing and sales agreed on."""

    stages: tuple[Stage, ...] = Field(min_length=2)
    moves: Annotated[Moves, BeforeValidator(one_of({one.value: one for one in Moves}))] = (
        Moves.FORWARD
    )
    reasons: dict[Name, Reason] = Field(default_factory=dict)
    hand_over: HandOver | None = None
    hand_back: tuple[HandBack, ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    routing: tuple[Routing, ...] = ()
    business_hours: BusinessHours | None = None
    outcomes: dict[str, Annotated[str, BeforeValidator(_read_property)]] = Field(
        default_factory=dict
    )
    reports: Reports = Field(default_factory=Reports)

    _places: Places = PrivateAttr(default_factory=lambda: Places("lifecycle"))

    @property
    def places(self) -> Places:
        """Give where each key and value stands in the file."""
        return self._places

    def at(self, places: Places) -> Lifecycle:
        """Give the same rules with the places of their keys and values."""
        copy = self.model_copy()
        copy._places = places
        return copy

    def rank(self, name: str) -> int | None:
        """Give how far along a stage is; None where there is no such stage."""
        return next((at for at, one in enumerate(self.stages) if one.name == name), None)
