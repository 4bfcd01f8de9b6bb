"""The mapping files of a project, read and checked: pairs, or everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mappings.checks import check_pair, check_pairs
from mappings.findings import (
    MAX_FINDINGS,
    MappingErrors,
    Path,
    Places,
    did_you_mean,
    sort_findings,
)
from mappings.guard import GuardOverride
from mappings.lifecycle.file import PEOPLE, STEM
from mappings.members import Members, check_members
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
from mappings.objects import object_across
from mappings.references import check_references, in_order
from mappings.relations import with_relations
from mappings.shape_errors import shape_problem
from mappings.source_file import refused, source_bytes
from mappings.yamltree import Plain, read_tree
from sync.domain.errors import MappingError
from sync.domain.funnel import HANDED_OVER, STAGE
from sync.domain.record import Side

__all__ = ["load_mapping", "load_mappings", "read_mappings"]

#: Keys of the full language that this release does not know yet, and what to do meanwhile.
_LATER_PAIR = {
    "version": "a mapping file has no version in this release; leave it out",
}
_LATER_FIELD: dict[str, str] = {}
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
    """Load every pair of a mappings folder, each after those it refers to.

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
        rules = [one for one in files if one.stem == STEM]
        files = [one for one in files if one not in rules]
    except OSError as exc:
        why = exc.strerror or "it cannot be read"
        return (), (_folder_finding(folder, f"the folder cannot be read ({why.lower()})"),)
    if not files:
        return (), (_folder_finding(folder, "there is no mapping file here"),)
    pairs: list[PairMapping] = []
    findings: list[MappingError] = []
    for file in files:
        pair, found = _read_file(file, f"{folder.name}/{file.name}", in_funnel=bool(rules))
        findings += found
        if pair is not None:
            pairs.append(pair)
    findings += check_pairs(pairs)
    findings += check_references(pairs, whole=len(pairs) == len(files))
    findings += check_members(pairs, whole=len(pairs) == len(files))
    findings += [*_lifecycle_findings(rules, pairs, sound=not findings)]
    return _related(pairs), MappingErrors(findings).findings


def _lifecycle_findings(
    files: Sequence[FilePath], pairs: Sequence[PairMapping], *, sound: bool
) -> Iterator[MappingError]:
    """Give what is wrong in the rules of the funnel; `sound` pairs are all that are meant."""
    if not files:
        return
    from mappings.lifecycle.checks import check_lifecycle, people_pair
    from mappings.lifecycle.reading import read_lifecycle

    for file in files:
        rules, findings = read_lifecycle(file)
        yield from findings
        if rules is not None and (sound or people_pair(pairs) is not None):
            yield from check_lifecycle(rules, pairs)
    for file in files[1:]:
        yield refused(f"{file.parent.name}/{file.name}", f"{files[0].name} is there too; keep one")


def load_mapping(data: bytes, *, file: str) -> PairMapping:
    """Load one pair from the bytes of a file; raises MappingErrors with all findings."""
    pair, findings = _read_pair(data, file)
    if findings or pair is None:
        raise MappingErrors(findings)
    return pair


def _is_mapping(file: FilePath) -> bool:
    """Tell whether a file is meant as a mapping; hidden ones are left behind by editors."""
    return file.suffix.lower() in (".yaml", ".yml") and not file.name.startswith(".")


def _related(pairs: Sequence[PairMapping]) -> tuple[PairMapping, ...]:
    """Put pairs after those they refer to, and let them know these."""
    whole = with_relations(pairs)
    return tuple(pair.beside(whole) for pair in in_order(whole, rank=_rank))


def _rank(pair: PairMapping) -> tuple[bool, str]:
    """Sort what others mostly depend on first, where no reference says so."""
    return (pair.hubspot != "companies", pair.pair)


def _folder_finding(folder: FilePath, problem: str) -> MappingError:
    fix = "run `revloop init`, or copy a starter mapping there (mappings/starter of revloop)"
    return MappingError(f"{problem}; {fix}", file=folder.name or str(folder), line=1, column=1)


