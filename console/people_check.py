"""The people of both CRMs against the fields that name them; they are asked for, never copied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from console.schema_copy import SchemaCopy
from console.schema_pull import open_crms
from sync.domain.errors import MappingError
from sync.domain.record import Side

if TYPE_CHECKING:
    from mappings.foreseen import Note
    from mappings.model import PairMapping
    from mappings.project import Project

__all__ = ["hold_people"]


def hold_people(
    project: Project, pairs: Sequence[PairMapping], schemas: Mapping[Side, SchemaCopy]
) -> tuple[list[MappingError], list[Note]]:
    """Say what is wrong with owners, fallbacks and routing, and whose records will wait."""
    from console.sales_wiring import read_lifecycle_of
    from mappings.lifecycle.checks import people_pair
    from mappings.lifecycle.routing import missing_receivers
    from mappings.live import people_fields
    from mappings.people import People
    from mappings.people_checks import missing_stand_ins
    from mappings.people_notes import people_notes

    known = {
        side: {name: shape for name, shape in copy.objects.items() if shape is not None}
        for side, copy in schemas.items()
    }
    naming = [
        (pair, fields)
        for pair in pairs
        if (fields := people_fields(pair, known[Side.LEFT], known[Side.RIGHT]))
    ]
    lifecycle = read_lifecycle_of(project)
    routed = people_pair(pairs) if lifecycle is not None and lifecycle.routing else None
    if not naming and routed is None:
        return [], []
    with open_crms(project) as crms:
        people = People({side: crm.people() for side, crm in crms.items()})
    receivers: Iterable[MappingError] = ()
    if lifecycle is not None and routed is not None:
        # Where people may be Leads, queues are good for something.
        as_lead = "Lead" if "Lead" in routed.salesforce else routed.salesforce[0]
        receivers = missing_receivers(lifecycle, people, as_lead)
    return (
        [
            *(one for pair, fields in naming for one in missing_stand_ins(pair, fields, people)),
            *receivers,
        ],
        [one for pair, fields in naming for one in people_notes(pair, fields, people)],
    )
