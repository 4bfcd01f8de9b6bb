"""Putting rows in the order a query asks for."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.model import Row, Value
from sandbox.salesforce.soql.ast import Sorting
from sandbox.salesforce.soql.expressions import Resolver
from sandbox.salesforce.soql.paths import Getter

__all__ = ["in_order"]


def in_order(rows: list[Row], order: Sequence[Sorting], resolver: Resolver) -> list[Row]:
    """Give the rows sorted; text is compared without case, nulls come first by default."""
    for sorting in reversed(order):
        expression = resolver.resolve(sorting.field)
        if not expression.spec.sortable:
            raise ApiError(
                "INVALID_FIELD",
                f"{resolver.place(sorting.field.position)}field '{expression.spec.name}' can not "
                "be sorted in a query call",
            )
        rows = _sorted_by(rows, expression.get, sorting, is_text=expression.spec.type.is_text)
    return rows


def _sorted_by(rows: list[Row], get: Getter, sorting: Sorting, *, is_text: bool) -> list[Row]:
    def key(row: Row) -> str | float:
        value = get(row)
        return value.casefold() if is_text and isinstance(value, str) else _plain(value)

    empty = [row for row in rows if get(row) is None]
    full = [row for row in rows if get(row) is not None] if empty else rows
    full = sorted(full, key=key, reverse=sorting.descending)
    return full + empty if sorting.nulls_last else empty + full


def _plain(value: Value) -> str | float:
    assert value is not None
    return value
