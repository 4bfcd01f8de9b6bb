from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

import pytest

from mappings.findings import MappingErrors
from mappings.lint import lint_mappings
from mappings.loader import load_mapping, load_mappings, read_mappings
from mappings.words import OnLeave
from sync.domain.errors import ConfigError
from sync.domain.match import Prefer
from sync.domain.record import Side
from sync.domain.rules import BlankRule, DeleteRule, FirstSync, Unsure, Wins
from tests.unit.mappings.shapes import CONTACTS, HEAD, contacts, pair_of

STARTERS = Path(__file__).resolve().parents[3] / "mappings" / "starter"

COMPANIES = """\
pair: companies
hubspot: companies
salesforce: Account
first_sync: hold
match: [domain, [name, country]]
fields:
  name: name <-> Name
  domain: {map: domain <-> Website, type: domain}
  country: {map: country <-> BillingCountryCode, type: country}
"""


def findings(text: str) -> list[str]:
    with pytest.raises(MappingErrors) as caught:
        load_mapping(dedent(text).encode(), file="mappings/contacts.yaml")
    return [str(one).removeprefix("mappings/contacts.yaml:") for one in caught.value.findings]


def only_finding(text: str) -> str:
    (finding,) = findings(text)
    return finding


def field_finding(line: str) -> str:
    """Give what is wrong with one further field; its place counts from its own line."""
    finding = only_finding(HEAD + "fields:\n  email: email <-> Email\n" + f"  {line}\n")
    return finding.removeprefix("8:")


# --- what reads well ------------------------------------------------------------------------


def test_the_starter_mappings_load_with_companies_first() -> None:
    names = [pair.pair for pair in load_mappings(STARTERS)]

    assert names[0] == "companies"
    assert "contacts" in names


def test_a_bare_line_and_a_table_mean_the_same() -> None:
    pair = contacts("a: firstname <-> FirstName\nb: {map: lastname <-> LastName}")
    assert str(pair.fields["a"].map) == "firstname <-> FirstName"
    assert str(pair.fields["b"].map) == "lastname <-> LastName"


def test_fields_keep_the_order_of_the_file() -> None:
    assert list(contacts("z: z <-> Z\na: a <-> A").fields) == ["email", "z", "a"]


def test_the_words_of_the_file_become_sides() -> None:
    pair = contacts(
        "a: {map: a <-> A, wins: hubspot, unsure: salesforce, blank: fill, protect: salesforce}",
        "delete: archive\nprefer: newest_activity\non_leave: unlink\n",
    )
    field = pair.fields["a"]
    assert (field.wins, field.unsure, field.blank) == (Wins.LEFT, Unsure.RIGHT, BlankRule.FILL)
    assert field.protect is Side.RIGHT
    assert pair.first_sync is FirstSync.RIGHT
    assert (pair.delete, pair.prefer) == (DeleteRule.ARCHIVE, Prefer.NEWEST_ACTIVITY)
    assert pair.on_leave is OnLeave.UNLINK


def test_what_a_pair_leaves_out_has_the_documented_defaults() -> None:
    pair = pair_of(CONTACTS)
    assert (pair.defaults.wins, pair.defaults.unsure) == (Wins.NEWEST, Unsure.HOLD)
    assert pair.defaults.blank is BlankRule.KEEP
    assert (pair.on_leave, pair.delete, pair.prefer) == (OnLeave.KEEP, DeleteRule.UNLINK, None)
    assert pair.key_name(Side.LEFT) == "salesforce_id"
    assert pair.key_name(Side.RIGHT) == "HubSpot_Contact_Id__c"


def test_one_key_may_be_renamed_and_the_other_keeps_its_default() -> None:
    pair = pair_of(CONTACTS + "keys: {salesforce: Hub__c}\n")
    assert (pair.key_name(Side.LEFT), pair.key_name(Side.RIGHT)) == ("salesforce_id", "Hub__c")


