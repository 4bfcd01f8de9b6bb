"""What the memory CRM does beyond the contract every connector keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.memory import Editor, Killed, MemoryBench, MemoryCrm
from sync.domain.errors import (
    CredentialError,
    DailyQuotaError,
    DuplicateRejectedError,
    GoneError,
    RateLimitedError,
    SchemaDriftError,
    UnavailableError,
    ValidationRejectedError,
)
from sync.domain.ports import Account, ChangeQuery, Write, WriteKind, WriteOutcome
from sync.domain.record import RecordRef
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option

START = datetime(2026, 3, 1, 12, 0, 0, 654321, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **span: float) -> None:
        self.time += timedelta(**span)


def field(name: str, kind: FieldKind = FieldKind.TEXT, **facts: object) -> FieldShape:
    return replace(FieldShape(name=name, label=name, kind=kind), **facts)  # type: ignore[arg-type]


def shape(name: str, *fields: FieldShape) -> ObjectShape:
    return ObjectShape(name, name, {each.name: each for each in fields})


COMPANY = shape("Company", field("Name"))
CONTACT = shape("Contact", field("Email"), field("Phone"))
PERSON = shape(
    "Person",
    field("Email", FieldKind.EMAIL, unique=True, folds_case=True),
    field("Last", required=True, length=10),
    field("Phone"),
    field("Score", FieldKind.NUMBER, scale=1, digits=4),
    field("Amount", FieldKind.MONEY),
    field("Level", FieldKind.CHOICE, restricted=True, options=(Option("A", "A"), Option("B", "B"))),
    field("Tags", FieldKind.CHOICES, restricted=True, options=(Option("x", "x"), Option("y", "y"))),
    field("Born", FieldKind.DATE),
    field("Seen", FieldKind.DATETIME),
    field("Agreed", FieldKind.BOOLEAN),
    field("Made", creatable=False, updatable=False),
    field("Company", FieldKind.REFERENCE, refers_to=("Company",)),
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crm(clock: Clock) -> MemoryCrm:
    """A CRM that shows deleted records among the changes, as Salesforce does."""
    return make(clock, shows_gone_in_changes=True)


@pytest.fixture
def bench(crm: MemoryCrm) -> MemoryBench:
    return MemoryBench(crm)


@pytest.fixture
def vanishing(clock: Clock) -> MemoryCrm:
    """A CRM whose deleted records vanish from the changes, as HubSpot's do."""
    return make(clock, shows_gone_in_changes=False)


def make(clock: Clock, *, shows_gone_in_changes: bool, **more: object) -> MemoryCrm:
    return MemoryCrm(
        "Ledger",
        {each.name: each for each in (PERSON, CONTACT, COMPANY)},
        clock=clock,
        shows_gone_in_changes=shows_gone_in_changes,
        **more,  # type: ignore[arg-type]
    )


def query(since: datetime | None = None, *fields: str) -> ChangeQuery:
    return ChangeQuery(object_name="Person", fields=fields, since=since)


def create(token: str = "t", /, **values: str | None) -> Write:
    return Write(
        token=token,
        kind=WriteKind.CREATE,
        object_name="Person",
        values={"Last": "Lovelace"} | values,
        read_back=tuple(PERSON.fields),
    )


def update(record_id: str, **values: str | None) -> Write:
    return Write(
        token=record_id,
        kind=WriteKind.UPDATE,
        object_name="Person",
        id=record_id,
        values=values,
        read_back=tuple(values),
    )


def archive(record_id: str) -> Write:
    return Write(token=record_id, kind=WriteKind.ARCHIVE, object_name="Person", id=record_id)


def changed_ids(crm: MemoryCrm, since: datetime | None = None) -> list[str]:
    return [record.ref.id for page in crm.read_changes(query(since)) for record in page]


def gone_ids(crm: MemoryCrm) -> list[str]:
    return [record.ref.id for page in crm.read_gone("Person", None) for record in page]


