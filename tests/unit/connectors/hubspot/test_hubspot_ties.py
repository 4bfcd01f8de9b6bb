"""Associations as references, against hand-written answers."""

from __future__ import annotations

from typing import Any

import pytest

from sync.domain.errors import DailyQuotaError, UnavailableError
from sync.domain.ports import ChangeQuery, Crm, Write, WriteKind, WriteOutcome
from sync.domain.schema import FieldKind
from tests.unit.connectors.hubspot.conftest import Request, Wire

COMPANY = "associated company"
PARENT = "parent company"
PATH = "/crm/associations/2026-03/contacts/companies/batch"
PARENTS = "/crm/associations/2026-03/companies/companies/batch"
PROPERTIES = "/crm/v3/properties/contacts"
SEARCH = "/crm/v3/objects/contacts/search"
READ = "/crm/v3/objects/contacts/batch/read"
STAMP = "2026-11-02T09:00:00.000Z"


def tie(id: str, company: str | None, *, object_name: str = "contacts", **more: Any) -> Write:
    field = PARENT if object_name == "companies" else COMPANY
    return Write(
        token=f"t{id}",
        kind=WriteKind.ASSOCIATE,
        object_name=object_name,
        id=id,
        values={field: company, **more},
    )


def tied(*pairs: tuple[str, str], errors: Any = ()) -> tuple[int, dict[str, Any]]:
    results = [
        {"fromObjectId": int(start), "toObjectId": end, "labels": ["Primary"]}
        for start, end in pairs
    ]
    body = {"status": "COMPLETE", "results": results, "errors": list(errors)}
    return (207 if errors else 201, body)


