"""An expression tried on made-up values before any record is read: do its types fit?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.expression import ExpressionFailedError, compile_condition, compile_value
from mappings.expression_source import Comparison, read_source
from mappings.words import FieldType
from sync.domain.record import Native

__all__ = ["try_expression"]

_NUMBERS = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY, FieldType.PERCENT})
_YES_OR_NO = frozenset({FieldType.BOOLEAN, FieldType.OPT_OUT})
_DAYS = frozenset({FieldType.DATE, FieldType.DATETIME})

_NO_PATTERN = "the pattern of matches() is none that can be read; see its brackets"

#: One value of every type that is no text, in canonical form.
_SAMPLES: Mapping[FieldType, str] = {
    **dict.fromkeys(_NUMBERS, "1.5"),
    **dict.fromkeys(_YES_OR_NO, "true"),
    FieldType.DATE: "2026-01-31",
    FieldType.DATETIME: "2026-01-31T12:00:00.000Z",
}


def try_expression(
    text: str, types: Mapping[str, FieldType], *, condition: bool
) -> tuple[str, ...]:
    """Give what cannot work for any record, as sentences, where the fields have these types.

    A field that is not among `types` may have any; then only what no type could mend is found.
    """
    source = read_source(text)
    if source.problems:
        return ()
    if not source.reads <= types.keys():
        guessed = {**dict.fromkeys(source.reads, FieldType.TEXT), **types}
        trial = _trial(text, guessed, condition=condition)
        return tuple(said for said in trial if said == _NO_PATTERN)
    problems = [
        problem for one in source.comparisons for problem in _never_equal(one, types.get(one.name))
    ]
    if not problems:
        problems += _trial(text, types, condition=condition)
    return tuple(dict.fromkeys(problems))


def _never_equal(one: Comparison, kind: FieldType | None) -> Iterator[str]:
    """Say which constants a field's values never equal, being of another type."""
    if kind is None:
        return
    for constant in one.constants:
        if kind in _NUMBERS | _DAYS and not constant:
            yield f"a blank {kind} equals nothing; write !has(record.{one.name})"
        elif kind in _NUMBERS:
            yield f"record.{one.name} is a number; write it without quotes, not {constant!r}"
        elif kind in _YES_OR_NO:
            yield f"record.{one.name} is true or false; write one of them without quotes"
        elif kind in _DAYS:
            yield f"record.{one.name} is a moment; write timestamp('2026-01-31T00:00:00Z')"
    if kind not in _NUMBERS | _YES_OR_NO | _DAYS:
        for constant in one.others:
            yield f"record.{one.name} is a text; write {constant} in quotes"


def _trial(text: str, types: Mapping[str, FieldType], *, condition: bool) -> Iterator[str]:
    filled: dict[str, Native] = {
        name: _SAMPLES.get(types[name], "x") for name in read_source(text).reads
    }
    compiled = (compile_condition if condition else compile_value)(text, types=types, where="")
    try:
        compiled(filled)
    except ExpressionFailedError as exc:
        said = str(exc).partition(repr(text))[2].strip()
        if "not a valid regex" in str(exc.__cause__):
            yield _NO_PATTERN  # a made-up value is always one
        elif said.startswith(("gives", "mixes types")):
            yield f"this expression {said}"
