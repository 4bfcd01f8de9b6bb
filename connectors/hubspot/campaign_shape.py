"""The fields of a HubSpot campaign: those every account has, and the account's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from connectors.hubspot.calls import Json
from connectors.hubspot.campaign_calls import OBJECT
from connectors.hubspot.schema import object_shape
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option

__all__ = [
    "CURRENCY",
    "MONEY",
    "NAME",
    "campaign_shape",
    "is_everywhere",
    "native_names",
    "property_names",
]

NAME = "hs_name"

#: Says in which currency a campaign's amounts are, where the account keeps several.
CURRENCY = "hs_currency_code"

#: Fields that are no properties: what the items of a campaign's budget and of its spend add up
#: to. HubSpot keeps each sum in a property that takes no writes.
MONEY: Mapping[str, str] = MappingProxyType(
    {"budget": "hs_budget_items_sum_amount", "spend": "hs_spend_items_sum_amount"}
)

#: The states HubSpot's own pages show; an account that describes its properties names its own.
_STATES = ("planned", "in_progress", "active", "paused", "completed")


def _field(
    name: str,
    label: str,
    kind: FieldKind = FieldKind.TEXT,
    *,
    required: bool = False,
    writable: bool = True,
) -> FieldShape:
    return FieldShape(
        name=name,
        label=label,
        kind=kind,
        required=required,
        creatable=writable,
        updatable=writable,
    )


#: HubSpot has no address that describes campaigns as such; these are the properties it documents.
_EVERYWHERE: tuple[FieldShape, ...] = (
    _field(NAME, "Name", required=True),
    _field("hs_start_date", "Start date", FieldKind.DATE),
    _field("hs_end_date", "End date", FieldKind.DATE),
    replace(
        _field("hs_campaign_status", "Status", FieldKind.CHOICE),
        restricted=True,
        options=tuple(Option(each, each.replace("_", " ").capitalize()) for each in _STATES),
    ),
    _field("hs_notes", "Notes", FieldKind.MULTILINE),
    _field("hs_audience", "Audience", FieldKind.MULTILINE),
    _field("hs_goal", "Goal", FieldKind.MULTILINE),
    _field(CURRENCY, "Currency"),
    _field("hs_utm", "UTM"),
    replace(_field("hs_owner", "Owner", FieldKind.REFERENCE), refers_to=("owners",)),
    _field("hs_color_hex", "Colour"),
    _field("hs_object_id", "Record id", FieldKind.NUMBER, writable=False),
    _field(MONEY["budget"], "Sum of the budget items", FieldKind.MONEY, writable=False),
    _field(MONEY["spend"], "Sum of the spend items", FieldKind.MONEY, writable=False),
    replace(_field("budget", "Budget", FieldKind.MONEY), apart=True),
    replace(_field("spend", "Spend", FieldKind.MONEY), apart=True),
)


def campaign_shape(definitions: Sequence[Json]) -> ObjectShape:
    """Describe campaigns by what every account has and what this one's definitions add.

    Of a property every account has, the account's own label and options are taken.
    """
    own = object_shape(OBJECT, definitions).fields
    fields = {one.name: _as_here(one, own.get(one.name)) for one in _EVERYWHERE}
    added = {name: one for name, one in own.items() if name not in fields}
    return ObjectShape(name=OBJECT, label="Campaigns", fields={**fields, **added})


def is_everywhere(property_name: str) -> bool:
    """Tell whether every account has this property, so that one left out is blank."""
    return any(one.name == property_name for one in _EVERYWHERE)


def property_names(fields: Sequence[str]) -> list[str]:
    """Name the properties to ask HubSpot for, so that these fields can be given."""
    return list(dict.fromkeys(MONEY.get(name, name) for name in fields))


def native_names(fields: Sequence[str]) -> dict[str, str]:
    """Give the property each field is read from, by the field's name."""
    return {name: MONEY.get(name, name) for name in fields}


def _as_here(field: FieldShape, own: FieldShape | None) -> FieldShape:
    if own is None:
        return field
    options = own.options if field.kind is FieldKind.CHOICE and own.options else field.options
    return replace(field, label=own.label, options=options)
