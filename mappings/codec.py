"""How the values of one field are read, compared and carried to the other side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from mappings.fitting import Fitting
from mappings.kinds import Reader
from mappings.transforms.moment import read_datetime
from mappings.transforms.number import number_text, read_decimal
from mappings.transforms.reading import UnreadableError
from mappings.translation import Translation
from mappings.words import FieldType
from sync.domain.record import Native, Side
from sync.domain.rules import Carried, Trouble, TroubleKind
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["FieldCodec", "SideForm", "make_side_form"]

#: How many values of a field stay read. One record's are read several times on its way.
_REMEMBERED = 256

_NUMBERS = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY, FieldType.PERCENT})
#: A value that cannot be read as one of these never reaches the other side.
_STRICT = _NUMBERS | {
    FieldType.BOOLEAN,
    FieldType.OPT_OUT,
    FieldType.DATE,
    FieldType.DATETIME,
}


@dataclass(frozen=True, slots=True)
class SideForm:
    """How one CRM field spells values of the field's type.

    `spellings` maps a value's one form to the option the picklist has for it.
    """

    fraction: bool = False
    with_time: bool = False
    spellings: Mapping[str, str] | None = None

    def plain(self, text: str) -> str:
        """Take the field's own spelling off a value its type can read."""
        return number_text(read_decimal(text).scaleb(2)) if self.fraction else text

    def spelled(self, plain: str) -> str:
        """Put a value into the field's own spelling."""
        if self.fraction:
            return number_text(Decimal(plain).scaleb(-2))
        if self.with_time:
            return read_datetime(plain)
        return self.spellings.get(plain, plain) if self.spellings else plain


def make_side_form(shape: FieldShape | None, kind: FieldType, read: Reader) -> SideForm:
    """Work out how a field spells values of a type."""
    if shape is None:
        return SideForm()
    return SideForm(
        fraction=kind in _NUMBERS and shape.percent_as_fraction,
        with_time=kind is FieldType.DATE and shape.kind is FieldKind.DATETIME,
        spellings=_spellings(shape, read)
        if kind in (FieldType.COUNTRY, FieldType.BOOLEAN, FieldType.OPT_OUT)
        else None,
    )


def _spellings(shape: FieldShape, read: Reader) -> dict[str, str]:
    """Find which option of a picklist stands for which country, or for yes and no."""
    found: dict[str, str] = {}
    for option in shape.options:
        for text in (option.value, option.label):
            try:
                found.setdefault(read(text, None), option.value)
            except UnreadableError:
                continue  # an option that is no country has no country's code
            break
    return found


class _Seen(NamedTuple):
    """A value read once: its type's one form, None where unreadable and `why`; its side's form."""

    plain: str | None
    normal: Native
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCodec:
    """The codec of one field; see `sync.domain.rules.Codec` for what each method promises.

    A carried value is always in the other side's normal form. `forms` and `fittings` hold what
    is known of each native field; a side that does not hold the field has none.
    """

    name: str
    kind: FieldType
    read: Reader
    forms: Mapping[Side, SideForm]
    fittings: Mapping[tuple[Side, str], Fitting]
    translation: Translation | None = None
    placeholders: Mapping[Side, str] | None = None
    default_region: str | None = None
    _see: Callable[[Side, str, str | None], _Seen] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        remembering = lru_cache(maxsize=_REMEMBERED)(self._read_once)
        object.__setattr__(self, "_see", remembering)

    def normal(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give a side's value in that side's normal form."""
        return None if value is None else self._see(side, value, region).normal

    def canonical(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give the value in the team's own words."""
        if value is None:
            return None
        seen = self._see(side, value, region)
        if seen.normal is None or seen.plain is None:
            return seen.normal
        if self.translation is not None and side is Side.RIGHT:
            return self.translation.to_left(seen.plain)
        return seen.plain

    def carry(
        self, origin: Side, value: Native, *, object_name: str, region: str | None = None
    ) -> Carried:
        """Give a side's value as the other side will store it in one object."""
        if value is None:
            return None
        seen = self._see(origin, value, region)
        if seen.normal is None:
            return None
        plain = seen.plain
        if plain is None:
            if self.kind in _STRICT and not self._is_rounded_later(value):
                return self._unreadable(seen.why)
            plain = value.strip()
        if self.translation is not None:
            translated = self.translation.translate(origin, plain)
            if isinstance(translated, Trouble):
                return translated
            plain = translated
        return self._fitted(origin.other, plain, object_name)

    def can_read(self, side: Side, value: str, *, region: str | None = None) -> bool:
        """Tell whether the field's type can read a value."""
        return self._see(side, value, region).plain is not None

    def spelled(self, side: Side, value: Native) -> Native:
        """Give a canonical value in a side's own form; what the type cannot read stays."""
        if value is None:
            return None
        try:
            return self.forms[side].spelled(self.read(value, self.default_region))
        except UnreadableError:
            return value

    def with_placeholder(self, text: str) -> FieldCodec:
        """Give the same codec that takes this text for a blank."""
        return replace(self, placeholders={side: self.normal(side, text) or text for side in Side})

    def _fitted(self, side: Side, plain: str, object_name: str) -> Carried:
        fitting = self.fittings.get((side, object_name))
        if fitting is None:
            return self._not_held(object_name)
        form = self.forms[side]
        # The fitting itself turns percent into fractions (rounding them) and dates into times.
        by_fitting = form.fraction or form.with_time
        spelled = plain if by_fitting else form.spelled(plain)
        return fitting.fit(spelled, whole=self.kind is FieldType.INTEGER)

    def _read_once(self, side: Side, value: str, region: str | None) -> _Seen:
        form = self.forms[side]
        try:
            plain = form.plain(self.read(value, region or self.default_region))
            text = form.spelled(plain)
        except UnreadableError as exc:
            blank = not value.strip() or self._is_placeholder(side, value)
            return _Seen(None, None if blank else value, str(exc))
        return _Seen(plain, None if not text or self._is_placeholder(side, text) else text)

    def _is_placeholder(self, side: Side, text: str) -> bool:
        return self.placeholders is not None and text == self.placeholders[side]

    def _is_rounded_later(self, value: str) -> bool:
        """Tell whether a fraction stands where a whole number is meant."""
        if self.kind is not FieldType.INTEGER:
            return False
        try:
            read_decimal(value)
        except UnreadableError:
            return False
        return True

    def _unreadable(self, why: str) -> Trouble:
        return Trouble(
            kind=TroubleKind.REFUSED,
            code="wrong_type",
            message=f"the value of {self.name} cannot be read as {self.kind.value}: {why}",
            fix=f"correct the value, or the 'type' of fields.{self.name}",
        )

    def _not_held(self, object_name: str) -> Trouble:
        return Trouble(
            kind=TroubleKind.REFUSED,
            code="not_held",
            message=f"{self.name} is not mapped to a field of {object_name}",
            fix=f"name one in the map line of fields.{self.name}",
        )
