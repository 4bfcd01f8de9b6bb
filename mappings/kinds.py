"""How a field's type follows from what both CRMs say of their fields, and how types are read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from mappings.transforms.boolean import read_boolean
from mappings.transforms.country import country_reader
from mappings.transforms.email import read_email
from mappings.transforms.moment import read_date, read_datetime
from mappings.transforms.number import read_integer, read_number
from mappings.transforms.phone import read_phone
from mappings.transforms.text import read_choice, read_choices, read_text
from mappings.transforms.web import domain_reader, read_url
from mappings.words import FieldType
from sync.domain.schema import FieldKind

__all__ = ["Reader", "Readers", "default_type"]

#: Reads a value of one type, given the record's region; raises UnreadableError.
Reader = Callable[[str, str | None], str]

#: The first of these that one of the fields is decides the type.
_DECIDING = (
    (FieldKind.CHOICES, FieldType.CHOICES),
    (FieldKind.BOOLEAN, FieldType.BOOLEAN),
    (FieldKind.DATE, FieldType.DATE),
    (FieldKind.DATETIME, FieldType.DATETIME),
    (FieldKind.MONEY, FieldType.MONEY),
    (FieldKind.PERCENT, FieldType.PERCENT),
    (FieldKind.NUMBER, FieldType.NUMBER),
    (FieldKind.EMAIL, FieldType.EMAIL),
    (FieldKind.PHONE, FieldType.PHONE),
    (FieldKind.URL, FieldType.URL),
    (FieldKind.MULTILINE, FieldType.MULTILINE),
)


def default_type(kinds: Collection[FieldKind], *, has_values: bool) -> FieldType:
    """Give the type of a field whose mapping names none."""
    present = set(kinds)
    if has_values:
        # The table names picklist values as they are written, whatever the field's kind.
        return FieldType.CHOICES if FieldKind.CHOICES in present else FieldType.CHOICE
    if present == {FieldKind.CHOICE}:
        return FieldType.CHOICE
    if FieldKind.INTEGER in present:
        whole = present == {FieldKind.INTEGER}
        present = (present - {FieldKind.INTEGER}) | ({FieldKind.NUMBER} if not whole else set())
        if whole:
            return FieldType.INTEGER
    return next((kind for native, kind in _DECIDING if native in present), FieldType.TEXT)


class Readers:
    """Readers of every type; tables that are slow to build are built once, when first used."""

    def __init__(self) -> None:
        self._made: dict[FieldType, Reader] = {}

    def of(self, kind: FieldType) -> Reader:
        """Give the reader of one type."""
        if kind not in self._made:
            self._made[kind] = _make(kind)
        return self._made[kind]


def _make(kind: FieldType) -> Reader:
    if kind is FieldType.PHONE:
        return _read_phone
    return partial(_without_region, _simple_reader(kind))


def _read_phone(text: str, region: str | None) -> str:
    return read_phone(text, region=region)


def _without_region(read: Callable[[str], str], text: str, region: str | None) -> str:
    del region  # only phone numbers depend on it
    return read(text)


def _simple_reader(kind: FieldType) -> Callable[[str], str]:
    if kind is FieldType.COUNTRY:
        return country_reader()
    if kind is FieldType.DOMAIN:
        return domain_reader()
    return {
        FieldType.TEXT: read_text,
        FieldType.MULTILINE: read_text,
        FieldType.EMAIL: read_email,
        FieldType.URL: read_url,
        FieldType.NUMBER: read_number,
        FieldType.INTEGER: read_integer,
        FieldType.MONEY: read_number,
        FieldType.PERCENT: read_number,
        FieldType.BOOLEAN: read_boolean,
        FieldType.OPT_OUT: read_boolean,
        FieldType.DATE: read_date,
        FieldType.DATETIME: read_datetime,
        FieldType.CHOICE: read_choice,
        FieldType.CHOICES: read_choices,
    }[kind]
