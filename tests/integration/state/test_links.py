"""Links, their shadows and the field writes that were made through them."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from sync.domain.record import Side
from sync.domain.store import AuditEntry, Changes, LinkState, NewLink, Shadow, ShadowUpdate
from sync.state import SqlStore
from tests.integration.state.building import MINUTE, NOW, PAIR, left, link, right, shadow, write


def close(store: SqlStore, link_id: int) -> None:
    store.commit(Changes(link_states=[(link_id, LinkState.CLOSED)]), run=1, at=NOW)


def test_link_is_found_from_either_side(store: SqlStore) -> None:
    made = link(store, 7)
    from_left = store.links.of(PAIR, Side.LEFT, [left(7), left(8)])
    from_right = store.links.of(PAIR, Side.RIGHT, [right(7)])
    assert [one.id for one in from_left.values()] == [made]
    assert from_right == {right(7): from_left[left(7)]}


def test_link_of_another_pair_is_not_found(store: SqlStore) -> None:
    link(store, 7, pair="companies")
    assert store.links.of(PAIR, Side.LEFT, [left(7)]) == {}


def test_more_links_than_one_list_holds_are_all_found(store: SqlStore) -> None:
    new = [NewLink(token=-n, pair=PAIR, left=left(n), right=right(n)) for n in range(1, 1203)]
    store.commit(Changes(links=new), run=1, at=NOW)
    found = store.links.of(PAIR, Side.LEFT, [left(n) for n in range(1, 1203)])
    assert len(found) == 1202


def test_real_ids_come_back_for_the_tokens_that_stood_for_them(store: SqlStore) -> None:
    new = [NewLink(token=-n, pair=PAIR, left=left(n), right=right(n)) for n in range(1, 41)]
    made = store.commit(Changes(links=new), run=1, at=NOW).link_ids
    links = store.links.by_id(list(made.values()))
    assert {token: links[made[token]].left for token in made} == {-n: left(n) for n in range(1, 41)}


def test_token_stands_for_the_new_link_everywhere_in_the_batch(store: SqlStore) -> None:
    link(store, 1)
    changes = Changes(
        links=[NewLink(token=-1, pair=PAIR, left=left(2), right=right(2))],
        link_states=[(-1, LinkState.OUTSIDE)],
        shadows=[shadow(-1, Side.LEFT, phone="1")],
        audit=[write(-1, "phone", "1")],
    )
    made = store.commit(changes, run=1, at=NOW).link_ids[-1]
    assert store.links.by_id([made])[made].state is LinkState.OUTSIDE
    assert (made, Side.LEFT) in store.links.shadows([made])
    assert (made, "phone") in store.links.recent_writes([(made, "phone")])


def test_closed_link_is_remembered_apart(store: SqlStore) -> None:
    made = link(store, 7)
    close(store, made)
    assert store.links.of(PAIR, Side.LEFT, [left(7)]) == {}
    assert store.links.closed_of(PAIR, Side.LEFT, [left(7)])[left(7)].id == made


def test_newest_of_several_closed_links_is_given(store: SqlStore) -> None:
    close(store, link(store, 7))
    newest = link(store, 7)
    close(store, newest)
    assert store.links.closed_of(PAIR, Side.RIGHT, [right(7)])[right(7)].id == newest


def test_record_can_be_linked_again_once_its_link_is_closed(store: SqlStore) -> None:
    close(store, link(store, 7))
    again = link(store, 7)
    assert store.links.of(PAIR, Side.LEFT, [left(7)])[left(7)].id == again


@pytest.mark.parametrize("state", [LinkState.OPEN, LinkState.OUTSIDE, LinkState.ASLEEP])
def test_record_has_one_link_at_a_time(store: SqlStore, state: LinkState) -> None:
    made = link(store, 7)
    store.commit(Changes(link_states=[(made, state)]), run=1, at=NOW)
    second = NewLink(token=-1, pair=PAIR, left=left(7), right=right(8))
    with pytest.raises(IntegrityError):
        store.commit(Changes(links=[second]), run=1, at=NOW)


def test_batch_that_fails_leaves_nothing_behind(store: SqlStore) -> None:
    link(store, 7)
    changes = Changes(
        links=[
            NewLink(token=-1, pair=PAIR, left=left(8), right=right(8)),
            NewLink(token=-2, pair=PAIR, left=left(7), right=right(9)),
        ]
    )
    with pytest.raises(IntegrityError):
        store.commit(changes, run=1, at=NOW)
    assert store.links.of(PAIR, Side.LEFT, [left(8)]) == {}


def test_links_are_counted_by_pair_and_state(store: SqlStore) -> None:
    link(store, 1)
    link(store, 2, pair="companies")
    close(store, link(store, 3))
    assert store.links.count(PAIR) == 1
    assert store.links.count(PAIR, LinkState.CLOSED) == 1
    assert store.links.count(PAIR, LinkState.ASLEEP) == 0


def test_state_without_links_says_so(store: SqlStore) -> None:
    assert not store.links.any()


def test_closed_link_counts_as_a_link_that_was(store: SqlStore) -> None:
    close(store, link(store))
    assert store.links.any()


@pytest.mark.parametrize(
    ("base", "seen"),
    [
        ({"a": "1"}, {"a": "1"}),
        ({"a": "1", "b": None}, {"a": "2", "b": None}),
        ({"a": "1"}, {"a": "1", "b": "2"}),
        ({"a": "1", "b": "2"}, {"a": "1"}),
        ({"a": "1"}, {"a": None}),
        ({}, {"a": None}),
        ({"a": "ä\x00\ud800 '\""}, {}),
    ],
)
def test_both_values_of_a_shadow_come_back_in_full(
    store: SqlStore, base: dict[str, str | None], seen: dict[str, str | None]
) -> None:
    made = link(store)
    update = ShadowUpdate(link_id=made, side=Side.RIGHT, base=base, seen=seen, read_at=NOW)
    store.commit(Changes(shadows=[update]), run=1, at=NOW)
    assert store.links.shadows([made]) == {(made, Side.RIGHT): Shadow(base, seen, NOW)}


def test_shadow_is_replaced_as_a_whole(store: SqlStore) -> None:
    made = link(store)
    store.commit(Changes(shadows=[shadow(made, Side.LEFT, a="1", b="2")]), run=1, at=NOW)
    later = ShadowUpdate(link_id=made, side=Side.LEFT, base={"a": "3"}, seen={}, read_at=None)
    store.commit(Changes(shadows=[later]), run=1, at=NOW)
    assert store.links.shadows([made])[made, Side.LEFT] == Shadow({"a": "3"}, {}, None)


def test_shadows_of_one_side_are_given_alone(store: SqlStore) -> None:
    made = link(store)
    both = [shadow(made, side, phone="1") for side in Side]
    store.commit(Changes(shadows=both), run=1, at=NOW)
    assert list(store.links.shadows([made], Side.RIGHT)) == [(made, Side.RIGHT)]


def test_last_eight_writes_of_a_field_come_newest_first(store: SqlStore) -> None:
    made = link(store)
    for number in range(10):
        store.commit(Changes(audit=[write(made, "phone", str(number))]), run=1, at=NOW)
    store.commit(Changes(audit=[write(made, "city", "Ulm")]), run=1, at=NOW)
    recent = store.links.recent_writes([(made, "phone"), (made, "city")])
    assert [one.after for one in recent[made, "phone"]] == list("98765432")
    assert [one.after for one in recent[made, "city"]] == ["Ulm"]


def test_audit_of_another_kind_is_no_write(store: SqlStore) -> None:
    made = link(store)
    entry = AuditEntry(pair=PAIR, link_id=made, kind="link", field="phone")
    store.commit(Changes(audit=[entry]), run=1, at=NOW + MINUTE)
    assert store.links.recent_writes([(made, "phone")]) == {}


def test_audit_entry_comes_back_as_it_was_given(store: SqlStore) -> None:
    made = link(store)
    entry = AuditEntry(
        pair=PAIR,
        link_id=made,
        kind="write",
        field="phone",
        side=Side.LEFT,
        before=None,
        after="2",
        origin="+2",
        reason="both edited; wins: right",
        overruled="3",
        overruled_side=Side.LEFT,
        left=left(1),
        right=right(1),
    )
    store.commit(Changes(audit=[entry]), run=1, at=NOW)
    assert store.links.recent_writes([(made, "phone")]) == {(made, "phone"): [entry]}


def apart(
    store: SqlStore, number: int, base: dict[str, str | None], seen: dict[str, str | None]
) -> int:
    made = link(store, number)
    held = ShadowUpdate(link_id=made, side=Side.LEFT, base=base, seen=seen, read_at=NOW)
    store.commit(Changes(shadows=[held]), run=1, at=NOW)
    return made


def test_values_both_sides_never_agreed_on_are_found_with_their_links(store: SqlStore) -> None:
    first = apart(store, 1, {"owner": "41"}, {"owner": "42"})
    second = apart(store, 2, {}, {"owner": "43", "city": "Ulm"})
    apart(store, 3, {"owner": "42"}, {"owner": "42"})
    apart(store, 4, {"owner": "42"}, {"owner": None})
    apart(store, 5, {"co_owner": "41"}, {"co_owner": "owner"})

    assert list(store.links.apart(PAIR, Side.LEFT, "owner")) == [(first, "42"), (second, "43")]
    assert list(store.links.apart(PAIR, Side.RIGHT, "owner")) == []
    assert list(store.links.apart("companies", Side.LEFT, "owner")) == []


def test_values_of_links_that_are_not_open_wait_for_nobody(store: SqlStore) -> None:
    made = apart(store, 1, {}, {"owner": "42"})
    close(store, made)

    assert list(store.links.apart(PAIR, Side.LEFT, "owner")) == []


def test_more_values_than_one_read_takes_are_all_found_once(store: SqlStore) -> None:
    new = [NewLink(token=-n, pair=PAIR, left=left(n), right=right(n)) for n in range(1, 1203)]
    held = [
        ShadowUpdate(
            link_id=-n,
            side=Side.LEFT,
            base={},
            # Every third holds the word and no value of the field.
            seen={"owner": str(n)} if n % 3 else {"city": '"owner"'},
            read_at=NOW,
        )
        for n in range(1, 1203)
    ]
    store.commit(Changes(links=new, shadows=held), run=1, at=NOW)

    found = [value for _, value in store.links.apart(PAIR, Side.LEFT, "owner")]

    assert found == [str(n) for n in range(1, 1203) if n % 3]
