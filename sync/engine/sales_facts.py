"""Outcomes of sales: facts taken from what is read, and put into the records that carry them.

Whatever record of an opportunity, or of who stands behind one, comes by is kept as facts; and each
record that carries outcomes gets them as if the CRM itself had them. From there on they are
merged, planned, written and undone like any other field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from mappings.bound import BoundPair
from sync.domain.credit import values_of
from sync.domain.memberships import Membership
from sync.domain.outcomes import Opportunity
from sync.domain.record import Fields, Native, Record, Side
from sync.domain.sales import Bearer, OpportunityPerson
from sync.engine.sales_desk import SalesDesk
from sync.engine.session import Session

__all__ = ["look_through", "outcomes_of", "take_facts", "take_rows", "with_outcomes"]


def look_through(
    session: Session, pair: BoundPair, side: Side, records: Sequence[Record]
) -> Sequence[Record]:
    """Keep the facts that records hold, and give them with the outcomes they carry."""
    desk = session.sales
    if desk is None or side is not desk.names.side or not records:
        return records
    take_facts(session, desk, records)
    return _with_outcomes(session, desk, pair, records)


def with_outcomes(
    session: Session, pair: BoundPair, side: Side, records: Sequence[Record]
) -> Sequence[Record]:
    """Give records with the outcomes they carry by the facts as they are kept."""
    desk = session.sales
    if desk is None or side is not desk.names.side or not records:
        return records
    return _with_outcomes(session, desk, pair, records)


def take_facts(session: Session, desk: SalesDesk, records: Sequence[Record]) -> None:
    """Keep what records say of opportunities, and of those behind them."""
    sales, names = session.store.sales, desk.names
    by_object: dict[str, list[Record]] = {}
    for record in records:
        by_object.setdefault(record.ref.object_name, []).append(record)
    for object_name, found in by_object.items():
        gone = [one for one in found if one.gone]
        # What is read for its id alone says nothing of the rest.
        needed = names.extras(object_name) - names.spare
        told = [one for one in found if needed <= one.fields.keys()]
        told = [one for one in told if not one.gone]
        if object_name == names.opportunity:
            sales.take([_opportunity(desk, one) for one in told])
            sales.drop([one.ref.id for one in gone])
        elif object_name == names.role:
            take_rows(session, desk, found)
        elif object_name == names.member:
            _take_members(session, desk, told, gone=gone)
        elif object_name in (names.person, names.lead):
            _take_people(session, desk, told, found=found)
        elif object_name == names.account:
            _leave(session, Bearer.COMPANY, gone)
        elif object_name == names.campaign:
            called = {one.ref.id: one.fields[names.campaign_name] for one in told}
            sales.take_campaigns({id: name for id, name in called.items() if name})


def _take_people(
    session: Session, desk: SalesDesk, told: Sequence[Record], *, found: Sequence[Record]
) -> None:
    """Keep the accounts of people, and let those who are gone pass on what they had."""
    names, sales = desk.names, session.store.sales
    people = [one for one in found if one.ref.object_name == names.person]
    if people and names.person_account:
        sales.take_accounts({one.ref.id: one.fields[names.person_account] for one in told})
    _leave(session, Bearer.PERSON, [one for one in people if one.gone])
    # A converted lead is not gone, and a contact stands for it.
    heirs = {one.ref.id: one.successor.id for one in found if one.successor is not None}
    sales.memberships.hand_over(heirs)


def _take_members(
    session: Session, desk: SalesDesk, told: Sequence[Record], *, gone: Sequence[Record]
) -> None:
    """Keep who took part in campaigns, as what and since when."""
    names, memberships = desk.names, session.store.sales.memberships
    memberships.drop([one.ref.id for one in gone])
    memberships.take(
        [
            Membership(
                id=one.ref.id,
                person=person,
                status=one.fields[names.member_status],
                made=made,
                campaign=one.fields.get(names.member_campaign),
                responded=one.fields.get(names.member_responded) == "true",
            )
            for one in told
            if (person := one.fields[names.member_person]) is not None
            and (made := one.created) is not None
        ]
    )


def _leave(session: Session, kind: Bearer, gone: Sequence[Record]) -> None:
    for one in gone:
        successor = one.successor.id if one.successor is not None else None
        session.store.sales.leave(kind, one.ref.id, successor)


def take_rows(session: Session, desk: SalesDesk, records: Sequence[Record]) -> None:
    """Keep what rows say of who stands behind opportunities."""
    names, sales = desk.names, session.store.sales
    rows = []
    lost = [one.ref.id for one in records if one.gone]
    for one in records:
        if one.gone or names.role_person not in one.fields:
            continue
        opportunity = one.fields.get(names.role_opportunity)
        person = one.fields[names.role_person]
        if opportunity is None or person is None:
            lost.append(one.ref.id)
            continue
        main = one.fields.get(names.role_main) == "true"
        rows.append(
            OpportunityPerson(id=one.ref.id, opportunity=opportunity, person=person, main=main)
        )
    sales.take_people(rows)
    sales.drop_people(lost)


def _opportunity(desk: SalesDesk, record: Record) -> Opportunity:
    def fact(name: str) -> Native:
        native = desk.names.facts.get(name)
        return record.fields.get(native) if native is not None else None

    one = Opportunity(
        id=record.ref.id,
        name=fact("name") or "",
        stage=fact("stage"),
        closed=fact("closed") == "true",
        won=fact("won") == "true",
        amount=_amount(fact("amount")),
        currency=fact("currency"),
        closes=_day(fact("closes")),
        reason=fact("reason"),
        campaign=fact("campaign"),
        account=fact("account"),
        type=fact("type"),
        owner=fact("owner"),
        created=record.created,
    )
    return replace(one, reporting=one.worth(desk.agreement))


def _amount(value: Native) -> Decimal | None:
    try:
        return Decimal(value) if value is not None else None
    except InvalidOperation:
        return None


def _day(value: Native) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if value is not None else None
    except ValueError:
        return None


def _with_outcomes(
    session: Session, desk: SalesDesk, pair: BoundPair, records: Sequence[Record]
) -> Sequence[Record]:
    values = {
        name: outcomes_of(
            session,
            desk,
            pair,
            name,
            [one.ref.id for one in records if one.ref.object_name == name and not one.gone],
        )
        for name in {one.ref.object_name for one in records} & pair.outcomes.carrying
    }
    return [
        replace(one, fields={**one.fields, **values[one.ref.object_name][one.ref.id]})
        if one.ref.object_name in values and not one.gone
        else one
        for one in records
    ]


def outcomes_of(
    session: Session, desk: SalesDesk, pair: BoundPair, object_name: str, ids: Sequence[str]
) -> Mapping[str, Fields]:
    """Give what records of an object carry, by the names under which it is put into them."""
    natives = pair.outcomes.natives_on(object_name)
    kind = desk.names.bearers[object_name]
    names = list(natives.values())
    found = values_of(session.store.sales, desk.agreement, kind, ids, names)
    return {id: {native: found[id][name] for native, name in natives.items()} for id in found}
