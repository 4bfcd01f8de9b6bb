"""What the demo's funnel needs beyond the standard schemas: reasons, a stage of Contacts, words."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.jsontypes import Json, JsonObject

__all__ = ["funnel_definitions"]

_REASONS = ("No Budget", "No Response", "Wrong Number")
_STAGES = ("MQL", "SAL", "SQL", "Returned")
#: HubSpot's properties by which marketing sees where somebody stands, and what sales said.
_TOLD = (
    ("revloop_stage", "string"),
    ("revloop_handed_over_at", "datetime"),
    ("revloop_returned_at", "datetime"),
    ("revloop_returned_reason", "string"),
)


def funnel_definitions() -> Iterator[JsonObject]:
    """Define the fields by which people are handed over and back."""
    for name, kind in (*_TOLD, ("sales_return_reason", "string")):
        yield _line("hubspot", "contacts", {"name": name, "type": kind})
    for sobject in ("Lead", "Contact"):
        yield _line("salesforce", sobject, _picklist("Return_Reason__c", _REASONS))
    yield _line("salesforce", "Contact", _picklist("Funnel__c", _STAGES))


def _picklist(name: str, words: tuple[str, ...]) -> JsonObject:
    values: list[Json] = [*words]
    return {"name": name, "type": "picklist", "values": values}


def _line(system: str, object_name: str, definition: JsonObject) -> JsonObject:
    return {"system": system, "object": object_name, "field": definition}
