"""The mapping files of a project, read and checked: pairs, or everything that is wrong at once."""

from __future__ import annotations

from pathlib import Path as FilePath

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mappings.checks import check_pair, check_pairs
from mappings.findings import MappingErrors, Path, Places, did_you_mean
from mappings.guard import GuardOverride
from mappings.model import (
    CreateHubSpot,
    CreateRules,
    CreateSalesforce,
    Defaults,
    Example,
    FieldMapping,
    PairMapping,
    SideTexts,
)
from mappings.yamltree import MAX_BYTES, Plain, read_tree
from sync.domain.errors import MappingError

__all__ = ["load_mapping", "load_mappings", "read_mappings"]

#: Keys of the full language that this release does not know yet, and what to do meanwhile.
_LATER_PAIR = {
    "members": "campaign members come in a later release; leave it out for now",
    "record_type": "record types come in a later release; leave it out for now",
    "pipeline": "deals come in a later release; leave it out for now",
    "version": "a mapping file has no version in this release; leave it out",
}
_LATER_FIELD = {
    "pair": "references come in a later release; leave this field out for now",
    "fallback": "owners come in a later release; leave it out for now",
}
#: What stands in for a value that could not be read, so that the rest can be checked too.
_STAND_INS: dict[str, Plain] = {
    "pair": "unnamed",
    "hubspot": "contacts",
    "salesforce": "Contact | Lead",
    "first_sync": "hold",
    "fields": {"unnamed": "unnamed <-> Unnamed"},
}
#: A file is read again without what was wrong in it; each round finds less.
_MAX_ROUNDS = 20


def load_mappings(folder: FilePath) -> tuple[PairMapping, ...]:
    """Load every pair of a mappings folder, companies before contacts, then by name.

    Raises MappingErrors with all findings of all files.
    """
    pairs, findings = read_mappings(folder)
    if findings:
        raise MappingErrors(findings)
    return pairs


def read_mappings(
    folder: FilePath,
) -> tuple[tuple[PairMapping, ...], tuple[MappingError, ...]]:
    """Read every pair of a folder as far as it can be read, and everything that is wrong."""
    try:
        files = sorted(one for one in folder.iterdir() if _is_mapping(one))
    except OSError as exc:
        why = exc.strerror or "it cannot be read"
        return (), (_folder_finding(folder, f"the folder cannot be read ({why.lower()})"),)
    if not files:
        return (), (_folder_finding(folder, "there is no mapping file here"),)
    pairs: list[PairMapping] = []
    findings: list[MappingError] = []
    for file in files:
        pair, found = _read_file(file, f"{folder.name}/{file.name}")
        findings += found
        if pair is not None:
            pairs.append(pair)
    findings += check_pairs(pairs)
    return tuple(sorted(pairs, key=_order)), MappingErrors(findings).findings


def load_mapping(data: bytes, *, file: str) -> PairMapping:
    """Load one pair from the bytes of a file; raises MappingErrors with all findings."""
    pair, findings = _read_pair(data, file)
    if findings or pair is None:
        raise MappingErrors(findings)
    return pair


def _is_mapping(file: FilePath) -> bool:
    """Tell whether a file is meant as a mapping; hidden ones are left behind by editors."""
    return file.suffix.lower() in (".yaml", ".yml") and not file.name.startswith(".")


def _order(pair: PairMapping) -> tuple[bool, str]:
    """Sort what others depend on first."""
    return (pair.hubspot != "companies", pair.pair)


def _folder_finding(folder: FilePath, problem: str) -> MappingError:
    fix = "copy a starter mapping there (mappings/starter of revloop) and edit it"
    return MappingError(f"{problem}; {fix}", file=folder.name or str(folder), line=1, column=1)


def _read_file(file: FilePath, label: str) -> tuple[PairMapping | None, list[MappingError]]:
    if file.stem == "lifecycle":
        return None, [_refused(label, "lifecycle rules are not supported yet; move this file away")]
    if file.exists() and not file.is_file():
        return None, [_refused(label, "this is not a file; take it away, or name it otherwise")]
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as exc:
        why = (exc.strerror or "it cannot be read").lower()
        return None, [_refused(label, f"the file cannot be read ({why})")]
    return _read_pair(data, label)


def _refused(label: str, problem: str) -> MappingError:
    return MappingError(problem, file=label, line=1, column=1)


def _read_pair(data: bytes, label: str) -> tuple[PairMapping | None, list[MappingError]]:
    tree = read_tree(data, file=label)
    if tree.root is None:
        findings = tree.findings or [
            _refused(label, "the file is empty; write a pair, or copy a starter mapping")
        ]
        return None, findings
    if not isinstance(tree.root, dict):
        kind = "a list" if isinstance(tree.root, list) else "a single text"
        problem = f"a mapping file is a table of keys like 'pair: contacts', this is {kind}"
        return None, [*tree.findings, _refused(label, problem)]
    _place_bare_lines(tree.root, tree.places)
    reading = _Reading(tree.root, tree.places)
    pair = reading.read()
    findings = [*tree.findings, *reading.findings]
    if pair is None:
        return None, findings
    pair = pair.at(tree.places)
    return pair, [*findings, *check_pair(pair, broken=frozenset(reading.broken))]