def test_the_companies_pair_has_its_own_key() -> None:
    pair = pair_of(COMPANIES)
    assert pair.key_name(Side.RIGHT) == "HubSpot_Company_Id__c"
    assert pair.match == (("domain",), ("name", "country"))


def test_the_order_of_objects_is_the_order_of_preference() -> None:
    assert pair_of(CONTACTS).objects(Side.RIGHT) == ("Contact", "Lead")


def test_norway_and_numbers_in_a_values_table_stay_text() -> None:
    values = (
        contacts("a: {map: a <-> A, values: {NO: Norway, 1: One, true: Yes}}").fields["a"].values
    )
    assert values == {"NO": "Norway", "1": "One", "true": "Yes"}


def test_a_condition_may_be_a_plain_true() -> None:
    assert pair_of(CONTACTS + "create: {hubspot: {when: true}}\n").create_when(Side.LEFT) == "true"


def test_a_pair_of_one_object_creates_as_that_object() -> None:
    pair = pair_of(COMPANIES + "create: {salesforce: {when: record.domain != ''}}\n")
    assert pair.create_as(Side.RIGHT) == "Account"


def test_examples_are_taken_as_they_are_written() -> None:
    pair = pair_of(
        CONTACTS + "examples: [{name: x, hubspot: {email: a@b.de}, salesforce: {Email: }}]"
    )
    assert pair.examples[0].salesforce == {"Email": None}


def test_a_read_only_field_needs_no_other_end() -> None:
    field = contacts("status: <- Lead.Status").fields["status"]
    assert not field.writes_to(Side.LEFT)
    assert not field.writes_to(Side.RIGHT)


def test_a_computed_field_needs_no_source_of_its_own() -> None:
    field = contacts("x: {map: -> Lead.X, to_salesforce: record.email + '!'}").fields["x"]
    assert field.writes_to(Side.RIGHT)


# --- what is wrong, with its place ----------------------------------------------------------


def test_a_misspelled_word_is_named_with_the_nearest() -> None:
    assert field_finding("a: {map: a <-> A, wins: hubspt}") == (
        "27: fields.a.wins: 'hubspt' is not one of newest, hubspot, salesforce, hold; "
        "did you mean 'hubspot'?"
    )


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("a: {map: a <-> A, blnk: keep}", "21: fields.a.blnk: unknown key;"),
        ("a: {map: a <-> A, type: mail}", "27: fields.a.type: 'mail' is not one of text,"),
        ("a: {map: a <-> A, pair: Companies}", "27: fields.a.pair: 'Companies' is no pair name;"),
        ("a: associated company <- AccountId", "6: fields.a.map: 'associated company' names a "),
        ("a: {map: Lead.X <-> Y}", "12: fields.a.map: 'Lead.X' is no HubSpot property name;"),
        ("a: {type: text}", "3: fields.a: 'map' is missing; write what goes where"),
        ("a: {map: [1]}", "12: fields.a.map: must be a line with an arrow"),
        ("a: {map: a <-> A, values: [x]}", "29: fields.a.values: must be a table"),
        ("a: [1]", "6: fields.a: must be a table of keys and values, not a list"),
        ("a:", "3: fields.a: must be a table of keys and values, not nothing"),
        ("a b: x <-> X", "3: fields.a b: a field's name is made of letters, digits and '_'"),
        ("stage: x <-> X", "3: fields.stage: no field may be called 'stage';"),
        ("handed_over: x <-> X", "3: fields.handed_over: no field may be called"),
        ("a: a <-> Account.X", "6: fields.a.map: 'Account' is not one of this pair's objects"),
        (
            "a: a <-> Contct.X",
            (
                "6: fields.a.map: 'Contct' is not one of this pair's objects "
                "(Contact, Lead); did you mean 'Contact'?"
            ),
        ),
        ("a: -> Lead.X", "6: fields.a.map: nothing stands on the end the arrow comes from;"),
        ("a: {map: a -> A, protect: salesforce}", "29: fields.a.protect: on a one-way arrow"),
        ("a: {map: a <-> A, otherwise: keep}", "32: fields.a.otherwise: says nothing without"),
        ("a: {map: a <-> A, values: {}}", "29: fields.a.values: must not be empty"),
        ("a: {map: a <-> A, values: {x: }}", "30: fields.a.values.x: must be a text"),
        ("a: {map: a <-> A, values: {' ': x}}", "29: fields.a.values: a blank cannot be"),
        ("a: {map: a <-> A, type: opt_out, values: {x: y}}", "44: fields.a.values: an opt-out is"),
        ("a: {map: a <-> A, if_blank: ' '}", "31: fields.a.if_blank: must be a text that is not"),
        (
            "a: {map: a <-> A, to_salesforce: record.email}",
            "36: fields.a.to_salesforce: a computed",
        ),
        ("a: {map: a -> A, to_hubspot: record.email}", "32: fields.a.to_hubspot: a computed value"),
        ("a: {map: a ->, to_salesforce: record.email}", "33: fields.a.to_salesforce: a computed"),
        (
            "a: {map: a -> A, to_salesforce: record.email, values: {x: y}}",
            "35: fields.a.to_salesforce: a computed value cannot be translated",
        ),
        (
            "a: {map: a -> A, to_salesforce: record.emal}",
            (
                "35: fields.a.to_salesforce: record.emal "
                "is no field of this pair; did you mean 'email'?"
            ),
        ),
        ("a: salesforce_id <-> X", "6: fields.a.map: 'salesforce_id' keeps the other CRM's id"),
        ("a: x <-> HubSpot_Contact_Id__c", "6: fields.a.map: 'HubSpot_Contact_Id__c' keeps the"),
        ("a: x -> Email", "6: fields.a.map: Contact.Email is written by the field 'email' already"),
        ("a: x -> Lead.EMAIL", "6: fields.a.map: Lead.EMAIL is written by the field 'email'"),
        ("a: email <- Other__c", "6: fields.a.map: contacts.email is written by the field 'email'"),
    ],
)
def test_a_field_that_cannot_work_is_found(line: str, finding: str) -> None:
    assert field_finding(line).startswith(finding)


