"""Reading campaigns: lists, batches by id, what an account does not give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.domain.errors import (
    AccountNotSupportedError,
    CredentialError,
    SchemaDriftError,
    UnavailableError,
)
from sync.domain.ports import ChangeQuery
from sync.domain.schema import FieldKind

ROOT = "/marketing/campaigns/2026-03"
READ = f"{ROOT}/batch/read"
OWN = "/crm/v3/properties/0-35"
ACCOUNT = "/account-info/v3/details"

DAY = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def guid(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


def campaign(number, *, hours=0, **properties):
    """Give a campaign as HubSpot writes it, updated so many hours after the day began."""
    stamp = (DAY + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
    return {
        "id": guid(number),
        "properties": properties,
        "businessUnits": [],
        "createdAt": "2026-10-01T07:00:00Z",
        "updatedAt": stamp,
    }


def page(*items, after=None, total=None):
    body = {"results": list(items), "total": len(items) if total is None else total}
    if after is not None:
        body["paging"] = {"next": {"after": after, "link": "https://example.com"}}
    return (200, body)


def query(*fields, since=None):
    return ChangeQuery(object_name="campaigns", fields=fields or ("hs_name",), since=since)


def numbers(records):
    return [int(record.ref.id[:8], 16) for record in records]


# --- the newest page ------------------------------------------------------------------------------


def test_peek_is_one_list_by_the_dated_path_with_properties_by_name(wire, crm):
    wire.on("GET", ROOT, page(campaign(1, hs_name="Fair")))

    crm.peek([query("hs_name", "hs_notes")])

    (asked,) = wire.requests
    assert asked.query == {
        "limit": ["100"],
        "sort": ["-updatedAt"],
        "properties": ["hs_name,hs_notes"],
    }


def test_property_that_is_left_out_is_blank(wire, crm):
    wire.on("GET", ROOT, page(campaign(1, hs_name="Fair")))

    (record,) = crm.peek([query("hs_name", "hs_notes")])[0].records

    assert record.fields == {"hs_name": "Fair", "hs_notes": None}
    assert record.stamp == DAY
    assert record.created == datetime(2026, 10, 1, 7, tzinfo=UTC)


def test_cost_is_read_from_the_sums(wire, crm):
    wire.on("GET", ROOT, page(campaign(1, hs_spend_items_sum_amount="1500.50")))

    (record,) = crm.peek([query("budget", "spend")])[0].records

    assert record.fields == {"budget": None, "spend": "1500.50"}
    asked = "hs_budget_items_sum_amount,hs_spend_items_sum_amount"
    assert wire.requests[0].query["properties"] == [asked]


def test_one_page_that_holds_all_hands_over_what_did_not_move_too(wire, crm):
    wire.on("GET", ROOT, page(campaign(1, hours=5), campaign(2, hours=1)))

    peek = crm.peek([query(since=DAY + timedelta(hours=3))])[0]

    assert (numbers(peek.records), peek.total) == ([1, 2], 2)


def test_page_that_reaches_back_past_the_window_is_the_whole_window(wire, crm):
    items = [campaign(1, hours=5), campaign(2, hours=1)]
    wire.on("GET", ROOT, page(*items, after="100", total=250))

    peek = crm.peek([query(since=DAY + timedelta(hours=3))])[0]

    assert peek.total == len(peek.records)


def test_page_within_the_window_says_that_there_is_more(wire, crm):
    wire.on("GET", ROOT, page(campaign(1, hours=5), after="100", total=None))

    peek = crm.peek([query(since=DAY)])[0]

    assert peek.total > len(peek.records)


def test_clock_is_that_of_the_answer(wire, crm):
    status, body = page()
    wire.on("GET", ROOT, (status, body, {"Date": "Mon, 02 Nov 2026 10:00:00 GMT"}))

    assert crm.peek([query()])[0].read_at == datetime(2026, 11, 2, 10, tzinfo=UTC)


# --- all pages ------------------------------------------------------------------------------------


def test_changes_are_read_until_one_is_older(wire, crm):
    wire.on(
        "GET",
        ROOT,
        page(campaign(1, hours=9), campaign(2, hours=8), after="2", total=5),
        page(campaign(3, hours=7), campaign(4, hours=1), after="4", total=5),
    )

    read = [one for each in crm.read_changes(query(since=DAY + timedelta(hours=5))) for one in each]

    assert numbers(read) == [1, 2, 3]
    assert [asked.query.get("after") for asked in wire.requests] == [None, ["2"]]


def test_page_shorter_than_asked_is_not_the_last(wire, crm):
    wire.on("GET", ROOT, page(campaign(1), after="x", total=2), page(campaign(2), total=2))

    read = [one for each in crm.read_changes(query()) for one in each]

    assert numbers(read) == [1, 2]
    assert wire.requests[0].query["sort"] == ["createdAt"]


def test_list_that_lost_one_meanwhile_is_read_again(wire, crm):
    wire.on(
        "GET",
        ROOT,
        page(campaign(1), campaign(2), after="2", total=4),
        page(campaign(4), total=3),  # the third slipped to the first page
        page(campaign(2), campaign(3), after="2", total=3),
        page(campaign(4), total=3),
    )

    read = {number for each in crm.read_stamps("campaigns") for number in numbers(each)}

    assert read == {1, 2, 3, 4}


def test_list_that_goes_round_in_circles_is_a_fault(wire, crm):
    wire.on("GET", ROOT, page(campaign(1), after="2", total=9))

    with pytest.raises(UnavailableError, match="again and again"):
        list(crm.read_stamps("campaigns"))


@pytest.mark.parametrize(
    "body",
    [
        {"results": [{"id": "no guid", "properties": {}}]},
        {"results": [{"id": guid(1)}]},
        {"results": {"id": guid(1)}},
        {"total": 0},
        "<html>sign in</html>",
    ],
)
def test_answer_that_is_no_list_of_campaigns_is_a_fault_and_not_an_empty_one(wire, crm, body):
    wire.on("GET", ROOT, (200, body))

    with pytest.raises(UnavailableError):
        crm.peek([query()])


def test_limit_is_waited_out(wire, crm):
    wire.on("GET", ROOT, (429, {"policyName": "SECONDLY"}, {"Retry-After": "3"}), page())

    crm.peek([query()])

    assert len(wire.requests) == 2
    assert wire.waits[0] >= 3


# --- by id and by value ---------------------------------------------------------------------------


def test_batch_read_asks_for_properties_beside_the_body(wire, crm):
    wire.on("POST", READ, (200, {"results": [campaign(1, hs_name="Fair")]}))

    found = list(crm.fetch("campaigns", [guid(1)], ["hs_name"]))

    (asked,) = wire.requests
    assert asked.query == {"properties": ["hs_name"]}
    assert asked.body == {"inputs": [{"id": guid(1)}]}
    assert found[0].fields == {"hs_name": "Fair"}


def test_batches_hold_no_more_than_fifty(wire, crm):
    def answer(request):
        read = [campaign(int(each["id"][:8], 16)) for each in request.body["inputs"]]
        return (200, {"results": read[::-1]})

    wire.on("POST", READ, answer)

    found = list(crm.fetch("campaigns", [guid(n) for n in range(120)], []))

    assert [len(asked.body["inputs"]) for asked in wire.requests] == [50, 50, 20]
    assert sorted(numbers(found)) == list(range(120))


def not_found(number, **more):
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "no such campaign",
        "context": {"id": [guid(number)]},
        **more,
    }


def test_campaign_hubspot_says_it_has_not_is_gone_and_one_it_does_not_mention_is_missing(wire, crm):
    wire.on("POST", READ, (207, {"results": [campaign(1)], "errors": [not_found(2)]}))

    found = list(crm.fetch("campaigns", [guid(1), guid(2), guid(3)], []))

    assert [(*numbers([one]), one.gone) for one in found] == [(1, False), (2, True)]


def test_other_errors_of_a_batch_prove_nothing(wire, crm):
    other = not_found(2, category="VALIDATION_ERROR")
    wire.on("POST", READ, (207, {"results": [], "errors": [other]}))

    assert list(crm.fetch("campaigns", [guid(2)], [])) == []


def test_batch_refused_for_one_that_is_gone_is_read_in_halves(wire, crm):
    def answer(request):
        ids = [each["id"] for each in request.body["inputs"]]
        if guid(3) in ids:
            return (404, not_found(3))
        return (200, {"results": [campaign(int(each[:8], 16)) for each in ids]})

    wire.on("POST", READ, answer)

    found = list(crm.fetch("campaigns", [guid(n) for n in range(1, 5)], []))

    assert sorted((*numbers([one]), one.gone) for one in found) == [
        (1, False),
        (2, False),
        (3, True),
        (4, False),
    ]


def test_one_name_is_asked_for_and_must_be_whole(wire, crm):
    wire.on("GET", ROOT, page(campaign(1, hs_name="Fair 2026"), campaign(2, hs_name=" fair")))

    found = list(crm.find("campaigns", "hs_name", ["Fair"], ["hs_notes"]))

    assert numbers(found) == [2]
    assert found[0].fields == {"hs_notes": None}
    assert wire.requests[0].query["name"] == ["Fair"]


def test_nothing_is_asked_for_no_value(wire, crm):
    assert list(crm.find("campaigns", "hs_name", ["", "  "], [])) == []
    assert wire.requests == []


def test_neither_archived_campaigns_nor_histories_are_asked_for(wire, crm):
    assert list(crm.read_gone("campaigns", None)) == []
    assert crm.edit_times("campaigns", [guid(1)], ["hs_name"]) == {}
    assert wire.requests == []


# --- the fields -----------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def account(wire):
    wire.on("GET", ACCOUNT, (200, {"portalId": 1, "additionalCurrencies": []}))


@pytest.mark.parametrize(("several", "field"), [([], ""), (["USD"], "hs_currency_code")])
def test_currency_is_told_where_the_account_keeps_several(wire, crm, several, field):
    wire.on("GET", ROOT, page())
    wire.on("GET", ACCOUNT, (200, {"portalId": 1, "additionalCurrencies": several}))

    assert crm.describe("campaigns").currency_field == field


def test_fields_are_known_where_the_account_does_not_describe_them(wire, crm):
    wire.on("GET", ROOT, page())
    wire.on("GET", OWN, (400, {"message": "Unable to infer object type from: 0-35"}))

    fields = crm.describe("campaigns").fields

    assert fields["hs_name"].required
    assert fields["hs_start_date"].kind is FieldKind.DATE
    assert fields["spend"].kind is FieldKind.MONEY
    assert fields["spend"].updatable
    assert not fields["hs_spend_items_sum_amount"].updatable
    assert [one.value for one in fields["hs_campaign_status"].options][:2] == [
        "planned",
        "in_progress",
    ]


def test_own_properties_and_options_are_the_accounts(wire, crm):
    states = [{"value": "running", "label": "Running"}]
    own = [
        {"name": "region", "label": "Region", "type": "string", "fieldType": "text"},
        {
            "name": "hs_campaign_status",
            "label": "State",
            "type": "enumeration",
            "fieldType": "select",
            "options": states,
        },
    ]
    wire.on("GET", ROOT, page())
    wire.on("GET", OWN, (200, {"results": own}))

    fields = crm.describe("campaigns").fields

    assert fields["region"].updatable
    assert [one.value for one in fields["hs_campaign_status"].options] == ["running"]
    assert fields["hs_campaign_status"].label == "State"


def test_own_property_that_is_no_more_was_not_emptied(wire, crm):
    own = [{"name": "region", "label": "Region", "type": "string", "fieldType": "text"}]
    wire.on("GET", ROOT, page(campaign(1, hs_name="Fair")))
    wire.on("GET", OWN, (200, {"results": own}), (200, {"results": []}))
    crm.describe("campaigns")

    (record,) = crm.peek([query("hs_name", "region", "hs_notes")])[0].records

    assert record.fields == {"hs_name": "Fair", "hs_notes": None}


MISSING = {
    "category": "MISSING_SCOPES",
    "message": "no",
    "errors": [{"context": {"requiredGranularScopes": ["marketing.campaigns.read"]}}],
}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (MISSING, "the token lacks the scope marketing.campaigns.read"),
        ({"category": "FORBIDDEN"}, "subscription does not include campaigns"),
        ("<html>no</html>", "subscription does not include campaigns"),
    ],
)
def test_account_without_campaigns_says_so_and_nothing_else_is_wrong(wire, crm, body, words):
    wire.on("GET", ROOT, (403, body))

    with pytest.raises(AccountNotSupportedError, match=words) as told:
        crm.describe("campaigns")

    assert (told.value.object_name, told.value.system) == ("campaigns", "HubSpot")


def test_token_that_is_refused_is_a_matter_of_credentials(wire, crm):
    wire.on("GET", ROOT, (401, {"category": "INVALID_AUTHENTICATION"}))

    with pytest.raises(CredentialError):
        crm.describe("campaigns")


def test_address_that_is_not_there_is_told(wire, crm):
    wire.on("GET", ROOT, (404, "<html>not here</html>"))

    with pytest.raises(SchemaDriftError):
        crm.describe("campaigns")
