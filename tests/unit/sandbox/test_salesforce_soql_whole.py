"""What queries of the Salesforce stand-in can say: groups, functions, relationships, pages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sandbox.clock import Clock
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.soql.dates import relative_days
from sandbox.salesforce.soql.engine import Grouped, QueryEngine
from sandbox.salesforce.soql.functions import date_part
from sandbox.salesforce.soql.likes import like_pattern
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import parse_lines

NOW = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)

ACCOUNTS = [
    ("a1", {"Name": "Acme", "NumberOfEmployees": 10, "Industry": "Banking"}),
    ("a2", {"Name": "Beta", "NumberOfEmployees": 30, "Industry": "Banking"}),
    ("a3", {"Name": "Coda", "Industry": "Energy", "ParentId": {"key": "a1"}}),
    ("a4", {"Name": "Dune", "ParentId": {"key": "a3"}}),
]
CONTACTS = [
    ("c1", "2025-12-31T23:00:00Z", {"LastName": "Li", "AccountId": {"key": "a1"}}),
    ("c2", "2026-01-05T09:00:00Z", {"LastName": "Ng", "AccountId": {"key": "a1"}}),
    ("c3", "2026-03-05T09:00:00Z", {"LastName": "Oh", "AccountId": {"key": "a4"}}),
]


@pytest.fixture(scope="module")
def store():
    lines = [
        {"system": "salesforce", "object": "Account", "key": key, "fields": fields}
        for key, fields in ACCOUNTS
    ]
    lines += [
        {"system": "salesforce", "object": "Contact", "key": k, "created": at, "fields": fields}
        for k, at, fields in CONTACTS
    ]
    lines.append(
        {
            "system": "salesforce",
            "object": "Lead",
            "key": "l1",
            "fields": {"LastName": "Li", "Company": "Acme"},
        }
    )
    filled = SalesforceStore(Clock(start=NOW))
    filled.load(list(parse_lines(enumerate(lines, start=1))))
    return filled


@pytest.fixture(scope="module")
def engine(store):
    return QueryEngine(store.database)


@pytest.fixture(scope="module")
def shown(engine, store):
    def run(text):
        answer = engine.run(text, with_deleted=False)
        rows = store.database.table(answer.spec.name).rows
        return [answer.shape.show(answer.spec.name, rows[one], "59.0") for one in answer.ids]

    return run


@pytest.fixture(scope="module")
def groups(engine):
    def run(text):
        answer = engine.run(text, with_deleted=False)
        assert isinstance(answer, Grouped)
        assert all(row["attributes"] == {"type": "AggregateResult"} for row in answer.results)
        return [{k: v for k, v in row.items() if k != "attributes"} for row in answer.results]

    return run


@pytest.fixture(scope="module")
def refusal(engine):
    def run(text):
        with pytest.raises(ApiError) as caught:
            engine.run(text, with_deleted=False)
        return caught.value

    return run


def names(rows):
    return [row["Name"] for row in rows]


# Groups


def test_functions_without_an_alias_are_numbered(groups):
    text = (
        "SELECT COUNT(Id), SUM(NumberOfEmployees), AVG(NumberOfEmployees) mean, "
        "MIN(Name), MAX(Name), COUNT_DISTINCT(Industry) FROM Account"
    )
    assert groups(text) == [
        {"expr0": 4, "expr1": 40, "mean": 20.0, "expr2": "Acme", "expr3": "Dune", "expr4": 2}
    ]


def test_having_keeps_some_groups(groups):
    text = "SELECT Industry, COUNT(Id) n FROM Account GROUP BY Industry HAVING COUNT(Id) > 1"
    assert groups(text) == [{"Industry": "Banking", "n": 2}]


def test_having_may_name_what_is_not_selected(groups):
    text = "SELECT Industry FROM Account GROUP BY Industry HAVING MAX(Name) LIKE 'B%'"
    assert groups(text) == [{"Industry": "Banking"}]


def test_groups_are_ordered_by_a_function_and_cut(groups):
    text = (
        "SELECT Industry i, COUNT(Id) FROM Account WHERE Industry != null GROUP BY Industry "
        "ORDER BY COUNT(Id) DESC LIMIT 1"
    )
    assert groups(text) == [{"i": "Banking", "expr0": 2}]


def test_groups_by_a_part_of_a_date(groups):
    text = (
        "SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) FROM Contact "
        "GROUP BY CALENDAR_YEAR(CreatedDate) ORDER BY CALENDAR_YEAR(CreatedDate)"
    )
    assert groups(text) == [{"expr0": 2025, "expr1": 1}, {"expr0": 2026, "expr1": 2}]


def test_groups_by_a_parents_field(groups):
    text = "SELECT Account.Name, COUNT(Id) n FROM Contact GROUP BY Account.Name ORDER BY COUNT(Id)"
    assert groups(text) == [{"Name": "Dune", "n": 1}, {"Name": "Acme", "n": 2}]


# Functions


@pytest.mark.parametrize(
    ("function", "value"),
    [
        ("CALENDAR_QUARTER", 2),
        ("CALENDAR_MONTH", 5),
        ("DAY_IN_MONTH", 17),
        ("DAY_IN_WEEK", 1),
        ("DAY_IN_YEAR", 137),
        ("DAY_ONLY", "2026-05-17"),
        ("FISCAL_YEAR", 2026),
        ("HOUR_IN_DAY", 9),
        ("WEEK_IN_MONTH", 3),
        ("WEEK_IN_YEAR", 20),
    ],
)
def test_parts_of_a_date(function, value):
    assert date_part(function, "2026-05-17T09:30:00.000+0000") == value  # a Sunday


def test_condition_may_be_about_a_part_of_a_date(shown):
    rows = shown("SELECT Name FROM Contact WHERE HOUR_IN_DAY(CreatedDate) = 9 ORDER BY Name")
    assert names(rows) == ["Ng", "Oh"]


@pytest.mark.parametrize(
    ("word", "first", "stop"),
    [
        ("THIS_FISCAL_QUARTER", date(2026, 1, 1), date(2026, 4, 1)),
        ("LAST_N_FISCAL_YEARS:1", date(2025, 1, 1), date(2026, 1, 1)),
        ("N_MONTHS_AGO:2", date(2026, 1, 1), date(2026, 2, 1)),
        ("LAST_90_DAYS", date(2025, 12, 18), date(2026, 3, 19)),
    ],
)
def test_relative_dates(word, first, stop):
    assert relative_days(word, NOW.date()) == (first, stop)


# Relationships


def test_path_may_lead_over_several_parents(shown):
    text = "SELECT Name, Account.Parent.Parent.Name FROM Contact WHERE Account.Parent.Name = 'Coda'"
    row = shown(text)[0]
    assert (row["Name"], row["Account"]["Parent"]["Parent"]["Name"]) == ("Oh", "Acme")


def test_path_of_more_than_five_parents_is_refused(refusal):
    path = "Account." + "Parent." * 5 + "Name"
    assert refusal(f"SELECT {path} FROM Contact").code == "INVALID_FIELD"


def test_object_may_have_an_alias(shown):
    assert names(shown("SELECT c.Name FROM Contact c, c.Account a WHERE a.Name = 'Dune'")) == ["Oh"]


def test_children_may_have_children(shown):
    text = (
        "SELECT Name, (SELECT Name, (SELECT LastName FROM Contacts) FROM ChildAccounts) "
        "FROM Account WHERE Name = 'Coda'"
    )
    child = shown(text)[0]["ChildAccounts"]["records"][0]
    assert child["Contacts"]["records"][0]["LastName"] == "Oh"


def test_children_are_cut_and_filtered(shown):
    text = (
        "SELECT (SELECT LastName FROM Contacts WHERE LastName > 'A' ORDER BY LastName DESC LIMIT 1)"
        " FROM Account WHERE Name = 'Acme'"
    )
    assert [one["LastName"] for one in shown(text)[0]["Contacts"]["records"]] == ["Ng"]


def test_parent_of_several_objects_is_shown_by_its_own(shown):
    text = (
        "SELECT TYPEOF Owner WHEN User THEN Email, Alias WHEN Group THEN Type ELSE Name END "
        "FROM Lead"
    )
    owner = shown(text)[0]["Owner"]
    assert owner.pop("attributes")["type"] == "User"
    assert owner == {"Email": "integration@sandbox.invalid", "Alias": "user"}


def test_parent_of_another_object_shows_what_else_says(shown):
    text = "SELECT TYPEOF Owner WHEN Group THEN Type ELSE Name END FROM Lead"
    assert shown(text)[0]["Owner"]["Name"] == "Integration User"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Id IN (SELECT AccountId FROM Contact)", ["Acme", "Dune"]),
        ("Id NOT IN (SELECT AccountId FROM Contact)", ["Beta", "Coda"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = 'Oh')", ["Dune"]),
        ("ParentId IN (SELECT Id FROM Account WHERE Name = 'Acme')", ["Coda"]),
        ("NOT (Name = 'Acme' OR (Name LIKE 'B%' AND Industry != null))", ["Coda", "Dune"]),
    ],
)
def test_condition_finds(shown, condition, found):
    assert names(shown(f"SELECT Name FROM Account WHERE {condition} ORDER BY Name")) == found


# Refusals


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("SELECT Industry, COUNT(Id) FROM Account", "MALFORMED_QUERY", "grouped or aggregated"),
        ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", "aggregate operator SUM"),
        ("SELECT COUNT(Id) n, MAX(Name) n FROM Account", "MALFORMED_QUERY", "duplicate alias: n"),
        ("SELECT COUNT(Id) FROM Account GROUP BY Description", "INVALID_FIELD", "can not be gr"),
        ("SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "only allowed in HAVING"),
        ("SELECT Name n FROM Account", "MALFORMED_QUERY", "use field aliasing"),
        ("SELECT Id, id FROM Account", "INVALID_FIELD", "duplicate field selected: id"),
        ("SELECT Id FROM Account ALL ROWS", "MALFORMED_QUERY", "ALL ROWS not allowed"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY", "mismatched character"),
        ('SELECT Id FROM Account WHERE Name = "x"', "MALFORMED_QUERY", "no viable alternative"),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Contact)",
            "MALFORMED_QUERY",
            "The selected field 'Id' in the subquery and the left operand field in the where ",
        ),
        ("SELECT Id, (SELECT Id FROM Nopes) FROM Account", "INVALID_TYPE", "relationship 'Nopes'"),
        ("SELECT TYPEOF Owner WHEN Nope THEN Id END FROM Lead", "INVALID_TYPE", "'Nope'"),
        ("SELECT Id FROM Contact WHERE CreatedDate > LAST_N_DAYS:9999999", "NUMBER_OUTSIDE", ""),
        ("SELECT Id FROM Account WHERE " + "(" * 500, "QUERY_TOO_COMPLICATED", ""),
    ],
)
def test_bad_query_is_refused(refusal, text, code, words):
    error = refusal(text)
    assert error.code.startswith(code)
    assert words in error.message


def test_unknown_object_is_marked_as_the_platform_marks_it(refusal):
    """Word for word as a real org answered."""
    assert refusal("select count() from XYZZY").message == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
        "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be "
        "sure to append the '__c' after the entity name. Please reference your WSDL or the "
        "describe call for the appropriate names."
    )


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("%b%d%", "abcde", True),
        ("a%bc", "abcbc", True),
        ("%ab", "aab", True),
        ("_b%", "abc", True),
        ("a%b%c", "acb", False),
        (r"100\%", "100%", True),
        (r"100\%", "1000", False),
    ],
)
def test_like_matches(pattern, text, matches):
    assert (like_pattern(pattern).fullmatch(text) is not None) is matches


def test_no_pattern_takes_long():
    """One that were tried at every place would not end in a lifetime."""
    assert like_pattern("%a" * 200 + "b").fullmatch("a" * 4000) is None
