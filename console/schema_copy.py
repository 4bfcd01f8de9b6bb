"""The copy of both schemas that a project keeps beside its mappings: written, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sync.domain.errors import ConfigError, UsageError
from sync.domain.ports import Account
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape
from sync.engine.shapes import shape_from_json, shape_to_json

__all__ = ["FOLDER", "SchemaCopy", "copy_path", "read_copies", "write_copy"]

FOLDER = "schema"

_FILES = {Side.LEFT: "hubspot.json", Side.RIGHT: "salesforce.json"}
_WIDTH = 100
#: What a field is unless its line says otherwise.
_PLAIN = asdict(FieldShape(name="", label="", kind=FieldKind.TEXT))


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaCopy:
    """One CRM's schema as it was read: when, from which account, and its objects.

    `objects` holds None for an object the account showed none of; `near` names those it has then,
    where it was asked just now. `withheld` gives the reason for each object that the account does
    not give and that runs do without; it is among none of the others.
    """

    account: Account
    read: datetime
    objects: Mapping[str, ObjectShape | None]
    near: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)


def copy_path(folder: Path, side: Side) -> Path:
    """Give the file a project keeps one CRM's schema in."""
    return folder / FOLDER / _FILES[side]


def write_copy(folder: Path, side: Side, copy: SchemaCopy) -> Path:
    """Write one CRM's schema, sorted, whole or not at all; raises UsageError where it cannot."""
    path = copy_path(folder, side)
    document = {
        "account": {"id": copy.account.id, "name": copy.account.name},
        "read": copy.read.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "objects": {name: _object(shape) for name, shape in sorted(copy.objects.items())},
        **({"withheld": dict(sorted(copy.withheld.items()))} if copy.withheld else {}),
    }
    draft = path.with_name(f".{path.name}")
    try:
        path.parent.mkdir(exist_ok=True)
        draft.write_text(_pretty(document, 0) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as exc:
        raise UsageError(f"{path} cannot be written ({exc.strerror}); make room for it") from exc
    return path


def read_copies(folder: Path) -> dict[Side, SchemaCopy] | None:
    """Read both copies; None where there is neither. Raises ConfigError where one is unsound."""
    there = {side: copy_path(folder, side) for side in Side}
    if not any(path.exists() for path in there.values()):
        return None
    return {side: _read(path) for side, path in there.items()}


def _read(path: Path) -> SchemaCopy:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        objects = {
            str(name): None if found is None else _shape(str(name), found)
            for name, found in data["objects"].items()
        }
        account = Account(str(data["account"]["id"]), str(data["account"]["name"]))
        read = datetime.fromisoformat(data["read"])
        if read.tzinfo is None:
            raise ValueError("a time without its zone")
        withheld = {str(name): str(why) for name, why in data.get("withheld", {}).items()}
    except OSError as exc:
        raise _unsound(path, f"cannot be read ({exc.strerror})") from exc
    except json.JSONDecodeError as exc:
        raise _unsound(path, f"is no JSON any more (line {exc.lineno})") from exc
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as exc:
        raise _unsound(path, "is not as `revloop schema pull` writes it") from exc
    return SchemaCopy(account=account, read=read, objects=objects, withheld=withheld)


def _unsound(path: Path, why: str) -> ConfigError:
    place = f"{path.parent.name}/{path.name}"
    return ConfigError(
        f"{place} {why}; make it anew with `revloop schema pull`, or take the folder "
        f"{path.parent.name} away"
    )


def _object(shape: ObjectShape | None) -> dict[str, Any] | None:
    """Give an object with its fields by name, each saying only what is not plain about it."""
    if shape is None:
        return None
    data = shape_to_json(shape)
    fields = {one["name"]: _unlike_plain(one) for one in data["fields"]}
    said = {key: value for key, value in data.items() if key != "name"}
    return {**said, "fields": dict(sorted(fields.items()))}


def _unlike_plain(field: Mapping[str, Any]) -> dict[str, Any]:
    said = {"label": field["label"], "kind": field["kind"]}
    for name, value in field.items():
        if name not in ("name", "label", "kind", "options") and value != _PLAIN.get(name):
            said[name] = value
    if field["options"]:
        said["options"] = [
            {key: value for key, value in option.items() if (key, value) != ("active", True)}
            for option in field["options"]
        ]
    return said


def _shape(name: str, data: Mapping[str, Any]) -> ObjectShape:
    fields = [
        {**_PLAIN, **said, "name": native, "label": str(said["label"])}
        for native, said in data["fields"].items()
    ]
    return shape_from_json({**data, "name": name, "fields": fields})


def _pretty(value: object, level: int, *, key: str = "") -> str:
    """Write JSON with whatever fits on one line there: a changed field is a changed line."""
    line = json.dumps(value, ensure_ascii=False)
    if (
        len(key) + len(line) + 2 * level <= _WIDTH
        or not isinstance(value, dict | list)
        or not value
    ):
        return line
    space = "  " * (level + 1)
    if isinstance(value, dict):
        inner = [
            f"{json.dumps(name)}: {_pretty(one, level + 1, key=str(name))}"
            for name, one in value.items()
        ]
        opening, closing = "{", "}"
    else:
        inner = [_pretty(one, level + 1) for one in value]
        opening, closing = "[", "]"
    body = ",\n".join(f"{space}{one}" for one in inner)
    return f"{opening}\n{body}\n{'  ' * level}{closing}"
