"""Checking that what was read from a plan file is of the types a plan is made of."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any

__all__ = ["check_types"]


def check_types(value: object) -> None:
    """Raise TypeError where a dataclass, or whatever it holds, is not of the types it names."""
    if not _is_of(value, type(value)):
        raise TypeError(f"a {type(value).__name__} of other types")


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _is_of(value: object, hint: Any) -> bool:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or isinstance(hint, typing.TypeVar):
        return True
    if origin in (typing.Union, UnionType):
        return any(_is_of(value, one) for one in inner)
    if origin is tuple:
        return isinstance(value, tuple) and _are_of(value, inner)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _is_of(key, inner[0]) and _is_of(one, inner[1]) for key, one in value.items()
        )
    if origin is not None:
        return True  # nothing else has parts that a plan file could spoil
    if hint is None or hint is type(None):
        return value is None
    if not isinstance(hint, type) or not isinstance(value, hint):
        return False
    if isinstance(value, bool) and hint is int:
        return False
    return _parts_are(value, hint)


def _are_of(values: tuple[object, ...], hints: tuple[Any, ...]) -> bool:
    if len(hints) == 2 and hints[1] is Ellipsis:
        return all(_is_of(one, hints[0]) for one in values)
    return len(values) == len(hints) and all(map(_is_of, values, hints))


def _parts_are(value: object, kind: type) -> bool:
    if is_dataclass(kind):
        hints = _hints(kind)
        return all(_is_of(getattr(value, one.name), hints[one.name]) for one in fields(kind))
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return all(map(_is_of, value, _hints(kind).values()))
    return True
