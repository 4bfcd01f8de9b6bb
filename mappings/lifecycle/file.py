"""Where the rules of the funnel stand, and what is told as long as no run carries them out."""

from __future__ import annotations

from pathlib import Path

__all__ = ["NOT_YET", "STEM", "find_lifecycle"]

#: What the file is called, before its ending.
STEM = "lifecycle"

#: What is told wherever the rules could be taken for working.
NOT_YET = (
    "mappings/lifecycle.yaml is read and checked; this release does not carry it out yet, save "
    "its reasons and outcomes: no stage, hand-over or routing travels by it"
)


def find_lifecycle(folder: Path) -> Path | None:
    """Give the project's lifecycle file, if it has one."""
    return next(
        (file for ending in (".yaml", ".yml") if (file := folder / f"{STEM}{ending}").is_file()),
        None,
    )
