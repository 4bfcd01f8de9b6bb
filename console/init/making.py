"""Fields both CRMs should have: made in HubSpot through its API, asked for in Salesforce."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.errors import CrmSyncError
from sync.domain.new_fields import Made

if TYPE_CHECKING:
    from mappings.project import Project
    from mappings.proposing.proposal import ProposedPair, Shapes
    from sync.domain.new_fields import FieldMaker, NewField

__all__ = ["MadeField", "Wanted", "make_all", "wanted_fields"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Fields that are not there yet: `made_here` in HubSpot, `asked_for` in Salesforce."""

    made_here: tuple[NewField, ...]
    outcomes: tuple[NewField, ...]
    asked_for: tuple[NewField, ...]


@dataclass(frozen=True, slots=True)
class MadeField:
    """What became of one field that was to be made; `why` where it was not."""

    field: NewField
    done: bool
    why: str = ""


def wanted_fields(proposed: Sequence[tuple[ProposedPair, Shapes]]) -> Wanted:
    """Give the fields the pairs should have on both sides and do not have."""
    from mappings.proposing.wanted import missing_keys, outcome_fields
    from sync.domain.record import Side

    here: list[NewField] = []
    outcomes: list[NewField] = []
    asked: list[NewField] = []
    for pair, shapes in proposed:
        here += missing_keys(pair, shapes, Side.LEFT)
        asked += missing_keys(pair, shapes, Side.RIGHT)
        outcomes += outcome_fields(shapes.left)
    return Wanted(tuple(here), tuple(outcomes), tuple(asked))


def make_all(project: Project, fields: Sequence[NewField]) -> list[MadeField]:
    """Make fields in HubSpot; one that is refused is named with the reason, the others go on."""
    from console.wiring import hubspot_fields

    maker = hubspot_fields(project)
    try:
        return list(_made(maker, fields))
    finally:
        maker.close()


def _made(maker: FieldMaker, fields: Sequence[NewField]) -> Iterator[MadeField]:
    for field in fields:
        try:
            outcome = maker.make_field(field)
        except CrmSyncError as error:
            yield MadeField(field, False, str(error))
            continue
        fit = outcome is not Made.UNFIT
        yield MadeField(field, fit, "" if fit else _UNFIT)


_UNFIT = (
    "a property of this name is there already (perhaps archived) and is not unique, or of another "
    "type, which cannot be changed afterwards: name another under `keys` in the mapping, and make "
    "that one unique"
)
