"""How far people of one line came: for each stage, how many were ever at it or a later one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reports.frame import Cell, Column, Kind
from reports.view import StageWords

__all__ = ["Reached", "reached_columns", "reached_keys"]


class Reached:
    """Counts people by the furthest stage they were ever at."""

    __slots__ = ("_furthest",)

    def __init__(self) -> None:
        self._furthest: Counter[int] = Counter()

    def add(self, rank: int) -> None:
        """Count one person by the place of that stage, -1 for none."""
        self._furthest[rank] += 1

    def of(self, stage: StageWords) -> int:
        """Tell how many reached a stage or a later one."""
        return sum(number for rank, number in self._furthest.items() if rank >= stage.rank)

    def values(self, stages: Sequence[StageWords]) -> dict[str, Cell]:
        """Give the columns of stages."""
        return {f"reached_{stage.name}": self.of(stage) for stage in stages}


def reached_keys(stages: Sequence[StageWords]) -> Sequence[str]:
    """Name the columns of stages."""
    return [f"reached_{stage.name}" for stage in stages]


def reached_columns(stages: Sequence[StageWords]) -> Sequence[Column]:
    """Give a column for each stage."""
    return [
        Column(
            key=f"reached_{stage.name}",
            title=stage.name,
            kind=Kind.COUNT,
            means=f"of those, who ever reached {stage.name!r} or a later stage ({stage.means})",
        )
        for stage in stages
    ]
