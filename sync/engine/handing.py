"""Giving those who are handed over an owner: once, with the hand-over itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from mappings.bound import BoundPair
from mappings.funnel import OWNER
from sync.domain.funnel import FunnelNote
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Item, ItemKind, Refused
from sync.domain.record import Native, RecordRef, Side
from sync.domain.routing import ROUTED, Choice, ChoiceKind, OwedOwner, ToRoute
from sync.engine.both import Both
from sync.engine.draft import Draft
from sync.engine.routing import Router, account_of
from sync.engine.session import Session

__all__ = ["note_handed", "owed_by", "routed", "write_owed"]

_MADE_BY_SALES = "made in {title}: the owner stays as is"


def note_handed(
    session: Session,
    pair: BoundPair,
    *,
    origin: RecordRef,
    object_name: str,
    canonical: Mapping[str, Native],
    values: Mapping[Side, Mapping[str, Native]],
) -> None:
    """Note somebody who is handed over, and what an owner is chosen by.

    `origin` is the record that tells them apart, `values` are raw ones by field name.
    """
    routing = pair.funnel.routing if pair.funnel is not None else None
    if routing is not None:
        key = _key(pair, origin)
        session.handed[key] = ToRoute(
            key=key,
            object_name=object_name,
            canonical=canonical,
            owner=values.get(Side.RIGHT, {}).get(ROUTED),
            account=account_of(pair, values, account=routing.account),
        )


def routed(session: Session, pair: BoundPair, items: Iterable[Item]) -> Iterator[Item]:
    """Pass items on; those of people who are handed over give them an owner, too."""
    routing = pair.funnel.routing if pair.funnel is not None else None
    if routing is None:
        yield from items
        return
    router, rest = Router(session, routing), iter(items)
    while chunk := list(islice(rest, session.settings.chunk)):
        keys = [_handed_key(pair, item) for item in chunk]
        asked = [one for key in keys if key is not None and (one := session.handed.pop(key, None))]
        people = {one.key: one for one in asked}
        choices = router.route(asked)
        for key, item in zip(keys, chunk, strict=True):
            if key is None:
                yield item
            elif key in choices:
                yield _given(item, people[key], choices[key])
            else:
                yield _kept(session, item)


def write_owed(owed: OwedOwner, both: Both, draft: Draft) -> None:
    """Write an owner that was chosen before; not where sales chose another one since."""
    now = both.record(Side.RIGHT).fields.get(ROUTED)
    if now in (owed.owner, None) or now != owed.before:
        draft.settled[ROUTED] = (None, now)
    else:
        draft.writes.append(_field_write(owed.owner, old=now))


def owed_by(item: Item) -> OwedOwner | None:
    """Give the owner an item is to write; None where it writes none."""
    write = next((one for one in item.writes if one.name == ROUTED), None)
    return OwedOwner(write.new, write.old) if write is not None and write.new else None


def _key(pair: BoundPair, ref: RecordRef) -> str:
    return f"{pair.name}:{ref.object_name}:{ref.id}"


def _handed_key(pair: BoundPair, item: Item) -> str | None:
    """Give the key of somebody an item hands over; None where it hands nobody over."""
    event = item.funnel.event if item.funnel is not None else None
    ref = item.left or item.right
    if event is None or not event.is_over or ref is None:
        return None
    return _key(pair, ref)


def _given(item: Item, one: ToRoute, choice: Choice) -> Item:
    """Give the item with the owner that was chosen, and why."""
    assert item.funnel is not None
    note = replace(
        item.funnel,
        owner=choice.owner,
        rule=choice.why,
        rule_key=choice.rule,
        turns=choice.turns,
        assign=choice.kind is ChoiceKind.ORG_RULES,
    )
    item = replace(item, funnel=note, why=item.why or choice.why)
    if choice.kind is ChoiceKind.NOBODY:
        return replace(item, refused=(*item.refused, _nobody(choice)))
    if choice.kind is ChoiceKind.ORG_RULES:
        return _asked(item, one)
    if choice.owner is None or choice.owner == one.owner:
        return item
    old = one.owner if item.kind is not ItemKind.CREATE else None
    return replace(item, writes=(*item.writes, _field_write(choice.owner, old=old)))


def _asked(item: Item, one: ToRoute) -> Item:
    """Let there be a write the CRM's own rules can go by, if only of the owner there is."""
    written = item.kind is ItemKind.CREATE or item.updates(Side.RIGHT)
    if written or one.owner is None:
        return item
    return replace(item, writes=(*item.writes, _field_write(one.owner, old=one.owner)))


def _kept(session: Session, item: Item) -> Item:
    """Give the item of somebody who came from sales, and is whose they are."""
    assert item.funnel is not None
    made = item.kind is ItemKind.CREATE and item.side is Side.LEFT
    rule = _MADE_BY_SALES.format(title=session.title(Side.RIGHT)) if made else ""
    note: FunnelNote = replace(item.funnel, rule=item.funnel.rule or rule)
    return replace(item, funnel=note)


def _field_write(owner: str, *, old: str | None) -> FieldWrite:
    return FieldWrite(
        side=Side.RIGHT,
        name=ROUTED,
        native_name=OWNER,
        old=old,
        new=owner,
        origin=None,
        reason=Reason.ROUTED,
    )


def _nobody(choice: Choice) -> Refused:
    return Refused(
        side=Side.RIGHT,
        name=ROUTED,
        native_name=OWNER,
        code="NOBODY_TO_ROUTE_TO",
        message=f"handed over, and nobody can be the owner: {choice.why}",
        fix="Name somebody active under routing of lifecycle.yaml, best in a last rule without "
        "a condition; give this person an owner by hand.",
    )
