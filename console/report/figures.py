"""Figures as people read them: money, shares, times, and how sure small numbers are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from reports.frame import Cell, Column, Kind, Line, Report

__all__ = [
    "NOTHING",
    "Sheet",
    "figure",
    "is_number",
    "name_of",
    "other_totals",
    "places_of",
    "sheet_of",
    "summed_keys",
    "title_of",
]

#: What stands where there is no figure.
NOTHING = "·"
#: ... and for the name of a line that has none.
_BLANK = "(blank)"
_BLANKS = {"campaign": "(no campaign)", "owner": "(nobody)"}

_NUMBERS = frozenset({Kind.COUNT, Kind.MONEY, Kind.SHARE, Kind.DAYS, Kind.HOURS, Kind.NUMBER})
_PLACES = {Kind.SHARE: 1, Kind.DAYS: 1, Kind.HOURS: 1}
_UNITS = {Kind.DAYS: "days", Kind.HOURS: "hours"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first lines of a report as texts, column by column as people see them.

    `rows` hold a text for each column, `sums` those of all lines, if they add up to anything.
    `parts` tells how long the bar beside each figure is, of 1.
    """

    columns: tuple[Column, ...]
    titles: tuple[str, ...]
    lines: tuple[Line, ...]
    rows: tuple[tuple[str, ...], ...]
    parts: tuple[tuple[Decimal | None, ...], ...]
    sums: tuple[str, ...] | None


def sheet_of(report: Report, lines: Sequence[Line], *, zone: tzinfo = UTC) -> Sheet:
    """Put lines that were read already into texts; `totals` are read now."""
    ends = {end for one in report.columns for end in (one.low, one.high) if end}
    columns = tuple(one for one in report.columns if one.key not in ends)
    places = {one.key: places_of(one, lines) for one in columns}
    sums: tuple[str, ...] | None = None
    if summed_keys(report):
        sums = tuple(
            figure(_total(report, one), one, places=places[one.key], zone=zone)
            if one.key in summed_keys(report)
            else ""
            for one in columns
        )
    return Sheet(
        columns=columns,
        titles=tuple(title_of(one, report.currency) for one in columns),
        lines=tuple(lines),
        rows=tuple(
            tuple(
                name_of(line, one.key)
                if one.key == report.label and one.kind is Kind.TEXT
                else _with_ends(line, one, places=places[one.key], zone=zone)
                for one in columns
            )
            for line in lines
        ),
        parts=tuple(zip(*(_parts(one, lines) for one in columns), strict=True)) if lines else (),
        sums=sums,
    )


def name_of(line: Line, label: str) -> str:
    """Give the name of a line, also where it has none."""
    name = line.get(label)
    return str(name) if name not in (None, "") else _BLANKS.get(label, _BLANK)


def summed_keys(report: Report) -> frozenset[str]:
    """Name the columns of figures that add up to something."""
    ends = {end for one in report.columns for end in (one.low, one.high)}
    keys = {one.key for one in report.columns if is_number(one) and one.key not in ends}
    return frozenset(keys & set(report.totals))


def _total(report: Report, column: Column) -> Cell:
    total = report.totals[column.key]
    return None if isinstance(total, Mapping) else total


def title_of(column: Column, currency: str) -> str:
    """Give a column's title with its unit, so that figures stand bare below it."""
    if column.kind is Kind.MONEY:
        return f"{column.title}, {currency}"
    unit = _UNITS.get(column.kind)
    return column.title if unit is None or unit in column.title else f"{column.title}, {unit}"


def is_number(column: Column) -> bool:
    """Tell whether a column holds figures, which stand to the right."""
    return column.kind in _NUMBERS


def figure(cell: Cell, column: Column, *, places: int | None = None, zone: tzinfo = UTC) -> str:
    """Give one cell as people read it."""
    if cell is None or cell == "":
        return NOTHING
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | Decimal) and is_number(column):
        return _number(Decimal(cell), column, places)
    return str(cell)


def _number(value: Decimal, column: Column, places: int | None) -> str:
    if column.kind is Kind.COUNT:
        fraction = 0 if value == value.to_integral_value() else 1
        places = fraction if places is None else places
    elif column.kind in (Kind.MONEY, Kind.NUMBER):
        places = 2 if places is None else places
    else:
        places = _PLACES[column.kind]
    if column.kind is Kind.SHARE:
        return f"{_rounded(value * 100, places):,} %"
    return f"{_rounded(value, places):,}"


def _rounded(value: Decimal, places: int) -> Decimal:
    """Round as people do, where halves go up; nothing is less than nothing by rounding."""
    done = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(done) if done == 0 else done


def _with_ends(line: Line, column: Column, *, places: int | None, zone: tzinfo) -> str:
    """Give a figure, and behind it between what it lies where its line says so."""
    text = figure(line.get(column.key), column, places=places, zone=zone)
    low, high = line.get(column.low), line.get(column.high)
    if text == NOTHING or low is None or high is None:
        return text
    first = figure(low, column, places=places, zone=zone).removesuffix(" %")
    return f"{text} ({first} to {figure(high, column, places=places, zone=zone)})"


def places_of(column: Column, lines: Sequence[Line]) -> int | None:
    """Tell how many digits behind the point amounts of a column need: the same in all lines."""
    needed = {Kind.MONEY: 2, Kind.NUMBER: 2, Kind.COUNT: 1}
    if column.kind not in needed:
        return None
    cells = (line.get(column.key) for line in lines)
    return needed[column.kind] if any(isinstance(one, Decimal) and one % 1 for one in cells) else 0


def _parts(column: Column, lines: Sequence[Line]) -> list[Decimal | None]:
    """Tell how long each bar of a column is, the longest one being 1."""
    if not column.bar:
        return [None for _ in lines]
    cells = [line.get(column.key) for line in lines]
    numbers = [
        Decimal(one) if isinstance(one, int | Decimal) and not isinstance(one, bool) else None
        for one in cells
    ]
    most = max((one for one in numbers if one is not None), default=Decimal(0))
    if column.kind is Kind.SHARE:
        most = max(most, Decimal(1))
    if most <= 0:
        return [None for _ in lines]
    return [max(one, Decimal(0)) / most if one is not None else None for one in numbers]


def other_totals(report: Report, *, zone: tzinfo = UTC) -> Iterator[tuple[str, str]]:
    """Give the sums that no column of figures stands for, each with its name in words."""
    for key, total in report.totals.items():
        if key in summed_keys(report) or key == "currency" or total is None:
            continue
        word = key.replace("_", " ")
        if not isinstance(total, Mapping):
            yield word, _plain(total, zone)
        elif total:
            yield word, ", ".join(f"{_plain(one, zone)} {name}" for name, one in total.items())


def _plain(value: Cell, zone: tzinfo) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    return str(value)
