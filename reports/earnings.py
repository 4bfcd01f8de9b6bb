"""What sales add up to: won and lost, revenue by every model, new and existing business apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal

from reports.attribution import Journey, K, Model, share_out
from reports.frame import Cell, Column, Kind, Line
from reports.statistics import share, wilson
from reports.view import Sale

__all__ = [
    "BY_DAY",
    "CLOSED_FIRST",
    "COST_COLUMNS",
    "RATE_COLUMNS",
    "REVENUE_COLUMNS",
    "UNDATED",
    "WITHOUT_VALUE",
    "WON_EARLY",
    "Earned",
    "closed_first",
    "credited",
    "days_open",
    "rate",
    "rate_columns",
    "ratio",
    "summed",
    "summed_money",
]

_TITLES = {
    Model.FIRST_TOUCH: "first touch",
    Model.LAST_TOUCH: "last touch",
    Model.LINEAR: "linear",
    Model.U_SHAPED: "U-shaped",
    Model.W_SHAPED: "W-shaped",
    Model.TIME_DECAY: "time decay",
}
#: A hundredth of a percent is shown; six places are kept.
_PLACES = Decimal("0.000001")

#: What several reports say of sales they count apart.
WON_EARLY = "won before the first contact with their first person; with days below nothing"
BY_DAY = "closed on a day, at a time nobody says; days are counted from one day to the other"
CLOSED_FIRST = "closed on a day before the one they were opened on; with days below nothing"
UNDATED = "of whom neither CRM says when they became known; counted over all time only"
WITHOUT_VALUE = "won without an amount in the currency of all figures; counted, with no revenue"

#: One column for each model; each of them sums to the revenue of all lines.
REVENUE_COLUMNS = (
    *(
        Column(
            key=f"revenue_{model}",
            title=f"revenue, {_TITLES[model]}",
            kind=Kind.MONEY,
            means=f"the part of the value of won opportunities that {_TITLES[model]} gives it",
            bar=model is Model.LINEAR,
        )
        for model in Model
    ),
    Column(
        key="revenue_new",
        title="of it new",
        kind=Kind.MONEY,
        means="of the linear revenue: opportunities of accounts that had won nothing before",
    ),
    Column(
        key="revenue_existing",
        title="of it existing",
        kind=Kind.MONEY,
        means="of the linear revenue: opportunities of accounts that had won before",
    ),
)


def rate_columns(key: str, title: str, means: str) -> tuple[Column, ...]:
    """Give the columns of a share and of the interval it lies in."""
    low, high = f"{key}_low", f"{key}_high"
    ends = ((low, "at least", "lower"), (high, "at most", "upper"))
    return (
        Column(key=key, title=title, kind=Kind.SHARE, means=means, low=low, high=high),
        *(
            Column(
                key=end,
                title=said,
                kind=Kind.SHARE,
                means=f"the {which} end of its 95 % interval (Wilson)",
            )
            for end, said, which in ends
        ),
    )


RATE_COLUMNS = (
    Column(key="won", title="won", kind=Kind.COUNT, means="opportunities won in the period"),
    Column(key="lost", title="lost", kind=Kind.COUNT, means="opportunities lost in the period"),
    *rate_columns("win_rate", "win rate", "won / (won + lost)"),
)


COST_COLUMNS = (
    Column(key="cost", title="cost", kind=Kind.MONEY, means="what its campaigns cost, all time"),
    Column(key="cost_per_person", title="cost a lead", kind=Kind.MONEY, means="cost / people"),
    Column(
        key="cost_per_win", title="cost a win", kind=Kind.MONEY, means="cost / won opportunities"
    ),
    Column(
        key="return",
        title="return",
        kind=Kind.NUMBER,
        means="linear revenue / cost: what one spent brought in",
    ),
)


@dataclass(slots=True)
class Earned:
    """What one line earned; filled sale by sale."""

    won: int = 0
    lost: int = 0
    revenue: dict[Model, Decimal] = field(default_factory=lambda: dict.fromkeys(Model, Decimal(0)))
    new: Decimal = Decimal(0)
    existing: Decimal = Decimal(0)

    def count(self, sale: Sale) -> None:
        """Count one closed opportunity as won or lost."""
        self.won += sale.is_won
        self.lost += not sale.is_won

    def add(self, model: Model, part: Decimal, sale: Sale) -> None:
        """Add the part of a won opportunity's value that a model gives this line."""
        self.revenue[model] += part
        if model is Model.LINEAR and sale.existing:
            self.existing += part
        elif model is Model.LINEAR:
            self.new += part

    def values(self) -> dict[str, Cell]:
        """Give the columns of the win rate and of revenue."""
        money = {f"revenue_{model}": self.revenue[model] for model in Model}
        won = {"won": self.won, "lost": self.lost, **rate("win_rate", self.won, self.lost)}
        return {**won, **money, "revenue_new": self.new, "revenue_existing": self.existing}


def days_open(sale: Sale, zone: tzinfo) -> int | None:
    """Give the days from when an opportunity was opened to when it closes, in the days of a zone.

    Below nothing where it closed first; None where either is not known.
    """
    if sale.created is None or sale.closed is None:
        return None
    return (sale.closed - sale.created.astimezone(zone).date()).days


def closed_first(sale: Sale, zone: tzinfo) -> bool:
    """Tell whether an opportunity closed on a day before the one it was opened on."""
    days = days_open(sale, zone)
    return days is not None and days < 0


def rate(key: str, part: int, rest: int) -> dict[str, Cell]:
    """Give the share of a part in the part and the rest, with the ends of its interval."""
    interval = wilson(part, part + rest)
    return {
        key: share(part, part + rest),
        f"{key}_low": interval.low,
        f"{key}_high": interval.high,
    }


def ratio(part: Decimal | None, whole: Decimal | int) -> Decimal | None:
    """Give what falls to each one, to six places; None where either is not known or nothing."""
    if part is None or not whole:
        return None
    return (part / whole).quantize(_PLACES)


def summed(lines: Sequence[Line], keys: Sequence[str]) -> dict[str, Cell]:
    """Add counts up over lines."""
    return {key: int(_sum(lines, key)) for key in keys}


def summed_money(lines: Sequence[Line]) -> dict[str, Cell]:
    """Add revenue by every model, and cost, up over lines; no cost where none is known."""
    revenue = {column.key: _sum(lines, column.key) for column in REVENUE_COLUMNS}
    knows_cost = any(line["cost"] is not None for line in lines)
    return {**revenue, "cost": _sum(lines, "cost") if knows_cost else None}


def _sum(lines: Sequence[Line], key: str) -> Decimal:
    return sum((Decimal(str(line[key])) for line in lines if line[key] is not None), Decimal(0))


def credited(line: Callable[[K], Earned], journey: Journey[K], sale: Sale, *, nobody: K) -> None:
    """Share the value of a won opportunity out among lines; without any touch `nobody` has it."""
    if sale.value is not None and sale.is_won:
        for model in Model:
            parts = share_out(sale.value, journey, model)
            for key, part in parts.items():
                line(key).add(model, part, sale)
            if not parts:
                line(nobody).add(model, sale.value, sale)
