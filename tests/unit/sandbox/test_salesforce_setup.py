"""What an admin sets up in the Salesforce stand-in: rules, security, record types, currencies."""

from __future__ import annotations

import pytest

from sandbox.errors import SeedError
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import parse_lines
from tests.unit.sandbox.orgs import (
    StillClock,
    Switchboard,
    field,
    later,
    new_org,
    record,
    refused,
    round_trip,
    rows,
    setup,
    the_one,
)


@pytest.fixture(scope="module")
def board():
    board = Switchboard()
    board.start()
    yield board
    board.stop()


@pytest.fixture
def serve(board):
    opened = []

    def serve(*lines):
        opened.append(board.serve(new_org(*lines)))
        return opened[-1]

    yield serve
    for web in opened:
        web.session.close()


def error_of(response):
    return response.status_code, response.json()[0]["errorCode"]


LEAD = {"LastName": "Li", "Company": "Acme"}

# Validation, duplicates, assignment


def test_validation_rule_names_its_field(serve):
    when = [
        {"field": "Country", "operator": "=", "value": "germany"},
        {"field": "PostalCode", "operator": "blank"},
    ]
    rule = {"object": "Lead", "when": when, "message": "A code, please", "field": "PostalCode"}
    web = serve(setup("validation_rule", **rule))
    answer = web.call("POST", "/sobjects/Lead", json={**LEAD, "Country": "Germany"})
    assert answer.json() == [
        {
            "message": "A code, please",
            "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "fields": ["PostalCode"],
        }
    ]
    assert web.call("POST", "/sobjects/Lead", json=LEAD).status_code == 201


@pytest.mark.parametrize(
    ("operator", "value", "breaks"),
    [
        (">", 5, True),
        (">", 6, False),
        ("<=", 6, True),
        ("in", [6, 7], True),
        ("not in", [6], False),
        ("!=", 6, False),
        ("filled", None, True),
    ],
)
def test_conditions_of_rules(operator, value, breaks):
    when = [{"field": "NumberOfEmployees", "operator": operator, "value": value}]
    org = new_org(setup("validation_rule", object="Lead", when=when, message="No"))
    body = {**LEAD, "NumberOfEmployees": 6}
    if breaks:
        assert refused(org.create, "Lead", body).message == "No"
    else:
        assert org.create("Lead", body)


@pytest.mark.parametrize(
    "line",
    [
        setup("nonsense"),
        setup("validation_rule", object="Lead", when=[{"field": "Nope"}], message="x"),
        setup("validation_rule", object="Lead", when=[{"field": "City", "operator": "~"}]),
        setup("duplicate_rule", object="Lead"),
        setup("assignment_rule", object="Lead", entries=[{"owner": {"key": "nobody"}}]),
        setup("field_security", object="Lead", field="Company", readable=False),
        setup("record_type_choices", object="Lead", field="Status", recordType="No", values=[]),
        setup("history_tracking", object="Campaign", fields=["Name"]),
        setup("object", name="NoSuffix"),
        setup("currencies", corporate="XXX"),
    ],
)
def test_set_up_line_that_cannot_be_used_is_named(line):
    org = SalesforceStore(StillClock())
    with pytest.raises(SeedError) as caught:
        org.load(list(new_lines(line)))
    assert "seed:1" in str(caught.value)


def new_lines(*lines):
    return parse_lines(enumerate(lines, start=1))


def test_duplicate_rule_can_look_among_contacts(serve):
    rule = setup(
        "duplicate_rule", object="Lead", fields=["Email"], against=["Lead", "Contact"], name="Mine"
    )
    web = serve(rule, record("Contact", "c", LastName="Ng", Email="a@x.example"))
    contact = the_one(web.org, "Contact")["Id"]
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=false; includeRecordDetails=true"}
    answer = web.call(
        "POST", "/sobjects/Lead", json={**LEAD, "Email": "A@x.example"}, headers=headers
    )
    result = answer.json()[0]["duplicateResut"]
    assert (result["duplicateRule"], result["duplicateRuleEntityType"]) == ("Mine", "Lead")
    match = result["matchResults"][0]
    shown = match["matchRecords"][0]["record"]
    assert (match["entityType"], shown["Id"], shown["Name"]) == ("Contact", contact, "Ng")


