"""Planned faults as JSON objects: what the control page and a file of faults say."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.json_text import read_json
from sandbox.jsontypes import Json
from sandbox.traffic import FaultRule

__all__ = ["parse_fault", "read_faults"]

_SYSTEMS = ("hubspot", "salesforce")
_LONGEST = 3600.0


def parse_fault(line: Json) -> FaultRule:
    """Check a fault as it was written; SandboxError says what is wrong with it."""
    if not isinstance(line, dict):
        raise SandboxError('a fault is an object: {"system": "hubspot", "kind": "500"}')
    known = [field.name for field in dataclasses.fields(FaultRule)]
    unknown = sorted(set(line) - set(known))
    if unknown:
        raise SandboxError(f"a fault has no {', '.join(unknown)}; it has {', '.join(known)}")
    system = line.get("system")
    if system not in _SYSTEMS:
        raise SandboxError(f"system is {system!r}; write hubspot or salesforce")
    kind = line.get("kind")
    if not isinstance(kind, str) or not kind:
        raise SandboxError("kind is missing; it names the fault, such as drop_after or 500")
    return FaultRule(
        system=str(system),
        kind=kind,
        path=_pattern(_text(line, "path")),
        method=_text(line, "method"),
        times=_whole(line, "times", default=1, least=1),
        skip=_whole(line, "skip", default=0, least=0),
        seconds=_seconds(line.get("seconds", 0.05)),
    )


def read_faults(path: Path) -> list[FaultRule]:
    """Read planned faults from a file of JSON lines; SandboxError names file and line."""
    rules = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        try:
            rules.append(parse_fault(read_json(text)))
        except SandboxError as exc:
            raise SandboxError(f"{path}:{number}: {exc}") from exc
        except ValueError as exc:
            raise SandboxError(f"{path}:{number}: this is not JSON: {exc}") from exc
    return rules


def _text(line: Mapping[str, Json], name: str) -> str:
    value = line.get(name, "")
    if not isinstance(value, str):
        raise SandboxError(f"{name} is {value!r}; write a text")
    return value


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as exc:
        raise SandboxError(f"path {text!r} is not a pattern: {exc}") from exc
    return text


def _whole(line: Mapping[str, Json], name: str, *, default: int, least: int) -> int:
    value = line.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise SandboxError(f"{name} is {value!r}; write a whole number from {least} on")
    return value


def _seconds(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST:
        raise SandboxError(f"seconds is {value!r}; write a number from 0 to {_LONGEST:.0f}")
    return float(value)
