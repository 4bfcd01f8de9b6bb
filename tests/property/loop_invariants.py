"""What must always hold in the loop, as checks that say what broke."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mappings.bound import BoundPair
from sync.domain.record import Native, RecordRef, Side
from sync.domain.rules import BlankRule, FieldRule, Referred, Trouble
from sync.domain.store import AuditEntry, Link, LinkState, RecordState
from tests.property.loop_project import KINDS, TEXTS
from tests.property.loop_world import Entry, LoopWorld, ends_of

__all__ = ["agree", "broken", "look"]

_VANISHED = "its counterpart vanished while it was read"

#: Said of what a record became that was unlinked: it is not created again, and waits for nobody.
_REMEMBERED = "it is remembered, not created"

#: The states of records that are left alone since others share their match key, or by a rule.
_WAITING = (RecordState.HELD, RecordState.LEFT_OUT)


@dataclass(slots=True)
class _Open:
    """The items that wait for a person or another try, and the links there are."""

    world: LoopWorld
    held: set[tuple[int | None, str]] = field(default_factory=set)
    failed: set[tuple[int | None, str]] = field(default_factory=set)
    records: set[tuple[str, Side, RecordRef]] = field(default_factory=set)
    links: dict[str, dict[tuple[Side, RecordRef], Link]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        findings = self.world.store.findings
        for conflict in findings.conflicts():
            self.held.add((conflict.link_id, conflict.field))
            self.records |= {(conflict.pair, side, ref) for side, ref in conflict.records}
        for error in findings.errors():
            self.failed.add((error.link_id, error.field))
            for side, ref in ((error.side, error.ref), (error.side.other, error.origin)):
                if ref is not None:
                    self.records.add((error.pair, side, ref))
        self.links = {pair: self.world.links(pair) for pair in self.world.pairs}

    def waits(self, link: Link, name: str) -> bool:
        """Tell whether a field of a link, or the link as a whole, waits."""
        places = {(link.id, name), (link.id, "")}
        return bool(places & (self.held | self.failed))

    def open_links(self, pair: str) -> list[Link]:
        """List the links over which fields travel."""
        found = {link.id: link for link in self.links[pair].values()}
        return [link for _, link in sorted(found.items()) if link.state is LinkState.OPEN]


def broken(world: LoopWorld, *, compared: bool) -> dict[str, list[str]]:
    """Name each invariant that does not hold, with what shows it.

    What only a full comparison can see is looked for once both sides were `compared`.
    """
    items = _Open(world)
    found = {
        "I1 convergence": list(_differing(items)) + list(_misplaced(items)),
        "I2 no silent loss": list(_lost(items)),
        "I3 no duplicates": duplicates(world),
        "I4 least writing": [one for crm in world.watched.values() for one in crm.faults],
        "I5 nobody forgotten": list(_stranded(items, compared=compared)),
    }
    if compared:
        found["links of the gone"] = list(_astray(items))
    return {name: what for name, what in found.items() if what}


# --- I1 -------------------------------------------------------------------------------------------


def _differing(items: _Open) -> Iterator[str]:
    world = items.world
    for pair in world.pairs.values():
        for link in items.open_links(pair.name):
            if not all(world.lives(side, link.ref(side)) for side in Side):
                continue
            for rule in pair.rules:
                if items.waits(link, rule.name) or agree(world, rule, link):
                    continue
                values = {side: world.value(side, link.ref(side), rule) for side in Side}
                if _may_differ(items, rule, link, values):
                    continue
                yield (
                    f"{pair.name}.{rule.name} of {link.left.id} and {link.right.id}: "
                    f"{values[Side.LEFT]!r} and {values[Side.RIGHT]!r}"
                )


def _may_differ(items: _Open, rule: FieldRule, link: Link, values: dict[Side, Native]) -> bool:
    if not all(rule.native_name(side, link.ref(side).object_name) for side in Side):
        return True
    if rule.arrow.source is not None:
        return True  # only what is edited there travels
    if rule.blank is BlankRule.KEEP and None in values.values():
        return True
    return rule.refers is not None and any(
        value is not None and not _leads(items, rule, side, value) for side, value in values.items()
    )


def _leads(items: _Open, rule: FieldRule, side: Side, value: str) -> bool:
    """Tell whether a reference names a record that the other side knows."""
    assert rule.refers is not None
    links = items.links[rule.refers.pair]
    refs = [RecordRef(name, value) for name in rule.refers.objects[side]]
    states = [links[side, ref].state for ref in refs if (side, ref) in links]
    return any(state in (LinkState.OPEN, LinkState.OUTSIDE) for state in states)


def agree(world: LoopWorld, rule: FieldRule, link: Link) -> bool:
    """Tell whether both sides of a link hold the same, as the mapping carries it either way."""
    now = {side: world.value(side, link.ref(side), rule) for side in Side}
    normal = {side: rule.codec.normal(side, now[side]) for side in Side}
    if None in normal.values():
        return normal[Side.LEFT] == normal[Side.RIGHT]
    for side in Side:
        other = link.ref(side.other).object_name
        carried = rule.codec.carry(side, now[side], object_name=other)
        if carried is None or isinstance(carried, Trouble):
            continue
        if rule.codec.normal(side.other, carried) == normal[side.other]:
            return True
    return False


def _misplaced(items: _Open) -> Iterator[str]:
    """Give the rows whose counterpart ties others, by the links of what they tie."""
    world = items.world
    for pair in world.pairs.values():
        if pair.relation is None:
            continue
        for link in items.open_links(pair.name):
            if not all(world.lives(side, link.ref(side)) for side in Side):
                continue
            left, right = (ends_of(world, side, link.ref(side)) for side in Side)
            for rule, one, other in zip(pair.relation.ends, left, right, strict=True):
                assert rule.refers is not None
                if _is_held(items, rule.refers, one, other):
                    continue
                rule.refers.forget()
                across = rule.refers.counterpart(Side.LEFT, one)
                if across is not None and across != other:
                    yield f"{pair.name} {link.left.id} ties {one}, {link.right.id} ties {other}"


def _is_held(items: _Open, refers: Referred, left: str, right: str) -> bool:
    """Tell whether a person must say first who is who."""
    ids = {Side.LEFT: left, Side.RIGHT: right}
    return any(
        (refers.pair, side, RecordRef(name, id)) in items.records
        for side, id in ids.items()
        for name in refers.objects[side]
    )


# --- I2 -------------------------------------------------------------------------------------------


def look(world: LoopWorld) -> None:
    """Note which of the values people entered both sides hold now."""
    links = {pair: world.links(pair) for pair in world.pairs}
    for (side, ref, name), entry in world.entries.items():
        if entry.reached or not world.lives(side, ref):
            continue
        pair = _pair_of(world, ref.object_name)
        link = links[pair.name].get((side, ref))
        if link is None or not world.lives(side.other, link.ref(side.other)):
            continue
        rule = pair.rule(name)
        if not rule.native_name(side, ref.object_name):
            continue
        own = rule.codec.normal(side, world.value(side, ref, rule))
        if own == rule.codec.normal(side, entry.value):
            entry.reached = agree(world, rule, link)


def _lost(items: _Open) -> Iterator[str]:
    world = items.world
    for (side, ref, name), entry in world.entries.items():
        rule = _pair_of(world, ref.object_name).rule(name)
        if not world.lives(side, ref) or not rule.native_name(side, ref.object_name):
            continue
        if not _is_accounted_for(world, side, ref, rule, entry):
            now = world.value(side, ref, rule)
            yield f"{name} of {ref.id}: {entry.value!r} was entered and is {now!r} now"


def _is_accounted_for(
    world: LoopWorld, side: Side, ref: RecordRef, rule: FieldRule, entry: Entry
) -> bool:
    now = rule.codec.normal(side, world.value(side, ref, rule))
    entered = rule.codec.normal(side, entry.value)
    if entry.reached or now == entered:
        return True
    if entered is None and (rule.blank is not BlankRule.CLEAR or not _has_link(world, ref, entry)):
        return True  # emptying a field asks for nothing then, and a value wins over a blank
    if entered is None and len(entry.ids) > 1:
        return True  # what is blank where a link goes over to is filled as at first linking
    return any(
        row.id > entry.since
        and _tells_of(
            row.entry,
            side,
            rule,
            entered,
            came=len(entry.ids) > 1
            or _has_swallowed(world, side, ref)
            or _was_linked_again(world, entry),
        )
        for link in _links_ever(world, entry)
        for row in world.store.queries.audit_of_link(link.id)
    )


def _has_link(world: LoopWorld, ref: RecordRef, entry: Entry) -> bool:
    """Tell whether a record still has the link it had as a value was entered in it.

    One that was linked anew since then met another record for the first time.
    """
    pair = _pair_of(world, ref.object_name).name
    now = world.links(pair)
    found = {link.id for (_, at), link in now.items() if at == ref}
    return entry.link is not None and (not found or entry.link in found)


def _links_ever(world: LoopWorld, entry: Entry) -> list[Link]:
    found = (link for id in entry.ids for link in world.store.queries.find_links(id))
    return list({link.id: link for link in found}.values())


def _tells_of(
    row: AuditEntry,
    side: Side,
    rule: FieldRule,
    entered: Native,
    *,
    came: bool,
) -> bool:
    """Tell whether the audit says what became of a value."""
    if row.field != rule.name:
        return False
    if row.overruled_side is side and rule.codec.normal(side, row.overruled) == entered:
        return True
    if row.side is side.other:
        return rule.codec.normal(side, row.origin) == entered
    # Entered in a record a link came to by a merge or conversion, or came back to, where it was
    # agreed on already.
    return came and row.side is side and rule.codec.normal(side, row.before) == entered


def _has_swallowed(world: LoopWorld, side: Side, ref: RecordRef) -> bool:
    """Tell whether others live on as a record: merged into it, or converted while it was there."""
    return bool(world.rows(side, ref.object_name)[ref.id].aliases) or any(
        row.frozen and row.successor == ref
        for name in world.objects(side)
        for row in world.rows(side, name).values()
    )


def _was_linked_again(world: LoopWorld, entry: Entry) -> bool:
    """Tell whether a value was entered while the link was closed, and that is open again (R13).

    Both sides may have agreed on that very value before, so that entering it there is no edit.
    """
    return entry.link is None and any(
        row.id > entry.since and row.entry.kind == LinkState.OPEN
        for link in _links_ever(world, entry)
        for row in world.store.queries.audit_of_link(link.id)
    )


def _pair_of(world: LoopWorld, object_name: str) -> BoundPair:
    return next(
        world.pairs[pair]
        for pair, objects in KINDS.items()
        if any(object_name in names for names in objects.values())
    )


# --- I3 -------------------------------------------------------------------------------------------


def duplicates(world: LoopWorld) -> list[str]:
    """List the records that were made more than once, and rows made beside others."""
    found = [
        f"{marker} of {pair} was made {count} times on the {side}"
        for (pair, side, marker), count in world.made.items()
        if count > 1 or str(marker).startswith(side.value)
    ]
    return found + world.twice


# --- I5 -------------------------------------------------------------------------------------------


def _stranded(items: _Open, *, compared: bool) -> Iterator[str]:
    world = items.world
    for pair in world.pairs:
        for side in Side:
            refs = world.records(pair, side)
            closed = world.store.links.closed_of(pair, side, refs)
            known = world.store.records.get(pair, side, refs)
            for ref in refs:
                if (side, ref) in items.links[pair] or ref in closed:
                    continue
                if (
                    ref in known
                    and known[ref].state in _WAITING
                    and _REMEMBERED not in known[ref].why
                    and _is_alone(world, pair, side, ref)
                ):
                    yield f"{ref.object_name} {ref.id} waits beside nobody: {known[ref].why}"
                if (pair, side, ref) in items.records or _waits_for_an_end(items, pair, side, ref):
                    continue
                why = known[ref].why if ref in known else "was never seen"
                if why == _VANISHED and not compared:
                    continue
                if not why or why == "was never seen" or why == _VANISHED:
                    yield f"{ref.object_name} {ref.id}: {why or 'has no link'}"


def _is_alone(world: LoopWorld, pair: str, side: Side, ref: RecordRef) -> bool:
    """Tell whether no other record shares the match key of one, and it names none by its id."""
    if world.pairs[pair].relation is not None or world.purged:
        return False
    id_field = world.pairs[pair].key_fields.get((side, ref.object_name))
    if id_field is not None and world.values(side, ref)[id_field]:
        return False
    if _was_converted_there(world, pair, side, ref):
        return False
    key = _match_key(world, side, ref)
    return key != "" and not any(
        _match_key(world, at, other) == key
        for at in Side
        for other in world.records(pair, at)
        if (at, other) != (side, ref)
    )


def _was_converted_there(world: LoopWorld, pair: str, side: Side, ref: RecordRef) -> bool:
    """Tell whether what was made from a record is converted: with its id, it is another's (R18)."""
    return any(
        row.frozen
        and not row.gone
        and world.values(end, RecordRef(name, row.id))[id_field] == ref.id
        for (end, name), id_field in world.pairs[pair].key_fields.items()
        if end is side.other
        for row in world.rows(end, name).values()
    )


def _match_key(world: LoopWorld, side: Side, ref: RecordRef) -> str:
    field = next(iter(TEXTS[ref.object_name]))
    return (world.values(side, ref)[field] or "").lower()


def _waits_for_an_end(items: _Open, pair: str, side: Side, ref: RecordRef) -> bool:
    """Tell whether a row ties somebody or something that is not linked yet."""
    relation = items.world.pairs[pair].relation
    if relation is None:
        return False
    ends = zip(relation.ends, ends_of(items.world, side, ref), strict=True)
    return not all(_leads(items, rule, side, id) for rule, id in ends)


def _astray(items: _Open) -> Iterator[str]:
    world = items.world
    for pair in world.pairs:
        for link in items.open_links(pair):
            gone = [link.ref(side).id for side in Side if not world.lives(side, link.ref(side))]
            if gone and not items.waits(link, ""):
                yield f"link {link.id} of {pair} is open, and {gone} is gone"
