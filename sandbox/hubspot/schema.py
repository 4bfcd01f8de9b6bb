"""Property definitions of one object type, and the rules for changing them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sandbox.hubspot.errors import ApiError, invalid, name_taken, not_found
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.stamps import iso
from sandbox.hubspot.standard_properties import (
    STANDARD_OPTIONS,
    STANDARD_PROPERTIES,
    PropertyRow,
)
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ObjectSchema", "PropertyDefinition", "PropertyGroup", "PropertyOption"]

UNIQUE_LIMIT = 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELD_TYPES = {
    "string": {"text", "textarea", "html", "phonenumber", "file", "calculation_equation"},
    "number": {"number", "calculation_equation"},
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "phone_number": {"phonenumber"},
}


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
            "modificationMetadata": {
                "archivable": not self.standard,
                "readOnlyDefinition": self.standard,
                "readOnlyValue": self.read_only,
                "readOnlyOptions": self.standard and self.read_only,
            },
            "formField": self.form_field,
            "dataSensitivity": "non_sensitive",
        }
        if self.owner:
            wire["referencedObjectType"] = "OWNER"
        if self.standard:
            wire["hubspotDefined"] = True
        if self.archived_at is not None:
            wire["archivedAt"] = iso(self.archived_at)
        return wire


class ObjectSchema:
    """All properties and groups of one object type."""

    def __init__(self, kind: ObjectType, *, now: int) -> None:
        self.kind = kind
        self._properties = {
            row[0]: _standard(row, group=kind.group, now=now)
            for row in sorted(STANDARD_PROPERTIES[kind.name])
        }
        self._archived: dict[str, PropertyDefinition] = {}
        self._groups = {
            kind.group: PropertyGroup(
                name=kind.group, label=f"{kind.singular.title()} information", order=0
            )
        }

    def __iter__(self) -> Iterator[PropertyDefinition]:
        return iter(self._properties.values())

    def find(self, name: str) -> PropertyDefinition | None:
        """Find a property that is not archived."""
        return self._properties.get(name)

    def get(self, name: str, *, archived: bool = False) -> PropertyDefinition:
        """Give a property, or the API's own not-found answer."""
        found = (self._archived if archived else self._properties).get(name)
        if found is None:
            raise not_found(
                f"Property with name '{name}' does not exist",
                context={"name": [name]},
                sub_category="Properties.PROPERTY_NOT_FOUND",
            )
        return found

    def archived(self) -> tuple[PropertyDefinition, ...]:
        """Give the archived properties."""
        return tuple(self._archived.values())

    def unique_names(self) -> tuple[str, ...]:
        """Give the properties whose values no two records share."""
        return tuple(one.name for one in self if one.unique)

    def create(self, wire: Mapping[str, Json], *, now: int) -> PropertyDefinition:
        """Add a property; one that was archived under this name comes back."""
        name = _text(wire, "name")
        if name in self._properties:
            raise name_taken(name)
        definition = self._read(wire, name=name, now=now)
        revived = self._archived.pop(name, None)
        if revived is not None:
            definition = replace(definition, created=revived.created, unique=revived.unique)
        self._properties[name] = definition
        return definition

    def update(self, name: str, wire: Mapping[str, Json], *, now: int) -> PropertyDefinition:
        """Change a property; a list of options replaces the old one whole."""
        old = self.get(name)
        fixed = {"name", "hasUniqueValue", "dataSensitivity"} & set(wire)
        if fixed:
            raise invalid(f"{', '.join(sorted(fixed))} cannot be changed after creation")
        if old.standard and {"type", "fieldType", "groupName"} & set(wire):
            raise invalid(f"Property {name} is defined by HubSpot and cannot be changed")
        merged: JsonObject = {**old.to_wire(), **wire}
        changed = self._read(merged, name=name, now=now)
        changed = replace(
            changed,
            created=old.created,
            read_only=old.read_only,
            calculated=old.calculated,
            owner=old.owner,
            standard=old.standard,
            unique=old.unique,
        )
        self._properties[name] = changed
        return changed

    def archive(self, name: str, *, now: int) -> None:
        """Take a property out of use; its name can be taken up again."""
        old = self.get(name)
        if old.standard:
            raise invalid(
                f"Property {name} cannot be deleted",
                sub_category="PropertyValidationError.CANNOT_DELETE_READ_ONLY_PROPERTY",
            )
        del self._properties[name]
        self._archived[name] = replace(old, archived_at=now)

    def define(self, wire: Mapping[str, Json], *, now: int) -> PropertyDefinition:
        """Add or replace a property as a seed does: read-only ones too."""
        name = _text(wire, "name")
        metadata = wire.get("modificationMetadata")
        calculated = wire.get("calculated") is True
        read_only = calculated or wire.get("readOnlyValue") is True
        if isinstance(metadata, dict):
            read_only = read_only or metadata.get("readOnlyValue") is True
        old = self._properties.pop(name, None)
        try:
            fresh = self._read(
                {"label": name, "groupName": self.kind.group, **wire}, name=name, now=now
            )
        except ApiError:
            if old is not None:
                self._properties[name] = old
            raise
        fresh = replace(
            fresh,
            read_only=read_only,
            calculated=calculated,
            standard=False if old is None else old.standard,
            owner=False if old is None else old.owner,
        )
        self._properties[name] = fresh
        return fresh

    def groups(self) -> tuple[PropertyGroup, ...]:
        """Give the groups in use."""
        return tuple(self._groups.values())

    def group(self, name: str) -> PropertyGroup:
        """Give a group, or the API's own not-found answer."""
        if name not in self._groups:
            raise not_found(f"Property group {name} does not exist")
        return self._groups[name]

    def save_group(self, wire: Mapping[str, Json], *, new: bool) -> PropertyGroup:
        """Add or change a group."""
        name = _text(wire, "name")
        if new and name in self._groups:
            raise ApiError(
                409,
                {
                    "message": f"A property group named '{name}' already exists.",
                    "category": "OBJECT_ALREADY_EXISTS",
                },
            )
        group = PropertyGroup(name=name, label=str(wire.get("label") or name))
        self._groups[name] = group
        return group

    def archive_group(self, name: str) -> None:
        """Remove a group that no property stands under."""
        self.group(name)
        if any(one.group == name for one in self):
            raise invalid(
                f"Property group {name} still has properties",
                sub_category="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
            )
        del self._groups[name]

    def _read(self, wire: Mapping[str, Json], *, name: str, now: int) -> PropertyDefinition:
        if not _NAME.fullmatch(name):
            raise invalid(
                f"Property name {name!r} must start with a letter and hold only lower-case "
                "letters, digits and underscores, at most 100"
            )
        kind, field_type = self._types(wire)
        group = _text(wire, "groupName")
        self.group_or_invalid(group)
        unique = wire.get("hasUniqueValue") is True
        if (
            unique
            and len([one for one in self if one.unique and one.name != name and not one.standard])
            >= UNIQUE_LIMIT
        ):
            raise invalid(
                f"There are already {UNIQUE_LIMIT} properties with unique values on this object"
            )
        return PropertyDefinition(
            name=name,
            label=_text(wire, "label"),
            type=kind,
            field_type=field_type,
            group=group,
            description=str(wire.get("description") or ""),
            options=_options(wire.get("options")),
            unique=unique,
            hidden=wire.get("hidden") is True,
            form_field=wire.get("formField") is True,
            display_order=_number(wire.get("displayOrder")),
            created=now,
            updated=now,
        )

    def group_or_invalid(self, name: str) -> None:
        """Refuse a group nobody made."""
        if name not in self._groups:
            raise invalid(f"Property group {name} does not exist")

    def _types(self, wire: Mapping[str, Json]) -> tuple[str, str]:
        kind = _text(wire, "type")
        if kind not in _FIELD_TYPES:
            raise invalid(f"{kind} is not a type a property can have")
        field_type = _text(wire, "fieldType")
        if field_type not in _FIELD_TYPES[kind]:
            raise invalid(f"fieldType {field_type} does not go with type {kind}")
        return kind, field_type


def _standard(row: PropertyRow, *, group: str, now: int) -> PropertyDefinition:
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


def _text(wire: Mapping[str, Json], key: str) -> str:
    value = wire.get(key)
    if not isinstance(value, str) or not value:
        raise invalid(f"{key} is required", context={"properties": [key]})
    return value


def _number(value: Json) -> int:
    return value if isinstance(value, int) else -1


def _options(value: Json) -> tuple[PropertyOption, ...]:
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
