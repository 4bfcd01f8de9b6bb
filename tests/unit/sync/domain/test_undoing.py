"""What an undo takes back of a run, over a codec to which case does not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sync.domain.audit import AuditRow
from sync.domain.merge import FieldView, SideView
from sync.domain.record import Native, RecordRef, Side
from sync.domain.rules import Arrow, BlankRule, Carried, FieldRule, Unsure, Wins
from sync.domain.store import AuditEntry
from sync.domain.undoing import Change, Stays, Untaken, changes_of, same_value, why_not

LEFT, RIGHT = Side.LEFT, Side.RIGHT
ADA = (RecordRef("people", "1"), RecordRef("Person", "2"))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class CaselessCodec:
    """Case does not count."""

    def normal(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        return value.lower() if value is not None else None

    def canonical(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        return self.normal(side, value)

    def carry(
        self, origin: Side, value: Native, *, object_name: str, region: str | None = None
    ) -> Carried:
        return value


RULE = FieldRule(
    name="title",
    arrow=Arrow.BOTH,
    wins=Wins.HOLD,
    unsure=Unsure.HOLD,
    blank=BlankRule.KEEP,
    protect=None,
    opt_out=False,
    names={},
    codec=CaselessCodec(),
)


def row(
    number: int,
    before: Native,
    after: Native,
    *,
    kind: str = "write",
    side: Side | None = RIGHT,
    link_id: int | None = 1,
    field: str = "title",
) -> AuditRow:
    entry = AuditEntry(
        pair="people",
        link_id=link_id,
        kind=kind,
        field=field,
        side=side,
        before=before,
        after=after,
        origin=after,
        left=ADA[0],
        right=ADA[1],
    )
    return AuditRow(id=number, run=4, at=NOON, entry=entry)


def view(left: Native, right: Native) -> FieldView:
    return FieldView(
        left=SideView(object_name="people", now=left),
        right=SideView(object_name="Person", now=right),
    )


CHANGE = changes_of([row(1, "old", "new")])[0]


def test_all_writes_of_a_field_are_one_change() -> None:
    (one,) = changes_of([row(1, "a", "b"), row(2, "b", "c")])
    assert (one.before, one.after, one.origin, one.run) == ("a", "c", "c", 4)
    assert one.at == (1, "title", RIGHT)
    assert [one.ref(side) for side in Side] == list(ADA)


def test_sides_fields_and_links_are_changes_of_their_own() -> None:
    rows = [row(1, "a", "b"), row(2, "a", "b", side=LEFT), row(3, "a", "b", link_id=2)]
    assert len(changes_of([*rows, row(4, "a", "b", field="city")])) == 4


def test_what_is_no_write_of_a_field_is_no_change() -> None:
    rows = [row(1, None, None, kind="link"), row(2, "a", "b", side=None)]
    assert changes_of([*rows, row(3, "a", "b", link_id=None)]) == []


def test_writes_of_a_record_the_run_made_are_told_by_it() -> None:
    made = row(1, None, None, kind="create", field="")
    right, left = changes_of([made, row(2, None, "b"), row(3, "a", "b", side=LEFT)])
    assert (right.made, left.made) == (True, False)
    assert not any(one.made for one in changes_of([row(1, None, None, kind="create", side=None)]))


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ("new", "new", None),
        ("NEW", "New", None),
        ("new", "other", Untaken.EDITED),
        ("new", None, Untaken.EDITED),
        ("other", "new", Untaken.EDITED_ACROSS),
        (None, "new", Untaken.EDITED_ACROSS),
    ],
)
def test_value_goes_back_where_both_sides_hold_what_the_run_left(
    left: Native, right: Native, why: Untaken | None
) -> None:
    assert why_not(CHANGE, RULE, view(left, right)) is why


def test_what_the_funnel_wrote_was_made_from_no_value_across() -> None:
    assert why_not(CHANGE, replace(RULE, funnel=True), view("other", "new")) is None


@pytest.mark.parametrize(("after", "why"), [("true", Untaken.OPT_OUT), ("false", None)])
def test_opt_out_is_never_taken_back(after: str, why: Untaken | None) -> None:
    (change,) = changes_of([row(1, "old", after)])
    assert why_not(change, replace(RULE, opt_out=True), view(after, after)) is why


def test_what_stays_is_named_with_its_record() -> None:
    left = CHANGE.stays(Untaken.EDITED)
    assert (left.left, left.right, left.side, left.field) == (*ADA, RIGHT, "title")
    assert isinstance(CHANGE, Change)
    assert not same_value(RULE, LEFT, "a", "b", region=None)


def test_of_many_that_stay_some_are_listed_and_all_are_counted() -> None:
    stays = Stays()
    for _ in range(1_200):
        stays.add(CHANGE.stays(Untaken.LINKED))
    stays.add(CHANGE.stays(Untaken.CREATED))
    assert len(stays.some) == 1_001
    assert sum(stays.counts.values()) == 1_201
