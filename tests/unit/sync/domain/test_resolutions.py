"""What a person decided on a held field, decided again over what both sides hold by then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from sync.domain.merge import Reason, Verdict
from sync.domain.record import Native, RecordRef, Side
from sync.domain.resolutions import Resolution, Take, decide_resolved
from sync.domain.rules import Arrow, BlankRule, FieldRule, TroubleKind
from tests.unit.sync.domain.test_merge import LEFT, NOON, RIGHT, TinyCodec, rule, view

TO_RIGHT = Arrow.TO_RIGHT


def decided(
    take: Take, value: Native = None, *, left: Native = "l", right: Native = "r"
) -> Resolution:
    return Resolution(
        conflict=1,
        pair="people",
        link_id=1,
        field="field",
        group="",
        take=take,
        value=value,
        left=left,
        right=right,
        due=frozenset(Side),
        at=NOON,
    )


def writes(
    made: Resolution, left: Native = "l", right: Native = "r", *, by: FieldRule | None = None
) -> Mapping[Side, Native] | Reason | str:
    """Give what is written by side, else why nothing is; the code where it is held."""
    decision = decide_resolved(by or rule(), view(left, right), made)
    match decision.verdict:
        case Verdict.HOLD:
            assert decision.trouble is not None
            return decision.trouble.code
        case Verdict.WRITE:
            both = (decision, decision.also) if decision.also is not None else (decision,)
            assert all(one.overruled is one.target for one in both)
            return {one.target: one.value for one in both if one.target is not None}
        case _:
            assert decision.settled is (decision.reason is not Reason.WAITS)
            return decision.reason


@pytest.mark.parametrize(
    ("made", "now", "expected"),
    [
        (decided(Take.LEFT), ("l", "r"), {RIGHT: "l"}),
        (decided(Take.RIGHT), ("l", "r"), {LEFT: "r"}),
        (decided(Take.VALUE, "v"), ("l", "r"), {LEFT: "v", RIGHT: "v"}),
        # In the left side's words, of which the right one knows fewer: these stay.
        (decided(Take.VALUE, "vp"), ("l", "r"), {LEFT: "vp", RIGHT: "c"}),
        # One side has it already, since a run was cut off between the two, or by other hands.
        (decided(Take.VALUE, "v"), ("v", "r"), {RIGHT: "v"}),
        (decided(Take.VALUE, "v"), ("L", "V"), {LEFT: "v"}),
        # In another form it is the same value.
        (decided(Take.LEFT), ("L", "R"), {RIGHT: "l"}),
        (decided(Take.LEFT), ("r", "r"), Reason.AGREED),
        (decided(Take.VALUE, "vp"), ("vp", "c"), Reason.AGREED),
        (decided(Take.LEFT), ("l2", "r"), "MOVED_SINCE"),
        (decided(Take.LEFT), ("l", "r2"), "MOVED_SINCE"),
        (decided(Take.VALUE, "v"), ("v", "r2"), "MOVED_SINCE"),
        # What cannot be carried is said; of a side that keeps its own, both stay.
        (decided(Take.LEFT, left="!refused"), ("!refused", "r"), "c"),
        (decided(Take.VALUE, "!hold"), ("l", "r"), "c"),
        (decided(Take.LEFT, left="!keep"), ("!keep", "r"), Reason.RESOLVED_APART),
    ],
)
def test_decision_is_carried_out_on_the_values_that_were_looked_at(
    made: Resolution, now: tuple[str, str], expected: object
) -> None:
    assert writes(made, *now) == expected


def test_value_only_the_right_side_knows_is_read_in_its_words() -> None:
    class Strict(TinyCodec):
        """The left side has no word for "x", and the right one's "x" is its "y"."""

        def carry(self, origin: Side, value: Native, **named: object) -> object:  # type: ignore[override]
            if origin is LEFT and value == "x":
                return super().carry(origin, "!hold", object_name="")
            swap = {RIGHT: {"x": "y"}, LEFT: {"y": "x"}}[origin]
            return swap.get(value or "", value)

    by = replace(rule(), codec=Strict())  # type: ignore[arg-type]
    assert writes(decided(Take.VALUE, "x"), by=by) == {LEFT: "y", RIGHT: "x"}


def test_value_that_cannot_come_back_is_held() -> None:
    class OneWay(TinyCodec):
        """Nothing comes back from the right side."""

        def carry(self, origin: Side, value: Native, **named: object) -> object:  # type: ignore[override]
            return super().carry(origin, value if origin is LEFT else "!refused", object_name="")

    by = replace(rule(), codec=OneWay())  # type: ignore[arg-type]
    assert writes(decided(Take.VALUE, "x"), by=by) == "c"


@pytest.mark.parametrize(
    ("blank", "expected"),
    [
        (BlankRule.CLEAR, {RIGHT: None}),
        (BlankRule.KEEP, Reason.RESOLVED_APART),
        (BlankRule.FILL, Reason.RESOLVED_APART),
    ],
)
def test_blank_that_is_taken_empties_only_where_the_mapping_clears(
    blank: BlankRule, expected: object
) -> None:
    made = decided(Take.LEFT, left=None)
    assert writes(made, None, by=rule(blank=blank)) == expected
    assert writes(made, "new", by=rule(blank=blank)) == "MOVED_SINCE"


def test_one_way_field_is_written_from_its_source_only() -> None:
    by = rule(TO_RIGHT)
    assert writes(decided(Take.LEFT), by=by) == {RIGHT: "l"}
    assert writes(decided(Take.RIGHT), by=by) == Reason.RESOLVED_APART
    assert writes(decided(Take.RIGHT), "l2", by=by) == "MOVED_SINCE"


def test_opt_out_is_not_taken_back() -> None:
    made = {
        side: decided(take, left="true", right="false")
        for side, take in ((LEFT, Take.LEFT), (RIGHT, Take.RIGHT))
    }
    by = rule(opt_out=True)
    assert writes(made[LEFT], "true", "false", by=by) == {RIGHT: "true"}
    assert writes(made[RIGHT], "true", "false", by=by) == "OPT_OUT_STAYS"


def test_reference_waits_for_the_record_it_names() -> None:
    refers = replace(rule(), refers=object())  # type: ignore[arg-type]
    made = decided(Take.LEFT, left=f"!{TroubleKind.WAIT.value}")
    decision = decide_resolved(refers, view("!wait", "r"), made)
    assert (decision.reason, decision.target, decision.why, decision.overruled) == (
        Reason.WAITS,
        RIGHT,
        Reason.RESOLVED,
        RIGHT,
    )
    assert writes(made, "!wait", "r2", by=refers) == "MOVED_SINCE"
    assert writes(made, "!wait", "r") == "c"  # no field of the kind that waits


def test_field_one_side_does_not_have_is_settled() -> None:
    decision = decide_resolved(rule(), view("l", "r", held=(True, False)), decided(Take.LEFT))
    assert (decision.reason, decision.settled) == (Reason.NOT_HELD, True)


def test_two_records_that_are_one_are_kept_by_object_and_id() -> None:
    two = {LEFT: RecordRef("contacts", "1"), RIGHT: RecordRef("Contact", "003/x")}
    made = decided(Take.LINK, left=Resolution.named(two[LEFT]), right=Resolution.named(two[RIGHT]))
    assert {side: made.chosen(side) for side in Side} == two
    assert decided(Take.LEFT).chosen(LEFT) is None
