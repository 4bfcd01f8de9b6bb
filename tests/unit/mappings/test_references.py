"""References in mapping files: what makes no sense, what is missing, and the order of pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mappings.bind import bind
from mappings.bound import BoundPair
from mappings.declared import declared_shapes
from mappings.examples import try_examples
from mappings.findings import MappingErrors
from mappings.identity import Directories, SpokenRecords
from mappings.live import check_live
from mappings.loader import load_mapping, load_mappings
from mappings.model import PairMapping
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

ACCOUNT = "account: {map: associated company <-> AccountId, pair: companies}"
PARENT = "parent: {map: parent company <-> ParentId, pair: companies}"


def contacts(*fields: str, more: str = "") -> str:
    return _file("contacts", "contacts", "Contact", "email: email <-> Email", *fields, more=more)


def companies(*fields: str) -> str:
    return _file("companies", "companies", "Account", "name: name <-> Name", *fields)


def _file(pair: str, hubspot: str, salesforce: str, *fields: str, more: str = "") -> str:
    lines = "".join(f"  {field}\n" for field in fields)
    first = fields[0].partition(":")[0]
    match = "" if "match:" in more else f"match: [{first}]\n"
    return (
        f"pair: {pair}\nhubspot: {hubspot}\nsalesforce: {salesforce}\nfirst_sync: hold\n"
        f"{match}{more}fields:\n{lines}"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    folder.mkdir()
    return folder


def load(folder: Path, **files: str) -> tuple[PairMapping, ...]:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return load_mappings(folder)


def findings(folder: Path, **files: str) -> list[str]:
    with pytest.raises(MappingErrors) as caught:
        load(folder, **files)
    return [str(one) for one in caught.value.findings]


# --- by itself ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["type: text", "values: {a: b}", "otherwise: keep", "if_blank: x", "fallback: queue A"]
)
def test_key_that_says_nothing_of_a_reference_is_found(folder: Path, key: str) -> None:
    field = f"account: {{map: associated company <-> AccountId, pair: companies, {key}}}"
    found = findings(folder, a=contacts(field), b=companies())
    name = key.partition(":")[0]
    assert any(f"fields.account.{name}: says nothing of a reference" in one for one in found)


def test_association_without_its_pair_is_found_with_what_to_write(folder: Path) -> None:
    (found,) = findings(folder, a=contacts("account: associated company <- AccountId"))
    assert found == (
        "mappings/a.yaml:8:12: fields.account.map: 'associated company' names a record of another "
        "pair; say of which: 'pair: companies'"
    )


def test_reference_cannot_be_matched_by(folder: Path) -> None:
    text = contacts(ACCOUNT, more="match: [[email, account]]\n")
    found = findings(folder, a=text, b=companies())
    assert any("records cannot be matched by a reference" in one for one in found)


def test_only_companies_have_parents(folder: Path) -> None:
    field = "account: {map: parent company <-> AccountId, pair: companies}"
    (found,) = findings(folder, a=contacts(field), b=companies())
    assert "only a company has a parent company" in found


# --- between pairs ------------------------------------------------------------------------------


def test_reference_to_a_pair_that_is_not_there_is_found(folder: Path) -> None:
    (found,) = findings(folder, a=contacts(ACCOUNT))
    assert found == (
        "mappings/a.yaml:8:58: fields.account.pair: there is no pair 'companies', so nobody knows "
        "which of its records are one; add a file for it, or leave this field out"
    )


def test_pair_written_nearly_right_is_named(folder: Path) -> None:
    text = contacts(ACCOUNT.replace("pair: companies", "pair: company"))
    (found,) = findings(folder, a=text, b=companies())
    assert "there is no pair 'company'; did you mean 'companies'?" in found


def test_pair_in_a_file_that_cannot_be_read_is_not_called_missing(folder: Path) -> None:
    found = findings(folder, a=contacts(ACCOUNT), b="- a list\n")
    assert len(found) == 1
    assert "b.yaml" in found[0]


def test_association_to_a_pair_of_other_objects_is_found(folder: Path) -> None:
    field = "account: {map: associated deal <-> AccountId, pair: companies}"
    (found,) = findings(folder, a=contacts(field), b=companies())
    assert (
        "'associated deal' names one of HubSpot's deals, and the pair 'companies' keeps companies"
        in found
    )


def test_pairs_that_refer_to_each_other_in_a_circle_are_named(folder: Path) -> None:
    back = "main: {map: associated contact <-> Main__c, pair: contacts}"
    (found,) = findings(folder, a=contacts(ACCOUNT), b=companies(back))
    assert "in a circle: contacts -> companies -> contacts" in found


def test_pair_may_refer_to_itself(folder: Path) -> None:
    (pair,) = load(folder, a=companies(PARENT))
    assert pair.fields["parent"].pair == "companies"


def test_pairs_come_after_those_they_refer_to_whatever_their_names(folder: Path) -> None:
    machines = _file(
        "a_machines",
        "p1_machines",
        "Machine__c",
        "name: name <-> Name",
        "owner: {map: associated contact <-> Owner__c, pair: contacts}",
        "site: {map: associated company <-> Site__c, pair: companies}",
        more="keys: {hubspot: sf_id, salesforce: Hub__c}\n",
    )
    loaded = load(folder, a=machines, b=contacts(ACCOUNT), c=companies(PARENT))
    assert [pair.pair for pair in loaded] == ["companies", "contacts", "a_machines"]


def test_pair_knows_the_pairs_it_refers_to(folder: Path) -> None:
    loaded = {pair.pair: pair for pair in load(folder, a=contacts(ACCOUNT), b=companies(PARENT))}
    partner = loaded["contacts"].partner("companies")
    assert partner is not None
    assert partner.objects(Side.RIGHT) == ("Account",)
    assert loaded["contacts"].partner("deals") is None
    assert loaded["companies"].partner("companies") is loaded["companies"]


# --- with both schemas --------------------------------------------------------------------------


def shape(name: str, *fields: FieldShape) -> dict[str, ObjectShape]:
    return {name: ObjectShape(name, name, {field.name: field for field in fields})}


def text(name: str) -> FieldShape:
    return FieldShape(name=name, label=name, kind=FieldKind.TEXT)


def reference(name: str, *refers_to: str, **more: Any) -> FieldShape:
    return FieldShape(name=name, label=name, kind=FieldKind.REFERENCE, refers_to=refers_to, **more)


LEFT = shape(
    "contacts", text("email"), text("company_id"), reference("associated company", "companies")
)


def live(folder: Path, field: str, *right: FieldShape) -> list[str]:
    loaded = load(folder, a=contacts(field), b=companies())
    (pair,) = (one for one in loaded if one.pair == "contacts")
    return [one.message for one in check_live(pair, LEFT, shape("Contact", text("Email"), *right))]


def test_lookup_to_the_pairs_object_is_fine(folder: Path) -> None:
    assert live(folder, ACCOUNT, reference("AccountId", "Account")) == []


def test_lookup_to_another_object_is_found(folder: Path) -> None:
    (found,) = live(folder, ACCOUNT, reference("AccountId", "Campaign"))
    assert "Contact.AccountId names records of Campaign, and the pair 'companies' keeps Ac" in found


def test_lookup_that_is_read_only_is_found_where_it_is_written(folder: Path) -> None:
    closed = reference("AccountId", "Account", updatable=False)
    (found,) = live(folder, ACCOUNT, closed)
    assert "Contact.AccountId is read-only for this user; use the one-way arrow '<-'" in found
    assert live(folder, ACCOUNT.replace("<->", "<-"), closed) == []


def test_field_that_can_hold_no_id_is_found(folder: Path) -> None:
    date = FieldShape(name="AccountId", label="x", kind=FieldKind.DATE)
    (found,) = live(folder, ACCOUNT, date)
    assert "Contact.AccountId is a date field and names no record" in found


def test_lookup_without_its_pair_is_found(folder: Path) -> None:
    (found,) = live(folder, "account: company_id <-> AccountId", reference("AccountId", "Account"))
    assert "Contact.AccountId names a record of Account; say which pair keeps those" in found


def test_property_may_hold_the_id(folder: Path) -> None:
    field = ACCOUNT.replace("associated company", "company_id")
    assert live(folder, field, reference("AccountId", "Account")) == []


# --- bound --------------------------------------------------------------------------------------


def bound_with(folder: Path, directories: Directories | None = None) -> BoundPair:
    loaded = load(folder, a=contacts(ACCOUNT), b=companies())
    (pair,) = (one for one in loaded if one.pair == "contacts")
    left = shape(
        "contacts", text("email"), reference("associated company", "companies", apart=True)
    )
    right = shape("Contact", text("Email"), reference("AccountId", "Account"))
    return bind(pair, left, right, directories=directories)


def test_bound_reference_knows_its_pair_and_where_it_stands_apart(folder: Path) -> None:
    rule = bound_with(folder).rule("account")
    assert rule.refers is not None
    assert (rule.refers.pair, rule.refers.objects[Side.LEFT]) == ("companies", ("companies",))
    assert rule.apart == {(Side.LEFT, "contacts")}
    assert bound_with(folder).rule("email").refers is None


def test_directory_of_records_is_made_once_for_a_pair(folder: Path) -> None:
    asked: list[str] = []

    def records(pair: str, objects: object) -> SpokenRecords:
        asked.append(pair)
        return SpokenRecords(pair, {})

    bound_with(folder, Directories(records=records))
    assert asked == ["companies"]


def test_reference_changes_the_fingerprint_of_its_field_only() -> None:
    from mappings.fingerprint import field_fingerprint

    plain = "account: {map: company_id <-> AccountId}"
    without = load_mapping(contacts(plain).encode(), file="a.yaml")
    with_pair = load_mapping(
        contacts(plain.replace("}", ", pair: companies}")).encode(), file="a.yaml"
    )
    assert field_fingerprint(without, "account") != field_fingerprint(with_pair, "account")
    assert field_fingerprint(without, "email") == field_fingerprint(with_pair, "email")


def test_example_calls_a_record_by_one_name_on_both_sides() -> None:
    example = (
        "examples:\n  - name: the account is the company\n"
        "    hubspot: {associated company: Example}\n    salesforce: {AccountId: %s}\n"
    )
    right = load_mapping((contacts(ACCOUNT) + example % "Example").encode(), file="a.yaml")
    wrong = load_mapping((contacts(ACCOUNT) + example % "Other").encode(), file="a.yaml")
    for pair, passed in ((right, True), (wrong, False)):
        shapes = (declared_shapes(pair, Side.LEFT), declared_shapes(pair, Side.RIGHT))
        assert [one.passed for one in try_examples(pair, bind(pair, *shapes))] == [passed]


def test_condition_can_ask_whether_there_is_a_reference() -> None:
    more = 'include: {salesforce: "has(record.account)"}\n'
    pair = load_mapping(contacts(ACCOUNT, more=more).encode(), file="a.yaml")
    shapes = (declared_shapes(pair, Side.LEFT), declared_shapes(pair, Side.RIGHT))
    bound = bind(pair, *shapes)
    assert bound.include(Side.RIGHT, bound.canonical(Side.RIGHT, {"account": "001A"}))
    assert not bound.include(Side.RIGHT, bound.canonical(Side.RIGHT, {"account": None}))
