"""The JSON Schema for editors: complete, true to the language, and wrong at the same places."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from jsonschema import Draft7Validator, ValidationError
from ruamel.yaml import YAML

from mappings.editors import SCHEMA_FILE, editor_schema
from mappings.findings import MappingErrors, Places
from mappings.loader import load_mapping
from mappings.model import PairMapping
from mappings.words import TYPE_WORDS, WINS_WORDS
from mappings.yamltree import read_tree
from tests.unit.mappings.shapes import HEAD

STARTERS = Path(__file__).resolve().parents[3] / "mappings" / "starter"
PAIRS = sorted(file for file in STARTERS.glob("*.yaml") if file.stem != "lifecycle")
SCHEMA = editor_schema()
VALIDATOR = Draft7Validator(SCHEMA)

Place = tuple[int, int]

EVERYTHING = """\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: newest
keys: {hubspot: salesforce_id, salesforce: Hub__c}
match: [email, [name, country]]
include: {hubspot: record.email != "", salesforce: true}
create: {salesforce: {as: Lead, when: true}, hubspot: {}}
defaults: {wins: hold, unsure: hubspot, blank: clear, region: DE}
on_leave: unlink
delete: archive
prefer: oldest
guard: {changes: "20%, at least 50", creates: 500, deletes: 5%, blanks: 1}
fields:
  email: {map: email <-> Email, type: email, wins: hubspot, unsure: salesforce, blank: fill}
  name: {map: lastname <-> LastName, if_blank: 0}
  country: country<->Lead.CountryCode|Contact.MailingCountryCode
  level: {map: seniority <-> Level__c, values: {NO: 1, 2: false}, otherwise: keep}
  score: {map: hubspotscore -> HubSpot_Score__c, protect: hubspot}
  full: {map: -> Lead.Full__c, to_salesforce: record.name}
  other: {map: full <-, to_hubspot: record.name}
  status: <- Lead.Status
examples:
  - {name: x, only: to_hubspot, hubspot: {email: a@b.de}, salesforce: {Email: a@b.de, LastName: }}
"""


def as_editors_read(text: str) -> Any:
    """Read YAML as a language server does: only keys are texts whatever is written."""
    return _with_keys_as_texts(YAML(typ="safe", pure=True).load(text))


def _with_keys_as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_keys_as_texts(one) for key, one in value.items()}
    return [_with_keys_as_texts(one) for one in value] if isinstance(value, list) else value


def parts(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every key of the schema with its path."""
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}{name}", inner
        yield from parts(inner, f"{path}{name}.")
    for kind in ("additionalProperties", "items"):
        if isinstance(schema.get(kind), dict):
            yield from parts(schema[kind], path)


def places_of_schema(text: str) -> set[Place]:
    """Give where the schema finds something wrong, as an editor underlines it."""
    tree = read_tree(text.encode(), file="f.yaml")
    found: set[Place] = set()
    for error in VALIDATOR.iter_errors(as_editors_read(text)):
        found |= set(_places(error, tree.places))
    return found


def _places(error: ValidationError, places: Places) -> Iterator[Place]:
    path = tuple(one if isinstance(one, int) else str(one) for one in error.absolute_path)
    if error.validator == "additionalProperties":
        table: Any = error.schema
        written: Any = error.instance
        unknown = [one for one in written if one not in table["properties"]]
        yield from (places.keys[(*path, one)] for one in unknown)
    elif "propertyNames" in error.absolute_schema_path:
        yield places.keys[(*path, str(error.instance))]
    elif error.validator == "required":
        yield places.keys.get(path) or places.values[path]
    else:
        yield places.values[path]


def places_of_check(text: str) -> set[Place]:
    """Give where our own check finds something wrong."""
    try:
        load_mapping(text.encode(), file="f.yaml")
    except MappingErrors as error:
        return {(one.line, one.column) for one in error.findings}
    return set()