# --- what is kept of a value ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sent", "kept"),
    [
        ("Score", "1.25", "1.3"),
        ("Score", "-1.25", "-1.3"),
        ("Score", "-0.01", "0"),
        ("Score", "3.0", "3"),
        ("Score", "1e2", "100"),
        ("Amount", "12.50", "12.50"),
        ("Email", "Ada@Example.COM", "ada@example.com"),
        ("Agreed", "TRUE", "true"),
        ("Seen", "2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00.000Z"),
        ("Tags", "x;y", "x;y"),
        ("Phone", "", None),
    ],
)
def test_value_is_kept_in_the_crms_own_form(
    crm: MemoryCrm, name: str, sent: str, kept: str | None
) -> None:
    (result,) = crm.apply([create(**{name: sent})])

    assert result.stored is not None
    assert result.stored.fields[name] == kept


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("Last", "x" * 11, "TOO_LONG"),
        ("Last", "", "REQUIRED_FIELD_MISSING"),
        ("Score", "ten", "WRONG_TYPE"),
        ("Score", "NaN", "WRONG_TYPE"),
        ("Score", "10000", "NUMBER_OUT_OF_RANGE"),
        ("Level", "C", "NOT_AN_OPTION"),
        ("Tags", "x;z", "NOT_AN_OPTION"),
        ("Agreed", "yes", "WRONG_TYPE"),
        ("Born", "31.12.1999", "WRONG_TYPE"),
        ("Seen", "2026-03-01T13:00:00", "WRONG_TYPE"),
        ("Made", "here", "READ_ONLY_FIELD"),
        ("Colour", "red", "UNKNOWN_FIELD"),
        ("Company", "nowhere", "UNKNOWN_REFERENCE"),
    ],
)
def test_value_that_cannot_be_kept_is_refused_by_field(
    crm: MemoryCrm, bench: MemoryBench, name: str, sent: str, code: str
) -> None:
    (result,) = crm.apply([create(**{name: sent})])

    assert (result.outcome, result.code, result.fields) == (WriteOutcome.REJECTED, code, (name,))
    assert bench.all("Person") == {}


def test_required_field_cannot_be_emptied(crm: MemoryCrm, bench: MemoryBench) -> None:
    ada = bench.add("Person", {"Last": "Lovelace"})

    (result,) = crm.apply([update(ada, Last=None)])

    assert result.outcome is WriteOutcome.REJECTED
    assert bench.values("Person", ada)["Last"] == "Lovelace"


def test_reference_to_a_live_record_is_taken(crm: MemoryCrm, bench: MemoryBench) -> None:
    company = bench.add("Company", {"Name": "Engines"})

    (result,) = crm.apply([create(Company=company)])

    assert result.outcome is WriteOutcome.DONE


def test_person_is_told_what_is_wrong_with_an_edit(bench: MemoryBench) -> None:
    bench.add("Person", {"Last": "Lovelace", "Email": "ada@example.com"})

    with pytest.raises(DuplicateRejectedError):
        bench.add("Person", {"Last": "King", "Email": "ADA@example.com"})
    with pytest.raises(ValidationRejectedError):
        bench.add("Person", {"Email": "grace@example.com"})


def test_the_crm_itself_writes_read_only_fields(bench: MemoryBench) -> None:
    ada = bench.add("Person", {"Last": "Lovelace", "Made": "form"})

    bench.edit("Person", ada, {"Made": "import"})

    assert bench.values("Person", ada)["Made"] == "import"


def test_archived_record_frees_its_unique_value_until_it_comes_back(
    crm: MemoryCrm, bench: MemoryBench
) -> None:
    old = bench.add("Person", {"Last": "Lovelace", "Email": "ada@example.com"})
    bench.remove("Person", old)
    bench.add("Person", {"Last": "King", "Email": "ada@example.com"})

    with pytest.raises(DuplicateRejectedError):
        bench.restore("Person", old)
    assert gone_ids(crm) == [old]


# --- stamps and order -------------------------------------------------------------------------


