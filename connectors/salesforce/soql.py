"""SOQL text: what we select, how it is ordered, and values that cannot break out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors.salesforce.values import parse_number
from sync.domain.record import native_moment
from sync.domain.schema import FieldKind

__all__ = ["any_of", "at_or_after", "beyond", "chunks", "id_lists", "literals", "select"]

_UNQUOTED = frozenset({FieldKind.DATE, FieldKind.DATETIME, FieldKind.BOOLEAN})
_NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.MONEY, FieldKind.PERCENT})
_LONGEST_STRING = 4_000

#: Ids in one `IN (…)`: they fill one page of an answer, and half of what a statement can hold.
_MOST_IDS = 2_000
_BARE = re.compile(r"[0-9A-Za-z:.+-]+")


def select(
    object_name: str,
    columns: Sequence[str],
    *,
    where: Sequence[str] = (),
    order: str = "",
) -> str:
    """Build a query; conditions are joined by AND."""
    conditions = f" WHERE {' AND '.join(where)}" if where else ""
    ordering = f" ORDER BY {order}" if order else ""
    # Names come from the mapping and the schema; every value went through `literals`.
    columns_text = ", ".join(columns)
    return f"SELECT {columns_text} FROM {object_name}{conditions}{ordering}"  # noqa: S608


def at_or_after(moment: datetime | None) -> tuple[str, ...]:
    """Give the condition for records stamped at that moment or later; none for None."""
    return () if moment is None else (f"SystemModstamp >= {native_moment(moment)}",)


def beyond(stamp: datetime, record_id: str) -> str:
    """Give the condition for what follows a record in the order of (SystemModstamp, Id)."""
    at = native_moment(stamp)
    after = _quote([record_id])[0]
    return f"(SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > {after}))"


def any_of(field_name: str, literal_values: Sequence[str]) -> str:
    """Give the condition for a field that holds one of the values."""
    return f"{field_name} IN ({','.join(literal_values)})"


def id_lists(id_literals: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut ids into runs that one query asks for."""
    for start in range(0, len(id_literals), _MOST_IDS):
        yield id_literals[start : start + _MOST_IDS]


def literals(kind: FieldKind | None, values: Sequence[str]) -> list[str]:
    """Write native values as SOQL does for the field's kind; leaves out what it cannot hold."""
    if kind in _NUMBERS:
        return [text for text in map(_number, values) if text is not None]
    if kind in _UNQUOTED:
        return [text for text in values if _BARE.fullmatch(text)]
    return _quote([text for text in values if len(text) <= _LONGEST_STRING])


def chunks(items: Sequence[str], *, most: int, longest: int) -> Iterator[Sequence[str]]:
    """Cut into runs of at most so many items and characters."""
    run: list[str] = []
    length = 0
    for item in items:
        if run and (len(run) == most or length + len(item) > longest):
            yield run
            run, length = [], 0
        run.append(item)
        length += len(item) + 1
    if run:
        yield run


def _quote(values: Sequence[str]) -> list[str]:
    from simple_salesforce.format import quote_soql_value

    return [quote_soql_value(value) for value in values]


def _number(text: str) -> str | None:
    number = parse_number(text)
    return None if number is None else format(number, "f")
