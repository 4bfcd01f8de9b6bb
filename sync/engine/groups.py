"""The groups unlinked records belong to: those that name each other, or share a match key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mappings.bound import BoundPair
from sync.domain.match import Group, Member
from sync.domain.record import RecordRef, Side
from sync.domain.store import KeyedRecord, Link, RecordState, Sighting, SightingKind
from sync.engine.returns import coming_back
from sync.engine.session import Session, rank_of
from sync.engine.sight import COUNTERPART_RULE, counterpart_hash

__all__ = ["Groups"]


class Groups:
    """The groups the records of a chunk belong to, read in bulk."""

    def __init__(self, session: Session, pair: BoundPair, chunk: Sequence[Sighting]) -> None:
        self._session = session
        self._pair = pair
        keys = {key for one in chunk for key in one.keys if key[0] != COUNTERPART_RULE}
        keys.update(key for one in chunk for key in self._carriers_keys(one))
        self._by_key = session.store.records.by_keys(pair.name, sorted(keys))
        self._deleted: set[tuple[Side, str]] = set()
        self._named = self._counterparts(chunk)
        self._links = self._links_of(
            [member for members in self._by_key.values() for member in members]
            + list(self._named.values())
        )

    def member(self, one: Sighting) -> Member:
        """Give the member a sighting is."""
        return Member(
            side=one.side,
            ref=one.record.ref,
            rank=rank_of(self._pair, one.side, one.record.ref),
            stamp=one.record.stamp,
            created=one.record.created,
            included=one.included,
        )

    def of(self, one: Sighting) -> list[Group]:
        """Give the groups of a record: by the ids both CRMs keep first, then rule by rule."""
        groups = []
        by_id = self._by_id(one)
        if by_id:
            groups.append(Group(name=f"key:{one.side}:{one.record.ref.id}", members=by_id))
        rules = sorted({rule for rule, _ in one.keys if rule != COUNTERPART_RULE})
        for rule in rules:
            hashes = [key for key in one.keys if key[0] == rule]
            members = {
                (member.side, member.ref): self._of_keyed(member)
                for key in hashes
                for member in self._by_key.get(key, ())
            }
            members.setdefault((one.side, one.record.ref), self.member(one))
            groups.append(Group(name=f"{rule}:{min(hashes)[1]}", members=tuple(members.values())))
        return groups

    def names_deleted(self, one: Sighting) -> bool:
        """Tell whether a record carries the id of one that is deleted, and lives on as no other."""
        return (one.side.other, one.counterpart or "") in self._deleted

    def _by_id(self, one: Sighting) -> tuple[Member, ...]:
        members = {}
        for key in self._carriers_keys(one):
            for carrier in self._by_key.get(key, ()):
                if carrier.side is not one.side:
                    members[carrier.side, carrier.ref] = self._of_keyed(carrier)
        named = self._named.get((one.side.other, one.counterpart or ""))
        if named is not None:
            members[named.side, named.ref] = self._of_keyed(named)
        if members:
            members[one.side, one.record.ref] = self.member(one)
        return tuple(members.values())

    def _carriers_keys(self, one: Sighting) -> list[tuple[int, str]]:
        """Give the keys of those that name a record, or one that was converted into it."""
        at = (self._pair.name, one.side, one.record.ref)
        ids = [one.record.ref.id, *sorted(self._session.named_before.get(at, ()))]
        return [
            (COUNTERPART_RULE, counterpart_hash(self._session, self._pair, one.side, id))
            for id in ids
        ]

    def _counterparts(self, chunk: Sequence[Sighting]) -> dict[tuple[Side, str], KeyedRecord]:
        """Find the records the chunk's records name by id, where the state knows them."""
        found: dict[tuple[Side, str], KeyedRecord] = {}
        for side in Side:
            ids = [one.counterpart for one in chunk if one.side.other is side and one.counterpart]
            refs = [RecordRef(name, id) for id in ids for name in self._pair.objects[side]]
            if not refs:
                continue
            staged = dict(self._session.store.staging.of(self._pair.name, side, refs))
            heirs = self._stand_ins(side, refs, staged)
            now = [heirs[ref] for ref in refs if ref in heirs]
            if now:
                staged.update(self._session.store.staging.of(self._pair.name, side, now))
            known = self._session.store.records.get(self._pair.name, side, [*refs, *now])
            gone = [ref for ref, one in known.items() if one.state is RecordState.GONE]
            gone += [ref for ref in refs if ref in staged and _is_deleted(staged[ref])]
            led = self._led(side, gone) if gone else {}
            for named in refs:
                ref = heirs.get(named, named)
                if ref in staged and _is_deleted(staged[ref]) and ref not in led:
                    self._deleted.add((side, named.id))
                elif ref in staged and staged[ref].kind is not SightingKind.GONE:
                    record = staged[ref].record
                    found[side, named.id] = KeyedRecord(
                        rule=COUNTERPART_RULE,
                        hash="",
                        side=side,
                        ref=ref,
                        stamp=record.stamp,
                        created=record.created,
                        included=staged[ref].included,
                    )
                elif ref in known and ref not in staged:
                    tracked = known[ref]
                    if tracked.state is RecordState.GONE and ref not in led:
                        self._deleted.add((side, named.id))
                        continue
                    found[side, named.id] = KeyedRecord(
                        rule=COUNTERPART_RULE,
                        hash="",
                        side=side,
                        ref=led.get(ref, ref),
                        stamp=tracked.stamp,
                        created=tracked.created,
                        included=tracked.included,
                    )
        return found

    def _stand_ins(
        self, side: Side, refs: Iterable[RecordRef], staged: Mapping[RecordRef, Sighting]
    ) -> dict[RecordRef, RecordRef]:
        """Give what stands for records that were converted or merged: nothing links to these."""
        found: dict[RecordRef, RecordRef] = {}
        for ref in refs:
            one, passed = staged.get(ref), {ref}
            while one is not None and (heir := self._heir(one)) is not None and heir not in passed:
                found[ref] = heir
                passed.add(heir)
                one = self._session.store.staging.of(self._pair.name, side, [heir]).get(heir)
        return found

    def _heir(self, one: Sighting) -> RecordRef | None:
        """Give what a record lives on as, where the pair keeps such records."""
        heir = one.record.successor
        if heir is None or heir.object_name not in self._pair.objects[one.side]:
            return None
        return heir if one.record.frozen or one.record.gone else None

    def _led(self, side: Side, gone: Sequence[RecordRef]) -> dict[RecordRef, RecordRef]:
        """Give the linked records that ids of gone ones lead to: what they were merged into."""
        links, name = self._session.store.links, self._pair.name
        led = {**links.former_of(name, side, gone), **links.of(name, side, gone)}
        return {ref: link.ref(side) for ref, link in led.items()}

    def _links_of(self, members: Iterable[KeyedRecord]) -> dict[tuple[Side, RecordRef], Link]:
        refs: dict[Side, set[RecordRef]] = {side: set() for side in Side}
        for member in members:
            refs[member.side].add(member.ref)
        courses = self._session.courses.get(self._pair.name)
        planned = courses.heirs() if courses is not None else {}
        back = coming_back(self._session, self._pair).values()
        returning = {(side, link.ref(side)): link for link in back for side in Side}
        return (
            returning
            | dict(planned)
            | {
                (side, ref): link
                for side in Side
                for ref, link in self._session.store.links.of(
                    self._pair.name, side, sorted(refs[side], key=lambda one: one.id)
                ).items()
            }
        )

    def _of_keyed(self, one: KeyedRecord) -> Member:
        link = self._links.get((one.side, one.ref))
        other = one.side.other
        return Member(
            side=one.side,
            ref=one.ref,
            rank=rank_of(self._pair, one.side, one.ref),
            stamp=one.stamp,
            created=one.created,
            included=one.included,
            linked=link is not None,
            partner_rank=rank_of(self._pair, other, link.ref(other)) if link else 0,
        )


def _is_deleted(one: Sighting) -> bool:
    """Tell whether a record is found to be gone by this run, and lives on as no other."""
    return one.kind is SightingKind.GONE and one.record.successor is None
