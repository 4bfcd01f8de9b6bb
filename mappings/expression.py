"""Conditions and computed values: CEL, checked and compiled once, evaluated on typed values."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Protocol

from mappings.expression_source import FUNCTIONS, PRESENT, read_source
from mappings.findings import did_you_mean
from mappings.words import FieldType
from sync.domain.errors import CrmSyncError
from sync.domain.record import Native, native_moment

if TYPE_CHECKING:
    import cel

__all__ = [
    "Condition",
    "ExpressionFailedError",
    "ExpressionText",
    "check_expression",
    "compile_condition",
    "compile_value",
]

#: Names that are known of people, where the rules of a funnel are written.
_OF_FUNNEL = {
    "handed_over": "write the stages of people in mappings/lifecycle.yaml, and who is handed over",
    "stage": "write the stages of people in mappings/lifecycle.yaml",
}
_NUMBERS = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY, FieldType.PERCENT})
_BOOLEANS = frozenset({FieldType.BOOLEAN, FieldType.OPT_OUT})
_TIMES = frozenset({FieldType.DATE, FieldType.DATETIME})

Typed = str | float | bool | datetime | list[str]


class ExpressionFailedError(CrmSyncError):
    """An expression could not be evaluated for one record; it becomes an error item.

    `where` is the expression's place in the mapping, `expression` its text as written.
    """

    def __init__(self, message: str, *, where: str, expression: str) -> None:
        super().__init__(message)
        self.where = where
        self.expression = expression


class _UnreadableError(Exception):
    """A field's value is not what its type says."""


def _compiler() -> Callable[[str], cel.Program]:
    """Load the evaluator, which only mappings with expressions need.

    Its package also loads a terminal of its own, which takes longer than checking all the files;
    so the compiled part is loaded by itself, where it lies as it does now.
    """
    name = "cel.cel"
    package = find_spec("cel") if name not in sys.modules else None
    places = package.submodule_search_locations if package is not None else None
    spec = PathFinder.find_spec(name, places) if places else None
    if spec is not None and spec.loader is not None:
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    if name not in sys.modules:
        import cel

        return cel.compile
    compiled: Callable[[str], cel.Program] = sys.modules[name].compile
    return compiled


class Condition(Protocol):
    """Something that is true or false for a record's canonical values."""

    def __call__(self, canonical: Mapping[str, Native]) -> bool:
        """Tell whether the condition holds; raises ExpressionFailedError."""
        ...


class ExpressionText(Protocol):
    """Something that computes a text from a record's canonical values."""

    def __call__(self, canonical: Mapping[str, Native]) -> Native:
        """Give the computed value; raises ExpressionFailedError."""
        ...


