from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sync.domain.errors import ConnectorError, SchemaDriftError, UnavailableError
from sync.domain.ports import ChangeQuery
from sync.domain.record import RecordRef
from tests.unit.connectors.salesforce.conftest import CONTACT, Org, described, page, row

ADA = "003000000000001AAA"
BEN = "003000000000002AAA"
CYD = "003000000000003AAA"
LEAD = "00Q000000000001EAA"
SINCE = datetime(2026, 1, 5, 8, 59, 59, 123456, tzinfo=UTC)
NEXT = "/services/data/v64.0/query/01gxx-2000"
DEAD = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]


def changes(object_name: str = "Contact", *fields: str, since: Any = SINCE) -> ChangeQuery:
    return ChangeQuery(object_name=object_name, fields=fields, since=since)


def read(crm: Any, *fields: str, since: Any = SINCE) -> list[Any]:
    pages = crm.read_changes(changes("Contact", *fields, since=since))
    return [record for records in pages for record in records]


def test_peek_asks_for_the_newest_of_all_objects_in_one_call(org: Org, crm: Any) -> None:
    org.parts(page(row(ADA, 2), row(BEN, 1), total=9), page(), page())
    peeks = crm.peek([changes("Contact"), changes("Lead"), changes("Account")])
    assert [peek.total for peek in peeks] == [9, 0, 0]
    assert [record.ref.id for record in peeks[0].records] == [ADA, BEN]
    assert peeks[0].read_at == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert org.soql(part=1) == (
        "SELECT Id, SystemModstamp, CreatedDate, LastModifiedById, IsDeleted, MasterRecordId, "
        "IsConverted, ConvertedContactId FROM Lead "
        "WHERE SystemModstamp >= 2026-01-05T08:59:59.123Z "
        "ORDER BY SystemModstamp DESC, Id DESC"
    )
    assert all("/queryAll?" in part["url"] for part in org.asked())


def test_peek_of_nothing_new_describes_nothing(org: Org, crm: Any) -> None:
    org.parts(page(), page())
    crm.peek([changes("Lead", "Company"), changes("User", "Email")])
    assert crm.usage().calls == 1


def test_more_than_five_queries_take_a_second_call(org: Org, crm: Any) -> None:
    org.parts(*[page()] * 5)
    org.parts(page())
    assert len(crm.peek([changes("Contact")] * 6)) == 6


def test_user_is_not_asked_for_columns_it_lacks(org: Org, crm: Any) -> None:
    org.parts(page())
    crm.peek([changes("User", "Email")])
    assert org.soql(part=0).startswith(
        "SELECT Id, SystemModstamp, CreatedDate, LastModifiedById, Email FROM User"
    )


def test_field_that_is_not_there_is_schema_drift_that_names_it(org: Org, crm: Any) -> None:
    fault = [
        {
            "errorCode": "INVALID_FIELD",
            "message": "No such column 'Emial' on entity 'Contact'. If you are attempting",
        }
    ]
    org.parts(page(), (400, fault))
    with pytest.raises(SchemaDriftError, match="Contact has no field 'Emial'"):
        crm.peek([changes("Account"), changes("Contact", "Emial")])


def test_outage_of_one_query_repeats_the_call(org: Org, crm: Any) -> None:
    org.parts(page(), (503, [{"errorCode": "SERVER_UNAVAILABLE", "message": ""}]))
    org.parts(page(), page(row(ADA)))
    assert len(crm.peek([changes("Lead"), changes("Contact")])[1].records) == 1


def test_row_becomes_a_record_in_native_form(org: Org, crm: Any) -> None:
    org.rows(
        row(
            ADA[:15],
            7,
            CreatedDate="2025-12-01T08:00:00.000+0000",
            LastModifiedById="005000000000001",
            LastName="Li",
            Email=None,
            HasOptedOutOfEmail=False,
            Interests__c="Web;Fair",
            AccountId="001000000000001",
        )
    )
    fields = ("LastName", "Email", "HasOptedOutOfEmail", "Interests__c", "AccountId")
    [record] = read(crm, *fields)
    assert record.ref == RecordRef("Contact", ADA)
    assert record.stamp == datetime(2026, 1, 5, 9, 0, 7, tzinfo=UTC)
    assert record.created == datetime(2025, 12, 1, 8, tzinfo=UTC)
    assert record.editor == "005000000000001AAA"
    assert record.fields == {
        "LastName": "Li",
        "Email": None,
        "HasOptedOutOfEmail": "false",
        "Interests__c": "Fair;Web",
        "AccountId": "001000000000001AAA",
    }
    assert (record.gone, record.frozen, record.successor) == (False, False, None)


