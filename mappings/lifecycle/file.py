"""Where the rules of the funnel stand, and whom they are about."""

from __future__ import annotations

from pathlib import Path

__all__ = ["PEOPLE", "STEM", "find_lifecycle"]

#: What the file is called, before its ending.
STEM = "lifecycle"

#: HubSpot's object that moves through the stages, under both its names.
PEOPLE = ("contacts", "0-1")


def find_lifecycle(folder: Path) -> Path | None:
    """Give the project's lifecycle file, if it has one."""
    return next(
        (file for ending in (".yaml", ".yml") if (file := folder / f"{STEM}{ending}").is_file()),
        None,
    )
