"""Writes cut into rounds that HubSpot can take at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sync.domain.ports import Write

__all__ = ["rounds_of"]


def rounds_of(
    writes: Sequence[Write], mark: Callable[[Write], str | None], *, most: int | None = None
) -> Iterator[Sequence[Write]]:
    """Cut into rounds of `most` in none of which a mark stands twice; None is no mark."""
    waiting = list(writes)
    while waiting:
        seen: set[str] = set()
        this: list[Write] = []
        later: list[Write] = []
        for write in waiting:
            name = mark(write)
            if len(this) == most or name in seen:
                later.append(write)
                continue
            this.append(write)
            if name is not None:
                seen.add(name)
        yield this
        waiting = later
