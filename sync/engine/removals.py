"""Rows that were taken away on one side: whether they go on the other side too (R24).

Taking a row away counts as a blank, and so it is decided as any blank is: by the arrow and by
`blank`, `wins` and `protect` of the line the rows come from. A row that went together with what it
tied is no removal, and nothing is taken away for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from mappings.bound import BoundPair
from sync.domain.merge import Decision, Evidence, FieldView, SideView, Verdict, merge_field
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.rules import FieldRule, Relation
from sync.domain.store import Link, Shadow, Sighting
from sync.engine.both import Both
from sync.engine.courses import Course, Fate
from sync.engine.departures import held_item, item_about, sleep_item
from sync.engine.ends import unlinked_ends
from sync.engine.goings import held_deleted
from sync.engine.newcomers import create_item
from sync.engine.references import LEADING
from sync.engine.session import Session

__all__ = ["idle_item", "removal_items"]

#: How a row that is there stands for itself: as both sides knew it, or edited since.
_THERE, _EDITED = "there", "edited"

_PUT_BACK = "taken away there, and put back"
_PARTED = "who it tied there became one with somebody else; it is made again for its own"
_NOBODY = "taken away there, and what it ties is not linked now"


@dataclass(frozen=True, slots=True)
class _End:
    """A record that a row on one side ties."""

    pair: str
    side: Side
    id: str


def idle_item(pair: BoundPair, link: Link, both: Both) -> Item | None:
    """Give what becomes of a row no field of which travels, None for any other record.

    That is so as long as what it ties is not linked, and where one side was made to tie another:
    what a row ties is never written over.
    """
    if pair.relation is None:
        return None
    if any(
        rule.name not in both.moved
        for side in Side
        for rule in unlinked_ends(pair, side, both.record(side).fields)
    ):
        return _quiet_item(pair, link, both)
    fits = [_fits(rule, *(both.raw(rule, side) for side in Side)) for rule in pair.relation.ends]
    if False in fits:
        return _parted_item(pair, link)
    return _quiet_item(pair, link, both) if None in fits else None


def _fits(rule: FieldRule, left: Native, right: Native) -> bool | None:
    """Tell whether both rows tie one record; None where that cannot be told as things stand."""
    across = rule.refers.counterpart(Side.LEFT, left) if rule.refers and left else None
    back = rule.refers.counterpart(Side.RIGHT, right) if rule.refers and right else None
    if (across is not None and across == right) or (back is not None and back == left):
        return True
    return None if across is None or back is None else False


def _parted_item(pair: BoundPair, link: Link) -> Item:
    why = "it ties another record than its counterpart does; take it away and make a new one"
    return held_item(pair, link, why, side=Side.RIGHT, group=f"parted:{link.id}")


def _quiet_item(pair: BoundPair, link: Link, both: Both) -> Item:
    """Let no field of a row travel as long as what it ties is not linked."""
    item = item_about(pair, link, ItemKind.SLEEP, "a record it ties is not linked")
    return replace(item, seen=both.as_held())


def removal_items(
    session: Session,
    pair: BoundPair,
    links: Sequence[Link],
    sightings: Mapping[tuple[int, Side], Sighting],
    shadows: Mapping[tuple[int, Side], Shadow],
    unseen: Mapping[tuple[Side, str], datetime | None],
) -> list[Item]:
    """Give the items of links a row of which is gone; `unseen` is as `Both` has it."""
    return _Removals(session, pair, sightings, shadows, unseen).items(links) if links else []


class _Removals:
    """What becomes of the links of a chunk a row of which is gone, read in bulk."""

    def __init__(
        self,
        session: Session,
        pair: BoundPair,
        sightings: Mapping[tuple[int, Side], Sighting],
        shadows: Mapping[tuple[int, Side], Shadow],
        unseen: Mapping[tuple[Side, str], datetime | None],
    ) -> None:
        """Start with what is known of the chunk's rows."""
        assert pair.relation is not None
        self._session = session
        self._pair = pair
        self._relation: Relation = pair.relation
        self._sightings = sightings
        self._shadows = shadows
        self._unseen = unseen
        #: The links whose gone row ties another record than its counterpart does, since a merge.
        self._parted: set[int] = set()

    def items(self, links: Sequence[Link]) -> list[Item]:
        """Give an item for each link, in order; none for a row that moved with its member."""
        wanted = {link.id: self._ends_of(link) for link in links}
        standing = self._standing({end for ends in wanted.values() for end in ends})
        living_on = self._living_on(links, wanted, standing)
        found = (
            (link, self._item(link, wanted[link.id], standing))
            for link in links
            if link.id not in living_on
        )
        return [self._on_course(link, item) for link, item in found if item is not None]

    def _on_course(self, link: Link, item: Item) -> Item:
        """Let the link go over to where its other row lives on, whatever else becomes of it."""
        course = self._course(link)
        if course is None or course.ends:
            return item
        return replace(item, moves=course.moves)

    @cached_property
    def _held(self) -> frozenset[int | None]:
        return held_deleted(self._session, self._pair)

    def _gone(self, link: Link) -> list[Side]:
        return [
            side
            for side in Side
            if (one := self._sightings.get((link.id, side))) is not None and one.record.gone
        ]

    def _ends_of(self, link: Link) -> list[_End]:
        """Give what a row that is gone tied, as its side knew it."""
        found = []
        for side in self._gone(link):
            shadow = self._shadows.get((link.id, side))
            for rule in self._relation.ends:
                id = shadow.seen.get(rule.name) if shadow is not None else None
                if id is not None and rule.refers is not None:
                    found.append(_End(rule.refers.pair, side, id))
        return found

    def _standing(self, ends: Collection[_End]) -> dict[_End, str | None]:
        """Give the id by which each is there now, None for one that is not, or not linked."""
        found: dict[_End, str | None] = dict.fromkeys(ends)
        places = {(end.pair, end.side) for end in ends}
        for pair, side in places:
            ids = sorted(end.id for end in ends if (end.pair, end.side) == (pair, side))
            for id, now in self._alive(pair, side, ids).items():
                found[_End(pair, side, id)] = now
        return found

    def _living_on(
        self,
        links: Sequence[Link],
        wanted: Mapping[int, Sequence[_End]],
        standing: Mapping[_End, str | None],
    ) -> set[int]:
        """Give the links whose row is there under another name, since what it tied was merged.

        Whether it is, nobody but the CRM can say: it may have been taken away before the merge.
        One that ties another record than the row across does by now takes no place of that.
        """
        sought: dict[tuple[Side, str], dict[tuple[str, str], set[int]]] = {}
        for link in links:
            for side in self._gone(link):
                mine = [end for end in wanted[link.id] if end.side is side]
                now = [id for end in mine if (id := standing[end]) is not None]
                if len(now) != len(self._relation.ends) or now == [end.id for end in mine]:
                    continue
                if self._is_parted(link, side, now):
                    self._parted.add(link.id)
                    continue
                for name in self._pair.objects[side]:
                    ties = sought.setdefault((side, name), {})
                    ties.setdefault((now[0], now[1]), set()).add(link.id)
        found: set[int] = set()
        for (side, name), ties in sought.items():
            fields = [rule.native_name(side, name) or "" for rule in self._relation.ends]
            owners = sorted({owner for owner, _ in ties})
            for row in self._session.crms[side].find(name, fields[0], owners, fields):
                owner, member = (row.fields.get(field) for field in fields)
                if owner is not None and member is not None:
                    found |= ties.get((owner, member), set())
        return found

    def _is_parted(self, link: Link, side: Side, now: Sequence[str]) -> bool:
        """Tell whether a row, by what it ties now, ties another record than its counterpart."""
        across = self._sightings.get((link.id, side.other))
        if across is None:
            return False
        for rule, id in zip(self._relation.ends, now, strict=True):
            ids = {side: id, side.other: across.record.fields.get(rule.name)}
            if _fits(rule, ids[Side.LEFT], ids[Side.RIGHT]) is False:
                return True
        return False

    def _alive(self, pair: str, side: Side, ids: Sequence[str]) -> dict[str, str | None]:
        store = self._session.store
        refs = [RecordRef(name, id) for name in self._objects(pair, side) for id in ids]
        links = {
            ref: link
            for ref, link in store.links.of(pair, side, refs).items()
            if link.state in LEADING and not self._waits(link)
        }
        staged = {
            at: store.staging.of(pair, at, [one.ref(at) for one in links.values()]) for at in Side
        }
        open_refs = [
            ref
            for ref, link in links.items()
            if not any(_is_deleted(staged[at].get(link.ref(at))) for at in Side)
        ]
        now = self._read(side, open_refs)
        # What lives on as another one may be deleted as that.
        heirs = [one.successor for one in now.values() if one.successor is not None]
        then = self._read(side, heirs) if heirs else {}
        last = {ref: then.get(one.successor or ref, one) for ref, one in now.items()}
        return {
            ref.id: one.ref.id
            for ref, one in last.items()
            if not one.gone and one.successor is None
        }

    def _read(self, side: Side, refs: Sequence[RecordRef]) -> dict[RecordRef, Record]:
        """Read records by id as they are now, merged ones as what they became."""
        found: dict[RecordRef, Record] = {}
        for name in sorted({ref.object_name for ref in refs}):
            asked = [ref.id for ref in refs if ref.object_name == name]
            for record in self._session.crms[side].fetch(name, asked, ()):
                for id in {record.ref.id, *record.aliases} & set(asked):
                    found[RecordRef(name, id)] = record
        return found

    def _waits(self, link: Link) -> bool:
        """Tell whether what a row ties is about to be held, or goes over to what nobody can read.

        No row takes the place of its row then.
        """
        course = self._course(link)
        return course is not None and course.fate in (Fate.HELD, Fate.LOST)

    def _course(self, link: Link) -> Course | None:
        courses = self._session.courses.get(link.pair)
        return courses.of(link.id) if courses is not None else None

    def _objects(self, pair: str, side: Side) -> tuple[str, ...]:
        return next(
            rule.refers.objects[side]
            for rule in self._relation.ends
            if rule.refers is not None and rule.refers.pair == pair
        )

    def _item(
        self, link: Link, ends: Sequence[_End], standing: Mapping[_End, str | None]
    ) -> Item | None:
        gone = self._gone(link)
        if len(gone) == len(Side):
            return self._unlink(link, None, why="taken away on both sides")
        (side,) = gone
        survivor = self._sightings.get((link.id, side.other))
        if survivor is None:
            return sleep_item(self._pair, link, side.other)
        if None in [standing[end] for end in ends]:
            why = "went together with a record it tied"
            return sleep_item(self._pair, link, side, why=why)
        decision = merge_field(self._relation.presence, self._view(link, side, survivor))
        return self._decided(link, side, survivor, decision)

    def _view(self, link: Link, side: Side, survivor: Sighting) -> FieldView:
        # Nobody took it away where it went along with who it tied: what is left counts as new.
        shadow = None if link.id in self._parted else _THERE
        now = _THERE if shadow is None else self._now(link, survivor)
        views = {
            side: self._one(link, side, None, shadow=shadow),
            side.other: self._one(link, side.other, now, shadow=shadow),
        }
        return FieldView(left=views[Side.LEFT], right=views[Side.RIGHT])

    def _one(self, link: Link, side: Side, now: Native, *, shadow: Native) -> SideView:
        name = link.ref(side).object_name
        stamp = self._sightings[link.id, side].record.stamp
        # What was held before was there before this run read: no later reading dates it anew.
        after = None if link.id in self._held else self._unseen.get((side, name))
        evidence = Evidence(after=after, until=stamp)
        return SideView(object_name=name, now=now, shadow=shadow, evidence=evidence)

    def _now(self, link: Link, survivor: Sighting) -> str:
        """Tell whether the row that is left was edited since both sides agreed."""
        shadow = self._shadows.get((link.id, survivor.side))
        for rule in self._pair.rules:
            if shadow is None or rule in self._relation.ends or rule.name not in shadow.base:
                continue
            now = survivor.record.fields.get(rule.name)
            normal = rule.codec.normal
            if normal(survivor.side, now) != normal(survivor.side, shadow.base[rule.name]):
                return _EDITED
        return _THERE

    def _decided(self, link: Link, side: Side, survivor: Sighting, decision: Decision) -> Item:
        match decision.verdict:
            case Verdict.WRITE if decision.value is None:
                return self._unlink(link, side.other, why="taken away; blank: clear", archive=True)
            case Verdict.WRITE:
                made = create_item(self._pair, survivor)
                if {one.name for one in made.waiting} & {one.name for one in self._relation.ends}:
                    return sleep_item(self._pair, link, side, why=_NOBODY)
                why = _PARTED if link.id in self._parted else _PUT_BACK
                return replace(made, link_id=link.id, left=link.left, right=link.right, why=why)
            case Verdict.HOLD:
                why = "taken away on one side, edited on the other"
                group = f"deleted:{link.id}"
                return held_item(self._pair, link, why, side=side.other, group=group)
            case _:
                return self._unlink(link, side.other, why="taken away; it stays on the other side")

    def _unlink(self, link: Link, side: Side | None, *, why: str, archive: bool = False) -> Item:
        item = item_about(self._pair, link, ItemKind.UNLINK, why, side=side)
        return replace(item, archive=archive)


def _is_deleted(one: Sighting | None) -> bool:
    """Tell whether a record is gone, and lives on as no other."""
    return one is not None and one.record.gone and one.record.successor is None
