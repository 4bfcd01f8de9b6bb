"""One mapping in words: what holds for the pair, and a row for each field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.words import TITLES
from sync.domain.record import Side
from sync.domain.rules import Arrow, BlankRule, DeleteRule, FirstSync, Unsure, Wins

if TYPE_CHECKING:
    from mappings.model import FieldMapping, PairMapping

__all__ = ["ARROWS", "COLUMNS", "READ_ONLY", "Row", "about", "right_of", "rows"]

#: The columns of a mapping's table in their order, with what stands above them.
COLUMNS = {
    "field": "field",
    "hubspot": "HubSpot",
    "arrow": "",
    "salesforce": "Salesforce",
    "wins": "who wins",
    "blanks": "blanks",
    "protect": "protected",
    "type": "type",
    "values": "values",
}
#: What stands for who wins of a field that goes nowhere.
READ_ONLY = "read only"
ARROWS = {Arrow.BOTH: "<->", Arrow.TO_RIGHT: "->", Arrow.TO_LEFT: "<-"}
_WINS = {
    Wins.NEWEST: "newest edit",
    Wins.LEFT: "HubSpot",
    Wins.RIGHT: "Salesforce",
    Wins.HOLD: "a person decides",
}
_UNSURE = {Unsure.LEFT: "if unsure: HubSpot", Unsure.RIGHT: "if unsure: Salesforce"}
_BLANKS = {
    BlankRule.KEEP: "stay put",
    BlankRule.CLEAR: "clear both",
    BlankRule.FILL: "filled back",
}
_FIRST = {
    FirstSync.LEFT: "HubSpot's value",
    FirstSync.RIGHT: "Salesforce's value",
    FirstSync.NEWEST: "the newest edit",
    FirstSync.HOLD: "a person decides",
}
_DELETE = {
    DeleteRule.UNLINK: "the other record stays, no longer linked",
    DeleteRule.ARCHIVE: "the other record is deleted too",
    DeleteRule.IGNORE: "nothing happens to the other record",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field in words, as the columns of the table show it."""

    field: str
    hubspot: str
    arrow: str
    salesforce: tuple[str, ...]
    wins: str
    blanks: str
    protect: str
    type: str
    values: tuple[str, ...]


def about(pair: PairMapping) -> tuple[tuple[str, str], ...]:
    """Give what holds for the whole pair, as headings with sentences."""
    facts = [
        ("Records", f"HubSpot {pair.hubspot} and Salesforce {' | '.join(pair.salesforce)}"),
        ("First sync", f"where both hold different values: {_FIRST[pair.first_sync]}"),
        ("Recognised by", _match(pair)),
        *((f"Takes part in {TITLES[side]}", text) for side, text in _included(pair)),
        *((f"Made in {TITLES[side]}", _made(pair, side)) for side in Side),
        ("On deletion", _DELETE[pair.delete]),
        *((f"Kept in {TITLES[side]}", text) for side, text in _kept(pair)),
        ("Ids are kept in", ", ".join(_keys(pair)) or "neither CRM"),
        *_outcomes(pair),
    ]
    return tuple(facts)


def rows(pair: PairMapping) -> tuple[Row, ...]:
    """Give every field of a pair in words, in the order of the file."""
    return tuple(_row(pair, name, field) for name, field in pair.fields.items())


def _outcomes(pair: PairMapping) -> Iterator[tuple[str, str]]:
    """Name what no line of the file carries: outcomes of sales, which the sync works out."""
    from mappings.outcomes import wanted_properties
    from sync.domain.memberships import LAST_CAMPAIGN_STATUS

    wanted = wanted_properties(pair, None)
    if wanted:
        carried = ", ".join(wanted.values())
        kept = "deals, or members of campaigns," if LAST_CAMPAIGN_STATUS in wanted else "deals"
        yield "Outcome of sales", f"{carried}, where HubSpot has them and {kept} are kept"


def _kept(pair: PairMapping) -> Iterator[tuple[Side, str]]:
    for side, word in ((Side.LEFT, "pipeline"), (Side.RIGHT, "record type")):
        name = pair.division_name(side)
        if name is not None:
            yield side, f"{pair.objects(side)[0]} of the {word} {name} only"


def _keys(pair: PairMapping) -> Iterator[str]:
    for side in Side:
        name = pair.key_name(side)
        if name is not None:
            yield f"{TITLES[side]} {name}"


def _match(pair: PairMapping) -> str:
    rules = [" with ".join(rule) for rule in pair.match]
    return ", else ".join(rules) or "the ids kept in the records alone"


def _included(pair: PairMapping) -> Iterator[tuple[Side, str]]:
    for side in Side:
        yield side, pair.include.of(side) or "every record"


def _made(pair: PairMapping, side: Side) -> str:
    if not pair.creates(side):
        return "never"
    condition = pair.create_when(side)
    made = f"as {pair.create_as(side)}" if len(pair.objects(side)) > 1 else "where missing"
    return f"{made}, when {condition}" if condition else made


def _row(pair: PairMapping, name: str, field: FieldMapping) -> Row:
    travels = any(field.writes_to(side) for side in Side)
    return Row(
        field=name,
        hubspot=field.map.left or ("computed" if field.to_salesforce else ""),
        arrow=ARROWS[field.map.arrow],
        salesforce=right_of(field) or (("computed",) if field.to_hubspot else ()),
        wins=_who_wins(pair, field) if travels else READ_ONLY,
        blanks=_BLANKS[field.blank or pair.defaults.blank] if travels else "",
        protect=TITLES[field.protect] if field.protect is not None else "",
        type=field.type.value if field.type is not None else "",
        values=tuple(_values(field)),
    )


def right_of(field: FieldMapping) -> tuple[str, ...]:
    """Give a field's Salesforce names, each with its object where the file names it."""
    return tuple(
        f"{one.object_name}.{one.field}" if one.object_name else one.field
        for one in field.map.right
    )


def _who_wins(pair: PairMapping, field: FieldMapping) -> str:
    if field.source is not None:
        return TITLES[field.source]
    wins = field.wins or pair.defaults.wins
    unsure = _UNSURE.get(field.unsure or pair.defaults.unsure)
    return f"{_WINS[wins]}, {unsure}" if wins is Wins.NEWEST and unsure else _WINS[wins]


def _values(field: FieldMapping) -> Iterator[str]:
    arrow = ARROWS[field.map.arrow]
    for mine, theirs in (field.values or {}).items():
        yield f"{mine} {arrow} {theirs}"
    if field.values is not None:
        yield {"hold": "others wait for a person", "keep": "others change nothing"}.get(
            field.otherwise or "hold", f"others become {field.otherwise}"
        )
    if field.computed is not None:
        yield f"computed: {field.computed}"
    if field.if_blank is not None:
        yield f"if blank: {field.if_blank}"
    if field.fallback is not None:
        yield f"new records nobody owns here: {field.fallback}"