def test_stamp_is_cut_to_the_resolution(clock: Clock) -> None:
    crm = make(clock, shows_gone_in_changes=True, resolution=timedelta(seconds=1))
    MemoryBench(crm).add("Person", {"Last": "Lovelace"})

    (peek,) = crm.peek([query()])

    assert peek.records[0].stamp == START.replace(microsecond=0)
    assert peek.read_at == START


def test_stamp_never_goes_back(crm: MemoryCrm, bench: MemoryBench, clock: Clock) -> None:
    ada = bench.add("Person", {"Last": "Lovelace"})
    clock.pass_by(hours=-1)

    (result,) = crm.apply([update(ada, Phone="1")])

    assert result.stored is not None
    assert result.stored.stamp == START.replace(microsecond=654000)


def test_record_made_while_the_clock_ran_behind_is_in_its_place(
    crm: MemoryCrm, bench: MemoryBench, clock: Clock
) -> None:
    late = bench.add("Person", {"Last": "Late"})
    clock.pass_by(hours=-1)
    early = bench.add("Person", {"Last": "Early"})

    assert changed_ids(crm) == [early, late]


@pytest.mark.parametrize("stamps_idle_writes", [True, False])
def test_write_that_changes_nothing_moves_the_stamp_only_if_asked(
    clock: Clock, stamps_idle_writes: bool
) -> None:
    crm = make(clock, shows_gone_in_changes=True, stamps_idle_writes=stamps_idle_writes)
    ada = MemoryBench(crm).add("Person", {"Last": "Lovelace"})
    clock.pass_by(minutes=1)

    (result,) = crm.apply([update(ada, Last="Lovelace")])

    assert result.stored is not None
    assert (result.stored.stamp > START) is stamps_idle_writes


def test_silent_edit_moves_no_stamp(crm: MemoryCrm, bench: MemoryBench, clock: Clock) -> None:
    ada = bench.add("Person", {"Last": "Lovelace"})
    clock.pass_by(minutes=1)

    bench.edit("Person", ada, {"Made": "formula"}, silently=True)

    assert bench.values("Person", ada)["Made"] == "formula"
    assert changed_ids(crm, clock()) == []


def test_many_edits_leave_each_record_in_its_last_place_only(
    crm: MemoryCrm, bench: MemoryBench, clock: Clock
) -> None:
    ids = [bench.add("Person", {"Last": "P"}) for _ in range(3)]
    for turn in range(400):
        clock.pass_by(seconds=1)
        bench.edit("Person", ids[turn % 3], {"Phone": str(turn)})

    assert changed_ids(crm) == [ids[1], ids[2], ids[0]]


def test_record_edited_between_two_pages_comes_again(clock: Clock) -> None:
    crm = make(clock, shows_gone_in_changes=True, page_size=2)
    bench = MemoryBench(crm)
    ids = [bench.add("Person", {"Last": "P"}) for _ in range(3)]
    pages = crm.read_changes(query())

    first = [record.ref.id for record in next(pages)]
    clock.pass_by(seconds=1)
    bench.edit("Person", ids[0], {"Phone": "1"})
    rest = [record.ref.id for page in pages for record in page]

    assert first == ids[:2]
    assert rest == [ids[2], ids[0]]


def test_editor_is_named(crm: MemoryCrm, bench: MemoryBench) -> None:
    ada = bench.add("Person", {"Last": "Lovelace"})
    (read,) = crm.fetch("Person", [ada], [])
    assert read.editor == Editor.PERSON

    crm.apply([update(ada, Phone="1")])

    (read,) = crm.fetch("Person", [ada], [])
    assert read.editor == Editor.INTEGRATION


# --- gone, merged, converted ------------------------------------------------------------------


def test_deleted_record_is_among_the_changes_where_the_crm_shows_it(
    crm: MemoryCrm, bench: MemoryBench
) -> None:
    ada = bench.add("Person", {"Last": "Lovelace"})
    bench.remove("Person", ada)

    (peek,) = crm.peek([query()])

    assert [(record.ref.id, record.gone) for record in peek.records] == [(ada, True)]
    assert peek.total == 1


