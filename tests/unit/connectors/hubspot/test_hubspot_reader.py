from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.domain.errors import UnavailableError
from sync.domain.ports import ChangeQuery

SEARCH = "/crm/v3/objects/contacts/search"
LIST = "/crm/v3/objects/contacts"
READ = "/crm/v3/objects/contacts/batch/read"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def query(fields=("email",), since=SINCE, object_name="contacts"):
    return ChangeQuery(object_name=object_name, fields=tuple(fields), since=since)


def searching(records):
    """Answer searches over these records as HubSpot would: filters on id, 200 a page."""
    ranked = sorted(records, key=lambda r: int(r["id"]))
    tests = {"GT": int.__gt__, "GTE": int.__ge__, "EQ": int.__eq__}

    def answer(request):
        limit = request.body["limit"]
        filters = {f["propertyName"]: f for f in request.body["filterGroups"][0]["filters"]}
        by_id = filters["hs_object_id"]
        test, bound = tests[by_id["operator"]], int(by_id["value"])
        left = [r for r in ranked if test(int(r["id"]), bound)]
        body = {"total": len(left), "results": left[:limit]}
        if len(left) > limit:
            body["paging"] = {"next": {"after": str(limit)}}
        return (200, body)

    return answer


def test_peek_asks_once_for_the_newest_page(wire, crm, record):
    wire.on("POST", SEARCH, (200, {"total": 1, "results": [record("7", email="ada@example.org")]}))

    (peek,) = crm.peek([query()])

    (request,) = wire.requests
    assert request.body["sorts"] == [
        {"propertyName": "lastmodifieddate", "direction": "DESCENDING"}
    ]
    assert request.body["limit"] == 200
    assert request.body["filterGroups"] == [
        {
            "filters": [
                {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "1793491200000"}
            ]
        }
    ]
    assert peek.total == 1
    assert dict(peek.records[0].fields) == {"email": "ada@example.org"}
    assert peek.records[0].stamp == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert peek.records[0].created == datetime(2026, 10, 1, 7, tzinfo=UTC)


def test_peek_is_read_at_the_time_of_the_answer(wire, crm):
    date = {"Date": "Mon, 02 Nov 2026 09:15:04 GMT"}
    wire.on("POST", SEARCH, (200, {"total": 0, "results": []}, date))

    (peek,) = crm.peek([query()])

    assert peek.read_at == datetime(2026, 11, 2, 9, 15, 4, tzinfo=UTC)


def test_peek_is_read_at_our_own_time_where_the_answer_has_none(wire, crm):
    wire.on("POST", SEARCH, (200, {"total": 0, "results": []}))

    (peek,) = crm.peek([query()])

    assert peek.read_at == datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def test_objects_but_contacts_are_stamped_by_their_own_property(wire, crm):
    path = "/crm/v3/objects/companies/search"
    wire.on("POST", path, (200, {"total": 0, "results": []}))

    crm.peek([query(object_name="companies")])

    assert wire.requests[0].body["sorts"][0]["propertyName"] == "hs_lastmodifieddate"


def test_search_too_long_for_hubspot_reads_the_values_by_id(wire, crm, record):
    fields = [f"a_property_with_a_long_name_{number}" for number in range(120)]
    wire.on("POST", SEARCH, (200, {"total": 2, "results": [record("9"), record("7")]}))
    wire.on("POST", READ, (200, {"results": [record("7", **{fields[0]: "x"}), record("9")]}))

    (peek,) = crm.peek([query(fields)])

    assert wire.sent("/search")[0].body["properties"] == []
    assert [r.ref.id for r in peek.records] == ["9", "7"]
    assert peek.records[1].fields[fields[0]] == "x"


def test_changes_are_read_once_each_beyond_ten_thousand_with_one_stamp(wire, crm, record):
    records = [record(str(number)) for number in range(5, 10_455)]
    wire.on("POST", SEARCH, searching(records))

    ids = [r.ref.id for page in crm.read_changes(query()) for r in page]

    assert ids == [r["id"] for r in records]
    assert len(wire.requests) == 53
    assert all(request.body["after"] == "0" for request in wire.requests)


