"""What can be wrong in a mapping that reads well: names, objects and rules against each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from mappings.example_checks import check_examples
from mappings.expression import check_expression
from mappings.expression_source import read_source, with_record
from mappings.expression_trial import try_expression
from mappings.findings import MAX_FINDINGS, Path, did_you_mean
from mappings.mapline import Target
from mappings.model import FieldMapping, PairMapping
from mappings.objects import across_problems
from mappings.people_checks import field_problems
from mappings.references import reference_problems
from mappings.transforms.country import country_reader, is_country_code
from mappings.transforms.reading import UnreadableError
from mappings.words import SIDE_KEYS, FieldType
from sync.domain.errors import MappingError
from sync.domain.funnel import HANDED_OVER
from sync.domain.record import Side
from sync.domain.rules import Arrow

__all__ = ["check_pair", "check_pairs", "expressions"]

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
#: Words a condition could not read after `record.`, or that the full language keeps for itself.
_TAKEN_NAMES = {
    "stage": "it is the lifecycle stage's name",
    "handed_over": "it is the hand-over's name",
    "in": "it is a word of conditions",
    "true": "it is a word of conditions",
    "false": "it is a word of conditions",
    "null": "it is a word of conditions",
}


def check_pair(pair: PairMapping, *, broken: frozenset[Path] = frozenset()) -> list[MappingError]:
    """List what is wrong in one pair; what stands under a `broken` path is left alone."""
    checks = [_objects, _create, _keys, _targets, _expressions]
    parts = {path[:1] for path in broken}
    if not parts & {("match",), ("create",), ("keys",)}:
        checks.append(_linking)
    found = [
        finding
        for check in checks
        for path, finding in islice(check(pair), MAX_FINDINGS + 1)
        if path not in broken
    ]
    if ("fields",) not in broken:
        found += islice(_match(pair, broken), MAX_FINDINGS + 1)
    for name, field in pair.fields.items():
        if ("fields", name) not in broken and ("fields", name, "map") not in broken:
            found += _field(pair, name, field)
    if not any(path[0] in ("fields", "salesforce") for path in broken if path):
        found += check_examples(pair)
    return found


def check_pairs(pairs: Sequence[PairMapping]) -> list[MappingError]:
    """List what is wrong between pairs: one name twice, one object in two pairs."""
    found: list[MappingError] = []
    for at, pair in enumerate(pairs):
        for earlier in pairs[:at]:
            if pair.pair == earlier.pair:
                found.append(
                    pair.places.at_value(
                        ("pair",),
                        f"{pair.pair!r} is the name of the pair in {earlier.places.file} already; "
                        "give this one another",
                    )
                )
            shared = sorted(set(pair.salesforce) & set(earlier.salesforce))
            if pair.hubspot == earlier.hubspot and shared:
                found.append(
                    pair.places.at_value(
                        ("salesforce",),
                        f"{', '.join(shared)} with {pair.hubspot} is kept by "
                        f"{earlier.places.file} already; {_together(pair, earlier)}",
                    )
                )
            else:
                found += _shared_keys(pair, earlier)
    return found


def _together(pair: PairMapping, earlier: PairMapping) -> str:
    """Say how what two files keep can be kept by one."""
    parts = [one.division_name(side) for one in (pair, earlier) for side in Side]
    if any(parts):
        return "keep both in one file, which keeps all of them without 'pipeline' or 'record_type'"
    return "keep both in one file"


def _shared_keys(pair: PairMapping, earlier: PairMapping) -> Iterator[MappingError]:
    """Find a field that is to keep the ids of two pairs' records."""
    for side, key in ((Side.LEFT, "hubspot"), (Side.RIGHT, "salesforce")):
        native = pair.key_name(side)
        shared = set(pair.objects(side)) & set(earlier.objects(side))
        if shared and native is not None and native == earlier.key_name(side):
            yield pair.places.at_value(
                ("keys", key),
                f"{min(shared)}.{native} keeps the ids of the pair {earlier.pair!r} already; give "
                "this pair a field of its own",
            )


def expressions(pair: PairMapping) -> Iterator[tuple[Path, str]]:
    """Give every expression of a pair with its path."""
    named = (
        (("include", "hubspot"), pair.include.hubspot),
        (("include", "salesforce"), pair.include.salesforce),
        (("create", "hubspot", "when"), pair.create_when(Side.LEFT)),
        (("create", "salesforce", "when"), pair.create_when(Side.RIGHT)),
    )
    known = pair.names
    yield from ((path, with_record(text, known)) for path, text in named if text is not None)
    for name, field in pair.fields.items():
        for key, text in (("to_hubspot", field.to_hubspot), ("to_salesforce", field.to_salesforce)):
            if text is not None:
                yield ("fields", name, key), text


