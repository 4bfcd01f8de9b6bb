"""The stays of people at stages, worked out anew from their events and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from mappings.bound import BoundPair
from sync.domain.facts import FactKind, StaysOf
from sync.domain.hours import BusinessCalendar
from sync.domain.outcomes import Opportunity
from sync.domain.record import RecordRef, Side
from sync.domain.stages import StageEvent
from sync.domain.store import Link, LinkState
from sync.domain.timeline import Sold, Timeline, sold_of, timeline_of
from sync.engine.facts_desk import FactsDesk
from sync.engine.session import Session

__all__ = ["keep_timelines"]

_SECOND = timedelta(seconds=1)


def keep_timelines(
    session: Session, desk: FactsDesk, pair: BoundPair, links: Sequence[Link]
) -> None:
    """Work out the stays of people, by all that is known of each, and keep them."""
    if desk.rules is None:
        return
    there = [link for link in links if link.state is not LinkState.CLOSED]
    ids = [link.id for link in there]
    events = _events(session, pair, there)
    created = _created(session, pair, events)
    sales = _sales(session, desk, there)
    handings = session.store.facts.handings(ids)
    gone = {link.id for link in links} - set(ids)
    found = [StaysOf(link_id=id, timeline=Timeline(), business=()) for id in sorted(gone)]
    for link in there:
        timeline = timeline_of(
            desk.rules,
            events=events.get(link.id, ()),
            sales=sales.get(link.id, ()),
            handings=handings.get(link.id, ()),
            created=created,
        )
        business = _business(timeline, desk.calendar)
        found.append(StaysOf(link_id=link.id, timeline=timeline, business=business))
    session.store.facts.keep_stays(found)


def _events(
    session: Session, pair: BoundPair, links: Sequence[Link]
) -> dict[int, list[StageEvent]]:
    """Give the events of people, those of records that became one of theirs too."""
    stages, ids = session.store.stages, [link.id for link in links]
    found = {link_id: list(events) for link_id, events in stages.of_links(ids).items()}
    for link_id, formers in session.store.links.former_ids(ids).items():
        for side in Side:
            refs = [
                RecordRef(name, id)
                for at, id in formers
                if at is side
                for name in pair.objects[side]
            ]
            for events in stages.of_records(pair.name, side, refs).values():
                mine = found.setdefault(link_id, [])
                there = {one.id for one in mine}
                mine += [one for one in events if one.id not in there]
    return found


def _created(
    session: Session, pair: BoundPair, events: Mapping[int, Sequence[StageEvent]]
) -> dict[RecordRef, datetime]:
    """Tell since when the records exist whose first events say what stood before."""
    found: dict[RecordRef, datetime] = {}
    for side in Side:
        refs = sorted(
            {
                one.ref
                for mine in events.values()
                for one in mine
                if one.side is side and one.before is not None
            }
        )
        for ref, one in session.store.records.get(pair.name, side, refs).items():
            if one.created is not None:
                found[ref] = one.created
    return found


def _sales(session: Session, desk: FactsDesk, links: Sequence[Link]) -> dict[int, list[Sold]]:
    """Give the opportunities behind people, by when they opened and closed."""
    by_person = {link.right.id: link.id for link in links}
    behind = session.store.sales.of_people(list(by_person))
    if not behind:
        return {}
    turned = _turned(session, desk, {one.id for mine in behind.values() for one in mine})
    return {
        by_person[person]: [_sold(one, turned) for one in mine] for person, mine in behind.items()
    }


def _sold(one: Opportunity, turned: Mapping[str, Sequence[StageEvent]]) -> Sold:
    return sold_of(one, turned.get(one.id, ()))


def _turned(session: Session, desk: FactsDesk, ids: set[str]) -> dict[str, Sequence[StageEvent]]:
    """Give the changes of the stage of opportunities."""
    deals = desk.pair_of(FactKind.DEAL)
    if deals is None or session.sales is None:
        return {}
    refs = [RecordRef(session.sales.names.opportunity, id) for id in sorted(ids)]
    found = session.store.stages.of_records(deals, session.sales.names.side, refs)
    return {ref.id: events for ref, events in found.items()}


def _business(timeline: Timeline, calendar: BusinessCalendar | None) -> tuple[int | None, ...]:
    """Give the seconds of business hours of each stay that is over."""
    return tuple(
        None
        if calendar is None or stay.left is None
        else calendar.between(stay.entered, stay.left) // _SECOND
        for stay in timeline.stays
    )
