"""The stages of lifecycle.yaml as the engine and the reports decide by them.

LEFT is HubSpot, RIGHT is Salesforce, as in binding.
"""

from __future__ import annotations

from mappings.lifecycle.model import Lifecycle, Stage
from mappings.lifecycle.words import Moves, OpportunityState
from sync.domain.outcomes import OutcomeWord
from sync.domain.record import Side
from sync.domain.stage_rules import StageRule, StageRules

__all__ = ["stage_rules_of"]

_WORDS = {
    OpportunityState.OPEN: OutcomeWord.OPEN,
    OpportunityState.WON: OutcomeWord.WON,
    OpportunityState.LOST: OutcomeWord.LOST,
}


def stage_rules_of(lifecycle: Lifecycle, hubspot: str = "contacts") -> StageRules:
    """Give the stages in order; `hubspot` is the name the pair calls HubSpot's contacts by."""
    rules = tuple(_rule(stage, hubspot) for stage in lifecycle.stages)
    return StageRules(rules, free=lifecycle.moves is Moves.FREE)


def _rule(stage: Stage, hubspot: str) -> StageRule:
    values: dict[tuple[Side, str], tuple[tuple[str, frozenset[str]], ...]] = {
        (Side.LEFT, hubspot): tuple((name, frozenset(one)) for name, one in stage.hubspot.items())
    }
    if isinstance(stage.salesforce, OpportunityState):
        return StageRule(name=stage.name, values=values, sales=_WORDS[stage.salesforce])
    for (object_name, field_name), accepted in stage.salesforce.items():
        place = (Side.RIGHT, object_name)
        values[place] = (*values.get(place, ()), (field_name, frozenset(accepted)))
    return StageRule(name=stage.name, values=values)
