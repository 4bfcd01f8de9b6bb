"""Recorded traffic of real accounts, sent to the sandbox: statuses, keys and types are the same.

Where they are not, a line of `DIFFERENCES` says why, and docs/sandbox.md says the same.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from sandbox.hubspot.faults import hubspot_faults
from sandbox.server import Sandbox
from tests.conftest import ROOT
from tests.contract.recordings import Exchange, differences, read_exchanges, recorded_files
from tests.contract.replaying import Replay

DOCS = ROOT / "docs" / "sandbox.md"

#: What is not sent, by path, and why; the words stand in docs/sandbox.md.
NOT_SENT = (
    (r"^/(contacts|properties|lists)/v1/|^/crm-associations/v1/", "HubSpot's v1 paths"),
    (r"^/marketing/v3/emails", "marketing e-mails"),
    (r"^/crm/v3/objects/(notes|tasks)", "notes and tasks"),
    (r"^/crm/v3/schemas/2-", "a custom object of the recorded portal"),
    (r"^/services/async/", "Bulk API 1.0"),
    (r"^/services/data/v[\d.]+/(quickActions|recent)", "quick actions and recent items"),
    (r"^/services/data/v[\d.]+/sobjects/?$", "lists of objects"),
    (r"/describe$", "describes"),
    (r"/Organization/", "the organization's own record"),
)

#: Where the answers differ: method and path, the difference, and why.
DIFFERENCES = (
    (
        r"^POST /crm/v3/",
        r"^status: 201 instead of 200$",
        "the recorder wrote 200 for every success",
    ),
    (r"/crm/v3/objects/", r"\.url: too many$", "recordings of 2022 have no `url`"),
    (
        r"/crm/v3/objects/COMPANY|PATCH /crm/v3/objects/companies",
        r"\.lifecyclestage: too many$",
        "recordings of 2022, and one made by hand, leave `lifecyclestage` out",
    ),
    (
        r"^POST /crm/v3/objects/COMPANY/search",
        r"\.(date_field|name): too many$",
        "recordings of 2022 leave properties without a value out (switch H6)",
    ),
    (
        r"/crm/v3/objects/(COMPANY|companies)",
        r"\.website: missing$",
        "HubSpot fills a company's website from its domain",
    ),
    (
        r"/crm/v3/objects/companies",
        r"\.industry: missing$",
        "a company's industry is not there, as its options are not recorded",
    ),
    (
        r"/crm/v3/(schemas|properties)/",
        (
            r"\.(createdUserId|updatedUserId|calculationFormula|showCurrencySymbol|"
            r"description): missing$"
        ),
        "who made a property, formulas and descriptions of options are not kept",
    ),
    (
        r"/crm/v3/schemas/",
        r"dataSensitivity: too many$",
        "recordings of 2022 lack `dataSensitivity`",
    ),
    (
        r"/sobjects/(Account|Contact|Lead)/",
        (
            r"\.(DandbCompanyId|JigsawCompanyId|JigsawContactId|OperatingHoursId|IndividualId|"
            r"LastCURequestDate|LastCUUpdateDate): missing$"
        ),
        "fields of objects and features that are not there",
    ),
    (
        r"/sobjects/(Account|Contact|Lead)/",
        r"(CountryCode|DoNotCall|HasOptedOutOfEmail|HasOptedOutOfFax): too many$",
        "fields the recorded user may not see, or features that org has not turned on",
    ),
    (r"/sobjects/Account/", r"[sS]tateCode: missing$", "State picklists are not there"),
    (
        r"^GET /services/data/v42.0/sobjects/Lead/",
        r"^\[\]\.fields: too many$",
        "a read of a deleted row answered NOT_FOUND in one recording (switch S32)",
    ),
    (
        r"^GET /services/data/v62.0/query",
        r"^(status: 400 instead of 200|: list instead of object)$",
        "queries of Case and of record types, in orgs that have them",
    ),
    (
        r"^GET /services/data/v63.0/sobjects/Account/$",
        r"urls\.(approvalLayouts|listviews|quickActions): missing$",
        "addresses of layouts, list views and quick actions",
    ),
    (
        r"^POST /services/data/v[\d.]+/composite$",
        r"httpHeaders\.ETag: missing$",
        "no `ETag` in a composite",
    ),
)

SHARED = Path(os.environ.get("REVLOOP_SHARED") or ROOT.parent / "shared")


@dataclass
class Outcome:
    """What became of all exchanges, once."""

    sent: Counter[str] = field(default_factory=Counter)
    not_sent: Counter[str] = field(default_factory=Counter)
    equal: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def recorded() -> list[Path]:
    files = recorded_files(SHARED)
    if not files:
        pytest.skip(f"no recorded traffic: {SHARED / 'fixtures'} is missing")
    return files


@pytest.fixture(scope="module")
def outcome(recorded: list[Path]) -> Outcome:
    done = Outcome()
    with Sandbox([], limits=False) as sandbox:
        for path in recorded:
            sandbox.reset()
            replay = Replay(sandbox)
            for one in read_exchanges(path):
                _try(replay, one, path.name, done)
            replay.close()
    return done


def _try(replay: Replay, one: Exchange, name: str, done: Outcome) -> None:
    reason = _reason_not_to_send(one)
    if reason is not None:
        done.not_sent[reason] += 1
        return
    called = f"{one.method} {one.path}"
    done.sent[called.split("/")[1]] += 1
    found = replay.replay(one)
    done.equal += not found
    for difference in found:
        why = _why(called, difference)
        if why is None:
            done.unexplained.append(f"{name}: {called} {difference}")
        else:
            done.explained[why] += 1


def _reason_not_to_send(one: Exchange) -> str | None:
    if one.status == 429:
        return "refusals by rate"
    if "/describe" in str(one.body):
        return "describes"
    return next((why for path, why in NOT_SENT if re.search(path, one.path)), None)


def _why(called: str, difference: str) -> str | None:
    for path, what, why in DIFFERENCES:
        if re.search(path, called) and re.search(what, difference):
            return why
    return None


def test_answers_differ_only_where_it_is_explained(outcome: Outcome) -> None:
    assert outcome.unexplained == []


def test_every_explanation_is_needed(outcome: Outcome) -> None:
    assert {why for _, _, why in DIFFERENCES} == set(outcome.explained)
    assert {why for _, why in NOT_SENT} <= set(outcome.not_sent)


def test_most_of_what_fits_is_answered_alike(outcome: Outcome) -> None:
    assert outcome.sent.total() >= 350
    assert outcome.equal >= 200


def test_every_explanation_stands_in_the_documentation(recorded: list[Path]) -> None:
    text = " ".join(DOCS.read_text(encoding="utf-8").split())
    reasons = [why for _, _, why in DIFFERENCES] + [why for _, why in NOT_SENT]
    assert [why for why in reasons if why not in text] == []


# Errors, key for key


def test_recorded_refusals_by_rate_are_matched_key_for_key(recorded: list[Path]) -> None:
    planned = hubspot_faults("rate_limit_search")
    assert planned is not None
    made = json.loads(planned.body)
    real = [one.answer for path in recorded for one in read_exchanges(path) if one.status == 429]
    assert real
    assert {text for one in real for text in differences(one, made)} == set()


#: Files of recorded error bodies, and a call that is refused for the same reason.
ERRORS = {
    "expired_session_response": ("GET", "/sobjects/Account", "expired"),
    "query_error_response": ("GET", "/query?q=SELECT+Nope+FROM+Account", ""),
    "sobject_describe_error_response": ("GET", "/sobjects/Nope/describe", ""),
    "delete_error_response": ("DELETE", "/sobjects/Account/rid/1", ""),
    "upsert_error_response": ("PATCH", "/sobjects/Account/Namez/1", ""),
}


@pytest.mark.parametrize("name", ERRORS)
def test_recorded_error_is_matched_key_for_key(name: str, recorded: list[Path]) -> None:
    file = SHARED / "fixtures" / "salesforce" / "restforce" / f"{name}.json"
    real = json.loads(file.read_text(encoding="utf-8"))
    method, path, token = ERRORS[name]
    with Sandbox([], limits=False) as sandbox:
        said = requests.request(
            method,
            f"{sandbox.salesforce_url}/services/data/v59.0{path}",
            headers={"Authorization": f"Bearer {token or sandbox.salesforce_token}"},
            json={} if method == "PATCH" else None,
            timeout=5,
        ).json()
    assert [list(one) for one in said] == [["message", "errorCode"]]
    assert set(said[0]) == set(real[0])
    assert said[0]["errorCode"] == real[0]["errorCode"]
    if "Namez" in path or "rid" in path or token:
        assert said[0]["message"] == real[0]["message"]


def test_reported_conflict_is_matched_key_for_key(recorded: list[Path]) -> None:
    file = SHARED / "fixtures" / "hubspot" / "reported_errors.json"
    real = [one["body"] for one in json.loads(file.read_text("utf-8")) if one.get("status") == 409]
    with Sandbox([], limits=False) as sandbox:
        said = [
            requests.post(
                f"{sandbox.hubspot_url}/crm/v3/objects/contacts",
                headers={"Authorization": f"Bearer {sandbox.hubspot_token}"},
                json={"properties": {"email": "ada@example.com"}},
                timeout=5,
            )
            for _ in range(2)
        ][1]
    assert said.status_code == 409
    assert [sorted(one) for one in real] == [sorted(said.json())]
    assert re.sub(r"\d+", "N", said.json()["message"]) == re.sub(r"\d+", "N", real[0]["message"])
