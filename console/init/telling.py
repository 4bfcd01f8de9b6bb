"""What init found, as tables people read: what it maps and why, what it leaves out and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from console.words import SIDES, TITLES
from sync.domain.record import Side

if TYPE_CHECKING:
    from rich.console import Console

    from console.init.making import MadeField
    from mappings.proposing.proposal import LeftOut, ProposedField, ProposedPair
    from sync.domain.new_fields import NewField

__all__ = ["counts", "field_json", "pair_json", "print_made", "print_pair"]

#: How many names of fields stand in one row of what is left out.
_NAMED = 6


def print_pair(out: Console, pair: ProposedPair) -> None:
    """Print what is proposed for one pair."""
    from rich.markup import escape
    from rich.table import Table

    objects = " | ".join(pair.salesforce)
    out.print(f"\n[bold]{pair.name}[/]: HubSpot {pair.hubspot} and Salesforce {escape(objects)}")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("field", "HubSpot", "", "Salesforce", "why"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "")
    for one in pair.mapped:
        table.add_row(*map(escape, _row(one, pair)))
    out.print(table)
    if pair.suggested:
        out.print("  Suggested, as comments in the file, for you to decide:")
        suggestions = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for one in pair.suggested:
            sure = "" if one.standard else f" ({one.sureness} % alike)"
            line = f"{one.map_line(pair.salesforce)}{sure}: {one.note or one.why}"
            suggestions.add_row(f"    {escape(one.name)}", escape(line))
        out.print(suggestions)
    _print_left_out(out, pair)
    for remark in pair.remarks:
        out.print(f"  Note: {remark}.", markup=False)
    found = counts(pair)
    out.print(
        f"  {found['mapped']} fields mapped, {found['suggested']} suggested, "
        f"{found['left_out']} left out."
    )


def _print_left_out(out: Console, pair: ProposedPair) -> None:
    """Print how many fields are left out for each reason, and some of their names."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), style="dim")
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for side in Side:
        for count, line in _left_out_lines([one for one in pair.left_out if one.side is side]):
            table.add_row(f"    {TITLES[side]}", str(count), escape(line))
    if table.row_count:
        out.print("  Left out:")
        out.print(table)


def _row(one: ProposedField, pair: ProposedPair) -> tuple[str, str, str, str, str]:
    line = one.map_line(pair.salesforce)
    left, sign, right = _ends(line)
    return one.name, left, sign, right.replace(" | ", " |\n"), _why(one)


def _ends(line: str) -> tuple[str, str, str]:
    for sign in ("<->", "->", "<-"):
        left, found, right = line.partition(sign)
        if found:
            return left.strip(), sign, right.strip()
    return line, "", ""


def _why(one: ProposedField) -> str:
    said = "same meaning" if one.standard and one.why.startswith("standard") else one.why
    if one.values:
        sure = sum(each.sure for each in one.values)
        open_ = sum(len(values) for values in one.open_values.values())
        said += f"; {sure} values translated, {open_} open"
    return f"{said}; {one.note}" if one.note else said


def _left_out_lines(left_out: Sequence[LeftOut]) -> Iterable[tuple[int, str]]:
    """Give a line for each reason: how many fields, why, and the names of some."""
    by_why: dict[str, list[str]] = defaultdict(list)
    for one in left_out:
        why = f"{one.why.value} ({one.detail})" if one.detail else one.why.value
        if one.native not in by_why[why]:
            by_why[why].append(one.native)
    for why, names in sorted(by_why.items(), key=lambda each: len(each[1])):
        some = ", ".join(names[:_NAMED])
        yield len(names), f"{why}: {some}{', …' if len(names) > _NAMED else ''}"


def counts(pair: ProposedPair) -> dict[str, int]:
    """Count what was mapped, suggested and left out."""
    return {
        "mapped": len(pair.mapped),
        "suggested": len(pair.suggested),
        "left_out": len(pair.left_out),
    }


def print_made(out: Console, made: Sequence[MadeField]) -> None:
    """Print which fields were made in HubSpot and which were not."""
    from rich.markup import escape

    for one in made:
        name = escape(f"{one.field.object_name}.{one.field.name}")
        if one.done:
            out.print(f"  [green]made[/] {name}")
        else:
            out.print(f"  [red]not made[/] {name}: {escape(one.why)}")


def pair_json(pair: ProposedPair) -> dict[str, Any]:
    """Give a pair as `init --json` has it."""
    return {
        "pair": pair.name,
        "hubspot": pair.hubspot,
        "salesforce": list(pair.salesforce),
        "counts": counts(pair),
        "fields": [_field_json(one, pair) for one in pair.mapped],
        "suggested": [_field_json(one, pair) for one in pair.suggested],
        "left_out": [_left_out_json(one) for one in pair.left_out],
        "remarks": list(pair.remarks),
    }


def _field_json(one: ProposedField, pair: ProposedPair) -> dict[str, Any]:
    return {
        "name": one.name,
        "map": one.map_line(pair.salesforce),
        **dict(one.settings),
        "values": {each.mine: each.theirs for each in one.values if each.sure},
        "open": {SIDES[side]: list(values) for side, values in one.open_values.items()},
        "sureness": one.sureness,
        "why": one.why,
        "note": one.note or None,
    }


def _left_out_json(one: LeftOut) -> dict[str, Any]:
    return {
        "side": SIDES[one.side],
        "object": one.object_name or None,
        "field": one.native,
        "label": one.label,
        "why": f"{one.why.value} ({one.detail})" if one.detail else one.why.value,
    }


def field_json(field: NewField) -> dict[str, Any]:
    """Give a field that is to be made."""
    return {
        "object": field.object_name,
        "name": field.name,
        "label": field.label,
        "unique": field.unique,
    }