def test_one_source_may_go_to_two_targets() -> None:
    assert contacts("a: email -> Second__c").fields["a"].writes_to(Side.RIGHT)


@pytest.mark.parametrize(
    ("more", "finding"),
    [
        ("members: {pair: contacts}", "6:1: members: 'lists' is missing"),
        ("delet: archive", "6:1: delet: unknown key;"),
        ("delete: remove", "6:9: delete: 'remove' is not one of unlink, archive, ignore"),
        ("on_leave: unlnk", "6:11: on_leave: 'unlnk' is not one of keep, unlink; did you mean"),
        ("prefer: newest", "6:9: prefer: 'newest' is not one of oldest, newest_activity"),
        ("guard: {changes: many}", "6:18: guard.changes: 'many' is no limit;"),
        ("guard: {chnges: 5}", "6:9: guard.chnges: unknown key;"),
        ("defaults: {region: Germany}", "6:20: defaults.region: 'Germany' is no country code"),
        ("defaults: {blank: kep}", "6:19: defaults.blank: 'kep' is not one of keep, clear, fill"),
        ("defaults: {protect: hubspot}", "6:12: defaults.protect: unknown key;"),
        ("include: {hubspt: 'true'}", "6:11: include.hubspt: unknown key;"),
        ("include: record.email", "6:10: include: must be a table of keys and values, not the"),
        ("include: {hubspot: }", None),
        ("include: {hubspot: ''}", "6:20: include.hubspot: must be a condition"),
        ("include: {hubspot: emial == ''}", "6:20: include.hubspot: 'emial' is unknown"),
        (
            "include: {hubspot: email == ''}",
            ("6:20: include.hubspot: 'email' is unknown; did you mean 'record.email'?"),
        ),
        (
            "include: {hubspot: record.email = ''}",
            ("6:20: include.hubspot: '=' (character 14) cannot be read; equality is written '=='"),
        ),
        (
            "include: {hubspot: record.stage == ''}",
            ("6:20: include.hubspot: record.stage is not known here;"),
        ),
        (
            "create: {salesforce: {as: Lead, when: handed_over}}",
            ("6:39: create.salesforce.when: 'handed_over' is not known here;"),
        ),
        (
            "create: {salesforce: {when: 'true'}}",
            ("6:10: create.salesforce: 'as' is missing; write as: Contact or as: Lead"),
        ),
        (
            "create: {salesforce: {as: Leed}}",
            (
                "6:27: create.salesforce.as: 'Leed' is not one of "
                "Contact, Lead; did you mean 'Lead'?"
            ),
        ),
        ("create: {hubspot: {as: contacts}}", "6:20: create.hubspot.as: unknown key;"),
        ("examples: [{nme: x}]", "6:12: examples[1]: 'hubspot' is missing"),
        (
            "examples: [{hubspot: {email: a@b.de}, salesforce: {Email: a@b.de}}]",
            "6:12: examples[1]: 'name' is missing",
        ),
        (
            "examples: [{name: x, hubspot: [1], salesforce: {Email: a}}]",
            "6:31: examples[1].hubspot: must be a table",
        ),
        ("examples: {name: x}", "6:11: examples: must be a list, not a table"),
    ],
)
def test_a_pair_that_cannot_work_is_found(more: str, finding: str | None) -> None:
    text = f"{HEAD}{more}\nfields: {{email: email <-> Email}}\n"
    if finding is None:
        load_mapping(text.encode(), file="mappings/contacts.yaml")
    else:
        assert findings(text)[0].startswith(finding)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("pair: contacts", "pair: My Contacts", "1:7: pair: 'My Contacts' is no pair name;"),
        (
            "hubspot: contacts",
            "hubspot: contact",
            (
                "2:10: hubspot: 'contact' does not stand across from Salesforce's "
                "Contact | Lead; did you mean 'contacts'?"
            ),
        ),
        (
            "Contact | Lead",
            "Contact | Leed",
            "3:13: salesforce: 'Leed' does not stand across from HubSpot's contacts; did you mean",
        ),
        ("hubspot: contacts", "hubspot: my-contacts", "2:10: hubspot: 'my-contacts' is no name of"),
        ("hubspot: contacts", "hubspot: [contacts]", "2:10: hubspot: must name a HubSpot object"),
        ("Contact | Lead", "Contact, Lead", "3:13: salesforce: 'Contact, Lead' is no name of a"),
        ("Contact | Lead", "Opportunity", "3:13: salesforce: 'Opportunity' does not stand across"),
        (
            "Contact | Lead",
            "Account",
            (
                "3:13: salesforce: 'Account' does not stand across from "
                "HubSpot's contacts; write Contact | Lead"
            ),
        ),
        ("Contact | Lead", "Lead | Lead", "3:13: salesforce: 'Lead | Lead' names one object twice"),
        ("Contact | Lead", "[Lead]", "3:13: salesforce: must name objects"),
        ("first_sync: salesforce\n", "", "1:1: 'first_sync' is missing; write who wins"),
        ("first_sync: salesforce", "first_sync:", "4:1: first_sync: must be one of hubspot,"),
        ("match: [email]\n", "", "1:1: pair: this pair can never link anything; add a line"),
        ("[email]", "[emial]", "5:9: match[1]: 'emial' is no field of this pair; did you mean"),
        ("[email]", "[[email, nme]]", "5:17: match[1][2]: 'nme' is no field of this pair"),
        ("[email]", "[[email, email]]", "5:10: match[1][1]: 'email' is written twice"),
        ("[email]", "email", "5:8: match: must be a list, not the text 'email'"),
        ("[email]", "[[]]", "5:9: match[1]: must be a field's name, or a list of names"),
        ("[email]", "[[[email]]]", "5:9: match[1]: must hold names of fields only"),
        ("email: email <-> Email", "", "6:9: fields: must not be empty"),
    ],
)
def test_the_head_of_a_file_is_checked(old: str, new: str, finding: str) -> None:
    assert old in CONTACTS
    assert findings(CONTACTS.replace(old, new))[0].startswith(finding)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("status: <- Lead.Status", "'status' is held on one side only"),
        ("status: {map: a -> A, to_salesforce: record.email}", "'status' is computed"),
    ],
)
def test_nothing_can_match_by_a_field_that_is_not_kept_on_both_sides(line: str, words: str) -> None:
    text = CONTACTS.replace("[email]", "[email, status]").replace(
        "{email: email <-> Email}", f"\n  email: email <-> Email\n  {line}"
    )
    assert words in only_finding(text)


