"""Members of campaigns as rows of their lists, against hand-written answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from sync.domain.errors import AccountNotSupportedError, DailyQuotaError, UnavailableError
from sync.domain.ports import ChangeQuery, Crm, Write, WriteKind, WriteOutcome
from tests.unit.connectors.hubspot.conftest import NOW, Reply, Wire

ROWS = "campaigns/contacts"
FIELDS = ("owner", "member", "label")
LISTS = "/crm/v3/lists"
SEARCH = f"{LISTS}/search"
CAMPAIGNS = "/marketing/campaigns/2026-03"
FAIR = "00000001-0000-4000-8000-000000000000"
WEB = "00000002-0000-4000-8000-000000000000"
DAY = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)

USED_UP = (429, {"status": "error", "policyName": "DAILY", "message": "daily limit"})
REFUSED = {"status": "error", "category": "VALIDATION_ERROR", "message": "Not to be written."}


def listed(number: int, label: str, owner: str = FAIR, **more: Any) -> dict[str, Any]:
    """Give a list as a search tells of it; its members came at the beginning of the day."""
    told = {"hs_list_size": "2", "hs_last_record_added_at": str(int(DAY.timestamp() * 1000))}
    return {
        "listId": str(number),
        "name": f"Fair - {label} (revloop {owner})",
        "objectTypeId": "0-1",
        "processingType": "MANUAL",
        "createdAt": "2026-10-01T07:00:00Z",
        "additionalProperties": told,
        **more,
    }


def lists(*found: dict[str, Any], more: bool = False, total: int | None = None) -> Reply:
    body = {"lists": list(found), "hasMore": more, "offset": len(found)}
    return (200, {**body, "total": len(found) if total is None else total})


def campaign(*assets: dict[str, Any]) -> Reply:
    found = [{"id": one["listId"], "name": one["name"]} for one in assets]
    attached = {"OBJECT_LIST": {"results": found}}
    item = {"id": FAIR, "properties": {"hs_name": "Fair"}, "assets": attached}
    return (200, {"results": [item]})


def members(*ids: int, after: str | None = None) -> Reply:
    stamp = "2026-11-01T08:00:00Z"
    results = [{"recordId": str(one), "membershipTimestamp": stamp} for one in ids]
    paging = {} if after is None else {"paging": {"next": {"after": after}}}
    return (200, {"results": results, "total": 9, **paging})


def changed(added: tuple[int, ...] = (), removed: tuple[int, ...] = ()) -> Reply:
    body = {"recordsIdsAdded": [str(one) for one in added], "recordIdsMissing": []}
    return (200, {**body, "recordIdsRemoved": [str(one) for one in removed]})


def on_list(wire: Wire, number: int, what: str, *replies: Any) -> None:
    wire.on("PUT", f"{LISTS}/{number}/memberships/{what}", *replies)


def add(member: str, label: str = "members", *, owner: str = FAIR) -> Write:
    return Write(
        token=f"{owner}-{member}",
        kind=WriteKind.CREATE,
        object_name=ROWS,
        values={"owner": owner, "member": member, "label": label},
    )


def query(since: datetime | None) -> ChangeQuery:
    return ChangeQuery(object_name=ROWS, fields=FIELDS, since=since)


def rows(crm: Crm, *owners: str) -> list[tuple[str, str | None]]:
    return [(one.ref.id, one.fields["label"]) for one in crm.find(ROWS, "owner", owners, FIELDS)]


# --- which lists there are ------------------------------------------------------------------------


def test_all_pages_of_lists_are_read_and_begun_again_where_one_slipped_past(
    wire: Wire, crm: Crm
) -> None:
    one, two, three = listed(1, "members"), listed(2, "responded"), listed(3, "members", WEB)
    wire.on("POST", SEARCH, lists(one, more=True, total=3), lists(three, total=3), lists(one, two))

    (peek,) = crm.peek([query(DAY)])

    assert peek.owners == (FAIR, WEB)
    assert [each.body["offset"] for each in wire.requests] == [0, 1, 0]


@pytest.mark.parametrize(
    ("told", "is_changed"),
    [
        ({"hs_list_size": "2"}, True),  # nothing says when
        ({"hs_list_size": "0"}, False),  # nobody ever came
        ({"hs_list_size": "2", "hs_last_record_added_at": "2026-11-01T07:59:59Z"}, False),
        (
            {
                "hs_list_size": "2",
                "hs_last_record_added_at": "2026-10-01T08:00:00Z",
                "hs_last_record_removed_at": "2026-11-01T08:00:00Z",
            },
            True,
        ),
    ],
)
def test_campaign_is_read_anew_when_members_may_have_come_or_gone(
    wire: Wire, crm: Crm, told: dict[str, str], is_changed: bool
) -> None:
    wire.on("POST", SEARCH, lists(listed(1, "members", additionalProperties=told)))

    (peek,) = crm.peek([query(DAY)])

    assert peek.owners == ((FAIR,) if is_changed else ())


def test_copy_of_a_list_is_not_taken_for_it(wire: Wire, crm: Crm) -> None:
    copy = listed(17, "members", name=f"Copy of Fair - members (revloop {FAIR})")
    wire.on("POST", SEARCH, lists(copy, listed(9, "members"), listed(10, "responded")))
    wire.on("GET", f"{LISTS}/9/memberships", members(7))
    wire.on("GET", f"{LISTS}/10/memberships", members())

    assert rows(crm, FAIR) == [(f"{FAIR}:7", "members")]


def test_own_lists_of_marketing_are_left_alone(wire: Wire, crm: Crm) -> None:
    """Nothing but lists made together, as ours are, is ours under another name."""
    ours, theirs = listed(1, "members"), listed(5, "", name="VIP", createdAt="2026-10-01T09:00:00Z")
    wire.on("POST", SEARCH, lists(ours))
    wire.on("POST", f"{CAMPAIGNS}/batch/read", campaign(ours, theirs))
    wire.on("GET", LISTS, lists(theirs))
    wire.on("GET", f"{LISTS}/1/memberships", members(7))

    assert rows(crm, FAIR) == [(f"{FAIR}:7", "members")]
    assert wire.sent("/lists")[0].query == {"listIds": ["5"]}


def test_list_the_search_does_not_know_yet_is_found_with_its_campaign(wire: Wire, crm: Crm) -> None:
    both = [listed(1, "members"), listed(2, "responded")]
    wire.on("POST", SEARCH, lists())
    deleted = listed(9, "members")
    wire.on("POST", f"{CAMPAIGNS}/batch/read", campaign(deleted, *both))
    wire.on("GET", LISTS, lists(*both))
    wire.on("GET", f"{LISTS}/1/memberships", members(7))
    wire.on("GET", f"{LISTS}/2/memberships", members(8))

    found = rows(crm, FAIR)

    assert found == [(f"{FAIR}:8", "responded"), (f"{FAIR}:7", "members")]
    assert sorted(wire.sent("/lists")[0].query["listIds"]) == ["1", "2", "9"]


def test_members_come_page_by_page_and_those_who_responded_once(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, lists(listed(1, "members"), listed(2, "responded")))
    wire.on("GET", f"{LISTS}/1/memberships", members(7, 8, after="x"), members(9))
    wire.on("GET", f"{LISTS}/2/memberships", members(8))

    found = rows(crm, FAIR)

    responded = [(f"{FAIR}:8", "responded")]
    assert found == [*responded, (f"{FAIR}:7", "members"), (f"{FAIR}:9", "members")]


def test_stamp_is_when_a_row_can_last_have_become_what_it_is(wire: Wire, crm: Crm) -> None:
    """Who is on no list of those who responded may have been taken off it a moment ago."""
    wire.on("POST", SEARCH, lists(listed(1, "members"), listed(2, "responded")))
    wire.on("GET", f"{LISTS}/1/memberships", members(7))
    wire.on("GET", f"{LISTS}/2/memberships", members(8))

    responded, asked = crm.find(ROWS, "owner", [FAIR], FIELDS)

    assert (responded.stamp, responded.created) == (DAY, DAY)
    assert (asked.stamp, asked.created) == (NOW, DAY)


def test_page_that_comes_again_and_again_is_a_fault(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, lists(listed(1, "members"), listed(2, "responded")))
    wire.on("GET", f"{LISTS}/2/memberships", members(7, after="x"))

    with pytest.raises(UnavailableError, match="again and again"):
        rows(crm, FAIR)


# --- lists made -----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [(409, REFUSED), (400, REFUSED), Wire.DROPPED])
def test_list_that_is_there_already_is_taken_and_not_made_twice(
    wire: Wire, crm: Crm, first: Reply
) -> None:
    made = {label: f"Fair - {label} (revloop {FAIR})" for label in ("members", "responded")}
    wire.on("POST", SEARCH, lists())
    wire.on("POST", f"{CAMPAIGNS}/batch/read", campaign())
    taken = (409, REFUSED)
    wire.on("POST", LISTS, *([first, taken] if first == () else [first]))
    for number, (label, name) in enumerate(made.items(), start=1):
        path = f"{LISTS}/object-type-id/0-1/name/{quote(name, safe='')}"
        wire.on("GET", path, (200, {"list": listed(number, label)}))
        wire.on("PUT", f"{CAMPAIGNS}/{FAIR}/assets/OBJECT_LIST/{number}", (204, None))
    on_list(wire, 1, "add", changed(added=(7,)))

    (result,) = crm.apply([add("7")])

    assert result.outcome is WriteOutcome.DONE
    assert {one.body["name"] for one in wire.requests if one.path == LISTS} == set(made.values())


def test_list_that_cannot_be_made_is_refused_in_hubspots_words(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, lists())
    wire.on("POST", f"{CAMPAIGNS}/batch/read", campaign())
    wire.on("POST", LISTS, (400, {**REFUSED, "message": "You reached the limit of lists."}))
    name = quote(f"Fair - members (revloop {FAIR})", safe="")
    none = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "No such list."}
    wire.on("GET", f"{LISTS}/object-type-id/0-1/name/{name}", (404, none))

    (result,) = crm.apply([add("7")])

    assert (result.outcome, result.message) == (
        WriteOutcome.REJECTED,
        "You reached the limit of lists.",
    )


# --- members written ------------------------------------------------------------------------------


def test_each_list_gets_its_members_in_one_call(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, lists(listed(1, "members"), listed(2, "responded")))
    on_list(wire, 1, "add", changed(added=(7, 9)))
    on_list(wire, 2, "add", changed(added=(8,)))

    results = crm.apply([add("7"), add("8", "responded"), add("9")])

    assert [one.id for one in results] == [f"{FAIR}:{each}" for each in (7, 8, 9)]
    assert [one.body for one in wire.sent("/add")] == [["7", "9"], ["8"]]
    assert crm.batch_size_of(ROWS) == 10_000


def test_word_for_no_list_is_refused_before_anything_is_sent(wire: Wire, crm: Crm) -> None:
    (result,) = crm.apply([add("7", "Sent")])

    assert (result.outcome, result.fields) == (WriteOutcome.REJECTED, ("label",))
    assert wire.requests == []


def test_list_that_takes_no_members_any_more_refuses_its_rows_only(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, lists(listed(1, "members"), listed(2, "responded")))
    on_list(wire, 1, "add", (400, REFUSED))
    on_list(wire, 2, "add", changed(added=(8,)))

    refused, done = crm.apply([add("7"), add("8", "responded")])

    assert (refused.outcome, refused.message) == (WriteOutcome.REJECTED, "Not to be written.")
    assert done.outcome is WriteOutcome.DONE


def test_list_deleted_a_moment_ago_is_not_made_anew_at_once(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, lists(listed(1, "members"), listed(2, "responded")))
    gone = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "No such list."}
    on_list(wire, 1, "add", (404, gone))

    (result,) = crm.apply([add("7")])

    assert (result.outcome, result.code) == (WriteOutcome.LOCKED, "LIST_DELETED")
    assert not [one for one in wire.requests if one.path == LISTS]


def test_day_that_is_used_up_leaves_what_was_done_done(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, lists(listed(1, "members"), listed(2, "responded")))
    on_list(wire, 1, "add", changed(added=(7,)))
    on_list(wire, 2, "add", USED_UP)

    done, later = crm.apply([add("7"), add("8", "responded")])

    assert (done.outcome, later.outcome) == (WriteOutcome.DONE, WriteOutcome.LOCKED)
    with pytest.raises(DailyQuotaError):
        crm.apply([add("8", "responded")])


def test_account_without_campaigns_is_told_about_the_members(wire: Wire, crm: Crm) -> None:
    wire.on("GET", CAMPAIGNS, (403, {"status": "error", "message": "No access."}))

    with pytest.raises(AccountNotSupportedError, match="subscription") as caught:
        crm.describe(ROWS)

    assert caught.value.object_name == ROWS


def test_memberships_of_single_people_are_read_by_the_dated_path(wire: Wire, crm: Crm) -> None:
    wire.on("POST", SEARCH, lists(listed(1, "members"), listed(2, "responded")))
    joined = {"listId": "1", "lastAddedTimestamp": "2026-11-01T08:00:00Z"}
    result = {"objectTypeId": "0-1", "recordId": "7", "recordListMemberships": [joined]}
    path = "/crm/lists/2026-03/records/memberships/batch/read"
    wire.on("POST", path, (200, {"results": [result]}))

    found = list(crm.fetch(ROWS, [f"{FAIR}:7", f"{FAIR}:8"], FIELDS))

    assert [(one.ref.id, one.gone) for one in found] == [(f"{FAIR}:7", False), (f"{FAIR}:8", True)]
    assert found[0].created == DAY
