"""Stages of the funnel as sets of values: at which of them a record stands.

Pure: the same values always stand at the same stages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sync.domain.outcomes import OutcomeWord
from sync.domain.record import Native, Side

__all__ = ["StageRule", "StageRules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRule:
    """One stage: the values that records of each object have there, by its own field names.

    The fields are in the order of the file; the first one counts most. `sales` is how an
    opportunity stands that puts the people behind it there.
    """

    name: str
    values: Mapping[tuple[Side, str], tuple[tuple[str, frozenset[str]], ...]]
    sales: OutcomeWord | None = None


@dataclass(frozen=True, slots=True)
class StageRules:
    """All stages in order, and whether records may fall back by themselves (`free`)."""

    rules: tuple[StageRule, ...]
    free: bool = False
    _ranks: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Number the stages."""
        ranks = {rule.name: rank for rank, rule in enumerate(self.rules)}
        object.__setattr__(self, "_ranks", ranks)

    def rank(self, name: str) -> int | None:
        """Give how far along a stage is; None where there is none of that name."""
        return self._ranks.get(name)

    def standing(
        self, side: Side, object_name: str, values: Mapping[str, Native]
    ) -> tuple[int, ...]:
        """Give the stages at which a record stands, the earliest first.

        Those whose every value it holds; where it holds none in full, all whose first value it
        holds.
        """
        full: list[int] = []
        partly: list[int] = []
        for rank, wanted in self._of(side, object_name):
            name, accepted = wanted[0]
            if values.get(name) in accepted:
                partly.append(rank)
                if all(values.get(name) in accepted for name, accepted in wanted):
                    full.append(rank)
        return tuple(full or partly)

    def knows(self, side: Side, object_name: str, name: str, value: str) -> bool:
        """Tell whether any stage lists a value of a field."""
        return any(
            value in accepted
            for _, wanted in self._of(side, object_name)
            for field_name, accepted in wanted
            if field_name == name
        )

    def of_sales(self, word: OutcomeWord) -> tuple[int, ...]:
        """Give the stages at which the people behind such an opportunity stand."""
        return tuple(rank for rank, rule in enumerate(self.rules) if rule.sales is word)

    @staticmethod
    def pick(standing: Sequence[int], held: int | None) -> int | None:
        """Choose the one of several stages: the one held already, else the first."""
        if held in standing:
            return held
        return standing[0] if standing else None

    def _of(
        self, side: Side, object_name: str
    ) -> Iterator[tuple[int, tuple[tuple[str, frozenset[str]], ...]]]:
        for rank, rule in enumerate(self.rules):
            wanted = rule.values.get((side, object_name))
            if wanted:
                yield rank, wanted
