"""What `revloop mappings check` finds in a folder without asking any CRM."""

from __future__ import annotations

from pathlib import Path

from mappings.loader import read_mappings
from sync.domain.errors import MappingError

__all__ = ["lint_mappings"]


def lint_mappings(folder: Path) -> tuple[MappingError, ...]:
    """List everything wrong in the mapping files of a folder, sorted by place."""
    _, findings = read_mappings(folder)
    return findings
