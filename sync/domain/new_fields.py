"""Fields to be made in a CRM, and the port that makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sync.domain.schema import FieldKind, Option

__all__ = ["FieldMaker", "Made", "NewField"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewField:
    """One field to be made; `unique` means that no two records may hold the same value."""

    object_name: str
    name: str
    label: str
    kind: FieldKind
    description: str = ""
    length: int | None = None
    unique: bool = False
    options: Sequence[Option] = ()


class Made(StrEnum):
    """What became of a field that was to be made."""

    MADE = "made"
    THERE = "there"  # a field of this name was there already, and fits
    UNFIT = "unfit"  # one of this name is there that is not unique, or of another kind


class FieldMaker(Protocol):
    """Makes fields in one CRM, where its API can."""

    def make_field(self, field: NewField) -> Made:
        """Make a field unless it is there; asking twice makes one.

        Raises CredentialError where these credentials may not, RecordRejectedError where the
        CRM refuses the definition.
        """
        ...

    def close(self) -> None:
        """Give back connections."""
        ...
