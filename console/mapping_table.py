"""One mapping as a table that a colleague can read: on a terminal, as JSON, or as a page."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.mapping_words import ARROWS, COLUMNS, READ_ONLY, Row, about, right_of, rows
from console.output import paper, print_json, write_private
from console.words import SIDES
from sync.domain.errors import UsageError
from sync.domain.record import Side

if TYPE_CHECKING:
    from mappings.model import FieldMapping, PairMapping

__all__ = ["pair_named", "show"]


#: Columns of names, which nobody wants broken.
_WHOLE = ("field", "hubspot", "arrow", "salesforce", "wins", "type")


def show(
    folder: Path,
    name: str,
    *,
    html: Path | None,
    as_json: bool,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Print the mapping of one pair, or write it as a page; give the exit code."""
    from mappings.loader import read_mappings
    from mappings.project import load_project

    pairs, findings = read_mappings(load_project(folder, environment).mappings)
    sound = [one for one in pairs if not any(one.places.file == bad.file for bad in findings)]
    if findings and name not in {one.pair for one in sound}:
        from mappings.findings import MappingErrors

        raise MappingErrors(findings)
    pair = pair_named(sound, name)
    if html is not None:
        from console.mapping_page import page

        write_private(html, [page(pair)])
    if as_json:
        print_json({**_pair_json(pair), "html": str(html) if html is not None else None})
    elif html is not None:
        print(f"{html} shows the pair {pair.pair}: open it in a browser, print it, or send it.")
    else:
        _print(pair)
    return 0


def pair_named(pairs: Sequence[PairMapping], name: str) -> PairMapping:
    """Give the pair of this name; raises UsageError naming those there are."""
    from mappings.findings import did_you_mean

    names = [one.pair for one in pairs]
    for one in pairs:
        if one.pair == name:
            return one
    guess = did_you_mean(name, names) or f"; the pairs: {', '.join(names)}"
    raise UsageError(f"there is no pair {name!r}{guess}")


def _print(pair: PairMapping) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    out, fields = paper(), rows(pair)
    once = _said_once(fields)
    out.print(Text(pair.pair, "bold"))
    for title, text in (*about(pair), *once.values()):
        out.print(Text.assemble((f"  {title}: ", "dim"), text))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    apart = {"values", *once}
    shown = [
        one for one in COLUMNS if one not in apart and any(getattr(row, one) for row in fields)
    ]
    for name in shown:
        table.add_column(COLUMNS[name], overflow="fold", no_wrap=name in _WHOLE)
    for row in fields:
        table.add_row(*(_cell(getattr(row, name)) for name in shown))
    out.print(table)
    for row in fields:
        if row.values:
            out.print(Text.assemble((f"  {row.field}: ", "dim"), "; ".join(row.values)))


def _said_once(fields: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """Give the columns that say the same of every field, to stand above the table instead.

    Of fields that are only read, nothing is to be said about blanks.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, title in (("wins", "Who wins"), ("blanks", "Blanks")):
        said = {getattr(row, name) for row in fields if name == "wins" or row.wins != READ_ONLY}
        if len(said) == 1 and "" not in said:
            found[name] = (title, said.pop())
    return found


def _cell(value: str | tuple[str, ...]) -> Any:
    from rich.text import Text

    return Text(value if isinstance(value, str) else "\n".join(value))


def _pair_json(pair: PairMapping) -> dict[str, Any]:
    from mappings.outcomes import wanted_properties

    return {
        "pair": pair.pair,
        "hubspot": pair.hubspot,
        "salesforce": list(pair.salesforce),
        "first_sync": _SIDE_WORDS.get(pair.first_sync.value, pair.first_sync.value),
        "match": [list(rule) for rule in pair.match],
        "include": {SIDES[side]: pair.include.of(side) for side in Side},
        "create": {
            SIDES[side]: {"as": pair.create_as(side), "when": pair.create_when(side)}
            if pair.creates(side)
            else None
            for side in Side
        },
        "delete": pair.delete.value,
        "keys": {SIDES[side]: pair.key_name(side) for side in Side},
        "pipeline": pair.pipeline,
        "record_type": pair.record_type,
        "fields": [_field_json(pair, name, field) for name, field in pair.fields.items()],
        "outcomes": wanted_properties(pair, None),
    }


#: The domain says left and right; files and machines read the CRMs' names.
_SIDE_WORDS = {"left": "hubspot", "right": "salesforce"}


def _field_json(pair: PairMapping, name: str, field: FieldMapping) -> dict[str, Any]:
    wins = (field.wins or pair.defaults.wins).value
    unsure = (field.unsure or pair.defaults.unsure).value
    return {
        "name": name,
        "hubspot": field.map.left,
        "arrow": ARROWS[field.map.arrow],
        "salesforce": list(right_of(field)),
        "wins": _SIDE_WORDS.get(wins, wins),
        "unsure": _SIDE_WORDS.get(unsure, unsure),
        "blank": (field.blank or pair.defaults.blank).value,
        "protect": SIDES[field.protect] if field.protect is not None else None,
        "type": field.type.value if field.type is not None else None,
        "values": field.values,
        "otherwise": field.otherwise,
        "if_blank": field.if_blank,
        "fallback": field.fallback,
        "to_hubspot": field.to_hubspot,
        "to_salesforce": field.to_salesforce,
    }
