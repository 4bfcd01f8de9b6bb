"""Owners and users: who is who in both CRMs, and what a mapping may say of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mappings.bind import bind
from mappings.bound import BoundPair
from mappings.examples import try_examples
from mappings.findings import MappingErrors
from mappings.foreseen import Risk
from mappings.identity import Directories, IdentityCodec, Spoken
from mappings.live import check_live
from mappings.people import People
from mappings.people_checks import missing_stand_ins
from mappings.people_notes import people_notes
from sync.domain.people import Person, PersonKind
from sync.domain.record import Native, Side
from sync.domain.rules import Carried, Trouble, TroubleKind
from sync.domain.schema import FieldKind
from tests.unit.mappings.shapes import LEFT, RIGHT, bound, contacts, shape, with_field

L, R = Side.LEFT, Side.RIGHT
OWNED_LEFT = with_field(LEFT, shape("hubspot_owner_id", FieldKind.REFERENCE, refers_to=("owners",)))
OWNED_RIGHT = with_field(RIGHT, shape("OwnerId", FieldKind.REFERENCE, refers_to=("Group", "User")))
OWNER = "owner: {map: hubspot_owner_id <-> OwnerId, type: user%s}"
#: What Salesforce demands of a new Lead.
NEEDED = """\
last_name: {map: lastname <-> LastName, if_blank: X}
company: {map: company -> Lead.Company, if_blank: X}
"""
CREATES = """
create:
  hubspot: {when: "true"}
  salesforce: {as: %s, when: "true"}