def test_merged_record_is_gone_and_names_its_survivor(org: Org, crm: Any) -> None:
    org.rows(row(ADA, IsDeleted=True, MasterRecordId=BEN))
    [record] = read(crm)
    assert record.gone
    assert record.successor == RecordRef("Contact", BEN)


def test_converted_lead_is_frozen_and_names_its_contact(org: Org, crm: Any) -> None:
    org.parts(page(row(LEAD, IsConverted=True, ConvertedContactId=ADA[:15])))
    [record] = crm.fetch("Lead", [LEAD], [])
    assert (record.gone, record.frozen) == (False, True)
    assert record.successor == RecordRef("Contact", ADA)


def test_changes_are_read_oldest_first_over_short_pages(org: Org, crm: Any) -> None:
    org.rows(row(ADA, 1), more=NEXT)
    org.rows(more=f"{NEXT}-4000")
    org.rows(row(BEN, 2), row(CYD, 3))
    assert [record.ref.id for record in read(crm)] == [ADA, BEN, CYD]
    assert org.soql(0).endswith("ORDER BY SystemModstamp, Id")
    assert "/queryAll/?" in org.requests[0].url
    assert org.requests[1].url.endswith(NEXT)


def test_everything_is_read_without_a_since(org: Org, crm: Any) -> None:
    org.rows(row(ADA), row(BEN, IsDeleted=True))
    assert [record.gone for record in read(crm, since=None)] == [False, True]
    assert "WHERE" not in org.soql()


def test_dead_locator_goes_on_behind_the_last_row_seen(org: Org, crm: Any) -> None:
    org.rows(row(ADA, 1), row(BEN, 1), more=NEXT)
    org.answer(DEAD, 400)
    org.rows(row(CYD, 1))
    assert [record.ref.id for record in read(crm)] == [ADA, BEN, CYD]
    assert (
        "WHERE SystemModstamp >= 2026-01-05T08:59:59.123Z AND "
        "(SystemModstamp > 2026-01-05T09:00:01.000Z OR "
        f"(SystemModstamp = 2026-01-05T09:00:01.000Z AND Id > '{BEN}'))"
    ) in org.soql()


def test_locator_that_keeps_dying_without_a_row_ends_in_an_error(org: Org, crm: Any) -> None:
    org.rows(row(ADA, 1), more=NEXT)
    org.answer(DEAD, 400)
    org.rows(more=NEXT)
    org.answer(DEAD, 400)
    with pytest.raises(ConnectorError, match="INVALID_QUERY_LOCATOR"):
        read(crm)


def test_many_fields_go_into_the_body_of_a_call(org: Org, crm: Any) -> None:
    names = [f"Field_With_A_Long_Name_{number}__c" for number in range(300)]
    org.parts(page())
    assert read(crm, *names) == []
    assert org.requests[0].method == "POST"
    assert names[-1] in org.soql(part=0)


def test_fetch_gives_what_became_of_each_id(org: Org, crm: Any) -> None:
    org.parts(page(row(ADA, LastName="Li"), row(BEN, IsDeleted=True, LastName="Ek")))
    got = list(crm.fetch("Contact", [ADA[:15], BEN, ADA, CYD, "not an id"], ["LastName"]))
    assert [(record.ref.id, record.gone) for record in got] == [(ADA, False), (BEN, True)]
    assert org.soql(part=0).endswith(f"WHERE Id IN ('{ADA}','{BEN}','{CYD}')")
    assert "/queryAll?" in org.asked()[0]["url"]


def test_fetch_packs_ids_into_full_calls(org: Org, crm: Any) -> None:
    ids = [f"003{number:012d}" for number in range(2600)]
    org.parts(*[page()] * 5)
    org.parts(page())
    assert list(crm.fetch("Contact", ids, [])) == []
    assert crm.usage().calls == 2


def test_fetch_follows_the_pages_of_each_part(org: Org, crm: Any) -> None:
    org.parts(page(row(ADA), more=NEXT))
    org.rows(row(BEN))
    assert [record.ref.id for record in crm.fetch("Contact", [ADA, BEN], [])] == [ADA, BEN]


def test_fetch_of_no_ids_makes_no_call(org: Org, crm: Any) -> None:
    assert list(crm.fetch("Contact", ["", "x"], ["Email"])) == []


def test_find_quotes_values_so_that_they_cannot_break_out(org: Org, crm: Any) -> None:
    org.parts(page())
    list(crm.find("Contact", "Email", ["o'hara@example.com", "a\\"], []))
    assert org.soql(part=0).endswith("WHERE Email IN ('o\\'hara@example.com','a\\\\')")
    assert "/query?" in org.asked()[0]["url"]


