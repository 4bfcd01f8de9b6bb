"""The fields by which people move through a funnel, and HubSpot's properties that tell of it."""

from __future__ import annotations

from sandbox.jsontypes import Json, JsonObject
from sync.domain.schema import FieldKind, FieldShape, Option

__all__ = [
    "FUNNEL_NAMES",
    "FUNNEL_PEOPLE",
    "FUNNEL_SEED",
    "FUNNEL_TOLD",
    "LEAD_WORDS",
]

_STAGES = ("New", "MQL", "SAL", "SQL", "Returned")
_REASONS = ("No Budget", "Bad Data", "Something Else")
_LEAD_WORDS = (
    "NEW",
    "OPEN",
    "IN_PROGRESS",
    "OPEN_DEAL",
    "UNQUALIFIED",
    "ATTEMPTED_TO_CONTACT",
    "CONNECTED",
    "BAD_TIMING",
)
_TOLD = {
    "revloop_stage": FieldKind.TEXT,
    "revloop_handed_over_at": FieldKind.DATETIME,
    "revloop_returned_at": FieldKind.DATETIME,
    "revloop_returned_reason": FieldKind.TEXT,
}
_TYPES = {FieldKind.TEXT: "string", FieldKind.DATETIME: "datetime"}


def _choice(name: str, words: tuple[str, ...], *, length: int | None = None) -> FieldShape:
    return FieldShape(
        name=name,
        label=name,
        kind=FieldKind.CHOICE,
        length=length,
        restricted=True,
        options=tuple(Option(word, word) for word in words),
    )


FUNNEL_TOLD = tuple(
    FieldShape(name=name, label=name, kind=kind, length=65_536 if kind is FieldKind.TEXT else None)
    for name, kind in _TOLD.items()
)
FUNNEL_NAMES = tuple(_TOLD)
LEAD_WORDS = _choice("hs_lead_status", _LEAD_WORDS)
FUNNEL_PEOPLE = (
    _choice("Funnel__c", _STAGES, length=255),
    _choice("Return_Reason__c", _REASONS, length=255),
)


def _line(system: str, object_name: str, definition: JsonObject) -> JsonObject:
    return {"system": system, "object": object_name, "field": definition}


def _picklist(field: FieldShape) -> JsonObject:
    values: list[Json] = [option.value for option in field.options]
    return {"name": field.name, "type": "picklist", "values": values}


#: The same as seed lines.
FUNNEL_SEED: tuple[JsonObject, ...] = (
    *(
        _line("hubspot", "contacts", {"name": name, "type": _TYPES[kind]})
        for name, kind in _TOLD.items()
    ),
    *(
        _line("salesforce", name, _picklist(field))
        for name in ("Contact", "Lead")
        for field in FUNNEL_PEOPLE
    ),
)
