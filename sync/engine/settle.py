"""Settling what an earlier run left open: by looking, never by sending again blindly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mappings.bound import BoundPair
from sync.domain.ports import WriteKind
from sync.domain.record import Record, RecordRef, Side
from sync.domain.rules import FieldRule
from sync.domain.store import Changes, JournalEntry
from sync.engine.pull import stage
from sync.engine.session import Session
from sync.engine.short_lived import remember_gone
from sync.engine.unanswered import agreed_unanswered, note_creates, standing, take_as_sent
from sync.engine.undone import is_undo, settle_undone
from sync.engine.unkeyed import link_made

__all__ = [
    "close_journal",
    "look_after_journal",
    "stage_doubted",
    "stage_due",
    "stage_records",
]


def look_after_journal(session: Session) -> list[int]:
    """Stage what unfinished intents were about, as both CRMs hold it now; give their ids.

    A create that was sent is found by the id it carries. Where no field keeps that id, every
    record the state does not know is read, from a list no index delays.
    """
    entries = session.store.journal.unfinished()
    _await_writes(session, entries)
    note_creates(session, entries)
    for pair in session.pairs:
        mine = [entry for entry in entries if entry.intent.pair == pair.name]
        for side in Side:
            _settle_side(session, pair, side, [one for one in mine if one.intent.side is side])
    names = {pair.name for pair in session.pairs}
    return [entry.id for entry in entries if entry.intent.pair in names]


def _await_writes(session: Session, entries: Sequence[JournalEntry]) -> None:
    """Look at nothing a CRM may still be writing for a run before this one."""
    for side in Side:
        unanswered = Counter(
            entry.intent.object_name for entry in entries if entry.intent.side is side
        )
        if unanswered:
            session.crms[side].await_writes(unanswered)


def close_journal(session: Session, entries: Sequence[int]) -> None:
    """Note that these intents were looked after; only once what was found has been applied."""
    if entries:
        session.commit(Changes(journal=[(entry, "settled") for entry in entries]))


def stage_due(session: Session, pair: BoundPair) -> None:
    """Stage the records of error items whose next try has come."""
    due = session.store.findings.due(pair.name, session.clock())
    for side in Side:
        refs = [item.ref for item in due if item.ref is not None and item.side is side]
        refs += [item.origin for item in due if item.origin is not None and item.side is not side]
        stage_records(session, pair, side, refs)


def stage_doubted(session: Session, pair: BoundPair) -> None:
    """Stage the records of links that are looked at again, whether they changed or not."""
    ids = sorted(session.doubted.get(pair.name, ()))
    links = session.store.links.by_id(ids) if ids else {}
    for side in Side:
        stage_records(session, pair, side, [link.ref(side) for link in links.values()])


def stage_records(
    session: Session,
    pair: BoundPair,
    side: Side,
    refs: Sequence[RecordRef],
    *,
    as_seen: bool = False,
) -> list[Record]:
    """Read records by id, stage and give them; with `as_seen` those that did not change as such."""
    found = []
    for object_name in pair.objects[side]:
        ids = sorted({ref.id for ref in refs if ref.object_name == object_name})
        if ids:
            fields = pair.native_fields(side, object_name)
            records = list(session.crms[side].fetch(object_name, ids, fields))
            stage(session, pair, side, records, always=not as_seen, as_seen=as_seen)
            found += records
    return found


def _settle_side(
    session: Session, pair: BoundPair, side: Side, entries: Sequence[JournalEntry]
) -> None:
    touched = [
        RecordRef(entry.intent.object_name, entry.intent.record_id)
        for entry in entries
        if entry.intent.record_id is not None
    ]
    records = stage_records(session, pair, side, touched)
    _note_done(session, pair, side, entries, records)
    origins = [entry.intent.origin for entry in entries if entry.intent.origin is not None]
    made_from = stage_records(session, pair, side.other, origins)
    creates = [entry for entry in entries if entry.intent.kind == WriteKind.CREATE]
    if pair.relation is not None:
        _find_rows(session, pair, side, pair.relation.owner, made_from)
        return
    for object_name in sorted({entry.intent.object_name for entry in creates}):
        mine = [one for one in creates if one.intent.object_name == object_name]
        _find_created(session, pair, side, object_name, mine, made_from=made_from)


def _find_rows(
    session: Session, pair: BoundPair, side: Side, owner: FieldRule, origins: Sequence[Record]
) -> None:
    """Stage the rows of all owners for which rows may have been made from these."""
    assert owner.refers is not None
    named = (
        record.fields.get(owner.native_name(side.other, record.ref.object_name) or "")
        for record in origins
    )
    ids = {owner.refers.counterpart(side.other, id) for id in named if id is not None}
    wanted = sorted(id for id in ids if id is not None)
    for object_name in pair.objects[side] if wanted else ():
        native_name = owner.native_name(side, object_name)
        assert native_name is not None
        fields = pair.native_fields(side, object_name)
        rows = list(session.crms[side].find(object_name, native_name, wanted, fields))
        stage(session, pair, side, rows, always=True)


def _note_done(
    session: Session,
    pair: BoundPair,
    side: Side,
    entries: Sequence[JournalEntry],
    records: Sequence[Record],
) -> None:
    """Keep in the audit what was written although no answer came, overruled values included.

    A field that no longer holds what it held before the write was written, whatever it holds now;
    where it holds what was sent, both sides agreed on that.
    """
    changes = Changes()
    done: list[tuple[JournalEntry, Record]] = []
    by_ref = {record.ref: record for record in records}
    for entry in entries:
        record = by_ref.get(RecordRef(entry.intent.object_name, entry.intent.record_id or ""))
        if record is None or not entry.intent.audit:
            continue
        if entry.noted:
            # A run before this one was cut off before it applied what it had found.
            take_as_sent(session, pair, side, record, entry)
            continue
        values = pair.project(side, record.ref.object_name, record.fields)
        undone = [one for one in entry.intent.audit if is_undo(one)]
        if undone:
            session.commit(settle_undone(session, pair, record, side, undone))
        changes.audit += [
            one
            for one in entry.intent.audit
            if not is_undo(one) and values.get(one.field) != one.before
        ]
        # It stays unfinished until what was found has been applied, and is noted only once.
        changes.noted.append((entry.id, standing(pair, side, record, entry)))
        done.append((entry, record))
    if changes.noted:
        changes.shadows.extend(agreed_unanswered(session, pair, side, done))
        session.commit(changes)


def _find_created(
    session: Session,
    pair: BoundPair,
    side: Side,
    object_name: str,
    entries: Sequence[JournalEntry],
    *,
    made_from: Sequence[Record],
) -> None:
    crm = session.crms[side]
    fields = pair.native_fields(side, object_name)
    key_field = pair.key_fields.get((side, object_name))
    if key_field is not None:
        ids = [one.intent.origin.id for one in entries if one.intent.origin is not None]
        records = list(crm.find(object_name, key_field, ids, fields))
        moved = remember_gone(session, pair, side, entries, there=records, made_from=made_from)
        stage(session, pair, side, records, always=True)
        stage_records(session, pair, side.other, moved)
        return
    strangers: list[Record] = []
    for page in crm.read_stamps(object_name):
        refs = [record.ref for record in page]
        known = session.store.records.get(pair.name, side, refs)
        fresh = [ref for ref in refs if ref not in known]
        strangers += stage_records(session, pair, side, fresh)
    stage_records(session, pair, side.other, link_made(session, pair, side, entries, strangers))