def test_find_writes_numbers_bare_and_leaves_out_what_is_none(org: Org, crm: Any) -> None:
    org.parts(page())
    list(crm.find("Contact", "Score__c", ["1E+1", "ten"], []))
    assert org.soql(part=0).endswith("WHERE Score__c IN (10)")


def test_find_of_nothing_makes_no_call(org: Org, crm: Any) -> None:
    assert list(crm.find("Contact", "Email", [], [])) == []
    assert list(crm.find("Contact", "Email", ["", "x" * 4001], [])) == []


def test_stamps_are_read_of_live_records_only(org: Org, crm: Any) -> None:
    org.rows({"Id": ADA, "SystemModstamp": "2026-01-05T09:00:00.000+0000"})
    [[record]] = list(crm.read_stamps("Contact"))
    assert (record.ref.id, record.fields) == (ADA, {})
    assert org.soql() == "SELECT Id, SystemModstamp FROM Contact ORDER BY SystemModstamp, Id"
    assert "/query/?" in org.requests[0].url


def test_gone_records_are_read_with_proof(org: Org, crm: Any) -> None:
    org.rows(row(ADA, IsDeleted=True))
    [[record]] = list(crm.read_gone("Contact", SINCE))
    assert record.gone
    assert "WHERE IsDeleted = true AND SystemModstamp >= 2026-01-05T08:59:59.123Z" in org.soql()


def test_object_without_deletion_has_no_gone_records(org: Org, crm: Any) -> None:
    assert list(crm.read_gone("User", SINCE)) == []


def test_custom_object_is_described_for_its_columns(org: Org, crm: Any) -> None:
    org.answer(described("Visit__c", Name="string"))
    org.rows({"Id": "a00000000000001", "SystemModstamp": "2026-01-05T09:00:00.000+0000"})
    [[record]] = list(crm.read_changes(changes("Visit__c", since=None)))
    assert record.ref.object_name == "Visit__c"
    assert org.soql().startswith("SELECT Id, SystemModstamp, IsDeleted FROM Visit__c")


def test_object_is_described_once_when_its_first_values_are_met(org: Org, crm: Any) -> None:
    org.parts(page({**row(LEAD), "Company": "Acme"}))
    org.answer(described("Lead", Company="string"))
    org.parts(page({**row(LEAD), "Company": "Acme"}))
    for _ in range(2):
        [record] = crm.fetch("Lead", [LEAD], ["Company"])
        assert record.fields == {"Company": "Acme"}
    assert crm.usage().calls == 3


def histories(*names: str) -> dict[str, Any]:
    return {"sobjects": [{"name": name, "queryable": True} for name in names]}


def test_edit_times_are_the_latest_of_each_field(org: Org, crm: Any) -> None:
    org.answer(histories("ContactHistory"))

    def edit(name: str, second: int) -> dict[str, str]:
        return {
            "ContactId": ADA,
            "Field": name,
            "CreatedDate": f"2026-01-05T09:00:{second:02d}.000+0000",
        }

    org.parts(page(edit("Email", 5), edit("Email", 3), edit("Owner", 9)))
    times = crm.edit_times("Contact", [ADA], ["Email", "OwnerId"])
    assert times == {
        (ADA, "Email"): datetime(2026, 1, 5, 9, 0, 5, tzinfo=UTC),
        (ADA, "OwnerId"): datetime(2026, 1, 5, 9, 0, 9, tzinfo=UTC),
    }
    assert org.soql(part=0) == (
        "SELECT ContactId, Field, CreatedDate FROM ContactHistory "
        f"WHERE ContactId IN ('{ADA}') AND Field IN ('Email','OwnerId','Owner')"
    )


def test_object_without_history_has_no_edit_times_and_is_asked_for_once(org: Org, crm: Any) -> None:
    org.answer(histories("LeadHistory"))
    assert crm.edit_times("Contact", [ADA], ["Email"]) == {}
    assert crm.edit_times("Visit__c", ["a00000000000001"], ["Name"]) == {}
    assert crm.usage().calls == 1


def test_half_an_answer_is_an_outage(org: Org, crm: Any) -> None:
    for _ in range(5):
        org.answer({"compositeResponse": []})
    with pytest.raises(UnavailableError):
        crm.peek([changes()])


def test_described_shape_replaces_the_remembered_one(org: Org, crm: Any) -> None:
    org.answer(
        {**CONTACT, "fields": [each for each in CONTACT["fields"] if each["name"] != "IsDeleted"]}
    )
    crm.describe("Contact")
    assert list(crm.read_gone("Contact", None)) == []
