"""The audit as the engine asks of it: what a run did, and who wrote a field last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sync.domain.record import Side

if TYPE_CHECKING:
    from sync.domain.store import AuditEntry

__all__ = ["Audit", "AuditRow", "Written"]

#: One field of one side of a link.
Written = tuple[int, str, Side]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One audit entry with when and in which run it was made; `id` is 0 before it is kept."""

    id: int
    run: int
    at: datetime
    entry: AuditEntry


class Audit(Protocol):
    """What was done, run by run."""

    def pairs_of_run(self, run: int) -> Sequence[str]:
        """Name the pairs a run did anything in."""
        ...

    def of_run(self, run: int, pair: str, *, size: int) -> Iterator[Sequence[AuditRow]]:
        """Give all a run did to the links of a pair, in chunks of so many links.

        All rows of a link come together, the oldest first.
        """
        ...

    def newest_writes(self, link_ids: Sequence[int]) -> Mapping[Written, int]:
        """Give the run that wrote each field of these links last, by side."""
        ...
