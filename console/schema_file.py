"""The schema of mapping files for editors: printed, or written where they look for it."""

from __future__ import annotations

import json
from pathlib import Path

from console.output import print_json, write_private

__all__ = ["schema_text", "write_schema"]


def schema_text() -> str:
    """Give the schema as the text of a file."""
    from mappings.editors import editor_schema

    return json.dumps(editor_schema(), ensure_ascii=False, indent=2) + "\n"


def write_schema(out: Path | None, *, as_json: bool) -> int:
    """Print the schema, or write it to a file; give the exit code."""
    from mappings.editors import editor_schema

    if out is None:
        print_json(editor_schema())
        return 0
    write_private(out, [schema_text()])
    if as_json:
        print_json({"out": str(out)})
    else:
        print(f"{out} is written. Mapping files beside it name it in their first line:")
        print(f"# yaml-language-server: $schema={out.name}")
    return 0
