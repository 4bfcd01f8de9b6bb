"""What every connector must do, whatever CRM stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sync.domain.errors import (
    ConnectorError,
    CredentialError,
    DailyQuotaError,
    SchemaDriftError,
    UnavailableError,
)
from sync.domain.ports import (
    ChangeQuery,
    FieldChange,
    Write,
    WriteKind,
    WriteOutcome,
    WriteResult,
)
from sync.domain.record import Fields, Native, Record
from sync.domain.schema import FieldKind
from tests.contract.testbed import HttpTestbed, Testbed

__all__ = ["MINUTE", "CrmContract", "HttpCrmContract"]

#: More than one page of every CRM, and one record more than a round number.
MANY = 451

MINUTE = timedelta(minutes=1)

NUMBERS = {
    FieldKind.NUMBER,
    FieldKind.INTEGER,
    FieldKind.MONEY,
    FieldKind.PERCENT,
}


def query(bed: Testbed, *fields: str, since: datetime | None = None) -> ChangeQuery:
    return ChangeQuery(object_name=bed.names.object, fields=fields, since=since)


def flat(pages: Iterator[Sequence[Record]]) -> list[Record]:
    return [record for page in pages for record in page]


def ids(records: Sequence[Record]) -> list[str]:
    return [record.ref.id for record in records]


def people(bed: Testbed, count: int) -> list[dict[str, Native]]:
    """Give the values of so many people, each with an address of its own."""
    n = bed.names
    return [{n.last: f"Person {i}", n.email: f"person.{i}@example.com"} for i in range(count)]


def create(bed: Testbed, token: str, values: Fields, *, read_back: Sequence[str] = ()) -> Write:
    return Write(
        token=token,
        kind=WriteKind.CREATE,
        object_name=bed.names.object,
        values=values,
        read_back=tuple(read_back),
        unique_key=bed.names.key if bed.names.key in values else None,
    )


def update(bed: Testbed, record_id: str, values: Fields) -> Write:
    return Write(
        token=f"update of {record_id}",
        kind=WriteKind.UPDATE,
        object_name=bed.names.object,
        id=record_id,
        values=values,
        read_back=tuple(values),
    )


def archive(bed: Testbed, record_id: str) -> Write:
    return Write(
        token=f"archive of {record_id}",
        kind=WriteKind.ARCHIVE,
        object_name=bed.names.object,
        id=record_id,
    )


def outcomes(results: Sequence[WriteResult]) -> list[WriteOutcome]:
    return [result.outcome for result in results]


def only(results: Sequence[WriteResult]) -> WriteResult:
    (result,) = results
    return result


def stored(result: WriteResult) -> Record:
    assert result.stored is not None, f"{result.outcome}: {result.message}"
    return result.stored


def warm(bed: Testbed) -> None:
    """Describe the object, as a run does before anything else; a connector may rely on it."""
    bed.crm.describe(bed.names.object)


class CrmContract:
    """Inherited by one class a connector, which gives the fixture `bed`."""

    # --- what the CRM is ----------------------------------------------------------------------

    def test_account_names_the_portal_or_org(self, bed: Testbed) -> None:
        account = bed.crm.account()

        assert account.id == bed.account_id
        assert account.name
        assert bed.crm.title

    def test_account_with_one_currency_has_no_rates(self, bed: Testbed) -> None:
        assert list(bed.crm.rates()) == []

    def test_credentials_are_told_apart_without_a_call(self, bed: Testbed) -> None:
        assert bed.crm.credentials
        assert bed.crm.credentials == bed.crm.credentials
        assert bed.crm.usage().calls == 0

    def test_fields_are_described_in_our_words(self, bed: Testbed) -> None:
        n = bed.names

        shape = bed.crm.describe(n.object)

        kinds = {name: shape.fields[name].kind for name in (n.email, n.level, n.opted_out, n.born)}
        assert kinds == {
            n.email: FieldKind.EMAIL,
            n.level: FieldKind.CHOICE,
            n.opted_out: FieldKind.BOOLEAN,
            n.born: FieldKind.DATE,
        }
        assert shape.fields[n.met].kind is FieldKind.DATETIME
        assert shape.fields[n.score].kind in NUMBERS
        assert shape.fields[n.key].unique
        assert shape.fields[n.level].restricted
        assert {option.value for option in shape.fields[n.level].options} >= set(n.levels)

    def test_field_that_takes_no_value_is_described_so(self, bed: Testbed) -> None:
        shape = bed.crm.describe(bed.names.object)

        assert any(not (f.creatable or f.updatable) for f in shape.fields.values())
        assert shape.fields[bed.names.last].creatable
        assert shape.fields[bed.names.last].updatable

    def test_unknown_object_is_a_drift_of_the_schema(self, bed: Testbed) -> None:
        with pytest.raises(SchemaDriftError, match="no_such_object"):
            bed.crm.describe("no_such_object")

    # --- the newest page ----------------------------------------------------------------------

    def test_peek_gives_the_newest_first(self, bed: Testbed) -> None:
        made = []
        for person in people(bed, 3):
            made.append(bed.add(person))
            bed.pass_time(MINUTE)
        bed.edit(made[0], {bed.names.phone: "+49 30 1"})

        (peek,) = bed.crm.peek([query(bed, bed.names.phone)])

        assert ids(peek.records) == [made[0], made[2], made[1]]
        assert peek.records[0].fields == {bed.names.phone: "+49 30 1"}
        assert peek.total == 3

    def test_peek_leaves_out_what_did_not_change_since(self, bed: Testbed) -> None:
        bed.add(people(bed, 2)[0])
        bed.pass_time(MINUTE)
        since = bed.now()
        late = bed.add(people(bed, 2)[1])

        (peek,) = bed.crm.peek([query(bed, since=since - timedelta(seconds=5))])

        assert ids(peek.records) == [late]
        assert peek.total == 1

    def test_peek_counts_more_than_it_shows(self, bed: Testbed) -> None:
        bed.add_many(people(bed, MANY))
        bed.pass_time(MINUTE)
        newest = bed.add({bed.names.last: "Newest", bed.names.email: "newest@example.com"})

        (peek,) = bed.crm.peek([query(bed)])

        assert 0 < len(peek.records) < MANY
        assert peek.total == MANY + 1
        assert peek.records[0].ref.id == newest

    def test_peek_answers_each_query_in_order(self, bed: Testbed) -> None:
        bed.add(people(bed, 1)[0])
        never = bed.now() + timedelta(days=1)

        peeks = bed.crm.peek([query(bed, since=never), query(bed), query(bed, since=never)])

        assert [peek.total for peek in peeks] == [0, 1, 0]

    def test_peek_tells_the_crms_time(self, bed: Testbed) -> None:
        (peek,) = bed.crm.peek([query(bed)])

        assert peek.read_at.tzinfo is not None
        assert abs(peek.read_at - bed.now()) < timedelta(seconds=10)

    # --- all changes --------------------------------------------------------------------------

    def test_changes_are_all_there_over_many_pages(self, bed: Testbed) -> None:
        made = bed.add_many(people(bed, MANY))

        pages = list(bed.crm.read_changes(query(bed, bed.names.email)))

        assert len(pages) > 1
        read = flat(iter(pages))
        assert sorted(ids(read)) == sorted(made)
        assert len({record.fields[bed.names.email] for record in read}) == MANY

    def test_changes_since_are_all_there_although_of_one_stamp(self, bed: Testbed) -> None:
        bed.add({bed.names.last: "Early", bed.names.email: "early@example.com"})
        bed.pass_time(MINUTE)
        made = bed.add_many(people(bed, MANY))
        (peek,) = bed.crm.peek([query(bed)])
        stamp = peek.records[0].stamp

        read = flat(bed.crm.read_changes(query(bed, since=stamp)))

        assert set(ids(read)) == set(made)

    def test_change_at_the_very_stamp_asked_for_is_there(self, bed: Testbed) -> None:
        made = bed.add(people(bed, 1)[0])
        (record,) = bed.crm.fetch(bed.names.object, [made], [])

        at = flat(bed.crm.read_changes(query(bed, since=record.stamp)))
        later = flat(bed.crm.read_changes(query(bed, since=record.stamp + timedelta(seconds=1))))

        assert (ids(at), ids(later)) == ([made], [])

    def test_deleted_record_is_never_a_live_one_among_the_changes(self, bed: Testbed) -> None:
        gone, kept = bed.add_many(people(bed, 2))
        bed.remove(gone)

        read = flat(bed.crm.read_changes(query(bed)))
        (peek,) = bed.crm.peek([query(bed)])

        assert ids([record for record in read if not record.gone]) == [kept]
        assert ids([record for record in peek.records if not record.gone]) == [kept]
        assert peek.total == len(peek.records)

    def test_record_indexed_late_is_among_the_changes_then(self, bed: Testbed) -> None:
        bed.delay_index(MINUTE)
        since = bed.now() - timedelta(seconds=5)
        made = bed.add(people(bed, 1)[0])
        flat(bed.crm.read_changes(query(bed, since=since)))
        bed.pass_time(MINUTE)

        assert ids(flat(bed.crm.read_changes(query(bed, since=since)))) == [made]

    def test_nothing_changed_is_no_record(self, bed: Testbed) -> None:
        assert flat(bed.crm.read_changes(query(bed))) == []

    def test_record_carries_stamp_and_creation_in_utc(self, bed: Testbed) -> None:
        made = bed.add(people(bed, 1)[0])
        bed.pass_time(MINUTE)
        bed.edit(made, {bed.names.phone: "+49 30 1"})

        (record,) = flat(bed.crm.read_changes(query(bed)))

        assert record.created is not None
        assert record.stamp.utcoffset() == record.created.utcoffset() == timedelta(0)
        assert record.stamp - record.created >= MINUTE - timedelta(seconds=1)
        assert record.ref.object_name == bed.names.object
        assert (record.gone, record.frozen) == (False, False)

    # --- records by id and by value -----------------------------------------------------------

    def test_fetch_leaves_out_what_is_missing(self, bed: Testbed) -> None:
        made = bed.add(people(bed, 1)[0])

        read = list(
            bed.crm.fetch(bed.names.object, [bed.names.unknown_id, made], [bed.names.email])
        )

        assert ids(read) == [made]
        assert read[0].fields == {bed.names.email: "person.0@example.com"}

    def test_fetch_takes_more_than_one_batch(self, bed: Testbed) -> None:
        made = bed.add_many(people(bed, MANY))

        read = list(bed.crm.fetch(bed.names.object, made, []))

        assert sorted(ids(read)) == sorted(made)

    def test_fetch_of_nothing_costs_nothing(self, bed: Testbed) -> None:
        assert list(bed.crm.fetch(bed.names.object, [], [bed.names.email])) == []
        assert bed.crm.usage().calls == 0

    def test_deleted_record_is_not_fetched_as_live(self, bed: Testbed) -> None:
        made = bed.add(people(bed, 1)[0])
        bed.remove(made)

        assert all(record.gone for record in bed.crm.fetch(bed.names.object, [made], []))

    def test_merged_record_leads_to_its_survivor(self, bed: Testbed) -> None:
        winner, loser = bed.add_many(people(bed, 2))
        survivor = bed.merge(winner, loser)

        (record,) = bed.crm.fetch(bed.names.object, [loser], [bed.names.last])

        if record.gone:
            assert record.successor is not None
            assert record.successor.id == survivor
        else:
            assert record.ref.id == survivor
            assert loser in record.aliases

    def test_record_is_found_by_a_unique_field(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add({n.last: "Lovelace", n.email: "ada@example.com", n.key: "ID-1"})
        bed.add({n.last: "Hopper", n.email: "grace@example.com", n.key: "ID-2"})

        read = list(bed.crm.find(n.object, n.key, ["ID-1", "ID-9"], [n.last, n.key]))

        assert ids(read) == [made]
        assert read[0].fields == {n.last: "Lovelace", n.key: "ID-1"}

    def test_unique_field_finds_what_the_index_does_not_know_yet(self, bed: Testbed) -> None:
        n = bed.names
        bed.delay_index(MINUTE)
        made = bed.add({n.last: "Lovelace", n.email: "ada@example.com", n.key: "ID-1"})

        assert ids(list(bed.crm.find(n.object, n.key, ["ID-1"], []))) == [made]

    def test_records_are_found_by_a_field_that_is_not_unique(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add_many(
            [
                {n.last: name, n.email: f"{i}@example.com"}
                for i, name in enumerate(["Lovelace", "Hopper", "Lovelace"])
            ]
        )

        read = list(bed.crm.find(n.object, n.last, ["Lovelace"], []))

        assert sorted(ids(read)) == sorted([made[0], made[2]])

    def test_many_values_are_looked_for_in_batches(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add_many(people(bed, MANY))

        read = list(
            bed.crm.find(n.object, n.email, [p[n.email] or "" for p in people(bed, MANY)], [])
        )

        assert sorted(ids(read)) == sorted(made)

    @pytest.mark.parametrize(
        "name", ["O'Hara", "back\\slash", 'quo"ted', "Söhne & Co", "100%_", "x' OR Id != '"]
    )
    def test_value_is_found_as_it_is_whatever_it_holds(self, bed: Testbed, name: str) -> None:
        n = bed.names
        made = bed.add({n.last: "Other", n.email: "other@example.com", n.key: name})
        bed.add({n.last: "Bystander", n.email: "bystander@example.com", n.key: "1000"})

        read = list(bed.crm.find(n.object, n.key, [name], [n.key]))

        assert [(record.ref.id, record.fields[n.key]) for record in read] == [(made, name)]

    def test_deleted_record_is_not_found(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add({n.last: "Lovelace", n.email: "ada@example.com", n.key: "ID-1"})
        bed.remove(made)

        assert list(bed.crm.find(n.object, n.key, ["ID-1"], [])) == []
        assert list(bed.crm.find(n.object, n.last, ["Lovelace"], [])) == []

    # --- the full comparison ------------------------------------------------------------------

    def test_stamps_of_all_live_records_are_read(self, bed: Testbed) -> None:
        made = bed.add_many(people(bed, MANY))
        bed.remove(made[7])

        read = flat(bed.crm.read_stamps(bed.names.object))

        assert sorted(ids(read)) == sorted(made[:7] + made[8:])
        assert all(record.stamp.utcoffset() == timedelta(0) for record in read)

    def test_deleted_records_are_read_with_proof(self, bed: Testbed) -> None:
        made = bed.add_many(people(bed, 3))
        bed.remove(made[1])

        read = flat(bed.crm.read_gone(bed.names.object, None))

        assert [(record.ref.id, record.gone) for record in read] == [(made[1], True)]

    def test_deleted_record_still_holds_what_it_was_asked_for(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add({n.last: "Lovelace", n.email: "ada@example.com"})
        bed.remove(made)

        (record,) = flat(bed.crm.read_gone(n.object, None, (n.email,)))

        assert (record.gone, record.fields) == (True, {n.email: "ada@example.com"})

    def test_only_later_deletions_are_read(self, bed: Testbed) -> None:
        made = bed.add_many(people(bed, 2))
        bed.remove(made[0])
        bed.pass_time(MINUTE)
        since = bed.now()
        bed.remove(made[1])

        read = flat(bed.crm.read_gone(bed.names.object, since - timedelta(seconds=5)))

        assert ids(read) == [made[1]]

    def test_edit_times_are_told_by_field(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add({n.last: "Lovelace", n.email: "ada@example.com", n.phone: "1"})
        bed.pass_time(MINUTE)
        bed.edit(made, {n.phone: "2"})
        (record,) = bed.crm.fetch(n.object, [made], [])

        times = bed.crm.edit_times(n.object, [made], [n.phone, n.last])

        if not bed.keeps_edit_times:
            assert times == {}
            return
        assert abs(times[made, n.phone] - record.stamp) < timedelta(seconds=5)
        assert record.stamp - times.get((made, n.last), record.stamp - MINUTE) > MINUTE / 2

    def test_changes_of_a_field_are_told_with_what_stood_before(self, bed: Testbed) -> None:
        n, (one, other) = bed.names, bed.names.levels
        bed.track(n.level)
        made = [bed.add({**values, n.level: one}) for values in people(bed, 3)]
        start = bed.now()
        for value in (other, one):
            bed.pass_time(MINUTE)
            bed.edit(made[0], {n.level: value})
        warm(bed)

        def told(wanted: Sequence[str] | None, since: datetime | None) -> list[FieldChange]:
            pages = bed.crm.read_history(n.object, [n.level], ids=wanted, since=since)
            return [change for page in pages for change in page if change.before is not None]

        first, second = told(made, None)
        assert (first.id, first.field, first.before, first.after) == (made[0], n.level, one, other)
        assert (second.before, second.after) == (other, one)
        assert first.editor is not None
        assert first.at - start == second.at - first.at == MINUTE
        assert told(None, None) == [first, second]
        assert told(made, second.at) == [second]
        assert told(made[1:], None) == []

    def test_history_of_no_record_costs_nothing(self, bed: Testbed) -> None:
        before = bed.calls()
        assert list(bed.crm.read_history(bed.names.object, [bed.names.level], ids=[])) == []
        assert bed.calls() == before

    # --- writing ------------------------------------------------------------------------------

    def test_create_gives_the_id_and_what_is_stored(self, bed: Testbed) -> None:
        n = bed.names
        values = {n.last: "Lovelace", n.email: "ada@example.com", n.key: "ID-1"}

        result = only(bed.crm.apply([create(bed, "a", values, read_back=list(values))]))

        assert (result.token, result.outcome) == ("a", WriteOutcome.DONE)
        assert result.id is not None
        assert stored(result).fields == values
        assert stored(result).ref.id == result.id
        assert bed.value(result.id, n.last) == "Lovelace"

    def test_stored_stamp_is_the_one_read_later(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add(people(bed, 1)[0])
        bed.pass_time(MINUTE)

        result = only(bed.crm.apply([update(bed, made, {n.phone: "2"})]))

        (record,) = bed.crm.fetch(n.object, [made], [])
        assert stored(result).stamp == record.stamp

    def test_values_are_in_native_form_both_ways(self, bed: Testbed) -> None:
        n = bed.names
        values: dict[str, Native] = {
            n.last: "Łukasz  O'Söhne",
            n.email: "native@example.com",
            n.phone: "+49 (0)30 1234",
            n.score: "1234567.5",
            n.level: n.levels[0],
            n.opted_out: "true",
            n.born: "1815-12-10",
            n.met: "2026-03-31T22:14:05.000Z",
            n.first: None,
        }

        result = only(bed.crm.apply([create(bed, "a", values, read_back=list(values))]))
        assert result.id is not None
        (record,) = bed.crm.fetch(n.object, [result.id], list(values))

        assert stored(result).fields == values
        assert record.fields == values

    @pytest.mark.parametrize("number", ["0", "-3.5", "0.1", "12000000", "0.5"])
    def test_number_is_plain_decimal_text(self, bed: Testbed, number: str) -> None:
        n = bed.names
        made = bed.add(people(bed, 1)[0])

        result = only(bed.crm.apply([update(bed, made, {n.score: number})]))

        assert stored(result).fields == {n.score: number}

    def test_false_is_a_value_and_no_blank(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add(people(bed, 1)[0] | {n.opted_out: "true"})

        result = only(bed.crm.apply([update(bed, made, {n.opted_out: "false"})]))

        assert stored(result).fields == {n.opted_out: "false"}

    def test_update_writes_only_what_is_given(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add(people(bed, 1)[0] | {n.phone: "1", n.level: n.levels[0]})

        result = only(bed.crm.apply([update(bed, made, {n.level: n.levels[1]})]))

        assert (result.outcome, result.id) == (WriteOutcome.DONE, made)
        assert stored(result).fields == {n.level: n.levels[1]}
        assert bed.value(made, n.level) == n.levels[1]
        assert bed.value(made, n.phone) == "1"

    def test_none_clears_a_field(self, bed: Testbed) -> None:
        n = bed.names
        full: dict[str, Native] = {
            n.phone: "1",
            n.score: "5",
            n.level: n.levels[0],
            n.born: "1815-12-10",
            n.met: "2026-03-31T22:14:05.000Z",
        }
        made = bed.add(people(bed, 1)[0] | full)
        blank: dict[str, Native] = dict.fromkeys(full)

        result = only(bed.crm.apply([update(bed, made, blank)]))

        assert stored(result).fields == blank
        assert bed.value(made, n.score) is None

    def test_archive_deletes_with_proof(self, bed: Testbed) -> None:
        made = bed.add_many(people(bed, 3))

        result = only(bed.crm.apply([archive(bed, made[0])]))

        assert result.outcome is WriteOutcome.DONE
        assert bed.count() == 2
        assert ids(flat(bed.crm.read_gone(bed.names.object, None))) == [made[0]]

    def test_results_come_in_the_order_of_writes(self, bed: Testbed) -> None:
        n = bed.names
        count = bed.crm.batch_size
        made = bed.add_many(people(bed, count))
        shuffled = made[1::2] + made[::2]

        results = bed.crm.apply([update(bed, i, {n.phone: f"phone of {i}"}) for i in shuffled])

        assert [result.token for result in results] == [f"update of {i}" for i in shuffled]
        assert [result.id for result in results] == shuffled
        assert [stored(r).fields[n.phone] for r in results] == [f"phone of {i}" for i in shuffled]

    @pytest.mark.parametrize("kind", [WriteKind.CREATE, WriteKind.UPDATE, WriteKind.ARCHIVE])
    def test_full_batch_is_one_call(self, bed: Testbed, kind: WriteKind) -> None:
        everybody = people(bed, bed.crm.batch_size)
        made = [] if kind is WriteKind.CREATE else bed.add_many(everybody)
        batch = {
            WriteKind.CREATE: lambda: [create(bed, str(i), p) for i, p in enumerate(everybody)],
            WriteKind.UPDATE: lambda: [update(bed, i, {bed.names.phone: "1"}) for i in made],
            WriteKind.ARCHIVE: lambda: [archive(bed, i) for i in made],
        }[kind]()

        warm(bed)
        before = bed.calls()

        results = bed.crm.apply(batch)

        assert set(outcomes(results)) == {WriteOutcome.DONE}
        assert (bed.calls() - before, bed.crm.usage().writes) == (1, 1)

    def test_full_batch_of_creates_with_our_key_is_read_back_in_the_same_call(
        self, bed: Testbed
    ) -> None:
        n = bed.names
        writes = [
            create(bed, str(i), person | {n.key: f"ID-{i}"}, read_back=[n.last])
            for i, person in enumerate(people(bed, bed.crm.batch_size))
        ]
        warm(bed)
        before = bed.calls()

        results = bed.crm.apply(writes)

        assert bed.calls() - before == 1
        assert [stored(r).fields for r in results] == [{n.last: w.values[n.last]} for w in writes]

    def test_two_writes_to_one_record_are_done_in_order(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add(people(bed, 1)[0])
        first = update(bed, made, {n.phone: "1", n.first: "Ada"})
        second = replace(update(bed, made, {n.phone: "2"}), token="second")

        results = bed.crm.apply([first, second])

        assert outcomes(results) == ["done", "done"]
        assert (bed.value(made, n.phone), bed.value(made, n.first)) == ("2", "Ada")

    def test_create_without_read_back_gives_the_id(self, bed: Testbed) -> None:
        results = bed.crm.apply([create(bed, str(i), p) for i, p in enumerate(people(bed, 3))])

        assert [bed.value(r.id or "", bed.names.last) for r in results] == [
            "Person 0",
            "Person 1",
            "Person 2",
        ]

    # --- refusals -----------------------------------------------------------------------------

    def test_refused_create_does_not_sink_its_neighbours(self, bed: Testbed) -> None:
        n = bed.names
        writes = [create(bed, str(i), p, read_back=[n.last]) for i, p in enumerate(people(bed, 5))]
        writes[2] = replace(writes[2], values={**writes[2].values, n.level: "no such level"})

        results = bed.crm.apply(writes)

        assert outcomes(results) == ["done", "done", "rejected", "done", "done"]
        assert [r.token for r in results] == ["0", "1", "2", "3", "4"]
        assert results[2].fields == (n.level,)
        assert results[2].code
        assert results[2].message
        assert stored(results[3]).fields == {n.last: "Person 3"}
        assert bed.count() == 4

    def test_refused_update_does_not_sink_its_neighbours(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add_many(people(bed, 5))
        writes = [update(bed, i, {n.phone: "1"}) for i in made]
        writes[4] = update(bed, made[4], {n.phone: "1", n.score: "many"})

        results = bed.crm.apply(writes)

        assert outcomes(results) == ["done", "done", "done", "done", "rejected"]
        assert results[4].fields == (n.score,)
        assert bed.value(made[3], n.phone) == "1"
        assert bed.value(made[4], n.phone) is None

    def test_batch_of_refusals_is_a_result_each(self, bed: Testbed) -> None:
        n = bed.names
        writes = [
            create(bed, str(i), p | {n.level: "no such level"})
            for i, p in enumerate(people(bed, 3))
        ]

        results = bed.crm.apply(writes)

        assert outcomes(results) == ["rejected"] * 3
        assert {result.fields for result in results} == {(n.level,)}
        assert bed.count() == 0

    def test_duplicate_names_the_record_that_exists(self, bed: Testbed) -> None:
        n = bed.names
        first = bed.add({n.last: "Lovelace", n.email: "ada@example.com", n.key: "ID-1"})
        claimed = {n.email: "ada@example.com", n.key: "ID-1"}[n.claimed]
        again = {n.last: "King", n.email: "king@example.com"} | {n.claimed: claimed}

        results = bed.crm.apply(
            [create(bed, "new", people(bed, 1)[0]), create(bed, "again", again)]
        )

        assert outcomes(results) == ["done", "duplicate"]
        assert results[1].existing is not None
        assert results[1].existing.id == first
        assert bed.count() == 2

    def test_taken_key_is_a_duplicate(self, bed: Testbed) -> None:
        n = bed.names
        first = bed.add({n.last: "Lovelace", n.email: "ada@example.com", n.key: "ID-1"})
        again = {n.last: "King", n.email: "king@example.com", n.key: "ID-1"}

        results = bed.crm.apply(
            [create(bed, "again", again), create(bed, "new", people(bed, 1)[0])]
        )

        assert outcomes(results) == ["duplicate", "done"]
        assert results[0].existing is None or results[0].existing.id == first
        assert bed.count() == 2

    def test_update_onto_a_taken_key_names_the_field(self, bed: Testbed) -> None:
        n = bed.names
        bed.add({n.last: "Lovelace", n.email: "ada@example.com", n.key: "ID-1"})
        second = bed.add({n.last: "King", n.email: "king@example.com"})

        result = only(bed.crm.apply([update(bed, second, {n.key: "ID-1"})]))

        assert result.outcome is WriteOutcome.DUPLICATE
        assert result.fields == (n.key,)
        assert bed.value(second, n.key) is None

    @pytest.mark.parametrize("kind", [WriteKind.UPDATE, WriteKind.ARCHIVE])
    def test_write_to_a_deleted_record_is_gone(self, bed: Testbed, kind: WriteKind) -> None:
        made = bed.add_many(people(bed, 3))
        bed.remove(made[1])
        writes = [
            update(bed, i, {bed.names.phone: "1"}) if kind is WriteKind.UPDATE else archive(bed, i)
            for i in made
        ]

        results = bed.crm.apply(writes)

        # A CRM may take the second deletion of a record for done, which it is.
        expected = {WriteOutcome.GONE}
        if kind is WriteKind.ARCHIVE:
            expected.add(WriteOutcome.DONE)
        assert results[1].outcome in expected
        assert outcomes([results[0], results[2]]) == ["done", "done"]

    def test_write_to_a_record_merged_away_is_gone(self, bed: Testbed) -> None:
        winner, loser = bed.add_many(people(bed, 2))
        bed.merge(winner, loser)

        result = only(bed.crm.apply([update(bed, loser, {bed.names.phone: "1"})]))

        assert result.outcome is WriteOutcome.GONE

    def test_locked_record_may_be_written_later(self, bed: Testbed) -> None:
        made = bed.add(people(bed, 1)[0])
        write = update(bed, made, {bed.names.phone: "1"})
        warm(bed)
        bed.lock()

        assert only(bed.crm.apply([write])).outcome is WriteOutcome.LOCKED
        assert bed.value(made, bed.names.phone) is None
        bed.recover()
        assert only(bed.crm.apply([write])).outcome is WriteOutcome.DONE

    # --- failures of the CRM as a whole -------------------------------------------------------

    def test_create_whose_answer_is_lost_is_unknown_and_done_once(self, bed: Testbed) -> None:
        warm(bed)
        bed.lose_answer()

        results = bed.crm.apply([create(bed, str(i), p) for i, p in enumerate(people(bed, 2))])

        assert outcomes(results) == ["unknown", "unknown"]
        assert [result.id for result in results] == [None, None]
        assert bed.count() == 2

    def test_refused_credentials_are_a_matter_of_settings(self, bed: Testbed) -> None:
        bed.refuse_credentials()

        with pytest.raises(CredentialError):
            bed.crm.peek([query(bed)])

    def test_refused_credentials_stop_a_write(self, bed: Testbed) -> None:
        bed.refuse_credentials()

        with pytest.raises(CredentialError):
            bed.crm.apply([create(bed, "a", people(bed, 1)[0])])
        assert bed.count() == 0

    def test_crm_that_is_down_is_an_error(self, bed: Testbed) -> None:
        made = bed.add(people(bed, 1)[0])
        bed.break_down()

        with pytest.raises(UnavailableError):
            bed.crm.apply([update(bed, made, {bed.names.phone: "1"})])
        with pytest.raises(UnavailableError):
            flat(bed.crm.read_changes(query(bed)))
        bed.recover()
        assert ids(flat(bed.crm.read_changes(query(bed)))) == [made]

    def test_used_up_quota_ends_the_work(self, bed: Testbed) -> None:
        bed.use_up_quota()

        with pytest.raises(DailyQuotaError):
            bed.crm.peek([query(bed)])

    def test_used_up_quota_stops_a_write(self, bed: Testbed) -> None:
        bed.use_up_quota()

        with pytest.raises(DailyQuotaError):
            bed.crm.apply([create(bed, "a", people(bed, 1)[0])])
        assert bed.count() == 0

    def test_every_call_is_counted(self, bed: Testbed) -> None:
        n = bed.names
        made = bed.add(people(bed, 1)[0])
        bed.crm.account()
        bed.crm.describe(n.object)
        bed.crm.peek([query(bed)])
        flat(bed.crm.read_changes(query(bed)))
        list(bed.crm.fetch(n.object, [made], [n.last]))
        list(bed.crm.find(n.object, n.last, ["Person 0"], []))
        flat(bed.crm.read_stamps(n.object))
        flat(bed.crm.read_gone(n.object, None))
        bed.crm.edit_times(n.object, [made], [n.last])
        bed.crm.apply([update(bed, made, {n.phone: "1"})])

        usage = bed.crm.usage()

        assert usage.calls == bed.calls() >= 9
        assert usage.writes == 1


class HttpCrmContract(CrmContract):
    """More, for connectors that speak HTTP: no half answer is ever taken for a whole one."""

    def test_credentials_are_known_by_a_digest_that_does_not_tell_them(
        self, bed: HttpTestbed
    ) -> None:
        first, again, other = (
            bed.reconnect(token=token).credentials for token in ("token-1", "token-1", "token-2")
        )

        assert first == again != other
        assert "token-1" not in first

    @pytest.mark.parametrize("fault", ["html_200", "html_503", "truncated", "drop_after"])
    def test_page_that_does_not_come_through_is_no_end_of_pages(
        self, bed: HttpTestbed, fault: str
    ) -> None:
        bed.add_many(people(bed, MANY))
        warm(bed)
        bed.spoil(fault, skip=1, times=20)

        with pytest.raises(UnavailableError):
            flat(bed.crm.read_changes(query(bed)))

    @pytest.mark.parametrize("fault", ["html_200", "html_503", "503", "drop_before", "drop_after"])
    def test_read_is_tried_again(self, bed: HttpTestbed, fault: str) -> None:
        made = bed.add(people(bed, 1)[0])
        warm(bed)
        bed.spoil(fault)

        assert ids(flat(bed.crm.read_changes(query(bed)))) == [made]

    @pytest.mark.parametrize("fault", ["503", "html_503", "drop_before", "drop_after", "truncated"])
    def test_update_is_repeated_over_one_failure(self, bed: HttpTestbed, fault: str) -> None:
        made = bed.add(people(bed, 1)[0])
        warm(bed)
        bed.spoil(fault)

        result = only(bed.crm.apply([update(bed, made, {bed.names.phone: "1"})]))

        assert result.outcome is WriteOutcome.DONE
        assert stored(result).fields == {bed.names.phone: "1"}
        assert bed.value(made, bed.names.phone) == "1"

    def test_update_refused_when_it_is_repeated_may_have_been_carried_out(
        self, bed: HttpTestbed
    ) -> None:
        made = bed.add_many(people(bed, 2))
        warm(bed)
        bed.spoil("drop_after")
        bed.spoil("half_refused")

        results = bed.crm.apply([update(bed, id, {bed.names.phone: "1"}) for id in made])

        refused = [one for one in results if one.outcome is not WriteOutcome.DONE]
        assert [one.perhaps_done for one in refused] == [True]
        assert [bed.value(id, bed.names.phone) for id in made] == ["1", "1"]

    def test_update_refused_at_once_was_not_carried_out(self, bed: HttpTestbed) -> None:
        made = bed.add_many(people(bed, 2))
        warm(bed)
        bed.spoil("half_refused")

        results = bed.crm.apply([update(bed, id, {bed.names.phone: "1"}) for id in made])

        assert not any(one.perhaps_done for one in results)
        assert {bed.value(id, bed.names.phone) for id in made} == {"1", None}

    def test_archive_is_repeated_over_a_lost_answer(self, bed: HttpTestbed) -> None:
        made = bed.add(people(bed, 1)[0])
        warm(bed)
        bed.spoil("drop_after")

        result = only(bed.crm.apply([archive(bed, made)]))

        assert result.outcome in {WriteOutcome.DONE, WriteOutcome.GONE}
        assert bed.count() == 0

    @pytest.mark.parametrize("kind", [WriteKind.CREATE, WriteKind.UPDATE])
    def test_write_waits_where_the_crm_asks_to_slow_down(
        self, bed: HttpTestbed, kind: WriteKind
    ) -> None:
        made = bed.add(people(bed, 1)[0])
        write = update(bed, made, {bed.names.phone: "1"})
        if kind is WriteKind.CREATE:
            write = create(bed, "a", people(bed, 2)[1])
        warm(bed)
        bed.slow_down()

        assert only(bed.crm.apply([write])).outcome is WriteOutcome.DONE
        assert bed.count() == (2 if kind is WriteKind.CREATE else 1)

    @pytest.mark.parametrize("fault", ["truncated", "drop_after"])
    def test_create_is_unknown_whatever_ate_the_answer(self, bed: HttpTestbed, fault: str) -> None:
        warm(bed)
        bed.spoil(fault)

        result = only(bed.crm.apply([create(bed, "a", people(bed, 1)[0])]))

        assert (result.outcome, result.id) == (WriteOutcome.UNKNOWN, None)
        assert bed.count() == 1

    def test_create_behind_a_page_of_html_is_not_taken_for_done(self, bed: HttpTestbed) -> None:
        warm(bed)
        bed.spoil("html_200", times=20)

        try:
            result = only(bed.crm.apply([create(bed, "a", people(bed, 1)[0])]))
        except ConnectorError:
            pass
        else:
            assert result.outcome is WriteOutcome.UNKNOWN
        assert bed.count() == 0
