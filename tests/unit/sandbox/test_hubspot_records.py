from __future__ import annotations

import json

import pytest

from tests.unit.sandbox.portal import COMPANIES, CONTACTS, Portal


def problems(answer) -> list[tuple[str, str]]:
    """Give name and code of each property that was refused, from the message's own JSON."""
    told = json.loads(answer.json()["message"].removeprefix("Property values were not valid: "))
    return [(one["name"], one["error"]) for one in told]


def test_call_without_token_is_refused(portal: Portal):
    portal.session.headers.pop("Authorization")
    answer = portal.get(CONTACTS)
    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"


def test_missing_scope_names_the_scopes_that_would_do(portal: Portal):
    portal.service.gate.scopes = frozenset({"crm.objects.companies.read"})
    answer = portal.get(CONTACTS)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == [
        "crm.objects.contacts.read"
    ]
    assert portal.get(COMPANIES).status_code == 200


def test_unknown_path_is_not_found(portal: Portal):
    assert portal.get("/crm/v3/objects/contacts/1/nothing").status_code == 404


def test_created_contact_reads_back_with_lower_case_email(portal: Portal):
    made = portal.create(CONTACTS, email=" Ada@Example.COM ", firstname="Ada")
    record = portal.get(f"{CONTACTS}/{made}").json()
    assert record["properties"]["email"] == "ada@example.com"
    assert record["properties"]["firstname"] == "Ada"
    assert record["createdAt"].endswith("Z")
    assert record["archived"] is False


@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
def test_dated_path_is_the_same_operation(portal: Portal, version: str):
    made = portal.create(CONTACTS, email="ada@example.com")
    answer = portal.get(f"/crm/objects/{version}/0-1/{made}")
    assert answer.json()["id"] == made


def test_second_contact_with_an_email_names_the_first(portal: Portal):
    made = portal.create(CONTACTS, email="ada@example.com")
    answer = portal.post(CONTACTS, {"properties": {"email": "ADA@example.com"}})
    assert answer.status_code == 409
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {made}"
    assert answer.json()["category"] == "CONFLICT"


def test_email_of_an_archived_contact_is_free(portal: Portal):
    made = portal.create(CONTACTS, email="ada@example.com")
    assert portal.call("DELETE", f"{CONTACTS}/{made}").status_code == 204
    assert portal.create(CONTACTS, email="ada@example.com") != made


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("nope", "x", "PROPERTY_DOESNT_EXIST"),
        ("email", "no address", "INVALID_EMAIL"),
        ("hubspotscore", "5", "READ_ONLY_VALUE"),
        ("hs_lead_status", "Dreaming", "INVALID_OPTION"),
        ("closedate", "soon", "INVALID_DATE"),
        ("hubspot_owner_id", "999", "INVALID_OWNER_ID"),
    ],
)
def test_bad_value_refuses_the_whole_write(portal: Portal, name: str, value: str, code: str):
    answer = portal.post(CONTACTS, {"properties": {"firstname": "Ada", name: value}})
    assert answer.status_code == 400
    assert problems(answer) == [(name, code)]
    assert answer.json()["errors"][0]["code"] == code
    assert portal.store.ids("contacts") == []


def test_all_bad_properties_are_named_at_once(portal: Portal):
    answer = portal.post(CONTACTS, {"properties": {"email": "x", "nope": "y"}})
    assert problems(answer) == [("email", "INVALID_EMAIL"), ("nope", "PROPERTY_DOESNT_EXIST")]


def test_date_must_be_midnight(portal: Portal):
    portal.define("met_on", type="date")
    made = portal.create(CONTACTS, met_on="1759622400000")
    assert portal.stored("contacts", made)["met_on"] == "2025-10-05"
    assert problems(portal.patch(f"{CONTACTS}/{made}", met_on="1759622400001")) == [
        ("met_on", "INVALID_DATE")
    ]


def test_number_and_boolean_are_stored_as_text(portal: Portal):
    portal.define("rank", type="number")
    portal.define("known", type="bool", fieldType="booleancheckbox")
    made = portal.create(CONTACTS, rank=5, known=True)
    stored = portal.stored("contacts", made)
    assert (stored["rank"], stored["known"]) == ("5", "true")