def test_a_country_compared_by_its_name_is_found() -> None:
    text = HEAD + dedent(
        """\
        include: {hubspot: 'record.country in ["DE", "Austria", "Atlantis"]'}
        fields:
          email: email <-> Email
          country: {map: country <-> Lead.CountryCode, type: country}
        """
    )
    assert findings(text) == [
        (
            "6:20: include.hubspot: record.country is a two-letter country code, "
            "and 'Atlantis' is none"
        ),
        "6:20: include.hubspot: record.country is a two-letter country code; did you mean 'AT'?",
    ]


def test_everything_is_found_at_once_and_sorted_by_place() -> None:
    text = """\
    pair: contacts
    hubspot: contacts
    salesforce: Contact | Lead
    match: [emial, [email, nme]]
    create: {salesforce: {as: Leed}}
    pair: twice
    fields:
      email: {map: email <-> Email, wins: hubspt, type: mail, colour: red}
      name: firstname <=> FirstName
      other: [1]
    """
    assert [finding.partition(" ")[0] for finding in findings(text)] == [
        "1:1:",
        "4:9:",
        "4:24:",
        "5:27:",
        "6:1:",
        "8:39:",
        "8:53:",
        "8:59:",
        "9:9:",
        "10:10:",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [("salesforce: Account", "salesforce: Acount"), ("hubspot: companies", "hubspot: company")],
)
def test_a_broken_head_of_companies_brings_no_findings_about_people(old: str, new: str) -> None:
    assert "did you mean" in only_finding(COMPANIES.replace(old, new))


