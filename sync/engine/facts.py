"""Keeping what reports count by: at the end of a run, of what was touched since the last time.

Nothing is called. What a change may concern was noted with the change itself (`due`), so a run that
was cut off leaves it to the next one, and one in which nothing happened looks at nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mappings.bound import BoundPair
from mappings.lifecycle.fact_fields import COMPANY, OWNER, FactFields
from sync.domain.facts import STAGES_NOTE, Body, Due, FactKind, MemberFacts, SaleFacts
from sync.domain.outcomes import Opportunity, amount_text
from sync.domain.record import Native, RecordRef, Side
from sync.domain.sales import Bearer
from sync.domain.store import Link, LinkState, Shadow
from sync.engine.facts_desk import FactsDesk
from sync.engine.session import Session
from sync.engine.timelines import keep_timelines

__all__ = ["keep_facts"]

_RULES, _TOUCHES = "facts:rules", "facts:touches"
_CHUNK = 500

_Shadows = Mapping[tuple[int, Side], Shadow]


def keep_facts(session: Session) -> None:
    """Bring what reports count by up to what the state knows by now."""
    desk, facts = session.facts, session.store.facts
    if desk is None or not _is_whole(session):
        return
    _note_rules(session, desk)
    _mark_touched(session, desk)
    at = session.clock()
    while keys := facts.due(Due.LINK, size=_CHUNK):
        _keep_links(session, desk, [int(key) for key in keys], at=at)
        facts.done(Due.LINK, keys)
    while keys := facts.due(Due.SALE, size=_CHUNK):
        _keep_sales(session, keys, at=at)
        facts.done(Due.SALE, keys)
    while keys := facts.due(Due.MEMBER, size=_CHUNK):
        _keep_members(session, keys, at=at)
        facts.done(Due.MEMBER, keys)


def _is_whole(session: Session) -> bool:
    """Tell whether the run is about all pairs: facts of one name links of another."""
    return not session.known - {pair.name for pair in session.pairs} - session.without.keys()


def _note_rules(session: Session, desk: FactsDesk) -> None:
    """Have everything looked at where the stages, or the fields that count, are others by now."""
    runs = session.store.runs
    if runs.note(_RULES) == desk.fingerprint:
        return
    session.store.facts.mark_all(list(desk.fields))
    names = [rule.name for rule in desk.rules.rules] if desk.rules is not None else []
    runs.keep_note(STAGES_NOTE, json.dumps(names))
    runs.keep_note(_RULES, desk.fingerprint)


def _mark_touched(session: Session, desk: FactsDesk) -> None:
    """Have the people looked at behind whose opportunities something changed."""
    runs, sales = session.store.runs, session.store.sales
    people = _bound(session, desk.pair_of(FactKind.PERSON))
    after, upto = int(runs.note(_TOUCHES) or 0), sales.last_touch()
    if people is None or upto <= after:
        return
    for ids in sales.touched(Bearer.PERSON, after=after, size=_CHUNK):
        refs = [RecordRef(name, id) for name in people.objects[Side.RIGHT] for id in ids]
        links = session.store.links.of(people.name, Side.RIGHT, refs)
        session.store.facts.mark(Due.LINK, [str(link.id) for link in links.values()])
    runs.keep_note(_TOUCHES, str(upto))


def _bound(session: Session, name: str | None) -> BoundPair | None:
    return next((pair for pair in session.pairs if pair.name == name), None)


# --- links --------------------------------------------------------------------------------------


def _keep_links(
    session: Session, desk: FactsDesk, link_ids: Sequence[int], *, at: datetime
) -> None:
    links = session.store.links.by_id(link_ids)
    for pair in session.pairs:
        fields = desk.fields.get(pair.name)
        mine = [link for link in links.values() if link.pair == pair.name]
        if fields is None or not mine:
            continue
        there = [link for link in mine if link.state is not LinkState.CLOSED]
        bodies: dict[int, Body | None] = dict.fromkeys((link.id for link in mine), None)
        bodies |= _bodies(session, pair, fields, there)
        session.store.facts.keep(fields.kind, bodies, at=at)
        if fields.kind is FactKind.PERSON and desk.rules is not None:
            keep_timelines(session, desk, pair, mine)


def _bodies(
    session: Session, pair: BoundPair, fields: FactFields, links: Sequence[Link]
) -> dict[int, Body]:
    """Give what is known of links, as data."""
    ids = [link.id for link in links]
    shadows = session.store.links.shadows(ids)
    before = session.store.facts.current(ids)
    created = _created(session, pair, links, before)
    companies = _companies(session, pair, fields, links, shadows)
    found: dict[int, Body] = {}
    for link in links:
        body: dict[str, Any] = {
            "hubspot": link.left.id,
            "salesforce": link.right.id,
            "created": created.get(link.id),
        }
        for role, name in fields.roles.items():
            if role == OWNER:
                body[role] = _seen(shadows, link, Side.RIGHT).get(name)
            elif role == COMPANY:
                body[role] = companies.get(link.id)
            else:
                body[role] = _canonical(pair, name, link, shadows)
        body["facts"] = {
            f"{pair.name}.{name}": _canonical(pair, name, link, shadows) for name in fields.keep
        }
        found[link.id] = body
    return found


def _seen(shadows: _Shadows, link: Link, side: Side) -> Mapping[str, Native]:
    shadow = shadows.get((link.id, side))
    return shadow.seen if shadow is not None else {}


def _canonical(pair: BoundPair, name: str, link: Link, shadows: _Shadows) -> Native:
    """Give a field's value in the mapping's own words: its source's, or whichever side has one."""
    if not pair.has_rule(name):
        return None
    rule = pair.rule(name)
    sides = (rule.arrow.source,) if rule.arrow.source is not None else tuple(Side)
    for side in sides:
        values = _seen(shadows, link, side)
        if values.get(name) is not None:
            return rule.codec.canonical(side, values[name], region=pair.region(side, values))
    return None


