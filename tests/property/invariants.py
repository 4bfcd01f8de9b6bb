"""What must always hold between two CRMs, as checks that say what broke."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sync.domain.record import RecordRef, Side
from sync.domain.rules import BlankRule, FieldRule
from sync.domain.store import Link, LinkState
from tests.property.ledger import Entry, agree
from tests.property.world import World

__all__ = ["astray", "differing", "duplicates", "lost", "stale", "stranded"]

_VANISHED = "its counterpart vanished while it was read"


def differing(world: World) -> list[str]:
    """I1: list the fields of links on which the two sides differ without any reason."""
    held = {(one.link_id, one.field) for one in world.store.findings.conflicts()}
    failed = {(one.link_id, one.field) for one in world.store.findings.errors()}
    found = []
    for link in world.open_links():
        if not all(world.lives(side, link.ref(side)) for side in Side):
            continue
        for rule in world.pair.rules:
            if (link.id, rule.name) in held or {(link.id, rule.name), (link.id, "")} & failed:
                continue
            if not _is_held_on_both(rule, link) or agree(world, rule, link):
                continue
            if _is_apart(world, rule, link):
                continue
            values = [world.value(side, link.ref(side), rule.name) for side in Side]
            found.append(
                f"{rule.name} of {link.left.id} and {link.right.id}: "
                f"{values[0]!r} and {values[1]!r}"
            )
    return found


def _is_held_on_both(rule: FieldRule, link: Link) -> bool:
    return all(rule.native_name(side, link.ref(side).object_name) for side in Side)


def _is_apart(world: World, rule: FieldRule, link: Link) -> bool:
    """Tell whether a rule keeps a field apart."""
    source = rule.arrow.source
    if source is not None:
        return _is_apart_one_way(world, rule, link, source)
    if rule.blank is not BlankRule.KEEP:
        return False
    for side in Side:
        value = world.value(side, link.ref(side), rule.name)
        if rule.codec.normal(side, value) is None:
            # Only what a person emptied stays empty.
            last = world.ledger.last(side, link.ref(side), rule.name)
            return last is not None and rule.codec.normal(side, last.value) is None
    return False


def _is_apart_one_way(world: World, rule: FieldRule, link: Link, source: Side) -> bool:
    """A one-way field need not agree unless its source was the last that was edited."""
    given = world.ledger.last(source, link.ref(source), rule.name)
    if given is None or given.value is None or not given.linked:
        return True
    target = world.ledger.last(source.other, link.ref(source.other), rule.name)
    return target is not None and target.since >= given.since and rule.protect is not source


def lost(world: World) -> list[str]:
    """I2: list the values people entered that are nowhere and nobody was told."""
    return [
        f"{entry.name} of {entry.ref.id}: {entry.value!r} was entered and is "
        f"{world.value(entry.side, entry.ref, entry.name)!r} now"
        for entry in world.ledger.entries()
        if world.lives(entry.side, entry.ref)
        and world.pair.has_rule(entry.name)
        and not _is_accounted_for(world, entry)
    ]


def _is_accounted_for(world: World, entry: Entry) -> bool:
    rule = world.pair.rule(entry.name)
    now = world.value(entry.side, entry.ref, entry.name)
    entered = rule.codec.normal(entry.side, entry.value)
    if entry.reached or rule.codec.normal(entry.side, now) == entered:
        return True
    if entered is None and (rule.blank is not BlankRule.CLEAR or not entry.linked):
        return True  # emptying a field asks for nothing then, and a value wins over a blank
    for row in world.ledger.traces(world, entry):
        trace = row.entry
        if trace.overruled_side is entry.side:
            if rule.codec.normal(entry.side, trace.overruled) == entered:
                return True
        elif (
            trace.side is entry.side.other
            and rule.codec.normal(entry.side, trace.origin) == entered
        ):
            return True
    return False


def duplicates(world: World) -> list[str]:
    """I3: list the people who were made more than once on the other side."""
    made = Counter(
        (side, world.value(side, ref, "marker"))
        for side in Side
        for ref in _all_ever(world, side)
        if (side, ref) not in world.ledger.entered
    )
    known = world.ledger.markers
    return [
        f"{marker} was made {count} times on the {side}"
        for (side, marker), count in made.items()
        if count > 1 or marker not in known or marker.startswith(side.value)
    ]


def _all_ever(world: World, side: Side) -> Iterator[RecordRef]:
    for name, table in world.crms[side].records.tables.items():
        for id in table.rows:
            yield RecordRef(name, id)


def stranded(world: World, *, compared: bool) -> list[str]:
    """I5: list the records that are neither linked, held, in error nor left out by a rule.

    What matches a record that is gone waits for the full comparison to say so.
    """
    store, pair = world.store, world.pair.name
    held = {one for conflict in store.findings.conflicts() for one in conflict.records}
    failed = {
        (side, ref)
        for error in store.findings.errors()
        for side, ref in ((error.side, error.ref), (error.side.other, error.origin))
        if ref is not None
    }
    found = []
    for side in Side:
        refs = world.records(side)
        links = store.links.of(pair, side, refs)
        closed = store.links.closed_of(pair, side, refs)
        known = store.records.get(pair, side, refs)
        for ref in refs:
            if ref in links or ref in closed or {(side, ref)} & (held | failed):
                continue
            why = known[ref].why if ref in known else "was never seen"
            if why == _VANISHED and not compared:
                continue
            if "the pair has no create." in why and not world.variant.lines.creates:
                continue
            if "stands beside" not in why and not why.startswith("create."):
                found.append(f"{ref.object_name} {ref.id}: {why or 'has no link'}")
    return found


def astray(world: World) -> list[str]:
    """List the links that claim to be open although a record of theirs is gone."""
    return [
        f"link {link.id} of {link.left.id} and {link.right.id} is {link.state}"
        for link in world.links()
        if link.state is LinkState.OPEN
        and not all(world.lives(side, link.ref(side)) for side in Side)
    ]


def stale(world: World) -> list[str]:
    """List the open items about fields that agree."""
    findings = world.store.findings
    open_items = [(one.link_id, one.field) for one in findings.conflicts()]
    open_items += [(one.link_id, one.field) for one in findings.errors()]
    return [
        f"{name} of {link.left.id} and {link.right.id} is waiting, and both sides agree"
        for link in world.open_links()
        for link_id, name in open_items
        if link_id == link.id
        and name
        and _is_held_on_both(rule := world.pair.rule(name), link)
        and agree(world, rule, link)
    ]
