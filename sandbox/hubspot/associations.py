"""The ties between records, kept from both ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.hubspot.association_types import AssociationType, AssociationTypes, TypeRef

__all__ = ["Associations", "RecordRef", "Tie"]

RecordRef: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Tie:
    """All kinds of tie from one record to another."""

    start: RecordRef
    end: RecordRef
    types: frozenset[TypeRef]


class Associations:
    """Ties records; the other direction of each tie is kept in step."""

    def __init__(self) -> None:
        self.types = AssociationTypes()
        # By record and other object, so that one object's many ties cost the others nothing.
        self._ties: dict[RecordRef, dict[str, dict[int, set[TypeRef]]]] = {}

    def link(self, start: RecordRef, end: RecordRef, kinds: Iterable[AssociationType]) -> None:
        """Add kinds of tie to a pair; the unlabelled kind always comes with them."""
        for kind in (self.types.plain(start[0], end[0]), *kinds):
            if kind.single:
                self._free(start, kind, keep=end)
            inverse = self.types.inverse_of(kind)
            if inverse.single:
                self._free(end, inverse, keep=start)
            self._add(start, end, kind.ref)
            self._add(end, start, inverse.ref)

    def unlink(self, start: RecordRef, end: RecordRef) -> bool:
        """Remove every tie of a pair and tell whether there was one."""
        there = self._held(start, end[0]).pop(end[1], None)
        self._held(end, start[0]).pop(start[1], None)
        return there is not None

    def remove(self, start: RecordRef, end: RecordRef, kind: AssociationType) -> None:
        """Remove one kind of tie; without the unlabelled kind none is left."""
        if kind.plain:
            self.unlink(start, end)
            return
        self._held(start, end[0]).get(end[1], set()).discard(kind.ref)
        self._held(end, start[0]).get(start[1], set()).discard(kind.inverse)

    def remove_everywhere(self, kind: AssociationType) -> None:
        """Remove one kind of tie from all records that have it."""
        for start in [one for one in self._ties if one[0] == kind.from_object]:
            for tie in self.ties_of(start, kind.to_object):
                if kind.ref in tie.types:
                    self.remove(start, tie.end, kind)

    def has(self, start: RecordRef, end: RecordRef, ref: TypeRef) -> bool:
        """Tell whether two records have this kind of tie."""
        return ref in self._held(start, end[0]).get(end[1], ())

    def ties_of(self, start: RecordRef, to_object: str) -> list[Tie]:
        """Give a record's ties to one object, by ascending id."""
        held = self._held(start, to_object)
        return [Tie(start, (to_object, one), frozenset(held[one])) for one in sorted(held)]

    def tied_ids(self, start: RecordRef, to_object: str) -> Collection[int]:
        """Give the ids of the records of one object that a record is tied to."""
        return self._held(start, to_object).keys()

    def all_ties(self, start: RecordRef) -> list[Tie]:
        """Give all ties of a record."""
        return [
            tie for name in sorted(self._ties.get(start, {})) for tie in self.ties_of(start, name)
        ]

    def first(self, start: RecordRef, to_object: str, ref: TypeRef) -> int | None:
        """Give the record tied by this kind, for kinds of which there is one."""
        for record_id, types in self._held(start, to_object).items():
            if ref in types:
                return record_id
        return None

    def count(self, start: RecordRef, to_object: str, ref: TypeRef | None = None) -> int:
        """Count a record's ties to one object."""
        held = self._held(start, to_object)
        return len(held) if ref is None else sum(1 for types in held.values() if ref in types)

    def detach(self, record: RecordRef) -> list[Tie]:
        """Cut a record off and give the ties it had."""
        ties = self.all_ties(record)
        for tie in ties:
            self.unlink(tie.start, tie.end)
        self._ties.pop(record, None)
        return ties

    def attach(self, ties: Iterable[Tie]) -> None:
        """Tie again what `detach` gave; kinds that are gone by now are left out."""
        for tie in ties:
            if self.types.find_plain(tie.start[0], tie.end[0]) is not None:
                self.link(tie.start, tie.end, self._kinds(tie))

    def _kinds(self, tie: Tie) -> Iterator[AssociationType]:
        yield from self.types.known(tie.types, tie.start[0], tie.end[0])

    def _held(self, start: RecordRef, to_object: str) -> dict[int, set[TypeRef]]:
        return self._ties.get(start, {}).get(to_object, {})

    def _add(self, start: RecordRef, end: RecordRef, ref: TypeRef) -> None:
        held = self._ties.setdefault(start, {}).setdefault(end[0], {})
        held.setdefault(end[1], set()).add(ref)

    def _free(self, start: RecordRef, kind: AssociationType, *, keep: RecordRef) -> None:
        """Take the kind from the record that has it now."""
        for record_id, types in self._held(start, kind.to_object).items():
            if record_id != keep[1] and kind.ref in types:
                types.discard(kind.ref)
                self._held((kind.to_object, record_id), start[0])[start[1]].discard(kind.inverse)
