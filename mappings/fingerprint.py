"""Hashes of what a mapping means: comments, spacing and the order of keys do not count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from mappings.model import FieldMapping, PairMapping
from mappings.words import FieldType
from sync.domain.record import Side

__all__ = ["field_fingerprint", "pair_fingerprint"]


def pair_fingerprint(pair: PairMapping) -> str:
    """Give the hash of everything a pair says, examples apart."""
    said: dict[str, object] = pair.model_dump(
        mode="json", exclude={"fields", "examples", "salesforce", "match", "guard"}
    )
    said["salesforce"] = list(pair.salesforce)
    said["match"] = [list(rule) for rule in pair.match]
    said["guard"] = {name: str(getattr(pair.guard, name)) for name in type(pair.guard).model_fields}
    said["keys"] = {side.value: pair.key_name(side) for side in Side}
    # The file's order of fields means nothing; the order inside `values` does.
    said["fields"] = {name: _meaning(field) for name, field in sorted(pair.fields.items())}
    return _hash(said)


def field_fingerprint(pair: PairMapping, name: str) -> str:
    """Give the hash of what a field carries, so that a changed line can be carried again.

    Who wins (`wins`, `unsure`, `blank`, `protect`) is no part of it: changing that writes nothing.
    """
    field = pair.fields[name]
    said = _meaning(field)
    for rule in ("wins", "unsure", "blank", "protect"):
        del said[rule]
    if field.type in (None, FieldType.PHONE):
        said["region"] = pair.defaults.region
    return _hash(said)


def _meaning(field: FieldMapping) -> dict[str, object]:
    said: dict[str, object] = field.model_dump(mode="json", exclude={"map", "values"})
    said["map"] = str(field.map)
    # As a list, because the first line of several is the one used on the way back.
    said["values"] = [list(line) for line in field.values.items()] if field.values else None
    return said


def _hash(said: Mapping[str, object]) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
