"""The CSV of bulk jobs: rows to be written, and the results Salesforce gives for them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from connectors.salesforce.values import Json

__all__ = ["fits", "read_rows", "to_cell", "written"]

#: How a cell says that its field is to be emptied; an empty cell leaves it as it is.
_BLANK = "#N/A"

#: What one cell may hold.
_LONGEST = 32_000


def fits(value: Json) -> bool:
    """Tell whether a value reads the same from a cell as it was written.

    A text that says `#N/A` would empty its field, an empty one would leave it as it is, and line
    ends of another kind than the file's are refused with the whole file.
    """
    if not isinstance(value, str):
        return value is None or isinstance(value, bool | int | Decimal)
    cell = value.strip()
    return 0 < len(value) <= _LONGEST and cell not in ("", _BLANK) and not _ODD & set(value)


_ODD = frozenset("\r\x00")


def to_cell(value: Json) -> str:
    """Give a value as the text of its cell."""
    if value is None:
        return _BLANK
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a file as it is uploaded: commas, LF, UTF-8, quotes round every cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def read_rows(text: str) -> list[Mapping[str, str]]:
    """Read a file of results as rows by column; an empty body holds none.

    Raises:
        ValueError: It is no such file, or ends in the middle.
    """
    # What comes back may be longer than what may be sent.
    csv.field_size_limit(max(csv.field_size_limit(), 10 * _LONGEST))
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as exc:
        raise ValueError(str(exc)) from exc
    header, *rest = [line for line in lines if line] or [[]]
    if any(len(line) != len(header) for line in rest):
        raise ValueError("a row has another number of cells than the header")
    return [dict(zip(header, line, strict=True)) for line in rest]
