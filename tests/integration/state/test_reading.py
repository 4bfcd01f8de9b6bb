"""What reports read: as it was known at a moment, and summed by the database as by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.frame import Period
from reports.stage_figures import FromEntries
from reports.state_view import StateView
from reports.view import HandingKind, StageWords
from sync.domain.facts import Due, FactKind, MemberFacts, SaleFacts, StaysOf
from sync.domain.funnel import FunnelNote, Handed, HandKind, Holding
from sync.domain.hours import BusinessCalendar
from sync.domain.money import Rates
from sync.domain.outcomes import Agreement, Reason
from sync.domain.ports import Rate
from sync.domain.record import RecordRef, Side
from sync.domain.store import Changes, Joined, NewLink
from sync.domain.timeline import Stay, Timeline
from sync.state.store import SqlStore

START = datetime(2026, 1, 5, tzinfo=UTC)
STAGES = [StageWords(name=name, means="", rank=at) for at, name in enumerate("abcd")]
PAIRS = MappingProxyType(
    {
        FactKind.PERSON: "contacts",
        FactKind.COMPANY: "companies",
        FactKind.DEAL: "deals",
        FactKind.CAMPAIGN: "campaigns",
    }
)
HOURS = BusinessCalendar(days=range(5), start=time(9), end=time(17), zone=UTC)
SECOND = timedelta(seconds=1)
_MOST = 6


def _at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def _view(store: SqlStore, as_of: datetime) -> StateView:
    return StateView(
        reading=store.reading,
        as_of=as_of,
        agreement=Agreement(currency="EUR"),
        pairs=PAIRS,
        stages=STAGES,
    )


def _stays(moves: Sequence[tuple[float, int]]) -> Timeline:
    """Give stays that begin at these hours."""
    ends = [*pairwise(moves), *([(moves[-1], None)] if moves else [])]
    return Timeline(
        stays=tuple(
            Stay(
                rank=rank,
                entered=_at(hour),
                left=_at(after[0]) if after is not None else None,
                next_rank=after[1] if after is not None else None,
            )
            for (hour, rank), after in ends
        )
    )


def _kept(link_id: int, timeline: Timeline) -> StaysOf:
    business = tuple(
        None if one.left is None else HOURS.between(one.entered, one.left) // SECOND
        for one in timeline.stays
    )
    return StaysOf(link_id=link_id, timeline=timeline, business=business)


_moves = st.lists(
    st.tuples(st.integers(0, 400).map(lambda n: n / 4), st.integers(0, 3)),
    max_size=6,
    unique_by=lambda one: one[0],
).map(lambda found: _no_standstill(sorted(found)))


def _no_standstill(moves: list[tuple[float, int]]) -> list[tuple[float, int]]:
    return [one for at, one in enumerate(moves) if not at or moves[at - 1][1] != one[1]]


_hours = st.none() | st.integers(0, 100)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    people=st.lists(_moves, min_size=_MOST, max_size=_MOST),
    since=_hours,
    until=_hours,
    as_of=st.integers(0, 110),
)
def test_the_database_counts_stays_as_they_are_counted_one_by_one(
    store: SqlStore,
    people: list[list[tuple[float, int]]],
    since: int | None,
    until: int | None,
    as_of: int,
) -> None:
    period = Period(
        since=None if since is None else _at(since), until=None if until is None else _at(until)
    )
    # Those of the example before are written over.
    store.facts.keep_stays([_kept(at, _stays(one)) for at, one in enumerate(people, start=1)])
    view = _view(store, _at(as_of))
    figures, by_hand = view.figures, FromEntries(view, HOURS)

    assert figures.present() == by_hand.present()
    assert figures.furthest(period) == by_hand.furthest(period)
    for business in (False, True):
        times = figures.stay_times(period, business=business)
        assert times == by_hand.stay_times(period, business=business)


def test_a_stay_that_ended_later_had_not_ended(store: SqlStore) -> None:
    store.facts.keep_stays([_kept(1, _stays([(0, 0), (10, 2)]))])

    before = [one for chunk in _view(store, _at(5)).entries() for one in chunk]
    after = [one for chunk in _view(store, _at(10)).entries() for one in chunk]

    assert [(one.stage, one.left, one.next_rank) for one in before] == [("a", None, None)]
    assert [(one.stage, one.left, one.next_rank) for one in after] == [
        ("a", _at(10), 2),
        ("c", None, None),
    ]


def _body(score: str, created: datetime) -> dict[str, object]:
    return {"hubspot": "1", "salesforce": "003", "score": score, "created": created.isoformat()}


def _linked(store: SqlStore, pair: str, left: str, right: str) -> int:
    link = NewLink(token=-1, pair=pair, left=RecordRef("l", left), right=RecordRef("r", right))
    return store.commit(Changes(links=[link]), run=1, at=START).link_ids[-1]


def test_facts_are_those_known_then_and_the_first_counts_from_the_beginning(
    store: SqlStore,
) -> None:
    facts = store.facts
    facts.keep(FactKind.PERSON, {7: _body("10", _at(1))}, at=_at(20))
    facts.keep(FactKind.PERSON, {7: _body("10", _at(1))}, at=_at(25))
    facts.keep(FactKind.PERSON, {7: _body("90", _at(1))}, at=_at(30))
    facts.keep(FactKind.PERSON, {7: None}, at=_at(40))

    def scores(hours: float) -> list[str]:
        people = _view(store, _at(hours)).people()
        return [str(one.score) for chunk in people for one in chunk]

    assert scores(0.5) == []  # not born yet
    assert scores(2) == ["10"]
    assert scores(29) == ["10"]
    assert scores(30) == ["90"]
    assert scores(40) == []


def test_a_sale_that_closed_later_was_open_and_who_stands_behind_it_is_found_by_links(
    store: SqlStore,
) -> None:
    person, deal = _linked(store, "contacts", "1", "003"), _linked(store, "deals", "9", "006")
    company = _linked(store, "companies", "5", "001")
    store.facts.keep(FactKind.COMPANY, {company: {"facts": {"companies.sector": "x"}}}, at=START)
    store.facts.keep_sales({"006": _sold("006"), "005": _sold("005", day=4)}, at=_at(100))

    sales = {one.id: one for chunk in _view(store, _at(72)).sales() for one in chunk}

    assert (sales["006"].is_closed, sales["006"].is_won, sales["006"].stage) == (False, False, None)
    assert sales["005"].is_won
    later = {one.id: one for chunk in _view(store, _at(240)).sales() for one in chunk}["006"]
    assert (later.is_won, later.deal, later.people) == (True, "9", [person])
    assert (later.company, later.facts) == (company, {"companies.sector": "x"})
    assert later.existing
    assert not sales["005"].existing
    assert deal


def _sold(id: str, *, day: int = 14) -> SaleFacts:
    body = {"name": id, "stage": "Won", "closed": True, "people": ["003"], "reason": None}
    closes = datetime(2026, 1, day, tzinfo=UTC).date()
    return SaleFacts(account="001", won=True, closes=closes, body=body)


def test_members_come_by_person_and_time_and_none_from_the_future(store: SqlStore) -> None:
    second, first = (_linked(store, "contacts", str(at), f"00{at}") for at in (3, 4))
    campaign = _linked(store, "campaigns", "77", "701")

    def one(person: str, hours: int) -> MemberFacts:
        return MemberFacts(
            person=person, campaign="701", at=_at(hours), status="Sent", responded=False
        )

    found = {"a": one("004", 9), "b": one("004", 3), "c": one("003", 5), "d": one("003", 99)}
    store.facts.keep_members(found, at=START)

    members = [each for chunk in _view(store, _at(50)).members() for each in chunk]

    told = [(each.person, each.campaign, each.at) for each in members]
    assert told == [
        (second, campaign, _at(5)),
        (first, campaign, _at(3)),
        (first, campaign, _at(9)),
    ]


def test_campaigns_cost_what_they_do_in_the_currency_of_all_figures(store: SqlStore) -> None:
    rates = Rates([Rate(currency="EUR", units=Decimal(2)), Rate(currency="USD", units=Decimal(1))])
    told = {"name": "Fair", "kind": "Event", "starts": "2026-02-03", "budget": "no number"}
    facts = {1: {**told, "cost": "30", "currency": "USD"}, 2: {"cost": "5", "currency": "XXX"}}
    store.facts.keep(FactKind.CAMPAIGN, facts, at=START)
    view = replace(_view(store, START), agreement=Agreement(currency="EUR", rates=rates))

    fair, unknown = view.campaigns()[1], view.campaigns()[2]

    assert (fair.name, fair.kind, fair.starts) == ("Fair", "Event", date(2026, 2, 3))
    assert (fair.cost, fair.budget, unknown.cost) == (Decimal(60), None, None)


def test_hand_overs_are_told_in_agreed_words_and_stay_with_who_was_merged(
    store: SqlStore,
) -> None:
    loser, person = _linked(store, "contacts", "1", "003"), _linked(store, "contacts", "2", "004")
    for hours, reason in ((4, "No Budget"), (9, "Rain")):
        event = Handed(
            kind=HandKind.BACK, came_from="c", to="a", reason=reason, again=date(2026, 7, 1)
        )
        note = FunnelNote(holding=Holding(stage="a"), event=event)
        store.commit(Changes(funnel=[(loser, note)]), run=1, at=_at(hours))
    joined = Joined(loser, person, frozenset(Side))
    store.commit(Changes(joined=[joined]), run=2, at=_at(20))
    reasons = {"No Budget": Reason(name="no_budget", word="no budget")}
    view = replace(_view(store, _at(8)), agreement=Agreement(currency="EUR", reasons=reasons))

    (back,) = [one for chunk in view.handings() for one in chunk]

    assert (back.link, back.kind, back.reason) == (person, HandingKind.BACK, "no_budget")
    assert (back.agreed, back.again) == (True, date(2026, 7, 1))
    assert [one.at for one in store.facts.handings([person])[person]] == [_at(4), _at(9)]
    assert store.facts.due(Due.LINK, size=9) == [str(loser), str(person)]


def test_what_a_batch_changes_is_looked_at_once(store: SqlStore) -> None:
    link = _linked(store, "contacts", "1", "003")

    assert store.facts.due(Due.LINK, size=10) == [str(link)]
    store.facts.done(Due.LINK, [str(link)])
    assert store.facts.due(Due.LINK, size=10) == []