def test_deleted_record_vanishes_from_the_changes_where_the_crm_hides_it(
    vanishing: MemoryCrm,
) -> None:
    bench = MemoryBench(vanishing)
    ada = bench.add("Person", {"Last": "Lovelace"})
    bench.remove("Person", ada)

    (peek,) = vanishing.peek([query()])

    assert (peek.records, peek.total) == ((), 0)
    assert list(vanishing.fetch("Person", [ada], [])) == []
    assert gone_ids(vanishing) == [ada]


def test_purged_record_leaves_no_trace(crm: MemoryCrm, bench: MemoryBench) -> None:
    ada, grace = (bench.add("Person", {"Last": name}) for name in ("Lovelace", "Hopper"))
    bench.remove("Person", grace)

    bench.purge("Person", ada)
    bench.purge("Person", grace)

    assert changed_ids(crm) == []
    assert gone_ids(crm) == []
    with pytest.raises(GoneError):
        bench.values("Person", ada)


def test_restored_record_takes_writes_again(crm: MemoryCrm, bench: MemoryBench) -> None:
    ada = bench.add("Person", {"Last": "Lovelace"})
    bench.remove("Person", ada)
    assert crm.apply([update(ada, Phone="1")])[0].outcome is WriteOutcome.GONE

    bench.restore("Person", ada)

    assert crm.apply([update(ada, Phone="1")])[0].outcome is WriteOutcome.DONE
    assert gone_ids(crm) == []


def test_merge_fills_the_blanks_of_the_winner(crm: MemoryCrm, bench: MemoryBench) -> None:
    winner = bench.add("Person", {"Last": "Lovelace"})
    loser = bench.add("Person", {"Last": "King", "Phone": "1", "Email": "ada@example.com"})

    bench.merge("Person", winner, loser)

    merged = bench.values("Person", winner)
    assert (merged["Last"], merged["Phone"]) == ("Lovelace", "1")
    (found,) = crm.find("Person", "Email", ["ada@example.com"], [])
    assert found.ref.id == winner


def test_merged_record_names_its_successor(crm: MemoryCrm, bench: MemoryBench) -> None:
    winner, loser = (bench.add("Person", {"Last": name}) for name in ("Lovelace", "King"))
    bench.merge("Person", winner, loser)

    (read,) = crm.fetch("Person", [loser], [])

    assert (read.ref.id, read.gone) == (loser, True)
    assert read.successor == RecordRef("Person", winner)


def test_merged_record_answers_as_its_survivor_where_deleted_ones_vanish(
    vanishing: MemoryCrm,
) -> None:
    bench = MemoryBench(vanishing)
    winner, loser = (bench.add("Person", {"Last": name}) for name in ("Lovelace", "King"))
    bench.merge("Person", winner, loser)

    (read,) = vanishing.fetch("Person", [loser], ["Last"])

    assert (read.ref.id, read.aliases, read.gone) == (winner, (loser,), False)
    assert gone_ids(vanishing) == []
    assert vanishing.apply([update(loser, Phone="1")])[0].outcome is WriteOutcome.GONE


def test_merge_may_make_a_new_id(vanishing: MemoryCrm) -> None:
    bench = MemoryBench(vanishing)
    winner, loser = (bench.add("Person", {"Last": name}) for name in ("Lovelace", "King"))

    survivor = bench.merge("Person", winner, loser, new_id=True)

    (read,) = vanishing.fetch("Person", [winner], ["Last"])
    assert survivor not in (winner, loser)
    assert (read.ref.id, set(read.aliases)) == (survivor, {winner, loser})
    assert read.fields == {"Last": "Lovelace"}


def test_merged_record_cannot_be_restored(bench: MemoryBench) -> None:
    winner, loser = (bench.add("Person", {"Last": name}) for name in ("Lovelace", "King"))
    bench.merge("Person", winner, loser)

    with pytest.raises(ValueError, match="merged"):
        bench.restore("Person", loser)