def test_empty_text_clears_a_value(portal: Portal):
    made = portal.create(CONTACTS, firstname="Ada", email="ada@example.com")
    portal.patch(f"{CONTACTS}/{made}", firstname="")
    assert portal.get(f"{CONTACTS}/{made}").json()["properties"]["firstname"] is None


def test_company_needs_a_name_or_a_domain(portal: Portal):
    answer = portal.post(COMPANIES, {"properties": {"city": "Berlin"}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "MISSING_REQUIRED_PROPERTY"


def test_two_companies_may_share_a_domain(portal: Portal):
    assert portal.create(COMPANIES, domain="example.com") != portal.create(
        COMPANIES, domain="example.com"
    )


def test_undefined_property_is_left_out_of_a_read_and_an_empty_one_is_null(portal: Portal):
    made = portal.create(CONTACTS, email="ada@example.com")
    properties = portal.get(f"{CONTACTS}/{made}", properties="phone,nope").json()["properties"]
    assert properties["phone"] is None
    assert "nope" not in properties


@pytest.mark.parametrize("query", ["properties=phone&properties=city", "properties=phone,city"])
def test_lists_in_a_query_are_repeated_or_joined(portal: Portal, query: str):
    made = portal.create(CONTACTS, phone="1", city="Bonn")
    properties = portal.get(f"{CONTACTS}/{made}?{query}").json()["properties"]
    assert (properties["phone"], properties["city"]) == ("1", "Bonn")


def test_record_is_found_by_a_unique_property(portal: Portal):
    portal.define("salesforce_id", hasUniqueValue=True)
    made = portal.create(CONTACTS, salesforce_id="003A")
    assert portal.get(f"{CONTACTS}/003A", idProperty="salesforce_id").json()["id"] == made


def test_taken_unique_value_is_refused_with_the_holder(portal: Portal):
    portal.define("salesforce_id", hasUniqueValue=True)
    made = portal.create(CONTACTS, salesforce_id="003A")
    answer = portal.post(CONTACTS, {"properties": {"salesforce_id": "003A"}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    assert made in answer.json()["message"]


def test_freed_unique_value_can_be_taken(portal: Portal):
    portal.define("salesforce_id", hasUniqueValue=True)
    made = portal.create(CONTACTS, salesforce_id="003A")
    portal.patch(f"{CONTACTS}/{made}", salesforce_id="003B")
    assert portal.create(CONTACTS, salesforce_id="003A")


def test_backward_stage_is_accepted_and_ignored(portal: Portal):
    made = portal.create(CONTACTS, lifecyclestage="customer", firstname="Ada")
    answer = portal.patch(f"{CONTACTS}/{made}", lifecyclestage="lead", firstname="Eve")
    assert answer.status_code == 200
    assert answer.json()["properties"]["lifecyclestage"] == "customer"
    assert answer.json()["properties"]["firstname"] == "Eve"


def test_cleared_stage_can_be_set_to_an_earlier_one(portal: Portal):
    made = portal.create(CONTACTS, lifecyclestage="customer")
    portal.patch(f"{CONTACTS}/{made}", lifecyclestage="")
    answer = portal.patch(f"{CONTACTS}/{made}", lifecyclestage="lead")
    assert answer.json()["properties"]["lifecyclestage"] == "lead"


def test_person_may_move_a_stage_back(portal: Portal):
    made = portal.create(CONTACTS, lifecyclestage="customer")
    assert (
        portal.store.edit("contacts", made, {"lifecyclestage": "lead"})["lifecyclestage"] == "lead"
    )


def test_history_tells_who_wrote_what_newest_first(portal: Portal):
    made = portal.create(CONTACTS, firstname="Ada")
    portal.store.edit("contacts", made, {"firstname": "Eve"}, by="person")
    portal.store.edit("contacts", made, {"firstname": "Ida"}, by="automation")
    record = portal.get(f"{CONTACTS}/{made}", propertiesWithHistory="firstname").json()
    versions = record["propertiesWithHistory"]["firstname"]
    assert [(one["value"], one["sourceType"]) for one in versions] == [
        ("Ida", "AUTOMATION_PLATFORM"),
        ("Eve", "CRM_UI"),
        ("Ada", "INTEGRATION"),
    ]


def test_contact_and_company_keep_their_stamp_under_different_names(portal: Portal):
    contact = portal.create(CONTACTS, email="ada@example.com")
    company = portal.create(COMPANIES, name="Example")
    assert "lastmodifieddate" in portal.get(f"{CONTACTS}/{contact}").json()["properties"]
    assert "hs_lastmodifieddate" in portal.get(f"{COMPANIES}/{company}").json()["properties"]


def test_list_pages_by_ascending_id(portal: Portal):
    made = [portal.create(CONTACTS, email=f"p{number}@example.com") for number in range(5)]
    first = portal.get(CONTACTS, limit=3).json()
    assert [one["id"] for one in first["results"]] == made[:3]
    assert first["paging"]["next"]["after"] == made[3]
    second = portal.get(CONTACTS, limit=3, after=made[3]).json()
    assert [one["id"] for one in second["results"]] == made[3:]
    assert "paging" not in second


def test_list_with_history_has_smaller_pages(portal: Portal):
    assert portal.get(CONTACTS, limit=100).status_code == 200
    assert portal.get(CONTACTS, limit=100, propertiesWithHistory="email").status_code == 400


def test_archived_contact_is_listed_apart_and_comes_back(portal: Portal):
    made = portal.create(CONTACTS, email="ada@example.com")
    portal.call("DELETE", f"{CONTACTS}/{made}")
    assert portal.get(f"{CONTACTS}/{made}").status_code == 404
    listed = portal.get(CONTACTS, archived="True").json()["results"]
    assert [(one["id"], one["archived"]) for one in listed] == [(made, True)]
    portal.store.restore("contacts", made)
    assert portal.get(f"{CONTACTS}/{made}").status_code == 200


def test_merge_gives_a_new_id_that_the_old_ids_lead_to(portal: Portal):
    first = portal.create(CONTACTS, email="ada@example.com")
    second = portal.create(CONTACTS, email="ada@example.org", phone="1")
    answer = portal.post(f"{CONTACTS}/merge", {"primaryObjectId": first, "objectIdToMerge": second})
    merged = answer.json()["id"]
    assert merged not in (first, second)
    record = portal.get(
        f"{CONTACTS}/{second}", properties="phone,hs_merged_object_ids,hs_additional_emails"
    ).json()
    assert record["id"] == merged
    assert record["properties"]["phone"] == "1"
    assert record["properties"]["hs_merged_object_ids"] == f"{first};{second}"
    assert record["properties"]["hs_additional_emails"] == "ada@example.org"


def test_secondary_address_is_taken(portal: Portal):
    made = portal.create(CONTACTS, email="ada@example.com")
    portal.store.edit("contacts", made, {}, by="person")
    portal.load(
        {
            "system": "hubspot",
            "object": "contacts",
            "key": "c",
            "properties": {"email": "bo@example.com", "hs_additional_emails": "bo@example.org"},
        }
    )
    answer = portal.post(CONTACTS, {"properties": {"email": "bo@example.org"}})
    assert answer.status_code == 409


def test_forgotten_contact_is_gone_for_good(portal: Portal):
    made = portal.create(CONTACTS, email="ada@example.com")
    answer = portal.post(
        f"{CONTACTS}/gdpr-delete", {"objectId": "ada@example.com", "idProperty": "email"}
    )
    assert answer.status_code == 204
    assert portal.get(f"{CONTACTS}/{made}", archived="true").status_code == 404


def test_body_that_is_no_json_is_refused(portal: Portal):
    answer = portal.call("POST", CONTACTS, data="{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


def test_hook_may_change_what_was_saved(portal: Portal):
    def shout(saved):
        if "firstname" in saved.changes:
            changed = {"firstname": saved.changes["firstname"].upper()}
            portal.store.edit(saved.object, saved.id, changed, by="automation")

    portal.store.on_save(shout)
    made = portal.create(CONTACTS, firstname="Ada")
    assert portal.stored("contacts", made)["firstname"] == "ADA"
