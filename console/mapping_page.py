"""One mapping as an HTML page to share: nothing is fetched, everything is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.mapping_words import COLUMNS, about, rows
from console.templates import template

if TYPE_CHECKING:
    from mappings.model import PairMapping

__all__ = ["page"]

#: Arrows as a page shows them.
_ARROWS = {"<->": "↔", "->": "→", "<-": "←"}
#: ... and as they are read out.
_SPOKEN = {"<->": "both ways", "->": "to Salesforce", "<-": "to HubSpot"}


def page(pair: PairMapping) -> str:
    """Give the mapping of a pair as one self-contained HTML page."""
    fields = rows(pair)
    return template("mapping.html").render(
        name=pair.pair,
        file=pair.places.file,
        about=about(pair),
        rows=fields,
        columns={
            key: title
            for key, title in COLUMNS.items()
            if key == "arrow" or any(getattr(row, key) for row in fields)
        },
        arrows=_ARROWS,
        spoken=_SPOKEN,
    )