def test_what_hangs_on_a_broken_line_is_not_reported_a_second_time() -> None:
    text = CONTACTS.replace("[email]", "[[[email]]]")
    assert len(findings(text)) == 1
    text = CONTACTS.replace(
        "email <-> Email", "{map: email <=> Email, to_salesforce: record.email}"
    )
    assert len(findings(text)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("- a\n", "this is a list"),
        ("hello\n", "this is a single text"),
    ],
)
def test_a_file_that_holds_no_table_is_found(text: str, words: str) -> None:
    assert words in only_finding(text)


# --- folders --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mappings"
    made.mkdir()
    return made


def test_pairs_come_in_the_order_they_depend_on_each_other(folder: Path) -> None:
    (folder / "a.yaml").write_text(CONTACTS)
    (folder / "b.yml").write_text(COMPANIES)
    (folder / "notes.txt").write_text("not a mapping")
    assert [pair.pair for pair in load_mappings(folder)] == ["companies", "contacts"]


def test_findings_name_the_file_as_the_project_knows_it(folder: Path) -> None:
    (folder / "contacts.yaml").write_text(CONTACTS.replace("email <-> Email", "x"))
    with pytest.raises(ConfigError) as caught:
        load_mappings(folder)
    assert str(caught.value).startswith("mappings/contacts.yaml:6:17: fields.email.map: 'x' has no")
    assert caught.value.exit_code == 2


def test_findings_of_all_files_come_together(folder: Path) -> None:
    (folder / "a.yaml").write_text("")
    (folder / "b.yaml").write_text(COMPANIES.replace("[domain,", "[domian,"))
    pairs, found = read_mappings(folder)
    assert [one.file for one in found] == ["mappings/a.yaml", "mappings/b.yaml"]
    assert [pair.pair for pair in pairs] == ["companies"]
    assert lint_mappings(folder) == found or [str(x) for x in lint_mappings(folder)] == [
        str(x) for x in found
    ]


