"""The ties between records, kept from both ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
        self._ties: dict[RecordRef, dict[RecordRef, set[TypeRef]]] = {}

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
        there = self._ties.get(start, {}).pop(end, None)
        self._ties.get(end, {}).pop(start, None)
        return there is not None

    def remove(self, start: RecordRef, end: RecordRef, kind: AssociationType) -> None:
        """Remove one kind of tie; without the unlabelled kind none is left."""
        if kind.plain:
            self.unlink(start, end)
            return
        self._ties.get(start, {}).get(end, set()).discard(kind.ref)
        self._ties.get(end, {}).get(start, set()).discard(kind.inverse)

    def ties_of(self, start: RecordRef, to_object: str) -> list[Tie]:
        """Give a record's ties to one object, by ascending id."""
        ends = sorted(end for end in self._ties.get(start, {}) if end[0] == to_object)
        return [Tie(start, end, frozenset(self._ties[start][end])) for end in ends]

    def all_ties(self, start: RecordRef) -> list[Tie]:
        """Give all ties of a record."""
        held = self._ties.get(start, {})
        return [Tie(start, end, frozenset(types)) for end, types in sorted(held.items())]

    def first(self, start: RecordRef, to_object: str, ref: TypeRef) -> int | None:
        """Give the record tied by this kind, for kinds of which there is one."""
        for end, types in self._ties.get(start, {}).items():
            if end[0] == to_object and ref in types:
                return end[1]
        return None

    def count(self, start: RecordRef, to_object: str, ref: TypeRef | None = None) -> int:
        """Count a record's ties to one object."""
        return sum(
            1
            for end, types in self._ties.get(start, {}).items()
            if end[0] == to_object and (ref is None or ref in types)
        )

    def detach(self, record: RecordRef) -> list[Tie]:
        """Cut a record off and give the ties it had."""
        ties = self.all_ties(record)
        for tie in ties:
            self.unlink(tie.start, tie.end)
        return ties

    def attach(self, ties: Iterable[Tie]) -> None:
        """Tie again what `detach` gave."""
        for tie in ties:
            self.link(tie.start, tie.end, self._kinds(tie))

    def _kinds(self, tie: Tie) -> Iterator[AssociationType]:
        yield from self.types.known(tie.types, tie.start[0], tie.end[0])

    def _add(self, start: RecordRef, end: RecordRef, ref: TypeRef) -> None:
        self._ties.setdefault(start, {}).setdefault(end, set()).add(ref)

    def _free(self, start: RecordRef, kind: AssociationType, *, keep: RecordRef) -> None:
        """Take the kind from the record that has it now."""
        for end, types in self._ties.get(start, {}).items():
            if end != keep and end[0] == kind.to_object and kind.ref in types:
                types.discard(kind.ref)
                self._ties[end][start].discard(kind.inverse)