_Found = Iterable[tuple[Path, MappingError]]


def _objects(pair: PairMapping) -> _Found:
    for key, problem in across_problems(pair.hubspot, pair.salesforce):
        path: Path = (key,)
        yield path, pair.places.at_value(path, problem)


def _linking(pair: PairMapping) -> _Found:
    creates = pair.create.hubspot is not None or pair.create.salesforce is not None
    if not pair.match and not creates and pair.keys is None:
        yield (
            (),
            pair.places.at_key(
                ("pair",),
                "this pair can never link anything; add a line such as 'match: [email]', or "
                "'keys' or 'create'",
            ),
        )
    for side, rule in ((Side.LEFT, pair.create.hubspot), (Side.RIGHT, pair.create.salesforce)):
        path: Path = ("create", SIDE_KEYS[side])
        if rule is not None and not pair.match and pair.key_name(side) is None:
            yield (
                path,
                pair.places.at_key(
                    path,
                    "a record made there keeps no id of the other side's, so one made by a run "
                    "that was cut off would be made twice; add a line such as 'match: [name]'",
                ),
            )


def _match(pair: PairMapping, broken: frozenset[Path]) -> Iterator[MappingError]:
    for at, rule in enumerate(pair.match):
        for position, name in enumerate(rule):
            path: Path = ("match", at)
            if (*path, position) in pair.places.values:
                path = (*path, position)
            problem = _match_problem(pair, name, rule)
            if problem is not None and ("fields", name, "map") not in broken:
                yield pair.places.at_value(path, problem)


def _match_problem(pair: PairMapping, name: str, rule: tuple[str, ...]) -> str | None:
    field = pair.fields.get(name)
    if field is None:
        return f"{name!r} is no field of this pair{did_you_mean(name, pair.fields)}"
    if rule.count(name) > 1:
        return f"{name!r} is written twice in one rule"
    if field.computed is not None:
        return f"{name!r} is computed; match on a field that is kept"
    if field.map.left is None or not field.map.right:
        return f"{name!r} is held on one side only, so nothing can match by it"
    return None


def _create(pair: PairMapping) -> _Found:
    rules = pair.create.salesforce
    if rules is None:
        return
    path: Path = ("create", "salesforce", "as")
    if rules.as_ is None and len(pair.salesforce) > 1:
        path = path[:-1]
        yield (
            path,
            pair.places.at_key(
                path, f"'as' is missing; write as: {' or as: '.join(pair.salesforce)}"
            ),
        )
    elif rules.as_ is not None and rules.as_ not in pair.salesforce:
        yield (
            path,
            pair.places.at_value(
                path,
                f"{rules.as_!r} is not one of {', '.join(pair.salesforce)}"
                f"{did_you_mean(rules.as_, pair.salesforce)}",
            ),
        )


def _keys(pair: PairMapping) -> _Found:
    for side, key in ((Side.LEFT, "hubspot"), (Side.RIGHT, "salesforce")):
        native = pair.key_name(side)
        if native is None:
            continue
        for name, field in pair.fields.items():
            names = {field.name_on(side, object_name) for object_name in pair.objects(side)}
            if native in names:
                path: Path = ("fields", name, "map")
                yield (
                    path,
                    pair.places.at_value(
                        path,
                        f"{native!r} keeps the other CRM's id (keys.{key}), not a field",
                    ),
                )


def _targets(pair: PairMapping) -> _Found:
    """Find two fields that write to one place."""
    taken: dict[tuple[str, str], str] = {}
    for name, field in pair.fields.items():
        for side in Side:
            if not field.writes_to(side):
                continue
            for object_name in pair.objects(side):
                native = field.name_on(side, object_name)
                if native is None:
                    continue
                # Salesforce takes its names in any case.
                first = taken.setdefault((object_name, native.lower()), name)
                if first != name:
                    path: Path = ("fields", name, "map")
                    yield (
                        path,
                        pair.places.at_value(
                            path,
                            f"{object_name}.{native} is written by the field {first!r} already",
                        ),
                    )
                    break


def _expressions(pair: PairMapping) -> _Found:
    for path, text in expressions(pair):
        condition = path[0] != "fields"
        # What a side's own values give is no matter of who was handed over.
        known = [one for one in pair.names if condition or one != HANDED_OVER]
        problems, _ = check_expression(text, known)
        for problem in (
            problems
            or _country_problems(pair, text)
            or try_expression(text, _declared_types(pair), condition=condition)
        ):
            yield path, pair.places.at_value(path, problem)


