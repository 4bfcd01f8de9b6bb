"""One mapping as an HTML page to share: nothing is fetched, everything is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from console.mapping_words import COLUMNS, about, rows

if TYPE_CHECKING:
    from mappings.model import PairMapping

__all__ = ["page"]

#: Arrows as a page shows them.
_ARROWS = {"<->": "↔", "->": "→", "<-": "←"}
#: ... and as they are read out.
_SPOKEN = {"<->": "both ways", "->": "to Salesforce", "<-": "to HubSpot"}


def page(pair: PairMapping) -> str:
    """Give the mapping of a pair as one self-contained HTML page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("pages")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    fields = rows(pair)
    return pages.get_template("mapping.html").render(
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
