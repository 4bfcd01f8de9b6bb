"""Amounts and their currency between two CRMs that both keep several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.jsontypes import Json, JsonObject
from sandbox.server import Sandbox
from tests.integration.admin import Admin, at_work

_HEAD = """\
pair: deals
hubspot: deals
salesforce: Opportunity
first_sync: salesforce
match: [name]
create: {hubspot: {when: "true"}}
fields:
  name: dealname <-> Name
  deal_stage: {map: dealstage <-> StageName, values: {qualifiedtobuy: Prospecting}}
  amount: {map: amount <-> Amount, type: money}
"""
_CURRENCY = "  currency: deal_currency_code <-> CurrencyIsoCode\n"


def _seed() -> list[JsonObject]:
    options: list[Json] = [{"label": code, "value": code} for code in ("EUR", "USD")]
    field: JsonObject = {"name": "deal_currency_code", "type": "enumeration", "options": options}
    fields: JsonObject = {
        "Name": "Big one",
        "StageName": "Prospecting",
        "CloseDate": "2026-12-31",
        "Amount": 1250.5,
        "CurrencyIsoCode": "EUR",
    }
    return [
        {"system": "hubspot", "object": "deals", "field": field},
        {"system": "salesforce", "setup": {"kind": "currencies", "corporate": "USD"}},
        {"system": "salesforce", "object": "Opportunity", "key": "o", "fields": fields},
    ]


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    with at_work(tmp_path / "project", Sandbox(_seed()), mapping=_HEAD + _CURRENCY) as admin:
        yield admin


def test_an_amount_arrives_unchanged_with_its_currency_and_both_can_be_edited(
    admin: Admin,
) -> None:
    assert admin.sync().exit == 0
    store, org = admin.sandbox.hubspot, admin.sandbox.salesforce
    (deal,) = store.ids("deals")
    made = store.get("deals", deal) or {}
    assert (made["amount"], made["deal_currency_code"]) == ("1250.5", "EUR")

    store.edit("deals", deal, {"amount": "99", "deal_currency_code": "USD"})
    assert admin.sync().exit == 0

    (row,) = org.database.table("Opportunity").rows.values()
    assert (row["Amount"], row["CurrencyIsoCode"]) == (99, "USD")
    assert admin.sync().saved == 0


def test_check_against_both_crms_finds_an_amount_without_its_currency(admin: Admin) -> None:
    assert admin.type("mappings", "check", "--live").exit == 0
    (admin.folder / "mappings" / "contacts.yaml").write_text(_HEAD, encoding="utf-8")

    answer = admin.type("mappings", "check", "--live")

    assert answer.exit == 2
    (finding,) = answer.document["findings"]
    assert finding["line"] == 10
    assert "'currency: deal_currency_code <-> CurrencyIsoCode'" in finding["message"]
    assert admin.sync().exit == 0, "a run goes on"
