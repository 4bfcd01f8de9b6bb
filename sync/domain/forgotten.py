"""People who were forgotten: known by keyed hashes alone, so that no run takes them up again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from sync.domain.record import RecordRef, Side

__all__ = ["Forgotten", "hash_of_address", "hash_of_record"]


class Forgotten(Protocol):
    """Who was forgotten, as the state keeps it."""

    def all(self) -> Mapping[str, int]:
        """Give every hash with the number of the person it is of."""
        ...

    def learn(self, found: Mapping[str, int]) -> None:
        """Keep further hashes of people who were forgotten, with the numbers of these."""
        ...


def hash_of_address(secret: bytes, address: str) -> str:
    """Give the keyed hash of an e-mail address in its one form, the same in every pair."""
    return _hash(secret, "address", address)


def hash_of_record(secret: bytes, side: Side, ref: RecordRef) -> str:
    """Give the keyed hash of a record's id."""
    return _hash(secret, "record", side.value, *ref)


def _hash(secret: bytes, *parts: str) -> str:
    text = "\x1f".join(("forgotten", *parts)).encode(errors="surrogatepass")
    return hashlib.blake2b(text, key=secret, digest_size=16).hexdigest()
