"""How the values of one field are read, compared and carried to the other side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple, Protocol

from mappings.fitting import Fitting
from mappings.kinds import Reader
from mappings.spelling import NUMBER_TYPES, SideForm
from mappings.transforms.number import read_number
from mappings.transforms.reading import UnreadableError
from mappings.transforms.text import read_text
from mappings.translation import Translation
from mappings.words import FieldType
from sync.domain.record import Native, Side
from sync.domain.rules import Carried, Codec, Trouble, TroubleKind

__all__ = ["FieldCodec", "MappedCodec"]

#: How many values of a field stay read. One record's are read several times on its way.
_REMEMBERED = 256

#: A value that cannot be read as one of these never reaches the other side.
_STRICT = NUMBER_TYPES | {
    FieldType.BOOLEAN,
    FieldType.OPT_OUT,
    FieldType.DATE,
    FieldType.DATETIME,
}


class MappedCodec(Codec, Protocol):
    """A codec as a bound pair needs it: it also says what it can read, and spells values."""

    def can_read(self, side: Side, value: str, *, region: str | None = None) -> bool:
        """Tell whether the field's type can read a value."""
        ...

    def spelled(self, side: Side, value: Native) -> Native:
        """Give a canonical value in a side's own form; what the type cannot read stays."""
        ...


class _Seen(NamedTuple):
    """A value read once: its type's one form, None where unreadable and `why`; its side's form."""

    plain: str | None
    normal: Native
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCodec:
    """The codec of one field; see `sync.domain.rules.Codec` for what each method promises.

    A carried value is always in the other side's normal form. `forms` hold what is known of each
    side's field (of the first object that holds it), `fittings` of the field of each object.
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
            plain = self._taken_unread(origin, value)
            if plain is None:
                return self._unreadable(seen.why)
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
        return replace(self, placeholders={side: self.spelled(side, text) or text for side in Side})

    def _fitted(self, side: Side, plain: str, object_name: str) -> Carried:
        fitting = self.fittings.get((side, object_name))
        if fitting is None:
            return self._not_held(object_name)
        return fitting.fit(plain, whole=self.kind is FieldType.INTEGER)

    def _read_once(self, side: Side, value: str, region: str | None) -> _Seen:
        form = self.forms[side]
        try:
            plain = self.read(form.plain(value), region or self.default_region)
            text = form.spelled(plain)
        except UnreadableError as exc:
            return self._unread(side, value, str(exc))
        return _Seen(plain, None if not text or self._is_placeholder(side, text) else text)

    def _unread(self, side: Side, value: str, why: str) -> _Seen:
        """Give what is left of a value the type cannot read: a blank, a word of the table, text."""
        text = read_text(value)
        if not text or self._is_placeholder(side, text):
            return _Seen(None, None)
        if self.translation is not None and self.translation.has(side, text):
            return _Seen(text, text)
        return _Seen(None, value if self.kind in _STRICT else text, why)

    def _is_placeholder(self, side: Side, text: str) -> bool:
        return self.placeholders is not None and text == self.placeholders[side]

    def _taken_unread(self, side: Side, value: str) -> str | None:
        """Give an unreadable value as it may travel: text, or a number that is rounded later."""
        if self.kind not in _STRICT:
            return read_text(value)
        if self.kind is not FieldType.INTEGER:
            return None
        try:
            return read_number(self.forms[side].plain(value))
        except UnreadableError:
            return None

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
