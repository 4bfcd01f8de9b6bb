"""Deciding what becomes of records that have no link yet: linked, created, held or left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.match import Match, MatchKind, Prefer, resolve_match
from sync.domain.plan import Item, ItemKind
from sync.domain.record import RecordRef, Side
from sync.domain.store import RecordState, Sighting, SightingKind
from sync.engine.courses import HEIR_OF_UNLINKED
from sync.engine.goings import REMEMBERED
from sync.engine.groups import Groups
from sync.engine.newcomers import item_alone, left_out
from sync.engine.reconcile import link_item
from sync.engine.references import load_named
from sync.engine.resolutions import chosen_links
from sync.engine.session import Session
from sync.engine.sight import refs_of, sight, was_there
from sync.engine.ties import confirmed

__all__ = ["look_again", "resolve_unlinked"]

#: Why a record is left alone that a remembered one was merged into (R9).
_NAMES_DELETED = "the record it was linked to by its id is deleted; it is remembered, not created"

#: Why a record is left alone that a merge made of a remembered one (R9). What else is said of it
#: goes before: it stays one that is not created, however long it was held or left out by a rule.
_INHERITED = "made by a merge of a record that was unlinked before; it is remembered, not created"


def resolve_unlinked(session: Session, pair: BoundPair) -> Iterator[Item]:
    """Give one item for each unlinked record staged, in an order no page size changes."""
    for chunk in session.store.staging.unlinked(pair.name, size=session.settings.chunk):
        yield from _resolve_chunk(session, pair, chunk)


def look_again(session: Session, pair: BoundPair, *, beside_staged: bool = True) -> None:
    """Stage the unlinked records whose group changed, although they themselves did not.

    Those beside staged ones, unless these were looked at before, and those beside vacated keys.
    """
    vacated = sorted(session.vacated.pop(pair.name, set()))
    find = session.store.records.beside_staged if beside_staged else session.store.records.beside
    waiting = {side: find(pair.name, side, vacated) for side in Side}
    for side, found in waiting.items():
        _stage_by_id(session, pair, side, sorted(found, key=lambda ref: ref.id))


def _stage_by_id(session: Session, pair: BoundPair, side: Side, refs: Sequence[RecordRef]) -> None:
    for object_name in pair.objects[side]:
        ids = [ref.id for ref in refs if ref.object_name == object_name]
        if not ids:
            continue
        fields = pair.native_fields(side, object_name)
        records = list(session.crms[side].fetch(object_name, ids, fields))
        session.store.staging.add(pair.name, sight(session, pair, side, records))


def _resolve_chunk(session: Session, pair: BoundPair, chunk: Sequence[Sighting]) -> Iterator[Item]:
    groups = Groups(session, pair, chunk)
    remembered = {
        side: session.store.links.closed_of(
            pair.name, side, refs_of(one for one in chunk if one.side is side)
        )
        for side in Side
    }
    came = _came(session, pair, chunk)
    matches: list[tuple[Sighting, Match]] = []
    chosen = chosen_links(session, pair)
    for one in chunk:
        was_linked = one.record.ref in remembered[one.side]
        came_by = came.get((one.side, one.record.ref), "")
        match = resolve_match(groups.member(one), groups.of(one), prefer=_prefer(pair))
        if one.included and (one.side, one.record.ref) in chosen:
            matches.append((one, chosen[one.side, one.record.ref]))
        elif was_linked and not (one.included and _returns(session, pair, one, match)):
            yield left_out(pair, one, why=REMEMBERED)
        elif not one.included:
            yield left_out(pair, one, why=_with_why(one.why, came_by))
        elif match.kind is MatchKind.ALONE and groups.names_deleted(one):
            yield left_out(pair, one, why=_with_why(_NAMES_DELETED, came_by))
        elif match.kind is MatchKind.ALONE and came_by:
            yield left_out(pair, one, why=came_by)
        else:
            matches.append((one, match))
    partners, brought = _partners(session, pair, matches)
    matches, partners = _as_tied(session, pair, matches, partners)
    mutual = Groups(session, pair, list(partners.values()))
    for one, found in matches:
        # Two that a person chose need not find each other by any rule.
        by_hand = (one.side, one.record.ref) in chosen
        match = found if by_hand else _mutual(pair, one, found, partners, mutual)
        item = _item(session, pair, one, match, partners=partners, brought=brought)
        if item is not None and item.kind in (ItemKind.HOLD, ItemKind.LEAVE_OUT):
            came_by = came.get((one.side, one.record.ref), "")
            yield replace(item, why=_with_why(item.why, came_by))
        elif item is not None:
            yield item


def _with_why(why: str, came_by: str) -> str:
    """Say, of a record that is left alone, also what it is remembered for."""
    return f"{why}; {came_by}" if came_by else why


def _came(
    session: Session, pair: BoundPair, chunk: Sequence[Sighting]
) -> dict[tuple[Side, RecordRef], str]:
    """Give why records are not created that are new by their id only."""
    return dict.fromkeys(_converted(session, pair, chunk), HEIR_OF_UNLINKED) | dict.fromkeys(
        _inherited(session, pair, chunk), _INHERITED
    )


def _inherited(
    session: Session, pair: BoundPair, chunk: Sequence[Sighting]
) -> set[tuple[Side, RecordRef]]:
    """Give the records that are new by their id only: a merge made them of a remembered one."""
    found: set[tuple[Side, RecordRef]] = set()
    for side in Side:
        heirs = {
            RecordRef(one.record.ref.object_name, alias): one.record.ref
            for one in chunk
            if one.side is side
            for alias in one.record.aliases
        }
        if not heirs:
            continue
        closed = session.store.links.closed_of(pair.name, side, list(heirs))
        known = session.store.records.get(pair.name, side, list(heirs.values()))
        found.update(
            (side, heirs[ref])
            for ref in closed
            if heirs[ref] not in known or known[heirs[ref]].why.endswith(_INHERITED)
        )
    return found


def _converted(
    session: Session, pair: BoundPair, chunk: Sequence[Sighting]
) -> set[tuple[Side, RecordRef]]:
    """Give the records that are new by their id only: a remembered one was converted into them."""
    found: set[tuple[Side, RecordRef]] = set()
    for side in Side:
        mine = [one for one in chunk if one.side is side]
        if not mine or len(pair.objects[side]) == 1:
            continue  # nothing can be converted
        known = session.store.records.get(pair.name, side, refs_of(mine))
        for one in mine:
            ref = one.record.ref
            at = session.converted.get((pair.name, side, ref))
            came = at is not None and not was_there(one.record, converted_at=at)
            why = known[ref].why if ref in known else ""
            if why.endswith(HEIR_OF_UNLINKED) or (came and not why):
                found.add((side, ref))
    return found


def _as_tied(
    session: Session,
    pair: BoundPair,
    matches: Sequence[tuple[Sighting, Match]],
    partners: Mapping[tuple[Side, RecordRef], Sighting],
) -> tuple[list[tuple[Sighting, Match]], Mapping[tuple[Side, RecordRef], Sighting]]:
    """Give what is to be linked or created with its associations as they are now."""
    acting = [
        one
        for one, match in matches
        if match.kind is MatchKind.LINK
        or (match.kind is MatchKind.ALONE and pair.creates(one.side.other))
    ]
    told = confirmed(session, pair, [*acting, *partners.values()])
    load_named(pair, told)
    fresh = {(one.side, one.record.ref): one for one in told}
    return (
        [(fresh.get((one.side, one.record.ref), one), match) for one, match in matches],
        {at: fresh.get(at, one) for at, one in partners.items()},
    )


def _meets_newcomer(session: Session, pair: BoundPair, one: Sighting, match: Match) -> bool:
    """Tell whether a record that was unlinked is matched by one that never was linked.

    It is not created again; yet a record somebody made for it since is its counterpart.
    """
    if match.partner is None:
        return False
    return not session.store.links.closed_of(pair.name, one.side.other, [match.partner])


def _returns(session: Session, pair: BoundPair, one: Sighting, match: Match) -> bool:
    """Tell whether a record that was unlinked is to be linked or made again all the same."""
    return _meets_newcomer(session, pair, one, match) or _is_back(session, pair, one, match)


def _is_back(session: Session, pair: BoundPair, one: Sighting, match: Match) -> bool:
    """Tell whether a row of a list that was taken away is there again, or on both sides."""
    if pair.relation is None:
        return False
    ref = one.record.ref
    known = session.store.records.get(pair.name, one.side, [ref]).get(ref)
    was_gone = known is not None and known.state is RecordState.GONE
    return was_gone or match.kind is MatchKind.LINK


def _mutual(
    pair: BoundPair,
    one: Sighting,
    match: Match,
    partners: Mapping[tuple[Side, RecordRef], Sighting],
    groups: Groups,
) -> Match:
    """Link only where the partner, by its own groups, is to be linked to this very record."""
    if match.partner is None:
        return match
    partner = partners.get((one.side.other, match.partner))
    if partner is None or partner.kind is not SightingKind.NEW:
        return match
    back = resolve_match(groups.member(partner), groups.of(partner), prefer=_prefer(pair))
    if back.kind is MatchKind.LINK and back.partner == one.record.ref:
        return match
    return Match(
        kind=MatchKind.HOLD,
        why="its counterpart is held, or matches another record by a stronger rule",
        group=back.group or match.group,
        others=(groups.member(partner),),
    )


def _prefer(pair: BoundPair) -> Prefer | None:
    return Prefer(pair.prefer) if pair.prefer else None


def _partners(
    session: Session, pair: BoundPair, matches: Sequence[tuple[Sighting, Match]]
) -> tuple[Mapping[tuple[Side, RecordRef], Sighting], frozenset[tuple[Side, RecordRef]]]:
    """Get the sightings of the records to link to: as staged, else read now.

    The second part names those that are staged as new themselves, and so bring the same link.
    """
    found: dict[tuple[Side, RecordRef], Sighting] = {}
    brought: set[tuple[Side, RecordRef]] = set()
    for side in Side:
        refs = [match.partner for one, match in matches if match.partner and one.side.other is side]
        if not refs:
            continue
        staged = session.store.staging.of(pair.name, side, refs)
        found.update({(side, ref): one for ref, one in staged.items()})
        brought.update(
            (side, ref)
            for ref, one in staged.items()
            if one.kind is SightingKind.NEW and one.included
        )
        for object_name in pair.objects[side]:
            ids = [ref.id for ref in refs if ref not in staged and ref.object_name == object_name]
            if ids:
                fields = pair.native_fields(side, object_name)
                records = list(session.crms[side].fetch(object_name, ids, fields))
                for one in sight(session, pair, side, records):
                    found[side, one.record.ref] = one
    return found, frozenset(brought)


def _item(
    session: Session,
    pair: BoundPair,
    one: Sighting,
    match: Match,
    *,
    partners: Mapping[tuple[Side, RecordRef], Sighting],
    brought: frozenset[tuple[Side, RecordRef]],
) -> Item | None:
    match match.kind:
        case MatchKind.LINK:
            assert match.partner is not None
            partner = partners.get((one.side.other, match.partner))
            if partner is None:
                return _held(pair, one, match, why=_missing(match.partner))
            if partner.record.gone:
                return left_out(pair, one, why="its counterpart vanished while it was read")
            if one.side is Side.RIGHT and (partner.side, match.partner) in brought:
                return None  # the left record brings the same link
            left, right = (one, partner) if one.side is Side.LEFT else (partner, one)
            return link_item(session, pair, left, right, group=match.group)
        case MatchKind.HOLD:
            return _held(pair, one, match, why=match.why)
        case MatchKind.LISTED | MatchKind.LEFT_OUT:
            return left_out(pair, one, why=match.why, match=match)
        case MatchKind.ALONE:
            return item_alone(session, pair, one)


def _held(pair: BoundPair, one: Sighting, match: Match, *, why: str) -> Item:
    """Let a record wait for a person, with those it was weighed against."""
    others = [(member.side, member.ref) for member in match.others]
    if match.partner is not None:
        others.append((one.side.other, match.partner))
    return Item(
        pair=pair.name,
        kind=ItemKind.HOLD,
        side=one.side,
        left=one.record.ref if one.side is Side.LEFT else None,
        right=one.record.ref if one.side is Side.RIGHT else None,
        why=why,
        group=match.group,
        others=tuple(others),
    )


def _missing(partner: RecordRef) -> str:
    named = f"{partner.object_name} {partner.id}"
    return f"it matches {named}, which is not found, and no proof that it was deleted"