def _created(
    session: Session, pair: BoundPair, links: Sequence[Link], before: Mapping[int, Body]
) -> dict[int, str]:
    """Tell since when either CRM has known them; a record merged away may have been the first."""
    found: dict[int, str] = {
        link_id: body["created"] for link_id, body in before.items() if body.get("created")
    }
    for side in Side:
        refs = [link.ref(side) for link in links]
        tracked = session.store.records.get(pair.name, side, refs)
        for link in links:
            one = tracked.get(link.ref(side))
            if one is not None and one.created is not None:
                told = one.created.isoformat()
                known = found.get(link.id)
                earlier = known is None or one.created < datetime.fromisoformat(known)
                found[link.id] = told if earlier or known is None else known
    return found


def _companies(
    session: Session,
    pair: BoundPair,
    fields: FactFields,
    links: Sequence[Link],
    shadows: _Shadows,
) -> dict[int, int]:
    """Give the link of the company of each, by what either side names."""
    name = fields.roles.get(COMPANY)
    refers = pair.rule(name).refers if name is not None and pair.has_rule(name) else None
    if name is None or refers is None:
        return {}
    found: dict[int, int] = {}
    for side in (Side.RIGHT, Side.LEFT):
        wanted = {
            link.id: id
            for link in links
            if link.id not in found and (id := _seen(shadows, link, side).get(name)) is not None
        }
        refs = [
            RecordRef(object_name, id)
            for object_name in refers.objects[side]
            for id in sorted(set(wanted.values()))
        ]
        by_id = {
            ref.id: one.id for ref, one in session.store.links.of(refers.pair, side, refs).items()
        }
        found |= {link_id: by_id[id] for link_id, id in wanted.items() if id in by_id}
    return found


# --- opportunities and memberships ----------------------------------------------------------------


def _keep_sales(session: Session, ids: Sequence[str], *, at: datetime) -> None:
    sales = session.store.sales
    known = sales.get(ids)
    behind = sales.people_behind(list(known))
    accounts = sorted({one.account for one in known.values() if one.account is not None})
    alone = sales.only_people(accounts)
    found: dict[str, SaleFacts | None] = dict.fromkeys(ids, None)
    for id, one in known.items():
        people = list(behind.get(id, ()))
        if not people and one.account in alone and one.account is not None:
            people = [alone[one.account]]
        found[id] = _sale(one, people)
    session.store.facts.keep_sales(found, at=at)


def _sale(one: Opportunity, people: Sequence[str]) -> SaleFacts:
    return SaleFacts(
        account=one.account,
        won=one.closed and one.won,
        closes=one.closes,
        body={
            "name": one.name,
            "stage": one.stage,
            "created": None if one.created is None else one.created.isoformat(),
            "closed": one.closed,
            "amount": None if one.amount is None else amount_text(one.amount),
            "currency": one.currency,
            "value": None if one.reporting is None else amount_text(one.reporting),
            "reason": one.reason,
            "campaign": one.campaign,
            "owner": one.owner,
            "people": list(people),
        },
    )


def _keep_members(session: Session, ids: Sequence[str], *, at: datetime) -> None:
    known = session.store.sales.memberships.get(ids)
    found: dict[str, MemberFacts | None] = dict.fromkeys(ids, None)
    for id, one in known.items():
        if one.campaign is not None:
            found[id] = MemberFacts(
                person=one.person,
                campaign=one.campaign,
                at=one.made,
                status=one.status,
                responded=one.responded,
            )
    session.store.facts.keep_members(found, at=at)
