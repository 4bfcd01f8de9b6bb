"""HubSpot's operations and models as its published clients know them, as JSON schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.contract.hubspot_exceptions import BODIES_THAT_ARE_LISTS, EXCEPTIONS
from tests.contract.hubspot_reference import (
    REFERENCE_BODIES,
    REFERENCE_MODELS,
    REFERENCE_QUERIES,
)

__all__ = ["ModelRef", "Operation", "Spec", "load_spec"]

#: A model is found by its package and its name; `list[str]` and the like need no package.
ModelRef = tuple[str, str]

REFERENCE = "reference"

_VERSION = re.compile(r"v\d+|\d{4}-\d{2}(-beta)?")
_DATED = re.compile(r"\d{4}-\d{2}(-beta)?")
_STAMP = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
_PLAIN: Mapping[str, Mapping[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time", "pattern": _STAMP},
    "object": {},
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call of the API: what may be sent and what comes back."""

    name: str
    query: frozenset[str]
    repeated: frozenset[str]
    body: ModelRef | None = None
    body_names: frozenset[str] = frozenset()
    """Where no model is known: the names the body may have."""
    form: frozenset[str] = frozenset()
    answers: Mapping[int, ModelRef] = field(default_factory=dict)
    package: str = "hubspot.crm.contacts"


@dataclass(frozen=True)
class _Entry:
    """An operation and the parts of its path; None stands for any word."""

    parts: tuple[str | None, ...]
    operation: Operation

    @property
    def fixed(self) -> int:
        return sum(part is not None for part in self.parts)

    def matches(self, parts: tuple[str, ...]) -> bool:
        return len(parts) == len(self.parts) and all(
            mine is None or mine == theirs for mine, theirs in zip(self.parts, parts, strict=True)
        )


class Spec:
    """Finds operations by method and path, and validators by model."""

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._models = {**models, REFERENCE: REFERENCE_MODELS}
        self._entries: dict[tuple[str, str], list[_Entry]] = {}
        self._validators: dict[ModelRef, Draft202012Validator] = {}

    def add(self, method: str, path: str, operation: Operation) -> None:
        """Take over an operation; of two, the one with more fixed words is found."""
        version, parts = _split(path)
        template = tuple(None if part.startswith("{") else part for part in parts)
        entries = self._entries.setdefault((method, version), [])
        entries.append(_Entry(template, operation))
        entries.sort(key=lambda entry: -entry.fixed)

    def find(self, method: str, path: str) -> Operation | None:
        """Find the operation of a call.

        The dated paths have the newest numbered operation's models where there is one, as their
        own list names models without saying what is in them.
        """
        version, parts = _split(path)
        # What v1 says of tokens is not what the newer paths say.
        versions = ["v4", "v3", "dated", "v1"] if version == "dated" else [version, "dated"]
        for each in versions:
            for entry in self._entries.get((method, each), ()):
                if entry.matches(parts):
                    return entry.operation
        return None

    def validator(self, ref: ModelRef) -> Draft202012Validator:
        """Give what checks a value against a model, strictly but for the table of exceptions."""
        if ref not in self._validators:
            package, name = ref
            schema = {**_type(name), "$defs": self._definitions(package)}
            self._validators[ref] = Draft202012Validator(schema, format_checker=FormatChecker())
        return self._validators[ref]

    def has(self, ref: ModelRef) -> bool:
        """Tell whether a model is known."""
        return ref[1] in self._models.get(ref[0], {})

    def _definitions(self, package: str) -> dict[str, Any]:
        models = self._models[package]
        return {name: _schema(name, fields) for name, fields in models.items()}


