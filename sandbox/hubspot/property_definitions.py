"""Definitions of properties: what one says, and how it is read and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.hubspot.errors import invalid
from sandbox.hubspot.stamps import iso
from sandbox.hubspot.standard_properties import STANDARD_OPTIONS, PropertyRow
from sandbox.jsontypes import Json, JsonObject

__all__ = [
    "PropertyDefinition",
    "PropertyGroup",
    "PropertyOption",
    "read_options",
    "standard_definition",
]


@dataclass(frozen=True, slots=True)
class PropertyOption:
    """One value of an enumeration."""

    value: str
    label: str
    order: int
    hidden: bool = False

    def to_wire(self) -> JsonObject:
        """Give the option as the API does."""
        return {
            "label": self.label,
            "value": self.value,
            "displayOrder": self.order,
            "hidden": self.hidden,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyGroup:
    """A heading under which properties stand."""

    name: str
    label: str
    order: int = -1
    archived: bool = False

    def to_wire(self) -> JsonObject:
        """Give the group as the API does."""
        return {
            "name": self.name,
            "label": self.label,
            "displayOrder": self.order,
            "archived": self.archived,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDefinition:
    """One property: its type, options and what the API may do with it."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    created: int
    updated: int
    description: str = ""
    options: tuple[PropertyOption, ...] = ()
    read_only: bool = False
    calculated: bool = False
    unique: bool = False
    hidden: bool = False
    form_field: bool = False
    owner: bool = False
    standard: bool = False
    display_order: int = -1
    formula: str = ""
    archived_at: int | None = None

    @property
    def many(self) -> bool:
        """Tell whether several options can be chosen at once."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    def option_values(self) -> frozenset[str]:
        """Give the internal values of all options."""
        return frozenset(option.value for option in self.options)

    def to_wire(self) -> JsonObject:
        """Give the definition as the API does."""
        wire: JsonObject = {
            "updatedAt": iso(self.updated),
            "createdAt": iso(self.created),
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.to_wire() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.owner,
            "archived": self.archived_at is not None,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "modificationMetadata": self._modification(),
            "formField": self.form_field,
            "dataSensitivity": "non_sensitive",
        }
        if self.owner:
            wire["referencedObjectType"] = "OWNER"
        if self.formula:
            wire["calculationFormula"] = self.formula
        if self.standard:
            wire["hubspotDefined"] = True
        if self.archived_at is not None:
            wire["archivedAt"] = iso(self.archived_at)
        return wire

    def _modification(self) -> JsonObject:
        told: JsonObject = {
            "archivable": not self.standard,
            "readOnlyDefinition": self.standard,
            "readOnlyValue": self.read_only,
        }
        if self.standard and self.type == "enumeration":
            told["readOnlyOptions"] = self.read_only
        return told


def standard_definition(row: PropertyRow, *, group: str, now: int) -> PropertyDefinition:
    """Make the definition of a property every portal has."""
    name, label, kind, field_type, flags = row
    return PropertyDefinition(
        name=name,
        label=label,
        type=kind,
        field_type=field_type,
        group=group,
        created=now,
        updated=now,
        options=tuple(
            PropertyOption(value, text, order)
            for order, (value, text) in enumerate(STANDARD_OPTIONS.get(name, ()))
        ),
        read_only="r" in flags,
        calculated="c" in flags,
        unique="u" in flags,
        hidden="h" in flags,
        owner="o" in flags,
        standard=True,
    )


def read_options(value: Json) -> tuple[PropertyOption, ...]:
    """Read the options of an enumeration."""
    options: Sequence[Json] = value if isinstance(value, list) else []
    read = tuple(_option(one, order) for order, one in enumerate(options) if isinstance(one, dict))
    values = [one.value for one in read]
    if len(set(values)) != len(values):
        raise invalid("Two options have the same value")
    return read


def _option(wire: JsonObject, order: int) -> PropertyOption:
    value = wire.get("value")
    if not isinstance(value, str) or not value:
        raise invalid("An option needs a value")
    place = wire.get("displayOrder")
    return PropertyOption(
        value=value,
        label=str(wire.get("label") or value),
        order=place if isinstance(place, int) and place >= 0 else order,
        hidden=wire.get("hidden") is True,
    )