def _read_file(
    file: FilePath, label: str, *, in_funnel: bool
) -> tuple[PairMapping | None, list[MappingError]]:
    data = source_bytes(file, label)
    if isinstance(data, MappingError):
        return None, [data]
    return _read_pair(data, label, in_funnel=in_funnel)


def _read_pair(
    data: bytes, label: str, *, in_funnel: bool = False
) -> tuple[PairMapping | None, list[MappingError]]:
    tree = read_tree(data, file=label)
    if tree.root is None:
        findings = tree.findings or [
            refused(label, "the file is empty; write a pair, or copy a starter mapping")
        ]
        return None, findings
    if not isinstance(tree.root, dict):
        kind = "a list" if isinstance(tree.root, list) else "a single text"
        problem = f"a mapping file is a table of keys like 'pair: contacts', this is {kind}"
        return None, [*tree.findings, refused(label, problem)]
    _place_bare_lines(tree.root, tree.places)
    reading = _Reading(tree.root, tree.places)
    pair = reading.read()
    findings = [*tree.findings, *reading.findings]
    if pair is None:
        return None, findings
    pair = pair.at(tree.places)
    if in_funnel and pair.hubspot in PEOPLE:
        pair = pair.in_funnel((STAGE, HANDED_OVER))
    findings += check_pair(pair, broken=frozenset(reading.broken))
    if len(findings) > MAX_FINDINGS:
        findings = list(sort_findings(findings)[:MAX_FINDINGS])
        more = f"more than {MAX_FINDINGS} findings; mend these first, one cause may explain many"
        findings.append(refused(label, more))
    return pair, findings


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
        if not (missing and path in self.broken) and len(self.findings) <= MAX_FINDINGS:
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
        shown = _shape_hint(path) if kind in _WRONG_SHAPES else ""
        return self._places.at_value(path, shape_problem(error) + shown)

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
            if path[0] == "salesforce" and "hubspot" in self._table:
                return object_across(self._table["hubspot"], Side.LEFT)
            if path[0] == "hubspot" and "salesforce" in self._table:
                return object_across(self._table["salesforce"], Side.RIGHT)
            return _STAND_INS.get(str(path[0]))
        if path[0] == "fields" and (len(path) == 2 or path[2:] == ("map",)):
            name = f"unread_{len(self.broken)}"
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
    guess = did_you_mean(key, known)
    return f"unknown key{guess}" if guess else f"unknown key; it is none of {', '.join(known)}"


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
        ("members",): Members,
    }
    model = models.get(parent) or (FieldMapping if parent[0] == "fields" else Example)
    return tuple(info.alias or name for name, info in model.model_fields.items())


#: What to write where a key of the pair is missing.
_HINTS = {
    "pair": "a name of your own for the pair, such as contacts",
    "hubspot": "HubSpot's object: contacts, companies, deals or another",
    "salesforce": "Salesforce's object: Contact | Lead, Account, Opportunity or another",
    "fields": "one line for each field, such as 'email: email <-> Email'",
}


#: What pydantic says where a table or a list was meant and something else stands.
_WRONG_SHAPES = ("model_type", "dict_type", "model_attributes_type", "tuple_type", "list_type")


def _shape_hint(path: Path) -> str:
    """Show how what stands at a path is written."""
    shapes: dict[Path, str] = {
        ("fields",): "one line for each field, such as 'email: email <-> Email'",
        ("match",): "the names of fields in brackets, like [email]",
        ("include",): "a condition for each side, like '{hubspot: record.email != \"\"}'",
        ("create",): "a line for each side, like 'hubspot: {when: record.email != \"\"}'",
    }
    if path[:1] == ("fields",) and len(path) == 2:
        return "; write what goes where, like 'email <-> Email'"
    if path[-1:] == ("values",):
        return "; write HubSpot's value and Salesforce's, like '{VP: C-Level}'"
    return f"; write {shapes[path]}" if path in shapes else ""


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
