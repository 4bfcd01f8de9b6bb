"""CRMs in trouble: the run ends with 3, nobody is there twice, and the next run goes on."""

from __future__ import annotations

import pytest

from sandbox.traffic import FaultRule
from tests.e2e.desk import Desk, Done, without_pauses

FOR_EVER = 1_000_000
CREATE = r"/contacts/batch/create$"
COMPOSITE = r"/composite$"

EVERYBODY = sorted(
    f"{name}{n}@people.example" for name in ("both", "left", "right") for n in (0, 1)
)

HUBSPOT = (
    "html_200",
    "html_503",
    "429",
    "500",
    "503",
    "drop_before",
    "silent_before",
    "truncated",
    "rate_limit_daily",
)
SALESFORCE = (
    "html_200",
    "html_503",
    "concurrent_limit",
    "500",
    "503",
    "drop_before",
    "silent_before",
    "truncated",
    "request_limit",
)
ALL = [("hubspot", kind) for kind in HUBSPOT] + [("salesforce", kind) for kind in SALESFORCE]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the pauses that were asked for; none is made."""
    return without_pauses(monkeypatch, patience=30)


def plan_fault(
    desk: Desk, system: str, kind: str, *, path: str = "", times: int = FOR_EVER, skip: int = 0
) -> None:
    desk.sandbox.add_fault(FaultRule(system=system, kind=kind, path=path, times=times, skip=skip))


def run_in_trouble(desk: Desk, kind: str) -> Done:
    """Run; a CRM that never answers is waited for a moment only."""
    with pytest.MonkeyPatch.context() as patch:
        if kind.startswith("silent"):
            without_pauses(patch, patience=0.4)
        return desk.run_here("sync")


def clear_faults(desk: Desk) -> None:
    for box in desk.sandbox.fault_boxes:
        box.clear()


def everybody_is_there_once(desk: Desk) -> bool:
    return desk.emails("hubspot") == desk.emails("salesforce") == EVERYBODY


@pytest.mark.parametrize(("system", "kind"), ALL)
def test_crm_in_trouble_ends_the_run_with_3_and_nothing_written(system, kind, desk):
    before = desk.export()
    plan_fault(desk, system, kind)

    ended = run_in_trouble(desk, kind)

    assert ended.code == 3
    assert ended.out == ""
    assert ended.err.startswith("Error: ")
    assert {"hubspot": "HubSpot", "salesforce": "Salesforce"}[system] in ended.err
    assert desk.export() == before


def test_run_that_ended_with_3_is_told_by_status_and_in_json(desk):
    plan_fault(desk, "hubspot", "503", path="/search$")

    ended = desk.run_here("sync", "--json")

    assert (ended.code, ended.document["stopped"]) == (3, "unavailable")
    assert ended.document["run"] == "r1"
    assert desk.run_here("status", "--json").document["last_run"]["stopped"] == "unavailable"


@pytest.mark.parametrize(("system", "kind"), [("hubspot", "503"), ("salesforce", "500")])
def test_trouble_that_passes_is_waited_out(system, kind, desk, pauses):
    plan_fault(desk, system, kind, times=3)

    assert desk.run_here("sync").code == 0
    assert len(pauses) == 3
    assert pauses == sorted(pauses)
    assert everybody_is_there_once(desk)


def test_missing_scope_is_named_and_ends_with_2(desk):
    plan_fault(desk, "hubspot", "missing_scopes")

    ended = desk.run_here("sync")

    assert ended.code == 2
    assert "crm.objects.contacts.write" in ended.err


@pytest.mark.parametrize(
    ("name", "title"),
    [("HUBSPOT_BASE_URL", "HubSpot"), ("SALESFORCE_INSTANCE_URL", "Salesforce")],
)
def test_crm_that_does_not_listen_ends_the_run_with_3(name, title, desk):
    desk.environment[name] = "http://127.0.0.1:9"

    ended = desk.run_here("sync")

    assert ended.code == 3
    assert f"Error: {title}" in ended.err
    assert "http://127.0.0.1:9" in ended.err


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("drop_before", FOR_EVER),
        ("drop_after", 1),
        ("drop_after", FOR_EVER),
        ("silent_after", 1),
        ("truncated", 1),
        ("500", FOR_EVER),
    ],
)
@pytest.mark.parametrize(
    ("system", "path", "skip"),
    [("hubspot", CREATE, 0), ("salesforce", COMPOSITE, 1)],
    ids=["hubspot", "salesforce"],
)
def test_lost_answer_to_a_create_makes_nobody_twice(system, path, skip, kind, times, desk):
    plan_fault(desk, system, kind, path=path, skip=skip, times=times)

    first = run_in_trouble(desk, kind)
    clear_faults(desk)
    second = desk.run_here("sync")

    assert first.code in (0, 3)
    assert second.code == 0
    assert everybody_is_there_once(desk)
    assert desk.run_here("status", "--json").document["errors"] == []


def test_run_after_a_mended_one_writes_nothing(desk):
    plan_fault(desk, "hubspot", "drop_after", path=r"/batch/update$")
    assert desk.run_here("sync").code == 3
    clear_faults(desk)
    assert desk.run_here("sync").code == 0
    desk.forget_calls()

    assert desk.run_here("sync").code == 0
    assert desk.writes() == 0
