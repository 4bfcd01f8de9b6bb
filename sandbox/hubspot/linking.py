"""Tying and untying records, with all that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.associations import RecordRef, Tie
from sandbox.hubspot.errors import invalid, invalid_object_ids
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.record import By
from sandbox.hubspot.stage_rules import is_backward

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["deal_moved", "reattach", "tie", "untie"]

_FOLLOWERS = ("contacts", "companies")


def tie(
    store: HubSpotStore, start: RecordRef, end: RecordRef, kinds: Sequence[AssociationType]
) -> None:
    """Tie two live records; ApiError if one is not there or a limit is reached."""
    for name, record_id in (start, end):
        if not store.is_live((name, record_id)):
            raise invalid_object_ids([str(record_id)], label=store.kind(name).label)
    wanted = list(kinds)
    types = store.associations.types
    if _becomes_primary(store, start, end):
        wanted.append(types.of_pair(start[0], end[0])[0])
    for kind in (types.plain(start[0], end[0]), *wanted):
        _hold_to_limit(store, start, end, kind)
        _hold_to_limit(store, end, start, types.inverse_of(kind))
    store.associations.link(start, end, wanted)
    _ties_moved(store, start, end)
    for deal, other in ((start, end), (end, start)):
        if deal[0] == "deals" and other[0] in _FOLLOWERS:
            _lift(store, deal[1], [other])


def untie(
    store: HubSpotStore,
    start: RecordRef,
    end: RecordRef,
    kinds: Sequence[AssociationType] | None,
) -> None:
    """Cut a tie, or only some kinds of it."""
    if kinds is None:
        store.associations.unlink(start, end)
    else:
        for kind in kinds:
            store.associations.remove(start, end, kind)
    _ties_moved(store, start, end)


def reattach(
    store: HubSpotStore, kind: ObjectType, ties: Sequence[Tie], *, gone: set[int], new_id: int
) -> None:
    """Give the ties of merged records to the survivor; the primary's own come last and win."""
    for one in reversed(ties):
        if one.end[0] == kind.name and one.end[1] in gone:
            continue
        store.associations.attach([replace(one, start=(kind.name, new_id))])
    store.table(kind).index.touch()


def deal_moved(store: HubSpotStore, deal_id: int) -> None:
    """Lift the lifecycle stage of all that a deal is tied to."""
    for name in _FOLLOWERS:
        ties = store.associations.ties_of(("deals", deal_id), name)
        _lift(store, deal_id, [one.end for one in ties])


def _lift(store: HubSpotStore, deal_id: int, others: Sequence[RecordRef]) -> None:
    """Move contacts and companies of a deal to opportunity, or to customer once it is won."""
    deal = store.table(store.kind("deals")).live.get(deal_id)
    if deal is None or not store.switches.deal_moves_lifecycle:
        return
    won = store.value(store.kind("deals"), deal, "hs_is_closed_won") == "true"
    lost = store.value(store.kind("deals"), deal, "hs_is_closed_lost") == "true"
    if lost:
        return
    wanted = "customer" if won else "opportunity"
    for name, record_id in others:
        kind = store.kind(name)
        old = store.table(kind).live[record_id].properties.get("lifecyclestage", "")
        definition = store.schema(kind).find("lifecyclestage")
        known = definition is not None and wanted in definition.option_values()
        if known and old != wanted and not (old and is_backward(store.schema(kind), old, wanted)):
            store.update(kind, record_id, {"lifecyclestage": wanted}, by=By.DEAL)


def _hold_to_limit(
    store: HubSpotStore, start: RecordRef, end: RecordRef, kind: AssociationType
) -> None:
    most = store.associations.types.limit_of(kind)
    if most is None or store.associations.has(start, end, kind.ref):
        return
    if store.associations.count(start, end[0], kind.ref) >= most:
        raise invalid(
            f"{start[0]} {start[1]} cannot have more than {most} {end[0]} with "
            f"{kind.ref.category} association type {kind.ref.type_id}",
            sub_category="crm.associations.LIMIT_EXCEEDED",
        )


def _becomes_primary(store: HubSpotStore, start: RecordRef, end: RecordRef) -> bool:
    if not store.switches.first_company_is_primary:
        return False
    return (start[0], end[0]) == ("contacts", "companies") and not store.associations.ties_of(
        start, "companies"
    )


def _ties_moved(store: HubSpotStore, *ends: RecordRef) -> None:
    for name, record_id in ends:
        table = store.tables[name]
        table.index.touch()
        record = table.live.get(record_id)
        if record is not None and store.switches.association_moves_stamp:
            store.put(store.kind(name), replace(record, modified=store.now()))