def test_record_edited_while_pages_are_read_hides_no_other(wire, crm, record):
    records = [record(str(number)) for number in range(1, 451)]
    whole = searching(records)
    edited = searching([record("3", stamp="2026-11-02T00:00:00.000Z"), *records[3:]])
    wire.on("POST", SEARCH, whole, edited)

    ids = [r.ref.id for page in crm.read_changes(query()) for r in page]

    assert set(ids) == {r["id"] for r in records}


def _stamp(minutes: int) -> str:
    return (SINCE + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def _value(minutes: int) -> str:
    return str(int((SINCE + timedelta(minutes=minutes)).timestamp() * 1000))


def _asked_since(wire) -> list[str]:
    """Give from when on each search asked."""
    asked = (sent.body["filterGroups"][0]["filters"][0]["value"] for sent in wire.sent("/search"))
    return list(asked)


def test_what_changed_during_a_long_reading_is_read_after_it(wire, connected, record):
    times = iter([SINCE + timedelta(minutes=minute) for minute in (60, 100, 101)])
    crm = connected(clock=lambda: next(times))
    first, second = record("1", stamp=_stamp(10)), record("2", stamp=_stamp(90))
    wire.on("GET", LIST, (200, {"results": [first, second]}))
    wire.on("POST", SEARCH, (200, {"total": 1, "results": [record("1", email="new")]}))

    pages = list(crm.read_changes(query(since=None)))

    assert [[r.ref.id for r in page] for page in pages] == [["1", "2"], ["1"]]
    assert _asked_since(wire) == [_value(55)]


def test_each_further_reading_asks_for_what_changed_since_the_one_before(wire, connected, record):
    times = iter([SINCE + timedelta(minutes=minute) for minute in (60, 100, 140, 180, 220)])
    crm = connected(clock=lambda: next(times))
    wire.on("GET", LIST, (200, {"results": [record("1", stamp=_stamp(90))]}))
    found = [[record("2", stamp=_stamp(120))], [record("2", stamp=_stamp(120))]]
    wire.on("POST", SEARCH, *((200, {"total": 1, "results": one}) for one in found))

    pages = list(crm.read_changes(query(since=None)))

    assert [[r.ref.id for r in page] for page in pages] == [["1"], ["2"], ["2"]]
    assert _asked_since(wire) == [_value(55), _value(90)]


def test_long_reading_that_gave_nothing_newer_is_not_taken_up_again(wire, connected, record):
    # Our clock is hours behind HubSpot's: by it all of this would have changed meanwhile.
    times = iter([SINCE + timedelta(minutes=minute) for minute in (0, 1, 40, 80, 120)])
    crm = connected(clock=lambda: next(times))
    records = [record(str(number), stamp=_stamp(600)) for number in range(1, 401)]
    newest = (200, {"total": 400, "results": list(reversed(records))[:200]})
    wire.on("POST", SEARCH, newest)
    crm.peek([query()])
    wire.on("POST", SEARCH, searching(records))

    ids = [r.ref.id for page in crm.read_changes(query()) for r in page]

    assert ids == [r["id"] for r in records]
    assert len(wire.requests) == 3


def test_short_reading_costs_no_further_call(wire, crm, record):
    wire.on("POST", SEARCH, searching([record(str(number)) for number in range(1, 401)]))

    list(crm.read_changes(query()))

    assert len(wire.requests) == 2


def test_first_read_lists_all_records_by_pages(wire, crm, record):
    first = {"results": [record("1", email="a@example.org")], "paging": {"next": {"after": "2"}}}
    wire.on("GET", LIST, (200, first), (200, {"results": [record("2", email=None)]}))

    pages = [list(page) for page in crm.read_changes(query(since=None))]

    assert [[r.ref.id for r in page] for page in pages] == [["1"], ["2"]]
    assert wire.requests[0].query["limit"] == ["100"]
    assert "email" in wire.requests[0].query["properties"]
    assert wire.requests[1].query["after"] == ["2"]
    assert dict(pages[1][0].fields) == {"email": None}


def test_list_with_too_many_fields_for_an_address_reads_the_values_by_id(wire, crm, record):
    fields = [f"a_property_with_a_long_name_{number}" for number in range(120)]
    wire.on("GET", LIST, (200, {"results": [record("1")]}))
    wire.on("POST", READ, (200, {"results": [record("1", **{fields[5]: "x"})]}))

    ((found,),) = crm.read_changes(query(fields, since=None))

    assert found.fields[fields[5]] == "x"
    assert fields[5] not in wire.requests[0].query["properties"]


def test_values_come_in_native_form(wire, crm, record):
    given = record(
        "1", flag="true", amount="1234.50", day="2026-03-31", at="2026-03-31T22:14:05Z", note=""
    )
    wire.on("GET", LIST, (200, {"results": [given]}))
    names = ("flag", "amount", "day", "at", "note", "unheard_of")

    ((found,),) = crm.read_changes(query(names, since=None))

    assert dict(found.fields) == {
        "flag": "true",
        "amount": "1234.50",
        "day": "2026-03-31",
        "at": "2026-03-31T22:14:05.000Z",
        "note": None,
    }


def test_merged_ids_are_aliases_of_the_survivor(wire, crm, record):
    wire.on("POST", READ, (200, {"results": [record("30", hs_merged_object_ids="10;20")]}))

    (found,) = crm.fetch("contacts", ["30"], ["email"])

    assert found.aliases == ("10", "20")


def test_record_answered_under_another_id_carries_the_asked_one(wire, crm, record):
    wire.on("POST", READ, (200, {"results": [record("1"), record("30")]}))

    found = {r.ref.id: r for r in crm.fetch("contacts", ["1", "20"], [])}

    assert found["30"].aliases == ("20",)
    assert found["1"].aliases == ()


def test_nobody_is_taken_for_another_where_two_may_be(wire, crm, record):
    wire.on("POST", READ, (200, {"results": [record("30"), record("40")]}))

    found = list(crm.fetch("contacts", ["10", "20"], []))

    assert [r.aliases for r in found] == [(), ()]


def test_missing_records_are_left_out(wire, crm, record):
    errors = [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "context": {"ids": ["9"]},
            "message": "",
        }
    ]
    wire.on("POST", READ, (207, {"results": [record("1")], "numErrors": 1, "errors": errors}))

    assert [r.ref.id for r in crm.fetch("contacts", ["1", "9"], [])] == ["1"]


