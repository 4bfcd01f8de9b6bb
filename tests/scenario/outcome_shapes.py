"""The properties that carry outcomes of sales in HubSpot, as `revloop init` makes them."""

from __future__ import annotations

from sandbox.jsontypes import Json, JsonObject
from sync.domain.schema import FieldKind, FieldShape, Option

__all__ = ["DEAL_OUTCOMES", "OUTCOMES", "OUTCOME_NAMES", "OUTCOME_SEED", "PEOPLE_OUTCOMES"]

_KINDS = {
    "revloop_last_outcome": FieldKind.CHOICE,
    "revloop_outcome_stage": FieldKind.TEXT,
    "revloop_won_revenue": FieldKind.NUMBER,
    "revloop_outcome_reason": FieldKind.TEXT,
    "revloop_first_won_date": FieldKind.DATE,
    "revloop_credited_campaign": FieldKind.TEXT,
    "revloop_try_again_date": FieldKind.DATE,
    "revloop_business_type": FieldKind.CHOICE,
}
_WORDS = {
    "revloop_last_outcome": ("won", "lost", "open"),
    "revloop_business_type": ("new", "existing"),
}
_TYPES = {
    FieldKind.CHOICE: "enumeration",
    FieldKind.TEXT: "string",
    FieldKind.NUMBER: "number",
    FieldKind.DATE: "date",
}
_TEXT = 65_536


def _field(name: str, kind: FieldKind) -> FieldShape:
    return FieldShape(
        name=name,
        label=name,
        kind=kind,
        length=_TEXT if kind is FieldKind.TEXT else None,
        restricted=name in _WORDS,
        options=tuple(Option(word, word) for word in _WORDS.get(name, ())),
    )


OUTCOMES = tuple(_field(name, kind) for name, kind in _KINDS.items())
PEOPLE_OUTCOMES = (_field("revloop_last_campaign_status", FieldKind.TEXT),)
DEAL_OUTCOMES = (_field("revloop_reporting_amount", FieldKind.NUMBER),)
OUTCOME_NAMES = tuple(one.name for one in (*OUTCOMES, *PEOPLE_OUTCOMES, *DEAL_OUTCOMES))


def _line(object_name: str, field: FieldShape) -> JsonObject:
    options: list[Json] = [{"label": one.value, "value": one.value} for one in field.options]
    definition: JsonObject = {"name": field.name, "type": _TYPES[field.kind]}
    if options:
        definition["options"] = options
    return {"system": "hubspot", "object": object_name, "field": definition}


#: The same as seed lines.
OUTCOME_SEED: tuple[JsonObject, ...] = (
    *(_line(name, one) for name in ("contacts", "companies") for one in OUTCOMES),
    *(_line("contacts", one) for one in PEOPLE_OUTCOMES),
    *(_line("deals", one) for one in DEAL_OUTCOMES),
)
