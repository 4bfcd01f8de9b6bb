"""The kinds of ties between records: those HubSpot defines, and labels a portal adds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sandbox.hubspot.errors import invalid, not_found
from sandbox.jsontypes import JsonObject

__all__ = ["AssociationType", "AssociationTypes", "Definition", "TypeRef"]

HUBSPOT_DEFINED = "HUBSPOT_DEFINED"
USER_DEFINED = "USER_DEFINED"
_FIRST_OWN = 101


@dataclass(frozen=True, slots=True, order=True)
class TypeRef:
    """A kind of tie as calls name it."""

    category: str
    type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationType:
    """A kind of tie in one direction."""

    ref: TypeRef
    inverse: TypeRef
    from_object: str
    to_object: str
    label: str | None = None
    plain: bool = False
    """The unlabelled kind, which every tied pair has."""
    single: bool = False
    """A record has at most one such tie to the other object."""

    def to_wire(self) -> JsonObject:
        """Give the kind as answers hold it."""
        return {
            "category": self.ref.category,
            "typeId": self.ref.type_id,
            "label": self.label,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A kind of tie a portal added, by name, as it is seen from its first end."""

    name: str
    kind: AssociationType
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standard:
    """A kind of tie HubSpot defines, in both directions; `single` holds for the first."""

    objects: tuple[str, str]
    ids: tuple[int, int]
    labels: tuple[str | None, str | None] = (None, None)
    plain: bool = False
    single: bool = False


_STANDARD = (
    _Standard(
        objects=("contacts", "companies"), ids=(1, 2), labels=("Primary", "Primary"), single=True
    ),
    _Standard(objects=("contacts", "companies"), ids=(279, 280), plain=True),
    _Standard(
        objects=("companies", "companies"),
        ids=(14, 13),
        labels=("Parent Company", "Child Company"),
        single=True,
    ),
    _Standard(objects=("companies", "companies"), ids=(450, 450), plain=True),
    _Standard(objects=("contacts", "contacts"), ids=(449, 449), plain=True),
    _Standard(objects=("deals", "contacts"), ids=(3, 4), plain=True),
    _Standard(
        objects=("deals", "companies"), ids=(5, 6), labels=("Primary", "Primary"), single=True
    ),
    _Standard(objects=("deals", "companies"), ids=(341, 342), plain=True),
    _Standard(objects=("deals", "deals"), ids=(451, 451), plain=True),
    _Standard(objects=("contacts", "tickets"), ids=(15, 16), plain=True),
    _Standard(
        objects=("tickets", "companies"), ids=(26, 25), labels=("Primary", "Primary"), single=True
    ),
    _Standard(objects=("tickets", "companies"), ids=(339, 340), plain=True),
    _Standard(objects=("deals", "tickets"), ids=(27, 28), plain=True),
    _Standard(objects=("tickets", "tickets"), ids=(452, 452), plain=True),
    _Standard(objects=("deals", "line_items"), ids=(19, 20), plain=True),
)