def test_an_empty_folder_is_found(folder: Path) -> None:
    with pytest.raises(MappingErrors, match="there is no mapping file here"):
        load_mappings(folder)


def test_a_folder_that_is_not_there_is_found(tmp_path: Path) -> None:
    with pytest.raises(MappingErrors, match="mappings:1:1: the folder cannot be read"):
        load_mappings(tmp_path / "mappings")


def test_a_file_that_cannot_be_opened_is_found(folder: Path) -> None:
    (folder / "contacts.yaml").symlink_to(folder / "not mounted")
    with pytest.raises(MappingErrors, match=r"contacts\.yaml:1:1: this link leads to no file"):
        load_mappings(folder)


def test_what_is_no_file_is_found_without_waiting_for_it(folder: Path) -> None:
    (folder / "companies.yaml").mkdir()
    os.mkfifo(folder / "contacts.yaml")
    with pytest.raises(MappingErrors) as caught:
        load_mappings(folder)
    assert [one.message[:18] for one in caught.value.findings] == ["this is not a file"] * 2


def test_a_file_counts_whatever_the_case_of_its_ending(folder: Path) -> None:
    (folder / "CONTACTS.YAML").write_text(CONTACTS)
    assert [pair.pair for pair in load_mappings(folder)] == ["contacts"]


def test_hidden_files_of_editors_are_passed_over(folder: Path) -> None:
    (folder / "contacts.yaml").write_text(CONTACTS)
    (folder / "._contacts.yaml").write_bytes(b"\x00\x05\x16\x07")
    (folder / ".#contacts.yaml").symlink_to("somebody@somewhere")
    assert [pair.pair for pair in load_mappings(folder)] == ["contacts"]


def test_several_findings_read_as_a_list(folder: Path) -> None:
    (folder / "contacts.yaml").write_text("pair: contacts\n")
    with pytest.raises(MappingErrors) as caught:
        load_mappings(folder)
    head, *lines = str(caught.value).splitlines()
    assert head == f"{len(lines)} things are to be mended:"
    assert all(line.startswith("  mappings/contacts.yaml:1:1: ") for line in lines)


@pytest.mark.parametrize("key", ["hubspot", "salesforce", "fields", "first_sync"])
def test_missing_key_comes_with_what_to_write(key: str, folder: Path) -> None:
    (folder / "contacts.yaml").write_text("pair: contacts\n")
    with pytest.raises(MappingErrors, match=f"'{key}' is missing; write "):
        load_mappings(folder)


def test_a_file_cut_off_is_told_in_plain_words(folder: Path) -> None:
    (folder / "contacts.yaml").write_text("pair: [")
    with pytest.raises(MappingErrors, match=r"what .* opens here is never closed"):
        load_mappings(folder)


def test_lifecycle_rules_are_not_passed_over_in_silence(folder: Path) -> None:
    (folder / "contacts.yaml").write_text(CONTACTS)
    (folder / "lifecycle.yaml").write_text("stages: []")
    with pytest.raises(MappingErrors, match=r"lifecycle\.yaml:1:9: stages: must not be empty"):
        load_mappings(folder)


def test_two_pairs_cannot_have_one_name(folder: Path) -> None:
    (folder / "a.yaml").write_text(CONTACTS)
    (folder / "b.yaml").write_text(COMPANIES.replace("pair: companies", "pair: contacts"))
    with pytest.raises(MappingErrors, match=r"b\.yaml:1:7: pair: 'contacts' is the name"):
        load_mappings(folder)


def test_two_pairs_cannot_keep_the_same_objects(folder: Path) -> None:
    (folder / "a.yaml").write_text(CONTACTS)
    second = CONTACTS.replace("pair: contacts", "pair: leads").replace("Contact | Lead", "Lead")
    (folder / "b.yaml").write_text(second)
    with pytest.raises(
        MappingErrors, match=r"b\.yaml:3:13: salesforce: Lead with contacts is kept"
    ):
        load_mappings(folder)
