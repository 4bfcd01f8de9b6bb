"""A condition turned into a function of a row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from operator import ge, gt, le, lt

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.model import FieldSpec, FieldType, Row, Value
from sandbox.salesforce.soql.ast import (
    And,
    Compare,
    Condition,
    Field,
    Literal,
    LiteralKind,
    Member,
    Not,
    Operator,
    Or,
    SemiJoin,
)
from sandbox.salesforce.soql.dates import relative_days
from sandbox.salesforce.soql.paths import Getter, Path, Paths
from sandbox.salesforce.wire import to_stamp

__all__ = ["Filters", "Span", "Test"]

Test = Callable[[Row], bool]

_COMPARE: dict[Operator, Callable[[str | float, str | float], bool]] = {
    Operator.LESS: lt,
    Operator.AT_MOST: le,
    Operator.MORE: gt,
    Operator.AT_LEAST: ge,
}
_EXPECTED = {FieldType.DATE: "date", FieldType.DATETIME: "dateTime", FieldType.BOOLEAN: "boolean"}
_IDS = (FieldType.ID, FieldType.REFERENCE)


@dataclass(frozen=True, slots=True)
class Span:
    """The days a relative date covers, as comparable texts; `stop` is the first after them."""

    start: str
    stop: str


class Filters:
    """Compiles the conditions of one query."""

    def __init__(
        self, paths: Paths, *, today: date, answer: Callable[[SemiJoin], set[Value]]
    ) -> None:
        """Compile against resolved paths; `answer` runs the query of a semi-join."""
        self._paths = paths
        self._today = today
        self._answer = answer

    def compile(self, condition: Condition) -> Test:
        """Give the function that tells whether a row satisfies a condition."""
        match condition:
            case And(parts):
                return _all([self.compile(part) for part in parts])
            case Or(parts):
                return _any([self.compile(part) for part in parts])
            case Not(part):
                test = self.compile(part)
                return lambda row: not test(row)
            case Compare():
                return self._compare(condition)
            case Member():
                return self._member(condition)
            case SemiJoin():
                return self._semijoin(condition)

    def path(self, field: Field) -> Path:
        """Resolve a field and check that a query may filter by it."""
        path = self._paths.resolve(field)
        if not path.field.filterable or path.field.type is FieldType.ADDRESS:
            raise ApiError(
                "INVALID_FIELD",
                f"{self._paths.place(field.position)}field '{path.field.name}' can not be "
                "filtered in a query call",
            )
        return path

    def value(self, spec: FieldSpec, literal: Literal) -> Value | Span:
        """Give a literal in the form the field's values are compared in."""
        if literal.kind is LiteralKind.WORD and literal.text.lower() == "null":
            return None
        if spec.type in (FieldType.DATE, FieldType.DATETIME):
            return self._moment(spec, literal)
        if spec.type is FieldType.BOOLEAN:
            if literal.kind is LiteralKind.WORD and literal.text.lower() in ("true", "false"):
                return literal.text.lower() == "true"
            raise self._wrong_type(spec, literal)
        if spec.type.is_number:
            if literal.kind is not LiteralKind.NUMBER:
                raise self._wrong_type(spec, literal)
            return float(literal.text)
        if literal.kind is not LiteralKind.STRING:
            raise self._wrong_type(spec, literal)
        if spec.type in _IDS:
            return self._record_id(spec, literal)
        return literal.text

    def _compare(self, condition: Compare) -> Test:
        path = self.path(condition.field)
        get = self._paths.getter(path)
        operator = condition.operator
        if operator is Operator.LIKE:
            return self._like(path.field, get, condition.value)
        wanted = self.value(path.field, condition.value)
        if isinstance(wanted, Span):
            return _in_span(get, operator, wanted)
        if operator in (Operator.EQUAL, Operator.UNEQUAL):
            equal = _equals(get, path.field, _comparable(path.field, wanted))
            return equal if operator is Operator.EQUAL else lambda row: not equal(row)
        if wanted is None or isinstance(wanted, bool) or path.field.type is FieldType.BOOLEAN:
            raise ApiError(
                "INVALID_OPERATOR_FOR_NULL" if wanted is None else "INVALID_QUERY_FILTER_OPERATOR",
                f"{self._paths.place(condition.field.position)}operator {operator.value} cannot "
                f"be used on field '{path.field.name}' here",
            )
        return _ordered(get, path.field, _COMPARE[operator], wanted)

    def _like(self, spec: FieldSpec, get: Getter, literal: Literal) -> Test:
        if not spec.type.is_text or literal.kind is not LiteralKind.STRING:
            raise ApiError(
                "INVALID_QUERY_FILTER_OPERATOR",
                f"{self._paths.place(literal.position)}invalid operator on {spec.type.value} field",
            )
        pattern = _like_pattern(literal.text)

        def test(row: Row) -> bool:
            value = get(row)
            return value is not None and pattern.fullmatch(str(value)) is not None

        return test

    def _member(self, condition: Member) -> Test:
        path = self.path(condition.field)
        get = self._paths.getter(path)
        spec = path.field
        values = [self.value(spec, literal) for literal in condition.values]
        if condition.operator in (Operator.INCLUDES, Operator.EXCLUDES):
            return self._includes(condition, spec, get)
        wanted = {_comparable(spec, one) for one in values if not isinstance(one, Span)}
        spans = [_in_span(get, Operator.EQUAL, one) for one in values if isinstance(one, Span)]
        within = _within(get, spec, wanted)
        test = _any([within, *spans]) if spans else within
        return test if condition.operator is Operator.IN else lambda row: not test(row)

    def _includes(self, condition: Member, spec: FieldSpec, get: Getter) -> Test:
        if spec.type is not FieldType.MULTIPICKLIST:
            raise ApiError(
                "INVALID_QUERY_FILTER_OPERATOR",
                f"{self._paths.place(condition.field.position)}{condition.operator.value} operator "
                "only valid on multipicklist fields",
            )
        groups = [
            frozenset(part.strip().casefold() for part in literal.text.split(";"))
            for literal in condition.values
        ]

        def test(row: Row) -> bool:
            chosen = frozenset(part.casefold() for part in str(get(row) or "").split(";"))
            return any(group <= chosen for group in groups)

        return test if condition.operator is Operator.INCLUDES else lambda row: not test(row)

    def _semijoin(self, condition: SemiJoin) -> Test:
        path = self.path(condition.field)
        within = _within(self._paths.getter(path), path.field, self._answer(condition))
        return within if condition.operator is Operator.IN else lambda row: not within(row)

    def _moment(self, spec: FieldSpec, literal: Literal) -> Value | Span:
        is_date = spec.type is FieldType.DATE
        if literal.kind is LiteralKind.WORD:
            days = relative_days(literal.text, self._today)
            if days is not None:
                start, stop = (day.isoformat() for day in days)
                tail = "" if is_date else "T00:00:00.000+0000"
                return Span(start + tail, stop + tail)
        kind = LiteralKind.DATE if is_date else LiteralKind.DATETIME
        if literal.kind is not kind:
            raise self._wrong_type(spec, literal)
        try:
            if is_date:
                return date.fromisoformat(literal.text).isoformat()
            return _stamp(datetime.fromisoformat(literal.text.upper()))
        except ValueError as exc:
            raise self._wrong_type(spec, literal) from exc

    def _record_id(self, spec: FieldSpec, literal: Literal) -> Value:
        if not literal.text:
            return None
        record_id = to_18(literal.text)
        if record_id is None:
            raise ApiError(
                "INVALID_QUERY_FILTER_OPERATOR",
                f"{self._paths.place(literal.position)}invalid ID field: {literal.text}",
            )
        return record_id

    def _wrong_type(self, spec: FieldSpec, literal: Literal) -> ApiError:
        expected = _EXPECTED.get(spec.type, "double" if spec.type.is_number else "string")
        quotes = "should" if expected == "string" else "should not"
        return ApiError(
            "INVALID_FIELD",
            f"{self._paths.place(literal.position)}value of filter criterion for field "
            f"'{spec.name}' must be of type {expected} and {quotes} be enclosed in quotes",
        )


