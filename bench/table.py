"""One row of a measurement beside its floor or peer, and the table all rows make."""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

__all__ = ["Limit", "Row", "as_data", "as_markdown", "show", "verdict"]


class Limit(StrEnum):
    """Which side of its target a figure has to be on."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


_HOLDS = {Limit.AT_MOST: operator.le, Limit.AT_LEAST: operator.ge}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure, measured in the same run as what it is compared with.

    `ratio` is the figure divided by the other one; `target` is what has to hold of the ratio, or
    of the figure where there is nothing to divide by. `note` says what a reader must know.
    """

    measure: str
    size: str
    figure: float
    unit: str
    beside: str = ""
    other: float | None = None
    target: float | None = None
    limit: Limit = Limit.AT_MOST
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Give the figure in parts of what stands beside it; none without that."""
        return self.figure / self.other if self.other else None

    @property
    def reached(self) -> bool | None:
        """Tell whether the target is reached; none where there is no target."""
        if self.target is None:
            return None
        judged = self.figure if self.ratio is None else self.ratio
        return bool(_HOLDS[self.limit](judged, self.target))


def verdict(row: Row) -> str:
    """Say what was to be reached, and whether it was."""
    if row.target is None:
        return ""
    wanted = f"{row.limit} {_number(row.target)}"
    return f"{wanted}: {'reached' if row.reached else 'NOT reached'}"


def show(rows: Iterable[Row], out: Console) -> None:
    """Print rows as a table, each measure named once."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in _COLUMNS:
        table.add_column(column, justify="right" if column in _NUMBERS else "left")
    named = ""
    for row in rows:
        first, *others = _cells(row)
        table.add_row("" if first == named else first, *others)
        named = first
    out.print(table)


def as_markdown(rows: Sequence[Row]) -> str:
    """Give rows as a table of a document."""
    lines = [_line(_COLUMNS), _line("--:" if one in _NUMBERS else "---" for one in _COLUMNS)]
    lines += [_line(_cells(row)) for row in rows]
    return "\n".join(lines) + "\n"


def as_data(rows: Iterable[Row]) -> str:
    """Give rows as JSON, a list of objects."""
    return json.dumps([_object(row) for row in rows], indent=2)


_COLUMNS = ("measure", "size", "figure", "beside", "that", "ratio", "to reach", "note")
_NUMBERS = frozenset({"figure", "that", "ratio"})


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.measure,
        row.size,
        f"{_number(row.figure)} {row.unit}".strip(),
        row.beside,
        "" if row.other is None else f"{_number(row.other)} {row.unit}".strip(),
        "" if row.ratio is None else f"{row.ratio:.2f}",
        verdict(row),
        row.note,
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _object(row: Row) -> dict[str, Any]:
    return {**asdict(row), "ratio": row.ratio, "reached": row.reached}


def _number(value: float) -> str:
    """Write a number with as many digits as it is worth."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"
