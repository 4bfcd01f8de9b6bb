"""What the choice of an owner is made by, read from a real state and from the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from connectors.salesforce import SalesforceSettings, connect
from mappings.lifecycle.routing import BoundRouting
from sandbox.jsontypes import JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from sync.domain.outcomes import Opportunity
from sync.domain.ports import Write, WriteKind
from sync.domain.record import RecordRef, Side
from sync.domain.routing import By, ChoiceKind, ReceiverKind, Rule, ToRoute, Turns
from sync.domain.sales import OpportunityPerson
from sync.domain.store import Changes, NewLink
from sync.engine.routing import Router
from sync.engine.session import Session, Settings
from sync.state import SqlStore, open_store
from sync.state.tables import hand_overs
from tests.contract.sandboxes import no_sleep, serving

ANNA, BEN = "anna@example.com", "ben@example.com"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with serving([]) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    served.reset()
    return served


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[Session]:
    settings = SalesforceSettings(
        instance_url=sandbox.salesforce_url, access_token=sandbox.salesforce_token
    )
    crm = connect(settings, sleep=no_sleep, clock=sandbox.clock.now)
    with open_store("sqlite://") as store:
        yield Session(
            pairs=(),
            crms=dict.fromkeys(Side, crm),
            store=store,
            settings=Settings(),
            clock=lambda: NOW,
            sleep=no_sleep,
            run=store.runs.begin("sync", NOW),
        )
    crm.close()


def hire(sandbox: Sandbox, email: str, *, active: bool = True) -> str:
    name = email.partition("@")[0]
    values: JsonObject = {
        "LastName": name.title(),
        "Alias": name,
        "Email": email,
        "Username": f"{name}@org.example",
        "IsActive": active,
    }
    return sandbox.add(System.SALESFORCE, "User", values, by="person")


def people(*to: str, number: int = 1, by: By = By.TURNS) -> Rule:
    return Rule(number=number, key=f"rule-{number}", kind=ReceiverKind.PEOPLE, to=to, by=by)


def routing(*rules: Rule) -> BoundRouting:
    return BoundRouting(tuple((rule, None) for rule in rules))


def lead(number: int, account: str | None = None) -> ToRoute:
    return ToRoute(key=f"link:{number}", object_name="Lead", canonical={}, account=account)


def test_turns_go_on_where_the_last_hand_over_left_them(sandbox: Sandbox, session: Session) -> None:
    anna, ben = hire(sandbox, ANNA), hire(sandbox, BEN)
    rules = routing(people(ANNA, BEN))
    choices = Router(session, rules).route([lead(9), lead(10), lead(11)])
    assert {key: one.owner for key, one in choices.items()} == {
        "link:9": anna,
        "link:10": ben,
        "link:11": anna,
    }
    # Nothing is kept before the hand-over is: a run that was only planned moves no turns.
    again = Router(session, rules).route([lead(9), lead(10), lead(11)])
    assert again == choices
    last = choices["link:11"]
    session.commit(Changes(turns={last.rule or "": last.turns or Turns()}))
    assert Router(session, rules).route([lead(12)])["link:12"].owner == ben


def test_the_account_has_an_owner_already_unless_the_sync_made_it(
    sandbox: Sandbox, session: Session
) -> None:
    anna, ben = hire(sandbox, ANNA), hire(sandbox, BEN)
    theirs = sandbox.add(
        System.SALESFORCE, "Account", {"Name": "Acme", "OwnerId": ben}, by="person"
    )
    made = Write(token="1", kind=WriteKind.CREATE, object_name="Account", values={"Name": "Beta"})
    (result,) = session.crms[Side.RIGHT].apply([made])
    ours = result.id
    found = Router(session, routing(people(ANNA))).route([lead(1, theirs), lead(2, ours)])
    assert (found["link:1"].owner, found["link:1"].why) == (ben, "owner of the account: Ben")
    assert (found["link:2"].owner, found["link:2"].why) == (anna, "rule 1: Anna")


def test_a_queue_takes_leads_and_no_contacts(sandbox: Sandbox, session: Session) -> None:
    hire(sandbox, BEN, active=False)
    queue = sandbox.add(
        System.SALESFORCE, "Group", {"Name": "Inbound", "Type": "Queue"}, by="person"
    )
    sandbox.add(
        System.SALESFORCE,
        "QueueSobject",
        {"QueueId": queue, "SobjectType": "Lead"},
        by="person",
    )
    inbound = Rule(number=2, key="rule-2", kind=ReceiverKind.QUEUE, to=("queue inbound",))
    contact = replace(lead(2), object_name="Contact")
    found = Router(session, routing(people(BEN), inbound)).route([lead(1), contact])
    assert found["link:1"].owner == queue
    assert found["link:1"].why == (
        "rule 1: the user ben@example.com is no longer active in Salesforce; rule 2: queue Inbound"
    )
    assert found["link:2"].kind is ChoiceKind.NOBODY
    assert "takes no Contact records" in found["link:2"].why


def sold(store: SqlStore, owner: str, *outcomes: bool, first: int = 0) -> None:
    """Let somebody have closed opportunities, each with a person of its own behind it."""
    numbers = range(first, first + len(outcomes))
    store.sales.take(
        [
            Opportunity(
                id=f"006{number}", closed=True, won=won, closes=date(2026, 1, 1), owner=owner
            )
            for number, won in zip(numbers, outcomes, strict=True)
        ]
    )
    store.sales.take_people(
        [
            OpportunityPerson(id=f"00K{number}", opportunity=f"006{number}", person=f"003{number}")
            for number in numbers
        ]
    )


def handed(store: SqlStore, number: int, owner: str, *, rule: str = "rule-1") -> None:
    """Let the person behind an opportunity have been handed over by a rule, twice."""
    link = NewLink(
        token=-1,
        pair="contacts",
        left=RecordRef("contacts", str(number)),
        right=RecordRef("Contact", f"003{number}"),
    )
    link_id = store.commit(Changes(links=[link]), run=1, at=NOW).link_ids[-1]
    row = {
        "link_id": link_id,
        "at": NOW,
        "kind": "over",
        "stage_to": "mql",
        "owner": owner,
        "rule": "",
        "rule_key": rule,
        "run": 1,
    }
    with store._database.write() as connection:
        connection.execute(sa.insert(hand_overs), [row, row])


def test_sellers_are_weighed_by_what_they_won_of_such_leads(
    sandbox: Sandbox, session: Session
) -> None:
    anna, ben = hire(sandbox, ANNA), hire(sandbox, BEN)
    sold(session.store, anna, *[True] * 3, *[False] * 5)  # type: ignore[arg-type]
    sold(session.store, ben, True, False, first=20)  # type: ignore[arg-type]
    handed(session.store, 20, ben)  # type: ignore[arg-type]
    handed(session.store, 21, ben, rule="rule-7")  # type: ignore[arg-type]
    handed(session.store, 3, ben)  # type: ignore[arg-type] # which Anna closed after all
    rules = routing(people(ANNA, BEN, by=By.WON_RATE))
    found = Router(session, rules).route([lead(1), lead(2)])
    assert found["link:1"].owner == ben
    assert found["link:1"].why == (
        "rule 1: by won rate (Anna 3 of 8, Ben 1 of 2, of such leads 1 of 1), Ben's turn"
    )
    assert found["link:2"].owner == anna