def test_blocking_duplicate_rule_is_not_passed(serve):
    rule = setup("duplicate_rule", object="Lead", fields=["Email"], allowSave=False)
    web = serve(rule, record("Lead", "l", Email="a@x.example", **LEAD))
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    body = {**LEAD, "Email": "a@x.example"}
    answer = web.call("POST", "/sobjects/Lead", json=body, headers=headers)
    assert error_of(answer) == (400, "DUPLICATES_DETECTED")


@pytest.mark.parametrize(("header", "is_assigned"), [("TRUE", True), ("FALSE", False)])
def test_assignment_rule_and_the_header_that_turns_it_off(serve, header, is_assigned):
    entries = [
        {
            "when": [{"field": "Country", "operator": "=", "value": "France"}],
            "owner": {"key": "q"},
        },
        {"owner": {"key": "r"}},
    ]
    web = serve(
        setup("assignment_rule", object="Lead", entries=entries),
        record("Group", "q", Name="France", Type="Queue"),
        record("Group", "r", Name="Rest", Type="Queue"),
    )
    body, headers = {**LEAD, "Country": "France"}, {"Sforce-Auto-Assign": header}
    made = web.call("POST", "/sobjects/Lead", json=body, headers=headers).json()["id"]
    queue = next(row["Id"] for row in rows(web.org, "Group") if row["Name"] == "France")
    assert (web.org.get("Lead", made)["OwnerId"] == queue) is is_assigned


def test_queue_of_another_object_owns_nothing_here():
    org = new_org(
        record("Group", "q", Name="Cases", Type="Queue"),
        record("QueueSobject", "s", QueueId={"key": "q"}, SobjectType="Account"),
    )
    queue = the_one(org, "Group")["Id"]
    assert refused(org.create, "Lead", {**LEAD, "OwnerId": queue}).code == "INVALID_OPERATION"


# Field-level security


@pytest.fixture
def hidden(serve):
    return serve(
        setup("field_security", object="Lead", field="AnnualRevenue", readable=False),
        setup("field_security", object="Lead", field="Rating", readable=True, editable=False),
        record("Lead", "l", AnnualRevenue=5, Rating="Hot", **LEAD),
    )


def test_hidden_field_is_not_described(hidden):
    fields = hidden.fields("Lead")
    assert "AnnualRevenue" not in fields
    assert fields["Rating"]["updateable"] is False


def test_hidden_field_cannot_be_queried(hidden):
    answer = hidden.query("SELECT AnnualRevenue FROM Lead")
    assert error_of(answer) == (400, "INVALID_FIELD")


def test_hidden_field_is_not_in_a_record(hidden):
    lead = the_one(hidden.org, "Lead")["Id"]
    assert "AnnualRevenue" not in hidden.call("GET", f"/sobjects/Lead/{lead}").json()


