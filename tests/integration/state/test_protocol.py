"""The store is what the engine asks for."""

from __future__ import annotations

from sync.domain.store import Store
from sync.state import open_store


def test_store_satisfies_the_protocol() -> None:
    # The type checker proves it; at run time every part is there.
    with open_store("sqlite://") as opened:
        store: Store = opened
        parts = (
            store.runs,
            store.marks,
            store.links,
            store.records,
            store.staging,
            store.plans,
            store.findings,
            store.journal,
        )
        assert all(part is not None for part in parts)
