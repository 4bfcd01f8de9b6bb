"""What reports count by, kept by the runs of an admin over both CRMs; an idle run keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from console.facts_wiring import view_of
from console.wiring import Purpose, open_workshop
from reports.frame import Period
from reports.funnel import funnel_report
from reports.health import health_report
from reports.state_view import StateView
from reports.velocity import velocity_report
from reports.view import Entry, Person, Sale
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from sync.domain.facts import Due
from sync.state.store import SqlStore
from tests.integration.admin import Admin, at_work

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
  first_source: {map: how_found -> Department, values: {ad: Advertising}}
  owner: {map: hubspot_owner_id <-> OwnerId, type: user, wins: salesforce}
  account: {map: associated company <- AccountId, pair: companies}
"""
_COMPANIES = """\
pair: companies
hubspot: companies
salesforce: Account
first_sync: salesforce
match: [name]
create: {hubspot: {when: "true"}}
fields:
  name: name <-> Name
  industry: industry_name <- Industry
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
"""
_LIFECYCLE = """\
stages:
  - {name: lead, means: known, hubspot: {lifecyclestage: lead}, salesforce: {Contact.Title: [Lead]}}
  - name: mql
    means: vouched for
    hubspot: {lifecyclestage: marketingqualifiedlead}
    salesforce: {Contact.Title: MQL}
  - {name: opportunity, hubspot: {lifecyclestage: opportunity}, salesforce: opportunity open}
  - {name: customer, hubspot: {lifecyclestage: customer}, salesforce: opportunity won}
reports: {keep: [companies.industry]}
business_hours: {days: Mon-Fri, from: "09:00", to: "17:00", zone: Etc/UTC}
"""


def _at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def _seed() -> Iterator[JsonObject]:
    for object_name, name in (("contacts", "how_found"), ("companies", "industry_name")):
        field: JsonObject = {"name": name, "type": "string"}
        yield {"system": "hubspot", "object": object_name, "field": field}
    history: Json = [
        {"value": "lead", "timestamp": _at(1, 5, 9).isoformat()},
        {"value": "subscriber", "timestamp": _at(1, 6, 9).isoformat()},
        {"value": "marketingqualifiedlead", "timestamp": _at(1, 7, 9).isoformat()},
    ]
    yield {
        "system": "hubspot",
        "object": "contacts",
        "key": "ada",
        "created": _at(1, 5, 9).isoformat(),
        "modified": _at(1, 7, 9).isoformat(),
        "properties": {"email": "ada@example.com", "lastname": "Ada", "how_found": "ad"},
        "history": {"lifecyclestage": history},
    }
    yield _made("Account", "a", Name="A", Industry="Energy")
    yield _made("Contact", "ada", LastName="Ada", Email="ada@example.com", AccountId={"key": "a"})
    yield {
        **_made(
            "Opportunity", "o", Name="O", CloseDate="2026-02-01", Amount=100, AccountId={"key": "a"}
        ),
        "created": _at(1, 12, 9).isoformat(),
        "history": {
            "StageName": [
                {"value": "Prospecting", "timestamp": _at(1, 12, 9).isoformat()},
                {"value": "Closed Won", "timestamp": _at(2, 1, 15).isoformat()},
            ]
        },
    }


