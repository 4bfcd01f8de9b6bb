"""Lines of a mapping as they should read: what to write in the place of a wrong one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from mappings.findings import did_you_mean, nearest
from mappings.mapline import MapLine
from sync.domain.record import Side
from sync.domain.rules import Arrow
from sync.domain.schema import FieldShape, ObjectShape

__all__ = ["line_for", "one_of_these", "renamed", "table_for", "turned"]


#: How many values of a picklist are named.
_NAMED = 6


def one_of_these(word: str, options: Collection[str]) -> str:
    """Give the option that is most like a word, or what options there are."""
    guess = did_you_mean(word, options)
    if guess or not options:
        return guess
    named = sorted(options)[:_NAMED]
    more = f" and {len(options) - len(named)} more" if len(options) > len(named) else ""
    return f"; it has {', '.join(map(repr, named))}{more}"


def table_for(shape: FieldShape, side: Side) -> str:
    """Show a line of the table that leads to a picklist."""
    option = next((one.value for one in shape.options if one.active), "…")
    line = f"…: {option}" if side is Side.RIGHT else f"{option}: …"
    return f"add a table under 'values', as {line!r}"


def renamed(line: MapLine, side: Side, native: str, name: str) -> str:
    """Give a line with another name for a field of one side."""
    if side is Side.LEFT:
        return str(replace(line, left=name))
    targets = (replace(one, field=name) if one.field == native else one for one in line.right)
    return str(replace(line, right=tuple(targets)))


def turned(line: MapLine, side: Side) -> str | None:
    """Give a line that reads a side and does not write it; None where it has one end only."""
    if line.left is None or not line.right:
        return None
    return str(replace(line, arrow=Arrow.TO_RIGHT if side is Side.LEFT else Arrow.TO_LEFT))


def line_for(shape: FieldShape, side: Side, object_name: str, across: Iterable[ObjectShape]) -> str:
    """Give a line that fills a field a new record needs, from what is nearest to it across."""
    known = {name for one in across for name in one.fields}
    origin = nearest(shape.name, known) or nearest(shape.label.replace(" ", ""), known)
    if origin is None:
        return ""
    here = shape.name if side is Side.LEFT else f"{object_name}.{shape.name}"
    ends = (f"{here} <- {origin}") if side is Side.LEFT else (f"{origin} -> {here}")
    return f", such as '{shape.name.lower()}: {{map: {ends}, if_blank: \"[not given]\"}}'"
