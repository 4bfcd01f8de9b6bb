"""Bulk jobs on the sandbox, under each thing about them that the documentation leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from connectors.salesforce import SalesforceSettings, connect
from sandbox.salesforce.rules import DuplicateRule
from sandbox.seeds import System
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule
from sync.domain.errors import UnavailableError
from sync.domain.ports import Crm, Write, WriteKind, WriteOutcome
from tests.contract.sandboxes import serving, start_over
from tests.contract.test_salesforce import SEED

_LEAST, _COUNT = 20, 30
_JOBS = r"/jobs/ingest"
_RUNNING = timedelta(hours=10)


@dataclass(slots=True)
class Bed:
    """An org with contacts, and a connector whose pauses move the org's clock."""

    sandbox: Sandbox
    crm: Crm
    ids: list[str]
    pauses: list[float]

    def value(self, at: int, name: str) -> Any:
        return self.sandbox.salesforce.get("Contact", self.ids[at])[name]

    def jobs(self) -> int:
        return len(self.sandbox.salesforce_traffic.calls(path=rf"{_JOBS}$"))

    def switch(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self.sandbox.salesforce.switches, name, value)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serving(SEED) as sandbox:
        yield sandbox


@pytest.fixture
def bed(sandbox: Sandbox) -> Iterator[Bed]:
    start_over(sandbox)
    org = sandbox.salesforce
    ids = [
        org.create("Contact", {"LastName": f"P{at}", "Email": f"p{at}@x.example"})
        for at in range(_COUNT)
    ]
    settings = SalesforceSettings(
        instance_url=sandbox.salesforce_url,
        access_token=sandbox.salesforce_token,
        bulk_from=_LEAST,
    )
    pauses: list[float] = []

    def rest(seconds: float) -> None:
        pauses.append(seconds)
        sandbox.clock.move(timedelta(seconds=seconds))

    crm = connect(settings, sleep=rest, clock=sandbox.clock.now)
    bed = Bed(sandbox, crm, ids, pauses)
    before = {name: getattr(org.switches, name) for name in dir(org.switches) if "bulk" in name}
    crm.describe("Contact")
    yield bed
    bed.switch(**before)
    org.detect_duplicates("Contact", None)
    crm.close()
    for record_id in list(org.database.table("Contact").rows):
        org.purge("Contact", record_id)


def update(token: str, record_id: str, **values: str | None) -> Write:
    return Write(
        token=token,
        kind=WriteKind.UPDATE,
        object_name="Contact",
        id=record_id,
        values=values,
        read_back=tuple(values),
    )


def updates(bed: Bed) -> list[Write]:
    """Give an update of each contact: one is refused for a blank, one is of a deleted record."""
    writes = [
        update(f"{at}", id, LastName=f"L, {at}", HasOptedOutOfEmail="true", Title=None)
        for at, id in enumerate(bed.ids)
    ]
    writes[3] = update("3", bed.ids[3], LastName=None)
    bed.sandbox.salesforce.remove("Contact", bed.ids[7])
    return writes


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"bulk_job_takes": timedelta(minutes=3)},
        {"bulk_create_status": 201},
        {"bulk_results_shuffled": True},
        {"bulk_empty_results_have_header": False},
        {"bulk_flags_are_numbers_too": False},
    ],
    ids=str,
)
def test_each_row_has_its_own_result(bed: Bed, switches: dict[str, object]) -> None:
    bed.switch(**switches)

    results = bed.crm.apply(updates(bed))

    assert bed.jobs() == 1
    assert [result.token for result in results] == [str(at) for at in range(_COUNT)]
    assert results[3].outcome is WriteOutcome.REJECTED
    assert results[3].fields == ("LastName",)
    assert results[7].outcome is WriteOutcome.GONE
    for at, result in enumerate(results):
        if at not in (3, 7):
            assert result.outcome is WriteOutcome.DONE, result
            assert result.stored is not None
            assert result.stored.fields["LastName"] == f"L, {at}" == bed.value(at, "LastName")
            assert bed.value(at, "HasOptedOutOfEmail") is True


def test_records_are_deleted_by_one_job(bed: Bed) -> None:
    bed.sandbox.salesforce.remove("Contact", bed.ids[0])
    writes = [
        Write(token=id, kind=WriteKind.ARCHIVE, object_name="Contact", id=id) for id in bed.ids
    ]
    results = bed.crm.apply(writes)
    # What is deleted already is what was asked for.
    assert {result.outcome for result in results} == {WriteOutcome.DONE}
    rows = bed.sandbox.salesforce.database.table("Contact").rows
    assert all(rows[id]["IsDeleted"] for id in bed.ids)
    assert bed.jobs() == 1


@pytest.mark.parametrize("checked", [True, False])
def test_update_that_only_an_alert_rule_minds_is_done(bed: Bed, checked: bool) -> None:
    bed.switch(bulk_checks_duplicate_rules=checked)
    bed.sandbox.salesforce.detect_duplicates("Contact", DuplicateRule(fields=("Email",)))
    writes = [update(id, id, Email="same@x.example") for id in bed.ids]
    results = bed.crm.apply(writes)
    assert {result.outcome for result in results} == {WriteOutcome.DONE}
    assert {bed.value(at, "Email") for at in range(_COUNT)} == {"same@x.example"}


def test_job_that_never_ends_is_aborted_and_its_rows_sent_otherwise(bed: Bed) -> None:
    bed.switch(bulk_job_takes=_RUNNING)
    results = bed.crm.apply(updates(bed))
    assert results[0].outcome is WriteOutcome.DONE
    assert bed.value(0, "LastName") == "L, 0"
    assert 3_600 <= sum(bed.pauses) < 4_000
    assert len(bed.pauses) < 150
    assert max(bed.pauses) <= 30


def test_job_that_neither_ends_nor_can_be_aborted_ends_the_run(bed: Bed) -> None:
    bed.switch(bulk_job_takes=timedelta(hours=2), bulk_abort_while_working=False)
    with pytest.raises(UnavailableError) as caught:
        bed.crm.apply(updates(bed))
    assert caught.value.code == "BULK_JOB_RUNNING"
    # The next run waits for it before it looks at anything.
    bed.crm.await_writes({"Contact": _COUNT})
    assert bed.value(_COUNT - 1, "LastName") == f"L, {_COUNT - 1}"


def test_wait_for_a_job_left_behind_has_an_end(bed: Bed) -> None:
    bed.switch(bulk_job_takes=timedelta(hours=5), bulk_abort_while_working=False)
    with pytest.raises(UnavailableError):
        bed.crm.apply(updates(bed))
    with pytest.raises(UnavailableError) as caught:
        bed.crm.await_writes({"Contact": _COUNT})
    assert caught.value.code == "BULK_JOB_RUNNING"


@pytest.mark.parametrize("kind", ["drop_after", "truncated"])
@pytest.mark.parametrize("call", range(6))
def test_call_that_fails_once_loses_no_row(bed: Bed, kind: str, call: int) -> None:
    rule = FaultRule(system=System.SALESFORCE, kind=kind, path=_JOBS, skip=call)
    bed.sandbox.add_fault(rule)
    results = bed.crm.apply(updates(bed))
    done = [at for at, result in enumerate(results) if result.outcome is WriteOutcome.DONE]
    assert done == [at for at in range(_COUNT) if at not in (3, 7)]
    assert bed.value(_COUNT - 1, "LastName") == f"L, {_COUNT - 1}"