def _made(object_name: str, key: str, **fields: Json) -> JsonObject:
    return {"system": "salesforce", "object": object_name, "key": key, "fields": fields}


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    folder = tmp_path_factory.mktemp("facts") / "project"
    sandbox = Sandbox(_seed())
    with at_work(folder, sandbox, mapping=_CONTACTS) as one:
        for name, text in (
            ("companies", _COMPANIES),
            ("deals", _DEALS),
            ("lifecycle", _LIFECYCLE),
        ):
            (folder / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")
        for _ in range(2):
            answer = one.sync()
            # The owner is nobody HubSpot knows, which is an item of its own.
            assert answer.exit in (0, 1), answer.document.get("message")
        yield one


@pytest.fixture
def opened(admin: Admin) -> Iterator[tuple[SqlStore, StateView]]:
    with open_workshop(admin.folder, admin.sandbox.environment(), purpose=Purpose.LOOK) as workshop:
        yield workshop.store, view_of(workshop, as_of=_at(12, 1))


def _people(view: StateView) -> list[Person]:
    return [one for chunk in view.people() for one in chunk]


def _sales(view: StateView) -> list[Sale]:
    return [one for chunk in view.sales() for one in chunk]


def _entries(view: StateView) -> list[Entry]:
    return [one for chunk in view.entries() for one in chunk]


def test_history_of_both_crms_becomes_stays_from_before_the_first_sync(
    opened: tuple[SqlStore, StateView],
) -> None:
    entries = _entries(opened[1])

    assert [(one.stage, one.entered, one.left) for one in entries] == [
        ("lead", _at(1, 5, 9), _at(1, 7, 9)),
        ("mql", _at(1, 7, 9), _at(1, 12, 9)),
        ("opportunity", _at(1, 12, 9), _at(2, 1, 15)),
        ("customer", _at(2, 1, 15), None),
    ]


def test_people_and_sales_are_in_the_mappings_own_words(
    opened: tuple[SqlStore, StateView],
) -> None:
    _, view = opened
    (ada,), (sale,) = _people(view), _sales(view)

    assert (ada.source, ada.created) == ("ad", _at(1, 5, 9))
    assert ada.facts == {"companies.industry": "Energy"}
    assert ada.owner in view.users()
    assert (sale.people, sale.company) == ([ada.link], ada.company)
    assert (sale.is_won, sale.value, sale.closed) == (True, Decimal(100), date(2026, 2, 1))
    assert sale.deal is not None


def test_a_report_of_a_past_day_knows_nothing_of_later(
    opened: tuple[SqlStore, StateView],
) -> None:
    _, view = opened
    then = StateView(
        reading=view.reading,
        as_of=_at(1, 20),
        agreement=view.agreement,
        pairs=view.pairs,
        stages=view.stages,
    )
    (sale,) = _sales(then)

    assert (sale.is_closed, sale.is_won, sale.stage) == (False, False, None)
    assert _entries(then)[-1].stage == "opportunity"
    before = StateView(
        reading=view.reading, as_of=_at(1, 1), agreement=view.agreement, pairs=view.pairs
    )
    assert (_people(before), _sales(before), _entries(before)) == ([], [], [])


def test_reports_tell_the_story(opened: tuple[SqlStore, StateView]) -> None:
    _, view = opened

    funnel = {str(one["stage"]): one for one in funnel_report(view, Period()).lines}
    velocity = {str(one["what"]): one for one in velocity_report(view, Period()).lines}
    health = health_report(view, Period())
    told = {str(one["what"]): one["number"] for one in health.lines}

    assert [funnel[name]["entered"] for name in ("lead", "customer")] == [1, 1]
    assert (funnel["lead"]["median_days"], funnel["mql"]["median_days"]) == (2, 5)
    assert velocity["all opportunities"]["median_days_won"] == 20
    assert told["value that is no stage: contacts.lifecyclestage subscriber"] == 1
    assert health.totals["last_run"] is not None


def test_an_idle_run_keeps_nothing_and_calls_nothing_for_it(
    admin: Admin, opened: tuple[SqlStore, StateView]
) -> None:
    store, _ = opened
    admin.sync()
    before = Path(admin.folder, "state", "revloop.db").stat().st_size
    answer = admin.sync()

    assert [store.facts.due(kind, size=1) for kind in Due] == [[], [], []]
    assert answer.calls[System.SALESFORCE] <= 2
    assert abs(Path(admin.folder, "state", "revloop.db").stat().st_size - before) < 65_536


def test_business_hours_are_kept_with_each_stay(opened: tuple[SqlStore, StateView]) -> None:
    _, view = opened

    times = view.figures.stay_times(Period(), business=True)

    # From Monday nine to Wednesday nine are two working days of eight hours.
    assert times[0].percentiles[0] == timedelta(hours=16).total_seconds()
