"""What people decided on held items: looked at in the next run, and carried out if it still holds.

On a field it is a value, on a deletion the side that is right, and on a group which two of its
records are one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.match import Match, MatchKind
from sync.domain.record import RecordRef, Side, native_moment
from sync.domain.resolutions import Resolution, Take
from sync.domain.store import Link, Sighting
from sync.engine.session import Session
from sync.engine.settle import stage_records

__all__ = [
    "chosen_links",
    "decided_deletion",
    "is_edited_since",
    "stage_resolved",
    "take_resolved",
]

#: Why two records are linked that a person chose.
_CHOSEN = "a person said that the two are one"


def stage_resolved(session: Session, pair: BoundPair) -> None:
    """Stage the records about which people decided, as both CRMs hold them now."""
    found = session.store.resolutions.of_pair(pair.name)
    by_link: dict[int, dict[str, Resolution]] = {}
    for one in found:
        if one.link_id is not None and (not one.field or pair.has_rule(one.field)):
            by_link.setdefault(one.link_id, {})[one.field] = one
    session.resolved[pair.name] = by_link
    session.chosen[pair.name] = [one for one in found if one.take is Take.LINK]
    if not found:
        return
    links = session.store.links.by_id(sorted(by_link))
    for side in Side:
        refs = [link.ref(side) for link in links.values()]
        refs += [ref for one in session.chosen[pair.name] if (ref := one.chosen(side)) is not None]
        staged = session.store.staging.of(pair.name, side, refs)
        stage_records(session, pair, side, [ref for ref in refs if ref not in staged])


def take_resolved(
    session: Session,
    pair: BoundPair,
    link_id: int,
    names: Collection[str],
    *,
    side: Side | None = None,
) -> list[str]:
    """Name the fields of a link, of these ones, on which people decided; now it is done.

    On one side, or (None) as a whole. Once no side is due, a later pass of the same run goes by
    what the CRMs hold then.
    """
    decided = session.resolved.get(pair.name, {}).get(link_id, {})
    found = [name for name in names if name in decided]
    for name in found:
        one = decided.pop(name)
        if side is not None and (due := one.due - {side}):
            decided[name] = replace(one, due=due)
    return found


def decided_deletion(session: Session, pair: BoundPair, link: Link) -> Resolution | None:
    """Give what a person decided about a record deleted here and edited there."""
    return session.resolved.get(pair.name, {}).get(link.id, {}).get("")


def is_edited_since(decided: Resolution, survivor: Sighting | None) -> bool:
    """Tell whether the record that is left moved after a person looked at it."""
    if survivor is None:
        return False
    return decided.seen(survivor.side) != native_moment(survivor.record.stamp)


def chosen_links(session: Session, pair: BoundPair) -> Mapping[tuple[Side, RecordRef], Match]:
    """Give the counterpart a person chose, by record; none where one of the two is linked now."""
    found: dict[tuple[Side, RecordRef], Match] = {}
    for one in session.chosen.get(pair.name, ()):
        left, right = one.chosen(Side.LEFT), one.chosen(Side.RIGHT)
        if left is None or right is None:
            continue
        links = session.store.links
        if links.of(pair.name, Side.LEFT, [left]) or links.of(pair.name, Side.RIGHT, [right]):
            continue
        for side, ref, partner in ((Side.LEFT, left, right), (Side.RIGHT, right, left)):
            found[side, ref] = Match(
                kind=MatchKind.LINK, partner=partner, why=_CHOSEN, group=one.group
            )
    return found
