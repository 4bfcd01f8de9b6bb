"""lifecycle.yaml read from a project's folder, with everything that is wrong in its shape."""

from __future__ import annotations

from pathlib import Path as FilePath

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mappings.findings import Path, Places, did_you_mean
from mappings.lifecycle.model import (
    BusinessHours,
    HandBack,
    HandOver,
    Lifecycle,
    Reason,
    Reports,
    Routing,
    ServiceLevel,
    Stage,
)
from mappings.shape_errors import shape_problem
from mappings.source_file import refused, source_bytes
from mappings.yamltree import read_tree
from sync.domain.errors import MappingError

__all__ = ["read_lifecycle"]

_PARTS: dict[str, type[BaseModel]] = {
    "stages": Stage,
    "reasons": Reason,
    "hand_over": HandOver,
    "hand_back": HandBack,
    "service_levels": ServiceLevel,
    "routing": Routing,
    "business_hours": BusinessHours,
    "reports": Reports,
}
#: What to write where a key is missing.
_HINTS = {
    "stages": "; write the stages in order, each with its values in both CRMs",
    "means": "; say in a few words what it means",
    "to": "; name the stage, or who gets them",
    "when": "; write the condition, like 'record.score >= 50'",
    "from": "; name the stages it starts from, or the hour work begins",
}


def read_lifecycle(file: FilePath) -> tuple[Lifecycle | None, tuple[MappingError, ...]]:
    """Read the file; what is wrong in it is among the findings, never raised."""
    label = f"{file.parent.name}/{file.name}"
    data = source_bytes(file, label)
    if isinstance(data, MappingError):
        return None, (data,)
    tree = read_tree(data, file=label)
    if not isinstance(tree.root, dict):
        problem = "must be a table of keys like 'stages:'; see mappings/starter of revloop"
        return None, tuple(tree.findings or [refused(label, problem)])
    try:
        lifecycle = Lifecycle.model_validate(tree.root)
    except ValidationError as exc:
        shape = [_finding(tree.places, one) for one in exc.errors(include_url=False)]
        return None, (*tree.findings, *shape)
    return lifecycle.at(tree.places), tuple(tree.findings)


def _finding(places: Places, error: ErrorDetails) -> MappingError:
    path = _written(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _keys_under(path[:-1])
        guess = did_you_mean(str(path[-1]), known)
        return places.at_key(path, f"unknown key; it is none of {', '.join(known)}{guess}")
    if kind == "missing":
        hint = _HINTS.get(str(path[-1]), "")
        problem = f"{str(path[-1])!r} is missing{hint}"
        parent = path[:-1]
        at = places.at_key if parent in places.keys else places.at_value
        return at(parent, problem)
    return places.at_value(path, shape_problem(error))


def _written(path: tuple[int | str, ...]) -> Path:
    """Take the steps off that pydantic adds for its own use."""
    own = ("[key]", "dict", "str", "tuple[str, ...]", "is-instance[OpportunityState]")
    return tuple(step for step in path if step not in own)


def _keys_under(path: Path) -> tuple[str, ...]:
    model = _PARTS.get(str(path[0]), Lifecycle) if path else Lifecycle
    return tuple(info.alias or name for name, info in model.model_fields.items())