@pytest.mark.parametrize("name", ["AnnualRevenue", "Rating"])
def test_secured_field_cannot_be_written(hidden, name):
    lead = the_one(hidden.org, "Lead")["Id"]
    answer = hidden.call("PATCH", f"/sobjects/Lead/{lead}", json={name: "7"})
    assert error_of(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert answer.json()[0]["fields"] == [name]


def test_person_writes_what_is_hidden_from_the_api(hidden):
    lead = the_one(hidden.org, "Lead")["Id"]
    hidden.org.edit("Lead", lead, {"AnnualRevenue": 9, "Rating": "Cold"})
    row = hidden.org.get("Lead", lead)
    assert (row["AnnualRevenue"], row["Rating"]) == (9, "Cold")


def test_security_survives_export(hidden):
    copy = round_trip(hidden.org)
    assert copy.database.table("Lead").rows == hidden.org.database.table("Lead").rows
    assert set(copy.database.schema.find("Lead").hidden) == {"AnnualRevenue"}


def test_security_can_be_given_back(hidden):
    line = {"kind": "field_security", "object": "Lead", "field": "AnnualRevenue"}
    hidden.org.set_up({**line, "readable": True, "editable": True})
    assert hidden.fields("Lead")["AnnualRevenue"]["updateable"] is True


# Record types

TYPES = (
    record("RecordType", "b", Name="Partner", DeveloperName="Partner", SobjectType="Lead"),
    record("RecordType", "d", Name="Direct", DeveloperName="Direct", SobjectType="Lead"),
    field("Lead", name="Level__c", type="picklist", values=["A", "B"]),
    setup("default_record_type", object="Lead", recordType="Direct"),
    setup(
        "record_type_choices", object="Lead", field="Level__c", recordType="Direct", values=["A"]
    ),
)


def test_object_without_record_types_has_no_such_field(serve):
    assert "RecordTypeId" not in serve().fields("Lead")


def test_record_types_are_described(serve):
    infos = serve(*TYPES).call("GET", "/sobjects/Lead/describe").json()["recordTypeInfos"]
    shown = [(i["developerName"], i["defaultRecordTypeMapping"], i["master"]) for i in infos]
    assert shown == [("Partner", False, False), ("Direct", True, False), ("Master", False, True)]


def test_record_without_a_type_gets_the_default_one():
    org = new_org(*TYPES)
    row = org.get("Lead", org.create("Lead", LEAD))
    assert org.get("RecordType", row["RecordTypeId"])["DeveloperName"] == "Direct"


def test_record_type_narrows_a_picklist():
    org = new_org(*TYPES)
    error = refused(org.create, "Lead", {**LEAD, "Level__c": "B"})
    assert (error.code, error.fields) == ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ("Level__c",))


def test_record_type_of_another_object_is_refused():
    other = record("RecordType", "x", Name="X", DeveloperName="X", SobjectType="Account")
    org = new_org(*TYPES, other)
    wrong = next(r["Id"] for r in rows(org, "RecordType") if r["SobjectType"] == "Account")
    error = refused(org.create, "Lead", {**LEAD, "RecordTypeId": wrong})
    assert error.code == "INVALID_CROSS_REFERENCE_KEY"


# Currencies


def test_one_currency_has_no_currency_objects(serve):
    web = serve()
    assert "CurrencyIsoCode" not in web.fields("Opportunity")
    assert web.call("GET", "/sobjects/CurrencyType/describe").status_code == 404


def test_several_currencies_are_a_switch(serve):
    web = serve(record("Account", "a", Name="Acme"))
    web.org.switches.multi_currency = True
    assert web.fields("Account")["CurrencyIsoCode"]["defaultValue"] == "USD"
    found = web.query("SELECT CurrencyIsoCode FROM Account").json()["records"]
    assert found[0]["CurrencyIsoCode"] == "USD"
    web.org.switches.multi_currency = False
    assert error_of(web.query("SELECT CurrencyIsoCode FROM Account")) == (400, "INVALID_FIELD")


def test_currencies_turned_on_by_the_switch_survive_export():
    org = new_org(record("Account", "a", Name="Acme"))
    org.switches.multi_currency = True
    assert list(round_trip(org).export()) == list(org.export())


def test_dated_rate_holds_until_the_next_one_begins(serve):
    web = serve(setup("currencies", corporate="EUR"))
    create = web.org.create
    for day, rate in (("2026-01-01", 1.1), ("2026-07-01", 1.2), ("2026-04-01", 1.15)):
        body = {"IsoCode": "USD", "StartDate": day, "ConversionRate": rate}
        last = create("DatedConversionRate", body)
    rates = "SELECT StartDate, NextStartDate FROM DatedConversionRate ORDER BY StartDate"
    spans = [(r["StartDate"], r["NextStartDate"]) for r in web.query(rates).json()["records"]]
    assert spans == [
        ("2026-01-01", "2026-04-01"),
        ("2026-04-01", "2026-07-01"),
        ("2026-07-01", "9999-12-31"),
    ]
    web.org.remove("DatedConversionRate", last)
    assert web.query(rates).json()["records"][0]["NextStartDate"] == "2026-07-01"
    web.org.switches.dated_rates = False
    assert error_of(web.query(rates)) == (400, "INVALID_TYPE")


