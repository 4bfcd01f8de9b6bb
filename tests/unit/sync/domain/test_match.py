"""What becomes of an unlinked record, decided from the groups it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from sync.domain.match import Group, Match, MatchKind, Member, Prefer, resolve_match
from sync.domain.record import RecordRef, Side

START = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = {Side.LEFT: ("people",), Side.RIGHT: ("Contact", "Lead")}


def left(id: str, **more: Any) -> Member:
    return member(Side.LEFT, id, **more)


def right(id: str, **more: Any) -> Member:
    return member(Side.RIGHT, id, **more)


def member(
    side: Side, id: str, *, rank: int = 0, day: int | None = 1, stamp: int = 0, **more: Any
) -> Member:
    plain = Member(
        side=side,
        ref=RecordRef(NAMES[side][rank], id),
        rank=rank,
        stamp=START + timedelta(days=stamp),
        created=None if day is None else START + timedelta(days=day),
    )
    return replace(plain, **more)


def match(me: Member, *groups: Sequence[Member], prefer: Prefer | None = None) -> Match:
    """Decide, and show that the order of members makes no difference."""
    named = [Group(name=str(at), members=tuple(one)) for at, one in enumerate(groups)]
    found = resolve_match(me, named, prefer=prefer)
    for order in permutations(named[0].members if named else ()):
        mixed = [replace(named[0], members=order), *named[1:]] if named else []
        assert resolve_match(me, mixed, prefer=prefer) == found
    return found


def test_record_without_a_group_is_alone() -> None:
    assert match(left("1")).kind is MatchKind.ALONE


def test_record_by_itself_in_its_group_is_alone() -> None:
    me = left("1")

    assert match(me, [me]).kind is MatchKind.ALONE


def test_one_on_each_side_is_linked() -> None:
    me, other = left("1"), right("2")

    found = match(me, [me, other])

    assert (found.kind, found.partner, found.group) == (MatchKind.LINK, other.ref, "0")
    assert match(other, [me, other]).partner == me.ref


def test_weaker_rule_is_tried_where_the_stronger_finds_nobody() -> None:
    me, other = left("1"), right("2")

    found = match(me, [me], [me, other])

    assert (found.partner, found.group) == (other.ref, "1")


def test_no_weaker_rule_is_tried_after_one_that_finds_several() -> None:
    me, other, third = left("1"), right("2"), right("3")

    found = match(me, [me, other, third], [me, other])

    assert (found.kind, found.group) == (MatchKind.HOLD, "0")


@pytest.mark.parametrize(
    "group",
    [[left("1"), right("2"), right("3")], [left("1"), left("4"), right("2")]],
    ids=["several there", "several here"],
)
def test_several_beside_a_counterpart_are_held(group: list[Member]) -> None:
    found = match(group[0], group)

    assert found.kind is MatchKind.HOLD
    assert {one.ref for one in found.others} == {one.ref for one in group[1:]}


@pytest.mark.parametrize(
    ("prefer", "winner"), [(Prefer.OLDEST, "2"), (Prefer.NEWEST_ACTIVITY, "3")]
)
def test_prefer_picks_one_of_several(prefer: Prefer, winner: str) -> None:
    me = left("1")
    group = [me, right("2", day=1, stamp=1), right("3", day=2, stamp=2)]

    found = match(me, group, prefer=prefer)

    assert found.partner == RecordRef("Contact", winner)
    for other in group[1:]:
        back = match(other, group, prefer=prefer)
        chosen = other.ref.id == winner
        assert back.kind is (MatchKind.LINK if chosen else MatchKind.HOLD)


def test_record_of_unknown_age_is_the_youngest() -> None:
    me = left("1")
    group = [me, right("2", day=None), right("3", day=5)]

    assert match(me, group, prefer=Prefer.OLDEST).partner == RecordRef("Contact", "3")


def test_preferred_object_is_linked_and_the_other_listed() -> None:
    me, contact, lead = left("1"), right("2"), right("3", rank=1)
    group = [me, contact, lead]

    assert match(me, group).partner == contact.ref
    assert match(contact, group).partner == me.ref
    listed = match(lead, group)
    assert (listed.kind, [one.ref for one in listed.others]) == (MatchKind.LISTED, [contact.ref])


def test_oldest_of_several_without_a_counterpart_is_alone_and_the_others_held() -> None:
    old, young = left("1", day=1), left("2", day=2)

    assert match(old, [old, young]).kind is MatchKind.ALONE
    held = match(young, [old, young])
    assert (held.kind, [one.ref for one in held.others]) == (MatchKind.HOLD, [old.ref])


def test_counterpart_that_is_left_out_leaves_the_record_out() -> None:
    me, other = left("1"), right("2", included=False)

    assert match(me, [me, other]).kind is MatchKind.LEFT_OUT


def test_record_that_is_left_out_counts_for_nothing_on_its_own_side() -> None:
    me, twin, other = left("1"), left("2", day=0, included=False), right("3")

    assert match(me, [me, twin, other]).partner == other.ref
    assert match(me, [me, twin]).kind is MatchKind.ALONE


@pytest.mark.parametrize("linked", [left("2", linked=True), right("2", linked=True)])
@pytest.mark.parametrize("prefer", [None, *Prefer])
def test_record_beside_a_linked_one_is_held(linked: Member, prefer: Prefer | None) -> None:
    me = left("1")

    found = match(me, [me, linked], prefer=prefer)

    assert (found.kind, [one.ref for one in found.others]) == (MatchKind.HOLD, [linked.ref])


@pytest.mark.parametrize(
    "linked", [left("2", linked=True), right("2", linked=True)], ids=["across", "beside"]
)
def test_lead_beside_a_linked_contact_is_listed(linked: Member) -> None:
    lead = right("1", rank=1)

    assert match(lead, [lead, linked]).kind is MatchKind.LISTED


@pytest.mark.parametrize(
    "linked",
    [left("2", linked=True, partner_rank=1), right("2", rank=1, linked=True)],
    ids=["across", "beside"],
)
def test_contact_beside_a_linked_lead_is_held(linked: Member) -> None:
    contact = right("1")

    assert match(contact, [contact, linked]).kind is MatchKind.HOLD


def test_others_are_named_in_one_order() -> None:
    me = left("1")
    group = [me, right("4", day=2), right("3", day=1), left("2", day=9)]

    assert [one.ref.id for one in match(me, group).others] == ["2", "3", "4"]