def _place_bare_lines(table: dict[str, Plain], places: Places) -> None:
    """Let `name: a <-> B` stand for `name: {map: a <-> B}` in findings, too."""
    fields = table.get("fields")
    for name, value in fields.items() if isinstance(fields, dict) else ():
        if isinstance(value, str):
            path: Path = ("fields", name)
            places.values[(*path, "map")] = places.values[path]


class _Reading:
    """Reads one table into a model, taking out what is wrong until the rest can be read."""

    def __init__(self, table: dict[str, Plain], places: Places) -> None:
        self._table = table
        self._places = places
        self.findings: list[MappingError] = []
        self.broken: set[Path] = set()

    def read(self) -> PairMapping | None:
        """Give the pair as far as it can be read; what cannot is among the findings."""
        for _ in range(_MAX_ROUNDS):
            try:
                return PairMapping.model_validate(self._table)
            except ValidationError as exc:
                for error in exc.errors(include_url=False):
                    self._take(error)
        return None

    def _take(self, error: ErrorDetails) -> None:
        path: Path = error["loc"]
        missing = error["type"] == "missing"
        if not (missing and path in self.broken):
            self.findings.append(self._finding(error, path))
        self.broken.add(path)
        self._replace(path, missing=missing)

    def _finding(self, error: ErrorDetails, path: Path) -> MappingError:
        kind = error["type"]
        if kind == "extra_forbidden":
            return self._places.at_key(path, _unknown_key(path))
        if kind == "missing":
            parent = path[:-1]
            problem = f"{str(path[-1])!r} is missing{_missing_hint(path)}"
            if parent in self._places.keys:
                return self._places.at_key(parent, problem)
            return self._places.at_value(parent, problem)
        return self._places.at_value(path, _problem(error))

    def _replace(self, path: Path, *, missing: bool) -> None:
        """Take out what cannot be read; what must be there gets a stand-in."""
        stand_in = self._stand_in(path)
        if stand_in is not None:
            self._put(path, stand_in)
        elif missing:
            self._take_out(path[:-1])
        else:
            self._take_out(path)

    def _stand_in(self, path: Path) -> Plain:
        if len(path) == 1:
            if path[0] == "salesforce" and self._table.get("hubspot") == "companies":
                return "Account"
            if path[0] == "hubspot" and self._table.get("salesforce") == "Account":
                return "companies"
            return _STAND_INS.get(str(path[0]))
        if path[0] == "fields" and (len(path) == 2 or path[2:] == ("map",)):
            name = f"unread_{list(self._parent(('fields', '')) or ()).index(str(path[1]))}"
            line = f"{name} <-> {name}"
            return line if len(path) == 3 else {"map": line}
        return None

    def _put(self, path: Path, value: Plain) -> None:
        parent = self._parent(path)
        if isinstance(parent, dict):
            parent[str(path[-1])] = value
        else:
            # A bare line stands for a table that holds it.
            self._put(path[:-1], {str(path[-1]): value})

    def _take_out(self, path: Path) -> None:
        parent = self._parent(path)
        if isinstance(parent, dict):
            parent.pop(str(path[-1]), None)
            if not parent and path[-2:-1] == ("values",):
                self._take_out(path[:-1])  # an empty table would be found wrong again
        elif isinstance(parent, list) and isinstance(path[-1], int):
            # The other items keep their numbers, so that later findings name the right place.
            self._take_out(path[:-1])
        elif path:
            self._take_out(path[:-1])

    def _parent(self, path: Path) -> Plain:
        found: Plain = self._table
        for step in path[:-1]:
            if isinstance(found, dict):
                found = found.get(str(step))
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                return None
        return found


def _unknown_key(path: Path) -> str:
    later = {1: _LATER_PAIR, 3: _LATER_FIELD}.get(len(path), {})
    key = str(path[-1])
    if len(path) == 3 and path[0] != "fields":
        later = {}
    if key in later:
        return f"not supported yet; {later[key]}"
    known = _known_keys(path[:-1])
    return f"unknown key; it is none of {', '.join(known)}{did_you_mean(key, known)}"


def _known_keys(parent: Path) -> tuple[str, ...]:
    models: dict[Path, type[BaseModel]] = {
        (): PairMapping,
        ("keys",): SideTexts,
        ("include",): SideTexts,
        ("create",): CreateRules,
        ("create", "hubspot"): CreateHubSpot,
        ("create", "salesforce"): CreateSalesforce,
        ("defaults",): Defaults,
        ("guard",): GuardOverride,
    }
    model = models.get(parent) or (FieldMapping if parent[0] == "fields" else Example)
    return tuple(info.alias or name for name, info in model.model_fields.items())


#: What to write where a key of the pair is missing.
_HINTS = {
    "pair": "a name of your own for the pair, such as contacts",
    "hubspot": "HubSpot's object: contacts or companies",
    "salesforce": "Salesforce's object: Contact | Lead, Contact, Lead or Account",
    "fields": "one line for each field, such as 'email: email <-> Email'",
}


def _missing_hint(path: Path) -> str:
    if len(path) == 1 and path[0] in _HINTS:
        return f"; write {_HINTS[str(path[0])]}"
    if path == ("first_sync",):
        return (
            "; write who wins where both sides hold different values at first linking: "
            "hubspot, salesforce, newest or hold"
        )
    if path[-1] == "map":
        return "; write what goes where, like 'map: email <-> Email'"
    return ""


def _problem(error: ErrorDetails) -> str:
    """Say in our words what pydantic found."""
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
