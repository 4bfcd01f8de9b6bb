"""Queries of the Salesforce stand-in, without HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sandbox.clock import Clock
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.soql.dates import relative_days
from sandbox.salesforce.soql.engine import Counted, Grouped, QueryEngine
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import parse_lines

NOW = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)  # a Wednesday

PEOPLE = [
    ("l1", "2026-01-05T09:00:00Z", {"FirstName": "Ada", "Email": "ada@acme.co", "Rating": "Hot"}),
    ("l2", "2026-01-05T09:00:00Z", {"FirstName": "bob", "Email": "bob@acme.co", "Likes__c": "a;b"}),
    ("l3", "2026-03-17T23:59:59Z", {"FirstName": "Cyd", "NumberOfEmployees": 10, "Likes__c": "b"}),
    ("l4", "2026-03-18T00:00:00Z", {"FirstName": "50%_x", "DoNotCall": True}),
]


@pytest.fixture(scope="module")
def store():
    lines = [
        {
            "system": "salesforce",
            "object": "Lead",
            "field": {"name": "Likes__c", "type": "multipicklist", "values": ["a", "b", "c"]},
        },
        {
            "system": "salesforce",
            "object": "Account",
            "key": "a1",
            "fields": {"Name": "Acme", "Description": "long"},
        },
        *(
            {
                "system": "salesforce",
                "object": "Contact",
                "key": name,
                "fields": {"LastName": name, "AccountId": account},
            }
            for name, account in (("Li", {"key": "a1"}), ("Ng", {"key": "a1"}), ("Oh", None))
        ),
        *(
            {
                "system": "salesforce",
                "object": "Lead",
                "key": key,
                "created": created,
                "fields": {"LastName": key, "Company": "Acme", **fields},
            }
            for key, created, fields in PEOPLE
        ),
    ]
    filled = SalesforceStore(Clock(start=NOW))
    filled.load(list(parse_lines(enumerate(lines, start=1))))
    return filled


@pytest.fixture(scope="module")
def engine(store):
    return QueryEngine(store.database)


@pytest.fixture(scope="module")
def names(store, engine):
    """Give a function that runs `SELECT ... FROM Lead <rest>` and lists the last names found."""

    def run(rest, *, with_deleted=False):
        answer = engine.run(f"SELECT Id FROM Lead {rest}", with_deleted=with_deleted)
        rows = store.database.table("Lead").rows
        return [rows[one]["LastName"] for one in answer.ids]

    return run


def shown(engine, store, text):
    answer = engine.run(text, with_deleted=False)
    rows = store.database.table(answer.spec.name).rows
    return [answer.shape.show(answer.spec.name, rows[one], "59.0") for one in answer.ids]


def refusal(engine, text):
    with pytest.raises(ApiError) as caught:
        engine.run(text, with_deleted=False)
    return caught.value


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("FirstName = 'ADA'", ["l1"]),
        ("FirstName != 'ada'", ["l2", "l3", "l4"]),
        ("Rating = null", ["l2", "l3", "l4"]),
        ("Rating != null", ["l1"]),
        ("Rating != 'Hot'", ["l2", "l3", "l4"]),
        ("FirstName > 'b'", ["l2", "l3"]),
        ("FirstName LIKE 'A%'", ["l1"]),
        ("FirstName LIKE '_ob'", ["l2"]),
        (r"FirstName LIKE '50\%\_%'", ["l4"]),
        (r"FirstName LIKE '50\_%'", []),
        ("FirstName IN ('ada', 'CYD')", ["l1", "l3"]),
        ("FirstName NOT IN ('ada', 'CYD')", ["l2", "l4"]),
        ("Email IN ('ADA@acme.co', 'nobody@acme.co')", ["l1"]),
        ("NumberOfEmployees >= 10", ["l3"]),
        ("NumberOfEmployees < 10.5", ["l3"]),
        ("DoNotCall = TRUE", ["l4"]),
        ("DoNotCall = false", ["l1", "l2", "l3"]),
        ("Likes__c INCLUDES ('a;b', 'c')", ["l2"]),
        ("Likes__c EXCLUDES ('a')", ["l1", "l3", "l4"]),
        ("NOT FirstName = 'Ada' AND Rating = null", ["l2", "l3", "l4"]),
        ("(FirstName = 'Ada' OR FirstName = 'bob') AND Rating = 'hot'", ["l1"]),
        ("CreatedDate = TODAY", ["l4"]),
        ("CreatedDate = YESTERDAY", ["l3"]),
        ("CreatedDate < THIS_MONTH", ["l1", "l2"]),
        ("CreatedDate >= LAST_N_DAYS:2", ["l3", "l4"]),
        ("SystemModstamp = 2026-01-05T10:00:00+01:00", ["l1", "l2"]),
        ("SystemModstamp > 2026-01-05T09:00:00Z", ["l3", "l4"]),
        ("SystemModstamp <= 2026-01-05T09:00:00.500Z", ["l1", "l2"]),
        ("Lead.FirstName = 'Ada'", ["l1"]),
        ("Owner.Email = 'INTEGRATION@sandbox.invalid'", ["l1", "l2", "l3", "l4"]),
    ],
)
def test_condition_finds(names, condition, found):
    assert names(f"WHERE {condition} ORDER BY LastName") == found


def test_cursor_condition_continues_after_the_last_id_of_a_tie(names, store):
    rows = store.database.table("Lead").rows.values()
    first = min(row["Id"] for row in rows)
    stamp = "2026-01-05T09:00:00Z"
    rest = (
        f"WHERE SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > '{first}') "
        "ORDER BY SystemModstamp, Id LIMIT 2"
    )
    assert names(rest) == ["l2", "l3"]


def test_order_is_without_case_and_nulls_come_first(names):
    assert names("ORDER BY Rating, FirstName DESC") == ["l3", "l2", "l4", "l1"]
    assert names("ORDER BY Rating NULLS LAST, FirstName") == ["l1", "l4", "l2", "l3"]


def test_newest_first_by_the_stamp(names):
    assert names("ORDER BY SystemModstamp DESC LIMIT 2") == ["l4", "l3"]


def test_offset_skips(names):
    assert names("ORDER BY LastName LIMIT 2 OFFSET 1") == ["l2", "l3"]


def test_parent_fields_are_nested_and_null_without_a_parent(engine, store):
    rows = shown(engine, store, "SELECT account.name, LastName FROM Contact ORDER BY LastName")
    assert [row["Account"] and row["Account"]["Name"] for row in rows] == ["Acme", "Acme", None]
    assert rows[0]["Account"]["attributes"]["type"] == "Account"


def test_children_are_listed_under_their_parent(engine, store):
    text = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC) FROM Account"
    children = shown(engine, store, text)[0]["Contacts"]
    assert children["totalSize"] == 2
    assert [one["LastName"] for one in children["records"]] == ["Ng", "Li"]


def test_semi_join_uses_another_query(engine, store):
    inner = "(SELECT AccountId FROM Contact WHERE LastName = 'Li')"
    rows = shown(engine, store, f"SELECT Name FROM Account WHERE Id IN {inner}")
    assert [row["Name"] for row in rows] == ["Acme"]


def test_count_gives_a_number_and_no_records(engine):
    assert engine.run("select count() from Lead", with_deleted=False) == Counted(4)


def test_groups_are_counted(engine):
    text = "SELECT Rating, COUNT(Id) many, MAX(FirstName) FROM Lead GROUP BY Rating ORDER BY Rating"
    answer = engine.run(text, with_deleted=False)
    assert isinstance(answer, Grouped)
    counts = {row["Rating"]: (row["many"], row["expr0"]) for row in answer.results}
    assert counts == {None: (3, "Cyd"), "Hot": (1, "Ada")}


def test_fields_all_gives_every_field(engine, store):
    row = shown(engine, store, "SELECT FIELDS(ALL) FROM Account LIMIT 1")[0]
    assert set(row) - {"attributes"} == set(store.database.schema.find("Account").fields)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("SELECT Id FRM Lead", "MALFORMED_QUERY", "unexpected token: 'FRM'"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Lead WHERE Name='a' AND Name='b' OR Name='c'", "MALFORMED_QUERY", "'OR'"),
        ("SELECT Id FROM Lead WHERE Email IS NULL", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Foo FROM Lead", "INVALID_FIELD", "No such column 'Foo' on entity 'Lead'"),
        ("SELECT Id FROM Lead WHERE Foo = 1", "INVALID_FIELD", "No such column 'Foo'"),
        ("SELECT Foo.Name FROM Lead", "INVALID_FIELD", "relationship 'Foo'"),
        ("SELECT Id FROM Leed", "INVALID_TYPE", "sObject type 'Leed' is not supported"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD", "dateTime"),
        ("SELECT Id FROM Lead WHERE FirstName = 5", "INVALID_FIELD", "of type string"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Lead WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
        ("SELECT FIELDS(ALL) FROM Lead", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "offset"),
        ("SELECT Name, COUNT(Id) FROM Lead", "MALFORMED_QUERY", "grouped or aggregated"),
    ],
)
def test_bad_query_is_refused_in_the_apis_words(engine, text, code, words):
    error = refusal(engine, text)
    assert error.code == code
    assert words in error.message


def test_error_marks_the_place_in_the_query(engine):
    message = refusal(engine, "SELECT Id,\nFoo FROM Lead").message
    assert message.startswith("\nFoo FROM Lead\n^\nERROR at Row:2:Column:1\n")


@pytest.mark.parametrize(
    ("word", "first", "stop"),
    [
        ("THIS_WEEK", date(2026, 3, 15), date(2026, 3, 22)),
        ("LAST_MONTH", date(2026, 2, 1), date(2026, 3, 1)),
        ("next_quarter", date(2026, 4, 1), date(2026, 7, 1)),
        ("LAST_N_YEARS:2", date(2024, 1, 1), date(2026, 1, 1)),
        ("NEXT_N_DAYS:1", date(2026, 3, 19), date(2026, 3, 20)),
    ],
)
def test_relative_dates_cover_whole_units(word, first, stop):
    assert relative_days(word, NOW.date()) == (first, stop)


def test_unknown_word_is_no_date():
    assert relative_days("SOMEDAY", NOW.date()) is None


def test_indexed_conditions_look_at_few_rows(store, engine, monkeypatch):
    """A condition on the stamp or on a key must not go through all records."""
    table = store.database.table("Lead")

    class Counting(dict):
        def values(self):
            raise AssertionError("all rows were looked at")

    monkeypatch.setattr(table, "rows", Counting(table.rows))
    one = next(iter(table.rows))
    for condition in (
        "SystemModstamp >= 2026-03-01T00:00:00Z ORDER BY SystemModstamp, Id",
        f"Id IN ('{one}')",
        "Email IN ('ada@acme.co') AND FirstName != null",
        "Email = 'ada@acme.co' OR Email = 'bob@acme.co'",
    ):
        assert engine.run(f"SELECT Id FROM Lead WHERE {condition}", with_deleted=False).ids
