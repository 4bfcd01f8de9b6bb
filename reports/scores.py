"""Whether marketing's score tells buyers from others: wins by score band, and how it ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import ceil

from reports.earnings import rate, rate_columns
from reports.frame import Cell, Column, Kind, Line, Note, Period, Report, Trace
from reports.journeys import came_in, furthest
from reports.view import Person, View

__all__ = ["scores_report"]

#: Bands are this wide, counted from 0.
_WIDTH = 20
#: With fewer buyers, or fewer others, a ranking says nothing.
_FEW = 10
_PLACES = Decimal("0.000001")
_Z = Decimal("1.959963984540054")


def scores_report(view: View, period: Period) -> Report:
    """Give a line for each band of scores; people count where they became known in the period."""
    last = view.stages[-1].rank if view.stages else None
    buyers: Counter[Decimal] = Counter()
    others: Counter[Decimal] = Counter()
    without: Counter[bool] = Counter()
    for person, is_buyer in _people(view, period, last):
        if person.score is None:
            without[is_buyer] += 1
        else:
            (buyers if is_buyer else others)[person.score] += 1
    bought, rest = buyers.total(), others.total()
    return Report(
        name="scores",
        title="Scores",
        means="how many people of each score bought, and whether the score ranks at all",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=_COLUMNS,
        lines=[*_bands(buyers, others), *_unscored(without)],
        totals={
            "people": bought + rest + without.total(),
            "scored": bought + rest,
            "customers": bought + without[True],
            **_ranking(buyers, others),
        },
        notes=_notes(bought, rest, without.total()),
        label="band",
        chart=("conversion",),
        traces=(
            Trace(
                line=_band(person.score) if person.score is not None else "",
                hubspot=person.hubspot,
                salesforce=person.salesforce,
                values={"score": person.score, "customer": is_buyer},
            )
            for person, is_buyer in _people(view, period, last)
        ),
    )


def _people(view: View, period: Period, last: int | None) -> Iterator[tuple[Person, bool]]:
    """Give people with whether they ever reached the last stage."""
    for person, rank in furthest(view):
        if came_in(period, person):
            yield person, last is not None and rank >= last


def _band_of(score: Decimal) -> int:
    """Give the number of a score's band: 0 begins at 0, and those below are negative."""
    return int(score // _WIDTH) if score >= 0 else -ceil(-score / _WIDTH)


def _band(score: Decimal) -> str:
    at = _band_of(score) * _WIDTH
    return f"{at} to {at + _WIDTH}"


def _bands(buyers: Counter[Decimal], others: Counter[Decimal]) -> Iterator[Line]:
    bought: Counter[int] = Counter()
    rest: Counter[int] = Counter()
    for scores, bands in ((buyers, bought), (others, rest)):
        for score, number in scores.items():
            bands[_band_of(score)] += number
    for at in sorted({*bought, *rest}, reverse=True):
        name = _band(Decimal(at * _WIDTH))
        yield _line(name, bought[at], rest[at])


def _unscored(without: Counter[bool]) -> Iterator[Line]:
    if without:
        yield _line("", without[True], without[False])


def _line(name: str, bought: int, rest: int) -> Line:
    return {
        "band": name,
        "people": bought + rest,
        "customers": bought,
        **rate("conversion", bought, rest),
    }


def _ranking(buyers: Counter[Decimal], others: Counter[Decimal]) -> dict[str, Cell]:
    """Give the chance that a buyer had a higher score than another person, equal scores half.

    It is counted over all pairs of a buyer and another (the area under the ROC curve); its 95 %
    interval is Hanley and McNeil's. 0.5 is what a score worth nothing has.
    """
    bought, rest = buyers.total(), others.total()
    if not bought or not rest:
        return {"auc": None, "auc_low": None, "auc_high": None}
    below, halves = 0, 0
    for score in sorted({*buyers, *others}):
        halves += buyers[score] * (2 * below + others[score])
        below += others[score]
    area = Decimal(halves) / (2 * bought * rest)
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (bought - 1) * (first - area**2) + (rest - 1) * (second - area**2)
    reach = _Z * (max(Decimal(0), spread) / (bought * rest)).sqrt()
    return {
        "auc": area.quantize(_PLACES),
        "auc_low": max(Decimal(0), area - reach).quantize(_PLACES),
        "auc_high": min(Decimal(1), area + reach).quantize(_PLACES),
    }


_COLUMNS = (
    Column(key="band", title="score", means="from the first number until just below the second"),
    Column(
        key="people",
        title="people",
        kind=Kind.COUNT,
        means="people of this score who became known in the period",
        bar=True,
    ),
    Column(
        key="customers",
        title="customers",
        kind=Kind.COUNT,
        means="of those, who ever reached the last stage",
    ),
    *rate_columns("conversion", "win rate", "customers / people"),
)


def _notes(bought: int, rest: int, without: int) -> Sequence[Note]:
    notes = [
        Note(
            text="The score is the one known at the end; one that rises with a sale ranks better "
            "than it foretells."
        )
    ]
    if without:
        notes.append(Note(text="without a score; people on a line of their own", count=without))
    if min(bought, rest) < _FEW:
        notes.append(
            Note(
                text=f"With {bought} customers and {rest} others who have a score, what the "
                "ranking says is chance."
            )
        )
    return notes
