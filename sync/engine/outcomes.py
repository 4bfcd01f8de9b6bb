"""Who carries another outcome by now: staged, so that it is decided like any other change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from mappings.bound import BoundPair
from sync.domain.funnel import STAGE
from sync.domain.outcomes import DEAL_STATES
from sync.domain.record import Native, RecordRef
from sync.domain.store import LinkState
from sync.engine.sales_desk import SalesDesk
from sync.engine.sales_facts import outcomes_of, take_facts
from sync.engine.sales_reading import MARK
from sync.engine.session import Session
from sync.engine.settle import stage_records

__all__ = ["prepare_outcomes", "read_written", "settle_outcomes", "stage_outcomes"]

_MONEY, _WORDS = "outcomes:money", "outcomes:words"


def prepare_outcomes(session: Session) -> None:
    """Bring the facts up to what is agreed on now, and learn what campaigns are called."""
    desk = session.sales
    if desk is None:
        return
    sales, runs = session.store.sales, session.store.runs
    if runs.note(_MONEY) != desk.money_rules:
        for known in sales.all():
            sales.take([replace(one, reporting=one.worth(desk.agreement)) for one in known])
        runs.keep_note(_MONEY, desk.money_rules)
    if runs.note(_WORDS) != desk.word_rules:
        sales.touch_all()
        runs.keep_note(_WORDS, desk.word_rules)
    unnamed = sales.unnamed_campaigns()
    if unnamed:
        crm, names = session.crms[desk.names.side], desk.names
        found = crm.fetch(names.campaign, unnamed, [names.campaign_name])
        while page := list(islice(found, session.settings.chunk)):
            called = {one.ref.id: one.fields.get(names.campaign_name) for one in page}
            sales.take_campaigns({id: name for id, name in called.items() if name})


def stage_outcomes(session: Session, pair: BoundPair, *, most: int | None = None) -> None:
    """Stage the records of a pair that carry another outcome by now, unless more than `most`.

    Those left then are found by the next run.
    """
    desk = session.sales
    if desk is None or not pair.outcomes.carries:
        return
    upto = session.store.sales.last_touch()
    wanted: list[RecordRef] = []
    for refs in _touched(session, desk, pair):
        wanted += _differing(session, desk, pair, refs)
        if most is None:
            stage_records(session, pair, desk.names.side, wanted)
            wanted = []
        elif len(wanted) > most:
            return
    stage_records(session, pair, desk.names.side, wanted)
    desk.looked_at[pair.name] = upto


def _touched(session: Session, desk: SalesDesk, pair: BoundPair) -> Iterator[list[RecordRef]]:
    """Give who was touched; a mark says of a person's id not whether it is a lead's."""
    kept = json.loads(session.store.runs.note(_note(pair)) or "{}")
    after = kept.get("upto", 0) if kept.get("fields") == _fields(pair) else 0
    after = desk.looked_at.get(pair.name, after)
    carrying = sorted(pair.outcomes.carrying)
    for kind in sorted({desk.names.bearers[name] for name in carrying}):
        for ids in session.store.sales.touched(kind, after=after, size=session.settings.chunk):
            for name in carrying:
                if desk.names.bearers[name] is kind:
                    yield [RecordRef(name, id) for id in ids]


def _differing(
    session: Session, desk: SalesDesk, pair: BoundPair, refs: Sequence[RecordRef]
) -> Iterator[RecordRef]:
    """Give the records of one object not known, or not staged, with what they carry now."""
    side, store = desk.names.side, session.store
    staged = store.staging.of(pair.name, side, refs)
    links = store.links.of(pair.name, side, [ref for ref in refs if ref not in staged])
    shadows = store.links.shadows([link.id for link in links.values()], side)
    known_refs = [ref for ref in refs if ref in staged or ref in links]
    if not known_refs:
        return
    object_name = refs[0].object_name
    values = outcomes_of(session, desk, pair, object_name, [ref.id for ref in known_refs])
    for ref in known_refs:
        link = links.get(ref)
        if ref in staged:
            known: Mapping[str, Native] = staged[ref].record.fields
        elif link is not None and link.state is LinkState.OPEN and (link.id, side) in shadows:
            known = shadows[link.id, side].seen
        else:
            continue
        carried = pair.project(side, ref.object_name, values[ref.id])
        stands_elsewhere = pair.funnel is not None and not pair.funnel.sells_to(
            known.get(STAGE), values[ref.id]
        )
        if stands_elsewhere or any(known.get(name) != value for name, value in carried.items()):
            yield ref


def read_written(session: Session) -> bool:
    """Read again what this run wrote of opportunities; tell whether anybody is touched by now.

    What a write gave back may have touched somebody before.
    """
    desk = session.sales
    if desk is None:
        return False
    sales, names = session.store.sales, desk.names
    for object_name in filter(None, (names.opportunity, names.role, names.member)):
        ids = sales.written(session.run, object_name)
        if not ids:
            continue
        fields = sorted(names.extras(object_name))
        found = session.crms[names.side].fetch(object_name, ids, fields)
        seen: set[str] = set()
        while page := list(islice(found, session.settings.chunk)):
            take_facts(session, desk, page)
            seen.update(one.ref.id for one in page)
        lost = [id for id in ids if id not in seen]
        if object_name == names.role:
            sales.drop_people(lost)
        elif object_name == names.member:
            sales.memberships.drop(lost)
    return any(upto < sales.last_touch() for upto in desk.looked_at.values())


def settle_outcomes(session: Session) -> None:
    """Note that those who carry outcomes were looked at; only after a whole run."""
    desk = session.sales
    if desk is None:
        return
    for pair in session.pairs:
        if pair.name in desk.looked_at:
            said = {"upto": desk.looked_at[pair.name], "fields": _fields(pair)}
            session.store.runs.keep_note(_note(pair), json.dumps(said))
    if desk.roles_read is not None:
        session.store.marks.set(MARK, desk.names.side, desk.names.role, desk.roles_read)


def _note(pair: BoundPair) -> str:
    return f"outcomes:{pair.name}"


def _fields(pair: BoundPair) -> list[str]:
    told = {name for carried in pair.outcomes.carries.values() for name in carried}
    return sorted({*pair.outcomes.properties, *(told & {DEAL_STATES})})
