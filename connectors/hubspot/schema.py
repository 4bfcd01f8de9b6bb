"""HubSpot's property definitions as our field shapes."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.flags import flag
from connectors.hubspot.calls import Json
from connectors.hubspot.opt_outs import is_opt_out
from connectors.hubspot.values import CONTACTS
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option, OtherSync

__all__ = ["object_shape"]

_TEXT_LENGTH = 65_536

_KIND_BY_TYPE = {
    "string": FieldKind.TEXT,
    "number": FieldKind.NUMBER,
    "bool": FieldKind.BOOLEAN,
    "enumeration": FieldKind.CHOICE,
    "date": FieldKind.DATE,
    "datetime": FieldKind.DATETIME,
    "phone_number": FieldKind.PHONE,
}
_KIND_BY_WIDGET = {
    ("string", "textarea"): FieldKind.MULTILINE,
    ("string", "html"): FieldKind.MULTILINE,
    ("string", "phonenumber"): FieldKind.PHONE,
    ("string", "file"): FieldKind.OTHER,
    ("enumeration", "checkbox"): FieldKind.CHOICES,
    ("enumeration", "booleancheckbox"): FieldKind.BOOLEAN,
}
_KIND_BY_HINT = {"percentage": FieldKind.PERCENT, "currency": FieldKind.MONEY}

#: What a create must have although no property definition says so.
_REQUIRED = {
    "deals": frozenset({"dealname", "dealstage"}),
    "tickets": frozenset({"subject", "hs_pipeline", "hs_pipeline_stage"}),
    "leads": frozenset({"hs_lead_name"}),
}

#: HubSpot's own integration with Salesforce stamps every record it has written.
_OWN_SYNC = OtherSync(
    mark="salesforcelastsynctime",
    name="HubSpot's own Salesforce sync",
    remedy="in HubSpot, under Settings > Integrations > Connected apps, pause or uninstall the "
    "Salesforce integration before revloop writes; a day later this is gone",
)


def object_shape(object_name: str, definitions: Sequence[Json]) -> ObjectShape:
    """Describe an object by all its property definitions.

    Raises:
        ValueError: A definition holds what none of HubSpot's does.
    """
    shapes = [
        _field_shape(object_name, each)
        for each in definitions
        if each.get("name") and not flag(each.get("archived"))
    ]
    fields = {shape.name: shape for shape in shapes}
    return ObjectShape(
        name=object_name,
        label=object_name.replace("_", " ").capitalize(),
        fields=fields,
        other_sync=_OWN_SYNC if _OWN_SYNC.mark in fields else None,
    )


def _field_shape(object_name: str, definition: Json) -> FieldShape:
    name = str(definition.get("name", ""))
    is_email = name == "email" and object_name in CONTACTS
    kind = FieldKind.EMAIL if is_email else _kind(definition)
    # The opt-out is described as read-only, and is written by another call.
    writable = _is_writable(definition) or is_opt_out(object_name, name)
    options = _options(definition) if kind in {FieldKind.CHOICE, FieldKind.CHOICES} else ()
    return FieldShape(
        name=name,
        label=str(definition.get("label") or name),
        kind=kind,
        length=_TEXT_LENGTH if definition.get("type") == "string" else None,
        creatable=writable,
        updatable=writable,
        required=name in _REQUIRED.get(object_name, frozenset()),
        unique=is_email or flag(definition.get("hasUniqueValue")),
        restricted=kind in {FieldKind.CHOICE, FieldKind.CHOICES},
        options=options,
        folds_case=is_email,
        percent_as_fraction=kind is FieldKind.PERCENT,
        refers_to=_refers_to(definition) if kind is FieldKind.REFERENCE else (),
    )


def _kind(definition: Json) -> FieldKind:
    kind, widget = str(definition.get("type")), str(definition.get("fieldType"))
    if definition.get("referencedObjectType") or flag(definition.get("externalOptions")):
        return FieldKind.REFERENCE
    if kind == "number":
        if flag(definition.get("showCurrencySymbol")):
            return FieldKind.MONEY
        hint = str(definition.get("numberDisplayHint"))
        return _KIND_BY_HINT.get(hint, FieldKind.NUMBER)
    return _KIND_BY_WIDGET.get((kind, widget)) or _KIND_BY_TYPE.get(kind, FieldKind.OTHER)


def _is_writable(definition: Json) -> bool:
    rules = definition.get("modificationMetadata")
    read_only = rules.get("readOnlyValue") if isinstance(rules, dict) else False
    return not flag(read_only) and not flag(definition.get("calculated"))


def _options(definition: Json) -> tuple[Option, ...]:
    """Give the options as people see them in order (the order of stages is read from it)."""
    items = [item for item in definition.get("options") or () if isinstance(item, dict)]
    ranked = sorted(enumerate(items), key=lambda pair: _rank(pair[1], pair[0]))
    return tuple(
        Option(
            value=str(item.get("value", "")),
            label=str(item.get("label") or item.get("value", "")),
            active=not flag(item.get("hidden")),
        )
        for _, item in ranked
    )


def _rank(item: Json, place: int) -> tuple[bool, int, int]:
    """Order by displayOrder; those without one (or with -1) come last, as they were given."""
    order = str(item.get("displayOrder"))
    return (not order.isdecimal(), int(order) if order.isdecimal() else 0, place)


def _refers_to(definition: Json) -> tuple[str, ...]:
    target = str(definition.get("referencedObjectType") or "").lower()
    return (f"{target}s",) if target else ()
