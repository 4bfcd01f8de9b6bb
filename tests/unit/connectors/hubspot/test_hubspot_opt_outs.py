"""Opt-outs are written by address, apart from properties, against hand-written answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from sync.domain.ports import Crm, Write, WriteKind, WriteOutcome, WriteResult
from tests.unit.connectors.hubspot.conftest import Wire

UPDATE = "/crm/v3/objects/contacts/batch/update"
CREATE = "/crm/v3/objects/contacts/batch/create"
READ = "/crm/v3/objects/contacts/batch/read"
BATCH = "/communication-preferences/v4/statuses/batch/unsubscribe-all"
OUT = "hs_email_optout"
STAMP = "2026-11-02T09:00:00.000Z"
SCOPE = "communication_preferences.statuses.batch.write"


def single(address: str) -> str:
    return f"/communication-preferences/v4/statuses/{quote(address, safe='')}/unsubscribe-all"


def opt_out(id: str, **more: str) -> Write:
    values = {OUT: "true", **more}
    return Write(
        token=f"t{id}",
        kind=WriteKind.UPDATE,
        object_name="contacts",
        id=id,
        values=values,
        read_back=tuple(values),
    )


def create(address: str | None, out: str = "true") -> Write:
    values = {"lastname": "Lovelace", OUT: out} | ({"email": address} if address else {})
    return Write(
        token="new",
        kind=WriteKind.CREATE,
        object_name="contacts",
        values=values,
        read_back=tuple(values),
    )


def contact(id: str, **properties: str | None) -> dict[str, Any]:
    return {"id": id, "properties": {"lastmodifieddate": STAMP, **properties}, "updatedAt": STAMP}


def answering(*contacts: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return (200, {"status": "COMPLETE", "results": list(contacts)})


def statuses(*addresses: str, status: int = 200, errors: Any = ()) -> tuple[int, dict[str, Any]]:
    results = [{"subscriberIdString": one, "statuses": []} for one in addresses]
    return (status, {"status": "COMPLETE", "results": results, "errors": list(errors)})


def refused(category: str, **more: Any) -> dict[str, Any]:
    return {"status": "error", "message": "No.", "category": category, **more}


def by_token(results: Any) -> dict[str, WriteResult]:
    return {one.token: one for one in results}


def test_one_opt_out_is_one_call_by_address(wire: Wire, crm: Crm) -> None:
    wire.on("POST", READ, answering(contact("1", email="Ada@Example.com", hs_email_optout=None)))
    wire.on("POST", single("ada@example.com"), statuses())

    [result] = crm.apply([opt_out("1")])

    assert (result.outcome, result.stored and result.stored.fields) == (
        WriteOutcome.DONE,
        {OUT: "true"},
    )
    [sent] = wire.sent("unsubscribe-all")
    assert sent.query["channel"] == ["EMAIL"]
    assert wire.sent("batch/update") == []


def test_other_properties_are_written_without_it(wire: Wire, crm: Crm) -> None:
    wire.on("POST", UPDATE, answering(contact("1", city="Paris")))
    wire.on("POST", READ, answering(contact("1", email="ada@example.com")))
    wire.on("POST", single("ada@example.com"), statuses())

    [result] = crm.apply([opt_out("1", city="Paris")])

    [sent] = wire.sent("batch/update")
    assert sent.body["inputs"][0]["properties"] == {"city": "Paris"}
    assert result.stored is not None
    assert result.stored.fields == {"city": "Paris", OUT: "true"}


def test_several_are_one_call(wire: Wire, crm: Crm) -> None:
    people = [contact(str(n), email=f"p{n}@example.com") for n in range(1, 4)]
    wire.on("POST", READ, answering(*people))
    wire.on("POST", BATCH, statuses("p3@example.com", "p1@example.com", "p2@example.com"))

    results = crm.apply([opt_out(str(n)) for n in range(1, 4)])

    assert {one.outcome for one in results} == {WriteOutcome.DONE}
    [sent] = wire.sent("unsubscribe-all")
    assert sent.body == {"inputs": ["p1@example.com", "p2@example.com", "p3@example.com"]}


def test_plan_without_batches_is_served_one_by_one_from_then_on(wire: Wire, crm: Crm) -> None:
    people = [contact(str(n), email=f"p{n}@example.com") for n in (1, 2)]
    wire.on("POST", READ, answering(*people))
    scopes = {"context": {"requiredGranularScopes": [SCOPE]}}
    wire.on("POST", BATCH, (403, refused("MISSING_SCOPES", errors=[scopes])))
    for n in (1, 2):
        wire.on("POST", single(f"p{n}@example.com"), statuses())

    first = crm.apply([opt_out("1"), opt_out("2")])
    crm.apply([opt_out("1"), opt_out("2")])

    assert {one.outcome for one in first} == {WriteOutcome.DONE}
    assert len(wire.sent("batch/unsubscribe-all")) == 1
    assert len(wire.sent("unsubscribe-all")) == 5


def test_token_without_the_scope_refuses_the_opt_out_and_nothing_else(wire: Wire, crm: Crm) -> None:
    wire.on("POST", UPDATE, answering(contact("1", city="Paris")))
    wire.on("POST", READ, answering(contact("1", email="ada@example.com")))
    scopes = {"context": {"requiredGranularScopes": ["communication_preferences.write"]}}
    wire.on("POST", single("ada@example.com"), (403, refused("MISSING_SCOPES", errors=[scopes])))

    [result] = crm.apply([opt_out("1", city="Paris")])

    assert (result.outcome, result.fields) == (WriteOutcome.REJECTED, (OUT,))
    assert "communication_preferences.write" in result.message


def test_batch_refuses_one_address_and_does_the_others(wire: Wire, crm: Crm) -> None:
    people = [contact("1", email="p1@example.com"), contact("2", email="p2@")]
    wire.on("POST", READ, answering(*people))
    error = refused("VALIDATION_ERROR", context={"subscriberIdString": ["p2@"]})
    wire.on("POST", BATCH, statuses("p1@example.com", status=207, errors=[error]))

    results = by_token(crm.apply([opt_out("1"), opt_out("2")]))

    assert results["t1"].outcome is WriteOutcome.DONE
    assert (results["t2"].outcome, results["t2"].code) == (
        WriteOutcome.REJECTED,
        "VALIDATION_ERROR",
    )


def test_address_the_answer_does_not_mention_is_not_taken_for_done(wire: Wire, crm: Crm) -> None:
    people = [contact(str(n), email=f"p{n}@example.com") for n in (1, 2)]
    wire.on("POST", READ, answering(*people))
    wire.on("POST", BATCH, statuses("p1@example.com"))

    results = by_token(crm.apply([opt_out("1"), opt_out("2")]))

    assert results["t1"].outcome is WriteOutcome.DONE
    assert (results["t2"].outcome, results["t2"].code) == (WriteOutcome.REJECTED, "NO_RESULT")


def test_contact_without_an_address_is_told_so(wire: Wire, crm: Crm) -> None:
    wire.on("POST", READ, answering(contact("1", email=None)))

    [result] = crm.apply([opt_out("1")])

    assert (result.outcome, result.code) == (WriteOutcome.REJECTED, "NO_EMAIL_ADDRESS")


def test_contact_that_is_gone_is_told_so(wire: Wire, crm: Crm) -> None:
    wire.on("POST", READ, answering())

    [result] = crm.apply([opt_out("1")])

    assert result.outcome is WriteOutcome.GONE


def test_who_is_out_already_costs_no_call(wire: Wire, crm: Crm) -> None:
    wire.on("POST", READ, answering(contact("1", email="ada@example.com", hs_email_optout="true")))

    [result] = crm.apply([opt_out("1")])

    assert result.outcome is WriteOutcome.DONE
    assert wire.sent("unsubscribe-all") == []


@pytest.mark.parametrize(
    ("now", "outcome"), [("true", WriteOutcome.REJECTED), (None, WriteOutcome.DONE)]
)
def test_opt_in_is_for_the_person_only(
    wire: Wire, crm: Crm, now: str | None, outcome: WriteOutcome
) -> None:
    wire.on("POST", READ, answering(contact("1", email="ada@example.com", hs_email_optout=now)))
    write = Write(
        token="t1",
        kind=WriteKind.UPDATE,
        object_name="contacts",
        id="1",
        values={OUT: "false"},
        read_back=(OUT,),
    )

    [result] = crm.apply([write])

    assert result.outcome is outcome
    assert wire.sent("unsubscribe-all") == []


def test_new_contact_is_made_and_then_opted_out(wire: Wire, crm: Crm) -> None:
    made = contact("9", lastname="Lovelace", email="ada@example.com") | {
        "objectWriteTraceId": "new"
    }
    wire.on("POST", CREATE, answering(made))
    wire.on("POST", single("ada@example.com"), statuses())

    [result] = crm.apply([create("ada@example.com")])

    [sent] = wire.sent("batch/create")
    assert OUT not in sent.body["inputs"][0]["properties"]
    assert (result.outcome, result.id) == (WriteOutcome.DONE, "9")
    assert result.stored is not None
    assert result.stored.fields[OUT] == "true"
    assert wire.sent("batch/read") == []


def test_new_contact_that_opted_in_costs_no_call_more(wire: Wire, crm: Crm) -> None:
    made = contact("9", lastname="Lovelace", email="ada@example.com") | {
        "objectWriteTraceId": "new"
    }
    wire.on("POST", CREATE, answering(made))

    [result] = crm.apply([create("ada@example.com", "false")])

    assert result.outcome is WriteOutcome.DONE
    assert [one.path for one in wire.requests] == [CREATE]


@pytest.mark.parametrize("address", ["ada@example.com", None])
def test_new_contact_stays_made_where_the_opt_out_fails(
    wire: Wire, crm: Crm, address: str | None
) -> None:
    made = contact("9", lastname="Lovelace") | {"objectWriteTraceId": "new"}
    wire.on("POST", CREATE, answering(made))
    wire.on("POST", single("ada@example.com"), (400, refused("VALIDATION_ERROR")))

    [result] = crm.apply([create(address)])

    assert (result.outcome, result.id) == (WriteOutcome.DONE, "9")
    assert result.stored is not None
    assert result.stored.fields[OUT] is None


def test_fault_after_the_properties_lets_the_write_be_sent_again(wire: Wire, crm: Crm) -> None:
    wire.on("POST", UPDATE, answering(contact("1", city="Paris")))
    wire.on("POST", READ, answering(contact("1", email="ada@example.com")))
    wire.on("POST", single("ada@example.com"), (503, "<html>busy</html>"))

    [result] = crm.apply([opt_out("1", city="Paris")])

    assert result.outcome is WriteOutcome.LOCKED


def test_survivor_of_a_merge_is_opted_out(wire: Wire, crm: Crm) -> None:
    survivor = contact("5", email="ada@example.com", hs_merged_object_ids="1")
    wire.on("POST", READ, answering(survivor))
    wire.on("POST", single("ada@example.com"), statuses())

    [result] = crm.apply([opt_out("1")])

    assert result.outcome is WriteOutcome.DONE


def test_address_is_quoted_in_the_path(wire: Wire, crm: Crm) -> None:
    wire.on("POST", READ, answering(contact("1", email="a/b+1@example.com")))
    wire.on("POST", single("a/b+1@example.com"), statuses())

    [result] = crm.apply([opt_out("1")])

    assert result.outcome is WriteOutcome.DONE
