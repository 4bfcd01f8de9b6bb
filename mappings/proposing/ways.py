"""Which way values of one field can travel, by what both fields hold and who may write them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sync.domain.rules import Arrow
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["Ways", "arrow_of", "ways"]

_TEXTS = frozenset({FieldKind.TEXT, FieldKind.MULTILINE})
_WORDS = _TEXTS | {FieldKind.EMAIL, FieldKind.PHONE, FieldKind.URL}
_AMOUNTS = frozenset({FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.MONEY})
_TIMES = frozenset({FieldKind.DATE, FieldKind.DATETIME})
_PICKLISTS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Whether values can go to the right and to the left; `because` names what stops one way.

    `by_kind` tells that the two hold values of different kinds, not that nobody may write them.
    """

    to_right: bool
    to_left: bool
    because: str = ""
    by_kind: bool = False

    @property
    def none(self) -> bool:
        """Tell that nothing can travel."""
        return not self.to_right and not self.to_left


def ways(left: FieldShape, right: Collection[FieldShape], *, reference: bool = False) -> Ways:
    """Tell which way values can travel between a field and its counterparts of all objects.

    A `reference` is one the mapping language translates (owners, linked records).
    """
    to_right = to_left = True
    because = ""
    for one in right:
        fits_right, fits_left, why = (True, True, "") if reference else _kinds(left, one)
        to_right, to_left, because = to_right and fits_right, to_left and fits_left, because or why
    if not to_right and not to_left:
        return Ways(to_right=False, to_left=False, because=because, by_kind=True)
    if to_left and not left.updatable:
        to_left, because = False, "read-only in HubSpot"
    if to_right and not all(one.updatable for one in right):
        to_right, because = False, "read-only in Salesforce"
    return Ways(to_right=to_right, to_left=to_left, because=because)


def arrow_of(found: Ways, only: Arrow | None = None) -> Arrow | None:
    """Give the arrow that remains, None where nothing can travel."""
    to_right = found.to_right and only is not Arrow.TO_LEFT
    to_left = found.to_left and only is not Arrow.TO_RIGHT
    if to_right and to_left:
        return Arrow.BOTH
    if to_right:
        return Arrow.TO_RIGHT
    return Arrow.TO_LEFT if to_left else None


def _kinds(left: FieldShape, right: FieldShape) -> tuple[bool, bool, str]:
    """Tell by kind whether values fit to the right and to the left, and why one does not."""
    mine, theirs = left.kind, right.kind
    if _alike(mine, theirs):
        return True, True, ""
    if mine in _PICKLISTS and theirs in _TEXTS:
        return True, False, "HubSpot has a picklist, Salesforce free text"
    if mine in _TEXTS and theirs in _PICKLISTS:
        return False, True, "Salesforce has a picklist, HubSpot free text"
    if mine in _TEXTS and theirs in _AMOUNTS:
        return False, True, f"Salesforce has a {theirs.value} field, HubSpot free text"
    if mine in _AMOUNTS and theirs in _TEXTS:
        return True, False, f"HubSpot has a {mine.value} field, Salesforce free text"
    if mine in _TEXTS and theirs in _TIMES:
        return False, True, f"Salesforce has a {theirs.value} field, HubSpot free text"
    if mine in _TIMES and theirs in _TEXTS:
        return True, False, f"HubSpot has a {mine.value} field, Salesforce free text"
    return False, False, f"HubSpot: {mine.value}, Salesforce: {theirs.value}"


def _alike(mine: FieldKind, theirs: FieldKind) -> bool:
    if FieldKind.REFERENCE in (mine, theirs) or FieldKind.OTHER in (mine, theirs):
        return False
    if mine is theirs:
        return True
    return any({mine, theirs} <= family for family in (_WORDS, _AMOUNTS, _TIMES))
