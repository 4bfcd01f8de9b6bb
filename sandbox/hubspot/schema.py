"""Property definitions of one object type, and the rules for changing them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sandbox.hubspot.errors import ApiError, group_taken, invalid, name_taken, not_found
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.property_definitions import (
    PropertyDefinition,
    PropertyGroup,
    PropertyOption,
    read_options,
    standard_definition,
)
from sandbox.hubspot.stage_dates import StageDate, stage_dates
from sandbox.hubspot.standard_properties import CUSTOM_OBJECT_PROPERTIES, STANDARD_PROPERTIES
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ObjectSchema", "PropertyDefinition", "PropertyGroup", "PropertyOption"]

UNIQUE_LIMIT = 10
KEPT_ARCHIVED = 90 * 86_400_000
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


class ObjectSchema:
    """All properties and groups of one object type."""

    def __init__(self, kind: ObjectType, *, label: str, now: int) -> None:
        self.kind = kind
        rows = CUSTOM_OBJECT_PROPERTIES if kind.custom else STANDARD_PROPERTIES[kind.name]
        self._properties = {
            row[0]: standard_definition(row, group=kind.group, now=now) for row in sorted(rows)
        }
        self._archived: dict[str, PropertyDefinition] = {}
        first = PropertyGroup(name=kind.group, label=f"{label} information", order=0)
        self._groups = {kind.group: first}
        self._stages: tuple[tuple[str, str], ...] = ()
        self.stage_dates: dict[str, StageDate] = {}
        self._stock = dict(self._properties)
        self._stock_groups = dict(self._groups)
        if kind.has_lifecycle:
            self._follow_lifecycle(now)

    def __iter__(self) -> Iterator[PropertyDefinition]:
        return iter(self._properties.values())

    def find(self, name: str) -> PropertyDefinition | None:
        """Find a property that is not archived."""
        return self._properties.get(name)

    def get(self, name: str, *, archived: bool = False, now: int = 0) -> PropertyDefinition:
        """Give a property, or the API's own not-found answer."""
        self._expire(now)
        found = (self._archived if archived else self._properties).get(name)
        if found is None:
            raise not_found(
                f"Property with name '{name}' does not exist",
                context={"name": [name]},
                sub_category="Properties.PROPERTY_NOT_FOUND",
            )
        return found

    def archived(self, *, now: int = 0) -> tuple[PropertyDefinition, ...]:
        """Give the archived properties; they are kept for 90 days."""
        self._expire(now)
        return tuple(self._archived.values())

    def unique_names(self) -> tuple[str, ...]:
        """Give the properties whose values no two records share."""
        return tuple(one.name for one in self if one.unique)

    def own(self) -> Iterator[PropertyDefinition]:
        """Give the definitions that are not as every portal starts with."""
        return (one for one in self if self._stock.get(one.name) != one)

    # Properties

    def create(self, wire: Mapping[str, Json], *, now: int) -> PropertyDefinition:
        """Add a property; one that was archived under this name comes back."""
        name = _text(wire, "name")
        if name in self._properties:
            raise name_taken(name)
        self._expire(now)
        definition = self._read(wire, name=name, now=now)
        _check_options(definition)
        revived = self._archived.pop(name, None)
        if revived is not None:
            definition = replace(definition, created=revived.created, unique=revived.unique)
        self._properties[name] = definition
        return definition

    def update(self, name: str, wire: Mapping[str, Json], *, now: int) -> PropertyDefinition:
        """Change a property; a list of options replaces the old one whole."""
        old = self.get(name)
        if wire.get("name", name) != name:
            raise invalid("name cannot be changed after creation")
        if old.standard and {"type", "fieldType", "groupName"} & set(wire):
            raise invalid(f"Property {name} is defined by HubSpot and cannot be changed")
        merged: JsonObject = {**old.to_wire(), **wire}
        changed = self._read(merged, name=name, now=now)
        # What is fixed at creation is passed over in silence.
        changed = replace(
            changed,
            created=old.created,
            read_only=old.read_only,
            calculated=old.calculated,
            owner=old.owner,
            standard=old.standard,
            unique=old.unique,
        )
        self._set(changed, now)
        return changed

    def archive(self, name: str, *, now: int) -> None:
        """Take a property out of use; its name can be taken up again."""
        old = self.get(name)
        if old.standard:
            raise invalid(
                f"Property {name} cannot be deleted",
                sub_category="PropertyValidationError.CANNOT_DELETE_READ_ONLY_PROPERTY",
            )
        users = [one.name for one in self if _mentions(one.formula, name)]
        if users:
            raise _property_in_use(name, users)
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
            owner=fresh.owner if old is None else old.owner,
        )
        self._set(fresh, now)
        return fresh

    # Groups

    def groups(self) -> tuple[PropertyGroup, ...]:
        """Give the groups in use."""
        return tuple(self._groups.values())

    def own_groups(self) -> Iterator[PropertyGroup]:
        """Give the groups that are not as every portal starts with."""
        return (one for one in self.groups() if self._stock_groups.get(one.name) != one)

    def group(self, name: str) -> PropertyGroup:
        """Give a group, or the API's own not-found answer."""
        if name not in self._groups:
            raise not_found(f"Property group {name} does not exist")
        return self._groups[name]

    def create_group(self, wire: Mapping[str, Json]) -> PropertyGroup:
        """Add a group."""
        name = _text(wire, "name")
        if not _NAME.fullmatch(name):
            raise invalid(f"Property group name {name!r} is not a valid name")
        if name in self._groups:
            raise group_taken(name)
        return self.load_group({"label": _text(wire, "label"), **wire})

    def update_group(self, name: str, wire: Mapping[str, Json]) -> PropertyGroup:
        """Change a group's label or place."""
        old = self.group(name)
        return self.load_group({"label": old.label, "displayOrder": old.order, **wire}, name=name)

    def load_group(self, wire: Mapping[str, Json], *, name: str = "") -> PropertyGroup:
        """Add or replace a group as a seed does."""
        named = name or _text(wire, "name")
        group = PropertyGroup(
            name=named,
            label=str(wire.get("label") or named),
            order=_number(wire.get("displayOrder")),
        )
        self._groups[named] = group
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

    # Stages

    def follow_stages(
        self,
        pipelines: Iterable[tuple[str, str]],
        stages: Iterable[tuple[str, str]],
        *,
        now: int,
    ) -> None:
        """Take over the pipelines and stages (id, label) as options, and a date for each stage."""
        listed = tuple(stages)
        for name, rows in ((self.kind.pipeline, pipelines), (self.kind.stage, listed)):
            old = self._properties.get(name)
            if old is not None:
                fresh = replace(
                    old,
                    options=tuple(
                        PropertyOption(value, label, order)
                        for order, (value, label) in enumerate(rows)
                    ),
                )
                self._properties[name] = self._stock[name] = fresh
        self._date_stages(listed, now)

    def add_standard(self, rows: Iterable[tuple[str, str, str, str, str]], *, now: int) -> None:
        """Add properties HubSpot itself adds to an object later."""
        for row in rows:
            if row[0] not in self._properties:
                definition = standard_definition(row, group=self.kind.group, now=now)
                self._properties[row[0]] = self._stock[row[0]] = definition

    def _follow_lifecycle(self, now: int) -> None:
        definition = self._properties[self.kind.stage]
        self._date_stages([(one.value, one.label) for one in definition.options], now)

    def _date_stages(self, stages: Iterable[tuple[str, str]], now: int) -> None:
        for name in self.stage_dates:
            self._properties.pop(name, None)
            self._stock.pop(name, None)
        self.stage_dates = {}
        for row, date in stage_dates(self.kind, stages):
            definition = standard_definition(row, group=self.kind.group, now=now)
            self._properties[row[0]] = self._stock[row[0]] = definition
            self.stage_dates[row[0]] = date

    # Inside

    def _set(self, definition: PropertyDefinition, now: int) -> None:
        self._properties[definition.name] = definition
        if self.kind.has_lifecycle and definition.name == self.kind.stage:
            self._follow_lifecycle(now)

    def _expire(self, now: int) -> None:
        for one in list(self._archived.values()):
            if one.archived_at is not None and now - one.archived_at > KEPT_ARCHIVED:
                del self._archived[one.name]

    def _read(self, wire: Mapping[str, Json], *, name: str, now: int) -> PropertyDefinition:
        if not _NAME.fullmatch(name):
            raise invalid(
                f"Property name {name!r} must start with a letter and hold only lower-case "
                "letters, digits and underscores, at most 100"
            )
        kind, field_type = _types(wire)
        group = _text(wire, "groupName")
        if group not in self._groups:
            raise invalid(f"Property group {group} does not exist")
        unique = wire.get("hasUniqueValue") is True
        if unique:
            self._refuse_many_unique(name)
        formula = wire.get("calculationFormula")
        return PropertyDefinition(
            name=name,
            label=_text(wire, "label"),
            type=kind,
            # A formula makes a property a calculated one, whatever else it is said to be.
            field_type="calculation_equation" if formula else field_type,
            group=group,
            description=str(wire.get("description") or ""),
            options=read_options(wire.get("options")),
            read_only=bool(formula),
            calculated=bool(formula),
            unique=unique,
            hidden=wire.get("hidden") is True,
            form_field=wire.get("formField") is True,
            owner=_is_owner(wire),
            display_order=_number(wire.get("displayOrder")),
            formula=str(formula or ""),
            created=now,
            updated=now,
        )

    def _refuse_many_unique(self, name: str) -> None:
        others = [one for one in self if one.unique and one.name != name and not one.standard]
        if len(others) >= UNIQUE_LIMIT:
            raise invalid(
                f"There are already {UNIQUE_LIMIT} properties with unique values on this object"
            )


