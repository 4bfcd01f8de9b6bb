"""Records a run made or deleted, and rows of lists: what of them an undo takes back.

A row only ties two records, so it is taken away again, or put back. A record that was made goes
only where that is asked for by name, nobody has worked on it, and nothing belongs to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mappings.bound import BoundPair
from sync.domain.audit import AuditRow
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Item, ItemKind
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.rules import Referred
from sync.domain.store import Changes, Link, LinkState, RecordState
from sync.domain.undoing import Change, Left, Stays, Untaken, changes_of, same_value
from sync.engine.departures import item_about
from sync.engine.goings import REMEMBERED
from sync.engine.moved_audit import MOVED
from sync.engine.session import Session
from sync.engine.undo_read import Reader

__all__ = ["MADE_OR_GONE", "Archived", "give_up", "leave_alone", "other_doings"]

#: Records one call made count as made at one moment; automations of the CRM come right after.
_AT_ONCE = timedelta(seconds=60)

#: The kinds of audit entries of records that were made, and deleted.
MADE_OR_GONE = ("create", "archive")

_WHY = "undo"

#: Why a row is put back whose counterpart is gone.
_ALONE = "undo; its counterpart stays taken away"

#: Records that an undo archives, which so far are there.
Archived = set[tuple[Side, RecordRef]]


def give_up(
    session: Session,
    reader: Reader,
    rows: Sequence[AuditRow],
    *,
    delete_created: bool,
    archived: Archived,
    left: list[Left],
    stays: Stays,
) -> Iterator[Item]:
    """Give the items that take away what the run made, and put back the rows it took away."""
    last = {
        (row.entry.link_id or 0, row.entry.side): row
        for row in rows
        if row.entry.kind in MADE_OR_GONE and row.entry.side is not None
    }
    if reader.pair.relation is not None:
        for row in last.values():
            yield from _undo_row(reader, row, left)
        return
    made = []
    for row in last.values():
        if row.entry.kind == "archive":
            left.append(_left(row, Untaken.ARCHIVED))
        elif not delete_created:
            stays.add(_left(row, Untaken.CREATED))
        elif (why := _why_kept(reader, row, rows)) is not None:
            left.append(_left(row, why))
        else:
            made.append(row)
    free = _unused(session, reader.pair, made, archived)
    for row in made:
        if _ref(row) in free:
            yield _archive(reader, row)
        else:
            left.append(_left(row, Untaken.IN_USE))


def other_doings(rows: Sequence[AuditRow]) -> Iterator[Left]:
    """Name what else the run did to links, which no undo takes back."""
    words = {
        "link": Untaken.LINKED,
        MOVED: Untaken.FOLLOWED,
        LinkState.CLOSED.value: Untaken.CLOSED,
    }
    for row in rows:
        why = words.get(row.entry.kind)
        if why is not None:
            yield _left(row, why)


def _left(row: AuditRow, why: Untaken) -> Left:
    one = row.entry
    return Left(pair=one.pair, left=one.left, right=one.right, side=one.side, field="", why=why)


def _ref(row: AuditRow) -> tuple[Side, RecordRef]:
    one = row.entry
    assert one.side is not None
    ref = one.left if one.side is Side.LEFT else one.right
    assert ref is not None
    return one.side, ref


def _archive(reader: Reader, row: AuditRow) -> Item:
    link = reader.links[row.entry.link_id or 0]
    item = item_about(reader.pair, link, ItemKind.UNLINK, _WHY, side=row.entry.side)
    return replace(item, archive=True)


# --- records that were made -----------------------------------------------------------------------


def _why_kept(reader: Reader, row: AuditRow, rows: Sequence[AuditRow]) -> Untaken | None:
    """Tell why a record the run made stays although it is to go."""
    side, ref = _ref(row)
    link_id = row.entry.link_id or 0
    if not reader.is_live(link_id):
        return Untaken.UNLINKED
    if reader.links[link_id].ref(side) != ref:
        return Untaken.MOVED
    record = reader.record(link_id, side)
    if record is None:
        return reader.why_gone(link_id, side)
    mine = [one for one in rows if one.entry.link_id == link_id and one.entry.side is side]
    written = changes_of([row, *(one for one in mine if one.entry.kind == "write")])
    if _is_touched(reader, record, side, written) or _is_later(record, row, mine):
        return Untaken.TOUCHED
    return None


def _is_touched(reader: Reader, record: Record, side: Side, written: Sequence[Change]) -> bool:
    """Tell whether a record holds anything else than the run left and the state has seen."""
    link_id = written[0].link_id if written else None
    if any(reader.is_written_since(one) for one in written):
        return True
    shadow = reader.shadows.get((link_id, side)) if link_id is not None else None
    wanted: dict[str, Native] = dict(shadow.seen) if shadow is not None else {}
    wanted.update({one.field: one.after for one in written})
    pair = reader.pair
    region = pair.region(side, record.fields)
    return any(
        not same_value(pair.rule(name), side, now, wanted[name], region=region)
        for name, now in record.fields.items()
        if name in wanted and pair.has_rule(name) and not pair.rule(name).funnel
    )


def _is_later(record: Record, row: AuditRow, mine: Sequence[AuditRow]) -> bool:
    """Tell whether a record was changed after the run had written it last, or may have been.

    By the CRM's own clock: it was made then, and the run went on for so long.
    """
    if record.created is None:
        return True
    run_went_on: timedelta = max(one.at for one in mine) - row.at
    last: datetime = record.created + run_went_on + _AT_ONCE
    return record.stamp > last


def _unused(
    session: Session, pair: BoundPair, made: Sequence[AuditRow], archived: Archived
) -> Archived:
    """Give those of the records nothing belongs to but what goes as well; they are `archived` then.

    Some CRMs delete what belongs to a record together with it.
    """
    free = {_ref(row) for row in made}
    while free:
        used = {
            (side, RecordRef(name, id))
            for side, users, ids in _users(session, pair, free)
            for user in users
            if (side, user.ref) not in archived | free
            for name in pair.objects[side]
            for id in user.fields.values()
            if id is not None and id in ids
        } & free
        if not used:
            break
        free -= used
    archived |= free
    return free


def _users(
    session: Session, pair: BoundPair, refs: Collection[tuple[Side, RecordRef]]
) -> Iterator[tuple[Side, Iterable[Record], set[str]]]:
    """Read the records that name one of these, by side, with the ids that were looked for."""
    for other in session.pairs:
        for rule in other.rules:
            if rule.refers is None or rule.refers.pair != pair.name:
                continue
            if other.relation is not None and rule is not other.relation.owner:
                continue  # rows are found by what they belong to
            for (side, name), native in rule.names.items():
                ids = sorted(ref.id for at, ref in refs if at is side)
                if ids and (side, name) not in rule.apart:
                    found = list(session.crms[side].find(name, native, ids, (native,)))
                    yield side, found, set(ids)


# --- rows -----------------------------------------------------------------------------------------


def _undo_row(reader: Reader, row: AuditRow, left: list[Left]) -> Iterator[Item]:
    side, ref = _ref(row)
    link_id = row.entry.link_id or 0
    link = reader.links.get(link_id)
    stands = reader.record(link_id, side)
    if link is None:
        return
    if row.entry.kind == "archive":
        if stands is None and link.state is LinkState.CLOSED:
            item = _put_back(reader, link, side)
            if item is None:
                left.append(_left(row, Untaken.UNTIED))
            else:
                yield item
        return
    if stands is None:
        return  # taken away meanwhile, as before the run
    if not reader.is_live(link_id):
        left.append(_left(row, Untaken.UNLINKED))
    elif link.ref(side) != ref:
        left.append(_left(row, Untaken.MOVED))
    elif _is_relabelled(reader, link_id, side, stands):
        left.append(_left(row, Untaken.EDITED))
    else:
        yield _archive(reader, row)


def _is_relabelled(reader: Reader, link_id: int, side: Side, row: Record) -> bool:
    """Tell whether a row says something else than when it was seen last."""
    shadow = reader.shadows.get((link_id, side))
    seen = shadow.seen if shadow is not None else {}
    return any(
        name in seen and not same_value(reader.pair.rule(name), side, now, seen[name], region=None)
        for name, now in row.fields.items()
        if reader.pair.has_rule(name)
    )


def _put_back(reader: Reader, link: Link, side: Side) -> Item | None:
    """Give the item that makes a row again as it was; its link goes over to the new one.

    It ties what those it tied live on as by now; None where one of them is not linked any more.
    """
    pair = reader.pair
    was = reader.shadows.get((link.id, side))
    across = reader.shadows.get((link.id, side.other))
    name = link.ref(side).object_name
    writes = []
    for rule in pair.rules:
        native = rule.native_name(side, name)
        value = was.seen.get(rule.name) if was is not None else None
        if native is None or value is None:
            continue
        if rule.refers is not None:
            value = _as_now(rule.refers, side, value)
            if value is None:
                return None
        origin = across.seen.get(rule.name) if across is not None else None
        writes.append(
            FieldWrite(
                side=side,
                name=rule.name,
                native_name=native,
                old=None,
                new=value,
                origin=origin,
                raw=origin,
                reason=Reason.RESTORED,
            )
        )
    seen = {one.name: _as_sides(side, one.new, one.raw) for one in writes}
    why = _WHY if reader.record(link.id, side.other) is not None else _ALONE
    item = item_about(pair, link, ItemKind.CREATE, why, side=side)
    return replace(item, object_name=name, writes=tuple(writes), seen=seen)


def _as_now(refers: Referred, side: Side, id: str) -> str | None:
    """Give the id of a record a row tied as it is now: it may have been merged or converted."""
    across = refers.counterpart(side, id)
    return refers.counterpart(side.other, across) if across is not None else None


def _as_sides(side: Side, own: Native, across: Native) -> tuple[Native, Native]:
    return (own, across) if side is Side.LEFT else (across, own)


def leave_alone(session: Session, pair: BoundPair, items: Iterator[Item]) -> None:
    """Let rows that were put back stand for themselves where their counterparts are gone.

    They are remembered, so that the next sync carries neither the row nor its loss across.
    """
    if pair.relation is None:
        return
    store = session.store
    for item in items:
        if item.why != _ALONE or item.link_id is None or item.side is None:
            continue
        link = store.links.by_id([item.link_id]).get(item.link_id)
        if link is None or link.state is not LinkState.OPEN:
            continue
        states = {item.side: RecordState.REMEMBERED, item.side.other: RecordState.GONE}
        session.commit(
            Changes(
                link_states=[(link.id, LinkState.CLOSED)],
                records=[
                    (pair.name, replace(one, state=state, why=REMEMBERED))
                    for side, state in states.items()
                    for one in store.records.get(pair.name, side, [link.ref(side)]).values()
                ],
            )
        )