class AssociationTypes:
    """Knows every kind of tie."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], dict[TypeRef, AssociationType]] = {}
        self._definitions: dict[TypeRef, Definition] = {}
        self._limits: dict[tuple[str, str, TypeRef], int] = {}
        self._next_id = _FIRST_OWN
        for row in _STANDARD:
            self._add_standard(row)

    def of_pair(self, from_object: str, to_object: str) -> tuple[AssociationType, ...]:
        """Give the kinds from one object to another."""
        return tuple(self._pairs.get((from_object, to_object), {}).values())

    def get(self, from_object: str, to_object: str, ref: TypeRef) -> AssociationType:
        """Give a kind, or the API's refusal of one this direction does not have."""
        kind = self._pairs.get((from_object, to_object), {}).get(ref)
        if kind is None:
            raise invalid(
                f"{ref.category} association type {ref.type_id} is not valid for "
                f"{from_object} to {to_object}"
            )
        return kind

    def plain(self, from_object: str, to_object: str) -> AssociationType:
        """Give the unlabelled kind of a direction."""
        found = self.find_plain(from_object, to_object)
        if found is None:
            raise invalid(f"No default association type from {from_object} to {to_object}")
        return found

    def find_plain(self, from_object: str, to_object: str) -> AssociationType | None:
        """Find the unlabelled kind of a direction."""
        kinds = self._pairs.get((from_object, to_object), {}).values()
        return next((kind for kind in kinds if kind.plain), None)

    def inverse_of(self, kind: AssociationType) -> AssociationType:
        """Give the same tie seen from the other end."""
        return self.get(kind.to_object, kind.from_object, kind.inverse)

    def known(
        self, refs: Iterable[TypeRef], from_object: str, to_object: str
    ) -> list[AssociationType]:
        """Give those kinds that still exist, in a fixed order."""
        there = self._pairs.get((from_object, to_object), {})
        found = (there.get(ref) for ref in sorted(refs))
        return [kind for kind in found if kind is not None]

    def everywhere(self) -> Iterator[AssociationType]:
        """Give all kinds in all directions."""
        for kinds in self._pairs.values():
            yield from kinds.values()

    # The portal's own

    def define(
        self,
        from_object: str,
        to_object: str,
        *,
        label: str | None,
        inverse_label: str | None = None,
        name: str = "",
        now: int = 0,
        ids: tuple[int, int] | None = None,
    ) -> tuple[AssociationType, ...]:
        """Add a kind of tie; no label makes the unlabelled one of the pair."""
        one_name = inverse_label is None or inverse_label == label
        ref = self._new_ref(None if ids is None else ids[0])
        if ids is None:
            inverse = ref if one_name and from_object == to_object else self._new_ref(None)
        else:
            inverse = ref if ids[0] == ids[1] else self._new_ref(ids[1])
        there = _user_type(ref, inverse, from_object, to_object, label)
        back = _user_type(
            inverse, ref, to_object, from_object, label if one_name else inverse_label
        )
        for kind in (there, back):
            self._put(kind)
        self._definitions[ref] = Definition(
            name=name or _name_of(label, from_object, to_object), kind=there, created=now
        )
        return (there,) if there.ref == back.ref else (there, back)

    def definitions(self) -> tuple[Definition, ...]:
        """Give the portal's own kinds of tie, each once."""
        return tuple(self._definitions.values())

    def definition_of(self, kind: AssociationType) -> Definition | None:
        """Find the definition a kind belongs to, from either end."""
        return self._definitions.get(kind.ref) or self._definitions.get(kind.inverse)

    def labels_of(self, from_object: str, to_object: str) -> list[Definition]:
        """Give the labels of a pair of objects, whichever end they were defined from."""
        pair = {from_object, to_object}
        return [
            one
            for one in self._definitions.values()
            if not one.kind.plain and {one.kind.from_object, one.kind.to_object} == pair
        ]

    def rename(
        self,
        from_object: str,
        to_object: str,
        *,
        type_id: int,
        label: str,
        inverse_label: str | None = None,
    ) -> None:
        """Give a portal's own label another name; without one for the other end, to both."""
        kind = self._own(from_object, to_object, type_id)
        back = self.inverse_of(kind)
        self._put(replace(back, label=label if inverse_label is None else inverse_label))
        self._put(replace(kind, label=label))
        for ref, definition in list(self._definitions.items()):
            if ref in (kind.ref, kind.inverse):
                fresh = self.get(
                    definition.kind.from_object, definition.kind.to_object, definition.kind.ref
                )
                self._definitions[ref] = replace(definition, kind=fresh)

    def remove(self, from_object: str, to_object: str, *, type_id: int) -> AssociationType:
        """Take a portal's own kind of tie away, in both directions, and give it."""
        kind = self._own(from_object, to_object, type_id)
        if kind.plain and self.labels_of(from_object, to_object):
            raise invalid(
                "Definition with label still exists; Cannot delete unlabeled type with "
                f"associationTypeId {type_id}"
            )
        self._drop(kind)
        return kind

    def forget_object(self, name: str) -> None:
        """Take away every kind of tie from and to an object."""
        for kind in [one for one in self.everywhere() if name in (one.from_object, one.to_object)]:
            self._drop(kind)

    # Limits on the number of ties

    def limit_of(self, kind: AssociationType) -> int | None:
        """Give how many ties of a kind one record may have, or None."""
        return self._limits.get((kind.from_object, kind.to_object, kind.ref))

    def set_limit(self, kind: AssociationType, most: int | None) -> None:
        """Set or lift how many ties of a kind one record may have."""
        key = (kind.from_object, kind.to_object, kind.ref)
        self._limits.pop(key, None)
        if most is not None:
            self._limits[key] = most

    # Inside

    def _own(self, from_object: str, to_object: str, type_id: int) -> AssociationType:
        there = self._pairs.get((from_object, to_object), {})
        kind = there.get(TypeRef(USER_DEFINED, type_id))
        if kind is None:
            raise not_found(f"No association label with type id {type_id}")
        return kind

    def _put(self, kind: AssociationType) -> None:
        self._pairs.setdefault((kind.from_object, kind.to_object), {})[kind.ref] = kind

    def _drop(self, kind: AssociationType) -> None:
        self._pairs.get((kind.from_object, kind.to_object), {}).pop(kind.ref, None)
        self._pairs.get((kind.to_object, kind.from_object), {}).pop(kind.inverse, None)
        self._definitions.pop(kind.ref, None)
        self._definitions.pop(kind.inverse, None)
        self._limits.pop((kind.from_object, kind.to_object, kind.ref), None)
        self._limits.pop((kind.to_object, kind.from_object, kind.inverse), None)

    def _new_ref(self, wanted: int | None) -> TypeRef:
        number = self._next_id if wanted is None else wanted
        self._next_id = max(self._next_id, number + 1)
        return TypeRef(USER_DEFINED, number)

    def _add_standard(self, row: _Standard) -> None:
        refs = [TypeRef(HUBSPOT_DEFINED, one) for one in row.ids]
        # The other direction first: where both are one kind, the first direction's facts hold.
        for here, there in ((1, 0), (0, 1)):
            self._put(
                AssociationType(
                    ref=refs[here],
                    inverse=refs[there],
                    from_object=row.objects[here],
                    to_object=row.objects[there],
                    label=row.labels[here],
                    plain=row.plain,
                    single=row.single and here == 0,
                )
            )


def _user_type(
    ref: TypeRef, inverse: TypeRef, from_object: str, to_object: str, label: str | None
) -> AssociationType:
    return AssociationType(
        ref=ref,
        inverse=inverse,
        from_object=from_object,
        to_object=to_object,
        label=label,
        plain=label is None,
    )


def _name_of(label: str | None, from_object: str, to_object: str) -> str:
    """Name a kind of tie as the API names one that was not given a name."""
    if label is None:
        return f"{from_object}_to_{to_object}"
    return re.sub(r"\W+", "_", label.lower()).strip("_")
