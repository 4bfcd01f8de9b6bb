"""How one CRM field spells the values of a field's type, and how its spelling is taken off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mappings.kinds import Reader
from mappings.transforms.moment import day_in, midnight_in, read_date, zone_named
from mappings.transforms.number import number_text, read_decimal, shifted
from mappings.transforms.reading import UnreadableError
from mappings.words import FieldType
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["NUMBER_TYPES", "SideForm", "make_side_form"]

#: The types whose values are numbers.
NUMBER_TYPES = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY, FieldType.PERCENT})

_PICKED = frozenset({FieldType.COUNTRY, FieldType.BOOLEAN, FieldType.OPT_OUT})


@dataclass(frozen=True, slots=True)
class SideForm:
    """How one CRM field spells values of the field's type.

    `fraction` is true where 50 % is kept as 0.5. `moment` writes a date where times are kept, or
    a time where dates are, `day` reads a date where times are kept. `spellings` maps a value's
    one form to the option the picklist has for it, `words` an option to what the file calls it.
    """

    fraction: bool = False
    moment: Callable[[str], str] | None = None
    spellings: Mapping[str, str] | None = None
    day: Callable[[str], str] | None = None
    words: Mapping[str, str] | None = None

    def plain(self, text: str) -> str:
        """Take the field's own spelling off a value, before its type reads it.

        Raises:
            UnreadableError: The value cannot be one of such a field.
        """
        if self.fraction:
            return number_text(shifted(read_decimal(text), 2))
        if self.day is not None:
            return self.day(text)
        if self.words:
            return self.words.get(text, text)
        # A field of days holds no time, whatever is written into it.
        return read_date(text) if self.moment is read_date else text

    def spelled(self, plain: str) -> str:
        """Put a value that its type has read into the field's own spelling."""
        if self.fraction:
            return number_text(shifted(read_decimal(plain), -2))
        if self.moment is not None:
            return self.moment(plain)
        return self.spellings.get(plain, plain) if self.spellings else plain


def make_side_form(
    shape: FieldShape | None,
    kind: FieldType,
    read: Reader,
    *,
    zone: str = "UTC",
    named: Mapping[str, str] | None = None,
) -> SideForm:
    """Work out how a field spells values of a type.

    `zone` is where the days of its times begin, `named` the options the file names otherwise.
    """
    if shape is None:
        return SideForm()
    if named:
        words = {option: word for word, option in named.items()}
        return SideForm(spellings=named, words=words)
    if (kind, shape.kind) == (FieldType.DATE, FieldKind.DATETIME):
        place = zone_named(zone)
        return SideForm(
            moment=lambda text: midnight_in(text, place), day=lambda text: day_in(text, place)
        )
    if kind in _PICKED:
        spellings, words = _picked(shape, read)
        return SideForm(spellings=spellings, words=words)
    return SideForm(
        fraction=kind in NUMBER_TYPES and shape.percent_as_fraction,
        moment=read_date if (kind, shape.kind) == (FieldType.DATETIME, FieldKind.DATE) else None,
    )


def _picked(shape: FieldShape, read: Reader) -> tuple[dict[str, str], dict[str, str]]:
    """Find which option of a picklist stands for which country, or for yes and no.

    Gives the options by what they stand for, and what those stand for that only their label says.
    """
    spellings: dict[str, str] = {}
    words: dict[str, str] = {}
    # An option that can still be chosen comes before one that cannot.
    for option in sorted(shape.options, key=lambda one: not one.active):
        plain = _read_or_none(read, option.value)
        if plain is None:
            plain = _read_or_none(read, option.label)
            if plain is None:
                continue  # an option that is no country has no country's code
            words[option.value] = plain
        spellings.setdefault(plain, option.value)
    return spellings, words


def _read_or_none(read: Reader, text: str) -> str | None:
    try:
        return read(text, None)
    except UnreadableError:
        return None
