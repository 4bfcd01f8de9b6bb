"""A report on a terminal: tables with small bars, in as many parts as the width asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from console.report.figures import NOTHING, Sheet, figure, is_number, other_totals, sheet_of
from console.report.json_form import note_text
from console.report.spans import span_text
from reports.frame import Column, Kind, Report, Trace

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["LINES", "print_report", "print_traces"]

#: So many lines are read on a terminal; machines get all of them.
LINES = 100

#: How long the longest bar is, in characters.
_BAR = 10
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
#: Between columns.
_GAP = 2
#: A text is broken over lines when it is longer than this.
_TEXT = 32


def print_report(
    out: Console, report: Report, *, zone: tzinfo = UTC, shown: int = LINES, heading: bool = True
) -> None:
    """Print a report: what it is, its first lines, its sums, and what was counted apart."""
    from rich.text import Text

    lines = iter(report.lines)
    first = list(islice(lines, shown))
    more = sum(1 for _ in lines)
    sheet = sheet_of(report, first, zone=zone)
    out.print(Text(report.title, "bold"))
    if heading:
        out.print(Text(span_text(report, zone=zone), "dim"))
    if report.means:
        out.print(Text(report.means))
    if not first:
        out.print("Nothing in this period.")
    else:
        for part in _parts(sheet, report.label, out.width):
            out.print()
            out.print(_table(sheet, part, plain=not _shows_blocks(out)))
    if more:
        out.print(f"… and {more:,} more; --csv and --json give all of them.")
    for word, total in other_totals(report, zone=zone):
        out.print(Text(f"{word}: {total}"))
    for note in report.notes:
        out.print(Text(f"· {note_text(note)}", "dim"))


def print_traces(out: Console, traces: Iterator[Trace], *, shown: int = LINES) -> None:
    """Print the first records behind a report's figures: where they count, and their ids."""
    from rich.text import Text

    out.print(Text("\nThe records behind it", "bold"))
    for one in islice(traces, shown):
        values = ", ".join(
            f"{key}: {figure(cell, Column(key=key, title=key, kind=Kind.TEXT))}"
            for key, cell in one.values.items()
            if cell is not None
        )
        ids = f"HubSpot {one.hubspot or NOTHING}, Salesforce {one.salesforce or NOTHING}"
        text = Text.assemble(
            (one.line or NOTHING, "bold"), f"  {ids}", f"; {values}" * bool(values)
        )
        out.print(text)
    more = sum(1 for _ in traces)
    if more:
        out.print(f"… and {more:,} more; --rows with --csv or --json gives all of them.")


def _parts(sheet: Sheet, label: str, width: int) -> Iterator[list[int]]:
    """Give the columns of each table: as many as fit, after those that tell lines apart."""
    widths = [_width(sheet, place) for place in range(len(sheet.columns))]
    named = next((at for at, one in enumerate(sheet.columns) if one.key == label), 0)
    first = list(range(named + 1))
    part, used = list(first), _used(widths, first)
    for place in range(named + 1, len(widths)):
        if used + _GAP + widths[place] > width and len(part) > len(first):
            yield part
            part, used = list(first), _used(widths, first)
        part.append(place)
        used += _GAP + widths[place]
    yield part


def _used(widths: Sequence[int], places: Sequence[int]) -> int:
    return sum(widths[place] for place in places) + _GAP * (len(places) - 1)


def _width(sheet: Sheet, place: int) -> int:
    """Tell how wide a column wants to be; titles and long texts are broken between words."""
    column = sheet.columns[place]
    texts = [row[place] for row in sheet.rows]
    if sheet.sums is not None:
        texts.append(sheet.sums[place])
    widest = max((len(one) for one in texts), default=0)
    if not is_number(column):
        widest = min(widest, _TEXT)
    words = max((len(word) for word in sheet.titles[place].split()), default=0)
    return max(widest, words) + (_GAP + _BAR if column.bar else 0)


def _table(sheet: Sheet, part: Sequence[int], *, plain: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, _GAP - 1, 0, 0), show_edge=False)
    for place in part:
        column = sheet.columns[place]
        right = is_number(column)
        room = _width(sheet, place) - (_GAP + _BAR if column.bar else 0)
        table.add_column(
            Text(sheet.titles[place]),
            justify="right" if right else "left",
            vertical="top",
            width=room if right else None,
            overflow="fold",
        )
        if column.bar:
            table.add_column("", width=_BAR, style="cyan")
    for row, lengths in zip(sheet.rows, sheet.parts, strict=True):
        table.add_row(*_cells(sheet, part, row, lengths, plain=plain))
    if sheet.sums is not None and any(sheet.sums[place] for place in part):
        table.add_section()
        named = (sheet.sums[0] or "All", *sheet.sums[1:])
        table.add_row(*_cells(sheet, part, named, None, plain=plain), style="bold")
    return table


def _cells(
    sheet: Sheet,
    part: Sequence[int],
    row: Sequence[str],
    lengths: Sequence[Decimal | None] | None,
    *,
    plain: bool,
) -> Iterator[str]:
    """Give the cells of one line; a bar is a cell of its own behind its figure."""
    from rich.markup import escape

    for place in part:
        yield escape(row[place])
        if sheet.columns[place].bar:
            length = lengths[place] if lengths is not None else None
            yield bar(length, plain=plain) if length is not None else ""


def bar(length: Decimal, *, plain: bool = False) -> str:
    """Draw a bar of a length between 0 and 1, always as wide as the longest one."""
    if plain:
        return ("#" * int(length * _BAR)).ljust(_BAR)
    eighths = int((length * _BAR * 8).to_integral_value())
    if length > 0:
        eighths = max(eighths, 1)
    whole, rest = divmod(eighths, 8)
    return (_FULL * whole + (_EIGHTHS[rest] if rest else "")).ljust(_BAR)


def _shows_blocks(out: Console) -> bool:
    return "utf" in (out.encoding or "").lower()
