"""What a changed mapping calls for: fields carried again, records looked at again (F19, R31).

Which line carried each field of each link last is kept in the state, so that a backfill that is
cut off goes on with what is left, and one that is done is not done again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from mappings.bound import BoundPair
from sync.domain.record import RecordRef, Side
from sync.domain.store import Changes, Conflict, ErrorItem, RecordState
from sync.engine.session import Revision, Session
from sync.engine.settle import stage_records

__all__ = ["close_dropped", "note_revisions", "settle_revisions", "stage_unlinked"]

_WAITING = (RecordState.LEFT_OUT, RecordState.HELD, RecordState.IN_ERROR)


def note_revisions(session: Session) -> None:
    """Note what of each pair's mapping is not what the last whole run went by."""
    for pair in session.pairs:
        lines = {rule.name: pair.line_of(rule.name) for rule in pair.rules if not rule.derived}
        session.store.lines.turn_to(pair.name, lines, paused=pair.paused)
        kept, now = _kept(session, pair), _now(pair)
        waiting = session.store.lines.waiting(pair.name)
        session.revisions[pair.name] = Revision(
            everything=kept.changed(now, "intake"),
            unlinked=kept.changed(now, "creation"),
            lines=bool(kept.changed(now, "lines")),
            waiting={name: count for name, count in waiting.items() if name in lines},
        )


def stage_unlinked(session: Session, pair: BoundPair) -> None:
    """Stage the records without a link that a changed rule may decide otherwise.

    They are read by id from what the state knows, in full batches. Where every record is read
    again anyway, there is nothing to do.
    """
    revision = session.revision(pair.name)
    if revision.everything:
        return
    states = _WAITING if revision.unlinked else (RecordState.IN_ERROR,) if revision.lines else ()
    if not states:
        return
    for side in Side:
        refs = _of_states(session, pair, side, states)
        while chunk := list(islice(refs, session.settings.chunk)):
            staged = session.store.staging.of(pair.name, side, chunk)
            left = [ref for ref in chunk if ref not in staged]
            stage_records(session, pair, side, left)
            revision.looked_at += len(left)


def settle_revisions(session: Session) -> None:
    """Note that records were looked at by the rules as they are; only after a whole run."""
    for pair in session.pairs:
        session.store.runs.keep_note(_note(pair), json.dumps(_now(pair)))


def close_dropped(session: Session, pair: BoundPair) -> None:
    """Close what is held or in error of fields the mapping has no more: nothing waits for it."""
    derived = {rule.name for rule in pair.rules if rule.derived}
    lines = session.store.lines.of(pair.name).keys() | derived
    findings = session.store.findings
    if findings.open_names(pair.name) <= lines:
        return
    items: list[Conflict | ErrorItem] = [
        *findings.conflicts(pair.name),
        *findings.errors(pair.name),
    ]
    found = [
        (one.link_id, one.field)
        for one in items
        if one.link_id is not None and one.field and one.field not in lines
    ]
    if found:
        session.commit(Changes(settled_fields=found))


def _of_states(
    session: Session, pair: BoundPair, side: Side, states: tuple[RecordState, ...]
) -> Iterator[RecordRef]:
    for object_name in pair.objects[side]:
        for page in session.store.records.iterate(pair.name, side, object_name):
            yield from (tracked.ref for tracked in page if tracked.state in states)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The rules the last whole run went by, as hashes by kind and name; none before the first."""

    rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def changed(self, now: Mapping[str, Mapping[str, str]], kind: str) -> tuple[str, ...]:
        """Name the rules of a kind that are not what they were."""
        if not self.rules:
            return ()
        before, after = self.rules[kind], now[kind]
        names = before.keys() | after.keys()
        return tuple(sorted(name for name in names if before.get(name) != after.get(name)))


def _kept(session: Session, pair: BoundPair) -> _Kept:
    note = session.store.runs.note(_note(pair))
    return _Kept(json.loads(note)) if note else _Kept()


def _now(pair: BoundPair) -> dict[str, Mapping[str, str]]:
    return {
        "intake": pair.intake_rules,
        "creation": pair.creation_rules,
        "lines": {
            rule.name: pair.fingerprint_of(rule.name) for rule in pair.rules if not rule.derived
        },
    }


def _note(pair: BoundPair) -> str:
    return f"rules:{pair.name}"
