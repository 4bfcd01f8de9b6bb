"""Outcomes of sales: whether HubSpot has the properties they go to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from console.doctor.findings import Found, good, note
from sync.domain.errors import ConfigError, ConnectorError
from sync.domain.record import Side

if TYPE_CHECKING:
    from mappings.lifecycle.model import Lifecycle
    from mappings.model import PairMapping
    from sync.domain.ports import Crm
    from sync.domain.schema import ObjectShape

__all__ = ["check_outcomes"]

_MAKE = "`revloop init --create-outcome-fields` makes them, or name others under `outcomes` in "


def check_outcomes(
    pairs: Sequence[PairMapping],
    shapes: Mapping[str, ObjectShape],
    *,
    salesforce: Crm,
    lifecycle: Lifecycle | None,
) -> Found:
    """Name the properties that are missing; `shapes` are HubSpot's objects.

    Without deals and members of campaigns, say nothing.
    """
    from mappings.funnel import wanted_funnel_properties
    from mappings.outcomes import MEMBER, OPPORTUNITY, ROLE, wanted_properties

    kept = {name for pair in pairs for name in pair.objects(Side.RIGHT)}
    deals, members = OPPORTUNITY in kept, MEMBER in kept
    for pair in pairs:
        shape = shapes.get(pair.hubspot)
        wanted = {
            **wanted_properties(pair, lifecycle, deals=deals, members=members),
            **wanted_funnel_properties(pair, lifecycle),
        }
        if shape is None or not wanted:
            continue
        missing = [name for name in wanted.values() if name not in shape.fields]
        locked = [
            name
            for name in wanted.values()
            if name in shape.fields and not shape.fields[name].updatable
        ]
        if missing or locked:
            yield note(
                "outcomes",
                pair.pair,
                f"outcomes of sales have nowhere to go: {_lacking(missing, locked)}; the runs do "
                "without",
                f"{_MAKE}lifecycle.yaml",
            )
        else:
            yield good("outcomes", pair.pair, f"{len(wanted)} properties carry outcomes of sales")
    if not deals:
        return
    try:
        salesforce.describe(ROLE)
    except (ConfigError, ConnectorError):
        yield note(
            "outcomes",
            "Salesforce",
            "contact roles of opportunities cannot be read, so that outcomes reach the companies, "
            "and people only where they are the only contact of an account",
            "let Salesforce's user read Opportunity Contact Roles",
        )


def _lacking(missing: Sequence[str], locked: Sequence[str]) -> str:
    parts = []
    if missing:
        parts.append(f"HubSpot has no property {', '.join(missing)}")
    if locked:
        parts.append(f"{', '.join(locked)} cannot be written")
    return "; ".join(parts)
