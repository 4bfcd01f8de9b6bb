"""Column types of the state: sortable times and compact JSON, alike on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["NAME", "NUMBER", "CompactJson", "Micros", "UtcTime"]

#: Names, ids and hashes. PostgreSQL sorts them by byte, as SQLite does.
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")

#: Numbered rows: 64 bits, and SQLite's own row number where it can be.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().raw_decode  # what was kept has no blanks around it


class UtcTime(TypeDecorator[datetime]):
    """A time as UTC text of one width, so that texts sort as the times do."""

    impl = sa.String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Give the database's own type."""
        return dialect.type_descriptor(NAME)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Give the text that is kept."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be kept in the state")
        # Of one width: `+00:00` are the last six letters.
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Give the time that was kept."""
        return _read_time(value)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[str | None], datetime | None]:
        """Give what reads the column, without a step between."""
        return _read_time


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


class Micros(TypeDecorator[datetime]):
    """A time as microseconds since 1970, so that a database can count with it; exact."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Give the number that is kept."""
        return None if value is None else (value - _EPOCH) // _MICRO

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give the time that was kept."""
        return None if value is None else _EPOCH + value * _MICRO


class CompactJson(TypeDecorator[object]):
    """A value as JSON text without blanks; None is NULL.

    Plain ASCII: a zero byte or half a character in a CRM's text is no reason to lose the value.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Give the text that is kept."""
        return None if value is None else _encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """Give the value that was kept."""
        return _read_json(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], object]:
        """Give what reads the column, without a step between."""
        return _read_json


def _read_time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _read_json(value: str | None) -> object:
    return None if value is None else _decode(value)[0]
