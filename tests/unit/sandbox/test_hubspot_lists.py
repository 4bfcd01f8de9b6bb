from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.hubspot.switches import ListNameClash
from tests.unit.sandbox.portal import COMPANIES, CONTACTS, Portal

LISTS = "/crm/v3/lists"
DATED = "/crm/lists/2026-03"


def make(portal: Portal, name: str = "Handed over", **more: object) -> str:
    body = {"name": name, "objectTypeId": "0-1", "processingType": "MANUAL", **more}
    answer = portal.post(f"{LISTS}/", body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["list"]["listId"])


def put(portal: Portal, path: str, body: object = None) -> dict:
    answer = portal.call("PUT", path, json=body)
    assert answer.status_code in (200, 204), answer.text
    return answer.json() if answer.content else {}


def people(portal: Portal, count: int) -> list[str]:
    return [portal.create(CONTACTS, email=f"p{number}@example.com") for number in range(count)]


def members(portal: Portal, one: str, path: str = "memberships", **query: object) -> list[str]:
    answer = portal.get(f"{LISTS}/{one}/{path}", **query)
    assert answer.status_code == 200, answer.text
    return [each["recordId"] for each in answer.json()["results"]]


@pytest.mark.parametrize("path", [LISTS, DATED, "/crm/lists/2026-09"])
def test_list_is_made_and_read_in_every_version(portal: Portal, path: str):
    body = {"name": "Handed over", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = portal.post(path, body).json()["list"]
    read = portal.get(f"{path}/{made['listId']}").json()["list"]
    assert read == made
    assert (read["name"], read["objectTypeId"], read["size"]) == ("Handed over", "0-1", 0)
    assert (read["processingType"], read["processingStatus"]) == ("MANUAL", "COMPLETE")


def test_list_is_found_by_name_with_a_slash_in_it(portal: Portal):
    made = make(portal, "SQL/handover & more")
    answer = portal.get(f"{LISTS}/object-type-id/0-1/name/SQL%2Fhandover%20%26%20more")
    assert answer.json()["list"]["listId"] == made


def test_list_of_another_object_is_not_found_by_name(portal: Portal):
    make(portal)
    assert portal.get(f"{LISTS}/object-type-id/0-2/name/Handed over").status_code == 404


def test_several_lists_are_read_at_once_and_unknown_ones_left_out(portal: Portal):
    ids = [make(portal, name) for name in ("A", "B")]
    read = portal.get(f"{LISTS}/", listIds=[*ids, "99"]).json()["lists"]
    assert [one["listId"] for one in read] == ids


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": None},
        {"processingType": "SOMETIMES"},
        {"objectTypeId": "0-99"},
        {"objectTypeId": None},
    ],
)
def test_list_that_makes_no_sense_is_refused(portal: Portal, wrong: dict):
    body = {"name": "A", "objectTypeId": "0-1", "processingType": "MANUAL", **wrong}
    answer = portal.post(LISTS, body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(("switch", "status"), [("conflict", 409), ("invalid", 400)])
def test_name_of_a_list_is_taken_once(portal: Portal, switch: str, status: int):
    portal.store.switches.list_name_clash = ListNameClash(switch)
    make(portal)
    body = {"name": "Handed over", "objectTypeId": "0-2", "processingType": "MANUAL"}
    assert portal.post(LISTS, body).status_code == status


def test_list_with_filters_is_not_made_up(portal: Portal):
    body = {"name": "Active", "objectTypeId": "0-1", "processingType": "DYNAMIC"}
    assert portal.post(LISTS, body).status_code == 404


def test_list_is_renamed_and_its_old_name_is_free(portal: Portal):
    made = make(portal)
    answer = put(portal, f"{LISTS}/{made}/update-list-name?listName=Accepted")
    assert (answer["updatedList"]["name"], answer["updatedList"]["listVersion"]) == ("Accepted", 2)
    make(portal, "Handed over")


def test_deleted_list_is_gone_and_comes_back_with_its_members(portal: Portal):
    (ada,) = people(portal, 1)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", [ada])
    assert portal.call("DELETE", f"{LISTS}/{made}").status_code == 204
    assert portal.get(f"{LISTS}/{made}").status_code == 404
    put(portal, f"{LISTS}/{made}/restore")
    assert members(portal, made) == [ada]


def test_list_cannot_be_restored_after_90_days(portal: Portal):
    made = make(portal)
    portal.call("DELETE", f"{LISTS}/{made}")
    portal.clock.move(timedelta(days=91))
    assert portal.call("PUT", f"{LISTS}/{made}/restore").status_code == 404


def test_deleted_list_can_be_read_where_the_switch_says_so(portal: Portal):
    made = make(portal)
    portal.call("DELETE", f"{LISTS}/{made}")
    portal.store.switches.deleted_list_is_readable = True
    assert portal.get(f"{LISTS}/{made}").json()["list"]["deletedAt"]


def test_search_pages_through_lists_by_part_of_their_name(portal: Portal):
    for number in range(5):
        make(portal, f"Sales {number}")
    make(portal, "Other")
    first = portal.post(f"{LISTS}/search", {"query": "sales", "count": 3}).json()
    rest = portal.post(f"{LISTS}/search", {"query": "sales", "offset": first["offset"]}).json()
    assert (first["total"], first["hasMore"], rest["hasMore"]) == (5, True, False)
    names = [one["name"] for one in (*first["lists"], *rest["lists"])]
    assert names == [f"Sales {number}" for number in range(5)]


def test_search_tells_the_size_of_a_list_as_text(portal: Portal):
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", people(portal, 2))
    (found,) = portal.post(f"{LISTS}/search", {}).json()["lists"]
    assert found["additionalProperties"]["hs_list_size"] == "2"


def test_search_shows_no_more_than_500(portal: Portal):
    assert portal.post(f"{LISTS}/search", {"count": 501}).status_code == 400


def test_added_records_are_told_apart_from_unknown_ones_and_members(portal: Portal):
    ada, bo = people(portal, 2)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", [ada])
    answer = put(portal, f"{DATED}/{made}/memberships/add", [ada, bo, "77"])
    assert answer == {
        "recordsIdsAdded": [bo],
        "recordIdsRemoved": [],
        "recordIdsMissing": ["77"],
    }


def test_records_are_added_and_removed_in_one_call(portal: Portal):
    ada, bo = people(portal, 2)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", [ada])
    body = {"recordIdsToAdd": [bo], "recordIdsToRemove": [ada]}
    answer = put(portal, f"{LISTS}/{made}/memberships/add-and-remove", body)
    assert (answer["recordsIdsAdded"], answer["recordIdsRemoved"]) == ([bo], [ada])
    assert members(portal, made) == [bo]


def test_removed_record_is_a_member_no_more(portal: Portal):
    ada, bo = people(portal, 2)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", [ada, bo])
    assert put(portal, f"{LISTS}/{made}/memberships/remove", [ada])["recordIdsRemoved"] == [ada]
    assert members(portal, made) == [bo]


@pytest.mark.parametrize("body", [{"ids": ["1"]}, "1", [["1"]], [True], None])
def test_members_are_sent_as_a_bare_array(portal: Portal, body: object):
    made = make(portal)
    answer = portal.call("PUT", f"{LISTS}/{made}/memberships/add", json=body)
    assert answer.status_code == 400


def test_no_more_than_100000_records_are_added_in_one_call(portal: Portal):
    made = make(portal)
    ids = [str(number) for number in range(100_001)]
    assert portal.call("PUT", f"{LISTS}/{made}/memberships/add", json=ids).status_code == 400


def test_members_of_another_list_are_added(portal: Portal):
    both = people(portal, 2)
    one, other = make(portal, "A"), make(portal, "B")
    put(portal, f"{LISTS}/{one}/memberships/add", both)
    assert portal.call("PUT", f"{LISTS}/{other}/memberships/add-from/{one}").status_code == 204
    assert members(portal, other) == both


def test_list_is_emptied(portal: Portal):
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", people(portal, 3))
    assert portal.call("DELETE", f"{LISTS}/{made}/memberships").status_code == 204
    assert members(portal, made) == []


def test_members_are_paged_by_id_with_the_time_they_joined(portal: Portal):
    ids = people(portal, 5)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", ids)
    first = portal.get(f"{LISTS}/{made}/memberships", limit=3).json()
    assert first["results"][0]["membershipTimestamp"].endswith("Z")
    after = first["paging"]["next"]["after"]
    second = portal.get(f"{LISTS}/{made}/memberships", limit=3, after=after).json()
    assert [one["recordId"] for one in (*first["results"], *second["results"])] == ids
    assert "paging" not in second


def test_members_before_a_place_come_in_descending_order(portal: Portal):
    ids = people(portal, 4)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", ids)
    after = portal.get(f"{LISTS}/{made}/memberships", limit=3).json()["paging"]["next"]["after"]
    assert members(portal, made, before=after, limit=2) == [ids[1], ids[0]]


def test_members_are_paged_in_the_order_they_joined(portal: Portal):
    ada, bo, cy = people(portal, 3)
    made = make(portal)
    for one in (cy, ada, bo):
        put(portal, f"{LISTS}/{made}/memberships/add", [one])
        portal.clock.move(timedelta(seconds=1))
    answer = portal.get(f"{LISTS}/{made}/memberships/join-order", limit=2).json()
    after = answer["paging"]["next"]["after"]
    joined = [one["recordId"] for one in answer["results"]]
    assert [*joined, *members(portal, made, "memberships/join-order", after=after)] == [cy, ada, bo]


@pytest.mark.parametrize("query", [{"limit": 251}, {"limit": 0}, {"after": "what?"}])
def test_page_of_members_that_cannot_be_is_refused(portal: Portal, query: dict):
    assert portal.get(f"{LISTS}/{make(portal)}/memberships", **query).status_code == 400


def test_record_tells_its_lists(portal: Portal):
    (ada,) = people(portal, 1)
    one, other = make(portal, "A"), make(portal, "B")
    for each in (one, other):
        put(portal, f"{LISTS}/{each}/memberships/add", [ada])
    answer = portal.get(f"{LISTS}/records/0-1/{ada}/memberships").json()
    assert [each["listId"] for each in answer["results"]] == [one, other]
    dated = portal.get(f"{DATED}/records/0-1/{ada}/memberships").json()["results"]
    assert dated[0]["isPublicList"] is True


def test_several_records_tell_their_lists_at_once(portal: Portal):
    ada, bo = people(portal, 2)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", [ada])
    inputs = [{"objectTypeId": "0-1", "recordId": one} for one in (ada, bo)]
    answer = portal.post(f"{DATED}/records/memberships/batch/read", {"inputs": inputs}).json()
    found = [[each["listId"] for each in one["recordListMemberships"]] for one in answer["results"]]
    assert found == [[made], []]


def test_archived_record_leaves_its_lists_and_returns_with_its_times(portal: Portal):
    (ada,) = people(portal, 1)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", [ada])
    before = portal.get(f"{LISTS}/{made}/memberships").json()["results"]
    portal.call("DELETE", f"{CONTACTS}/{ada}")
    assert members(portal, made) == []
    portal.clock.move(timedelta(hours=1))
    portal.store.restore("contacts", ada)
    assert portal.get(f"{LISTS}/{made}/memberships").json()["results"] == before


def test_restored_record_stays_off_its_lists_where_the_switch_says_so(portal: Portal):
    portal.store.switches.restored_record_returns_to_lists = False
    (ada,) = people(portal, 1)
    made = make(portal)
    put(portal, f"{LISTS}/{made}/memberships/add", [ada])
    portal.store.archive("contacts", ada)
    portal.store.restore("contacts", ada)
    assert members(portal, made) == []


def test_merged_record_takes_over_the_memberships(portal: Portal):
    ada, bo = people(portal, 2)
    one, other = make(portal, "A"), make(portal, "B")
    put(portal, f"{LISTS}/{one}/memberships/add", [ada])
    put(portal, f"{LISTS}/{other}/memberships/add", [ada, bo])
    merge = {"primaryObjectId": ada, "objectIdToMerge": bo}
    survivor = portal.post(f"{CONTACTS}/merge", merge).json()["id"]
    assert (members(portal, one), members(portal, other)) == ([survivor], [survivor])


def test_company_is_no_member_of_a_list_of_contacts(portal: Portal):
    acme = portal.create(COMPANIES, name="Acme")
    answer = put(portal, f"{LISTS}/{make(portal)}/memberships/add", [acme])
    assert answer["recordIdsMissing"] == [acme]


def dynamic(portal: Portal) -> tuple[str, str]:
    portal.load(
        {
            "system": "hubspot",
            "object": "contacts",
            "key": "c1",
            "properties": {"email": "ada@example.com"},
        },
        {
            "system": "hubspot",
            "object": "lists",
            "key": "l1",
            "properties": {
                "name": "Active customers",
                "processingType": "DYNAMIC",
                "members": [{"id": {"key": "c1"}, "added": "2026-01-05T09:00:00Z"}],
            },
        },
    )
    (contact,) = portal.store.ids("contacts")
    return "1", contact


def test_members_of_an_active_list_are_read(portal: Portal):
    made, ada = dynamic(portal)
    answer = portal.get(f"{LISTS}/{made}/memberships").json()
    told = {"recordId": ada, "membershipTimestamp": "2026-01-05T09:00:00.000Z"}
    assert answer["results"] == [told]


@pytest.mark.parametrize("verb", ["add", "remove"])
def test_members_of_an_active_list_cannot_be_written(portal: Portal, verb: str):
    made, ada = dynamic(portal)
    answer = portal.call("PUT", f"{LISTS}/{made}/memberships/{verb}", json=[ada])
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_exported_lists_load_again_as_they_were(portal: Portal):
    made, _ = dynamic(portal)
    static = make(portal, "Static")
    portal.call("DELETE", f"{LISTS}/{static}")
    lines = list(portal.store.export())
    portal.store.clear()
    portal.load(*lines)
    assert list(portal.store.export()) == lines
    assert portal.get(f"{LISTS}/{made}").json()["list"]["processingType"] == "DYNAMIC"


def test_scope_of_lists_is_asked_for(portal: Portal):
    portal.store.switches.withheld_scopes = "crm.lists.read, crm.lists.write"
    answer = portal.get(f"{LISTS}/1")
    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
