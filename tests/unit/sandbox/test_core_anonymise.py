"""What becomes of personal data in an anonymised export, and what stays."""

from __future__ import annotations

import json

import pytest

from sandbox.anonymise import anonymised
from sandbox.demo import demo_seed
from sandbox.masks import Masks
from sandbox.server import Sandbox

SECRET = b"a secret of this test"


@pytest.fixture(scope="module")
def masks():
    return Masks(SECRET)


def contact(**properties):
    return {
        "system": "hubspot",
        "object": "contacts",
        "key": "c1",
        "id": "1",
        "properties": properties,
    }


def lead(**fields):
    named = {"LastName": "x", "Company": "y", **fields}
    return {"system": "salesforce", "object": "Lead", "key": "l1", "fields": named}


def made(*lines):
    return list(anonymised(list(lines), secret=SECRET))


def properties(**values):
    return made(contact(**values))[0]["properties"]


# Values


def test_address_is_another_one_under_a_reserved_domain(masks):
    address = masks.emails("Ada@Example.com")
    assert "ada" not in address.lower()
    assert address.endswith(".example")
    assert address.count("@") == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("ada@example.com", "ADA@Example.com"), ("ada@example.com", "ada@www.example.com")],
)
def test_addresses_of_one_domain_share_their_domain(masks, one, other):
    first, second = (masks.emails(text).split("@")[1].removeprefix("www.") for text in (one, other))
    assert first == second


def test_domain_of_an_address_is_that_of_the_website(masks):
    host = masks.emails("ada@acme.co.uk").split("@")[1]
    for text in ("acme.co.uk", "https://www.acme.co.uk/about", "http://acme.co.uk:80"):
        assert host in masks.url(text)
    assert masks.url("https://www.acme.co.uk/about").startswith("https://www.")


def test_each_address_of_a_list_is_replaced(masks):
    made = masks.emails("ada@example.com;bob@example.com").split(";")
    assert made == [masks.emails("ada@example.com"), masks.emails("bob@example.com")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+49 170 1234567", "0170 1234567"),
        ("+49 (0)170 / 123 45 67", "01701234567"),
        ("+49 170 1234567 ext. 12", "+491701234567"),
    ],
)
def test_ways_to_write_a_number_still_are_one_number(masks, one, other):
    first, second = (
        "".join(c for c in masks.phone(text) if c.isdigit())[:20] for text in (one, other)
    )
    core = masks.phone("1234567")[-6:]
    assert core in first
    assert core in second
    assert core != "234567"


def test_words_keep_their_form_and_a_company_its_legal_form(masks):
    name = masks.words("Acme Optik-Werke GmbH & Co. KG")
    first, second, *rest = name.split(" ")
    assert (len(first), first[0].isupper(), first[1:].islower()) == (4, True, True)
    assert second.count("-") == 1
    assert rest == ["GmbH", "&", "Co.", "KG"]
    assert masks.words("Acme S.L.").endswith(" S.L.")


@pytest.mark.parametrize(("one", "other"), [("Ada", "ADA"), ("Müller", "müller"), ("é", "e\u0301")])
def test_words_that_differ_in_capitals_or_composition_stay_the_same(masks, one, other):
    assert masks.words(one).casefold() == masks.words(other).casefold()


def test_frequent_words_of_a_long_text_do_not_show(masks):
    text = "the cat and the dog and the cat and the dog and the cat " * 3
    words = masks.prose(text).split()
    assert len(set(words)) > len(set(text.split()))


def test_secrets_of_their_own_give_values_of_their_own():
    assert Masks(b"1").words("Lovelace") != Masks(b"2").words("Lovelace")


# Lines


def test_person_is_the_same_in_both_systems():
    left, right = made(
        contact(
            email="ada@example.com", firstname="Ada", lastname="Lovelace", phone="0170 1234567"
        ),
        lead(Email="Ada@example.com", FirstName="Ada", LastName="Lovelace", Phone="0170 1234567"),
    )
    one, other = left["properties"], right["fields"]
    assert one["email"] == other["Email"]
    assert (one["firstname"], one["lastname"]) == (other["FirstName"], other["LastName"])
    assert one["phone"] == other["Phone"] != "0170 1234567"


def test_what_names_nobody_stays():
    kept = {
        "country": "Germany",
        "lifecyclestage": "lead",
        "hs_analytics_source": "PAID_SEARCH",
        "hubspotscore": "12",
        "hs_email_optout": "true",
        "hubspot_owner_id": "41",
    }
    assert properties(**kept) == kept


def test_ids_of_the_other_system_stay_so_that_records_stay_linked():
    line = {**lead(HubSpot_Contact_Id__c="1"), "id": "00QdM0000000001UAA"}
    field = {
        "system": "salesforce",
        "object": "Lead",
        "field": {"name": "HubSpot_Contact_Id__c", "type": "string"},
    }
    done = made(field, contact(email="a@b.co"), line)
    assert done[2]["fields"]["HubSpot_Contact_Id__c"] == "1"


def test_text_in_a_field_of_ones_own_is_replaced():
    field = {"name": "remarks", "type": "string", "fieldType": "textarea"}
    line = {"system": "hubspot", "object": "contacts", "field": field}
    done = made(line, contact(remarks="Knows Ada Lovelace"))
    assert "Lovelace" not in done[1]["properties"]["remarks"]


def test_history_says_nothing_more_than_the_record():
    history = {
        "lastname": [
            {"value": "Lovelace", "timestamp": "2026-01-05T09:00:00Z", "sourceLabel": "Ada"}
        ]
    }
    done = made({**contact(lastname="Lovelace"), "history": history})[0]
    entry = done["history"]["lastname"][0]
    assert entry == {"value": done["properties"]["lastname"], "timestamp": "2026-01-05T09:00:00Z"}
    assert entry["value"] != "Lovelace"


def test_old_values_of_salesforce_histories_are_replaced():
    with Sandbox([], limits=False) as sandbox:
        account = sandbox.salesforce.create("Account", {"Name": "Lovelace Ltd"})
        sandbox.salesforce.edit("Account", account, {"Name": "Babbage Ltd"})
        lines = list(sandbox.export())
    text = json.dumps(made(*lines))
    assert "Lovelace" in json.dumps(lines)
    assert "Lovelace" not in text
    assert "Babbage" not in text


def test_owners_and_users_stay_one_person():
    owner = {"system": "hubspot", "object": "owners", "key": "o1", "id": "41"}
    owner["properties"] = {"email": "anna@example.com", "firstName": "Anna", "lastName": "Seller"}
    user = {"system": "salesforce", "object": "User", "key": "u1"}
    user["fields"] = {
        "Email": "anna@example.com",
        "LastName": "Seller",
        "Username": "anna@x.example",
    }
    done = made(owner, user)
    assert done[0]["properties"]["email"] == done[1]["fields"]["Email"]
    assert done[0]["properties"]["lastName"] == done[1]["fields"]["LastName"] != "Seller"
    assert "anna" not in json.dumps(done)


def test_demo_loads_again_and_as_many_people_match():
    seed = list(demo_seed())
    done = made(*seed)

    def matches(lines):
        left, right = (
            {(line[part].get(name) or "").lower() for line in lines if line.get(part)} - {""}
            for part, name in (("properties", "email"), ("fields", "Email"))
        )
        return len(left & right)

    assert matches(done) == matches(seed) > 50
    Sandbox(done, limits=False)
