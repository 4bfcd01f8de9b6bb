"""Links that go over to other records, and the records that lead to a link beside its own."""

from __future__ import annotations

from dataclasses import replace

from sync.domain.record import RecordRef, Side
from sync.domain.store import (
    Changes,
    End,
    Joined,
    LinkState,
    MovedEnd,
    RowEnds,
    SightingKind,
    WaitingReference,
)
from sync.state import SqlStore
from tests.integration.state.building import NOW, PAIR, failed, left, link, ref, right, sighting


def moved(link_id: int, former: RecordRef, heir: RecordRef, side: Side = Side.LEFT) -> MovedEnd:
    return MovedEnd(pair=PAIR, link_id=link_id, side=side, former=former, heir=heir)


def commit(store: SqlStore, changes: Changes) -> None:
    store.commit(changes, run=1, at=NOW)


def former(store: SqlStore, ref: RecordRef, *, became: bool = False) -> int | None:
    found = store.links.former_of(PAIR, Side.LEFT, [ref], became=became).get(ref)
    return found.id if found is not None else None


def test_moved_link_is_found_by_both_ids_and_by_one_as_its_own(store: SqlStore) -> None:
    ada = link(store, 1)
    commit(store, Changes(moved=[moved(ada, left(1), left(9))]))

    assert [one.id for one in store.links.of(PAIR, Side.LEFT, [left(9)]).values()] == [ada]
    assert store.links.of(PAIR, Side.LEFT, [left(1)]) == {}
    assert former(store, left(1), became=True) == ada
    assert [one.id for one in store.queries.find_links("1")] == [ada]


def test_link_moves_to_the_record_of_one_that_is_closed_with_it(store: SqlStore) -> None:
    ada, king = link(store, 1), link(store, 2)
    commit(
        store,
        Changes(
            moved=[moved(ada, left(1), left(2))],
            link_states=[(king, LinkState.CLOSED)],
            joined=[Joined(king, ada, frozenset())],
        ),
    )
    assert [one.id for one in store.links.of(PAIR, Side.LEFT, [left(2)]).values()] == [ada]


def test_open_error_of_a_link_goes_over_with_it(store: SqlStore) -> None:
    ada = link(store, 1)
    commit(store, Changes(errors=[failed(1, link_id=ada)]))
    # That the record is nobody's any more closes none of the link's own errors.
    commit(store, Changes(settled_records=[(PAIR, Side.RIGHT, right(1))]))
    commit(store, Changes(moved=[moved(ada, right(1), right(9), Side.RIGHT)]))
    assert [one.ref for one in store.findings.errors()] == [right(9)]

    commit(store, Changes(errors=[failed(9, link_id=ada)]))
    assert [one.attempts for one in store.findings.errors()] == [2]


def test_what_led_to_a_joined_link_leads_to_the_other(store: SqlStore) -> None:
    ada, king = link(store, 1), link(store, 2)
    commit(store, Changes(moved=[moved(ada, left(1), left(9))]))
    commit(
        store,
        Changes(
            link_states=[(ada, LinkState.CLOSED)],
            joined=[Joined(ada, king, frozenset({Side.LEFT}))],
        ),
    )
    assert former(store, left(1)) == former(store, left(9)) == king


def test_rival_is_the_link_whose_record_became_anothers_until_it_is_closed(
    store: SqlStore,
) -> None:
    ada, king = link(store, 1), link(store, 2)
    held = Changes(
        link_states=[(ada, LinkState.ASLEEP)], joined=[Joined(ada, king, frozenset({Side.LEFT}))]
    )
    commit(store, held)

    ((side, rival),) = store.links.rivals(PAIR, [king, ada])[king]
    assert (side, rival.id) == (Side.LEFT, ada)
    assert former(store, left(1), became=True) == king
    commit(store, Changes(link_states=[(ada, LinkState.CLOSED)]))
    assert store.links.rivals(PAIR, [king, ada]) == {}


def test_awaited_record_leads_to_the_link_and_did_not_become_its_own(store: SqlStore) -> None:
    ada = link(store, 1)
    commit(store, Changes(awaited=[moved(ada, left(1), left(9))]))

    assert former(store, left(9)) == ada
    assert former(store, left(9), became=True) is None
    assert store.links.by_id([ada])[ada].left == left(1)


def test_reference_that_waits_for_a_record_waits_for_what_it_lives_on_as(store: SqlStore) -> None:
    ada, king = link(store, 1), link(store, 2)
    waits = WaitingReference(link_id=ada, field="boss", refers=PAIR, side=Side.LEFT, id="2")
    commit(store, Changes(waiting=[(PAIR, waits)]))
    commit(store, Changes(moved=[moved(king, left(2), left(9))]))

    assert [one.id for one in store.references.waiting([ada]).values()] == ["9"]


def test_only_linked_records_that_live_on_as_others_are_given_as_moved(store: SqlStore) -> None:
    ada = link(store, 1)
    tomb = sighting(1, kind=SightingKind.GONE, link_id=ada)
    plain = sighting(2, kind=SightingKind.GONE, link_id=ada)
    quoted = sighting(3, kind=SightingKind.CHANGED, link_id=ada, fields={"name": '"successor"'})
    lives_on = replace(tomb, record=replace(tomb.record, successor=left(9)))
    stranger = replace(sighting(4), record=replace(sighting(4).record, successor=left(9)))
    store.staging.add(PAIR, [lives_on, plain, quoted, stranger])

    assert [one.record.ref for one in store.staging.moved(PAIR)] == [left(1)]
    pages = list(store.staging.gone_links(PAIR, size=1))
    assert [one.record.ref for page in pages for one in page] == [left(1), left(2)]


def ready(store: SqlStore) -> list[RecordRef]:
    end = End(PAIR, {side: (ref(side, 1).object_name,) for side in Side})
    found = store.ends.ready("deals.people", Side.LEFT, owner=end, member=end)
    return [one for refs in found for one in refs]


def test_row_that_waits_for_a_record_is_ready_once_what_that_became_is_linked(
    store: SqlStore,
) -> None:
    deal, ada, king = link(store, 1), link(store, 2), link(store, 3)
    role = RowEnds(ref=RecordRef("roles", "r"), owner=left(1).id, member=left(2).id, waits=True)
    store.ends.note("deals.people", Side.LEFT, [role], run=1)
    held = Joined(ada, king, frozenset({Side.LEFT}))
    commit(store, Changes(link_states=[(ada, LinkState.ASLEEP)], joined=[held]))
    assert ready(store) == [], "as long as it is held it leads nowhere"

    commit(store, Changes(link_states=[(ada, LinkState.CLOSED)], joined=[held]))
    assert ready(store) == [role.ref]

    commit(store, Changes(link_states=[(deal, LinkState.ASLEEP)]))
    assert ready(store) == []