def test_currency_of_a_record_is_one_of_the_orgs():
    org = new_org(
        setup("currencies", corporate="EUR"),
        record("CurrencyType", "u", IsoCode="USD", ConversionRate=1.1, DecimalPlaces=2),
    )
    made = org.create("Account", {"Name": "Acme"})
    assert org.get("Account", made)["CurrencyIsoCode"] == "EUR"
    org.edit("Account", made, {"CurrencyIsoCode": "USD"})
    error = refused(org.edit, "Account", made, {"CurrencyIsoCode": "JPY"})
    assert error.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    copy = round_trip(org)
    assert copy.get("Account", made)["CurrencyIsoCode"] == "USD"
    assert list(copy.export()) == list(org.export())


# Custom objects

PROJECT = (
    setup("object", name="Project__c", label="Project", autoNumber="P-{0000}"),
    field(
        "Project__c",
        name="Account__c",
        type="lookup",
        referenceTo=["Account"],
        childRelationshipName="Projects",
        cascadeDelete=True,
    ),
    field("Project__c", name="Fee__c", type="currency", scale=2),
    field(
        "Account",
        name="Fees__c",
        type="currency",
        scale=2,
        rollUp={"child": "Project__c", "reference": "Account__c", "sumOf": "Fee__c"},
    ),
    record("Account", "a", Name="Acme"),
)


def test_custom_object_is_described_as_one(serve):
    described = serve(*PROJECT).call("GET", "/sobjects/Project__c/describe").json()
    assert (described["custom"], described["keyPrefix"]) == (True, "a00")
    parent = next(f for f in described["fields"] if f["name"] == "Account__c")
    shown = (parent["relationshipName"], parent["cascadeDelete"], parent["nillable"])
    assert shown == ("Account__r", True, False)


def test_custom_object_takes_records_and_rolls_up(serve):
    web = serve(*PROJECT)
    account = the_one(web.org, "Account")["Id"]
    for fee in (2.5, 3):
        made = web.call("POST", "/sobjects/Project__c", json={"Account__c": account, "Fee__c": fee})
        assert made.status_code == 201
    found = web.query("SELECT Fees__c, (SELECT Name FROM Projects__r) FROM Account").json()
    row = found["records"][0]
    assert row["Fees__c"] == 5.5
    assert [one["Name"] for one in row["Projects__r"]["records"]] == ["P-0001", "P-0002"]


def test_custom_object_goes_with_its_master_and_survives_export():
    org = new_org(*PROJECT)
    account = the_one(org, "Account")["Id"]
    made = org.create("Project__c", {"Account__c": account, "Fee__c": 1})
    org.remove("Account", account)
    assert org.get("Project__c", made)["IsDeleted"]
    copy = round_trip(org)
    assert copy.database.table("Project__c").rows == org.database.table("Project__c").rows
    assert list(copy.export()) == list(org.export())


def test_calculated_field_is_read_only_and_moves_no_stamp():
    org = new_org(field("Lead", name="Score__c", type="number", calculated=True))
    lead = org.create("Lead", LEAD)
    before = org.get("Lead", lead)["SystemModstamp"]
    later(org, hours=1)
    org.edit("Lead", lead, {"Score__c": 5})
    row = org.get("Lead", lead)
    assert (row["Score__c"], row["SystemModstamp"]) == (5, before)


def test_calculated_field_cannot_be_written_through_the_api(serve):
    web = serve(field("Lead", name="Score__c", type="number", calculated=True))
    answer = web.call("POST", "/sobjects/Lead", json={**LEAD, "Score__c": 5})
    assert error_of(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_emptied_default_stays_empty_over_an_export():
    org = new_org(field("Lead", name="Level__c", type="string", defaultValue="A"))
    lead = org.create("Lead", {**LEAD, "Level__c": None})
    assert round_trip(org).get("Lead", lead)["Level__c"] is None
