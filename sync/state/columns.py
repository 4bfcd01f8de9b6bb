"""Column types of the state: sortable times and compact JSON, alike on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["NAME", "NUMBER", "CompactJson", "UtcTime"]

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
        return None if value is None else datetime.fromisoformat(value)


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
        return None if value is None else _decode(value)[0]