def _declared_types(pair: PairMapping) -> dict[str, FieldType]:
    """Give the types the file itself tells; the others are the schemas' to tell."""
    named = {name: field.type for name, field in pair.fields.items() if field.type is not None}
    listed = (name for name, field in pair.fields.items() if field.values is not None)
    return {**dict.fromkeys(listed, FieldType.CHOICE), **named}


def _country_problems(pair: PairMapping, text: str) -> list[str]:
    """Find countries compared by anything but their two-letter code."""
    countries = {name for name, field in pair.fields.items() if field.type is FieldType.COUNTRY}
    compared = [
        (one.name, constant)
        for one in read_source(text).comparisons
        if one.name in countries
        for constant in one.constants
        if constant and not is_country_code(constant)
    ]
    read = country_reader() if compared else str
    return [
        problem
        for name, constant in compared
        if (problem := _country_problem(name, constant, read)) is not None
    ]


def _country_problem(name: str, constant: str, read: Callable[[str], str]) -> str | None:
    try:
        code = read(constant)
    except UnreadableError:
        return f"record.{name} is a two-letter country code, and {constant!r} is none"
    if code == constant:
        return None
    return f"record.{name} is a two-letter country code; did you mean {code!r}?"


def _field(pair: PairMapping, name: str, field: FieldMapping) -> list[MappingError]:
    path: Path = ("fields", name)
    at_key, at_value = pair.places.at_key, pair.places.at_value
    found: list[MappingError] = []
    if _FIELD_NAME.fullmatch(name) is None:
        found.append(at_key(path, "a field's name is made of letters, digits and '_'"))
    elif name in _TAKEN_NAMES:
        found.append(at_key(path, f"no field may be called {name!r}; {_TAKEN_NAMES[name]}"))
    found += [
        at_value((*path, "map"), problem)
        for target in field.map.right
        if (problem := _target_problem(pair, target)) is not None
    ]
    found += [at_value((*path, key), problem) for key, problem in _rule_problems(name, field)]
    found += [at_value((*path, key), problem) for key, problem in field_problems(pair, field)]
    found += [
        at_value((*path, key), problem) for key, problem in reference_problems(pair, name, field)
    ]
    return found


def _target_problem(pair: PairMapping, target: Target) -> str | None:
    if target.object_name is None or target.object_name in pair.salesforce:
        return None
    return (
        f"{target.object_name!r} is not one of this pair's objects "
        f"({', '.join(pair.salesforce)}){did_you_mean(target.object_name, pair.salesforce)}"
    )


def _rule_problems(name: str, field: FieldMapping) -> Iterator[tuple[str, str]]:
    """Give what is wrong between the keys of one field, each with the key it stands under."""
    yield from _computed_problems(name, field)
    source = field.source
    if field.protect is not None and source is not None and field.protect is not source:
        named = "hubspot" if source is Side.LEFT else "salesforce"
        yield "protect", f"on a one-way arrow only its source can be protected: {named}"
    if field.otherwise is not None and field.values is None:
        yield "otherwise", "says nothing without 'values'; add the table or leave it out"
    if field.type is FieldType.OPT_OUT and field.values is not None:
        yield "values", "an opt-out is true or false; leave the table out"
    one_ended = field.map.left is None or not field.map.right
    written_end = field.map.left if field.map.arrow is Arrow.TO_LEFT else field.map.right
    if one_ended and written_end and field.computed is None:
        yield "map", "nothing stands on the end the arrow comes from; name the source's field"
    for at, value in (field.values or {}).items():
        if not at.strip():
            yield "values", f"a blank cannot be translated (to {value!r}); use 'if_blank'"


def _computed_problems(name: str, field: FieldMapping) -> Iterator[tuple[str, str]]:
    for key, arrow, other in (
        ("to_salesforce", Arrow.TO_RIGHT, "->"),
        ("to_hubspot", Arrow.TO_LEFT, "<-"),
    ):
        if getattr(field, key) is None:
            continue
        if field.map.arrow is not arrow:
            yield key, f"a computed value needs the one-way arrow '{other}' in fields.{name}.map"
        elif not (field.map.right if arrow is Arrow.TO_RIGHT else field.map.left):
            yield key, "a computed value needs a field to be written to; name it in 'map'"
        elif field.values is not None:
            yield key, "a computed value cannot be translated by 'values' too; use one of them"