def test_fetch_reads_a_hundred_records_a_call(wire, crm, record):
    wire.on(
        "POST", READ, lambda got: (200, {"results": [record(i["id"]) for i in got.body["inputs"]]})
    )

    found = list(crm.fetch("contacts", [str(number) for number in range(1, 251)], []))

    assert len(found) == 250
    assert [len(request.body["inputs"]) for request in wire.requests] == [100, 100, 50]


def test_contacts_are_found_by_email_without_the_search(wire, crm, record):
    wire.on("POST", READ, (200, {"results": [record("1", email="ada@example.org")]}))

    (found,) = crm.find("contacts", "email", ["ada@example.org"], ["email"])

    assert found.ref.id == "1"
    assert wire.requests[0].body["idProperty"] == "email"


def test_field_that_is_unique_is_found_without_the_search(wire, crm, record):
    definition = {"name": "key", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    wire.on("GET", "/crm/v3/properties/companies", (200, {"results": [definition]}))
    path = "/crm/v3/objects/companies/batch/read"
    wire.on("POST", path, (200, {"results": [record("1", key="x")]}))

    (found,) = crm.find("companies", "key", ["x"], ["key"])

    assert found.fields["key"] == "x"
    assert wire.sent("/batch/read")[0].body["idProperty"] == "key"


def test_other_fields_are_searched_and_only_what_is_equal_is_given(wire, crm, record):
    definition = {"name": "domain", "type": "string", "fieldType": "text"}
    wire.on("GET", "/crm/v3/properties/companies", (200, {"results": [definition]}))
    near = [record("1", domain="Example.org"), record("2", domain="example.org.uk")]
    wire.on("POST", "/crm/v3/objects/companies/search", (200, {"total": 2, "results": near}))

    found = list(crm.find("companies", "domain", ["Example.org", "b.example"], ["name"]))

    assert [r.ref.id for r in found] == ["1"]
    assert dict(found[0].fields) == {}
    assert wire.sent("/search")[0].body["filterGroups"][0]["filters"][0] == {
        "propertyName": "domain",
        "operator": "IN",
        "values": ["b.example", "example.org"],
    }


def test_stamps_are_read_without_fields(wire, crm, record):
    wire.on("GET", LIST, (200, {"results": [record("1", email="a@example.org")]}))

    ((found,),) = crm.read_stamps("contacts")

    assert dict(found.fields) == {}
    assert wire.requests[0].query["properties"] == ["lastmodifieddate", "hs_merged_object_ids"]


def test_archived_records_since_a_time_are_gone_with_proof(wire, crm, record):
    old = {**record("1"), "archived": True, "archivedAt": "2026-10-01T00:00:00Z"}
    new = {**record("2"), "archived": True, "archivedAt": "2026-11-01T06:00:00Z"}
    wire.on("GET", LIST, (200, {"results": [old, new]}))

    ((found,),) = crm.read_gone("contacts", SINCE)

    assert (found.ref.id, found.gone) == ("2", True)
    assert found.stamp == datetime(2026, 11, 1, 6, tzinfo=UTC)
    assert wire.requests[0].query["archived"] == ["True"]


def test_newest_entry_of_the_history_is_the_edit_time(wire, crm, record):
    entries = [
        {"value": "b", "timestamp": "2026-10-05T08:15:30.120Z", "sourceType": "CRM_UI"},
        {"value": "a", "timestamp": "2026-09-01T07:00:00.000Z", "sourceType": "FORM"},
    ]
    item = {**record("1"), "propertiesWithHistory": {"email": entries, "phone": []}}
    wire.on("POST", READ, (200, {"results": [item]}))

    times = crm.edit_times("contacts", ["1"], ["email", "phone"])

    assert times == {("1", "email"): datetime(2026, 10, 5, 8, 15, 30, 120_000, tzinfo=UTC)}


def test_history_is_read_fifty_records_a_call(wire, crm, record):
    wire.on("POST", READ, (200, {"results": []}))

    crm.edit_times("contacts", [str(number) for number in range(60)], ["email"])

    assert [len(request.body["inputs"]) for request in wire.requests] == [50, 10]


def test_history_of_no_fields_costs_no_call(wire, crm):
    assert crm.edit_times("contacts", ["1"], []) == {}
    assert wire.requests == []


def test_blank_values_are_not_looked_for(wire, crm):
    assert list(crm.find("contacts", "email", [""], [])) == []
    assert wire.requests == []


def test_record_asked_for_twice_is_read_once(wire, crm, record):
    wire.on("POST", READ, (200, {"results": [record("1")]}))

    assert len(list(crm.fetch("contacts", ["1", "1"], []))) == 1
    assert wire.requests[0].body["inputs"] == [{"id": "1"}]


def test_records_without_ids_are_never_taken_for_records(wire, crm):
    wire.on("POST", SEARCH, (200, {"total": 1, "results": [{"id": None, "properties": None}]}))

    with pytest.raises(UnavailableError, match="without ids"):
        crm.peek([query()])


@pytest.mark.parametrize(
    ("version", "search"),
    [
        ("2026-03", "/crm/objects/2026-03/contacts/search"),
        ("2026-09", "/crm/objects/2026-09/contacts/search"),
    ],
)
def test_setting_moves_all_calls_to_dated_paths(wire, connected, version, search):
    wire.on("POST", search, (200, {"total": 0, "results": []}))
    wire.on("GET", f"/crm/properties/{version}/contacts", (200, {"results": []}))
    wire.on("GET", f"/account-info/{version}/details", (200, {"portalId": 4711}))
    crm = connected(api_version=version)

    crm.peek([query()])
    crm.describe("contacts")
    crm.account()

    assert len(wire.requests) == 3
