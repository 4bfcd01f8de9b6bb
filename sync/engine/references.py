"""References: which record of another pair a field names, and what waits for that record.

A reference is carried by the link of the record it names. Where there is none yet, the record is
written without it; the state keeps what waits, by the record named, and each run asks which of it
has a counterpart by now (R23).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.plan import FieldWrite, Item, ItemKind, Waiting
from sync.domain.record import Native, RecordRef, Side
from sync.domain.rules import FieldRule, Referred, Trouble, TroubleKind
from sync.domain.store import (
    Link,
    Links,
    LinkState,
    Shadow,
    Sighting,
    WaitingReference,
)
from sync.engine.session import Session
from sync.engine.settle import stage_records

__all__ = [
    "LEADING",
    "LinkedPair",
    "arrived_of",
    "load_named",
    "references_of",
    "stage_references",
    "waiting_of",
    "with_arrivals",
]

#: Links over which a reference may lead: nothing is written to a record whose link sleeps.
LEADING = (LinkState.OPEN, LinkState.OUTSIDE)

#: How many links stay looked up between two chunks.
_REMEMBERED = 50_000

#: Stands between the ids where a CRM ties a record to several.
_SEVERAL = ";"


class LinkedPair:
    """Who is who in one pair, by its links: a `Referred` and the directory of its references.

    The name both sides know a record by is its link's.
    """

    def __init__(self, pair: str, objects: Mapping[Side, tuple[str, ...]], *, links: Links) -> None:
        """Look up in `links` the records of a pair, of these objects of its two sides."""
        self.pair = pair
        self.objects = objects
        self._links = links
        self._known: dict[tuple[Side, str], Link | None] = {}
        self._named: dict[str, Link] = {}
        self._led: dict[tuple[Side, str], Link] = {}
        self._asleep: frozenset[int] = frozenset()

    def lead(self, ids: Mapping[tuple[Side, str], Link], *, asleep: Collection[int] = ()) -> None:
        """Let ids lead to links as they will be: a run is about to move these.

        Those `asleep` lead nowhere: the run is about to hold them.
        """
        if not (ids or asleep or self._led or self._asleep):
            return
        self._led = dict(ids)
        self._asleep = frozenset(asleep)
        self.forget()

    def load(self, side: Side, ids: Iterable[str]) -> None:
        """Look many ids of a side up at once."""
        wanted = {id for id in ids if (side, id) not in self._known}
        if not wanted:
            return
        if len(self._known) > _REMEMBERED:
            self.forget()
        refs = [RecordRef(name, id) for name in self.objects[side] for id in sorted(wanted)]
        found = self._links.of(self.pair, side, refs)
        by_id = {ref.id: link for ref, link in found.items() if self._leads(link)}
        strangers = [ref for ref in refs if ref not in found and ref.id not in by_id]
        former = self._links.former_of(self.pair, side, strangers)
        by_id.update({ref.id: link for ref, link in former.items() if self._leads(link)})
        by_id.update(
            {id: link for id in wanted if (link := self._led.get((side, id))) and self._leads(link)}
        )
        for id in wanted:
            self._known[side, id] = by_id.get(id)
        self._named.update({self._name(link): link for link in by_id.values()})

    def _leads(self, link: Link) -> bool:
        """Tell whether both records of a link are of those that may be named."""
        known = all(link.ref(side).object_name in self.objects[side] for side in Side)
        return known and link.state in LEADING and link.id not in self._asleep

    def counterpart(self, side: Side, id: str) -> str | None:
        """Give the id the other side knows the same record by, None where it knows none yet."""
        self.load(side, [id])
        link = self._known[side, id]
        return link.ref(side.other).id if link is not None else None

    def link_id(self, side: Side, id: str) -> int | None:
        """Give the link a record belongs to, None where the other side does not know it yet."""
        self.load(side, [id])
        link = self._known[side, id]
        return link.id if link is not None else None

    def former_ids(self, ids: Sequence[int]) -> Mapping[int, frozenset[tuple[Side, str]]]:
        """Give the ids that lead to links beside their own, of those that have such ids."""
        wanted = set(ids)
        found: dict[int, set[tuple[Side, str]]] = {}
        for link_id, led in self._links.former_ids(ids).items():
            found.setdefault(link_id, set()).update(led)
        for at, link in self._led.items():
            if link.id in wanted:
                found.setdefault(link.id, set()).add(at)
        return {link_id: frozenset(led) for link_id, led in found.items()}

    def all_ids(self, ids: Sequence[int]) -> Mapping[int, frozenset[tuple[Side, str]]]:
        """Give all ids that lead to links by now, their own and others."""
        others = self.former_ids(ids)
        found = {
            id: others.get(id, frozenset()) | {(side, link.ref(side).id) for side in Side}
            for id, link in self._links.by_id(ids).items()
        }
        for side in Side:
            self.load(side, [id for led in found.values() for at, id in led if at is side])
        # A record that went, of an item that is held, leads nowhere.
        return {
            link_id: frozenset(at for at in led if self.link_id(*at) == link_id)
            for link_id, led in found.items()
        }

    def forget(self) -> None:
        """Forget what was looked up."""
        self._known.clear()
        self._named.clear()

    def name(self, side: Side, id: str) -> str | Trouble:
        """Give the name of the link a record belongs to, or why it has none."""
        if _SEVERAL in id:
            return _several(self.pair, id)
        self.load(side, [id])
        link = self._known[side, id]
        return self._name(link) if link is not None else _not_linked(self.pair, id)

    def find(self, side: Side, name: str, object_name: str) -> str | Trouble:
        """Give the record on a side that a link stands for."""
        del object_name
        link = self._named.get(name)
        return link.ref(side).id if link is not None else _not_linked(self.pair, name)

    def _name(self, link: Link) -> str:
        return f"{self.pair}/{link.id}"


def _not_linked(pair: str, id: str) -> Trouble:
    return Trouble(
        kind=TroubleKind.WAIT,
        code="not_linked",
        message=f"{id} of {pair} has no counterpart on the other side yet",
        fix="Nothing: it follows as soon as there is one.",
    )


def _several(pair: str, ids: str) -> Trouble:
    return Trouble(
        kind=TroubleKind.REFUSED,
        code="several_references",
        message=f"the record is tied to {ids.count(_SEVERAL) + 1} records of {pair}, and the other "
        "side can name only one",
        fix="Take all but one of the associations away in HubSpot.",
    )


def references_of(pair: BoundPair) -> Iterator[tuple[FieldRule, Referred]]:
    """Give the fields of a pair that name records of other pairs."""
    return ((rule, rule.refers) for rule in pair.rules if rule.refers is not None)


def load_named(
    pair: BoundPair,
    sightings: Iterable[Sighting],
    shadows: Mapping[tuple[int, Side], Shadow] | None = None,
    waiting: Iterable[WaitingReference] = (),
) -> None:
    """Look up at once all the records that these ones name, named before, or wait for."""
    referring = list(references_of(pair))
    if not referring:
        return
    sightings, waiting = list(sightings), list(waiting)
    for rule, refers in referring:
        for side in Side:
            ids = {one.record.fields.get(rule.name) for one in sightings if one.side is side}
            ids |= {
                shadow.base.get(rule.name)
                for (_, at), shadow in (shadows or {}).items()
                if at is side
            }
            ids |= {one.id for one in waiting if one.field == rule.name and one.side is side}
            refers.load(side, {id for id in ids if id is not None})


# --- what waits ---------------------------------------------------------------------------------


def waiting_of(link_id: int, one: Waiting) -> WaitingReference:
    """Give what is kept of a reference that waits."""
    return WaitingReference(
        link_id=link_id, field=one.name, refers=one.refers, side=one.side.other, id=one.id
    )


def stage_references(
    session: Session, pair: BoundPair, *, made_in: int | None = None, most: int | None = None
) -> None:
    """Stage the records whose references wait no longer, unless there are more than `most`.

    With `made_in` only those whose own link was made in that run.
    """
    arrived = list(_arrived(session, pair, made_in=made_in))
    links = session.store.links.by_id(sorted({one.link_id for one in arrived}))
    waiting: dict[Side, list[RecordRef]] = {}
    for side in Side:
        named = sorted({one.link_id for one in arrived if one.side is side})
        refs = [links[id].ref(side) for id in named]
        staged = session.store.staging.of(pair.name, side, refs)
        waiting[side] = [ref for ref in refs if ref not in staged]
    if most is None or sum(map(len, waiting.values())) <= most:
        for side, refs in waiting.items():
            stage_records(session, pair, side, refs)


def arrived_of(
    pair: BoundPair, waiting: Mapping[tuple[int, str], WaitingReference]
) -> dict[int, list[str]]:
    """Name the fields, by link, that wait for a record which has a counterpart by now."""
    refers = {rule.name: one for rule, one in references_of(pair)}
    found: dict[int, list[str]] = {}
    for (link_id, name), one in waiting.items():
        # A field that is no reference any more waits for nothing.
        if name not in refers or refers[name].counterpart(one.side, one.id) is not None:
            found.setdefault(link_id, []).append(name)
    return found


def _arrived(
    session: Session, pair: BoundPair, *, made_in: int | None
) -> Iterator[WaitingReference]:
    asked = set()
    for _, refers in references_of(pair):
        if refers.pair in asked:
            continue
        asked.add(refers.pair)
        for side in Side:
            yield from session.store.references.ready(
                pair.name,
                refers=refers.pair,
                side=side,
                objects=refers.objects[side],
                made_in=made_in,
            )


def with_arrivals(pair: BoundPair, items: Sequence[Item]) -> list[Item]:
    """Give items with the references filled in whose record got a counterpart since the plan.

    Pairs are applied in the order of their references, so most that waited has come by then.
    """
    referring = {rule.name: refers for rule, refers in references_of(pair)}
    if not any(item.waiting for item in items):
        return list(items)
    for name, refers in referring.items():
        for side in Side:
            refers.load(
                side.other,
                {
                    one.id
                    for item in items
                    for one in item.waiting
                    if one.name == name and one.side is side
                },
            )
    return [_with_arrivals(item, referring) for item in items]


def _with_arrivals(item: Item, referring: Mapping[str, Referred]) -> Item:
    writes: list[FieldWrite] = []
    settled: dict[str, tuple[Native, Native]] = {}
    left: list[Waiting] = []
    for one in item.waiting:
        new = referring[one.name].counterpart(one.side.other, one.id)
        if new is None or (one.apart and item.kind is ItemKind.CREATE):
            left.append(one)
        elif new == one.old:
            pair = (one.id, new) if one.side is Side.RIGHT else (new, one.id)
            settled[one.name] = pair
        else:
            writes.append(one.written(new))
    if len(left) == len(item.waiting):
        return item
    decided = {write.name for write in writes} | settled.keys()
    return replace(
        item,
        writes=(*item.writes, *writes),
        settled={**item.settled, **settled},
        # What is written is seen when it is done; until then a run that is cut off finds it again.
        seen={name: values for name, values in item.seen.items() if name not in decided}
        if item.kind is not ItemKind.CREATE
        else item.seen,
        waiting=tuple(left),
    )
