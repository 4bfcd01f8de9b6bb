"""Lists of associations as rows, against hand-written answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sync.domain.errors import UnavailableError
from sync.domain.ports import ChangeQuery, Crm, Write, WriteKind, WriteOutcome
from tests.unit.connectors.hubspot.conftest import Reply, Request, Wire

PATH = "/crm/associations/2026-03/deals/contacts"
READ = f"{PATH}/batch/read"
CREATE = f"{PATH}/batch/create"
DEFAULT = f"{PATH}/batch/associate/default"
ROWS = "deals/contacts"
FIELDS = ("owner", "member", "label")

PLAIN = {"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}
BUYER = {"category": "USER_DEFINED", "typeId": 101, "label": "Buyer"}
ODD = {"category": "USER_DEFINED", "typeId": 103, "label": "Legal; finance"}


def kinds(*found: dict[str, Any]) -> Reply:
    return (200, {"results": list(found)})


def add(member: str, label: str | None = None, *, owner: str = "1") -> Write:
    return Write(
        token=f"{owner}-{member}",
        kind=WriteKind.CREATE,
        object_name=ROWS,
        values={"owner": owner, "member": member, "label": label},
        read_back=FIELDS,
    )


def standing(*rows: tuple[str, str, dict[str, Any]], errors: Any = ()) -> Reply:
    results = [
        {"from": {"id": owner}, "to": [{"toObjectId": int(member), "associationTypes": [kind]}]}
        for owner, member, kind in rows
    ]
    return (207 if errors else 200, {"results": results, "errors": list(errors)})


def tied(request: Request) -> Reply:
    """Answer as HubSpot does when all pairs could be tied; number 13 cannot."""
    ends = [(one["from"]["id"], one["to"]["id"]) for one in request.body["inputs"]]
    if any(end == "13" for _, end in ends):
        return (400, {"status": "error", "category": "VALIDATION_ERROR", "message": "No."})
    results = [{"fromObjectId": a, "toObjectId": b, "labels": ["Buyer"]} for a, b in ends]
    return (201, {"results": results})


def none_found(owner: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": "None.",
        "context": {"fromObjectId": [owner]},
    }


def test_label_goes_along_with_the_plain_kind_and_none_needs_no_kinds(wire: Wire, crm: Crm) -> None:
    wire.on("GET", f"{PATH}/labels", kinds(PLAIN, BUYER))
    wire.on("POST", CREATE, tied)
    wire.on("POST", DEFAULT, (200, {"results": []}))

    crm.apply([add("7", "buyer")])
    crm.apply([add("8")])

    types = wire.sent("batch/create")[0].body["inputs"][0]["types"]
    assert [one["associationTypeId"] for one in types] == [3, 101]
    assert wire.sent("default")[0].body == {"inputs": [{"from": {"id": "1"}, "to": {"id": "8"}}]}
    assert len(wire.requests) == 3


def test_refused_batch_is_sent_in_parts_until_the_one_row_is_known(wire: Wire, crm: Crm) -> None:
    wire.on("GET", f"{PATH}/labels", kinds(PLAIN, BUYER))
    wire.on("POST", CREATE, tied)

    results = crm.apply([add(each, "Buyer") for each in ("11", "12", "13", "14")])

    assert [one.outcome.value for one in results] == ["done", "done", "rejected", "done"]
    assert results[0].stored is not None
    assert results[0].stored.fields == {"owner": "1", "member": "11", "label": "Buyer"}
    # A refused row names no field: there would be nothing left of it without one.
    assert results[2].fields == ()


def test_label_with_a_semicolon_is_one_label(wire: Wire, crm: Crm) -> None:
    wire.on("GET", f"{PATH}/labels", kinds(PLAIN, BUYER, ODD))
    wire.on("POST", CREATE, tied)

    crm.apply([add("7", "Legal; finance"), add("8", "Buyer;Legal; finance", owner="2")])

    inputs = wire.sent("batch/create")[0].body["inputs"]
    assert [[kind["associationTypeId"] for kind in one["types"]] for one in inputs] == [[3, 103]]


def test_label_that_is_unknown_is_looked_for_once_more(wire: Wire, crm: Crm) -> None:
    wire.on("GET", f"{PATH}/labels", kinds(PLAIN), kinds(PLAIN, BUYER))
    wire.on("POST", CREATE, tied)

    made, refused = crm.apply([add("7", "Buyer"), add("8", "Janitor")])

    assert (made.outcome, refused.outcome) == (WriteOutcome.DONE, WriteOutcome.REJECTED)
    assert refused.fields == ("label",)
    assert "'Janitor'" in refused.message
    assert "it has Buyer" in refused.message


def test_locked_records_leave_all_rows_for_later(wire: Wire, crm: Crm) -> None:
    wire.on("POST", DEFAULT, (423, {"status": "error", "category": "LOCKED", "message": "Busy"}))

    results = crm.apply([add("7"), add("8")])

    assert {one.outcome for one in results} == {WriteOutcome.LOCKED}


def test_what_could_not_be_read_is_not_taken_as_gone(wire: Wire, crm: Crm) -> None:
    failed = {"status": "error", "category": "INTERNAL_ERROR", "message": "Later.", "context": {}}
    wire.on("POST", READ, standing(("1", "7", PLAIN), errors=[none_found("2"), failed]))

    with pytest.raises(UnavailableError, match="INTERNAL_ERROR"):
        list(crm.find(ROWS, "owner", ["1", "2", "3"], FIELDS))


def test_more_owners_than_a_call_takes_are_read_in_batches(wire: Wire, crm: Crm) -> None:
    wire.on("POST", READ, standing(("1", "7", BUYER)), standing())
    owners = [str(number) for number in range(1, 1_502)]

    (row,) = crm.find(ROWS, "owner", [*owners, "1"], FIELDS)

    assert row.ref.id == "1:7"
    assert row.fields == {"owner": "1", "member": "7", "label": "Buyer"}
    assert [len(one.body["inputs"]) for one in wire.sent("batch/read")] == [1_000, 501]


def test_rows_are_taken_away_by_owner_a_hundred_owners_to_a_call(wire: Wire, crm: Crm) -> None:
    wire.on("POST", f"{PATH}/batch/archive", (204, None))
    ids = [f"{owner}:{member}" for owner in range(1, 121) for member in (7, 8)]

    results = crm.apply(
        [Write(token=id, kind=WriteKind.ARCHIVE, object_name=ROWS, id=id) for id in ids]
    )

    assert {one.outcome for one in results} == {WriteOutcome.DONE}
    first, second = (one.body["inputs"] for one in wire.sent("archive"))
    assert (len(first), len(second)) == (100, 20)
    assert first[0] == {"from": {"id": "1"}, "to": [{"id": "7"}, {"id": "8"}]}


def test_update_that_names_no_label_leaves_the_labels_alone(wire: Wire, crm: Crm) -> None:
    wire.on("GET", f"{PATH}/labels", kinds(PLAIN, BUYER))
    wire.on("POST", READ, standing(("1", "7", BUYER)))

    (result,) = crm.apply(
        [Write(token="t", kind=WriteKind.UPDATE, object_name=ROWS, id="1:7", values={})]
    )

    assert result.outcome is WriteOutcome.DONE
    assert {one.method for one in wire.requests} == {"POST"}
    assert len(wire.requests) == 1


def test_custom_object_is_called_by_its_type_id(wire: Wire, crm: Crm) -> None:
    schema = {"objectTypeId": "2-7", "name": "machines", "fullyQualifiedName": "p1_machines"}
    wire.on("GET", "/crm-object-schemas/v3/schemas", (200, {"results": [schema]}))
    path = "/crm/associations/2026-03/2-7/contacts"
    wire.on("GET", f"{path}/labels", kinds(BUYER))
    wire.on("POST", f"{path}/batch/read", standing(("1", "7", BUYER)))

    shape = crm.describe("p1_machines/contacts")
    (row,) = crm.find("p1_machines/contacts", "owner", ["1"], ("label",))

    assert [one.value for one in shape.fields["label"].options] == ["Buyer"]
    assert row.fields == {"label": "Buyer"}


def test_peek_without_a_call_goes_by_hubspots_clock(wire: Wire, crm: Crm) -> None:
    date = {"Date": "Mon, 02 Nov 2026 09:00:00 GMT"}
    wire.on("POST", "/crm/v3/objects/deals/search", (200, {"results": [], "total": 0}, date))
    queries = [ChangeQuery(object_name=name, fields=(), since=None) for name in ("deals", ROWS)]

    deals, rows = crm.peek(queries)

    assert rows.read_at == deals.read_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert len(wire.requests) == 1
