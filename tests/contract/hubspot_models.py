"""Listens to the sandbox's HubSpot and says where it strays from HubSpot's published models.

A call that was done must have been one HubSpot's clients can make, with an answer they can read;
a call that was refused must have been refused with HubSpot's error.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from sandbox.traffic import Spoken
from tests.contract.hubspot_exceptions import WITHOUT_MODELS
from tests.contract.hubspot_spec import ModelRef, Operation, Spec, load_spec

__all__ = ["Listener", "load_hubspot_spec"]

_JSON = "application/json;charset=utf-8"

#: Faults that spoil an answer on its way, so that it is not HubSpot's any more.
_WIRE_FAULTS = frozenset(
    "drop_before drop_after silent_before silent_after html_200 html_503 truncated".split()
)


def load_hubspot_spec(root: Path) -> Spec | None:
    """Read the models, or give None where the folder they are in is missing."""
    shared = Path(os.environ.get("REVLOOP_SHARED") or root.parent / "shared")
    folder = shared / "specs" / "hubspot"
    return load_spec(folder) if folder.is_dir() else None


class Listener:
    """Keeps the calls it hears until they are looked at."""

    def __init__(self, spec: Spec | None) -> None:
        self._spec = spec
        self._heard: list[Spoken] = []
        self.checked = 0

    @property
    def knows_models(self) -> bool:
        """Tell whether there is anything to hold the calls against."""
        return self._spec is not None

    def __call__(self, spoken: Spoken) -> None:
        """Hear one call."""
        if self._spec is not None:
            self._heard.append(spoken)

    def violations(self) -> list[str]:
        """Look at the calls heard since the last time and say what is wrong with them."""
        heard, self._heard = self._heard, []
        if self._spec is None:
            return []
        self.checked += len(heard)
        return [wrong for spoken in heard for wrong in _check(self._spec, spoken)]

    def assert_clean(self) -> None:
        """Fail with what is wrong, if anything is."""
        wrong = self.violations()
        if wrong:
            lines = "\n".join(wrong[:20])
            pytest.fail(f"{len(wrong)} violations of HubSpot's models:\n{lines}", pytrace=False)


def _check(spec: Spec, spoken: Spoken) -> Iterator[str]:
    if spoken.status == 0 or spoken.fault in _WIRE_FAULTS:
        return
    path = "/".join(unquote(part).replace("/", "%2F") for part in spoken.path.split("/"))
    call = f"{spoken.method} {spoken.path} -> {spoken.status}"
    operation = spec.find(spoken.method, path)
    yield from (f"{call}: {wrong}" for wrong in _check_content(spoken))
    if operation is None:
        if spoken.status < 400 and not path.startswith(WITHOUT_MODELS):
            yield f"{call}: HubSpot's clients know no such operation"
        return
    if spoken.status >= 400:
        error = (operation.package, "Error")
        yield from (f"{call}: error{wrong}" for wrong in _problems(spec, error, spoken.answer))
        return
    yield from (f"{call}: {wrong}" for wrong in _check_query(operation, spoken))
    yield from (f"{call}: request{wrong}" for wrong in _check_body(spec, operation, spoken))
    yield from (f"{call}: answer{wrong}" for wrong in _check_answer(spec, operation, spoken))


def _check_content(spoken: Spoken) -> Iterator[str]:
    headers = {name.lower(): value for name, value in spoken.answer_headers}
    if spoken.status == 204:
        if spoken.answer:
            yield "204 comes without a body"
    elif headers.get("content-type", "").replace(" ", "").lower() != _JSON:
        yield f"Content-Type is {headers.get('content-type')}"


def _check_query(operation: Operation, spoken: Spoken) -> Iterator[str]:
    seen: set[str] = set()
    for name, _ in parse_qsl(spoken.query, keep_blank_values=True):
        if name not in operation.query:
            yield f"{operation.name} takes no query parameter {name}"
        elif name in seen and name not in operation.repeated:
            yield f"the query parameter {name} is repeated"
        seen.add(name)


def _check_body(spec: Spec, operation: Operation, spoken: Spoken) -> Iterator[str]:
    if operation.form:
        for name, _ in parse_qsl(spoken.body.decode(), keep_blank_values=True):
            if name not in operation.form:
                yield f": {operation.name} takes no {name}"
    elif operation.body is not None:
        yield from _problems(spec, operation.body, spoken.body)
    elif operation.body_names and spoken.body:
        body = json.loads(spoken.body)
        unknown = set(body) - operation.body_names if isinstance(body, dict) else set()
        if unknown:
            yield f": {operation.name} takes no {', '.join(sorted(unknown))}"
    elif spoken.body:
        yield f": {operation.name} takes no body"


def _check_answer(spec: Spec, operation: Operation, spoken: Spoken) -> Iterator[str]:
    if not operation.answers:
        if spoken.status != 204:
            yield f": {operation.name} answers with nothing but 204"
        return
    model = operation.answers.get(spoken.status)
    if model is None:
        yield f": {operation.name} never answers {spoken.status}"
        return
    yield from _problems(spec, model, spoken.answer)


def _problems(spec: Spec, model: ModelRef, raw: bytes) -> Iterator[str]:
    try:
        value: Any = json.loads(raw)
    except ValueError:
        yield f": this is no {model[1]}, not even JSON"
        return
    for error in spec.validator(model).iter_errors(value):
        yield f"{_place(error.absolute_path)}: {error.message[:300]} ({model[1]})"


def _place(path: Sequence[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
