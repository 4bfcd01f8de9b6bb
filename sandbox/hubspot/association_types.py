"""The kinds of ties between records: those HubSpot defines, and labels a portal adds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.hubspot.errors import invalid, not_found
from sandbox.jsontypes import JsonObject

__all__ = ["AssociationType", "AssociationTypes", "TypeRef"]

HUBSPOT_DEFINED = "HUBSPOT_DEFINED"
USER_DEFINED = "USER_DEFINED"


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
)


class AssociationTypes:
    """Knows every kind of tie."""

    def __init__(self) -> None:
        self._types: dict[tuple[str, str, TypeRef], AssociationType] = {}
        self._next_id = 101
        for row in _STANDARD:
            self._add_standard(row)

    def of_pair(self, from_object: str, to_object: str) -> tuple[AssociationType, ...]:
        """Give the kinds from one object to another."""
        return tuple(
            kind
            for (start, end, _), kind in self._types.items()
            if (start, end) == (from_object, to_object)
        )

    def get(self, from_object: str, to_object: str, ref: TypeRef) -> AssociationType:
        """Give a kind, or the API's refusal of one this direction does not have."""
        kind = self._types.get((from_object, to_object, ref))
        if kind is None:
            raise invalid(
                f"{ref.category} association type {ref.type_id} is not valid for "
                f"{from_object} to {to_object}"
            )
        return kind

    def plain(self, from_object: str, to_object: str) -> AssociationType:
        """Give the unlabelled kind of a direction."""
        for kind in self.of_pair(from_object, to_object):
            if kind.plain:
                return kind
        raise invalid(f"No default association type from {from_object} to {to_object}")

    def define(
        self, from_object: str, to_object: str, *, label: str, inverse_label: str | None
    ) -> tuple[AssociationType, ...]:
        """Add a label; with another name the other way it has two ids."""
        ref = self._new_ref()
        inverse = ref if inverse_label is None and from_object == to_object else self._new_ref()
        back_label = label if inverse_label is None else inverse_label
        there = _user_type(ref, inverse, from_object, to_object, label)
        back = _user_type(inverse, ref, to_object, from_object, back_label)
        for kind in (there, back):
            self._types[(kind.from_object, kind.to_object, kind.ref)] = kind
        return (there,) if there.ref == back.ref else (there, back)

    def rename(self, from_object: str, to_object: str, *, type_id: int, label: str) -> None:
        """Give a portal's own label another name."""
        kind = self._own(from_object, to_object, type_id)
        self._types[(from_object, to_object, kind.ref)] = _user_type(
            kind.ref, kind.inverse, from_object, to_object, label
        )

    def remove(self, from_object: str, to_object: str, *, type_id: int) -> None:
        """Take a portal's own label away, in both directions."""
        kind = self._own(from_object, to_object, type_id)
        self._types.pop((from_object, to_object, kind.ref), None)
        self._types.pop((to_object, from_object, kind.inverse), None)

    def inverse_of(self, kind: AssociationType) -> AssociationType:
        """Give the same tie seen from the other end."""
        return self.get(kind.to_object, kind.from_object, kind.inverse)

    def known(
        self, refs: Iterable[TypeRef], from_object: str, to_object: str
    ) -> list[AssociationType]:
        """Give those kinds that still exist, in a fixed order."""
        found = (self._types.get((from_object, to_object, ref)) for ref in sorted(refs))
        return [kind for kind in found if kind is not None]

    def _own(self, from_object: str, to_object: str, type_id: int) -> AssociationType:
        kind = self._types.get((from_object, to_object, TypeRef(USER_DEFINED, type_id)))
        if kind is None:
            raise not_found(f"No association label with type id {type_id}")
        return kind

    def _new_ref(self) -> TypeRef:
        self._next_id += 1
        return TypeRef(USER_DEFINED, self._next_id - 1)

    def _add_standard(self, row: _Standard) -> None:
        refs = [TypeRef(HUBSPOT_DEFINED, one) for one in row.ids]
        # The other direction first: where both are one kind, the first direction's facts hold.
        for here, there in ((1, 0), (0, 1)):
            start, end = row.objects[here], row.objects[there]
            self._types[(start, end, refs[here])] = AssociationType(
                ref=refs[here],
                inverse=refs[there],
                from_object=start,
                to_object=end,
                label=row.labels[here],
                plain=row.plain,
                single=row.single and here == 0,
            )


def _user_type(
    ref: TypeRef, inverse: TypeRef, from_object: str, to_object: str, label: str
) -> AssociationType:
    return AssociationType(
        ref=ref, inverse=inverse, from_object=from_object, to_object=to_object, label=label
    )