def ends(**by_start: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Give a batch-read answer: by record, the records it is tied to and the kinds of tie."""
    return {
        "status": "COMPLETE",
        "results": [
            {
                "from": {"id": start.removeprefix("r")},
                "to": [
                    {
                        "toObjectId": end,
                        "associationTypes": [
                            {"category": "HUBSPOT_DEFINED", "typeId": kind, "label": None}
                            for kind in kinds
                        ],
                    }
                    for end, *kinds in found
                ],
            }
            for start, found in by_start.items()
        ],
    }


def nobody(*ids: str) -> list[dict[str, Any]]:
    """Give the errors that say of records that they are tied to none."""
    return [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
            "message": f"No company is associated with contact {id}.",
            "context": {"fromObjectId": [id], "fromObjectType": ["contact"]},
        }
        for id in ids
    ]


def invalid_ids(*ids: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": "Some ids are not there.",
        "context": {"INVALID_OBJECT_IDS": list(ids)},
    }


def definition(name: str, kind: str = "number") -> dict[str, Any]:
    return {"name": name, "label": name, "type": kind, "fieldType": kind}


def inputs(requests: list[Request]) -> list[list[tuple[str, str]]]:
    return [[(one["from"]["id"], one["to"]["id"]) for one in r.body["inputs"]] for r in requests]


# --- what there is ------------------------------------------------------------------------------


def test_contact_has_its_company_as_a_field_beside_the_record(wire: Wire, crm: Crm) -> None:
    wire.on("GET", PROPERTIES, (200, {"results": [definition("city", "string")]}))

    field = crm.describe("contacts").fields[COMPANY]

    assert (field.kind, field.apart, field.refers_to) == (
        FieldKind.REFERENCE,
        True,
        ("companies",),
    )
    assert (field.creatable, field.updatable) == (False, True)


# --- reading ------------------------------------------------------------------------------------


def test_primary_company_is_read_from_the_property_that_repeats_it(wire: Wire, crm: Crm) -> None:
    wire.on("GET", PROPERTIES, (200, {"results": [definition("associatedcompanyid")]}))
    crm.describe("contacts")
    properties = {"lastmodifieddate": STAMP, "associatedcompanyid": "77"}
    wire.on("POST", READ, (200, {"results": [{"id": "1", "properties": properties}]}))

    (record,) = crm.fetch("contacts", ["1"], [COMPANY])

    assert record.fields == {COMPANY: "77"}
    assert wire.sent("batch/read")[-1].body["properties"][0] == "associatedcompanyid"
    assert len(wire.requests) == 2


def test_record_whose_answer_leaves_the_property_out_names_no_company(wire: Wire, crm: Crm) -> None:
    wire.on("GET", PROPERTIES, (200, {"results": [definition("associatedcompanyid")]}))
    crm.describe("contacts")
    wire.on("POST", READ, (200, {"results": [{"id": "1", "properties": {}}]}))

    (record,) = crm.fetch("contacts", ["1"], [COMPANY])

    assert record.fields == {COMPANY: None}
    assert len(wire.requests) == 2


def test_without_that_property_a_page_is_read_with_one_call_more(wire: Wire, crm: Crm) -> None:
    results = [{"id": id, "properties": {"lastmodifieddate": STAMP}} for id in ("1", "2")]
    wire.on("POST", SEARCH, (200, {"results": results, "total": 2}))
    answer = ends(r1=[(78, 279), ("77", 1, 279)])
    answer["errors"] = nobody("2")
    wire.on("POST", f"{PATH}/read", (207, answer))

    (peek,) = crm.peek([ChangeQuery(object_name="contacts", fields=(COMPANY,), since=None)])

    assert [one.fields for one in peek.records] == [{COMPANY: "77"}, {COMPANY: None}]
    (call,) = wire.sent(f"{PATH}/read")
    assert call.body == {"inputs": [{"id": "1"}, {"id": "2"}]}


def test_empty_page_asks_for_no_associations(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, (200, {"results": [], "total": 0}))
    crm.peek([ChangeQuery(object_name="contacts", fields=(COMPANY,), since=None)])
    assert len(wire.requests) == 1


def test_ties_are_read_a_thousand_to_a_call(wire: Wire, crm: Crm) -> None:
    def answer(request: Request) -> tuple[int, dict[str, Any]]:
        return (207, {"results": [], "errors": nobody(*(i["id"] for i in request.body["inputs"]))})

    wire.on("POST", f"{PATH}/read", answer)

    ties = crm.read_ties("contacts", [str(n) for n in range(1, 2_002)], [COMPANY])

    assert [len(r.body["inputs"]) for r in wire.requests] == [1_000, 1_000, 1]
    assert set(ties.values()) == {None}
    assert len(ties) == 2_001


def test_primary_company_on_a_later_page_of_many_is_found(wire: Wire, crm: Crm) -> None:
    first = ends(r1=[(n, 279) for n in range(500)])
    first["results"][0]["paging"] = {"next": {"after": "MjU="}}
    wire.on("POST", f"{PATH}/read", (200, first), (200, ends(r1=[(900, 1, 279)])))

    assert crm.read_ties("contacts", ["1"], [COMPANY]) == {("1", COMPANY): "900"}

    assert wire.requests[1].body == {"inputs": [{"id": "1", "after": "MjU="}]}


def test_where_any_tie_counts_several_are_told_apart_from_one(wire: Wire, crm: Crm) -> None:
    path = "/crm/associations/2026-03/p1_machines/companies/batch/read"
    wire.on("POST", path, (200, ends(r1=[(5, 17)], r2=[(5, 17), (6, 17)])))
    ties = crm.read_ties("p1_machines", ["1", "2"], [COMPANY])
    assert ties == {("1", COMPANY): "5", ("2", COMPANY): "5;6"}


def test_answer_that_names_no_record_is_not_taken_for_one(wire: Wire, crm: Crm) -> None:
    wire.on("POST", f"{PATH}/read", (200, {"results": [{"to": []}]}))
    with pytest.raises(UnavailableError):
        crm.read_ties("contacts", ["1"], [COMPANY])


def test_edit_time_of_a_tie_is_that_of_the_property_that_repeats_it(wire: Wire, crm: Crm) -> None:
    wire.on("GET", PROPERTIES, (200, {"results": [definition("associatedcompanyid")]}))
    crm.describe("contacts")
    history = {"associatedcompanyid": [{"value": "7", "timestamp": STAMP}]}
    item = {"id": "1", "properties": {}, "propertiesWithHistory": history}
    wire.on("POST", READ, (200, {"results": [item]}))
    assert list(crm.edit_times("contacts", ["1"], [COMPANY])) == [("1", COMPANY)]


def test_tie_that_no_property_repeats_has_no_edit_time_and_costs_no_call(
    wire: Wire, crm: Crm
) -> None:
    assert crm.edit_times("contacts", ["1"], [COMPANY]) == {}
    assert wire.requests == []


# --- writing ------------------------------------------------------------------------------------


def test_primary_companies_are_set_in_one_call(wire: Wire, crm: Crm) -> None:
    wire.on("POST", f"{PATH}/create", tied(("1", "77"), ("2", "78")))

    results = crm.apply([tie("1", "77"), tie("2", "78")])

    assert [(one.token, one.outcome, one.id) for one in results] == [
        ("t1", WriteOutcome.DONE, "1"),
        ("t2", WriteOutcome.DONE, "2"),
    ]
    (call,) = wire.requests
    assert call.body["inputs"][0] == {
        "from": {"id": "1"},
        "to": {"id": "77"},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}],
    }


def test_refused_tie_is_told_apart_by_the_ids_the_error_names(wire: Wire, crm: Crm) -> None:
    answer = tied(("2", "78"), errors=[invalid_ids("77"), invalid_ids("79")])
    wire.on("POST", f"{PATH}/create", answer)

    results = crm.apply([tie("1", "77"), tie("2", "78"), tie("3", "79")])

    assert [(one.outcome, one.fields) for one in results] == [
        (WriteOutcome.REJECTED, (COMPANY,)),
        (WriteOutcome.DONE, ()),
        (WriteOutcome.REJECTED, (COMPANY,)),
    ]
    assert len(wire.requests) == 1


def test_errors_that_name_nobody_are_found_by_asking_in_smaller_parts(wire: Wire, crm: Crm) -> None:
    def answer(request: Request) -> tuple[int, dict[str, Any]]:
        pairs = inputs([request])[0]
        good = [pair for pair in pairs if pair[1] != "9"]
        vague = {"status": "error", "category": "VALIDATION_ERROR", "message": "No."}
        return tied(*good, errors=[vague] * (len(pairs) - len(good)))

    wire.on("POST", f"{PATH}/create", answer)

    results = crm.apply([tie(str(n), "9" if n in (2, 5) else "77") for n in range(1, 7)])

    assert [one.outcome is WriteOutcome.DONE for one in results] == [
        True,
        False,
        True,
        True,
        False,
        True,
    ]


def test_batch_refused_as_a_whole_stops_no_other_record(wire: Wire, crm: Crm) -> None:
    def answer(request: Request) -> tuple[int, dict[str, Any]]:
        pairs = inputs([request])[0]
        return (400, invalid_ids()) if ("2", "78") in pairs else tied(*pairs)

    wire.on("POST", f"{PATH}/create", answer)

    results = crm.apply([tie(str(n), "78" if n == 2 else "77") for n in range(1, 5)])

    assert [one.outcome for one in results] == [
        WriteOutcome.DONE,
        WriteOutcome.REJECTED,
        WriteOutcome.DONE,
        WriteOutcome.DONE,
    ]
    assert results[1].code == "INVALID_OBJECT_IDS"


def test_tie_refused_after_an_attempt_without_an_answer_may_be_there(wire: Wire, crm: Crm) -> None:
    lost = (502, "<html>nobody knows</html>")
    answer = tied(("2", "78"), errors=[invalid_ids("77")])
    wire.on("POST", f"{PATH}/create", lost, answer)

    results = crm.apply([tie("1", "77"), tie("2", "78")])

    assert [(one.outcome, one.perhaps_done) for one in results] == [
        (WriteOutcome.REJECTED, True),
        (WriteOutcome.DONE, False),
    ]


def test_taking_the_company_away_leaves_the_two_tied_without_the_label(
    wire: Wire, crm: Crm
) -> None:
    wire.on("POST", f"{PATH}/read", (200, ends(r1=[(77, 1, 279, 105), (78, 279)])))
    wire.on("POST", f"{PATH}/labels/archive", (204, None))

    (result,) = crm.apply([tie("1", None)])

    assert result.outcome is WriteOutcome.DONE
    (call,) = wire.sent("labels/archive")
    assert call.body["inputs"] == [
        {
            "from": {"id": "1"},
            "to": {"id": "77"},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}],
        }
    ]
    assert wire.sent("batch/archive") == []


def test_taking_away_what_is_not_there_calls_for_nothing(wire: Wire, crm: Crm) -> None:
    wire.on("POST", f"{PATH}/read", (207, {"results": [], "errors": nobody("1")}))
    (result,) = crm.apply([tie("1", None)])
    assert result.outcome is WriteOutcome.DONE
    assert len(wire.requests) == 1


def test_parent_that_is_replaced_is_let_go_first(wire: Wire, crm: Crm) -> None:
    wire.on("POST", f"{PARENTS}/read", (200, ends(r1=[(7, 14, 450), (8, 13)])))
    wire.on("POST", f"{PARENTS}/labels/archive", (204, None))
    wire.on("POST", f"{PARENTS}/create", tied(("1", "9")))

    (result,) = crm.apply([tie("1", "9", object_name="companies")])

    assert result.outcome is WriteOutcome.DONE
    assert [one.path.removeprefix(PARENTS) for one in wire.requests] == [
        "/read",
        "/labels/archive",
        "/create",
    ]
    assert inputs(wire.requests[1:]) == [[("1", "7")], [("1", "9")]]
    assert wire.requests[1].body["inputs"][0]["types"][0]["associationTypeId"] == 14


def test_tie_without_a_kind_of_its_own_takes_the_place_of_the_one_before(
    wire: Wire, crm: Crm
) -> None:
    path = "/crm/associations/2026-03/p1_machines/companies/batch"
    wire.on("POST", f"{path}/read", (200, ends(r1=[(7, 17)])))
    results = [
        {"from": {"id": "1"}, "to": {"id": "9"}},
        {"from": {"id": "9"}, "to": {"id": "1"}},
    ]
    wire.on("POST", f"{path}/associate/default", (200, {"results": results}))
    wire.on("POST", f"{path}/archive", (204, None))

    (result,) = crm.apply([tie("1", "9", object_name="p1_machines", **{COMPANY: "9"})])

    assert result.outcome is WriteOutcome.DONE
    assert wire.sent("associate/default")[0].body == {
        "inputs": [{"from": {"id": "1"}, "to": {"id": "9"}}]
    }
    assert wire.sent("batch/archive")[0].body == {
        "inputs": [{"from": {"id": "1"}, "to": [{"id": "7"}]}]
    }


def test_of_several_ties_without_a_kind_none_is_taken_away(wire: Wire, crm: Crm) -> None:
    path = "/crm/associations/2026-03/p1_machines/companies/batch"
    wire.on("POST", f"{path}/read", (200, ends(r1=[(7, 17), (8, 17)])))
    write = Write(
        token="t",
        kind=WriteKind.ASSOCIATE,
        object_name="p1_machines",
        id="1",
        values={COMPANY: "9"},
    )

    (result,) = crm.apply([write])

    assert (result.outcome, result.code) == (WriteOutcome.REJECTED, "SEVERAL_ASSOCIATIONS")
    assert len(wire.requests) == 1


# --- trouble ------------------------------------------------------------------------------------


def test_tie_meets_a_limit_and_is_sent_again(wire: Wire, crm: Crm) -> None:
    slow = {"status": "error", "category": "RATE_LIMITS", "policyName": "SECONDLY"}
    wire.on("POST", f"{PATH}/create", (429, slow), tied(("1", "77")))
    (result,) = crm.apply([tie("1", "77")])
    assert result.outcome is WriteOutcome.DONE
    assert len(wire.requests) == 2


def test_tie_whose_answer_is_lost_is_sent_again_for_it_does_no_harm(wire: Wire, crm: Crm) -> None:
    wire.on("POST", f"{PATH}/create", Wire.DROPPED, tied(("1", "77")))
    (result,) = crm.apply([tie("1", "77")])
    assert result.outcome is WriteOutcome.DONE


def test_days_quota_used_up_is_raised(wire: Wire, crm: Crm) -> None:
    daily = {"status": "error", "category": "RATE_LIMITS", "policyName": "DAILY"}
    wire.on("POST", f"{PATH}/create", (429, daily))
    with pytest.raises(DailyQuotaError):
        crm.apply([tie("1", "77")])


@pytest.mark.parametrize("body", [{"results": "x"}, {"results": [5]}, []])
def test_garbage_for_an_answer_is_no_success(wire: Wire, crm: Crm, body: Any) -> None:
    wire.on("POST", f"{PATH}/create", (201, body))
    with pytest.raises(UnavailableError):
        crm.apply([tie("1", "77")])


def test_locked_record_is_a_result_that_may_be_sent_again(wire: Wire, crm: Crm) -> None:
    wire.on("POST", f"{PATH}/create", (423, {"status": "error", "category": "LOCKED"}))
    (result,) = crm.apply([tie("1", "77")])
    assert result.outcome is WriteOutcome.LOCKED
