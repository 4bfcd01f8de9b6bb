"""Putting together what facts for reports are kept by, and how reports read them."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from console.wiring import Workshop
    from mappings.lifecycle.model import Lifecycle
    from reports.state_view import StateView
    from sync.domain.stage_rules import StageRules
    from sync.engine.facts_desk import FactsDesk

__all__ = ["facts_desk", "view_of"]


def facts_desk(workshop: Workshop) -> FactsDesk:
    """Give what a run keeps facts for reports by."""
    from console.sales_wiring import read_lifecycle_of
    from mappings.lifecycle.fact_fields import fact_fields
    from sync.engine.facts_desk import FactsDesk

    lifecycle = read_lifecycle_of(workshop.project)
    fields, rules = fact_fields(workshop.pairs, lifecycle), _rules(workshop, lifecycle)
    hours = lifecycle.business_hours if lifecycle is not None else None
    if hours is None:
        return FactsDesk(fields=fields, rules=rules)
    from mappings.lifecycle.hours import calendar_of

    return FactsDesk(
        fields=fields,
        rules=rules,
        calendar=calendar_of(hours),
        hours=repr(hours),
    )


def _rules(workshop: Workshop, lifecycle: Lifecycle | None) -> StageRules | None:
    """Give the stages of people; None where none were agreed on."""
    from mappings.lifecycle.checks import people_pair
    from mappings.lifecycle.stage_rules import stage_rules_of

    people = people_pair(workshop.pairs)
    if lifecycle is None or people is None:
        return None
    return stage_rules_of(lifecycle, people.hubspot)


def view_of(workshop: Workshop, *, as_of: datetime) -> StateView:
    """Give the state of a project as reports read it; nothing is called."""
    from zoneinfo import ZoneInfo

    from console.sales_wiring import agreement_as_kept, read_lifecycle_of
    from mappings.lifecycle.fact_fields import fact_fields
    from reports.state_view import StateView
    from reports.view import StageWords
    from sync.domain.facts import STAGES_NOTE
    from sync.domain.record import Side
    from sync.engine.people import kept_people

    store, lifecycle = workshop.store, read_lifecycle_of(workshop.project)
    said = {one.name: one.means or "" for one in lifecycle.stages} if lifecycle is not None else {}
    kept = json.loads(store.runs.note(STAGES_NOTE) or "[]")
    fields = fact_fields(workshop.pairs, lifecycle)
    hours = lifecycle.business_hours if lifecycle is not None else None
    zone = ZoneInfo(hours.zone) if hours is not None else UTC
    return StateView(
        reading=store.reading,
        as_of=as_of,
        agreement=agreement_as_kept(workshop.project, store),
        pairs={one.kind: name for name, one in fields.items()},
        stages=[
            StageWords(name=name, means=said.get(name, ""), rank=rank)
            for rank, name in enumerate(kept or said)
        ],
        zone=zone,
        rules=_rules(workshop, lifecycle),
        names={one.id: one.name for one in kept_people(store, Side.RIGHT)},
    )
