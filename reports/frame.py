"""What every report gives: lines of figures, what they add up to, and what was counted apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

__all__ = ["Cell", "Column", "Kind", "Line", "Note", "Period", "Report", "Total", "Trace"]

#: What stands in a line: text, a whole number, money or a share as a decimal, a time, or nothing.
Cell: TypeAlias = str | int | Decimal | datetime | date | bool | None
Line: TypeAlias = Mapping[str, Cell]
#: What lines add up to; amounts that stand in several currencies are told apart.
Total: TypeAlias = Cell | Mapping[str, Decimal]


class Kind(StrEnum):
    """What a column holds, and so how it is printed.

    A `SHARE` is a part of 1; `DAYS` and `HOURS` are decimals; `MONEY` is in the currency of all
    figures.
    """

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    DAYS = "days"
    HOURS = "hours"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its key for machines, its title for people, what it counts in one sentence.

    `bar` marks the column whose figures are worth a bar beside them. `low` and `high` name the
    columns with the ends of the interval the figure lies in, where numbers are small. `private`
    marks texts that name somebody: a person, a company, a deal, a user.
    """

    key: str
    title: str
    kind: Kind = Kind.TEXT
    means: str = ""
    bar: bool = False
    low: str = ""
    high: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From the start of one moment until just before another (UTC, aware); None is open.

    `first_day` and `end_day` are the same as days where the team works, for what has a day only;
    the end is no part of it. `name` is what people call it: "2026-Q3".
    """

    since: datetime | None = None
    until: datetime | None = None
    first_day: date | None = None
    end_day: date | None = None
    name: str = ""

    def holds(self, at: datetime) -> bool:
        """Tell whether a moment lies in it."""
        after = self.since is None or at >= self.since
        return after and (self.until is None or at < self.until)

    def holds_day(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        after = self.first_day is None or day >= self.first_day
        return after and (self.end_day is None or day < self.end_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was counted apart, how often, and why; or what the reader should know of a figure."""

    text: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A record behind a figure: the line it counts in, its ids in both CRMs, and what it adds."""

    line: str
    hubspot: str | None = None
    salesforce: str | None = None
    values: Line = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report as of a moment over a period: its columns, lines, sums and notes.

    `lines` may be read once, and are read before `totals` and `notes`. `label` names the column
    that tells lines apart, `chart` the columns worth drawing over it.
    """

    name: str
    title: str
    means: str
    as_of: datetime | None
    period: Period
    currency: str
    columns: Sequence[Column]
    lines: Iterable[Line]
    totals: Mapping[str, Total] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    label: str = ""
    chart: Sequence[str] = ()
    traces: Iterator[Trace] = field(default_factory=lambda: iter(()))
