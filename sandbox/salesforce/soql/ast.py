"""A query as read, before the schema has been asked about its names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "And",
    "Call",
    "Compare",
    "Condition",
    "Field",
    "Literal",
    "LiteralKind",
    "Member",
    "Not",
    "Operand",
    "Operator",
    "Or",
    "Query",
    "SelectItem",
    "SemiJoin",
    "Sorting",
    "Subquery",
    "TypeOf",
]


class LiteralKind(StrEnum):
    """The ways a value is written."""

    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "dateTime"
    WORD = "word"


class Operator(StrEnum):
    """The comparisons."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    LIKE = "like"
    IN = "in"
    NOT_IN = "not in"
    INCLUDES = "includes"
    EXCLUDES = "excludes"


@dataclass(frozen=True, slots=True)
class Literal:
    """One value; strings are unescaped, but an escaped wildcard keeps its backslash for LIKE."""

    kind: LiteralKind
    text: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """A field, perhaps of a parent, such as `Account.Name`; named anew by `alias`."""

    path: tuple[str, ...]
    position: int = 0
    alias: str | None = None

    @property
    def text(self) -> str:
        """Give the path as written."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a field or of another function, such as `COUNT(Id) total`."""

    function: str
    argument: Field | Call | None
    alias: str | None = None
    position: int = 0

    @property
    def text(self) -> str:
        """Give the function in one spelling, so that two of the same can be told."""
        return f"{self.function}({self.argument.text if self.argument else ''})"


Operand = Field | Call
"""What a condition, a group or an order may be about."""


@dataclass(frozen=True, slots=True)
class Compare:
    """A field compared with one value."""

    field: Operand
    operator: Operator
    value: Literal


@dataclass(frozen=True, slots=True)
class Member:
    """A field compared with a list of values."""

    field: Operand
    operator: Operator
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """A field compared with the answer of another query."""

    field: Operand
    operator: Operator
    query: Query


@dataclass(frozen=True, slots=True)
class Not:
    """A condition turned round."""

    part: Condition


@dataclass(frozen=True, slots=True)
class And:
    """Conditions that must all hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Conditions of which one must hold."""

    parts: tuple[Condition, ...]


Condition = Compare | Member | SemiJoin | Not | And | Or


@dataclass(frozen=True, slots=True)
class Sorting:
    """One field to order by; nulls come first unless said otherwise."""

    field: Operand
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Subquery:
    """A list of children in the selection."""

    query: Query


@dataclass(frozen=True, slots=True)
class TypeOf:
    """Fields of a parent that may be of several objects, by its object."""

    relationship: Field
    cases: tuple[tuple[str, tuple[Field, ...]], ...]
    otherwise: tuple[Field, ...] = ()


SelectItem = Field | Call | Subquery | TypeOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A whole query; `text` is how it was written, for error messages."""

    text: str
    select: tuple[SelectItem, ...]
    source: str
    source_position: int = 0
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    where: Condition | None = None
    group: tuple[Operand, ...] = ()
    having: Condition | None = None
    order: tuple[Sorting, ...] = ()
    limit: int | None = None
    offset: int = 0