def test_converted_record_is_frozen_and_names_its_successor(
    crm: MemoryCrm, bench: MemoryBench
) -> None:
    lead = bench.add("Person", {"Last": "Lovelace", "Email": "ada@example.com", "Phone": "1"})

    contact = bench.convert("Person", lead, into="Contact", values={"Phone": "2"})

    (read,) = crm.fetch("Person", [lead], [])
    assert (read.frozen, read.gone) == (True, False)
    assert read.successor == RecordRef("Contact", contact)
    assert bench.values("Contact", contact) == {"Email": "ada@example.com", "Phone": "2"}
    assert crm.apply([update(lead, Phone="3")])[0].outcome is WriteOutcome.FROZEN


def test_record_can_be_converted_into_one_that_exists(crm: MemoryCrm, bench: MemoryBench) -> None:
    lead = bench.add("Person", {"Last": "Lovelace", "Phone": "1"})
    contact = bench.add("Contact", {"Phone": "9"})

    bench.convert("Person", lead, into="Contact", existing_id=contact, values={"Email": "a@b.de"})

    assert bench.values("Contact", contact) == {"Email": "a@b.de", "Phone": "9"}


# --- when fields were edited ------------------------------------------------------------------


def test_each_field_has_its_own_edit_time(crm: MemoryCrm, bench: MemoryBench, clock: Clock) -> None:
    ada = bench.add("Person", {"Last": "Lovelace", "Phone": "1"})
    (made,) = crm.fetch("Person", [ada], [])
    clock.pass_by(minutes=5)
    bench.edit("Person", ada, {"Last": "King", "Phone": "1"})
    (edited,) = crm.fetch("Person", [ada], [])

    times = crm.edit_times("Person", [ada, "nobody"], ["Last", "Phone", "Level"])

    assert times == {(ada, "Last"): edited.stamp, (ada, "Phone"): made.stamp}


def test_no_edit_times_where_the_crm_keeps_none(clock: Clock) -> None:
    crm = make(clock, shows_gone_in_changes=True, edit_times_kept=False)
    ada = MemoryBench(crm).add("Person", {"Last": "Lovelace"})

    assert crm.edit_times("Person", [ada], ["Last"]) == {}
    assert crm.usage().calls == 0


# --- automation -------------------------------------------------------------------------------


