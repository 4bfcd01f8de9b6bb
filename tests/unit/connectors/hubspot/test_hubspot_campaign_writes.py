"""Writing campaigns: batches of properties, and what a campaign costs item by item."""

from __future__ import annotations

import pytest

from sync.domain.errors import UnavailableError
from sync.domain.ports import Write, WriteKind, WriteOutcome

ROOT = "/marketing/campaigns/2026-03"
CREATE = f"{ROOT}/batch/create"
UPDATE = f"{ROOT}/batch/update"
ARCHIVE = f"{ROOT}/batch/archive"
READ = f"{ROOT}/batch/read"

OURS = "Salesforce (revloop)"


def guid(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


FAIR = guid(1)
TOTALS = f"{ROOT}/{FAIR}/budget/totals"
SPEND = f"{ROOT}/{FAIR}/spend"


def campaign(number, **properties):
    return {
        "id": guid(number),
        "properties": properties,
        "createdAt": "2026-10-01T07:00:00Z",
        "updatedAt": "2026-11-01T08:00:00Z",
    }


def creating(token, name, **values):
    return Write(
        token=token,
        kind=WriteKind.CREATE,
        object_name="campaigns",
        values={"hs_name": name, **values},
        read_back=("hs_name", *values),
    )


def updating(number, **values):
    return Write(
        token=f"t{number}",
        kind=WriteKind.UPDATE,
        object_name="campaigns",
        id=guid(number),
        values=values,
        read_back=tuple(values),
    )


def paying(number=1, **values):
    return Write(
        token=f"t{number}",
        kind=WriteKind.ASSOCIATE,
        object_name="campaigns",
        id=guid(number),
        values=values,
    )


def error(number=None, *, category="VALIDATION_ERROR", message="", **more):
    context = {} if number is None else {"id": [guid(number)]}
    return {"category": category, "message": message, "context": context, **more}


def item(amount, *, id="7", name=OURS, order=0):
    return {
        "id": id,
        "name": name,
        "amount": amount,
        "order": order,
        "createdAt": 1,
        "updatedAt": 1,
        "description": "Kept by hand",
    }


def totals(*spend, budget=()):
    body = {"currencyCode": "EUR", "budgetItems": list(budget), "spendItems": list(spend)}
    return (200, body)


def outcomes(results):
    return [result.outcome for result in results]


# --- properties -----------------------------------------------------------------------------------


def test_create_is_told_by_its_name_whatever_the_order(wire, crm):
    made = [campaign(2, hs_name="Two"), campaign(1, hs_name="One")]
    wire.on("POST", CREATE, (201, {"status": "COMPLETE", "results": made}))

    results = crm.apply([creating("a", "One"), creating("b", "Two")])

    assert [result.id for result in results] == [guid(1), guid(2)]
    assert results[0].stored.fields == {"hs_name": "One"}
    (sent,) = wire.requests
    assert sent.body == {
        "inputs": [{"properties": {"hs_name": "One"}}, {"properties": {"hs_name": "Two"}}]
    }


def test_two_of_one_name_go_in_two_batches(wire, crm):
    wire.on(
        "POST",
        CREATE,
        (201, {"results": [campaign(1, hs_name="Fair"), campaign(3, hs_name="Other")]}),
        (201, {"results": [campaign(2, hs_name="fair ")]}),
    )

    results = crm.apply([creating("a", "Fair"), creating("b", "fair "), creating("c", "Other")])

    assert [result.id for result in results] == [guid(1), guid(2), guid(3)]


def test_batches_hold_no_more_than_fifty(wire, crm):
    def answer(request):
        names = [each["properties"]["hs_name"] for each in request.body["inputs"]]
        return (201, {"results": [campaign(int(name), hs_name=name) for name in names]})

    wire.on("POST", CREATE, answer)

    results = crm.apply([creating(str(n), str(n)) for n in range(100)])

    assert [len(sent.body["inputs"]) for sent in wire.requests] == [50, 50]
    assert [result.id for result in results] == [guid(n) for n in range(100)]


def test_half_a_batch_refused_leaves_the_other_half_done(wire, crm):
    wire.on(
        "POST",
        UPDATE,
        (207, {"results": [campaign(2, hs_name="B")], "errors": [error(1, message="bad")]}),
    )

    results = crm.apply([updating(1, hs_name="A"), updating(2, hs_name="B")])

    assert outcomes(results) == [WriteOutcome.REJECTED, WriteOutcome.DONE]


def test_batch_refused_as_a_whole_is_cut_until_the_guilty_one_stands_alone(wire, crm):
    def answer(request):
        names = [each["properties"]["hs_name"] for each in request.body["inputs"]]
        if "bad" in names:
            return (400, error(message="something is wrong"))
        return (201, {"results": [campaign(len(name), hs_name=name) for name in names]})

    wire.on("POST", CREATE, answer)

    results = crm.apply([creating("a", "x"), creating("b", "bad"), creating("c", "xx")])

    assert outcomes(results) == [WriteOutcome.DONE, WriteOutcome.REJECTED, WriteOutcome.DONE]


def test_create_whose_answer_is_lost_is_not_sent_again(wire, crm):
    wire.on("POST", CREATE, wire.DROPPED)

    results = crm.apply([creating("a", "Fair")])

    assert outcomes(results) == [WriteOutcome.UNKNOWN]
    assert len(wire.requests) == 1


def test_update_whose_answer_is_lost_is_sent_again(wire, crm):
    wire.on("POST", UPDATE, wire.DROPPED, (200, {"results": [campaign(1, hs_name="A")]}))

    assert outcomes(crm.apply([updating(1, hs_name="A")])) == [WriteOutcome.DONE]
    assert len(wire.requests) == 2


def test_create_waits_while_it_is_told_to(wire, crm):
    wire.on(
        "POST",
        CREATE,
        (429, {"policyName": "SECONDLY"}),
        (201, {"results": [campaign(1, hs_name="Fair")]}),
    )

    assert outcomes(crm.apply([creating("a", "Fair")])) == [WriteOutcome.DONE]


def test_name_that_is_taken_names_the_campaign_that_has_it(wire, crm):
    wire.on("POST", CREATE, (409, error(category="CONFLICT", message="taken")))
    rivals = [campaign(8, hs_name="Fair 2"), campaign(9, hs_name="fair")]
    wire.on("GET", ROOT, (200, {"results": rivals}))

    (result,) = crm.apply([creating("a", "Fair")])

    assert result.outcome is WriteOutcome.DUPLICATE
    assert result.existing == ("campaigns", guid(9))
    assert result.fields == ("hs_name",)


def test_cleared_value_is_read_back_since_the_answer_leaves_blanks_out(wire, crm):
    wire.on("POST", UPDATE, (200, {"results": [campaign(1)]}))
    wire.on("POST", READ, (200, {"results": [campaign(1)]}))

    (result,) = crm.apply([updating(1, hs_notes=None)])

    assert wire.requests[0].body["inputs"][0]["properties"] == {"hs_notes": ""}
    assert result.stored.fields == {"hs_notes": None}


def test_campaign_that_is_gone_before_it_is_read_back_was_written_all_the_same(wire, crm):
    wire.on("POST", UPDATE, (200, {"results": [campaign(1)]}))
    gone = error(1, category="OBJECT_NOT_FOUND")
    wire.on("POST", READ, (207, {"results": [], "errors": [gone]}))

    (result,) = crm.apply([updating(1, hs_notes=None)])

    assert result.outcome is WriteOutcome.DONE
    assert not result.stored.gone


def test_campaigns_are_archived_without_a_word_in_answer(wire, crm):
    wire.on("POST", ARCHIVE, (204, None))
    write = Write(token="a", kind=WriteKind.ARCHIVE, object_name="campaigns", id=FAIR)

    assert outcomes(crm.apply([write])) == [WriteOutcome.DONE]
    assert wire.requests[0].body == {"inputs": [{"id": FAIR}]}


def test_token_that_may_read_only_has_its_writes_refused_record_by_record(wire, crm):
    scopes = {"requiredGranularScopes": ["marketing.campaigns.write"]}
    wire.on("POST", UPDATE, (403, {"category": "MISSING_SCOPES", "errors": [{"context": scopes}]}))

    results = crm.apply([updating(1, hs_name="A"), updating(2, hs_name="B")])

    assert outcomes(results) == [WriteOutcome.REJECTED] * 2
    assert "marketing.campaigns.write" in results[0].message


# --- what it costs --------------------------------------------------------------------------------


def test_cost_becomes_one_item_named_after_its_origin(wire, crm):
    wire.on("GET", TOTALS, totals())
    wire.on("POST", SPEND, (201, item(1500.5)))

    assert outcomes(crm.apply([paying(spend="1500.50")])) == [WriteOutcome.DONE]
    sent = wire.requests[-1].body
    assert (sent["name"], sent["amount"], sent["order"]) == (OURS, 1500.5, 0)


def test_own_item_makes_up_the_difference_to_what_people_entered(wire, crm):
    theirs = item(400, id="3", name="Stand")
    wire.on("GET", TOTALS, totals(theirs, item(100, order=1)))
    wire.on("PUT", f"{SPEND}/7", (200, item(600)))

    crm.apply([paying(spend="1000")])

    sent = wire.requests[-1].body
    assert sent == {"name": OURS, "amount": 600, "order": 1, "description": "Kept by hand"}


def test_nothing_is_written_where_it_adds_up_already(wire, crm):
    wire.on("GET", TOTALS, totals(item(400, id="3", name="Stand"), item(100.25)))

    assert outcomes(crm.apply([paying(spend="500.250")])) == [WriteOutcome.DONE]
    assert len(wire.requests) == 1


def test_cost_that_people_entered_in_full_needs_no_item_of_ours(wire, crm):
    wire.on("GET", TOTALS, totals(item(400, id="3", name="Stand")))

    assert outcomes(crm.apply([paying(spend="400")])) == [WriteOutcome.DONE]
    assert len(wire.requests) == 1


def test_item_of_ours_goes_where_people_entered_the_rest(wire, crm):
    wire.on("GET", TOTALS, totals(item(400, id="3", name="Stand"), item(100)))
    wire.on("DELETE", f"{SPEND}/7", (204, None))

    assert outcomes(crm.apply([paying(spend="400")])) == [WriteOutcome.DONE]
    assert wire.requests[-1].method == "DELETE"


def test_cost_of_nothing_is_an_item_and_no_cost_is_none(wire, crm):
    wire.on("GET", TOTALS, totals(), totals(item(0)))
    wire.on("POST", SPEND, (201, item(0)))
    wire.on("DELETE", f"{SPEND}/7", (204, None))

    crm.apply([paying(spend="0")])
    crm.apply([paying(spend=None)])

    assert [asked.method for asked in wire.requests] == ["GET", "POST", "GET", "DELETE"]


@pytest.mark.parametrize("amount", ["399.99", "-1", None])
def test_items_of_people_are_never_changed(wire, crm, amount):
    wire.on("GET", TOTALS, totals(item(400, id="3", name="Stand"), item(100)))

    (result,) = crm.apply([paying(spend=amount)])

    assert result.outcome is WriteOutcome.REJECTED
    assert result.fields == ("spend",)
    assert "add up to 400" in result.message
    assert [asked.method for asked in wire.requests] == ["GET"]


def test_added_item_whose_answer_is_lost_is_looked_for_before_it_is_added_again(wire, crm):
    wire.on("GET", TOTALS, totals(), totals(item(500)))
    wire.on("POST", SPEND, wire.DROPPED)

    assert outcomes(crm.apply([paying(spend="500")])) == [WriteOutcome.DONE]
    assert len([asked for asked in wire.requests if asked.method == "POST"]) == 1


def test_item_that_is_refused_names_the_field(wire, crm):
    wire.on("GET", TOTALS, totals())
    wire.on("POST", SPEND, (400, error(message="no")))

    (result,) = crm.apply([paying(spend="500")])

    assert (result.outcome, result.fields) == (WriteOutcome.REJECTED, ("spend",))


def test_cost_of_a_campaign_that_is_gone_is_told(wire, crm):
    wire.on("GET", TOTALS, (404, error(category="OBJECT_NOT_FOUND")))

    assert outcomes(crm.apply([paying(spend="500")])) == [WriteOutcome.GONE]


def test_fault_after_some_costs_are_written_loses_none_of_them(wire, crm):
    wire.on("GET", TOTALS, totals(item(500)))
    wire.on("GET", f"{ROOT}/{guid(2)}/budget/totals", (503, None))

    results = crm.apply([paying(1, spend="500"), paying(2, spend="1"), paying(3, spend="2")])

    assert outcomes(results) == [WriteOutcome.DONE, WriteOutcome.LOCKED, WriteOutcome.LOCKED]


@pytest.mark.parametrize(
    "spend", [None, ["an item"], [{"name": OURS, "amount": 1}], [item("much")], [item("NaN")]]
)
def test_answer_that_is_no_list_of_items_is_a_fault_and_nothing_is_written(wire, crm, spend):
    wire.on("GET", TOTALS, (200, {"budgetItems": [], "spendItems": spend}))

    with pytest.raises(UnavailableError):
        crm.apply([paying(spend="500")])
    assert {asked.method for asked in wire.requests} == {"GET"}


def test_sums_are_read_fifty_to_a_call(wire, crm):
    read = [campaign(1, hs_spend_items_sum_amount="0.3"), campaign(2)]
    wire.on("POST", READ, (200, {"results": read}))

    found = crm.read_ties("campaigns", [FAIR, guid(2)], ["spend"])

    assert found == {(FAIR, "spend"): "0.3", (guid(2), "spend"): None}


def test_what_was_written_itself_is_added_up_from_the_items(wire, crm):
    wire.on("GET", TOTALS, totals(item(0.1, id="1"), item(0.2, id="2")))
    crm.apply([paying(spend="0.3")])

    found = crm.read_ties("campaigns", [FAIR], ["spend", "budget"])

    assert found == {(FAIR, "spend"): "0.3", (FAIR, "budget"): None}
