"""The schema of mapping files for editors: printed, or written where they look for it."""

from __future__ import annotations

import json
from pathlib import Path

from console.output import print_json, write_private

__all__ = ["schema_text", "write_schema"]


def schema_text(*, lifecycle: bool = False) -> str:
    """Give the schema of mapping files, or of lifecycle.yaml, as the text of a file."""
    return json.dumps(_schema(lifecycle=lifecycle), ensure_ascii=False, indent=2) + "\n"


def write_schema(out: Path | None, *, as_json: bool, lifecycle: bool = False) -> int:
    """Print a schema, or write it to a file; give the exit code."""
    if out is None:
        print_json(_schema(lifecycle=lifecycle))
        return 0
    write_private(out, [schema_text(lifecycle=lifecycle)])
    if as_json:
        print_json({"out": str(out)})
        return 0
    beside = "lifecycle.yaml names it in its" if lifecycle else "Mapping files name it in their"
    print(f"{out} is written. Beside it, {beside} first line:")
    print(f"# yaml-language-server: $schema={out.name}")
    return 0


def _schema(*, lifecycle: bool) -> dict[str, object]:
    if lifecycle:
        from mappings.lifecycle.editors import lifecycle_schema

        return lifecycle_schema()
    from mappings.editors import editor_schema

    return editor_schema()
