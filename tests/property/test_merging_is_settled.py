"""The merge of one field gives one answer, and what it asks for leaves nothing to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from sync.domain.merge import (
    Decision,
    Evidence,
    FieldView,
    SideView,
    Verdict,
    link_field,
    merge_field,
)
from sync.domain.record import Side
from sync.domain.rules import FieldRule, FirstSync
from tests.property.effort import effort
from tests.property.project import VALUES, Variant, bound, variants

_OBJECTS = {Side.LEFT: "contacts", Side.RIGHT: "Lead"}
_START = datetime(2026, 3, 2, 8, tzinfo=UTC)
_MOMENTS = st.none() | st.integers(0, 20).map(lambda after: _START + timedelta(seconds=after))
_CACHED = st.sampled_from([Variant()]) | variants()


@st.composite
def _cases(draw: Any, *, agreed: bool) -> tuple[FieldRule, FieldView]:
    """Give a rule and a field; with `agreed`, the shadows are values that belong together."""
    rule = bound(draw(_CACHED)).rule(draw(st.sampled_from(sorted(VALUES))))
    shadows = {side: draw(st.sampled_from(VALUES[rule.name][side])) for side in Side}
    if agreed:
        carried = rule.codec.carry(Side.LEFT, shadows[Side.LEFT], object_name="Lead")
        assume(carried is None or isinstance(carried, str))
        shadows[Side.RIGHT] = carried
    views = {
        side: SideView(
            object_name=_OBJECTS[side],
            now=draw(st.sampled_from((shadows[side], *VALUES[rule.name][side]))),
            shadow=shadows[side],
            evidence=Evidence(after=draw(_MOMENTS), until=draw(_MOMENTS)),
        )
        for side in Side
    }
    return rule, FieldView(left=views[Side.LEFT], right=views[Side.RIGHT])


def _done(view: FieldView, decision: Decision) -> FieldView:
    """Give the field after a decision, with the shadows as the engine moves them."""
    values = {side: view.of(side).now for side in Side}
    if decision.target is not None:
        values[decision.target] = decision.value
    sides = {
        side: replace(view.of(side), now=value, shadow=value) for side, value in values.items()
    }
    return FieldView(left=sides[Side.LEFT], right=sides[Side.RIGHT])


@given(_cases(agreed=False), st.sampled_from(list(FirstSync)))
@effort(200)
def test_the_same_values_always_give_the_same_decision(
    case: tuple[FieldRule, FieldView], first_sync: FirstSync
) -> None:
    rule, view = case
    assert merge_field(rule, view) == merge_field(rule, view)
    assert link_field(rule, view, first_sync=first_sync) == link_field(
        rule, view, first_sync=first_sync
    )


@given(_cases(agreed=True), st.sampled_from(list(FirstSync)), st.booleans())
@effort(300)
def test_what_was_written_or_settled_asks_for_nothing_more(
    case: tuple[FieldRule, FieldView], first_sync: FirstSync, first: bool
) -> None:
    rule, view = case
    decision = link_field(rule, view, first_sync=first_sync) if first else merge_field(rule, view)
    if decision.verdict is Verdict.WRITE or decision.settled:
        assert merge_field(rule, _done(view, decision)).verdict is Verdict.NOTHING


@given(_cases(agreed=True))
@effort(300)
def test_a_write_never_drops_an_edit_without_naming_it(case: tuple[FieldRule, FieldView]) -> None:
    rule, view = case
    decision = merge_field(rule, view)
    if decision.verdict is not Verdict.WRITE or decision.target is None:
        return
    target = view.of(decision.target)
    normal = rule.codec.normal(decision.target, target.now)
    edited = normal != rule.codec.normal(decision.target, target.shadow)
    if edited and normal is not None:
        assert decision.overruled is decision.target


@given(_cases(agreed=True))
@effort(200)
def test_untouched_fields_are_left_alone(case: tuple[FieldRule, FieldView]) -> None:
    rule, view = case
    still = FieldView(
        left=replace(view.left, now=view.left.shadow),
        right=replace(view.right, now=view.right.shadow),
    )
    assert merge_field(rule, still).verdict is Verdict.NOTHING
