"""The connector's calls for relations keep to HubSpot's models, in both families of paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from connectors.hubspot import ApiVersion, HubSpotSettings, connect
from sandbox.hubspot.list_desk import ListDesk
from sandbox.seeds import System
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule
from sync.domain.errors import AccountNotSupportedError, NoSuchObjectError
from sync.domain.ports import ChangeQuery, Crm, Write, WriteKind, WriteOutcome
from sync.domain.record import Fields, Record
from sync.domain.schema import FieldKind
from tests.contract.hubspot_models import Listener
from tests.contract.sandboxes import no_sleep, serving, start_over

PEOPLE = "deals/contacts"
MEMBERS = "campaigns/contacts"
FIELDS = ("owner", "member", "label")


@pytest.fixture(scope="module")
def sandbox(listener: Listener) -> Iterator[Sandbox]:
    with serving(()) as sandbox:
        sandbox.listen(System.HUBSPOT, listener)
        yield sandbox


@pytest.fixture(params=[ApiVersion.NUMBERED, ApiVersion.SEPTEMBER_2026])
def settings(request: pytest.FixtureRequest, sandbox: Sandbox) -> HubSpotSettings:
    return HubSpotSettings(
        access_token=sandbox.hubspot_token,
        base_url=sandbox.hubspot_url,
        api_version=request.param,
    )


@pytest.fixture
def crm(settings: HubSpotSettings, sandbox: Sandbox, listener: Listener) -> Iterator[Crm]:
    start_over(sandbox)
    sandbox.hubspot.clear()
    crm = connect(settings, sleep=no_sleep, clock=sandbox.clock.now)
    yield crm
    crm.close()
    listener.assert_clean()


def people(sandbox: Sandbox, count: int) -> list[str]:
    return [sandbox.hubspot.add("contacts", {"email": f"p{n}@example.com"}) for n in range(count)]


def deals(sandbox: Sandbox, count: int) -> list[str]:
    return [sandbox.hubspot.add("deals", {"dealname": f"Deal {n}"}) for n in range(count)]


def campaign(crm: Crm, name: str) -> str:
    write = Write(
        token="c", kind=WriteKind.CREATE, object_name="campaigns", values={"hs_name": name}
    )
    (result,) = crm.apply([write])
    assert result.id is not None
    return result.id


def write(crm: Crm, kind: WriteKind, object_name: str, *rows: Fields) -> list[WriteOutcome]:
    """Write rows, each told by its owner, member and label."""
    writes = []
    for number, row in enumerate(rows):
        made = kind is WriteKind.CREATE
        label = {"label": row["label"]} if "label" in row else {}
        writes.append(
            Write(
                token=str(number),
                kind=kind,
                object_name=object_name,
                id=None if made else f"{row['owner']}:{row['member']}",
                values=row if made else label,
                read_back=() if kind is WriteKind.ARCHIVE else FIELDS,
            )
        )
    results = crm.apply(writes)
    assert [one.token for one in results] == [one.token for one in writes]
    return [one.outcome for one in results]


def row(owner: str, member: str, label: str | None = None) -> Fields:
    return {"owner": owner, "member": member, "label": label}


def rows(records: Sequence[Record] | Iterator[Record]) -> list[tuple[str | None, ...]]:
    return sorted(tuple(one.fields[name] for name in FIELDS) for one in records if not one.gone)


def found(crm: Crm, object_name: str, *owners: str) -> list[tuple[str | None, ...]]:
    return rows(crm.find(object_name, "owner", owners, FIELDS))


def query(object_name: str, sandbox: Sandbox, ago: timedelta | None) -> ChangeQuery:
    since = None if ago is None else sandbox.clock.now() - ago
    return ChangeQuery(object_name=object_name, fields=FIELDS, since=since)


def label_deals(sandbox: Sandbox, *labels: str) -> None:
    for label in labels:
        sandbox.hubspot.associations.types.define("deals", "contacts", label=label)


# --- contacts of deals ----------------------------------------------------------------------------


def test_rows_of_deals_are_described_with_the_labels_of_the_portal(
    crm: Crm, sandbox: Sandbox
) -> None:
    shape_before = crm.describe(PEOPLE)
    label_deals(sandbox, "Decision maker", "Blocker")

    shape = crm.describe(PEOPLE)

    assert shape_before.fields["label"].options == ()
    assert shape.owned_by == "owner"
    assert [one.value for one in shape.fields["label"].options] == ["Decision maker", "Blocker"]
    kinds = [shape.fields[name].kind for name in FIELDS]
    assert kinds == [FieldKind.REFERENCE, FieldKind.REFERENCE, FieldKind.CHOICE]
    assert shape.fields["owner"].refers_to == ("deals",)
    assert shape.fields["member"].refers_to == ("contacts",)


def test_relation_of_an_object_that_is_not_there_is_told_as_such(crm: Crm) -> None:
    with pytest.raises(NoSuchObjectError):
        crm.describe("deals/p123_machines")


def test_contacts_are_added_labelled_otherwise_and_taken_away(crm: Crm, sandbox: Sandbox) -> None:
    label_deals(sandbox, "Decision maker", "Blocker")
    (deal, other), (ada, ben, cy) = deals(sandbox, 2), people(sandbox, 3)
    done = WriteOutcome.DONE

    added = write(
        crm,
        WriteKind.CREATE,
        PEOPLE,
        row(deal, ada, "Decision maker"),
        row(deal, ben),
        row(other, ada, "Blocker;Decision maker"),
    )
    after_adding = found(crm, PEOPLE, deal, other)
    labelled = write(
        crm,
        WriteKind.UPDATE,
        PEOPLE,
        row(deal, ada, "Blocker"),
        row(deal, ben, "Decision maker"),
        row(other, ada, None),
        row(other, cy, "Blocker"),
    )
    after_labelling = found(crm, PEOPLE, deal, other)
    removed = write(crm, WriteKind.ARCHIVE, PEOPLE, row(deal, ada), row(deal, ben), row(other, cy))

    assert added == [done] * 3
    assert after_adding == sorted(
        [
            (deal, ada, "Decision maker"),
            (deal, ben, None),
            (other, ada, "Blocker;Decision maker"),
        ],
        key=str,
    )
    assert labelled == [done, done, done, WriteOutcome.GONE]
    assert after_labelling == sorted(
        [(deal, ada, "Blocker"), (deal, ben, "Decision maker"), (other, ada, None)], key=str
    )
    assert removed == [done] * 3
    assert found(crm, PEOPLE, deal, other) == [(other, ada, None)]


def test_row_that_cannot_be_made_is_refused_and_the_others_are_made(
    crm: Crm, sandbox: Sandbox
) -> None:
    label_deals(sandbox, "Decision maker")
    (deal,), (ada, ben) = deals(sandbox, 1), people(sandbox, 2)
    given = [row(deal, ada, "Decision maker"), row(deal, "999"), row(deal, ben, "Janitor")]

    outcomes = write(crm, WriteKind.CREATE, PEOPLE, *given)

    refused = WriteOutcome.REJECTED
    assert outcomes == [WriteOutcome.DONE, refused, refused]
    assert found(crm, PEOPLE, deal) == [(deal, ada, "Decision maker")]


def test_row_made_twice_is_one(crm: Crm, sandbox: Sandbox) -> None:
    (deal,), (ada,) = deals(sandbox, 1), people(sandbox, 1)

    for _ in range(2):
        assert write(crm, WriteKind.CREATE, PEOPLE, row(deal, ada)) == [WriteOutcome.DONE]

    assert found(crm, PEOPLE, deal) == [(deal, ada, None)]


def test_rows_are_fetched_and_those_that_are_not_there_are_proven_gone(
    crm: Crm, sandbox: Sandbox
) -> None:
    (deal, bare, archived), (ada, ben) = deals(sandbox, 3), people(sandbox, 2)
    write(crm, WriteKind.CREATE, PEOPLE, row(deal, ada), row(archived, ada))
    sandbox.hubspot.archive("deals", archived)
    ids = [f"{deal}:{ada}", f"{deal}:{ben}", f"{bare}:{ada}", f"{archived}:{ada}"]

    told = {one.ref.id: one.gone for one in crm.fetch(PEOPLE, ids, FIELDS)}

    # Of a deal that is away itself nothing is known.
    assert told == {ids[0]: False, ids[1]: True, ids[2]: True}


def test_deal_with_more_contacts_than_a_page_is_read_whole(crm: Crm, sandbox: Sandbox) -> None:
    (deal, small), everybody = deals(sandbox, 2), people(sandbox, 620)
    given = [row(deal, one) for one in everybody] + [row(small, everybody[0])]
    write(crm, WriteKind.CREATE, PEOPLE, *given)
    before = crm.usage().calls

    read = found(crm, PEOPLE, deal, small)

    assert len(read) == 621
    assert crm.usage().calls - before == 2
    pages = crm.read_stamps(PEOPLE, FIELDS)
    assert rows([one for page in pages for one in page]) == read


def test_peek_at_associations_costs_nothing(crm: Crm, sandbox: Sandbox) -> None:
    (deal,), (ada,) = deals(sandbox, 1), people(sandbox, 1)
    write(crm, WriteKind.CREATE, PEOPLE, row(deal, ada))
    before = crm.usage().calls

    (peek,) = crm.peek([query(PEOPLE, sandbox, timedelta(hours=1))])

    assert (peek.records, peek.total, peek.owners) == ((), 0, ())
    assert crm.usage().calls == before


# --- members of campaigns -------------------------------------------------------------------------


def test_members_are_described_with_the_words_of_the_lists(crm: Crm) -> None:
    shape = crm.describe(MEMBERS)

    assert shape.owned_by == "owner"
    assert [one.value for one in shape.fields["label"].options] == ["members", "responded"]
    assert shape.fields["owner"].refers_to == ("campaigns",)


def test_members_are_added_moved_and_taken_off(crm: Crm, sandbox: Sandbox) -> None:
    fair, mailing = campaign(crm, "Fair"), campaign(crm, "Mailing")
    ada, ben, cy = people(sandbox, 3)

    added = write(
        crm,
        WriteKind.CREATE,
        MEMBERS,
        row(fair, ada, "members"),
        row(fair, ben, "responded"),
        row(mailing, ada),
        row(mailing, "999", "members"),
    )
    after_adding = found(crm, MEMBERS, fair, mailing)
    moved = write(
        crm,
        WriteKind.UPDATE,
        MEMBERS,
        row(fair, ada, "responded"),
        row(fair, ben, "members"),
        row(fair, cy, "responded"),
    )
    after_moving = found(crm, MEMBERS, fair, mailing)
    removed = write(crm, WriteKind.ARCHIVE, MEMBERS, row(fair, ada), row(mailing, cy))

    done = WriteOutcome.DONE
    assert added == [done, done, done, WriteOutcome.REJECTED]
    assert after_adding == sorted(
        [(fair, ada, "members"), (fair, ben, "responded"), (mailing, ada, "members")]
    )
    # Whom somebody took off all lists is not put back by a move.
    assert moved == [done, done, WriteOutcome.GONE]
    assert after_moving == sorted(
        [(fair, ada, "responded"), (fair, ben, "members"), (mailing, ada, "members")]
    )
    assert removed == [done, done]
    assert found(crm, MEMBERS, fair, mailing) == sorted(
        [(fair, ben, "members"), (mailing, ada, "members")]
    )


def test_lists_are_made_once_named_for_people_and_attached(crm: Crm, sandbox: Sandbox) -> None:
    fair, (ada, ben) = campaign(crm, "Fair"), people(sandbox, 2)

    write(crm, WriteKind.CREATE, MEMBERS, row(fair, ada))
    write(crm, WriteKind.CREATE, MEMBERS, row(fair, ben, "responded"))

    names = {str(one.id): one.name for one in sandbox.hubspot.lists}
    assert sorted(names.values()) == [
        f"Fair - members (revloop {fair})",
        f"Fair - responded (revloop {fair})",
    ]
    attached = sandbox.hubspot.campaigns.find(fair)
    assert attached is not None
    assert sorted(attached.assets["OBJECT_LIST"]) == sorted(names)


def test_peek_tells_by_one_call_whose_lists_changed(crm: Crm, sandbox: Sandbox) -> None:
    fair, mailing, nobody = (campaign(crm, name) for name in ("Fair", "Mailing", "Nobody"))
    (ada,) = people(sandbox, 1)
    write(crm, WriteKind.CREATE, MEMBERS, row(fair, ada), row(mailing, ada, "responded"))
    sandbox.clock.move(timedelta(hours=2))
    hour = query(MEMBERS, sandbox, timedelta(hours=1))
    before = crm.usage().calls
    (idle,) = crm.peek([hour])
    calls = crm.usage().calls - before
    write(crm, WriteKind.ARCHIVE, MEMBERS, row(mailing, ada))

    (moved,) = crm.peek([hour])
    (all_of_them,) = crm.peek([query(MEMBERS, sandbox, None)])

    assert (idle.owners, calls) == ((), 1)
    assert moved.owners == (mailing,)
    assert set(all_of_them.owners) == {fair, mailing}
    assert nobody not in all_of_them.owners
    pages = crm.read_changes(hour)
    assert [one for page in pages for one in page] == []


def test_member_who_is_on_both_lists_counts_as_responded(crm: Crm, sandbox: Sandbox) -> None:
    fair, (ada, ben) = campaign(crm, "Fair"), people(sandbox, 2)
    given = [row(fair, ada), row(fair, ada, "responded"), row(fair, ben)]
    write(crm, WriteKind.CREATE, MEMBERS, *given)
    ids = [f"{fair}:{ada}", f"{fair}:{ben}", f"{fair}:999"]

    fetched = list(crm.fetch(MEMBERS, ids, FIELDS))

    wanted = sorted([(fair, ada, "responded"), (fair, ben, "members")])
    assert found(crm, MEMBERS, fair) == wanted
    assert rows(fetched) == wanted
    assert [one.ref.id for one in fetched if one.gone] == [ids[2]]


def test_list_longer_than_a_page_is_read_whole(crm: Crm, sandbox: Sandbox) -> None:
    fair, everybody = campaign(crm, "Fair"), people(sandbox, 520)
    given = [row(fair, one) for one in everybody]
    before = crm.usage().calls
    write(crm, WriteKind.CREATE, MEMBERS, *given)
    sent = crm.usage().calls - before

    read = found(crm, MEMBERS, fair)

    assert read == sorted((fair, one, "members") for one in everybody)
    # A search for lists, the campaign, two lists made and attached, and all members in one call.
    assert sent == 7


def test_renamed_lists_are_found_as_assets_of_their_campaign(crm: Crm, sandbox: Sandbox) -> None:
    fair, (ada, ben) = campaign(crm, "Fair"), people(sandbox, 2)
    write(crm, WriteKind.CREATE, MEMBERS, row(fair, ada), row(fair, ben, "responded"))
    sandbox.clock.move(timedelta(hours=1))
    own = ListDesk(sandbox.hubspot).add({"name": "VIP", "objectTypeId": "0-1"})
    attached = sandbox.hubspot.campaigns.find(fair)
    assert attached is not None
    attached.assets["OBJECT_LIST"].append(own)
    wanted = found(crm, MEMBERS, fair)
    for one, name in zip(list(sandbox.hubspot.lists)[:2], ("Guests", "Came by"), strict=True):
        sandbox.hubspot.lists.rename(one, name, now=sandbox.hubspot.now())
        crm.peek([query(MEMBERS, sandbox, None)])

        assert found(crm, MEMBERS, fair) == wanted

    assert write(crm, WriteKind.UPDATE, MEMBERS, row(fair, ada, "responded")) == [WriteOutcome.DONE]
    assert len(list(sandbox.hubspot.lists)) == 3


def test_members_of_a_deleted_list_are_gone(crm: Crm, sandbox: Sandbox) -> None:
    fair, (ada, ben) = campaign(crm, "Fair"), people(sandbox, 2)
    write(crm, WriteKind.CREATE, MEMBERS, row(fair, ada), row(fair, ben, "responded"))
    sandbox.hubspot.lists.delete(next(iter(sandbox.hubspot.lists)), now=sandbox.hubspot.now())

    # A list that vanished after it was looked for is seen just as well.
    assert found(crm, MEMBERS, fair) == [(fair, ben, "responded")]
    (gone,) = crm.fetch(MEMBERS, [f"{fair}:{ada}"], FIELDS)
    assert gone.gone
    # The next new member has a list again.
    cy = sandbox.hubspot.add("contacts", {"email": "cy@example.com"})
    assert write(crm, WriteKind.CREATE, MEMBERS, row(fair, cy)) == [WriteOutcome.DONE]
    assert found(crm, MEMBERS, fair) == sorted([(fair, ben, "responded"), (fair, cy, "members")])


def test_rows_of_a_deleted_campaign_are_not_proven_gone(crm: Crm, sandbox: Sandbox) -> None:
    (ada,) = people(sandbox, 1)
    unknown = "00000000-0000-4000-8000-00000000aaaa"

    assert list(crm.fetch(MEMBERS, [f"{unknown}:{ada}"], FIELDS)) == []
    assert write(crm, WriteKind.CREATE, MEMBERS, row(unknown, ada)) == [WriteOutcome.REJECTED]


@pytest.mark.parametrize("scope", ["crm.lists.read", "marketing.campaigns.read"])
def test_missing_scope_is_named_and_concerns_the_members_only(
    crm: Crm, sandbox: Sandbox, scope: str
) -> None:
    sandbox.hubspot.switches.withheld_scopes = scope
    try:
        with pytest.raises(AccountNotSupportedError, match=scope) as caught:
            crm.describe(MEMBERS)
        assert caught.value.object_name == MEMBERS
        assert "label" in crm.describe(PEOPLE).fields
    finally:
        sandbox.hubspot.switches.withheld_scopes = ""


def test_token_that_may_not_write_lists_has_each_row_refused(crm: Crm, sandbox: Sandbox) -> None:
    fair, (ada,) = campaign(crm, "Fair"), people(sandbox, 1)
    sandbox.hubspot.switches.withheld_scopes = "crm.lists.write"
    try:
        outcomes = write(crm, WriteKind.CREATE, MEMBERS, row(fair, ada))
    finally:
        sandbox.hubspot.switches.withheld_scopes = ""

    assert outcomes == [WriteOutcome.REJECTED]


# --- faults on the way ----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop_after", "rate_limit_burst", "503"])
def test_rows_are_made_once_whichever_call_goes_wrong(
    settings: HubSpotSettings, crm: Crm, sandbox: Sandbox, fault: str
) -> None:
    label_deals(sandbox, "Decision maker")
    ada, ben = people(sandbox, 2)
    for at in range(10):
        fair, (deal,) = campaign(crm, f"Fair {at}"), deals(sandbox, 1)
        fresh = connect(settings, sleep=no_sleep, clock=sandbox.clock.now)
        sandbox.add_fault(FaultRule(system=System.HUBSPOT, kind=fault, times=1, skip=at))

        given = [row(deal, ada, "Decision maker"), row(deal, ben)]
        on_deal = write(fresh, WriteKind.CREATE, PEOPLE, *given)
        given = [row(fair, ada), row(fair, ben, "responded")]
        on_lists = write(fresh, WriteKind.CREATE, MEMBERS, *given)

        assert {*on_deal, *on_lists} == {WriteOutcome.DONE}
        assert fresh.usage().calls > 10, "no call went wrong"
        assert len(found(fresh, PEOPLE, deal)) == len(found(fresh, MEMBERS, fair)) == 2
        assert len(list(sandbox.hubspot.lists)) == 2 * (at + 1)
        fresh.close()
