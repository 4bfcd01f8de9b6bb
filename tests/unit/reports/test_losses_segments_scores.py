"""Losses and returns, segments and scores, on states small enough to count by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reports.frame import Line, Period, Report
from reports.losses import losses_report
from reports.scores import scores_report
from reports.segments import segments_report
from reports.view import Handing, HandingKind
from tests.unit.reports.memory_view import MemoryView, day, person, sale
from tests.unit.reports.test_sources import at_stage

FEBRUARY = Period(
    since=day(1, month=2),
    until=day(1, month=3),
    first_day=date(2026, 2, 1),
    end_day=date(2026, 3, 1),
)


def line(report: Report, **keys: str) -> Line:
    return next(
        one for one in report.lines if all(one[key] == value for key, value in keys.items())
    )


def returned(link: int, number: int, reason: str | None, again: date | None = None) -> Handing:
    return Handing(
        link=link,
        at=day(number, month=2),
        kind=HandingKind.BACK,
        came_from="mql",
        to="lead",
        reason=reason,
        agreed=reason is not None,
        again=again,
    )


def test_losses_and_returns_are_told_by_reason_source_stage_and_owner() -> None:
    view = MemoryView(
        # Whose they are today, is not who gave them back.
        of_people=[person(1, day(1), source="fair", owner="u1"), person(2, day(2))],
        of_entries=[at_stage(1, 2, 5)],
        of_handings=[
            Handing(link=1, at=day(2), kind=HandingKind.OVER, came_from=None, to="mql", owner="u2"),
            returned(1, 3, "no_budget", date(2026, 8, 3)),
            returned(2, 4, None),
        ],
        of_sales=[
            sale("a", date(2026, 2, 9), 900, people=(1,), is_won=False, reason="no_budget",
                 agreed=True, created=day(30), owner="u1"),
            sale("b", date(2026, 2, 9), 80, is_won=False, reason="?"),
            sale("c", date(2026, 3, 9), 80, is_won=False),
            sale("d", date(2026, 2, 9), 80),
        ],
        names={"u1": "Anna", "u2": "Ben"},
    )  # fmt: skip
    report = losses_report(view, FEBRUARY)

    budget = line(report, what="lost", by="reason", value="no_budget")
    assert (budget["number"], budget["amount"], budget["agreed"]) == (1, 900, True)
    assert (budget["share"], budget["median_days"]) == (Decimal("0.5"), 10)
    assert line(report, what="lost", by="stage", value="sql")["number"] == 1
    assert line(report, what="lost", by="owner", value="Anna")["number"] == 1
    back = line(report, what="returned", by="reason", value="no_budget")
    assert (back["nurtured"], back["next_try"]) == (1, date(2026, 8, 3))
    assert line(report, what="returned", by="owner", value="Ben")["number"] == 1
    assert report.totals == {"lost": 2, "returned": 2, "amount": 980}
    assert [note.count for note in report.notes] == [1, 1]


def test_segments_tell_revenue_life_repeat_and_retention() -> None:
    view = MemoryView(
        of_people=[
            person(1, day(3, month=2), source="fair", facts={"contacts.country": "DE"}),
            person(2, day(4, month=2), source="fair", facts={"contacts.country": None}),
            person(3, day(5), source="fair", facts={"contacts.country": "DE"}),
            person(4, day(5, month=2), source="mail"),
        ],
        of_entries=[at_stage(1, 3, 9)],
        of_sales=[
            sale("a", date(2026, 1, 9), 100, company=1, facts={"companies.industry": "retail"}),
            sale("b", date(2026, 2, 9), 40, company=1, facts={"companies.industry": "retail"},
                 created=day(30), existing=True),
            sale("c", date(2026, 1, 9), 60, company=2, facts={"companies.industry": "retail"}),
            sale("d", date(2026, 2, 9), 7, company=3, facts={"companies.industry": None}),
            sale("e", date(2026, 2, 9), 9, company=3, facts={"companies.industry": None},
                 is_won=False),
            sale("f", date(2026, 3, 9), 1000, company=1, facts={"companies.industry": "retail"}),
        ],
    )  # fmt: skip
    report = segments_report(view, FEBRUARY)

    retail = line(report, segment="companies.industry", value="retail")
    assert (retail["won"], retail["revenue"], retail["revenue_existing"]) == (1, 40, 40)
    assert (retail["customers"], retail["lifetime_value"]) == (2, 100)
    assert (retail["repeat"], retail["retention"]) == (Decimal("0.5"), Decimal("0.5"))
    assert retail["median_days"] == 10
    unknown = line(report, segment="companies.industry", value="")
    assert (unknown["won"], unknown["lost"], unknown["win_rate"]) == (1, 1, Decimal("0.5"))
    assert (report.totals["revenue"], report.totals["customers"]) == (47, 3)
    assert (retail["people"], retail["conversion"]) == (None, None)
    fair = line(report, segment="source", value="fair")
    assert (fair["people"], fair["conversion"], fair["won"]) == (2, Decimal("0.5"), 0)
    came = [(one.line, one.salesforce) for one in report.traces if "came" in one.values]
    assert [who for name, who in came if name == "source: fair"] == ["s1", "s2"]
    assert [who for name, who in came if name == "contacts.country: "] == ["s2", "s4"]
    germans = line(report, segment="contacts.country", value="DE")
    assert (germans["people"], germans["conversion"]) == (1, 1)
    assert line(report, segment="contacts.country", value="")["people"] == 2
    assert line(report, segment="source", value="")["people"] == 0


scored = st.lists(st.tuples(st.integers(-50, 130) | st.none(), st.booleans()), max_size=40)


@given(scored)
def test_score_ranks_as_counted_pair_by_pair(people: list[tuple[int | None, bool]]) -> None:
    view = MemoryView(
        of_people=[
            person(at, day(1), score=Decimal(score) if score is not None else None)
            for at, (score, _) in enumerate(people)
        ],
        of_entries=[at_stage(at, 3, 2) for at, (_, is_buyer) in enumerate(people) if is_buyer],
    )
    report = scores_report(view, Period())
    buyers = [score for score, is_buyer in people if is_buyer and score is not None]
    others = [score for score, is_buyer in people if not is_buyer and score is not None]
    pairs = [(mine > other) + (mine == other) / 2 for mine in buyers for other in others]

    counted = sum(line["people"] for line in report.lines if isinstance(line["people"], int))
    assert counted == len(people)
    if not pairs:
        assert report.totals["auc"] is None
    else:
        auc = report.totals["auc"]
        assert isinstance(auc, Decimal)
        assert abs(float(auc) - sum(pairs) / len(pairs)) < 0.000001


def test_scores_stand_in_bands_with_what_they_won() -> None:
    scores = (0, 19, 20, -1, 100, None)
    view = MemoryView(
        of_people=[
            person(at, day(1), score=Decimal(score) if score is not None else None)
            for at, score in enumerate(scores)
        ],
        of_entries=[at_stage(4, 3, 2)],
    )
    report = scores_report(view, Period())

    assert [(line["band"], line["people"], line["customers"]) for line in report.lines] == [
        ("100 to 120", 1, 1),
        ("20 to 40", 1, 0),
        ("0 to 20", 2, 0),
        ("-20 to 0", 1, 0),
        ("", 1, 0),
    ]
    # Worked in docs/reports.md: the one buyer stands above all four others.
    assert report.totals["auc"] == 1
