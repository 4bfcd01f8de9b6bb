"""`revloop init` as an admin meets it: flags, questions, refusals; both CRMs in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from connectors.memory import MemoryBench, MemoryCrm
from console.init.wish import read_pairs, read_region
from mappings.loader import load_mappings
from mappings.project import load_project
from sync.domain.errors import CredentialError, NoSuchObjectError, UsageError
from sync.domain.new_fields import Made, NewField
from sync.domain.people import Person
from sync.domain.ports import Account
from sync.domain.record import Side
from sync.domain.schema import FieldKind, ObjectShape
from tests.unit.mappings.shapes import shape
from tests.unit.mappings.test_proposing import CONTACT, HUBSPOT, LEAD, described, labelled

COMPANY = (shape("name"), shape("domain"), shape("city"))
ACCOUNT = (shape("Name", required=True), shape("Website"), shape("BillingCity"))


@dataclass
class Maker:
    """Makes fields in no CRM, and remembers them."""

    asked: list[NewField] = field(default_factory=list)
    outcome: Made | Exception = Made.MADE

    def make_field(self, wanted: NewField) -> Made:
        self.asked.append(wanted)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def close(self) -> None:
        """Nothing to give back."""


@dataclass
class Desk:
    """An admin at a terminal before both CRMs."""

    folder: Path
    crms: dict[Side, MemoryCrm]
    maker: Maker = field(default_factory=Maker)
    environment: dict[str, str] = field(default_factory=lambda: {"LANG": "C"})

    def run(self, *arguments: str, answers: str = "") -> Result:
        command = ["init", *arguments, "--project", str(self.folder)]
        return CliRunner().invoke(
            cli.cli, command, input=answers, env=self.environment, prog_name="revloop"
        )

    def mappings(self) -> dict[str, object]:
        return {one.pair: one for one in load_mappings(self.folder / "mappings")}

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


def memory(title: str, shapes: Mapping[str, ObjectShape]) -> MemoryCrm:
    return MemoryCrm(
        title,
        shapes,
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        shows_gone_in_changes=False,
        account=Account(title, f"{title} of Example"),
    )


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    hubspot = {
        "contacts": described("contacts", HUBSPOT),
        "companies": described("companies", COMPANY),
    }
    salesforce = {
        "Contact": described("Contact", CONTACT),
        "Lead": described("Lead", LEAD),
        "Account": described("Account", ACCOUNT),
    }
    here = Desk(
        tmp_path / "project",
        {Side.LEFT: memory("HubSpot", hubspot), Side.RIGHT: memory("Salesforce", salesforce)},
    )
    monkeypatch.setattr("console.wiring.hubspot_crm", lambda _: here.crms[Side.LEFT])
    monkeypatch.setattr("console.wiring.salesforce_crm", lambda _: here.crms[Side.RIGHT])
    monkeypatch.setattr("console.wiring.hubspot_fields", lambda _: here.maker)
    monkeypatch.setattr("console.init.command.can_ask", lambda: True)
    return here


def refuse(desk: Desk, monkeypatch: pytest.MonkeyPatch, side: Side, name: str, error: Exception):
    """Let one object be refused."""
    crm = desk.crms[side]
    real = crm.describe

    def describe(object_name: str) -> ObjectShape:
        if object_name == name:
            raise error
        return real(object_name)

    monkeypatch.setattr(crm, "describe", describe)


FORBIDDEN = CredentialError(
    "HubSpot refused one call (read the properties of companies): the token lacks the scope "
    "crm.schemas.companies.read."
)


# By flags


def test_project_is_written_and_reads_back(desk):
    done = desk.run("--yes")

    assert done.exit_code == 0
    assert set(desk.mappings()) == {"companies", "contacts"}
    assert load_project(desk.folder, {}).state.endswith("/state/revloop.db")
    assert "state/" in desk.text(".gitignore").splitlines()
    json.loads(desk.text("mappings/mapping.schema.json"))
    assert desk.text("mappings/contacts.yaml").startswith(
        "# yaml-language-server: $schema=mapping.schema.json\n"
    )


def test_flags_decide_what_is_written(desk):
    desk.run("--yes", "--pairs", "contacts", "--first-sync", "hold", "--region", "germany")

    (pair,) = desk.mappings().values()
    assert pair.first_sync.value == "hold"
    assert pair.defaults.region == "DE"


def test_it_says_what_it_maps_why_and_what_it_leaves_out(desk):
    said = desk.run("--yes", "--pairs", "contacts").stdout

    assert "HubSpot: HubSpot of Example" in said
    assert "same meaning" in said
    assert "stages of people are agreed on in lifecycle.yaml: lifecyclestage" in " ".join(
        said.split()
    )
    assert "fields mapped" in said


def test_it_ends_with_the_next_three_commands(desk):
    lines = desk.run("--yes").stdout.splitlines()[-3:]

    assert [line.split()[:2] for line in lines] == [
        ["revloop", "doctor"],
        ["revloop", "plan"],
        ["revloop", "sync"],
    ]


def test_json_is_one_document_with_every_field_told(desk):
    done = desk.run("--json", "--pairs", "contacts")
    document = json.loads(done.stdout)

    (pair,) = document["pairs"]
    assert document["exit"] == 0
    assert "mappings/contacts.yaml" in document["files"]
    assert pair["counts"]["mapped"] == len(pair["fields"])
    assert pair["fields"][0]["map"] == "email <-> Email"
    assert {"side", "object", "field", "label", "why"} == set(pair["left_out"][0])
    assert document["next"][0].startswith("revloop doctor")


def test_no_credential_stands_in_a_file(desk):
    desk.environment |= {
        "HUBSPOT_ACCESS_TOKEN": "pat-secret",
        "SALESFORCE_ACCESS_TOKEN": "00D-secret",
    }
    desk.run("--yes")

    for file in desk.folder.rglob("*"):
        if file.is_file():
            assert "secret" not in file.read_text(encoding="utf-8")


def test_without_a_terminal_it_asks_for_yes(desk, monkeypatch):
    monkeypatch.setattr("console.init.command.can_ask", lambda: False)
    done = desk.run()

    assert done.exit_code == 2
    assert "--yes" in done.stderr
    assert not desk.folder.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pairs", "contact"], "'contact' is no pair that can be proposed"),
        (["--pairs", ","], "no pair is named"),
        (["--region", "Atlantis"], "'Atlantis' is no country"),
        (["--native-rule", "Two-way"], "say nothing without --from native"),
        (["--from", "native", "--native-rule", "Newest"], "none of HubSpot's rules"),
        (["--from", "native", "--native-rule-for", "email"], "write NAME=RULE"),
        (["--from", "native", "--native-rule-for", "emial=Two-way"], "did you mean 'email'?"),
    ],
)
def test_wrong_flag_is_told_and_nothing_is_made(desk, arguments, said):
    done = desk.run("--yes", *arguments)

    assert done.exit_code == 2
    assert said in done.stderr
    assert not desk.folder.exists()


def test_pairs_keep_the_order_of_a_run():
    assert read_pairs("contacts, companies,contacts") == ("companies", "contacts")


@pytest.mark.parametrize(("text", "code"), [("de", "DE"), ("Austria", "AT"), ("-", ""), ("", "")])
def test_region_is_read_as_people_write_it(text, code):
    assert read_region(text) == code


def test_unknown_country_is_refused():
    with pytest.raises(UsageError, match="code of two letters"):
        read_region("Lummerland")


# Files that are there


def test_nothing_is_written_over_without_being_told(desk):
    desk.run("--yes")
    (desk.folder / "mappings" / "contacts.yaml").write_text("mine", encoding="utf-8")
    done = desk.run("--yes")

    assert done.exit_code == 2
    assert "mappings/contacts.yaml" in done.stderr
    assert "--force" in done.stderr
    assert desk.text("mappings/contacts.yaml") == "mine"


def test_force_writes_mappings_anew_and_keeps_settings(desk):
    desk.run("--yes")
    (desk.folder / "mappings" / "contacts.yaml").write_text("mine", encoding="utf-8")
    (desk.folder / "revloop.yaml").write_text("version: 1\n", encoding="utf-8")
    done = desk.run("--yes", "--force")

    assert done.exit_code == 0
    assert "email <-> Email" in desk.text("mappings/contacts.yaml")
    assert desk.text("revloop.yaml") == "version: 1\n"
    assert "revloop.yaml was there and stays as it is" in done.stdout


def test_other_pairs_are_added_to_a_project(desk):
    desk.run("--yes", "--pairs", "contacts")
    done = desk.run("--yes", "--pairs", "companies")

    assert done.exit_code == 0
    assert set(desk.mappings()) == {"companies", "contacts"}


def test_pair_that_another_file_keeps_is_refused(desk):
    desk.run("--yes", "--pairs", "contacts")
    (desk.folder / "mappings" / "contacts.yaml").rename(desk.folder / "mappings" / "people.yaml")
    done = desk.run("--yes", "--pairs", "contacts")

    assert done.exit_code == 2
    assert "mappings/people.yaml keeps contacts already" in done.stderr
    assert not (desk.folder / "mappings" / "contacts.yaml").exists()


def test_broken_file_beside_is_told_and_left_alone(desk):
    desk.run("--yes", "--pairs", "contacts")
    (desk.folder / "mappings" / "mine.yaml").write_text("pair: x\nnonsense", encoding="utf-8")
    done = desk.run("--yes", "--pairs", "companies")

    assert done.exit_code == 0
    assert "mappings/mine.yaml is there already and has to be mended" in done.stdout
    assert desk.text("mappings/mine.yaml") == "pair: x\nnonsense"


def test_file_beside_that_refers_to_nothing_stops_nobody(desk):
    (desk.folder / "mappings").mkdir(parents=True)
    (desk.folder / "mappings" / "machines.yaml").write_text(
        "pair: machines\nhubspot: 2-1\nsalesforce: Machine__c\nfirst_sync: hold\nmatch: [name]\n"
        "keys: {hubspot: sf_id, salesforce: HubSpot_Id__c}\n"
        "fields:\n  name: name <-> Name\n  site: {map: site_id <- Site__c, pair: nobody}\n",
        encoding="utf-8",
    )
    done = desk.run("--yes", "--pairs", "contacts")

    assert done.exit_code == 0
    assert "mappings/machines.yaml is there already and has to be mended" in done.stdout


def test_run_twice_writes_the_same(desk):
    desk.run("--yes")
    first = desk.text("mappings/contacts.yaml")
    desk.run("--yes", "--force")

    assert desk.text("mappings/contacts.yaml") == first


# What both CRMs refuse


def test_object_that_is_refused_leaves_its_pair_out(desk, monkeypatch):
    refuse(desk, monkeypatch, Side.LEFT, "companies", FORBIDDEN)
    done = desk.run("--yes")

    assert done.exit_code == 0
    assert set(desk.mappings()) == {"contacts"}
    assert "Left out: HubSpot does not show companies to you" in done.stdout
    assert "crm.schemas.companies.read" in " ".join(done.stdout.split())


def test_pair_that_was_asked_for_and_is_refused_stops_init(desk, monkeypatch):
    refuse(desk, monkeypatch, Side.LEFT, "companies", FORBIDDEN)
    done = desk.run("--yes", "--pairs", "companies,contacts")

    assert done.exit_code == 2
    assert "nothing can be proposed for companies" in done.stderr
    assert "crm.schemas.companies.read" in done.stderr
    assert not desk.folder.exists()


def test_org_without_leads_is_told_and_served(desk, monkeypatch):
    gone = NoSuchObjectError("Salesforce shows no object 'Lead'", object_name="Lead", known=())
    refuse(desk, monkeypatch, Side.RIGHT, "Lead", gone)
    done = desk.run("--yes", "--pairs", "contacts")

    assert done.exit_code == 0
    assert desk.mappings()["contacts"].salesforce == ("Contact",)
    assert "Salesforce does not show Lead to you" in done.stdout


def test_refused_credentials_stop_init_before_anything_is_written(desk, monkeypatch):
    def account() -> Account:
        raise CredentialError("HubSpot does not accept the access token.")

    monkeypatch.setattr(desk.crms[Side.LEFT], "account", account)
    done = desk.run("--yes")

    assert done.exit_code == 2
    assert "does not accept the access token" in done.stderr
    assert not desk.folder.exists()


def test_missing_credentials_are_all_named_at_once(tmp_path):
    done = CliRunner().invoke(
        cli.cli, ["init", "--yes", "--project", str(tmp_path / "p")], env={}, prog_name="revloop"
    )

    assert done.exit_code == 2
    assert "HUBSPOT_ACCESS_TOKEN" in done.stderr
    assert "SALESFORCE_CLIENT_SECRET" in done.stderr
    assert not (tmp_path / "p").exists()


def test_owners_that_are_not_shown_are_a_suggestion(desk, monkeypatch):
    def people() -> list[Person]:
        raise CredentialError("the token lacks the scope crm.objects.owners.read.")

    monkeypatch.setattr(desk.crms[Side.LEFT], "people", people)
    done = desk.run("--yes", "--pairs", "contacts")

    assert done.exit_code == 0
    assert "owner" not in desk.mappings()["contacts"].fields
    assert "crm.objects.owners.read" in " ".join(done.stdout.split())


def test_owners_are_counted_by_their_address(desk):
    for side, address in ((Side.LEFT, "Ada@Example.com"), (Side.RIGHT, "ada@example.com")):
        bench = MemoryBench(desk.crms[side])
        bench.employ(Person(id="1", name="Ada", email=address))
        bench.employ(Person(id=f"{side.value}2", name="Bo", email=f"bo@{side.value}.example"))
    done = desk.run("--yes", "--pairs", "contacts")

    assert "1 of 2 in HubSpot, 1 of 2 in Salesforce are in both" in " ".join(done.stdout.split())


# Fields to be made


def test_fields_are_made_in_hubspot_only_when_told(desk):
    silent = desk.run("--yes")
    assert desk.maker.asked == []
    assert "HubSpot keeps no Salesforce id yet" in silent.stdout

    done = desk.run("--yes", "--force", "--create-fields")
    assert {(one.object_name, one.name) for one in desk.maker.asked} == {
        ("contacts", "salesforce_id"),
        ("companies", "salesforce_id"),
    }
    assert "made contacts.salesforce_id" in done.stdout


def test_salesforce_fields_are_asked_for_in_a_ticket(desk):
    said = desk.run("--yes").stdout

    assert "Please add these custom fields in Salesforce" in said
    assert "HubSpot_Contact_Id__c" in said


def test_outcome_fields_are_made_only_when_asked_for(desk):
    desk.run("--yes", "--create-outcome-fields", "--pairs", "contacts")

    assert len(desk.maker.asked) == 13


def test_field_that_cannot_be_made_is_told_and_the_files_stay(desk):
    desk.maker.outcome = CredentialError("the token lacks the scope crm.schemas.contacts.write.")
    done = desk.run("--yes", "--create-fields")

    assert done.exit_code == 2
    assert "crm.schemas.contacts.write" in " ".join(done.stdout.split())
    assert set(desk.mappings()) == {"companies", "contacts"}


def test_field_of_the_name_that_is_not_unique_is_told(desk):
    desk.maker.outcome = Made.UNFIT
    done = desk.run("--json", "--create-fields")

    document = json.loads(done.stdout)
    assert document["exit"] == 2
    assert [one["done"] for one in document["made"]] == [False, False]


# On a terminal


def test_enter_all_the_way_is_a_good_project(desk):
    done = desk.run(answers="\n" * 8)

    assert done.exit_code == 0
    assert set(desk.mappings()) == {"companies", "contacts"}
    assert desk.mappings()["contacts"].first_sync.value == "right"
    assert {one.name for one in desk.maker.asked} == {"salesforce_id"}


def test_answers_decide_what_is_written(desk):
    done = desk.run(answers="contacts\nnewest\nAT\nn\ny\n")

    (pair,) = desk.mappings().values()
    assert done.exit_code == 0
    assert (pair.first_sync.value, pair.defaults.region) == ("newest", "AT")
    assert desk.maker.asked == []


def test_flag_that_says_no_is_not_asked_about(desk):
    done = desk.run("--no-create-fields", answers="\n\n\n\n")

    assert done.exit_code == 0
    assert "in HubSpot now?" not in done.stdout
    assert desk.maker.asked == []


def test_answer_that_cannot_be_read_is_asked_for_again(desk):
    done = desk.run(answers="people\ncontacts\n\nNowhere\nDE\nn\ny\n")

    assert done.exit_code == 0
    assert "'people' is no pair" in done.stdout
    assert "'Nowhere' is no country" in done.stdout
    assert desk.mappings()["contacts"].defaults.region == "DE"


def test_no_at_the_end_writes_nothing(desk):
    done = desk.run(answers="\n\n\ny\nn\n")

    assert done.exit_code == 0
    assert "Nothing is written." in done.stdout
    assert not desk.folder.exists()
    assert desk.maker.asked == []


def test_answers_that_end_leave_nothing_behind(desk):
    done = desk.run(answers="contacts\n")

    assert done.exit_code == 3
    assert "Stopped. Nothing is written." in done.stderr
    assert not desk.folder.exists()


def test_file_that_is_there_is_written_over_only_after_a_yes(desk):
    desk.run("--yes")
    (desk.folder / "mappings" / "contacts.yaml").write_text("mine", encoding="utf-8")

    refused = desk.run(answers="\n\n\nn\n\n")
    assert "Write over them?" in refused.stdout
    assert desk.text("mappings/contacts.yaml") == "mine"

    desk.run(answers="\n\n\nn\ny\n")
    assert "email <-> Email" in desk.text("mappings/contacts.yaml")


def test_rules_of_hubspot_s_integration_are_asked_for(desk):
    rules = "two-way\nfirstname=always use salesforce\nnobody\nlastname=Don't sync\n\n"
    done = desk.run("--from", "native", answers=f"contacts\n{rules}\n\nn\ny\n")

    pair = desk.mappings()["contacts"]
    assert done.exit_code == 0
    assert pair.fields["first_name"].protect is Side.RIGHT
    assert pair.first_sync.value == "newest"
    assert "last_name" not in pair.fields
    assert "write NAME=RULE" in done.stdout


def test_rules_by_flags(desk):
    done = desk.run(
        "--yes", "--from", "native", "--native-rule-for", "firstname=Always use Salesforce"
    )

    fields = desk.mappings()["contacts"].fields
    assert done.exit_code == 0
    assert str(fields["first_name"].map) == "firstname <- FirstName"
    assert fields["email"].protect is Side.RIGHT


# The country of phone numbers


def test_country_most_people_live_in_is_proposed(desk):
    bench = MemoryBench(desk.crms[Side.LEFT])
    for number, country in enumerate(["Germany", "Deutschland", "AT", "nowhere"]):
        bench.add("contacts", {"email": f"{number}@example.com", "country": country})
    done = desk.run("--yes")

    assert done.exit_code == 0
    assert desk.mappings()["contacts"].defaults.region == "DE"


def test_machine_s_own_country_is_proposed_where_no_record_tells(desk):
    desk.environment["LANG"] = "de_AT.UTF-8"
    desk.run("--yes")

    assert desk.mappings()["contacts"].defaults.region == "AT"


def test_label_with_markup_is_printed_as_it_is(desk):
    odd = labelled("nps_score", "[bold]NPS[/] Score")
    desk.crms[Side.LEFT] = memory("HubSpot", {"contacts": described("contacts", (*HUBSPOT, odd))})
    desk.crms[Side.RIGHT] = memory(
        "Salesforce",
        {"Lead": described("Lead", (*LEAD, labelled("NPS_Score__c", "[bold]NPS[/] Score")))},
    )
    done = desk.run("--yes", "--pairs", "contacts")

    assert done.exit_code == 0
    assert "[bold]NPS[/]" in done.stdout
    assert FieldKind.TEXT is odd.kind