def test_automation_rewrites_our_writes_too(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.on_save(lambda ref, before, after: {"Phone": f"+{after['Phone']}"})

    (result,) = crm.apply([create(Phone="49")])

    assert result.stored is not None
    assert (result.stored.fields["Phone"], result.stored.editor) == ("+49", Editor.AUTOMATION)


def test_later_automation_comes_after_the_answer(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.on_save(lambda ref, before, after: {"Phone": "automatic"}, later=True)

    (result,) = crm.apply([create(Phone="49")])

    assert result.stored is not None
    assert result.id is not None
    assert result.stored.fields["Phone"] == "49"
    assert bench.values("Person", result.id)["Phone"] == "automatic"


def test_automation_sees_what_was_there_before(crm: MemoryCrm, bench: MemoryBench) -> None:
    ada = bench.add("Person", {"Last": "Lovelace", "Phone": "1"})
    bench.on_save(lambda ref, before, after: {"Last": before["Phone"]})

    crm.apply([update(ada, Phone="2")])

    assert bench.values("Person", ada)["Last"] == "1"


def test_automation_that_breaks_a_rule_stops_the_save(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.on_save(lambda ref, before, after: {"Level": "C"})

    (result,) = crm.apply([create()])

    assert (result.outcome, result.fields) == (WriteOutcome.REJECTED, ("Level",))
    assert bench.all("Person") == {}


# --- trouble ----------------------------------------------------------------------------------


def test_refused_write_does_not_sink_its_neighbours(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.refuse(
        "Person", lambda write: write.token == "b", code="RULE", message="no", fields=("Last",)
    )

    results = crm.apply([create("a"), create("b"), create("c")])

    assert [result.outcome for result in results] == ["done", "rejected", "done"]
    assert (results[1].code, results[1].message, results[1].fields) == ("RULE", "no", ("Last",))


def test_counted_refusals_and_locks_are_spent(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.refuse("Person", 1)
    assert crm.apply([create("a"), create("b")])[1].outcome is WriteOutcome.DONE

    bench.lock(1)
    results = crm.apply([create("c"), create("d")])

    assert [result.outcome for result in results] == ["locked", "done"]


def test_answer_lost_after_the_commit_leaves_a_create_unknown(
    crm: MemoryCrm, bench: MemoryBench
) -> None:
    bench.fail("after", UnavailableError("the line went dead"))

    (result,) = crm.apply([create()])

    assert (result.outcome, result.id) == (WriteOutcome.UNKNOWN, None)
    assert len(bench.all("Person")) == 1


def test_request_that_may_have_arrived_leaves_a_create_unknown(
    crm: MemoryCrm, bench: MemoryBench
) -> None:
    bench.fail("before", UnavailableError("the line went dead", maybe_done=True))

    (result,) = crm.apply([create()])

    assert result.outcome is WriteOutcome.UNKNOWN
    assert bench.all("Person") == {}


def test_request_that_never_arrived_is_an_error(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.fail("before", UnavailableError("no connection"))

    with pytest.raises(UnavailableError):
        crm.apply([create()])
    assert bench.all("Person") == {}
    assert crm.apply([create()])[0].outcome is WriteOutcome.DONE


def test_answer_lost_after_an_update_is_an_error(crm: MemoryCrm, bench: MemoryBench) -> None:
    ada = bench.add("Person", {"Last": "Lovelace"})
    bench.fail("after", UnavailableError("the line went dead"))

    with pytest.raises(UnavailableError):
        crm.apply([update(ada, Phone="1")])
    assert bench.values("Person", ada)["Phone"] == "1"


@pytest.mark.parametrize(("where", "kept"), [("before", 0), ("after", 3)])
def test_process_is_killed_around_the_commit(
    crm: MemoryCrm, bench: MemoryBench, where: str, kept: int
) -> None:
    bench.fail(where, Killed())

    with pytest.raises(Killed):
        crm.apply([create("a"), create("b"), create("c")])
    assert len(bench.all("Person")) == kept


def test_process_is_killed_after_the_second_record(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.fail("after", Killed(), records=2)

    with pytest.raises(Killed):
        crm.apply([create("a"), create("b"), create("c")])
    assert len(bench.all("Person")) == 2


def test_failure_waits_for_its_call(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.fail("before", RateLimitedError("slow down"), on="peek", skip=1, times=2)

    crm.peek([query()])
    for _ in range(2):
        with pytest.raises(RateLimitedError):
            crm.peek([query()])
    crm.peek([query()])


def test_failure_can_meet_one_object_only(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.fail("before", CredentialError("refused"), on="describe", object_name="Company")

    assert crm.describe("Person") is PERSON
    with pytest.raises(CredentialError):
        crm.describe("Company")


def test_calm_forgets_all_trouble(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.fail("before", Killed())
    bench.refuse("Person")
    bench.lock()

    bench.calm()

    assert crm.apply([create()])[0].outcome is WriteOutcome.DONE


def test_second_page_can_fail(clock: Clock) -> None:
    crm = make(clock, shows_gone_in_changes=True, page_size=1)
    bench = MemoryBench(crm)
    for name in ("Lovelace", "Hopper"):
        bench.add("Person", {"Last": name})
    bench.fail("before", UnavailableError("gone"), on="read_changes", skip=1)

    pages = crm.read_changes(query())

    assert len(next(pages)) == 1
    with pytest.raises(UnavailableError):
        next(pages)


def test_hidden_record_is_indexed_late(crm: MemoryCrm, bench: MemoryBench, clock: Clock) -> None:
    ada = bench.add("Person", {"Last": "Lovelace", "Email": "ada@example.com"})
    bench.hide([ada], until=clock() + timedelta(seconds=30))

    assert crm.peek([query()])[0].total == 0
    assert changed_ids(crm) == []
    assert list(crm.find("Person", "Last", ["lovelace"], [])) == []
    assert [found.ref.id for found in crm.find("Person", "Email", ["ADA@example.com"], [])] == [ada]

    clock.pass_by(seconds=30)
    assert changed_ids(crm) == [ada]
    assert [found.ref.id for found in crm.find("Person", "Last", ["lovelace"], [])] == [ada]


def test_lookup_by_any_field_follows_edits(crm: MemoryCrm, bench: MemoryBench) -> None:
    ids = [bench.add("Person", {"Last": "Same"}) for _ in range(3)]
    assert [found.ref.id for found in crm.find("Person", "Last", ["same"], [])] == ids

    bench.edit("Person", ids[0], {"Last": "Other"})
    bench.remove("Person", ids[1])

    assert [found.ref.id for found in crm.find("Person", "Last", ["same"], [])] == [ids[2]]
    assert [found.ref.id for found in crm.find("Person", "Last", ["other"], [])] == [ids[0]]


# --- the account ------------------------------------------------------------------------------


def test_account_can_be_another_one(crm: MemoryCrm, bench: MemoryBench) -> None:
    assert crm.account() == Account("1", "memory")
    credentials = crm.credentials

    bench.switch_account(Account("2", "other"))

    assert crm.account() == Account("2", "other")
    assert crm.credentials != credentials


def test_calls_use_up_the_quota(crm: MemoryCrm, bench: MemoryBench) -> None:
    bench.set_quota(1000, left=1)
    crm.account()
    assert (crm.usage().quota, crm.usage().left) == (1000, 0)

    with pytest.raises(DailyQuotaError):
        crm.apply([create()])
    assert bench.all("Person") == {}


def test_calls_are_counted_by_what_they_do(crm: MemoryCrm, bench: MemoryBench) -> None:
    crm.describe("Person")
    (made,) = crm.apply([create()])
    assert made.id is not None
    crm.apply([update(made.id, Phone="1")])
    crm.apply([archive(made.id)])

    assert bench.count_calls() == {"describe": 1, "create": 1, "update": 1, "archive": 1}
    assert (crm.usage().calls, crm.usage().writes) == (4, 3)

    bench.forget_calls()
    assert bench.calls == ()


def test_object_can_lose_and_gain_fields(crm: MemoryCrm, bench: MemoryBench) -> None:
    ada = bench.add("Contact", {"Email": "ada@example.com", "Phone": "1"})

    bench.reshape(shape("Contact", field("Phone"), field("Nick")))

    assert bench.values("Contact", ada) == {"Phone": "1", "Nick": None}
    (read,) = crm.fetch("Contact", [ada], ["Email", "Phone"])
    assert read.fields == {"Phone": "1"}


def test_unknown_object_is_a_drift_of_the_schema(crm: MemoryCrm) -> None:
    with pytest.raises(SchemaDriftError, match="Nothing"):
        crm.describe("Nothing")


@pytest.mark.parametrize(
    "batch",
    [
        [create(str(number)) for number in range(101)],
        [create("a"), create("a")],
        [create("a"), archive("x")],
        [replace(create("a"), id="x")],
    ],
    ids=["too many", "one token twice", "two kinds", "create with an id"],
)
def test_batch_no_crm_would_take_is_a_mistake_of_the_caller(
    crm: MemoryCrm, batch: list[Write]
) -> None:
    with pytest.raises(ValueError, match=r"batch|sense|token|record"):
        crm.apply(batch)


def test_empty_batch_costs_nothing(crm: MemoryCrm) -> None:
    assert crm.apply([]) == ()
    assert crm.usage().calls == 0
