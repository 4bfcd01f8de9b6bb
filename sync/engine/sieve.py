"""Telling the records of people who were forgotten from all others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.forgotten import hash_of_address, hash_of_record
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.sales import SalesNames
from sync.domain.store import Store

__all__ = ["Sieve"]

#: One object of one side.
_Place = tuple[Side, str]


class Sieve:
    """Holds back the records of people who were forgotten, and the rows that tie them.

    A record is somebody's by its id, by its e-mail address, or by the other side's id it carries.
    Whoever is known by the last two only is known by the id, too, from then on. A record that is
    linked already is somebody else's, whatever address it comes to carry.
    """

    def __init__(
        self, store: Store, pairs: Sequence[BoundPair], *, sales: SalesNames | None = None
    ) -> None:
        self._store = store
        self._known = dict(store.forgotten.all())
        self._secret = store.runs.secret() if self._known else b""
        self._pairs: dict[_Place, list[BoundPair]] = {}
        self._references: dict[_Place, dict[str, tuple[str, ...]]] = {}
        self._rows: set[_Place] = set()
        for pair in pairs:
            self._learn_pair(pair)
        if sales is not None:
            self._learn_sales(sales)

    def holds(self, side: Side, ref: RecordRef) -> bool:
        """Tell whether a record is held back for its id."""
        return hash_of_record(self._secret, side, ref) in self._known

    def through(self, side: Side, records: Sequence[Record]) -> list[Record]:
        """Give the records that are nobody's who was forgotten, and name none of them either."""
        kept: list[Record] = []
        suspects: dict[RecordRef, int] = {}
        for record in records:
            if self.holds(side, record.ref):
                continue
            shown = self._without_names(side, record)
            if shown is None:
                continue
            person = self._person(side, shown)
            if person is not None:
                suspects[record.ref] = person
            kept.append(shown)
        if not suspects:
            return kept
        held_back = suspects.keys() - self._linked(side, suspects)
        self._remember(
            {hash_of_record(self._secret, side, ref): suspects[ref] for ref in held_back}
        )
        return [one for one in kept if one.ref not in held_back]

    def reference(self, side: Side, object_name: str, name: str, value: Native) -> Native:
        """Give what a field names, without those who were forgotten."""
        objects = self._references.get((side, object_name), {}).get(name)
        if objects is None or value is None:
            return value
        kept = [id for id in value.split(";") if not self._is_held(side, objects, id)]
        return ";".join(kept) or None

    # --- what to look at --------------------------------------------------------------------

    def _learn_pair(self, pair: BoundPair) -> None:
        for side in Side:
            for name in pair.objects[side]:
                self._pairs.setdefault((side, name), []).append(pair)
        for rule in pair.rules:
            for (side, name), native in rule.names.items() if rule.refers is not None else ():
                assert rule.refers is not None
                self._note(side, name, native, rule.refers.objects[side])
        for end in pair.relation.ends if pair.relation is not None else ():
            for side, name in end.names:
                assert end.refers is not None
                self._note(side, name, end.names[side, name], end.refers.objects[side])
                self._rows.add((side, name))

    def _learn_sales(self, sales: SalesNames) -> None:
        people = tuple(name for name in (sales.person, sales.lead) if name)
        for name, native in (
            (sales.role, sales.role_person),
            (sales.member, sales.member_person),
        ):
            if name and native:
                self._note(sales.side, name, native, people)
                self._rows.add((sales.side, name))

    def _note(self, side: Side, name: str, native: str, objects: tuple[str, ...]) -> None:
        self._references.setdefault((side, name), {})[native] = objects

    # --- whose a record is ------------------------------------------------------------------

    def _is_held(self, side: Side, objects: Iterable[str], id: str) -> bool:
        return any(self.holds(side, RecordRef(name, id)) for name in objects)

    def _without_names(self, side: Side, record: Record) -> Record | None:
        """Give a record that names nobody who was forgotten; None for a row that ties them."""
        place = (side, record.ref.object_name)
        changed: dict[str, Native] = {}
        for native in self._references.get(place, {}).keys() & record.fields.keys():
            value = self.reference(side, record.ref.object_name, native, record.fields[native])
            if value != record.fields[native]:
                if place in self._rows:
                    return None
                changed[native] = value
        if changed:
            record = replace(record, fields={**record.fields, **changed})
        name = record.ref.object_name
        if any(self.holds(side, RecordRef(name, alias)) for alias in record.aliases):
            others = [one for one in record.aliases if not self.holds(side, RecordRef(name, one))]
            record = replace(record, aliases=tuple(others))
        if record.successor is not None and self.holds(side, record.successor):
            record = replace(record, successor=None)
        return record

    def _person(self, side: Side, record: Record) -> int | None:
        """Give whose record this is by its address or the id it carries."""
        name = record.ref.object_name
        for pair in self._pairs.get((side, name), ()):
            for hash in self._marks(pair, side, record):
                if hash in self._known:
                    return self._known[hash]
        return None

    def _marks(self, pair: BoundPair, side: Side, record: Record) -> Iterable[str]:
        name = record.ref.object_name
        for rule in pair.address_rules:
            for address in pair.match_keys(rule, side, name, record.fields):
                yield hash_of_address(self._secret, address)
        native = pair.key_fields.get((side, name))
        id = record.fields.get(native) if native is not None else None
        for other in pair.objects[side.other] if id is not None else ():
            assert id is not None
            yield hash_of_record(self._secret, side.other, RecordRef(other, id))

    def _linked(self, side: Side, suspects: Mapping[RecordRef, int]) -> set[RecordRef]:
        linked: set[RecordRef] = set()
        for name in {ref.object_name for ref in suspects}:
            mine = [ref for ref in suspects if ref.object_name == name]
            for pair in self._pairs.get((side, name), ()):
                linked |= self._store.links.of(pair.name, side, mine).keys()
        return linked

    def _remember(self, found: Mapping[str, int]) -> None:
        if found:
            self._known.update(found)
            self._store.forgotten.learn(found)
