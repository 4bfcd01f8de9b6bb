"""Every error code of either API, caused in the stand-ins: its category, its words, its exit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import sandbox.hubspot.known_errors as hubspot_errors
import sandbox.salesforce.known_errors as salesforce_errors
from sandbox.hubspot.switches import OAuthErrors
from sandbox.salesforce.errors import ApiError
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule
from tests.conftest import ROOT
from tests.e2e.desk import Desk, make_desk, people, without_pauses
from tests.e2e.error_codes import CALLS, NEVER, ROWS
from tests.e2e.error_pages import BEGIN, END, PAGE, code_tables

ROW_CODES = [(system, code) for system, codes in ROWS.items() for code in codes]
CALL_CODES = [(system, code) for system, codes in CALLS.items() for code in codes]

#: What a run reads first.
READING = {"hubspot": r"/contacts/search$", "salesforce": r"/composite$"}

#: Codes a record is refused with for now: the run asks twice more.
AGAIN = 2


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """Run once with every record refused in a way of its own; give exit and items by code."""
    most = sum(len(codes) for codes in ROWS.values())
    with (
        Sandbox(people(both=most), limits=False) as crms,
        pytest.MonkeyPatch.context() as patch,
    ):
        without_pauses(patch, patience=30)
        patch.setattr("sync.engine.sending.LOCK_PAUSES", (0.0, 0.0))
        desk = make_desk(tmp_path_factory.mktemp("refused") / "project", crms)
        desk.write("revloop.yaml", "version: 1\nguard: {changes: 1000}\n")
        assert desk.run_here("sync").code == 0
        told = {}
        for system, prepare in (("salesforce", _by_salesforce), ("hubspot", _by_hubspot)):
            prepare(desk)
            ended = desk.run_here("sync", "--json").document
            items = desk.run_here("errors", "list", "--json").document["items"]
            mine = [item for item in items if item["side"] == system]
            told[system] = {"exit": ended["exit"], "items": {i["code"]: i for i in mine}}
        yield told


def _by_salesforce(desk: Desk) -> None:
    """Edit people in HubSpot; Salesforce refuses each city with the code of its number."""
    codes = list(ROWS["salesforce"])
    store = desk.sandbox.salesforce

    def refuse(sobject: str, record: Mapping[str, Any], changed: frozenset[str]) -> None:
        city = str(record.get("City") or "")
        if "City" in changed and city.startswith("refuse "):
            code = codes[int(city.removeprefix("refuse "))]
            raise salesforce_errors.known_error(code, field="City") or ApiError(code, "no")

    store.rules.hooks.append(refuse)
    for number, contact in enumerate(_people(desk, "hubspot")[: len(codes)]):
        desk.sandbox.edit("hubspot", "contacts", contact, {"city": f"refuse {number}"}, by="person")


def _by_hubspot(desk: Desk) -> None:
    """Edit people in Salesforce; HubSpot refuses one after the other, each with its code."""
    codes = list(ROWS["hubspot"])
    locked = [code for code in codes if ROWS["hubspot"][code].category == "locked"]
    for code in codes + locked * AGAIN:
        error = hubspot_errors.known_error(code, field="jobtitle")
        assert error is not None
        desk.sandbox.hubspot.refuse_next("contacts", 1, error=error)
    for number, lead in enumerate(_people(desk, "salesforce")[-len(codes) :]):
        desk.sandbox.edit("salesforce", "Lead", lead, {"Title": f"Dr. {number}"}, by="person")


def _people(desk: Desk, system: str) -> list[str]:
    """Give the ids of the people of one CRM."""
    lines = [line for line in desk.export() if line["system"] == system and "id" in line]
    return [str(line["id"]) for line in lines if line["object"] in ("contacts", "Lead")]


@pytest.mark.parametrize(("system", "code"), ROW_CODES)
def test_refused_record_is_an_error_with_its_category_and_what_to_do(system, code, refused):
    expected = ROWS[system][code]

    item = refused[system]["items"][code]

    assert refused[system]["exit"] == 1
    assert item["category"] == expected.category
    assert expected.fix in item["fix"]
    assert item["fix"].endswith((".", ")"))
    assert ": " in item["message"], "plain words first, then the CRM's own"
    assert all(item["record"].values()), "the record is named on both sides"
    if item["field"]:
        assert item["field"] == {"salesforce": "city", "hubspot": "job_title"}[system]


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a project that has nothing to do, so that a run's first call is its last."""
    with (
        Sandbox(people(both=1), limits=False) as crms,
        pytest.MonkeyPatch.context() as patch,
    ):
        without_pauses(patch, patience=30)
        desk = make_desk(tmp_path_factory.mktemp("quiet") / "project", crms)
        assert desk.run_here("sync").code == 0
        yield desk


@pytest.mark.parametrize(("system", "code"), CALL_CODES)
def test_refused_call_ends_the_run_with_its_exit_and_says_what_to_do(system, code, quiet):
    expected = CALLS[system][code]
    fault = FaultRule(system=system, kind=code, path=READING[system], times=1_000_000)
    quiet.sandbox.add_fault(fault)

    ended = quiet.run_here("sync", "--json")
    for box in quiet.sandbox.fault_boxes:
        box.clear()

    document = ended.document
    assert (ended.code, document["exit"], document["stopped"]) == (
        expected.exit,
        expected.exit,
        expected.stopped,
    )
    assert expected.words in document["message"]
    assert ended.err == f"Error: {document['message']}\n"


