"""Seed lines: how both stand-ins are filled, and the form an export is written in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TextIO, TypeAlias

from sandbox.errors import SeedError
from sandbox.jsontypes import Json, JsonObject

__all__ = [
    "Seed",
    "SeedAccount",
    "SeedAssociation",
    "SeedField",
    "SeedRecord",
    "SeedSetup",
    "System",
    "parse_lines",
    "parse_time",
    "read_seed",
    "write_lines",
]


class System(StrEnum):
    """The CRM a line belongs to."""

    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedAccount:
    """The portal or org itself, so that an export keeps its identity."""

    system: System
    id: str
    name: str
    details: JsonObject = field(default_factory=dict)
    """All that the line says of it, in the API's own words."""
    line: int = 0
    source: str = "seed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedField:
    """One field or property the standard schema lacks, in the API's own words."""

    system: System
    object: str
    field: JsonObject
    line: int = 0
    source: str = "seed"

    def error(self, why: str) -> SeedError:
        """Make the error that names this line."""
        return SeedError(why, source=self.source, line=self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSetup:
    """One thing an admin of the system set up: an object, a rule, what is hidden from whom."""

    system: System
    setup: JsonObject
    line: int = 0
    source: str = "seed"

    def error(self, why: str) -> SeedError:
        """Make the error that names this line."""
        return SeedError(why, source=self.source, line=self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedAssociation:
    """A tie to another record of the same system, by its key; no types means the default one."""

    to: str
    key: str
    types: list[JsonObject] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRecord:
    """One record; `key` is the file's own name for it.

    A value of the form `{"key": "a1"}` stands for the id of another record of the same system,
    which may come later in the file.
    """

    system: System
    object: str
    key: str
    values: JsonObject
    history: dict[str, list[JsonObject]] = field(default_factory=dict)
    associations: list[SeedAssociation] = field(default_factory=list)
    created: datetime | None = None
    modified: datetime | None = None
    id: str | None = None
    line: int = 0
    source: str = "seed"

    def error(self, why: str) -> SeedError:
        """Make the error that names this line."""
        return SeedError(why, source=self.source, line=self.line)


Seed: TypeAlias = SeedAccount | SeedField | SeedRecord | SeedSetup

_VALUES = {System.HUBSPOT: "properties", System.SALESFORCE: "fields"}
_RECORD_KEYS = {
    "system",
    "object",
    "key",
    "properties",
    "fields",
    "history",
    "associations",
    "created",
    "modified",
    "id",
}


def read_seed(path: Path) -> list[Seed]:
    """Read a seed file; SeedError names the file and line of what cannot be used."""
    if not path.is_file():
        raise SeedError("there is no such file", source=str(path))
    with path.open(encoding="utf-8") as lines:
        return list(parse_lines(_decoded(lines, str(path)), source=str(path)))


def parse_lines(
    lines: Iterable[tuple[int, Mapping[str, Json]]], *, source: str = "seed"
) -> Iterator[Seed]:
    """Turn numbered JSON objects into seeds, checking each and that keys are told apart."""
    seen: dict[tuple[System, str], int] = {}
    for number, line in lines:
        seed = _Line(line, source=source, number=number).parse()
        if isinstance(seed, SeedRecord):
            name = (seed.system, seed.key)
            if name in seen:
                raise seed.error(f"key {seed.key!r} is already used on line {seen[name]}")
            seen[name] = number
        yield seed


def write_lines(lines: Iterable[Mapping[str, Json]], out: TextIO) -> int:
    """Write seed lines as JSON lines and say how many."""
    count = 0
    for line in lines:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
        count += 1
    return count


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time with an offset; ValueError says what is missing."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write it with a Z at the end")
    return moment.astimezone(UTC)


def _decoded(lines: Iterable[str], source: str) -> Iterator[tuple[int, Mapping[str, Json]]]:
    for number, text in enumerate(lines, start=1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        try:
            value = json.loads(text)
        except ValueError as exc:
            raise SeedError(f"this is not JSON: {exc}", source=source, line=number) from exc
        if not isinstance(value, dict):
            raise SeedError("a line is one JSON object", source=source, line=number)
        yield number, value


class _Line:
    """One line being checked; every complaint names it."""

    def __init__(self, line: Mapping[str, Json], *, source: str, number: int) -> None:
        self._line = line
        self._source = source
        self._number = number

    def parse(self) -> Seed:
        """Find out what kind of line this is and read it."""
        system = self._system()
        if "account" in self._line:
            return self._account(system)
        if "setup" in self._line:
            return SeedSetup(
                system=system,
                setup=self._object("setup"),
                line=self._number,
                source=self._source,
            )
        if "field" in self._line:
            return SeedField(
                system=system,
                object=self._text("object"),
                field=self._field_definition(),
                line=self._number,
                source=self._source,
            )
        return self._record(system)

    def _fail(self, why: str) -> SeedError:
        return SeedError(why, source=self._source, line=self._number)

    def _system(self) -> System:
        try:
            return System(str(self._line.get("system")))
        except ValueError as exc:
            raise self._fail(
                f"system is {self._line.get('system')!r}; write hubspot or salesforce"
            ) from exc

    def _text(self, name: str) -> str:
        value = self._line.get(name)
        if not isinstance(value, str) or not value:
            raise self._fail(f"{name} is missing; it is a text")
        return value

    def _object(self, name: str) -> JsonObject:
        value = self._line.get(name, {})
        if not isinstance(value, dict):
            raise self._fail(f"{name} is a JSON object of names and values")
        return value

    def _time(self, name: str) -> datetime | None:
        value = self._line.get(name)
        if value is None:
            return None
        try:
            return parse_time(str(value))
        except ValueError as exc:
            raise self._fail(f"{name}: {exc}") from exc

    def _account(self, system: System) -> SeedAccount:
        account = self._object("account")
        return SeedAccount(
            system=system,
            id=str(account.get("id", "")),
            name=str(account.get("name", "")),
            details=account,
            line=self._number,
            source=self._source,
        )

    def _field_definition(self) -> JsonObject:
        definition = self._object("field")
        if not definition.get("name"):
            raise self._fail("a field needs at least a name")
        return definition

    def _record(self, system: System) -> SeedRecord:
        unknown = sorted(set(self._line) - _RECORD_KEYS)
        if unknown:
            raise self._fail(f"unknown keys {', '.join(unknown)}")
        name = _VALUES[system]
        if name not in self._line:
            raise self._fail(f"a {system} record has its values under {name!r}")
        record_id = self._line.get("id")
        return SeedRecord(
            system=system,
            object=self._text("object"),
            key=self._text("key"),
            values=self._object(name),
            history=self._history(),
            associations=self._associations(),
            created=self._time("created"),
            modified=self._time("modified"),
            id=None if record_id is None else str(record_id),
            line=self._number,
            source=self._source,
        )

    def _history(self) -> dict[str, list[JsonObject]]:
        history: dict[str, list[JsonObject]] = {}
        for name, entries in self._object("history").items():
            if not isinstance(entries, list):
                raise self._fail(f"history.{name} is a list of values and timestamps")
            history[name] = [self._history_entry(name, entry) for entry in entries]
        return history

    def _history_entry(self, name: str, entry: Json) -> JsonObject:
        if not isinstance(entry, dict) or not {"value", "timestamp"} <= set(entry):
            raise self._fail(f"history.{name}: an entry has a value and a timestamp")
        try:
            parse_time(str(entry["timestamp"]))
        except ValueError as exc:
            raise self._fail(f"history.{name}: {exc}") from exc
        return entry

    def _associations(self) -> list[SeedAssociation]:
        ties = self._line.get("associations", [])
        if not isinstance(ties, list):
            raise self._fail("associations is a list")
        return [self._association(tie) for tie in ties]

    def _association(self, tie: Json) -> SeedAssociation:
        if not isinstance(tie, dict) or not {"to", "key"} <= set(tie):
            raise self._fail('an association is {"to": OBJECT, "key": KEY}')
        types = tie.get("types", [])
        if not isinstance(types, list):
            raise self._fail("the types of an association are a list")
        return SeedAssociation(
            to=str(tie["to"]),
            key=str(tie["key"]),
            types=[kind for kind in types if isinstance(kind, dict)],
        )
