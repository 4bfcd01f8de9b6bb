"""Hashes of what a mapping means: comments, spacing and the order of keys do not count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from mappings.expression_source import read_source
from mappings.model import FieldMapping, PairMapping
from mappings.words import SIDE_WORDS, FieldType
from sync.domain.record import Side

__all__ = ["creation_rules", "field_fingerprint", "intake_rules", "pair_fingerprint"]

#: What a pair says that decides nothing about which records are linked, made or left out.
_NO_INTAKE = {
    "pair",
    "fields",
    "examples",
    "guard",
    "first_sync",
    "on_leave",
    "delete",
    "defaults",
}
#: What matters to records without a link only.
_OF_NEW = {"create", "prefer"}


def pair_fingerprint(pair: PairMapping) -> str:
    """Give the hash of everything a pair says, examples apart."""
    said: dict[str, object] = pair.model_dump(
        mode="json", exclude={"fields", "examples", "salesforce", "match", "guard"}
    )
    for later in ("pipeline", "record_type"):
        if said[later] is None:
            del said[later]  # a key that came later; a mapping without it is what it was
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
    Nor is `fallback`, which is for records that are yet to be made.
    """
    field = pair.fields[name]
    said = _meaning(field)
    for rule in ("wins", "unsure", "blank", "protect", "fallback"):
        said.pop(rule, None)
    if field.type in (None, FieldType.PHONE):
        said["region"] = pair.defaults.region
    return _hash(said)


def intake_rules(pair: PairMapping) -> dict[str, str]:
    """Give hashes of the rules that every record of a pair is looked at by, by their names.

    They are what the records are, which are included, how they match, and the fields this reads.
    """
    said: dict[str, object] = pair.model_dump(mode="json", exclude=_NO_INTAKE | _OF_NEW)
    del said["include"]
    said["salesforce"] = list(pair.salesforce)
    said["match"] = [list(rule) for rule in pair.match]
    said["keys"] = {side.value: pair.key_name(side) for side in Side}
    for word, side in SIDE_WORDS.items():
        said[f"include.{word}"] = pair.include.of(side)
    read = {name for rule in pair.match for name in rule} & pair.fields.keys()
    read |= _read_by(pair, (pair.include.of(side) for side in Side))
    if pair.match:
        # Numbers are matched by the country they are of.
        said["defaults.region"] = pair.defaults.region
        read |= {name for name, one in pair.fields.items() if one.type is FieldType.COUNTRY}
    return {
        **{name: _hash({name: one}) for name, one in said.items() if one is not None},
        **{f"fields.{name}": field_fingerprint(pair, name) for name in sorted(read)},
    }


def creation_rules(pair: PairMapping) -> dict[str, str]:
    """Give hashes of the rules by which records without a link are made or held, by name."""
    said: dict[str, object] = {"prefer": pair.prefer.value if pair.prefer else None}
    for word, side in SIDE_WORDS.items():
        if pair.creates(side):
            said[f"create.{word}"] = [pair.create_as(side), pair.create_when(side)]
    read = _read_by(pair, (pair.create_when(side) for side in Side))
    return {
        **{name: _hash({name: one}) for name, one in said.items() if one is not None},
        **{f"fields.{name}": field_fingerprint(pair, name) for name in sorted(read)},
    }


def _read_by(pair: PairMapping, texts: Iterable[str | None]) -> set[str]:
    """Name the fields that conditions read."""
    read = {name for text in texts if text is not None for name in read_source(text).reads}
    return read & pair.fields.keys()


def _meaning(field: FieldMapping) -> dict[str, object]:
    said: dict[str, object] = field.model_dump(mode="json", exclude={"map", "values"})
    said["map"] = str(field.map)
    # As a list, because the first line of several is the one used on the way back.
    said["values"] = [list(line) for line in field.values.items()] if field.values else None
    if field.read_too:
        said["read_too"] = sorted(field.read_too.items())
    for later in ("fallback", "pair"):
        if said[later] is None:
            del said[later]  # a key that came later; a mapping without it is what it was
    return said


def _hash(said: Mapping[str, object]) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
