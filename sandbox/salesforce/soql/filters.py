"""A condition turned into a function of a row."""

from __future__ import annotations

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
    Literal,
    LiteralKind,
    Member,
    Not,
    Operand,
    Operator,
    Or,
    SemiJoin,
)
from sandbox.salesforce.soql.dates import relative_days
from sandbox.salesforce.soql.expressions import Expression, Resolver
from sandbox.salesforce.soql.likes import like_pattern
from sandbox.salesforce.soql.paths import Getter
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
        self,
        resolver: Resolver,
        *,
        today: date,
        answer: Callable[[SemiJoin, Expression], set[Value]],
    ) -> None:
        """Compile against what `resolver` finds; `answer` runs the query of a semi-join."""
        self._resolver = resolver
        self._today = today
        self._answer = answer
        self._joined: dict[int, set[Value]] = {}
        self._values: dict[tuple[int, int], Value | Span] = {}

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

    def operand(self, operand: Operand) -> Expression:
        """Resolve an operand and check that a query may filter by it."""
        expression = self._resolver.resolve(operand)
        spec = expression.spec
        if not spec.filterable or spec.type is FieldType.ADDRESS:
            raise ApiError(
                "INVALID_FIELD",
                f"{self._resolver.place(operand.position)}field '{spec.name}' can not be filtered "
                "in a query call",
            )
        return expression

    def joined(self, condition: SemiJoin) -> set[Value]:
        """Give what the query of a semi-join answers; it runs once."""
        known = self._joined.get(id(condition))
        if known is None:
            known = self._answer(condition, self.operand(condition.field))
            self._joined[id(condition)] = known
        return known

    def value(self, spec: FieldSpec, literal: Literal) -> Value | Span:
        """Give a literal in the form the field's values are compared in; worked out once."""
        key = (id(spec), id(literal))
        if key not in self._values:
            self._values[key] = self._read(spec, literal)
        return self._values[key]

    def _read(self, spec: FieldSpec, literal: Literal) -> Value | Span:
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
        expression = self.operand(condition.field)
        get, spec = expression.get, expression.spec
        operator = condition.operator
        if operator is Operator.LIKE:
            return self._like(spec, get, condition.value)
        wanted = self.value(spec, condition.value)
        if isinstance(wanted, Span):
            return _in_span(get, operator, wanted)
        if operator in (Operator.EQUAL, Operator.UNEQUAL):
            equal = _equals(get, spec, _comparable(spec, wanted))
            return equal if operator is Operator.EQUAL else lambda row: not equal(row)
        if wanted is None or isinstance(wanted, bool) or spec.type is FieldType.BOOLEAN:
            raise ApiError(
                "INVALID_QUERY_FILTER_OPERATOR",
                f"{self._resolver.place(condition.field.position)}invalid operator on "
                f"{spec.type.value} field",
            )
        return _ordered(get, spec, _COMPARE[operator], wanted)

    def _like(self, spec: FieldSpec, get: Getter, literal: Literal) -> Test:
        if not spec.type.is_text or literal.kind is not LiteralKind.STRING:
            raise ApiError(
                "INVALID_QUERY_FILTER_OPERATOR",
                f"{self._resolver.place(literal.position)}invalid operator on {spec.type.value} "
                "field",
            )
        pattern = like_pattern(literal.text)

        def test(row: Row) -> bool:
            value = get(row)
            return value is not None and pattern.fullmatch(str(value)) is not None

        return test

    def _member(self, condition: Member) -> Test:
        expression = self.operand(condition.field)
        get, spec = expression.get, expression.spec
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
                f"{self._resolver.place(condition.field.position)}{condition.operator.value} "
                "operator only valid on multipicklist fields",
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
        expression = self.operand(condition.field)
        within = _within(expression.get, expression.spec, self.joined(condition))
        return within if condition.operator is Operator.IN else lambda row: not within(row)

    def _moment(self, spec: FieldSpec, literal: Literal) -> Value | Span:
        is_date = spec.type is FieldType.DATE
        if literal.kind is LiteralKind.WORD:
            days = self._days(literal)
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
        except (ValueError, OverflowError) as exc:
            raise self._wrong_type(spec, literal) from exc

    def _days(self, literal: Literal) -> tuple[date, date] | None:
        try:
            return relative_days(literal.text, self._today)
        except (ValueError, OverflowError) as exc:
            raise ApiError(
                "NUMBER_OUTSIDE_VALID_RANGE",
                f"{self._resolver.place(literal.position)}Date literal is out of range: "
                f"{literal.text}",
            ) from exc

    def _record_id(self, spec: FieldSpec, literal: Literal) -> Value:
        if not literal.text:
            return None
        record_id = to_18(literal.text)
        if record_id is None:
            raise ApiError(
                "INVALID_QUERY_FILTER_OPERATOR",
                f"{self._resolver.place(literal.position)}invalid ID field: {literal.text}",
            )
        return record_id

    def _wrong_type(self, spec: FieldSpec, literal: Literal) -> ApiError:
        expected = _EXPECTED.get(spec.type, "double" if spec.type.is_number else "string")
        quotes = "should" if expected == "string" else "should not"
        return ApiError(
            "INVALID_FIELD",
            f"{self._resolver.place(literal.position)}value of filter criterion for field "
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
