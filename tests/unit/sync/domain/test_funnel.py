"""Where people stand, and when they are handed over and back: the pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.funnel import (
    NO_STAGE,
    Back,
    FunnelNote,
    HandKind,
    Holding,
    Ladder,
    Put,
    Returned,
    Seat,
    Turn,
    hand,
    looked_at,
    move,
    stage_text,
)
from sync.domain.funnel_notes import note_json, note_of
from sync.domain.record import Native, Side

LEFT, RIGHT = Side.LEFT, Side.RIGHT
NAMES = ("lead", "mql", "sal", "sql", "customer")
BY_VALUES = NAMES[:-1]
LADDER = Ladder(
    names=NAMES,
    of_sales=frozenset({"customer"}),
    over_to="mql",
    backs=(Back(start=frozenset({"mql", "sal", "sql"}), to="lead"),),
)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WRITABLE = {LEFT: frozenset(NAMES), RIGHT: frozenset(BY_VALUES)}


def seats(left: Native, right: Native, *, was: tuple[Native, Native]) -> dict[Side, Seat]:
    return {
        LEFT: Seat(now=left, base=was[0], writable=WRITABLE[LEFT]),
        RIGHT: Seat(now=right, base=was[1], writable=WRITABLE[RIGHT]),
    }


def turn(
    found: dict[Side, Seat],
    holding: Holding | None,
    *,
    over: bool = False,
    back: Sequence[bool] = (False,),
    ladder: Ladder = LADDER,
    now: datetime = NOON,
    as_found: bool = False,
    why: Returned | None = None,
) -> Turn:
    """Decide, and note the conditions as they hold."""
    moved = move(ladder, holding, found)
    done = hand(
        ladder,
        moved,
        holding,
        found,
        over=over,
        back=back,
        returned=[why or Returned()],
        now=now,
        as_found=as_found,
    )
    return looked_at(done, over=over, back=back)


AT_MQL = Holding(stage="mql", handed_over=True, over_held=True, back_held=(False,), over_at=NOON)


@pytest.mark.parametrize(
    ("text", "held", "stage"),
    [
        ("mql;sal", "sal", "sal"),
        ("mql;sal", "lead", "mql"),
        ("mql;sal", None, "mql"),
        ("sql;customer", "sql", "customer"),
        ("sql;customer", "customer", "customer"),
        (NO_STAGE, "sql", None),
        (None, "sql", None),
        ("renamed", "mql", None),
    ],
)
def test_stage_held_counts_then_the_first_and_sales_lifts(
    text: Native, held: str | None, stage: str | None
) -> None:
    assert LADDER.standing(text, held) == stage


def test_stages_in_full_go_before_stages_in_part() -> None:
    assert stage_text(["sal"], ["mql", "sal"], blank=False) == "sal"
    assert stage_text([], ["mql", "sal"], blank=False) == "mql;sal"
    assert stage_text([], [], blank=False) == NO_STAGE
    assert stage_text([], [], blank=True) is None


def test_side_that_takes_no_such_stage_is_left_alone() -> None:
    done = turn(seats("customer", "mql", was=("mql", "mql")), AT_MQL)

    assert (done.holding.stage, dict(done.puts)) == ("customer", {})


def test_values_that_are_no_stage_move_nothing_and_give_way_to_a_move() -> None:
    done = turn(seats(NO_STAGE, "mql", was=("mql", "mql")), AT_MQL, over=True)
    assert (done.holding, dict(done.puts)) == (AT_MQL, {})

    done = turn(seats(NO_STAGE, "sql", was=(NO_STAGE, "mql")), AT_MQL)
    assert dict(done.puts) == {LEFT: Put(stage="sql")}


def test_no_stage_is_left_as_it_is_when_two_records_are_linked() -> None:
    found = {
        LEFT: Seat(now="mql", known=False, writable=WRITABLE[LEFT]),
        RIGHT: Seat(now=NO_STAGE, known=False, writable=WRITABLE[RIGHT]),
    }

    done = turn(found, None, as_found=True)

    assert (done.holding.stage, dict(done.puts)) == ("mql", {})
    assert done.holding.handed_over


def test_blank_side_of_a_record_that_came_in_its_place_is_filled() -> None:
    found = seats("mql", None, was=("mql", None))
    found[RIGHT] = replace(found[RIGHT], known=False)

    assert dict(turn(found, AT_MQL).puts) == {RIGHT: Put(stage="mql")}


def test_what_is_still_due_is_written_again() -> None:
    holding = replace(AT_MQL, due=frozenset({RIGHT}))

    done = turn(seats("mql", "lead", was=("mql", "lead")), holding)

    assert dict(done.puts) == {RIGHT: Put(stage="mql")}
    assert done.holding.due == {RIGHT}


def test_hand_back_writes_to_marketing_alone_and_keeps_why() -> None:
    why = Returned(reason="No Budget", again=date(2026, 9, 2))

    done = turn(seats("mql", "sal", was=("mql", "mql")), AT_MQL, over=True, back=[True], why=why)

    assert dict(done.puts) == {LEFT: Put(stage="lead", backward=True)}
    assert done.event is not None
    assert (done.event.kind, done.event.came_from, done.event.to) == (HandKind.BACK, "sal", "lead")
    assert (done.holding.reason, done.holding.again_at) == ("No Budget", date(2026, 9, 2))
    assert (done.holding.handed_over, done.holding.is_back) == (False, True)


def test_hand_back_from_another_stage_does_not_fire() -> None:
    holding = replace(AT_MQL, stage="customer")

    assert (
        turn(seats("customer", "mql", was=("customer", "mql")), holding, back=[True]).event is None
    )


BACK = Holding(
    stage="lead",
    over_held=True,
    back_held=(True,),
    over_at=NOON,
    back_at=NOON,
    again_at=date(2026, 9, 2),
)


@pytest.mark.parametrize(
    ("holding", "day", "fires"),
    [
        (BACK, date(2026, 9, 1), False),
        (BACK, date(2026, 9, 2), True),
        (replace(BACK, again_at=None), date(2030, 1, 1), False),
        (replace(BACK, over_held=False), date(2026, 3, 3), True),
        (replace(BACK, handed_over=True), date(2026, 9, 2), False),
    ],
)
def test_hand_over_after_a_hand_back_waits(holding: Holding, day: date, *, fires: bool) -> None:
    now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)

    done = turn(
        seats("lead", NO_STAGE, was=("lead", NO_STAGE)), holding, over=True, back=[True], now=now
    )

    assert (done.event is not None) is fires
    if fires:
        assert set(done.puts) == {LEFT, RIGHT}
        assert done.holding.again_at is None


def test_whoever_is_further_on_already_is_handed_over_where_they_are() -> None:
    holding = Holding(stage="sql", back_held=(False,))

    done = turn(seats("sql", "sql", was=("sql", "sql")), holding, over=True)

    assert done.event is not None
    assert (done.event.to, dict(done.puts)) == ("sql", {})


texts = st.sampled_from([*BY_VALUES, "mql;sal", "sql;customer", NO_STAGE, None])
edits = st.lists(
    st.tuples(
        st.sampled_from(list(Side)), texts, st.booleans(), st.booleans(), st.integers(0, 200)
    ),
    max_size=8,
)


class Person:
    """Somebody whose sides are edited and decided, each write being carried out."""

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder
        self.now: dict[Side, Native] = {LEFT: "lead", RIGHT: "lead"}
        self.base = dict(self.now)
        self.holding: Holding | None = None
        self.over = self.back = False
        self.at = NOON
        self.events: list[HandKind] = []

    def decide(self) -> Turn:
        """Decide once, and do what was decided."""
        found = seats(self.now[LEFT], self.now[RIGHT], was=(self.base[LEFT], self.base[RIGHT]))
        before = self.holding
        done = turn(
            found,
            before,
            over=self.over,
            back=[self.back],
            ladder=self.ladder,
            now=self.at,
            as_found=before is None,
        )
        for side, put in done.puts.items():
            assert put.stage in WRITABLE[side]
            self.now[side] = put.stage
        self.base = dict(self.now)
        self.holding = replace(done.holding, due=frozenset())
        if done.event is not None:
            self.events.append(done.event.kind)
        return done


@given(edits, st.booleans())
def test_decided_once_nothing_more_is_decided(
    steps: list[tuple[Side, Native, bool, bool, int]], free: bool
) -> None:
    person = Person(replace(LADDER, free=free))
    person.decide()
    for side, text, over, back, days in steps:
        person.now[side], person.over, person.back = text, over, back
        person.at += timedelta(days=days)
        held = person.holding
        done = person.decide()
        assert held is not None
        # A stage goes back by a hand-back, or where moves are free, and never otherwise.
        if not free and (done.event is None or done.event.kind is HandKind.OVER):
            assert LADDER.rank(done.holding.stage) >= LADDER.rank(held.stage)
        if done.event is not None and done.event.kind is HandKind.BACK:
            assert RIGHT not in done.puts
        again = person.decide()
        assert (again.event, dict(again.puts)) == (None, {})
    kinds = person.events
    assert all(one is not two or one is HandKind.BACK for one, two in pairwise(kinds))


@given(st.permutations([(LEFT, "mql"), (RIGHT, "sal"), (LEFT, "sql"), (RIGHT, "lead")]))
def test_forward_moves_lead_to_one_stage_in_any_order(steps: list[tuple[Side, str]]) -> None:
    person = Person(LADDER)
    person.decide()
    for side, text in steps:
        person.now[side] = text
        person.decide()

    assert person.holding is not None
    assert person.holding.stage == "sql"
    assert LADDER.standing(person.now[LEFT], "sql") == "sql"


@given(
    st.builds(
        FunnelNote,
        holding=st.builds(
            Holding,
            stage=st.sampled_from([None, *NAMES]),
            due=st.frozensets(st.sampled_from(list(Side))),
            back_held=st.tuples(st.booleans()),
            over_at=st.none() | st.just(NOON),
            again_at=st.none() | st.dates(),
        ),
        event=st.none(),
    )
)
def test_note_that_a_plan_holds_is_read_back_as_it_was(note: FunnelNote) -> None:
    assert note_of(note_json(note)) == note


def test_stage_that_has_another_name_now_moves_nobody_who_came_back() -> None:
    """Salesforce keeps the value sales chose, and a new word for it is no move."""
    for was, agreed in ((("lead", "qualified"), "lead"), (("known", "mql"), "known")):
        back = Holding(stage=agreed, back_at=NOON, over_held=True)
        moved = move(LADDER, back, seats("lead", "mql", was=was))

        assert moved.stage == "lead"
        assert moved.puts == {}


def test_move_that_comes_with_a_new_name_of_the_agreed_stage_is_followed() -> None:
    held = Holding(stage="known", handed_over=True)

    moved = move(LADDER, held, seats("lead", "sal", was=("known", "mql")))

    assert moved.stage == "sal"
    assert moved.puts == {LEFT: Put(stage="sal")}
