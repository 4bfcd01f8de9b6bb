"""The ledger of closed opportunities against both CRMs, by the commands an admin types."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner

from cli import cli
from mappings.lifecycle.model import FUNNEL_OUTCOMES, OUTCOMES
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.integration.admin import Admin, Answer, at_work
from tests.integration.exported import export_of

_CONTACTS = """\
pair: contacts
hubspot: contacts
salesforce: Contact
first_sync: salesforce
match: [email]
create: {hubspot: {when: "true"}}
fields:
  email: {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
"""
_COMPANIES = """\
pair: companies
hubspot: companies
salesforce: Account
first_sync: salesforce
match: [name]
create: {hubspot: {when: 'record.name != "Hidden"'}}
fields:
  name: name <-> Name
"""
_DEALS = """\
pair: deals
hubspot: deals
salesforce: Opportunity
first_sync: salesforce
match: [name]
create: {hubspot: {when: "true"}}
fields:
  name: dealname <-> Name
  deal_stage:
    map: dealstage <-> StageName
    values: {qualifiedtobuy: Prospecting, closedwon: Closed Won, closedlost: Closed Lost}
  reason: closed_lost_reason <- Loss_Reason__c
"""
_LIFECYCLE = """\
stages:
  - {name: opportunity, hubspot: {lifecyclestage: opportunity}, salesforce: opportunity open}
  - {name: customer, hubspot: {lifecyclestage: customer}, salesforce: opportunity won}
reasons:
  no_budget: {means: cannot pay, salesforce: [No Budget], hubspot: no_budget, again_after: 6 months}
"""
_NUMBERS = ("won_revenue",)
_DATES = ("first_won_date", "try_again_date")

#: Each opportunity by the number of its account and its people: what is behind it, and its end.
_DEALS_MADE: tuple[
    tuple[str, str, str | None, tuple[str, ...], str, str, float | None, str], ...
] = (
    ("won dollars", "Closed Won", "a", ("ada",), "2026-02-10", "USD", 1000, ""),
    ("won euros", "Closed Won", "a", ("ada", "bob"), "2026-05-10", "EUR", 500.5, ""),
    ("won francs", "Closed Won", "b", ("bob",), "2026-03-10", "CHF", 70, ""),
    ("won, nobody there", "Closed Won", "b", (), "2026-03-12", "USD", 90, ""),
    ("won without amount", "Closed Won", "a", ("ada",), "2026-03-11", "USD", None, ""),
    ("won for a hidden one", "Closed Won", "hidden", ("ada",), "2026-03-01", "EUR", 10, ""),
    ("won for no account", "Closed Won", None, ("bob",), "2026-03-02", "EUR", 20, ""),
    ("lost as agreed", "Closed Lost", "b", ("bob",), "2026-06-30", "EUR", 33, "No Budget"),
    ("lost to the weather", "Closed Lost", "b", ("bob",), "2026-06-29", "EUR", 34, "Rain"),
    ("still open", "Prospecting", "a", ("ada",), "2026-12-31", "USD", 5000, ""),
)


def _properties() -> Iterator[JsonObject]:
    for object_name in ("contacts", "companies"):
        for name, native in OUTCOMES.items():
            kind = "number" if name in _NUMBERS else "date" if name in _DATES else "string"
            field: JsonObject = {"name": native, "type": kind}
            yield {"system": "hubspot", "object": object_name, "field": field}
    for native in FUNNEL_OUTCOMES.values():
        field = {"name": native, "type": "datetime" if native.endswith("_at") else "string"}
        yield {"system": "hubspot", "object": "contacts", "field": field}
    field = {"name": "revloop_reporting_amount", "type": "number"}
    yield {"system": "hubspot", "object": "deals", "field": field}


def _made(object_name: str, key: str, **fields: Json) -> JsonObject:
    return {"system": "salesforce", "object": object_name, "key": key, "fields": fields}


def _seed() -> Iterator[JsonObject]:
    yield from _properties()
    yield {"system": "salesforce", "setup": {"kind": "currencies", "corporate": "USD"}}
    for code, rate in (("EUR", 0.9), ("CHF", 0)):
        yield _made(
            "CurrencyType", code, IsoCode=code, ConversionRate=rate, DecimalPlaces=2, IsActive=True
        )
    for day, rate in (("2026-01-01", 0.8), ("2026-04-01", 0.95)):
        yield _made(
            "DatedConversionRate", f"EUR {day}", IsoCode="EUR", StartDate=day, ConversionRate=rate
        )
    reason: JsonObject = {"name": "Loss_Reason__c", "type": "string", "length": 80}
    yield {"system": "salesforce", "object": "Opportunity", "field": reason}
    for key in ("a", "b", "hidden"):
        yield _made("Account", key, Name=key.capitalize())
    for name, account in (("ada", "a"), ("bob", "b"), ("carl", "b")):
        yield _made(
            "Contact",
            name,
            LastName=name,
            Email=f"{name}@example.com",
            AccountId={"key": account},
        )
    for name, stage, behind, people, closes, currency, amount, why in _DEALS_MADE:
        account_id: JsonObject = {"AccountId": {"key": behind}} if behind is not None else {}
        yield _made(
            "Opportunity",
            name,
            Name=name,
            StageName=stage,
            CloseDate=closes,
            CurrencyIsoCode=currency,
            Amount=amount,
            Loss_Reason__c=why or None,
            **account_id,
        )
        for person in people:
            yield _made(
                "OpportunityContactRole",
                f"{name} {person}",
                OpportunityId={"key": name},
                ContactId={"key": person},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the runs did, what the ledger says, and what both CRMs hold by plain SQL."""

    admin: Admin
    first: Answer
    second: Answer
    quiet: Answer
    ledger: Mapping[str, Any]
    database: sqlite3.Connection

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        return self.database.execute(question).fetchall()

    def row(self, name: str) -> Mapping[str, Any]:
        found: list[Mapping[str, Any]] = self.ledger["rows"]
        (row,) = (one for one in found if one["name"] == name)
        return row


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("outcomes") / "project"
    sandbox = Sandbox(_seed())
    with at_work(folder, sandbox, mapping=_CONTACTS) as admin:
        for name, text in (
            ("companies", _COMPANIES),
            ("deals", _DEALS),
            ("lifecycle", _LIFECYCLE),
        ):
            (folder / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")
        yield Story(
            admin=admin,
            first=admin.sync(),
            second=admin.sync(),
            quiet=admin.sync(),
            ledger=admin.type("report", "outcomes").document,
            database=export_of(admin, folder.parent / "both.jsonl"),
        )


def test_each_closed_opportunity_stands_in_the_ledger_once_delivered_or_explained(
    story: Story,
) -> None:
    assert story.first.exit == 0, story.first.document
    closed = story.ask("""
        SELECT id FROM record WHERE object = 'Opportunity' AND body ->> 'StageName' LIKE 'Closed%'
    """)
    rows = story.ledger["rows"]
    assert sorted(row["opportunity"] for row in rows) == sorted(id for (id,) in closed)
    assert all((row["arrived"] == "yes") != bool(row["cause"]) for row in rows)
    totals = story.ledger["totals"]
    assert totals["delivered"] + totals["explained"] == totals["closed"] == len(closed)


def test_sums_are_those_of_plain_sql_in_each_currency(story: Story) -> None:
    by_currency = story.ask("""
        SELECT body ->> 'CurrencyIsoCode', sum(body ->> 'Amount') FROM record
        WHERE object = 'Opportunity' AND body ->> 'StageName' = 'Closed Won' GROUP BY 1
    """)
    totals = story.ledger["totals"]
    assert {name: Decimal(one) for name, one in totals["amounts"].items()} == {
        name: Decimal(str(one)) for name, one in by_currency
    }
    # By the rates of the closing day: 0.8 euros a dollar before April, 0.95 from then on.
    assert Decimal(totals["revenue"]) == Decimal("800") + Decimal("500.5") + 72 + 10 + 20
    (deals,) = story.ask("""
        SELECT sum(CAST(body ->> 'revloop_reporting_amount' AS REAL)) FROM record
        WHERE object = 'deals' AND body ->> 'dealstage' = 'closedwon'
    """)
    assert Decimal(str(deals[0])) == Decimal(totals["revenue"])
    assert totals["currency"] == "EUR"
    assert any("no rate" in note for note in story.ledger["notes"])


def test_what_companies_and_people_carry_is_what_sql_says_stands_behind_them(
    story: Story,
) -> None:
    carried = dict(story.ask("SELECT body ->> 'name', body FROM record WHERE object = 'companies'"))
    assert carried.keys() == {"A", "B"}
    revenue = dict(
        story.ask("""
            SELECT body ->> 'name', CAST(body ->> 'revloop_won_revenue' AS REAL) FROM record
            WHERE object = 'companies' UNION ALL
            SELECT body ->> 'lastname', CAST(body ->> 'revloop_won_revenue' AS REAL) FROM record
            WHERE object = 'contacts'
        """)
    )
    assert revenue == {"A": 1300.5, "B": 72, "ada": 1310.5, "bob": 520.5, "carl": None}
    (bob,) = story.ask("""
        SELECT body ->> 'revloop_last_outcome', body ->> 'revloop_outcome_reason',
               body ->> 'revloop_try_again_date', body ->> 'revloop_business_type'
        FROM record WHERE object = 'contacts' AND body ->> 'lastname' = 'bob'
    """)
    assert bob == ("lost", "no_budget", "2026-12-30", "existing")


@pytest.mark.parametrize(
    ("name", "arrived", "cause"),
    [
        ("won dollars", "yes", None),
        ("won euros", "yes", None),
        ("lost as agreed", "yes", None),
        ("won without amount", "yes", None),
        ("won francs", "in part", "there is no rate from CHF to EUR"),
        ("won, nobody there", "in part", "no contact role, and no one contact of its account"),
        ("won for a hidden one", "in part", "left out: create.hubspot.when"),
        ("won for no account", "in part", "no account"),
        ("lost to the weather", "in part", "the reason 'Rain' is none that was agreed on"),
    ],
)
def test_ledger_says_where_an_opportunity_arrived_or_why_not(
    story: Story, name: str, arrived: str, cause: str | None
) -> None:
    row = story.row(name)
    assert row["arrived"] == arrived, row
    assert cause is None or cause in row["cause"]
    assert bool(row["fix"]) == bool(cause)


def test_second_run_writes_nothing_and_roles_cost_a_quiet_one_no_call_more(story: Story) -> None:
    assert (story.second.exit, story.second.saved, story.quiet.saved) == (0, 0, 0)
    assert story.quiet.calls[System.SALESFORCE] == 1


def test_ledger_is_narrowed_and_written_as_csv(story: Story) -> None:
    lost = story.admin.type("report", "outcomes", "--outcome", "lost", "--only-missing").document
    assert [row["name"] for row in lost["rows"]] == ["lost to the weather"]

    words = ["report", "outcomes", "--csv", "--project", str(story.admin.folder)]
    printed = CliRunner().invoke(cli, words)

    rows = list(csv.DictReader(io.StringIO(printed.stdout)))
    assert printed.exit_code == 0
    assert {row["opportunity"] for row in rows} == {
        row["opportunity"] for row in story.ledger["rows"]
    }
    assert list(rows[0]) == list(story.ledger["rows"][0])


def test_ledger_is_read_by_people(story: Story) -> None:
    words = ["report", "outcomes", "--project", str(story.admin.folder)]
    printed = CliRunner().invoke(cli, words)

    assert printed.exit_code == 0
    assert "9 closed: 7 won, 2 lost; revenue 1,402.50 EUR." in printed.stdout
    assert "4 arrived everywhere, 5 say why not." in printed.stdout


def test_doctor_names_the_properties_outcomes_go_to(story: Story) -> None:
    findings = story.admin.type("doctor").document["findings"]
    said = {one["about"]: one["level"] for one in findings if one["check"] == "outcomes"}
    assert said == {"contacts": "good", "companies": "good", "deals": "good"}
