"""Fields whose mapping line changed: every way a value is carried again, held or left."""

from __future__ import annotations

import pytest

from sync.domain.carry_again import carry_again
from sync.domain.merge import Decision, FieldView, Reason, SideView, Verdict
from sync.domain.record import Native, Side
from sync.domain.rules import (
    Arrow,
    BlankRule,
    Carried,
    FieldRule,
    Unsure,
    Wins,
)

LEFT, RIGHT = Side.LEFT, Side.RIGHT


class Doubling:
    """What the changed line carries: right has twice what left has; "-" is a blank."""

    def normal(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        return None if value in (None, "-") else value

    def canonical(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        return self.normal(side, value)

    def carry(
        self, origin: Side, value: Native, *, object_name: str, region: str | None = None
    ) -> Carried:
        plain = self.normal(origin, value)
        if plain is None:
            return None
        return str(int(plain) * 2) if origin is LEFT else str(int(plain) / 2)


def rule(
    arrow: Arrow = Arrow.BOTH,
    *,
    wins: Wins = Wins.HOLD,
    blank: BlankRule = BlankRule.KEEP,
    opt_out: bool = False,
) -> FieldRule:
    return FieldRule(
        name="field",
        arrow=arrow,
        wins=wins,
        unsure=Unsure.HOLD,
        blank=blank,
        protect=None,
        opt_out=opt_out,
        names={(LEFT, "people"): "field", (RIGHT, "Person"): "Field"},
        codec=Doubling(),
    )


def view(
    left: Native, right: Native, *, shadows: tuple[Native, Native], held: bool = True
) -> FieldView:
    return FieldView(
        left=SideView(object_name="people", now=left, shadow=shadows[0]),
        right=SideView(object_name="Person", now=right, shadow=shadows[1], held=held),
    )


#: Both sides agreed on 3 under the line before.
THREES = view("3", "3", shadows=("3", "3"))


def written(decision: Decision) -> tuple[Side | None, Native, Side | None]:
    assert decision.verdict is Verdict.WRITE, decision
    assert decision.reason is Reason.LINE_CHANGED
    return decision.target, decision.value, decision.overruled


@pytest.mark.parametrize(("origin", "target", "value"), [(LEFT, RIGHT, "6"), (RIGHT, LEFT, "1.5")])
def test_value_is_carried_again_from_where_it_came(origin: Side, target: Side, value: str) -> None:
    decision = carry_again(rule(), THREES, turned=None, origin=origin)
    assert written(decision) == (target, value, None)


def test_value_of_unknown_origin_fills_a_blank() -> None:
    only_left = view("3", None, shadows=("3", None))
    decision = carry_again(rule(), only_left, turned=None, origin=None)
    assert written(decision) == (RIGHT, "6", None)


def test_what_stood_for_a_blank_is_no_value_of_unknown_origin() -> None:
    stood_in = view(None, "0", shadows=(None, "0"))
    decision = carry_again(
        rule(), stood_in, turned=None, origin=None, stand_ins={RIGHT: "1"}, stood_in="0"
    )
    assert written(decision) == (RIGHT, "1", None)
    gone = carry_again(rule(), stood_in, turned=None, origin=None, stood_in="0")
    assert (gone.verdict, gone.settled) == (Verdict.NOTHING, True)


def test_stand_in_of_one_side_is_not_written_to_the_other() -> None:
    stood_in = view(None, "0", shadows=(None, "0"))
    decision = carry_again(rule(), stood_in, turned=None, origin=LEFT, stand_ins={LEFT: "1"})
    assert decision.verdict is Verdict.NOTHING


def test_value_of_unknown_origin_is_held() -> None:
    decision = carry_again(rule(), THREES, turned=None, origin=None)
    assert (decision.verdict, decision.reason) == (Verdict.HOLD, Reason.HOLD_LINE_CHANGED)


@pytest.mark.parametrize("arrow", list(Arrow))
def test_sides_that_agree_under_the_new_line_are_settled(arrow: Arrow) -> None:
    agreed = view("3", "6", shadows=("3", "3"))
    decision = carry_again(rule(arrow), agreed, turned=None, origin=None)
    assert (decision.verdict, decision.settled) == (Verdict.NOTHING, True)


def test_field_one_side_does_not_hold_is_settled() -> None:
    apart = view("3", None, shadows=("3", None), held=False)
    decision = carry_again(rule(), apart, turned=None, origin=LEFT)
    assert (decision.reason, decision.settled) == (Reason.NOT_HELD, True)


def test_what_both_agreed_on_stays_where_the_new_line_agrees_too() -> None:
    # Salesforce's person wrote another value over a one-way field: that was left alone before.
    strayed = view("3", "7", shadows=("3", "6"))
    decision = carry_again(rule(Arrow.TO_RIGHT), strayed, turned=None, origin=LEFT)
    assert (decision.verdict, decision.reason) == (Verdict.NOTHING, Reason.WRONG_WAY)


def test_edit_since_travels_by_the_new_line() -> None:
    edited = view("3", "8", shadows=("3", "3"))
    decision = carry_again(rule(), edited, turned=None, origin=LEFT)
    assert (decision.target, decision.value) == (LEFT, "4.0")
    assert decision.reason is Reason.EDITED_ALONE


def test_edits_on_both_sides_are_settled_by_who_wins() -> None:
    edited = view("5", "8", shadows=("3", "3"))
    decision = carry_again(rule(wins=Wins.LEFT), edited, turned=None, origin=RIGHT)
    assert (decision.target, decision.value, decision.overruled) == (RIGHT, "10", RIGHT)


@pytest.mark.parametrize("origin", [None, LEFT])
def test_one_way_line_is_carried_from_its_source(origin: Side | None) -> None:
    decision = carry_again(rule(Arrow.TO_RIGHT), THREES, turned=None, origin=origin)
    # Where the audit does not know, the value may be somebody's own: it is kept.
    assert written(decision) == (RIGHT, "6", None if origin else RIGHT)


def test_value_somebody_wrote_over_a_one_way_field_is_kept_when_it_is_overruled() -> None:
    strayed = view("3", "7", shadows=("3", "3"))
    decision = carry_again(rule(Arrow.TO_RIGHT), strayed, turned=None, origin=LEFT)
    assert written(decision) == (RIGHT, "6", RIGHT)


@pytest.mark.parametrize("blank", list(BlankRule))
def test_blank_source_never_empties_the_other_side(blank: BlankRule) -> None:
    only_right = view(None, "3", shadows=(None, "3"))
    decision = carry_again(rule(Arrow.TO_RIGHT, blank=blank), only_right, turned=None, origin=LEFT)
    assert (decision.verdict, decision.settled) == (Verdict.NOTHING, True)


def test_what_stands_for_a_blank_is_written_anew() -> None:
    stood_in = view(None, "0", shadows=(None, "0"))
    decision = carry_again(rule(), stood_in, turned=None, origin=LEFT, stand_ins={RIGHT: "1"})
    assert written(decision) == (RIGHT, "1", None)
    again = view(None, "1", shadows=(None, "0"))
    assert carry_again(
        rule(Arrow.TO_RIGHT), again, turned=None, origin=LEFT, stand_ins={RIGHT: "1"}
    ).settled


def test_what_stands_for_a_blank_never_covers_a_value_of_unknown_origin() -> None:
    only_right = view(None, "3", shadows=(None, "3"))
    decision = carry_again(
        rule(Arrow.TO_RIGHT), only_right, turned=None, origin=None, stand_ins={RIGHT: "1"}
    )
    assert decision.verdict is Verdict.NOTHING


@pytest.mark.parametrize(
    ("now", "turned", "expected"),
    [
        (("3", None), RIGHT, (RIGHT, "6", None)),
        (("3", "9"), RIGHT, (RIGHT, "6", RIGHT)),
        ((None, "9"), RIGHT, (LEFT, "4.5", None)),
        (("9", "4"), LEFT, (LEFT, "2.0", LEFT)),
    ],
    ids=["fills", "overrules", "takes", "other side"],
)
def test_another_native_field_is_filled_from_the_other_side(
    now: tuple[Native, Native], turned: Side, expected: tuple[Side, Native, Side | None]
) -> None:
    turned_view = view(*now, shadows=("3", "3"))
    decision = carry_again(rule(), turned_view, turned=turned, origin=None)
    assert written(decision) == expected


def test_opt_out_wins_under_a_changed_line() -> None:
    out = view("true", "false", shadows=("true", "false"))

    class Flags(Doubling):
        def carry(
            self, origin: Side, value: Native, *, object_name: str, region: str | None = None
        ) -> Carried:
            return value

    flag = FieldRule(
        name="field",
        arrow=Arrow.BOTH,
        wins=Wins.RIGHT,
        unsure=Unsure.HOLD,
        blank=BlankRule.KEEP,
        protect=None,
        opt_out=True,
        names={(LEFT, "people"): "field", (RIGHT, "Person"): "Field"},
        codec=Flags(),
    )
    decision = carry_again(flag, out, turned=None, origin=RIGHT)
    assert (decision.target, decision.value) == (RIGHT, "true")
    assert decision.reason is Reason.OPTED_OUT
