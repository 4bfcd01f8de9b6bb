"""Refusals of single rows that were planned, to see how a client takes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.hubspot.errors import ApiError, invalid

__all__ = ["Refusals"]


@dataclass(slots=True)
class _Refusal:
    """Writes still to be refused: `count` of them, one in every `every`."""

    error: ApiError
    count: int
    every: int
    seen: int = 0


class Refusals:
    """The refusals still to come, by object."""

    def __init__(self) -> None:
        self._planned: dict[str, list[_Refusal]] = {}
        self._rows: int | None = None

    @contextmanager
    def half(self) -> Iterator[None]:
        """Refuse every second row while this is open."""
        self._rows = 0
        try:
            yield
        finally:
            self._rows = None

    def plan(self, object_name: str, count: int, *, every: int, error: ApiError | None) -> None:
        """Refuse the next `count` rows, one in every `every`."""
        refusal = error or invalid("The record was refused by the sandbox")
        self._planned.setdefault(object_name, []).append(_Refusal(refusal, count, every))

    def meet(self, object_name: str) -> None:
        """Raise the refusal planned for this row, if there is one."""
        if self._rows is not None:
            self._rows += 1
            if self._rows % 2 == 0:
                raise invalid("The record was refused by the sandbox")
        for refusal in self._planned.get(object_name, []):
            refusal.seen += 1
            if refusal.seen % refusal.every:
                return
            refusal.count -= 1
            if refusal.count <= 0:
                self._planned[object_name].remove(refusal)
            raise refusal.error