def _types(wire: Mapping[str, Json]) -> tuple[str, str]:
    kind = _text(wire, "type")
    if kind not in _FIELD_TYPES:
        raise invalid(f"{kind} is not a type a property can have")
    field_type = _text(wire, "fieldType")
    if field_type not in _FIELD_TYPES[kind]:
        raise invalid(f"fieldType {field_type} does not go with type {kind}")
    return kind, field_type


def _check_options(definition: PropertyDefinition) -> None:
    """Refuse a new enumeration without options, and a yes or no that has others."""
    if definition.formula or definition.owner:
        return
    if definition.type == "enumeration" and not definition.options:
        raise invalid(f"Property {definition.name} is an enumeration and needs options")
    if definition.type == "bool" and definition.option_values() != {"true", "false"}:
        raise invalid(
            f"Property {definition.name} needs the options true and false",
            sub_category="PropertyValidationError.INVALID_BOOLEAN_OPTION",
        )


def _is_owner(wire: Mapping[str, Json]) -> bool:
    if wire.get("externalOptions") is not True:
        return False
    if wire.get("referencedObjectType") != "OWNER" or wire.get("options"):
        raise invalid("externalOptions needs a referencedObjectType and no options")
    return True


def _mentions(formula: str, name: str) -> bool:
    return bool(formula) and re.search(rf"\b{re.escape(name)}\b", formula) is not None


def _property_in_use(name: str, users: list[str]) -> ApiError:
    error = invalid(
        f"Property {name} is in use and cannot be deleted",
        sub_category="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
    )
    error.body["errors"] = [
        {
            "message": f"Property {name} is used by {user}",
            "context": {"parentType": ["CALCULATION_PROPERTY"], "parentName": [user]},
        }
        for user in users
    ]
    return error


def _text(wire: Mapping[str, Json], key: str) -> str:
    value = wire.get(key)
    if not isinstance(value, str) or not value:
        raise invalid(f"{key} is required", context={"properties": [key]})
    return value


def _number(value: Json) -> int:
    return value if isinstance(value, int) else -1