"""


def person(id: str, email: str | None = None, *, active: bool = True) -> Person:
    return Person(id=id, name=f"P {id}", email=email, active=active)


def queue(id: str, name: str, *owns: str) -> Person:
    return Person(id=id, name=name, kind=PersonKind.QUEUE, owns=owns)


def people(left: Sequence[Person] = (), right: Sequence[Person] = ()) -> People:
    return People({L: left, R: right})


def carried(directory: People, origin: Side, value: Native, object_name: str = "Lead") -> Carried:
    codec = IdentityCodec(directory=directory)
    return codec.carry(origin, value, object_name=object_name)


def waits(found: Carried) -> tuple[TroubleKind, str]:
    assert isinstance(found, Trouble)
    return found.kind, found.code


# --- who is who ---------------------------------------------------------------------------------


def test_one_person_has_an_id_on_each_side() -> None:
    directory = people([person("41", " Ada@Example.com")], [person("005A", "ada@example.COM ")])

    assert carried(directory, L, "41") == "005A"
    assert carried(directory, R, "005A", "contacts") == "41"


def test_blank_is_carried_as_a_blank() -> None:
    assert carried(people(), L, None) is None
    assert carried(people(), L, "  ") is None


@pytest.mark.parametrize(
    ("right", "code"),
    [
        ([], "no_counterpart"),
        ([person("005A", "ben@example.com")], "no_counterpart"),
        ([person("005A", "ada@example.com", active=False)], "inactive_owner"),
    ],
)
def test_who_has_no_active_counterpart_waits(right: list[Person], code: str) -> None:
    found = carried(people([person("41", "ada@example.com")], right), L, "41")

    assert waits(found) == (TroubleKind.WAIT, code)
    assert isinstance(found, Trouble)
    assert "ada@example.com" in found.message


@pytest.mark.parametrize(
    ("left", "code"),
    [([], "unknown_owner"), ([person("41")], "owner_without_email")],
)
def test_who_has_no_name_waits(left: list[Person], code: str) -> None:
    assert waits(carried(people(left), L, "41")) == (TroubleKind.WAIT, code)


def test_inactive_owner_of_the_origin_is_carried_to_the_active_user() -> None:
    gone = person("41", "ada@example.com", active=False)

    assert carried(people([gone], [person("005A", "ada@example.com")]), L, "41") == "005A"


def test_active_one_of_two_users_is_taken() -> None:
    twins = [person("005A", "ada@example.com", active=False), person("005B", "ada@example.com")]

    assert carried(people([person("41", "ada@example.com")], twins), L, "41") == "005B"


def test_two_active_users_are_for_a_person_to_tell_apart() -> None:
    twins = [person("005A", "ada@example.com"), person("005B", "ada@example.com")]

    found = carried(people([person("41", "ada@example.com")], twins), L, "41")

    assert waits(found) == (TroubleKind.UNSURE, "several_users")
    assert isinstance(found, Trouble)
    assert "005A, 005B" in found.message


def test_queue_has_no_counterpart_among_hubspots_owners() -> None:
    found = carried(people(right=[queue("00G1", "Inbound", "Lead")]), R, "00G1", "contacts")

    assert waits(found) == (TroubleKind.WAIT, "no_counterpart")
    assert isinstance(found, Trouble)
    assert found.message == "HubSpot has no queue Inbound"


@pytest.mark.parametrize(("object_name", "owns"), [("Lead", True), ("Contact", False)])
def test_queue_is_found_for_what_it_owns(object_name: str, owns: bool) -> None:
    directory = people(right=[queue("00G1", "Inbound", "Lead", "Case")])

    found = directory.find(R, "queue INBOUND", object_name)

    assert (found == "00G1") is owns
    assert owns or waits(found) == (TroubleKind.WAIT, "queue_cannot_own")


def test_canonical_form_is_the_address_in_lower_case_or_the_queue() -> None:
    directory = people(
        [person("41", "Ada@Example.com"), person("42")], [queue("00G1", "Inbound leads", "Lead")]
    )
    codec = IdentityCodec(directory=directory)

    assert codec.canonical(L, "41") == "ada@example.com"
    assert codec.canonical(R, "00G1") == "queue Inbound leads"
    assert codec.canonical(L, "42") == "42", "who has no address stays an id"
    assert codec.canonical(L, None) is None


def test_two_ids_of_one_name_are_two_values_on_their_side() -> None:
    directory = people([person("41", "ada@example.com"), person("42", "ada@example.com")])
    codec = IdentityCodec(directory=directory)

    assert codec.normal(L, " 41 ") == "41"
    assert codec.normal(L, "41") != codec.normal(L, "42")


def test_fingerprint_changes_with_whoever_comes_leaves_or_is_named_otherwise() -> None:
    ada = person("41", "ada@example.com")
    told = {
        people(left, right).fingerprint
        for left, right in (
            ([], []),
            ([ada], []),
            ([], [ada]),
            ([person("41", "ada@example.com", active=False)], []),
            ([person("41", "ada@example.org")], []),
            ([queue("41", "Inbound", "Lead")], []),
            ([queue("41", "Inbound", "Case")], []),
        )
    }

    assert len(told) == 7
    ben = person("42")
    assert people([ada, ben]).fingerprint == people([ben, ada]).fingerprint


# --- in a mapping -------------------------------------------------------------------------------


def owned(line: str, more: str = "", *, directory: People | None = None) -> BoundPair:
    directories = Directories(people=directory) if directory is not None else None
    pair = contacts(line, more)
    return bind(pair, OWNED_LEFT, OWNED_RIGHT, directories=directories)


@pytest.mark.parametrize(
    "line", ["owner: hubspot_owner_id <-> OwnerId", "owner: <- OwnerId", OWNER % ""]
)
def test_type_is_user_where_all_fields_name_people(line: str) -> None:
    assert owned(line).people == {"owner"}


def test_expressions_read_the_address() -> None:
    directory = people([person("41", "Ada@Example.com")])
    include = "include: {hubspot: 'record.owner == \"ada@example.com\"'}"

    pair = owned(OWNER % "", include, directory=directory)

    assert pair.include(L, pair.canonical(L, {"owner": "41"}))
    assert not pair.include(L, pair.canonical(L, {"owner": "42"}))


def test_computed_owner_is_named_by_address_and_refused_where_nobody_is_found() -> None:
    line = (
        "owner: {map: -> OwnerId, type: user, "
        'to_salesforce: \'record.email == "a@b.example" ? "Ben@Example.com" : "no@one.example"\'}'
    )
    pair = owned(line, directory=people(right=[person("005B", "ben@example.com")]))
    codec = pair.rule("owner").codec

    named, nobody = (
        codec.carry(L, pair.compute("owner", {"email": email}), object_name="Lead")
        for email in ("a@b.example", "c@d.example")
    )

    assert named == "005B"
    assert waits(nobody) == (TroubleKind.REFUSED, "no_counterpart")


@pytest.mark.parametrize(
    ("fallback", "side", "object_name", "owner"),
    [
        ("queue Inbound", R, "Lead", "00G1"),
        ("queue inbound", R, "Lead", "00G1"),
        ("queue Inbound", R, "Contact", None),
        ("queue Inbound", L, "contacts", None),
        ("Ada@Example.com", R, "Contact", "005A"),
        ("Ada@Example.com", L, "contacts", "41"),
        ("ben@example.com", R, "Lead", None),
    ],
)
def test_fallback_stands_in_where_it_fits(
    fallback: str, side: Side, object_name: str, owner: str | None
) -> None:
    directory = people(
        [person("41", "ada@example.com")],
        [
            person("005A", "ada@example.com"),
            person("005B", "ben@example.com", active=False),
            queue("00G1", "Inbound", "Lead"),
        ],
    )

    lines = f"{OWNER % f', fallback: {fallback}'}\n{NEEDED}"
    pair = owned(lines, CREATES % "Lead", directory=directory)

    assert pair.stand_in("owner", side, object_name) == owner
    assert pair.stand_in("email", side, object_name) is None


def test_examples_name_people_by_address_on_both_sides_and_need_no_crm() -> None:
    example = """
    examples:
      - name: the same owner
        hubspot: {hubspot_owner_id: Ada@Example.com}
        salesforce: {OwnerId: ada@example.com}
      - name: another one
        only: to_salesforce
        hubspot: {hubspot_owner_id: ada@example.com}
        salesforce: {OwnerId: ben@example.com}
    """
    pair = contacts(OWNER % "", example)

    tried = try_examples(pair, bind(pair, OWNED_LEFT, OWNED_RIGHT))

    assert [(one.name, one.passed) for one in tried] == [
        ("the same owner", True),
        ("another one", False),
    ]
    assert Spoken().name(L, "queue  Inbound ") == "queue Inbound"


# --- what is wrong ------------------------------------------------------------------------------


def messages(line: str, more: str = "") -> str:
    with pytest.raises(MappingErrors) as caught:
        contacts(line, more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "creates", "message"),
    [
        (
            "owner: {map: company <-> Company, type: text, fallback: queue X}",
            "Lead",
            "fields.owner.fallback: stands in for users; write 'type: user', or leave it out",
        ),
        (
            OWNER % ", fallback: Inbound",
            "Lead",
            "'Inbound' names nobody; write an e-mail address, or 'queue' and the queue's name",
        ),
        (OWNER % ", fallback: queue", "Lead", "'queue' names nobody"),
        (
            OWNER % ", fallback: queue Inbound",
            "Contact",
            "a queue owns Leads, never Contact records, and new ones are made as Contact",
        ),
        (
            "owner: {map: hubspot_owner_id <- OwnerId, type: user, fallback: queue Inbound}",
            "Lead",
            "only Salesforce has queues that own records; write an e-mail address",
        ),
        (
            OWNER % ", values: {a@example.com: b@example.com}",
            "Lead",
            "fields.owner.values: users are the same where their e-mail address is",
        ),
        (OWNER % ", if_blank: a@example.com", "Lead", "of a user it is called 'fallback'"),
        (
            OWNER % ", blank: clear",
            "Lead",
            "fields.owner.blank: a record of Salesforce always has an owner and cannot be emptied",
        ),
    ],
)
def test_what_says_nothing_of_people_is_found_in_the_file(
    line: str, creates: str, message: str
) -> None:
    assert message in messages(line, CREATES % creates)


def test_fallback_without_new_records_is_found() -> None:
    assert "this pair makes none that this field is written to" in messages(
        OWNER % ", fallback: a@example.com"
    )


def test_default_that_empties_owners_is_found_at_the_field() -> None:
    found = messages(OWNER % "", "defaults: {blank: clear}")

    assert "fields.owner.map: a record of Salesforce always has an owner" in found


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "owner: {map: company <-> OwnerId, type: user}",
            "HubSpot's contacts.company is a text field and holds no user or owner",
        ),
        (
            "owner: hubspot_owner_id -> Lead.Company",
            "HubSpot's contacts.hubspot_owner_id holds a user or owner; map it to a field that",
        ),
        (
            "owner: {map: hubspot_owner_id <-> OwnerId, type: text}",
            "OwnerId holds a user or owner, and 'type: text' is something else",
        ),
    ],
)
def test_field_and_type_that_do_not_go_together_are_found_live(line: str, message: str) -> None:
    found = check_live(contacts(line), OWNED_LEFT, OWNED_RIGHT)

    assert any(message in str(one) for one in found)


@pytest.mark.parametrize(
    ("fallback", "message"),
    [
        ("queue Outbound", "Salesforce has no queue Outbound; make the queue, or name another one"),
        ("queue Support", "queue Support takes no Lead records in Salesforce"),
        ("ben@example.com", "the user ben@example.com is no longer active in Salesforce"),
        ("queue Inbound", None),
        ("ada@example.com", None),
    ],
)
def test_fallback_that_is_nobody_is_found_live(fallback: str, message: str | None) -> None:
    directory = people(
        right=[
            person("005A", "ada@example.com"),
            person("005B", "ben@example.com", active=False),
            queue("00G1", "Inbound", "Lead"),
            queue("00G2", "Support", "Case"),
        ]
    )
    pair = contacts(OWNER % f", fallback: {fallback}", CREATES % "Lead")

    found = list(missing_stand_ins(pair, frozenset({"owner"}), directory))

    if message is None:
        assert found == []
    else:
        assert len(found) == 1
        assert f"fields.owner.fallback: {message}" in str(found[0])


def test_who_will_wait_is_listed_by_address() -> None:
    left = [
        person("41", "Ada@example.com"),
        person("42", "ben@example.com"),
        person("43", "cleo@example.com", active=False),
        person("44"),
    ]
    right = [
        person("005A", "ada@example.com"),
        person("005B", "ada@example.com"),
        queue("00G1", "Inbound", "Lead"),
    ]
    pair = contacts("owner: {map: hubspot_owner_id -> OwnerId, type: user}")

    notes = people_notes(pair, frozenset({"owner"}), people(left, right))

    assert [note.risk for note in notes] == [Risk.NO_COUNTERPART, Risk.SEVERAL_USERS]
    assert "Salesforce has no active user for 1 of HubSpot's: ben@example.com" in str(
        notes[0].finding
    )
    assert "2 active users of Salesforce have the e-mail address ada@example.com" in str(
        notes[1].finding
    )


def test_nothing_is_noted_where_everybody_is_on_both_sides() -> None:
    both = [person("41", "ada@example.com")], [person("005A", "ADA@example.com")]

    assert people_notes(contacts(OWNER % ""), frozenset({"owner"}), people(*both)) == ()


def test_mapping_without_people_has_none() -> None:
    assert bound("last_name: lastname <-> LastName").people == frozenset()
