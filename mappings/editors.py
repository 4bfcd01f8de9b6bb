"""The mapping language as a JSON Schema, so that editors complete, explain and check it.

Keys, nesting and defaults come from the models, words and sentences from `mappings.explained`.
The schema finds what is wrong in one place alone; `revloop mappings check` finds the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mappings.explained import EXPLAINED, Key
from mappings.model import FieldMapping, PairMapping

__all__ = ["SCHEMA_FILE", "editor_schema"]

#: What the schema's file is called where it lies beside the mappings that name it.
SCHEMA_FILE = "mapping.schema.json"

#: The loader reads every scalar as the text that is written; to an editor 5 is a number.
_SCALARS = ["string", "number", "boolean"]
_UNEXPLAINED = Key("")

Schema = dict[str, object]


def editor_schema() -> Schema:
    """Give the JSON Schema (draft 7) of a mapping file."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "revloop mapping",
        "description": "One pair of objects that revloop keeps one consistent record.",
        **_table(PairMapping),
    }


def _table(model: type[BaseModel], under: str = "") -> Schema:
    """Give a table with the keys of a model and no others."""
    explained = EXPLAINED.get(under) or EXPLAINED.get(model.__name__, {})
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    table: Schema = {
        "type": "object",
        "properties": {
            name: _property(name, info, explained.get(name, _UNEXPLAINED))
            for name, info in fields.items()
        },
        "additionalProperties": False,
    }
    required = [name for name, info in fields.items() if info.is_required()]
    return {**table, "required": required} if required else table


def _property(name: str, info: FieldInfo, key: Key) -> Schema:
    described: Schema = {"description": key.says} if key.says else {}
    default = info.default.value if isinstance(info.default, Enum) else None
    if default is not None and default in key.words:
        described["default"] = default
    return {**described, **_shape(info.annotation, key, under=name)}


def _shape(annotation: object, key: Key, *, under: str = "") -> Schema:
    """Give what may stand under a key."""
    if key.words:
        return _words(key.words)
    kind = _plain(annotation)
    origin, inner = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _field() if kind is FieldMapping else _table(kind, under)
    if origin is dict:
        return _names(inner[1], key)
    if key.pattern:
        return _text(key)
    if origin is tuple:
        return {"type": "array", "items": _item(inner[0])}
    return {"type": _SCALARS}


def _item(annotation: object) -> Schema:
    """Give one entry of a list; where it may be a list itself, a single name will do."""
    kind = _plain(annotation)
    if get_origin(kind) is tuple:
        return {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}
    return _shape(kind, _UNEXPLAINED)


def _field() -> Schema:
    """Give a field: its keys, or the bare line that stands for `{map: …}`."""
    line = EXPLAINED[FieldMapping.__name__]["map"]
    return {**_table(FieldMapping), **_text(line), "type": ["object", "string"]}


def _names(value: Any, key: Key) -> Schema:
    """Give a table whose keys are the admin's own."""
    optional = type(None) in get_args(value)
    entry = _shape(value, Key("", pattern="" if optional else r"\S", wanted=key.wanted))
    if optional:
        entry = {"type": [*_SCALARS, "null"]}
    elif get_origin(_plain(value)) is tuple:
        # A list, or the one value that stands for a list of one.
        entry = {"type": [*_SCALARS, "array"], "items": {"type": _SCALARS}, "minItems": 1}
    names = {"propertyNames": {**_text(key), "type": "string"}} if key.pattern else {}
    return {"type": "object", **names, "minProperties": 1, "additionalProperties": entry}


def _text(key: Key) -> Schema:
    """Give a text of a certain form, with what an editor says where it has another."""
    unquoted = re.search(key.pattern, "0") is not None
    text: Schema = {"type": _SCALARS if unquoted else "string", "pattern": key.pattern}
    return {**text, "patternErrorMessage": f"Write {key.wanted}."} if key.wanted else text


def _words(words: Mapping[str, str]) -> Schema:
    enum: Schema = {"enum": list(words)}
    return {**enum, "enumDescriptions": list(words.values())} if any(words.values()) else enum


def _plain(annotation: object) -> object:
    """Take what pydantic needs, and the leave to say nothing, off an annotation."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        some = [one for one in get_args(annotation) if one is not type(None)]
        return _plain(some[0]) if len(some) == 1 else annotation
    return annotation
