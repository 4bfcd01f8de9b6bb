"""The objects of one portal: the standard ones, and those it defined itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sandbox.hubspot.errors import ApiError, invalid, no_such_object_type, not_found
from sandbox.hubspot.objects import OBJECT_TYPES, ObjectType
from sandbox.jsontypes import Json

__all__ = ["CustomObject", "ObjectTypes"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}")
_LONGEST_LABEL = 50
_MOST_SECONDARY = 2
_FIRST_NUMBER = 50_000_001
_FIRST_RECORD = 30_000_001


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomObject:
    """An object a portal defined, beside what its records need to know of it."""

    kind: ObjectType
    short_name: str
    singular: str
    plural: str
    created: int
    updated: int
    description: str = ""
    secondary: tuple[str, ...] = ()
    searchable: tuple[str, ...] = field(default=("hs_object_id",))
    archived_at: int | None = None

    def names(self) -> frozenset[str]:
        """Give the names every call may use for it."""
        shorthand = f"p_{self.short_name.lower()}"
        return frozenset({self.kind.type_id, self.kind.name.lower(), shorthand})

    def loose_names(self) -> frozenset[str]:
        """Give the names that only people use."""
        return self.names() | {self.short_name.lower(), self.plural.lower(), self.singular.lower()}


class ObjectTypes:
    """Finds objects by any name, and keeps the definitions of custom ones."""

    def __init__(self) -> None:
        self._standard = {
            name: kind
            for kind in OBJECT_TYPES
            for name in (kind.name, kind.singular, kind.singular.replace(" ", "_"), kind.type_id)
        }
        self._custom: dict[str, CustomObject] = {}
        self._next_number = _FIRST_NUMBER

    def __iter__(self) -> Iterator[ObjectType]:
        yield from OBJECT_TYPES
        yield from (one.kind for one in self.customs())

    def find(self, name: str, *, loose: bool = True) -> ObjectType | None:
        """Find an object by name: contacts, CONTACT, 0-1, p123_car; `loose` takes bare names."""
        wanted = name.lower()
        found = self._standard.get(wanted)
        if found is not None:
            return found
        for one in self.customs():
            if wanted in (one.loose_names() if loose else one.names()):
                return one.kind
        return None

    def get(self, name: str, *, loose: bool = True) -> ObjectType:
        """Give an object, or the API's refusal of a name nobody knows."""
        found = self.find(name, loose=loose)
        if found is None:
            raise no_such_object_type(name)
        return found

    def customs(self, *, archived: bool = False) -> tuple[CustomObject, ...]:
        """Give the portal's own objects, those in use or the archived."""
        return tuple(
            one for one in self._custom.values() if (one.archived_at is not None) is archived
        )

    def custom(self, kind: ObjectType) -> CustomObject:
        """Give the definition of a custom object."""
        return self._custom[kind.type_id]

    def archived(self, name: str) -> CustomObject:
        """Give an archived definition by name, or the API's own not-found answer."""
        for one in self.customs(archived=True):
            if name.lower() in one.loose_names():
                return one
        raise not_found(f"Object type {name} is not archived")

    def define(self, wire: Mapping[str, Json], *, portal_id: int, now: int) -> CustomObject:
        """Add an object; an archived one of the same name is forgotten for good."""
        name = _text(wire, "name")
        if not _NAME.fullmatch(name):
            raise invalid(
                f"Name {name!r} must start with a letter and hold only letters, digits and "
                "underscores, at most 50",
                context={"name": [name]},
            )
        self._refuse_taken(name)
        singular, plural = _labels(wire.get("labels"))
        type_id = self._type_id(wire.get("objectTypeId"))
        one = CustomObject(
            kind=ObjectType(
                name=f"p{portal_id}_{name}",
                singular=name,
                type_id=type_id,
                modified="hs_lastmodifieddate",
                created="hs_createdate",
                defaults=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
                searched=("hs_object_id",),
                group=f"{name.lower()}_information",
                first_id=_FIRST_RECORD,
                custom=True,
            ),
            short_name=name,
            singular=singular,
            plural=plural,
            created=now,
            updated=now,
        )
        for old in self.customs(archived=True):
            if old.short_name.lower() == name.lower():
                del self._custom[old.kind.type_id]
        self._custom[type_id] = one
        return one

    def change(
        self, one: CustomObject, wire: Mapping[str, Json], *, known: Iterable[str], now: int
    ) -> CustomObject:
        """Change labels and the properties a record is shown by; `known` are all its properties."""
        names = frozenset(known)
        labels = wire.get("labels")
        singular, plural = (one.singular, one.plural) if labels is None else _labels(labels)
        searchable = _names(wire, "searchableProperties", names, old=one.searchable)
        secondary = _names(wire, "secondaryDisplayProperties", names, old=one.secondary)
        if len(secondary) > _MOST_SECONDARY:
            raise invalid(f"At most {_MOST_SECONDARY} secondaryDisplayProperties are allowed")
        display = wire.get("primaryDisplayProperty", one.kind.display)
        if not isinstance(display, str) or (display and display not in names):
            raise _unknown_property("primaryDisplayProperty", [str(display)])
        changed = replace(
            one,
            kind=replace(
                one.kind,
                required=_names(wire, "requiredProperties", names, old=one.kind.required),
                searched=searchable,
                display=display,
            ),
            singular=singular,
            plural=plural,
            searchable=searchable or ("hs_object_id",),
            secondary=secondary,
            description=_description(wire, one.description),
            updated=now,
        )
        self._custom[one.kind.type_id] = changed
        return changed

    def set_kind(self, kind: ObjectType) -> None:
        """Take over what changed about a custom object's records."""
        self._custom[kind.type_id] = replace(self._custom[kind.type_id], kind=kind)

    def archive(self, one: CustomObject, *, now: int) -> None:
        """Take an object out of use."""
        self._custom[one.kind.type_id] = replace(one, archived_at=now, updated=now)

    def forget(self, one: CustomObject) -> None:
        """Delete an archived object for good."""
        self._custom.pop(one.kind.type_id, None)

    def _refuse_taken(self, name: str) -> None:
        for one in self.customs():
            if one.short_name.lower() == name.lower():
                raise ApiError(
                    409,
                    {
                        "message": f"An object type named '{one.short_name}' already exists.",
                        "category": "OBJECT_ALREADY_EXISTS",
                    },
                )

    def _type_id(self, wire: Json) -> str:
        """Take the id a seed gives, or hand out the next."""
        if isinstance(wire, str) and re.fullmatch(r"2-\d+", wire) and wire not in self._custom:
            number = int(wire.removeprefix("2-"))
        else:
            number = self._next_number
        self._next_number = max(self._next_number, number + 1)
        return f"2-{number}"


