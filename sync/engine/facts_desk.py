"""What a run keeps facts for reports by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from mappings.lifecycle.fact_fields import FactFields
from sync.domain.facts import FactKind
from sync.domain.hours import BusinessCalendar
from sync.domain.record import Side
from sync.domain.stage_rules import StageRules

__all__ = ["FactsDesk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsDesk:
    """What a run keeps facts for reports by.

    `fields` says what is kept of each pair, `rules` are the stages of people, `calendar` tells
    when sales works. `hours` is what the file says of that, so that a change of it is seen.
    """

    fields: Mapping[str, FactFields]
    rules: StageRules | None = None
    calendar: BusinessCalendar | None = None
    hours: str = ""

    @property
    def fingerprint(self) -> str:
        """Give a hash of all this; facts kept by another one are worked out again."""
        fields = sorted(
            (name, one.kind.value, sorted(one.roles.items()), one.keep)
            for name, one in self.fields.items()
        )
        stages = [
            (rule.name, rule.sales, sorted(_values(rule.values)))
            for rule in (self.rules.rules if self.rules is not None else ())
        ]
        free = self.rules is not None and self.rules.free
        said = repr((fields, stages, free, self.hours))
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    def pair_of(self, kind: FactKind) -> str | None:
        """Give the name of the pair of a kind."""
        return next((name for name, one in self.fields.items() if one.kind is kind), None)


def _values(values: Mapping[tuple[Side, str], tuple[tuple[str, frozenset[str]], ...]]) -> list[str]:
    return [
        repr((place, [(name, sorted(accepted)) for name, accepted in wanted]))
        for place, wanted in values.items()
    ]
