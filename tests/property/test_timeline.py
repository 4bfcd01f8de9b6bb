"""Stays at stages: times add up, nothing is counted twice, order does not matter."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.outcomes import Opportunity, OutcomeWord
from sync.domain.record import RecordRef, Side
from sync.domain.stage_rules import StageRule, StageRules
from sync.domain.stages import StageEvent
from sync.domain.timeline import Handed, Sold, Timeline, sold_of, timeline_of

START = datetime(2026, 1, 1, tzinfo=UTC)
CONTACT, LEAD = RecordRef("contacts", "1"), RecordRef("Lead", "00Q1")
LEFT, RIGHT = (Side.LEFT, "contacts"), (Side.RIGHT, "Lead")
STAGE, STATUS, LEAD_STATUS = "lifecyclestage", "hs_lead_status", "Status"


def _rules(*, free: bool = False) -> StageRules:
    def one(*values: str) -> frozenset[str]:
        return frozenset(values)

    return StageRules(
        (
            StageRule(
                name="lead",
                values={LEFT: ((STAGE, one("lead")),), RIGHT: ((LEAD_STATUS, one("New")),)},
            ),
            StageRule(
                name="mql",
                values={
                    # "old_mql" is what the stage was called until last month.
                    LEFT: ((STAGE, one("mql", "old_mql")), (STATUS, one("OPEN"))),
                    RIGHT: ((LEAD_STATUS, one("Open")),),
                },
            ),
            StageRule(
                name="sal",
                values={
                    LEFT: ((STAGE, one("mql")), (STATUS, one("IN_PROGRESS"))),
                    RIGHT: ((LEAD_STATUS, one("Working", "Attempting")),),
                },
            ),
            StageRule(
                name="opportunity",
                values={LEFT: ((STAGE, one("opportunity")),)},
                sales=OutcomeWord.OPEN,
            ),
            StageRule(
                name="customer", values={LEFT: ((STAGE, one("customer")),)}, sales=OutcomeWord.WON
            ),
        ),
        free=free,
    )


def _at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def _event(hours: int, field: str, after: str | None, before: str | None = None) -> StageEvent:
    side, ref = (Side.RIGHT, LEAD) if field == LEAD_STATUS else (Side.LEFT, CONTACT)
    return StageEvent(
        pair="contacts",
        side=side,
        ref=ref,
        field=field,
        at=_at(hours),
        before=before,
        after=after,
    )


def _told(timeline: Timeline) -> list[tuple[int, int | None, int]]:
    """Give rank, end and start in hours of each stay."""

    def hours(at: datetime | None) -> int | None:
        return None if at is None else (at - START) // timedelta(hours=1)

    return [(one.rank, hours(one.left), hours(one.entered) or 0) for one in timeline.stays]


_values = st.sampled_from(
    [
        (STAGE, "lead"),
        (STAGE, "mql"),
        (STAGE, "old_mql"),
        (STAGE, "opportunity"),
        (STAGE, "customer"),
        (STAGE, "evangelist"),
        (STAGE, None),
        (STATUS, "OPEN"),
        (STATUS, "IN_PROGRESS"),
        (LEAD_STATUS, "New"),
        (LEAD_STATUS, "Open"),
        (LEAD_STATUS, "Working"),
        (LEAD_STATUS, "Whatever"),
    ]
)
_events = st.lists(
    st.builds(lambda at, one: _event(at, *one), st.integers(0, 30), _values),
    max_size=12,
    unique_by=lambda one: (one.at, one.field),
)
_handings = st.lists(
    st.builds(
        lambda at, to, over: Handed(at=_at(at), to=to, over=over),
        st.integers(0, 30),
        st.sampled_from(["lead", "mql", "sal"]),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda one: one.at,
)
_sales = st.lists(
    st.builds(
        lambda opened, closed, word: Sold(
            created=None if opened is None else _at(opened),
            closed=None if closed is None or word is OutcomeWord.OPEN else _at(closed),
            outcome=word,
        ),
        st.none() | st.integers(0, 30),
        st.none() | st.integers(0, 30),
        st.sampled_from(OutcomeWord),
    ),
    max_size=3,
)


@given(events=_events, handings=_handings, sales=_sales, free=st.booleans(), data=st.data())
def test_stays_follow_each_other_without_gap_or_overlap(
    events: list[StageEvent],
    handings: list[Handed],
    sales: list[Sold],
    free: bool,
    data: st.DataObject,
) -> None:
    timeline = timeline_of(_rules(free=free), events=events, sales=sales, handings=handings)

    stays = timeline.stays
    for one, following in itertools.pairwise(stays):
        assert one.left == following.entered
        assert one.entered < one.left
        assert one.next_rank == following.rank != one.rank
    if stays:
        assert (stays[-1].left, stays[-1].next_rank) == (None, None)
        end = _at(100)
        spent = [(one.left or end) - one.entered for one in stays]
        assert sum(spent, timedelta()) == end - stays[0].entered
    back_at = {one.at for one in handings if not one.over}
    if not free:
        assert all(
            one.left in back_at
            for one in stays
            if one.next_rank is not None and one.next_rank < one.rank
        )
    told_otherwise = timeline_of(
        _rules(free=free),
        events=data.draw(st.permutations(events)),
        sales=data.draw(st.permutations(sales)),
        handings=data.draw(st.permutations(handings)),
    )
    assert told_otherwise == timeline


def test_both_sides_of_one_person_make_one_stay_a_stage() -> None:
    timeline = timeline_of(
        _rules(),
        events=[
            _event(0, STAGE, "lead"),
            _event(1, LEAD_STATUS, "New"),
            _event(5, STAGE, "mql"),
            _event(5, STATUS, "OPEN"),
            _event(6, LEAD_STATUS, "Open"),
            _event(9, LEAD_STATUS, "Working"),
            _event(10, STATUS, "IN_PROGRESS"),
        ],
    )

    assert _told(timeline) == [(0, 5, 0), (1, 9, 5), (2, None, 9)]


def test_a_fall_is_counted_and_moves_nobody_unless_handed_back() -> None:
    events = [_event(0, LEAD_STATUS, "Working"), _event(4, LEAD_STATUS, "New")]

    assert _told(timeline_of(_rules(), events=events)) == [(2, None, 0)]
    assert timeline_of(_rules(), events=events).fallen == 1
    assert _told(timeline_of(_rules(free=True), events=events)) == [(2, 4, 0), (0, None, 4)]
    back = Handed(at=_at(3), to="lead", over=False)
    handed = timeline_of(_rules(), events=events, handings=[back])
    assert _told(handed) == [(2, 3, 0), (0, None, 3)]
    assert handed.fallen == 0


def test_old_and_new_name_of_a_stage_are_one_stay_and_other_values_are_counted() -> None:
    timeline = timeline_of(
        _rules(),
        events=[
            _event(0, STAGE, "old_mql"),
            _event(8, STAGE, "mql"),
            _event(9, STAGE, "evangelist"),
            _event(12, STAGE, "customer"),
        ],
    )

    assert _told(timeline) == [(1, 12, 0), (4, None, 12)]
    assert timeline.unknown == 1


def test_before_its_first_event_a_record_held_what_the_event_tells() -> None:
    events = [_event(9, LEAD_STATUS, "Working", "New")]

    assert _told(timeline_of(_rules(), events=events)) == [(2, None, 9)]
    known = timeline_of(_rules(), events=events, created={LEAD: _at(2)})
    assert _told(known) == [(0, 9, 2), (2, None, 9)]


def test_new_business_or_a_lost_deal_never_makes_a_customer_fall() -> None:
    won = Sold(created=_at(1), closed=_at(5), outcome=OutcomeWord.WON)
    lost = Sold(created=_at(7), closed=_at(9), outcome=OutcomeWord.LOST)

    timeline = timeline_of(_rules(free=True), sales=[won, lost])

    assert _told(timeline) == [(3, 5, 1), (4, None, 5)]
    assert timeline.fallen == 0


def test_a_sale_closes_when_its_stage_turned_or_on_its_day_but_not_before_it_began() -> None:
    won = Opportunity(
        id="006", stage="Won", closed=True, won=True, closes=date(2026, 1, 3), created=_at(60)
    )
    turned = StageEvent(
        pair="deals",
        side=Side.RIGHT,
        ref=RecordRef("Opportunity", "006"),
        field="StageName",
        at=_at(70),
        before="Open",
        after="Won",
    )

    assert sold_of(won, [turned]).closed == _at(70)
    assert sold_of(won).closed == _at(60)
    before = Opportunity(id="7", closed=True, closes=date(2025, 12, 1), created=_at(0))
    assert sold_of(before).closed == datetime(2025, 12, 1, tzinfo=UTC)