def _labels(wire: Json) -> tuple[str, str]:
    labels = wire if isinstance(wire, dict) else {}
    found = [labels.get("singular"), labels.get("plural")]
    texts = [one for one in found if isinstance(one, str) and one]
    if len(texts) != len(found):
        raise invalid("labels with a singular and a plural are required")
    if any(len(one) > _LONGEST_LABEL for one in texts):
        raise invalid(f"A label has at most {_LONGEST_LABEL} characters")
    return texts[0], texts[1]


def _names(
    wire: Mapping[str, Json], key: str, known: frozenset[str], *, old: tuple[str, ...]
) -> tuple[str, ...]:
    value = wire.get(key)
    if value is None:
        return old
    if not isinstance(value, list):
        raise invalid(f"{key} is a list of property names")
    names = tuple(dict.fromkeys(str(one) for one in value))
    unknown = [one for one in names if one not in known]
    if unknown:
        raise _unknown_property(key, unknown)
    return names


def _unknown_property(key: str, names: list[str]) -> ApiError:
    told = ", ".join(names)
    return invalid(f"{key} names properties that do not exist: {told}", context={key: names})


def _description(wire: Mapping[str, Json], old: str) -> str:
    if wire.get("clearDescription") is True:
        return ""
    value = wire.get("description")
    return old if value is None else str(value)


def _text(wire: Mapping[str, Json], key: str) -> str:
    value = wire.get(key)
    if not isinstance(value, str) or not value:
        raise invalid(f"{key} is required", context={"properties": [key]})
    return value