def check_expression(text: str, known: Iterable[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Give what is wrong with an expression, as sentences, and the fields it reads."""
    source = read_source(text)
    names = tuple(known)
    problems = list(source.problems)
    problems += [_unknown_field(name, names) for name in sorted(source.reads - set(names))]
    problems += [_unknown_name(name, names) for name in sorted(source.unknown)]
    problems += [
        f"{name}() is no function of conditions{did_you_mean(name, FUNCTIONS)}"
        for name in sorted(source.functions - FUNCTIONS)
    ]
    if not problems:
        problems += _syntax_problems(text)
    return tuple(problems), frozenset(source.reads)


def compile_condition(text: str, *, types: Mapping[str, FieldType], where: str) -> Condition:
    """Compile a condition over fields of these types."""
    program = _Program(text, types, where)

    def holds(canonical: Mapping[str, Native]) -> bool:
        result = program.run(canonical)
        if not isinstance(result, bool):
            raise program.failed(f"gives {_kind_of(result)}, not true or false")
        return result

    return holds


def compile_value(text: str, *, types: Mapping[str, FieldType], where: str) -> ExpressionText:
    """Compile a computed value over fields of these types."""
    program = _Program(text, types, where)

    def value(canonical: Mapping[str, Native]) -> Native:
        return _as_native(program.run(canonical), program)

    return value


class _Program:
    """One compiled expression with what it needs to read a record."""

    def __init__(self, text: str, types: Mapping[str, FieldType], where: str) -> None:
        self._text = text
        self._where = where
        # A blank text is "", a blank yes/no is false; a blank number or date equals nothing.
        guard = {name for name, kind in types.items() if kind in _NUMBERS | _TIMES}
        source = read_source(text, guard=guard)
        self._readers = {name: _reader(types[name]) for name in sorted(source.reads & set(types))}
        self._blanks = {
            name: blank for name in self._readers if (blank := _blank_of(types[name])) is not None
        }
        self._program = _compiler()(source.guarded)

    def run(self, canonical: Mapping[str, Native]) -> object:
        present = self._present(canonical)
        context = {"record": {**self._blanks, **present}, PRESENT: present}
        try:
            result: object = self._program.execute(context)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as exc:
            raise self.failed(_explain(exc)) from exc
        return result

    def failed(self, why: str) -> ExpressionFailedError:
        return ExpressionFailedError(
            f"{self._where}: the expression {self._text!r} {why}",
            where=self._where,
            expression=self._text,
        )

    def _present(self, canonical: Mapping[str, Native]) -> dict[str, Typed]:
        present: dict[str, Typed] = {}
        for name, read in self._readers.items():
            value = canonical.get(name)
            if value is not None:
                try:
                    present[name] = read(value)
                except _UnreadableError as exc:
                    raise self.failed(f"reads record.{name}, whose value {exc}") from exc
        return present


def _reader(kind: FieldType) -> Callable[[str], Typed]:
    if kind in _NUMBERS:
        return _read_number
    if kind in _BOOLEANS:
        return _read_boolean
    if kind in _TIMES:
        return _read_time
    if kind is FieldType.CHOICES:
        return _read_choices
    return str


def _blank_of(kind: FieldType) -> Typed | None:
    """Give what a blank reads as; None where it is missing and only comparable."""
    if kind in _NUMBERS or kind in _TIMES:
        return None
    if kind in _BOOLEANS:
        return False
    return [] if kind is FieldType.CHOICES else ""


def _read_number(text: str) -> float:
    try:
        number = float(Decimal(text))
    except (InvalidOperation, OverflowError) as exc:
        raise _UnreadableError("is no number") from exc
    if not math.isfinite(number):
        raise _UnreadableError("is no number")
    return number


def _read_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise _UnreadableError("is neither true nor false")
    return text == "true"


def _read_time(text: str) -> datetime:
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise _UnreadableError("is no date") from exc
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _read_choices(text: str) -> list[str]:
    return text.split(";")


def _as_native(result: object, program: _Program) -> Native:
    if result is None:
        return None
    if isinstance(result, bool):
        return "true" if result else "false"
    if isinstance(result, str):
        return result.strip() or None
    if isinstance(result, int):
        return str(result)
    if isinstance(result, float) and math.isfinite(result):
        return format(Decimal(repr(result)), "f").removesuffix(".0")
    if isinstance(result, datetime):
        return native_moment(result)
    if isinstance(result, list) and all(isinstance(one, str) for one in result):
        return ";".join(result) or None
    raise program.failed(f"gives {_kind_of(result)}, which no field can hold")


def _kind_of(result: object) -> str:
    """Say what an expression gave, in an admin's words."""
    kinds = {str: "a text", bool: "true or false", int: "a number", float: "a number"}
    kinds |= {list: "a list", datetime: "a date"}
    return next((said for kind, said in kinds.items() if type(result) is kind), "another thing")


def _explain(exc: Exception) -> str:
    """Say why an evaluation failed, without any of the record's values."""
    if isinstance(exc, LookupError):
        return "needs a value that is blank; ask has(record.x) first"
    if isinstance(exc, ZeroDivisionError):
        return "divides by zero"
    if isinstance(exc, TypeError):
        return "mixes types; a number is written with a point (1.0), a date as timestamp('…')"
    return "cannot be evaluated for this record"


def _unknown_field(name: str, known: Sequence[str]) -> str:
    if name in _OF_FUNNEL:
        return f"record.{name} is not known here; {_OF_FUNNEL[name]}"
    return f"record.{name} is no field of this pair{did_you_mean(name, known)}"


#: Words of other languages, and how conditions say the same.
_SAID_OTHERWISE = {
    **dict.fromkeys(("and", "AND"), "'and' is written '&&'"),
    **dict.fromkeys(("or", "OR"), "'or' is written '||'"),
    **dict.fromkeys(("not", "NOT"), "'not' is written '!'"),
    **dict.fromkeys(("True", "TRUE", "yes", "Yes", "YES"), "write true"),
    **dict.fromkeys(("False", "FALSE", "no", "No", "NO"), "write false"),
    **dict.fromkeys(("None", "NULL", "Null", "nil"), 'a blank text is "", and has(record.x) asks'),
}


def _unknown_name(name: str, known: Sequence[str]) -> str:
    if name in _SAID_OTHERWISE and name not in known:
        return f"{name!r} is unknown; {_SAID_OTHERWISE[name]}"
    if name in _OF_FUNNEL:
        return f"{name!r} is not known here; {_OF_FUNNEL[name]}"
    if name in known:
        return f"{name!r} is unknown; did you mean 'record.{name}'?"
    return f"{name!r} is unknown{did_you_mean(name, ('record', 'true', 'false'))}"


def _syntax_problems(text: str) -> list[str]:
    try:
        _compiler()(text)
    except ValueError as exc:
        return [f"{text!r} is no condition that can be read: {_syntax_message(str(exc))}"]
    return []


def _syntax_message(text: str) -> str:
    """Take the one useful line out of the parser's message."""
    for line in text.splitlines():
        if "<input>" in line:
            _, _, place = line.partition("<input>:")
            _, _, rest = place.partition(":")
            column, _, message = rest.partition(":")
            return f"column {column},{message.partition('expecting')[0].rstrip()}"
    return "wrong syntax"