def load_spec(folder: Path) -> Spec:
    """Read the files that were taken out of HubSpot's own clients."""
    models = _read(folder / "models-hubspot-api-client-12.0.0.json")["models"]
    spec = Spec(models)
    for told in _read(folder / "endpoints-hubspot-api-client-12.0.0.json")["endpoints"]:
        spec.add(told["http"], told["path"], _numbered(told, models))
    for told in _read(folder / "endpoints-dated-hubspot-sdk-0.1.0a9.json")["endpoints"]:
        spec.add(told["http"], told["path"], _dated(told))
    return spec


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _split(path: str) -> tuple[str, tuple[str, ...]]:
    """Give the version of a path, and its parts without it."""
    parts = [part for part in path.split("/") if part]
    for place, part in enumerate(parts):
        if _VERSION.fullmatch(part):
            version = "dated" if _DATED.fullmatch(part) else part
            return version, (*parts[:place], *parts[place + 1 :])
    return "", tuple(parts)


def _numbered(told: Mapping[str, Any], models: Mapping[str, Any]) -> Operation:
    package = told["package"]
    argument = told["body_argument"]
    body = None
    if argument == "request_body":
        body = (package, "list[str]")
    elif argument is not None:
        body = (package, _model_named(argument, models[package]))
    if (told["http"], told["path"]) in BODIES_THAT_ARE_LISTS and body is not None:
        body = (package, f"list[{body[1]}]")
    return Operation(
        name=f"{package}.{told['api']}.{told['python_method']}",
        query=frozenset(told["query"]),
        repeated=frozenset(told["repeated_query"]),
        body=body,
        form=frozenset(told["form_fields"] or ()),
        answers={int(status): (package, name) for status, name in told["responses"].items()},
        package=package,
    )


def _model_named(argument: str, models: Mapping[str, Any]) -> str:
    wanted = argument.replace("_", "").lower()
    return next(name for name in models if name.lower() == wanted)


def _dated(told: Mapping[str, Any]) -> Operation:
    in_path = frozenset(re.findall(r"{(\w+)}", told["path"]))
    arguments = frozenset(told["arguments"]) - in_path
    names = frozenset(_camel(name) for name in arguments)
    key = (told["http"], "/".join(part or "{}" for part in _blank(told["path"])))
    body, answers = REFERENCE_BODIES.get(key, (None, {}))
    told_answers = {status: (REFERENCE, name) for status, name in answers.items()}
    if not answers and told["returns"] == "SimplePublicObject":  # merges of any object
        told_answers = {200: ("hubspot.crm.objects", told["returns"])}
    reads = told["http"] in ("GET", "DELETE")
    query = names if reads else REFERENCE_QUERIES.get(key, frozenset())
    return Operation(
        name=f"{told['resource']}.{told['python_method']}",
        query=query,
        repeated=frozenset({"properties", "listIds"}) & names,
        body=None if body is None else (REFERENCE, body),
        body_names=names - query,
        form=arguments if "/oauth/" in told["path"] else frozenset(),
        answers=told_answers,
    )


def _blank(path: str) -> Iterator[str]:
    for part in _split(path)[1]:
        yield "" if part.startswith("{") else part


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _schema(model: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    properties = {name: _field(told) for name, told in fields.items()}
    required = {name for name, told in fields.items() if told.get("required")}
    for each in EXCEPTIONS:
        if not re.fullmatch(each.model, model):
            continue
        if each.allows == "missing":
            required.discard(each.field)
        elif each.allows == "null" and each.field in properties:
            properties[each.field] = {"anyOf": [properties[each.field], {"type": "null"}]}
        elif each.allows == "instead":
            properties[each.field] = dict(each.schema)
        elif each.allows == "extra":
            properties.setdefault(each.field, dict(each.schema))
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
    }


def _field(told: Mapping[str, Any]) -> dict[str, Any]:
    schema = _type(told["type"])
    if "enum" in told:
        return {**schema, "enum": told["enum"]}
    return schema


def _type(name: str) -> dict[str, Any]:
    if name in _PLAIN:
        return dict(_PLAIN[name])
    if name.startswith("list["):
        return {"type": "array", "items": _type(name[5:-1])}
    if name.startswith("dict[str, "):
        return {"type": "object", "additionalProperties": _type(name[10:-1])}
    return {"$ref": f"#/$defs/{name}"}
