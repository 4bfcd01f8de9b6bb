"""What pydantic found wrong in the shape of a file, in an admin's words."""

from __future__ import annotations

from pydantic_core import ErrorDetails

__all__ = ["shape_problem"]


def shape_problem(error: ErrorDetails) -> str:
    """Say what is wrong with a value, without its place."""
    kind = error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"must be a table of keys and values, not {_kind_of(error['input'])}"
    if kind in ("tuple_type", "list_type"):
        return f"must be a list, not {_kind_of(error['input'])}"
    if kind == "string_type":
        return f"must be a text, not {_kind_of(error['input'])}"
    if kind == "too_short":
        return "must not be empty"
    return error["msg"]


def _kind_of(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else f"the text {value!r}"
