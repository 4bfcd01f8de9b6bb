"""How the picklists of a record changed, as a CRM's own history tells it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.memory.table import Editor, Row, Table, Version
from sync.domain.ports import FieldChange
from sync.domain.record import Native

__all__ = ["history_of"]


def history_of(table: Table, row: Row, fields: Sequence[str]) -> list[FieldChange]:
    """Give the changes of a record's fields, oldest first."""
    known = [name for name in fields if name in table.shape.fields]
    found = [change for name in known for change in _of_field(table, row, name)]
    return sorted(found, key=lambda change: change.at)


def _of_field(table: Table, row: Row, name: str) -> list[FieldChange]:
    before: Native = None
    changes = []
    for version in table.versions(row, name):
        changes.append(
            FieldChange(
                id=row.id,
                field=name,
                at=version.at,
                before=before,
                after=version.value,
                editor=_editor(version),
                source=version.by,
            )
        )
        before = version.value
    return changes


def _editor(version: Version) -> str | None:
    """Name who changed it, where it was one of the people at work."""
    nobody = (Editor.AUTOMATION, Editor.INTEGRATION)
    return None if version.by in nobody or not version.by else version.by
