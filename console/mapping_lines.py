"""Which line of a mapping file a held item or an error is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mappings.model import PairMapping

__all__ = ["line_of"]


def line_of(pair: PairMapping | None, field: str) -> str | None:
    """Give file and line of a field of a pair, such as `mappings/contacts.yaml:12`, if it has one.

    Without a field there is no line to change.
    """
    if pair is None or field not in pair.fields:
        return None
    found = pair.places.at_key(("fields", field), "")
    return f"{found.file}:{found.line}"
