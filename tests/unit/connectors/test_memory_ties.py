"""What stands apart from records in the memory CRM, and references that follow their records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.memory import MemoryBench, MemoryCrm
from sync.domain.ports import Write, WriteKind, WriteOutcome
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


def shape(name: str, *fields: FieldShape) -> ObjectShape:
    return ObjectShape(name, name, {field.name: field for field in fields})


def reference(name: str, other: str, *, apart: bool = False) -> FieldShape:
    return FieldShape(
        name=name, label=name, kind=FieldKind.REFERENCE, refers_to=(other,), apart=apart
    )


NAME = FieldShape(name="name", label="name", kind=FieldKind.TEXT)
SHAPES = {
    one.name: one
    for one in (
        shape("people", NAME, reference("firm", "firms", apart=True), reference("boss", "people")),
        shape("firms", NAME, reference("parent", "firms", apart=True)),
    )
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crm(clock: Clock) -> MemoryCrm:
    return MemoryCrm("CRM", SHAPES, clock=clock.now, shows_gone_in_changes=True)


@pytest.fixture
def bench(crm: MemoryCrm) -> MemoryBench:
    return MemoryBench(crm)


def write(kind: WriteKind, id: str, of: str = "people", /, **values: str | None) -> Write:
    return Write(token="t", kind=kind, object_name=of, id=id, values=values)


def send(crm: MemoryCrm, one: Write) -> tuple[WriteOutcome, str]:
    (result,) = crm.apply([one])
    return result.outcome, result.code


def test_tie_is_written_by_itself_and_moves_no_stamp(
    crm: MemoryCrm, bench: MemoryBench, clock: Clock
) -> None:
    person, firm = bench.add("people", {"name": "Ada"}), bench.add("firms", {"name": "A"})
    clock.at += timedelta(minutes=1)

    assert send(crm, write(WriteKind.ASSOCIATE, person, firm=firm))[0] is WriteOutcome.DONE

    (record,) = crm.fetch("people", [person], ["firm"])
    assert (record.fields, record.stamp) == ({"firm": firm}, START)
    assert crm.read_ties("people", [person], ["firm"]) == {(person, "firm"): firm}


@pytest.mark.parametrize(
    ("kind", "values"),
    [(WriteKind.UPDATE, {"firm": None}), (WriteKind.ASSOCIATE, {"name": "Bea"})],
)
def test_field_is_refused_in_a_write_of_the_other_kind(
    crm: MemoryCrm, bench: MemoryBench, kind: WriteKind, values: dict[str, str | None]
) -> None:
    person = bench.add("people", {"name": "Ada"})
    assert send(crm, write(kind, person, **values)) == (WriteOutcome.REJECTED, "READ_ONLY_FIELD")
    assert bench.values("people", person)["name"] == "Ada"


def test_tie_to_a_record_that_is_gone_is_refused(crm: MemoryCrm, bench: MemoryBench) -> None:
    person, firm = bench.add("people", {"name": "Ada"}), bench.add("firms", {"name": "A"})
    bench.remove("firms", firm)
    outcome = send(crm, write(WriteKind.ASSOCIATE, person, firm=firm))
    assert outcome == (WriteOutcome.REJECTED, "UNKNOWN_REFERENCE")


def test_ties_to_a_deleted_record_are_gone_and_other_references_stay(bench: MemoryBench) -> None:
    firm, boss = bench.add("firms", {"name": "A"}), bench.add("people", {"name": "Bea"})
    person = bench.add("people", {"name": "Ada", "boss": boss, "firm": firm})
    bench.remove("firms", firm)
    bench.remove("people", boss)
    assert bench.values("people", person) == {"name": "Ada", "firm": None, "boss": boss}


@pytest.mark.parametrize("new_id", [True, False])
def test_what_names_a_merged_record_names_its_heir(bench: MemoryBench, new_id: bool) -> None:
    one, two = bench.add("firms", {"name": "A"}), bench.add("firms", {"name": "B"})
    people = [bench.add("people", {"name": n, "firm": f}) for n, f in (("Ada", one), ("Bea", two))]
    heir = bench.merge("firms", one, two, new_id=new_id)
    assert (heir == one) is not new_id
    assert [bench.values("people", id)["firm"] for id in people] == [heir, heir]


def test_record_merged_into_its_child_is_not_its_own_parent(bench: MemoryBench) -> None:
    above = bench.add("firms", {"name": "A"})
    below = bench.add("firms", {"name": "B", "parent": above})
    bench.merge("firms", below, above)
    assert bench.values("firms", below)["parent"] is None


def test_record_cannot_come_to_stand_above_itself(crm: MemoryCrm, bench: MemoryBench) -> None:
    one, two = bench.add("firms", {"name": "A"}), bench.add("firms", {"name": "B"})
    assert send(crm, write(WriteKind.ASSOCIATE, one, "firms", parent=two))[0] is WriteOutcome.DONE
    refused = (WriteOutcome.REJECTED, "CIRCULAR_REFERENCE")
    assert send(crm, write(WriteKind.ASSOCIATE, two, "firms", parent=one)) == refused
    assert send(crm, write(WriteKind.ASSOCIATE, two, "firms", parent=two)) == refused


def test_ties_come_in_larger_batches_than_records(crm: MemoryCrm, bench: MemoryBench) -> None:
    people = [bench.add("people", {"name": str(n)}) for n in range(crm.batch_size + 1)]
    ties = [
        Write(
            token=id, kind=WriteKind.ASSOCIATE, object_name="people", id=id, values={"firm": None}
        )
        for id in people
    ]
    assert {one.outcome for one in crm.apply(ties)} == {WriteOutcome.DONE}
    assert crm.tie_batch_size > crm.batch_size


def test_ties_of_a_restored_record_lead_to_what_is_there_by_then(bench: MemoryBench) -> None:
    gone, merged, stays = (bench.add("firms", {"name": name}) for name in "abc")
    of_gone, of_merged = (
        bench.add("people", {"name": "Ada", "firm": firm}) for firm in (gone, merged)
    )
    for person in (of_gone, of_merged):
        bench.remove("people", person)
    bench.remove("firms", gone)
    heir = bench.merge("firms", stays, merged, new_id=True)

    for person in (of_gone, of_merged):
        bench.restore("people", person)

    assert bench.values("people", of_gone)["firm"] is None
    assert bench.values("people", of_merged)["firm"] == heir