def _stamp(moment: datetime) -> str:
    """Write a moment so that it sorts among stored stamps; parts of a second count."""
    stamp = to_stamp(moment)
    millis = moment.microsecond // 1000
    return stamp if not millis else f"{stamp[:20]}{millis:03d}{stamp[23:]}"


def _comparable(spec: FieldSpec, value: Value) -> Value:
    if isinstance(value, str) and spec.type.is_text:
        return value.casefold() or None
    return value


def _equals(get: Getter, spec: FieldSpec, wanted: Value) -> Test:
    if isinstance(wanted, str) and spec.type.is_text:
        return lambda row: (value := get(row)) is not None and str(value).casefold() == wanted
    return lambda row: get(row) == wanted


def _within(get: Getter, spec: FieldSpec, wanted: set[Value]) -> Test:
    if spec.type.is_text:
        return lambda row: _comparable(spec, get(row)) in wanted
    return lambda row: get(row) in wanted


def _ordered(
    get: Getter, spec: FieldSpec, compare: Callable[[str | float, str | float], bool], wanted: Value
) -> Test:
    bound = _comparable(spec, wanted)
    assert isinstance(bound, (str, float, int))
    limit: str | float = bound

    def test(row: Row) -> bool:
        value = _comparable(spec, get(row))
        return value is not None and compare(value, limit)

    return test


def _in_span(get: Getter, operator: Operator, span: Span) -> Test:
    start, stop = span.start, span.stop

    def test(row: Row) -> bool:
        value = get(row)
        if value is None:
            return operator is Operator.UNEQUAL
        text = str(value)
        match operator:
            case Operator.LESS:
                return text < start
            case Operator.AT_MOST:
                return text < stop
            case Operator.MORE:
                return text >= stop
            case Operator.AT_LEAST:
                return text >= start
            case Operator.UNEQUAL:
                return not start <= text < stop
        return start <= text < stop

    return test


def _like_pattern(written: str) -> re.Pattern[str]:
    parts = []
    letters = iter(written)
    for letter in letters:
        if letter == "\\":
            parts.append(re.escape(next(letters, "\\")))
        elif letter == "%":
            parts.append(".*")
        elif letter == "_":
            parts.append(".")
        else:
            parts.append(re.escape(letter))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _all(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda row: first(row) and second(row)
    return lambda row: all(test(row) for test in tests)


def _any(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda row: first(row) or second(row)
    return lambda row: any(test(row) for test in tests)
