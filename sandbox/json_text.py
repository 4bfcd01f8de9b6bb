"""Reading JSON that comes from outside, as strictly as the real APIs read it."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from sandbox.jsontypes import Json

__all__ = ["read_json"]

_DEEPEST = 100


def read_json(text: bytes | str) -> Json:
    """Read JSON; raises ValueError when it is none.

    Refuses what Python's reader alone would take: NaN and infinite numbers, and values nested so
    deeply that nothing could walk over them. Halves of surrogate pairs, which no answer could
    carry, become question marks.
    """
    try:
        value: Json = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST:
        _check_depth(value)
    return _whole(value) if b"\\ud" in raw.lower() else value


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _check_depth(value: Json) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        inside: list[Json] = []
        for one in level:
            if isinstance(one, dict):
                inside += one.values()
            elif isinstance(one, list):
                inside += one
        if not inside:
            return
        level = inside
    raise ValueError("nested too deeply")


def _whole(value: Json) -> Json:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {str(_whole(name)): _whole(one) for name, one in value.items()}
    return value
