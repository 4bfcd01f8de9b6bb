"""The three-way merge, decided over a tiny codec: every verdict with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.domain.merge import (
    Decision,
    Evidence,
    FieldView,
    Reason,
    SideView,
    Verdict,
    link_field,
    merge_field,
)
from sync.domain.record import Native, Side
from sync.domain.rules import (
    Arrow,
    BlankRule,
    Carried,
    FieldRule,
    FirstSync,
    Trouble,
    TroubleKind,
    Unsure,
    Wins,
)

LEFT, RIGHT = Side.LEFT, Side.RIGHT
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORD = {Wins.LEFT: LEFT, Wins.RIGHT: RIGHT}


class TinyCodec:
    """Case does not count, "-" is a blank, and words that begin with "!" cannot be carried."""

    def normal(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        return None if value in (None, "-") else value.lower()

    def canonical(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        return self.normal(side, value, region=region)

    def carry(
        self, origin: Side, value: Native, *, object_name: str, region: str | None = None
    ) -> Carried:
        plain = self.normal(origin, value, region=region)
        if plain is not None and plain.startswith("!"):
            return Trouble(kind=TroubleKind(plain[1:]), code="c", message="m", fix="f")
        # Right knows no difference between vp and exec.
        return "c" if plain in ("vp", "exec") and origin is LEFT else plain


def rule(
    arrow: Arrow = Arrow.BOTH,
    *,
    wins: Wins = Wins.HOLD,
    unsure: Unsure = Unsure.HOLD,
    blank: BlankRule = BlankRule.KEEP,
    protect: Side | None = None,
    opt_out: bool = False,
) -> FieldRule:
    return FieldRule(
        name="field",
        arrow=arrow,
        wins=wins,
        unsure=unsure,
        blank=blank,
        protect=protect,
        opt_out=opt_out,
        names={(LEFT, "people"): "field", (RIGHT, "Person"): "Field"},
        codec=TinyCodec(),
    )


def view(
    left: Native,
    right: Native,
    *,
    shadows: tuple[Native, Native] = ("a", "a"),
    held: tuple[bool, bool] = (True, True),
    evidence: tuple[Evidence, Evidence] = (Evidence(), Evidence()),
) -> FieldView:
    return FieldView(
        left=SideView(
            object_name="people",
            now=left,
            shadow=shadows[0],
            held=held[0],
            evidence=evidence[0],
        ),
        right=SideView(
            object_name="Person",
            now=right,
            shadow=shadows[1],
            held=held[1],
            evidence=evidence[1],
        ),
    )


def written(decision: Decision) -> tuple[Side | None, Native, Reason, Side | None]:
    assert decision.verdict is Verdict.WRITE, decision
    return decision.target, decision.value, decision.reason, decision.overruled


def at(minutes: int) -> Evidence:
    moment = NOON + timedelta(minutes=minutes)
    return Evidence(after=moment, until=moment)


def test_field_one_side_does_not_hold_is_nothing() -> None:
    for held in ((False, True), (True, False)):
        decision = merge_field(rule(), view("b", "a", held=held))
        assert (decision.verdict, decision.reason) == (Verdict.NOTHING, Reason.NOT_HELD)
        assert link_field(rule(), view("b", "a", held=held), first_sync=FirstSync.LEFT) == decision


@pytest.mark.parametrize("values", [("a", "a"), ("A", "a")], ids=["to the letter", "in form"])
def test_unedited_field_is_nothing(values: tuple[str, str]) -> None:
    decision = merge_field(rule(), view(*values))

    assert (decision.verdict, decision.reason, decision.settled) == (
        Verdict.NOTHING,
        Reason.UNCHANGED,
        False,
    )


@pytest.mark.parametrize(
    ("values", "shadows"),
    [
        (("b", "B"), ("a", "a")),
        ((None, "-"), ("a", "a")),
        (("vp", "c"), ("a", "a")),
        (("exec", "c"), ("vp", "c")),
    ],
    ids=["same edit", "both emptied", "as left carries it", "many to one"],
)
def test_sides_that_agree_move_their_shadows(
    values: tuple[Native, Native], shadows: tuple[Native, Native]
) -> None:
    decision = merge_field(rule(), view(*values, shadows=shadows))

    assert (decision.verdict, decision.reason, decision.settled) == (
        Verdict.NOTHING,
        Reason.AGREED,
        True,
    )


@pytest.mark.parametrize("side", Side)
def test_value_edited_on_one_side_travels(side: Side) -> None:
    edited = view("b", "a") if side is LEFT else view("a", "b")

    assert written(merge_field(rule(), edited)) == (side.other, "b", Reason.EDITED_ALONE, None)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(
    ("blank", "expected"),
    [
        (BlankRule.CLEAR, (None, Reason.CLEARED)),
        (BlankRule.FILL, ("a", Reason.FILLED)),
    ],
)
def test_emptied_value_goes_by_blank(
    side: Side, blank: BlankRule, expected: tuple[Native, Reason]
) -> None:
    emptied = view(None, "a") if side is LEFT else view("a", None)

    target, value, reason, overruled = written(merge_field(rule(blank=blank), emptied))

    assert (value, reason) == expected
    fills = blank is BlankRule.FILL
    assert (target, overruled) == ((side, side) if fills else (side.other, None))


@pytest.mark.parametrize("emptied", [view(None, "a"), view("a", None)])
def test_emptied_value_is_kept_apart(emptied: FieldView) -> None:
    decision = merge_field(rule(blank=BlankRule.KEEP), emptied)

    assert (decision.verdict, decision.reason) == (Verdict.NOTHING, Reason.KEPT_APART)


@pytest.mark.parametrize("wins", [Wins.LEFT, Wins.RIGHT])
def test_named_side_wins_a_conflict(wins: Wins) -> None:
    winner = WORD[wins]

    decision = merge_field(rule(wins=wins), view("left", "right"))

    assert written(decision) == (
        winner.other,
        "left" if winner is LEFT else "right",
        Reason.NAMED_WINNER,
        winner.other,
    )


def test_conflict_under_hold_is_held() -> None:
    decision = merge_field(rule(wins=Wins.HOLD), view("b", "c"))

    assert (decision.verdict, decision.reason) == (Verdict.HOLD, Reason.HOLD_BOTH_EDITED)


@pytest.mark.parametrize(("evidence", "winner"), [((at(1), at(0)), LEFT), ((at(0), at(1)), RIGHT)])
def test_later_edit_wins(evidence: tuple[Evidence, Evidence], winner: Side) -> None:
    decision = merge_field(rule(wins=Wins.NEWEST), view("left", "right", evidence=evidence))

    assert written(decision) == (
        winner.other,
        "left" if winner is LEFT else "right",
        Reason.NEWER,
        winner.other,
    )


NEAR = Evidence(after=NOON + timedelta(seconds=5), until=NOON + timedelta(seconds=5))


@pytest.mark.parametrize(
    "evidence",
    [
        (Evidence(), Evidence()),
        (at(1), Evidence()),
        (Evidence(until=NOON), at(0)),
        (NEAR, at(0)),
        (Evidence(after=NOON, until=NOON + timedelta(hours=1)), at(30)),
    ],
    ids=["none", "one side", "no lower end", "five seconds", "within"],
)
@pytest.mark.parametrize("unsure", Unsure)
def test_undecidable_conflict_goes_by_unsure(
    evidence: tuple[Evidence, Evidence], unsure: Unsure
) -> None:
    decision = merge_field(
        rule(wins=Wins.NEWEST, unsure=unsure), view("left", "right", evidence=evidence)
    )

    if unsure is Unsure.HOLD:
        assert (decision.verdict, decision.reason) == (Verdict.HOLD, Reason.HOLD_UNSURE)
    else:
        winner = LEFT if unsure is Unsure.LEFT else RIGHT
        assert decision.target is winner.other
        assert (decision.reason, decision.overruled) == (Reason.UNSURE_WINNER, winner.other)


@pytest.mark.parametrize("blank", [BlankRule.KEEP, BlankRule.FILL])
@pytest.mark.parametrize("side", Side)
def test_value_wins_over_a_blank(side: Side, blank: BlankRule) -> None:
    emptied = view(None, "b") if side is LEFT else view("b", None)

    decision = merge_field(rule(blank=blank), emptied)

    assert written(decision) == (side, "b", Reason.OVER_BLANK, side)


def test_winning_blank_empties_the_other_side_under_clear() -> None:
    decision = merge_field(rule(wins=Wins.LEFT, blank=BlankRule.CLEAR), view(None, "b"))

    assert written(decision) == (RIGHT, None, Reason.CLEARED, RIGHT)


def test_losing_blank_is_filled_under_clear() -> None:
    decision = merge_field(rule(wins=Wins.RIGHT, blank=BlankRule.CLEAR), view(None, "b"))

    assert written(decision) == (LEFT, "b", Reason.NAMED_WINNER, LEFT)


@pytest.mark.parametrize("wins", Wins)
@pytest.mark.parametrize(("arrow", "source"), [(Arrow.TO_RIGHT, LEFT), (Arrow.TO_LEFT, RIGHT)])
def test_source_travels_whatever_wins_says(arrow: Arrow, source: Side, wins: Wins) -> None:
    decision = merge_field(rule(arrow, wins=wins), view("left", "right"))

    value = "left" if source is LEFT else "right"
    assert written(decision) == (source.other, value, Reason.SOURCE, source.other)


def test_source_edited_alone_overrules_nobody() -> None:
    assert written(merge_field(rule(Arrow.TO_RIGHT), view("b", "a"))) == (
        RIGHT,
        "b",
        Reason.SOURCE,
        None,
    )


def test_edit_against_the_arrow_stays() -> None:
    decision = merge_field(rule(Arrow.TO_RIGHT), view("a", "b"))

    assert (decision.verdict, decision.reason) == (Verdict.NOTHING, Reason.WRONG_WAY)


def test_protected_source_is_put_back() -> None:
    decision = merge_field(rule(Arrow.TO_RIGHT, protect=LEFT), view("a", "b"))

    assert written(decision) == (RIGHT, "a", Reason.PROTECTED, RIGHT)


@pytest.mark.parametrize("blank", BlankRule)
def test_blank_source_is_protected_under_clear_only(blank: BlankRule) -> None:
    blank_source = view(None, "b", shadows=(None, None))

    decision = merge_field(rule(Arrow.TO_RIGHT, protect=LEFT, blank=blank), blank_source)

    if blank is BlankRule.CLEAR:
        assert written(decision) == (RIGHT, None, Reason.CLEARED, RIGHT)
    else:
        assert (decision.verdict, decision.reason) == (Verdict.NOTHING, Reason.WRONG_WAY)


@pytest.mark.parametrize("blank", BlankRule)
def test_emptied_source_empties_the_target_under_clear_only(blank: BlankRule) -> None:
    decision = merge_field(rule(Arrow.TO_RIGHT, blank=blank), view(None, "a"))

    if blank is BlankRule.CLEAR:
        assert written(decision) == (RIGHT, None, Reason.CLEARED, None)
    elif blank is BlankRule.KEEP:
        assert (decision.verdict, decision.reason) == (Verdict.NOTHING, Reason.KEPT_APART)


def test_value_left_against_the_arrow_is_overruled_by_the_source() -> None:
    # The target's shadow moved with an edit that stayed; the source's shadow did not give it.
    decision = merge_field(rule(Arrow.TO_RIGHT), view("b", "mine", shadows=("a", "mine")))

    assert written(decision) == (RIGHT, "b", Reason.SOURCE, RIGHT)


@pytest.mark.parametrize("word", ["!hold", None], ids=["not to be carried", "blank"])
def test_value_the_source_cannot_have_given_is_overruled(word: Native) -> None:
    decision = merge_field(rule(Arrow.TO_RIGHT), view("b", "mine", shadows=(word, "mine")))

    assert written(decision) == (RIGHT, "b", Reason.SOURCE, RIGHT)


def test_blank_target_is_not_overruled() -> None:
    decision = merge_field(rule(Arrow.TO_RIGHT), view("b", None, shadows=("a", None)))

    assert written(decision) == (RIGHT, "b", Reason.SOURCE, None)


@pytest.mark.parametrize("wins", Wins)
@pytest.mark.parametrize("left", ["left", "a"], ids=["both edited", "guest edited"])
def test_protected_side_wins(left: str, wins: Wins) -> None:
    decision = merge_field(rule(protect=LEFT, wins=wins), view(left, "right"))

    assert written(decision) == (RIGHT, left, Reason.PROTECTED, RIGHT)


def test_edit_of_the_protected_side_travels() -> None:
    decision = merge_field(rule(protect=LEFT), view("b", "a"))

    assert written(decision) == (RIGHT, "b", Reason.EDITED_ALONE, None)


@pytest.mark.parametrize(
    ("shadows", "reason"),
    [((None, None), Reason.EDITED_ALONE), (("a", "a"), Reason.OVER_BLANK)],
    ids=["blank before", "emptied"],
)
def test_blank_protected_side_gets_the_other_value(
    shadows: tuple[Native, Native], reason: Reason
) -> None:
    decision = merge_field(rule(protect=LEFT), view(None, "b", shadows=shadows))

    assert (decision.target, decision.value, decision.reason) == (LEFT, "b", reason)


def test_blank_protected_side_wins_under_clear() -> None:
    emptied = view(None, "b")

    decision = merge_field(rule(protect=LEFT, blank=BlankRule.CLEAR), emptied)

    assert written(decision) == (RIGHT, None, Reason.CLEARED, RIGHT)


@pytest.mark.parametrize(
    ("values", "target", "overruled"),
    [
        (("true", "false"), RIGHT, None),
        (("false", "true"), LEFT, None),
    ],
    ids=["left opted out", "right opted out"],
)
def test_opt_out_on_one_side_opts_out_the_other(
    values: tuple[str, str], target: Side, overruled: Side | None
) -> None:
    decision = merge_field(rule(opt_out=True), view(*values, shadows=("false", "false")))

    assert written(decision) == (target, "true", Reason.OPTED_OUT, overruled)


def test_opt_in_never_overrules_an_opt_out() -> None:
    decision = merge_field(rule(opt_out=True), view("false", "true", shadows=("true", "true")))

    assert written(decision) == (LEFT, "true", Reason.OPTED_OUT, LEFT)


def test_opted_in_and_blank_agree() -> None:
    decision = merge_field(rule(opt_out=True), view("false", None, shadows=(None, None)))

    assert (decision.verdict, decision.settled) == (Verdict.NOTHING, True)


def test_one_way_opt_out_goes_by_its_arrow() -> None:
    opted = view("true", "false", shadows=("false", "false"))

    decision = merge_field(rule(Arrow.TO_LEFT, opt_out=True), opted)

    assert (decision.verdict, decision.reason) == (Verdict.NOTHING, Reason.WRONG_WAY)


@pytest.mark.parametrize(
    ("word", "verdict", "reason"),
    [
        ("!hold", Verdict.HOLD, Reason.HOLD_NO_ENTRY),
        ("!keep", Verdict.NOTHING, Reason.TARGET_STAYS),
        ("!refused", Verdict.REFUSE, Reason.REFUSED),
    ],
)
def test_value_that_cannot_be_carried(word: str, verdict: Verdict, reason: Reason) -> None:
    decision = merge_field(rule(), view(word, "a"))

    assert (decision.verdict, decision.reason) == (verdict, reason)
    assert (decision.trouble is None) is (verdict is Verdict.NOTHING)
    assert decision.target is (RIGHT if verdict is Verdict.REFUSE else None)


# --- first linking ------------------------------------------------------------------------------


@pytest.mark.parametrize("first_sync", FirstSync)
def test_equal_values_at_first_linking_agree(first_sync: FirstSync) -> None:
    decision = link_field(rule(), view("A", "a"), first_sync=first_sync)

    assert (decision.reason, decision.settled) == (Reason.AGREED, True)


@pytest.mark.parametrize("blank", BlankRule)
@pytest.mark.parametrize("side", Side)
def test_blank_is_filled_at_first_linking(side: Side, blank: BlankRule) -> None:
    values = view(None, "b") if side is LEFT else view("b", None)

    decision = link_field(rule(blank=blank), values, first_sync=FirstSync.HOLD)

    assert written(decision) == (side, "b", Reason.FIRST_FILL, None)


@pytest.mark.parametrize("source", Side)
def test_one_way_field_is_filled_in_its_direction_only(source: Side) -> None:
    arrow = Arrow.TO_RIGHT if source is LEFT else Arrow.TO_LEFT
    blank_source = view(None, "b") if source is LEFT else view("b", None)
    blank_target = view("b", None) if source is LEFT else view(None, "b")

    against = link_field(rule(arrow), blank_source, first_sync=FirstSync.LEFT)
    along = link_field(rule(arrow), blank_target, first_sync=FirstSync.LEFT)

    assert (against.verdict, against.reason) == (Verdict.NOTHING, Reason.WRONG_WAY)
    assert written(along) == (source.other, "b", Reason.FIRST_FILL, None)


@pytest.mark.parametrize(
    ("first_sync", "winner"), [(FirstSync.LEFT, LEFT), (FirstSync.RIGHT, RIGHT)]
)
def test_first_sync_names_who_wins(first_sync: FirstSync, winner: Side) -> None:
    decision = link_field(rule(), view("left", "right"), first_sync=first_sync)

    value = "left" if winner is LEFT else "right"
    assert written(decision) == (winner.other, value, Reason.FIRST_SYNC, winner.other)


def test_first_sync_hold_holds() -> None:
    decision = link_field(rule(), view("b", "c"), first_sync=FirstSync.HOLD)

    assert (decision.verdict, decision.reason) == (Verdict.HOLD, Reason.HOLD_FIRST_SYNC)


@pytest.mark.parametrize(("evidence", "winner"), [((at(1), at(0)), LEFT), ((at(0), at(1)), RIGHT)])
def test_first_sync_newest_takes_the_later(
    evidence: tuple[Evidence, Evidence], winner: Side
) -> None:
    values = view("left", "right", evidence=evidence)

    decision = link_field(rule(), values, first_sync=FirstSync.NEWEST)

    assert (decision.target, decision.reason) == (winner.other, Reason.FIRST_NEWER)


def test_first_sync_newest_without_evidence_is_held() -> None:
    decision = link_field(rule(), view("b", "c"), first_sync=FirstSync.NEWEST)

    assert (decision.verdict, decision.reason) == (Verdict.HOLD, Reason.HOLD_FIRST_UNSURE)


def test_first_sync_does_not_turn_an_arrow_round() -> None:
    against = link_field(rule(Arrow.TO_LEFT), view("b", "c"), first_sync=FirstSync.LEFT)
    along = link_field(rule(Arrow.TO_RIGHT), view("b", "c"), first_sync=FirstSync.LEFT)

    assert (against.verdict, against.reason) == (Verdict.NOTHING, Reason.WRONG_WAY)
    assert written(along) == (RIGHT, "b", Reason.FIRST_SYNC, RIGHT)


def test_opt_out_wins_at_first_linking() -> None:
    unseen = view("false", "true", shadows=(None, None))

    decision = link_field(rule(opt_out=True), unseen, first_sync=FirstSync.LEFT)

    assert (decision.target, decision.value, decision.reason) == (LEFT, "true", Reason.OPTED_OUT)


def test_value_that_cannot_be_carried_is_no_agreement() -> None:
    decision = link_field(rule(), view("!hold", "!keep"), first_sync=FirstSync.LEFT)

    assert (decision.verdict, decision.reason) == (Verdict.HOLD, Reason.HOLD_NO_ENTRY)