def with_fields(lines: str) -> str:
    body = "".join(f"  {line}\n" for line in dedent(lines).strip().splitlines())
    return f"{HEAD}fields:\n  email: email <-> Email\n{body}"


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", PAIRS, ids=lambda file: file.name)
def test_every_starter_is_accepted_and_names_the_schema(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert places_of_schema(text) == set()
    assert text.startswith(f"# yaml-language-server: $schema={SCHEMA_FILE}\n")


def test_the_schema_beside_the_starters_is_this_one() -> None:
    kept = json.loads((STARTERS / SCHEMA_FILE).read_text(encoding="utf-8"))
    assert kept == SCHEMA, "revloop mappings schema --out mappings/starter/mapping.schema.json"


def test_a_file_with_every_key_is_accepted_by_both() -> None:
    assert places_of_check(EVERYTHING) == set()
    assert places_of_schema(EVERYTHING) == set()


def test_every_key_is_explained() -> None:
    keys = dict(parts(SCHEMA))
    assert {name for name, one in keys.items() if not one.get("description")} == set()
    assert len(keys) > 40


def test_every_key_of_the_model_is_there() -> None:
    properties = SCHEMA["properties"]
    assert isinstance(properties, dict)
    assert properties.keys() == PairMapping.model_fields.keys()


def test_words_are_those_of_the_language_each_with_its_meaning() -> None:
    keys = dict(parts(SCHEMA))
    assert keys["fields.type"]["enum"] == list(TYPE_WORDS)
    assert keys["fields.wins"]["enum"] == list(WINS_WORDS)
    assert keys["defaults.wins"]["default"] == "newest"
    assert all(all(one["enumDescriptions"]) for one in keys.values() if "enumDescriptions" in one)


@pytest.mark.parametrize(
    "text",
    [
        with_fields("").replace("first_sync: salesforce\n", ""),
        with_fields("").replace("pair: contacts", "pair: My Contacts"),
        with_fields("").replace("first_sync: salesforce", "first_sync: sfdc"),
        with_fields("").replace("hubspot: contacts", "hubspot: my contacts"),
        with_fields("").replace("Contact | Lead", "Contact, Lead"),
        with_fields("") + "mach: [email]\n",
        with_fields("") + "delete: remove\n",
        with_fields("") + "on_leave: [keep]\n",
        with_fields("") + "prefer: newest\n",
        with_fields("") + "keys: {salesfroce: x}\n",
        with_fields("") + "include: record.email\n",
        with_fields("") + "defaults: {region: Germany, wins: hubspt}\n",
        with_fields("") + "guard: {changes: many, blank: 1}\n",
        with_fields("") + "create: {salesforce: {if: true, as: Lead}}\n",
        with_fields("") + "examples: [{name: x, hubspot: {email: a@b.de}}]\n",
        with_fields("") + "examples: [{name: x, hubspot: [], salesforce: {Email: a}}]\n",
        with_fields("") + "examples: {name: x}\n",
        with_fields(
            "a: {map: a <-> A, only: x}\nb: {map: b <-> B, wins: no}\nc: {map: c <-> C, bank: x}"
        ),
        with_fields("a: lastname LastName"),
        with_fields("a: {map: lastname = LastName}"),
        with_fields("a: <-> LastName"),
        with_fields("a: Lead.X | Y <-> LastName"),
        with_fields("a: a <-> Lead.X | Y"),
        with_fields("a: {wins: hubspot}"),
        with_fields("a: {map: a <-> A, type: telephone}"),
        with_fields("a: {map: a <-> A, protect: both}"),
        with_fields("a: {map: a <-> A, values: {}}"),
        with_fields("a: {map: a <-> A, values: [x, y]}"),
        with_fields('a: {map: a <-> A, if_blank: " "}'),
        with_fields("a: [a, A]"),
        with_fields("stage: a <-> A"),
        with_fields("first name: a <-> A"),
    ],
    ids=lambda text: text.removeprefix(HEAD)[-60:].replace("\n", " "),
)
def test_what_is_wrong_is_found_at_the_same_places_as_by_our_own_check(text: str) -> None:
    assert places_of_check(text) != set()
    assert places_of_schema(text) == places_of_check(text)
