"""The Salesforce stand-in's records and rules, without HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import Clock
from sandbox.errors import SeedError
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import IdMint, is_id, to_18
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import parse_lines

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def seeds(*lines):
    """Number seed lines as a file would."""
    return list(parse_lines(enumerate(lines, start=1)))


def line(sobject, key, /, **fields):
    return {"system": "salesforce", "object": sobject, "key": key, "fields": fields}


def field(sobject, /, **definition):
    return {"system": "salesforce", "object": sobject, "field": definition}


@pytest.fixture
def store():
    return SalesforceStore(Clock(start=START))


def refusal(action, *args, **kwargs):
    """Give the code of the error an action ends with."""
    with pytest.raises(ApiError) as caught:
        action(*args, **kwargs)
    return caught.value.code


@pytest.mark.parametrize(
    ("short", "suffix"),
    [
        ("a0BA0000000L2ZC", "MA0"),
        ("AaaAABbbBBCccCC", "ZZZ"),
        ("70130000001tcyI", "AAQ"),
        ("00Q000000000001", "EAA"),
    ],
)
def test_short_id_gets_its_published_checksum(short, suffix):
    assert to_18(short) == short + suffix


def test_long_id_in_the_wrong_case_is_repaired():
    assert to_18("70130000001TCYIAAQ") == "70130000001tcyIAAQ"


def test_text_of_another_length_is_no_id():
    assert not is_id("00Q00000")


def test_minted_ids_rise():
    mint = IdMint()
    ids = [mint.next_id("00Q") for _ in range(200)]
    assert ids == sorted(ids)
    assert all(to_18(one[:15]) == one for one in ids)


def test_seed_reference_may_point_to_a_later_record(store):
    store.load(
        seeds(
            line("Contact", "c1", LastName="Li", AccountId={"key": "a1"}),
            line("Account", "a1", Name="Acme"),
        )
    )
    contact = next(iter(store.database.table("Contact").rows.values()))
    assert store.get("Account", contact["AccountId"])["Name"] == "Acme"


def test_seed_with_an_unknown_field_names_its_line(store):
    with pytest.raises(SeedError, match="Nme"):
        store.load(seeds(line("Account", "a1", Nme="Acme")))


def test_seed_without_a_required_field_is_refused(store):
    with pytest.raises(SeedError, match="Company"):
        store.load(seeds(line("Lead", "l1", LastName="Li")))


def test_export_loads_as_the_same_org(store):
    store.load(
        seeds(
            {"system": "salesforce", "account": {"id": "00DxA0000000001", "name": "Acme Org"}},
            field("Lead", name="Key__c", type="string", unique=True, externalId=True),
            line("Account", "a1", Name="Acme", CountryCode=None)
            | {"fields": {"Name": "Acme", "BillingCountryCode": "DE"}},
            line("Contact", "c1", LastName="Li", AccountId={"key": "a1"}),
            line("Lead", "l1", LastName="Ng", Company="Ng Ltd", Key__c="k1")
            | {"created": "2026-01-05T09:00:00Z", "modified": "2026-01-06T09:00:00Z"},
        )
    )
    store.remove("Contact", next(iter(store.database.table("Contact").rows)))
    lines = list(store.export())
    copy = SalesforceStore(Clock(start=START + timedelta(days=1)))
    copy.load(seeds(*lines))
    for table in store.database.tables():
        if table.spec.name != "Organization":
            assert copy.database.table(table.spec.name).rows == table.rows
    assert (copy.org_id, copy.org_name) == (store.org_id, "Acme Org")
    assert list(copy.export()) == lines


def test_edit_by_a_person_moves_both_stamps(store):
    lead = store.create("Lead", {"LastName": "Li", "Company": "Acme"})
    store.database.clock.move(timedelta(minutes=5))
    store.edit("Lead", lead, {"City": "Bonn"})
    row = store.get("Lead", lead)
    assert row["LastModifiedDate"] == row["SystemModstamp"] > row["CreatedDate"]
    assert row["LastModifiedById"] == store.person_id


def test_edit_by_an_automation_moves_only_the_system_stamp(store):
    lead = store.create("Lead", {"LastName": "Li", "Company": "Acme"})
    store.database.clock.move(timedelta(minutes=5))
    store.edit("Lead", lead, {"City": "Bonn"}, by="automation")
    row = store.get("Lead", lead)
    assert row["SystemModstamp"] > row["LastModifiedDate"]
    assert row["LastModifiedById"] == store.person_id


def test_edit_may_carry_an_earlier_stamp(store):
    lead = store.create("Lead", {"LastName": "Li", "Company": "Acme"})
    store.edit("Lead", lead, {"City": "Bonn"}, stamped=START - timedelta(seconds=90))
    assert store.get("Lead", lead)["SystemModstamp"] == "2026-03-02T09:58:30.000+0000"


def test_name_is_put_together(store):
    lead = store.create("Lead", {"FirstName": "Ada", "LastName": " Li ", "Company": "Acme"})
    store.edit("Lead", lead, {"FirstName": ""})
    row = store.get("Lead", lead)
    assert (row["Name"], row["FirstName"]) == ("Li", None)


def test_country_code_brings_its_name_and_back(store):
    contact = store.create("Contact", {"LastName": "Li", "MailingCountryCode": "DE"})
    assert store.get("Contact", contact)["MailingCountry"] == "Germany"
    store.edit("Contact", contact, {"MailingCountry": "France"})
    assert store.get("Contact", contact)["MailingCountryCode"] == "FR"


def test_unknown_country_is_refused_unless_switched_off(store):
    body = {"LastName": "Li", "MailingCountry": "Atlantis"}
    assert refusal(store.create, "Contact", body) == "FIELD_INTEGRITY_EXCEPTION"
    store.switches.countries_are_checked = False
    assert store.get("Contact", store.create("Contact", body))["MailingCountryCode"] is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Company": None}, "REQUIRED_FIELD_MISSING"),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG"),
        ({"Email": "ada at home"}, "INVALID_EMAIL_ADDRESS"),
        ({"CountryCode": "XX"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Name": "Ada"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Nme": "Ada"}, "INVALID_FIELD"),
        ({"AnnualRevenue": 1e18}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"NumberOfEmployees": "many"}, "JSON_PARSER_ERROR"),
        ({"DoNotCall": "yes"}, "JSON_PARSER_ERROR"),
        ({"OwnerId": "003dM0000000001"}, "MALFORMED_ID"),
        ({"OwnerId": "005dM00000000zz"}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_value_that_does_not_fit_is_refused(store, values, code):
    body = {"LastName": "Li", "Company": "Acme"} | values
    assert refusal(store.create, "Lead", body) == code


def test_unrestricted_picklist_takes_any_value(store):
    body = {"LastName": "Li", "Company": "Acme", "LeadSource": "A friend"}
    assert store.get("Lead", store.create("Lead", body))["LeadSource"] == "A friend"


@pytest.mark.parametrize(("sent", "kept"), [(2.5, 3.0), (-2.5, -3.0), (2.4999, 2.0), ("7.5", 8.0)])
def test_number_is_rounded_half_up_to_its_scale(store, sent, kept):
    account = store.create("Account", {"Name": "Acme", "AnnualRevenue": sent})
    assert store.get("Account", account)["AnnualRevenue"] == kept


def test_multi_select_keeps_the_order_of_its_list(store):
    store.load(seeds(field("Lead", name="Likes__c", type="multipicklist", values=["a", "b"])))
    lead = store.create("Lead", {"LastName": "Li", "Company": "Acme", "Likes__c": "b;a;b"})
    assert store.get("Lead", lead)["Likes__c"] == "a;b"


def test_inactive_owner_is_refused(store):
    store.edit("User", store.automation_id, {"IsActive": False})
    body = {"LastName": "Li", "Company": "Acme", "OwnerId": store.automation_id}
    assert refusal(store.create, "Lead", body) == "INACTIVE_OWNER_OR_USER"


def test_queue_owns_leads_and_no_contacts(store):
    queue = store.create("Group", {"Name": "Inbound", "Type": "Queue"})
    lead = store.create("Lead", {"LastName": "Li", "Company": "Acme", "OwnerId": queue})
    assert store.get("Lead", lead)["OwnerId"] == queue
    assert refusal(store.create, "Contact", {"LastName": "Li", "OwnerId": queue}) == "MALFORMED_ID"


def test_deleted_account_takes_its_contacts_along_and_brings_them_back(store):
    account = store.create("Account", {"Name": "Acme"})
    child = store.create("Account", {"Name": "Acme Sub", "ParentId": account})
    contact = store.create("Contact", {"LastName": "Li", "AccountId": account})
    store.remove("Account", account)
    assert store.get("Contact", contact)["IsDeleted"] is True
    assert store.get("Account", child)["ParentId"] is None
    store.restore("Account", account)
    assert store.get("Contact", contact)["IsDeleted"] is False
    assert store.get("Account", child)["ParentId"] == account


def test_purged_record_is_gone(store):
    account = store.create("Account", {"Name": "Acme"})
    contact = store.create("Contact", {"LastName": "Li", "AccountId": account})
    store.purge("Account", account)
    assert refusal(store.get, "Account", account) == "INVALID_CROSS_REFERENCE_KEY"
    assert refusal(store.get, "Contact", contact) == "INVALID_CROSS_REFERENCE_KEY"


def test_merge_marks_the_loser_and_moves_its_children(store):
    winner = store.create("Account", {"Name": "Acme"})
    loser = store.create("Account", {"Name": "Acme Inc", "Phone": "1"})
    contact = store.create("Contact", {"LastName": "Li", "AccountId": loser})
    store.merge("Account", winner, [loser], {"Phone": "1"})
    gone = store.get("Account", loser)
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == (True, winner)
    assert store.get("Contact", contact)["AccountId"] == winner
    assert store.get("Account", winner)["Phone"] == "1"


def test_converted_lead_becomes_a_contact_and_freezes(store):
    body = {"FirstName": "Ada", "LastName": "Li", "Company": "Acme", "City": "Bonn"}
    lead = store.create("Lead", body)
    made = store.convert_lead(lead)
    contact = store.get("Contact", made.contact_id)
    assert (contact["Name"], contact["MailingCity"]) == ("Ada Li", "Bonn")
    assert store.get("Account", made.account_id)["Name"] == "Acme"
    row = store.get("Lead", lead)
    assert (row["IsConverted"], row["ConvertedDate"]) == (True, "2026-03-02")
    assert refusal(store.edit, "Lead", lead, {"City": "Ulm"}) == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_conversion_fills_only_blanks_of_an_existing_contact(store):
    account = store.create("Account", {"Name": "Acme"})
    body = {"LastName": "Li", "AccountId": account, "Title": "Boss"}
    contact = store.create("Contact", body)
    body = {"LastName": "Li", "Company": "Acme", "Title": "Clerk", "Phone": "1"}
    lead = store.create("Lead", body)
    store.convert_lead(lead, account_id=account, contact_id=contact)
    row = store.get("Contact", contact)
    assert (row["Title"], row["Phone"]) == ("Boss", "1")


def test_automation_overwrites_fields_in_the_same_save(store):
    def shout(sobject, record, changed):
        return {"City": record["City"].upper()} if "City" in changed else None

    store.on_save(shout)
    lead = store.create("Lead", {"LastName": "Li", "Company": "Acme", "City": "Bonn"})
    assert store.get("Lead", lead)["City"] == "BONN"


def test_validation_rule_refuses_with_its_own_words(store):
    store.validate("Account", lambda record: None if record.get("Phone") else "A phone, please")
    with pytest.raises(ApiError, match="A phone, please"):
        store.create("Account", {"Name": "Acme"})


def test_bin_is_emptied_after_fifteen_days(store):
    account = store.create("Account", {"Name": "Acme"})
    store.remove("Account", account)
    store.database.clock.move(timedelta(days=15, seconds=1))
    store.database.empty_old_bin()
    assert account not in store.database.table("Account").rows


def test_failed_transaction_leaves_rows_and_indexes_as_they_were(store):
    lead = store.create("Lead", {"LastName": "Li", "Company": "Acme", "Email": "a@b.co"})
    before = dict(store.database.table("Lead").rows)

    def fail_half_way():
        with store.database.transaction():
            store.edit("Lead", lead, {"Email": "c@d.co"})
            store.create("Lead", {"LastName": "Ng", "Company": "Ng"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    table = store.database.table("Lead")
    assert table.rows == before
    assert table.holders("Email", "A@B.co") == [lead]
    assert table.holders("Email", "c@d.co") == []
    assert list(table.by_stamp.between(None, None, newest_first=False)) == [lead]