# --- the table is whole -----------------------------------------------------------------------


def test_every_code_the_stand_ins_know_is_in_the_table():
    for system, known in (
        ("hubspot", hubspot_errors.KNOWN_CODES),
        ("salesforce", salesforce_errors.KNOWN_CODES),
    ):
        assert known - _listed(system) == set()


@pytest.mark.parametrize(
    ("system", "section"),
    [("salesforce", r"### 9\.3 .*?(?=\n## )"), ("hubspot", r"### 13\.2 .*?(?=\n### |\n## )")],
)
def test_every_code_of_the_written_reference_is_in_the_table(system, section):
    shared = Path(os.environ.get("REVLOOP_SHARED") or ROOT.parent / "shared")
    page = shared / "reference" / f"{system}.md"
    if not page.is_file():
        pytest.skip(f"no written reference: {page} is missing")
    text = re.search(section, page.read_text(encoding="utf-8"), re.DOTALL)
    assert text is not None
    codes = set(re.findall(r"\b(?:\w+Error\.)?[A-Z]+(?:_[A-Z]+)+\b|\binvalid_grant\b", text[0]))
    assert len(codes) > 15
    assert codes - _listed(system) == set()


def test_page_of_errors_lists_every_code_as_the_table_does():
    page = PAGE.read_text(encoding="utf-8")

    assert page.partition(BEGIN)[2].partition(END)[0] == f"\n{code_tables()}"


def _listed(system: str) -> set[str]:
    signing_in = {"hubspot": {*SIGN_IN_HUBSPOT}, "salesforce": {*SIGN_IN_SALESFORCE}}
    return {*ROWS[system], *CALLS[system], *NEVER[system], *signing_in[system]}


# --- signing in -------------------------------------------------------------------------------

SIGN_IN_HUBSPOT = {
    "BAD_CLIENT_ID": ({"HUBSPOT_CLIENT_ID": "no-app"}, "HUBSPOT_CLIENT_ID from the app's page"),
    "BAD_CLIENT_SECRET": ({"HUBSPOT_CLIENT_SECRET": "no"}, "it may have been rotated"),
    "BAD_REFRESH_TOKEN": ({"HUBSPOT_REFRESH_TOKEN": "na1-no"}, "connect it again"),
    "invalid_client": ({"HUBSPOT_CLIENT_SECRET": "no"}, "they may have been rotated"),
    "invalid_grant": ({"HUBSPOT_REFRESH_TOKEN": "na1-no"}, "connect it again"),
}
SIGN_IN_SALESFORCE = {
    "invalid_grant": ("no client credentials user enabled", "name the user to run"),
    "invalid_client_id": ("client identifier invalid", "Check client_id and client_secret"),
    "invalid_client": ("invalid client credentials", "Check client_id and client_secret"),
}


@pytest.mark.parametrize("code", SIGN_IN_HUBSPOT)
def test_refused_hubspot_app_ends_with_2_and_says_what_is_wrong_with_it(code, quiet):
    wrong, words = SIGN_IN_HUBSPOT[code]
    form = OAuthErrors.STATUS if code.startswith("BAD_") else OAuthErrors.ERROR
    quiet.sandbox.hubspot.switches.oauth_errors = form
    app = quiet.sandbox.hubspot.tokens.app
    desk = Desk(quiet.folder, quiet.sandbox, dict(quiet.environment))
    del desk.environment["HUBSPOT_ACCESS_TOKEN"]
    desk.environment |= {
        "HUBSPOT_CLIENT_ID": app.client_id,
        "HUBSPOT_CLIENT_SECRET": app.client_secret,
        "HUBSPOT_REFRESH_TOKEN": app.refresh_token,
        **wrong,
    }

    ended = desk.run_here("sync", "--json")

    assert (ended.code, ended.document["stopped"]) == (2, "credentials")
    assert words in ended.document["message"]
    assert not any(value in ended.err for value in wrong.values() if value != "no")


@pytest.mark.parametrize("code", SIGN_IN_SALESFORCE)
def test_refused_salesforce_sign_in_ends_with_2_and_quotes_the_reason(code, quiet):
    description, words = SIGN_IN_SALESFORCE[code]
    desk = Desk(quiet.folder, quiet.sandbox, dict(quiet.environment))
    del desk.environment["SALESFORCE_ACCESS_TOKEN"]
    desk.environment |= {
        "SALESFORCE_AUTH": "client_credentials",
        "SALESFORCE_DOMAIN": quiet.environment["SALESFORCE_INSTANCE_URL"],
        "SALESFORCE_CLIENT_ID": "app",
        "SALESFORCE_CLIENT_SECRET": "s3cret",
    }
    fault = FaultRule(system="salesforce", kind=code, path="/oauth2/token$", times=1_000)
    quiet.sandbox.add_fault(fault)

    ended = desk.run_here("sync", "--json")
    for box in quiet.sandbox.fault_boxes:
        box.clear()

    assert (ended.code, ended.document["stopped"]) == (2, "credentials")
    assert f"{code}, {description}" in ended.document["message"]
    assert words in ended.document["message"]
    assert "s3cret" not in ended.err
