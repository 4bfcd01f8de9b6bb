"""The CSV of bulk jobs: delimiters, line endings and quotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["DELIMITERS", "LINE_ENDINGS", "CsvForm", "CsvProblem", "read_table"]

DELIMITERS = {
    "BACKQUOTE": "`",
    "CARET": "^",
    "COMMA": ",",
    "PIPE": "|",
    "SEMICOLON": ";",
    "TAB": "\t",
}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_LONGEST_CELL = 131_072
_LONGEST_HEADER = 32_000
_MOST_COLUMNS = 5_000


class CsvProblem(ValueError):  # noqa: N818 - what fails a whole job, not an error of the program
    """Why a file cannot be loaded, as the job's errorMessage words it."""


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a job's files are written."""

    delimiter: str = "COMMA"
    line_ending: str = "LF"

    def lines(self, rows: Iterable[Sequence[str]]) -> str:
        """Write rows with every cell in quotes."""
        written = io.StringIO()
        writer = csv.writer(
            written,
            delimiter=DELIMITERS[self.delimiter],
            lineterminator=LINE_ENDINGS[self.line_ending],
            quoting=csv.QUOTE_ALL,
        )
        writer.writerows(rows)
        return written.getvalue()


def read_table(text: str, form: CsvForm) -> tuple[list[str], list[list[str]]]:
    """Read a header and rows; raises CsvProblem."""
    text = text.removeprefix("\ufeff").replace("\x00", "")
    _check_line_ending(text, form)
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=DELIMITERS[form.delimiter], strict=True
    )
    try:
        rows = [row for row in reader if row]
    except csv.Error as exc:
        raise CsvProblem(f"InvalidBatch : Failed to parse CSV: {exc}") from exc
    if not rows:
        raise CsvProblem("InvalidBatch : Unable to find header row")
    header, *rest = rows
    _check_header(header)
    for number, row in enumerate(rest, start=2):
        if len(row) != len(header):
            raise CsvProblem(
                f"InvalidBatch : The number of columns in row {number} does not match the header: "
                f"expected {len(header)} but found {len(row)}"
            )
    return header, rest


def _check_header(header: Sequence[str]) -> None:
    if sum(len(name) for name in header) > _LONGEST_HEADER or len(header) > _MOST_COLUMNS:
        raise CsvProblem("InvalidBatch : The header row is too long")
    seen: set[str] = set()
    for name in header:
        if not name.strip():
            raise CsvProblem("InvalidBatch : Field name not found : ")
        if name.lower() in seen:
            raise CsvProblem(f"InvalidBatch : Duplicate column name : {name}")
        seen.add(name.lower())


def _check_line_ending(text: str, form: CsvForm) -> None:
    end = text.find("\n")
    if end < 0:
        return
    has_return = text[end - 1 : end] == "\r"
    if has_return != (form.line_ending == "CRLF"):
        raise CsvProblem(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is "
            f"{form.line_ending}"
        )
