"""Addresses that opted out and that no contact has, as seed lines and the control page see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.hubspot.desk import text_of, times_of
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["OptOutDesk"]


class OptOutDesk:
    """Opts addresses out, and back in as the person may; the id is the address."""

    def __init__(self, store: HubSpotStore) -> None:
        self._store = store

    def add(
        self,
        values: JsonObject,
        *,
        id: str | None = None,
        times: Mapping[str, datetime] | None = None,
    ) -> str:
        """Opt an address out and give it."""
        address = text_of(values, "email", id or "")
        if "@" not in address:
            raise SandboxError(f"{address!r} is no e-mail address")
        created, _ = times_of(times, self._store.now())
        self._store.opt_out(address, at=created)
        return address

    def get(self, id: str) -> JsonObject | None:
        """Give an address that opted out."""
        return None if self._store.opt_outs.since(id) is None else {"email": id}

    def edit(self, id: str, values: JsonObject) -> None:
        """Refuse: an address is opted out or it is not."""
        raise SandboxError("an opt-out has nothing to change; remove it, or add another address")

    def remove(self, id: str) -> None:
        """Let an address have e-mail again, as its owner may."""
        self._store.opt_in(id)

    def restore(self, id: str) -> None:
        """Opt an address out again."""
        self._store.opt_out(id, at=self._store.now())

    def lines(self) -> Iterator[JsonObject]:
        """Give the addresses no contact carries as seed lines."""
        opt_outs = self._store.opt_outs
        for number, address in enumerate(opt_outs, start=1):
            since = opt_outs.since(address)
            if since is not None and not self._store.has_address(address):
                yield {
                    "key": f"opt_outs-{number}",
                    "properties": {"email": address},
                    "created": iso(since),
                }
