"""A first sync beside programs of the kinds people run today.

    python -m bench.peers [--people 200] [--late 0.15]

One makes a call for each record, as scripts do: it looks for a lead by the contact's address,
makes or updates it, and writes its id to the contact. The other takes 25 records a call, as
Mautic's plugin for Salesforce does. Both use the vendors' clients as their documents show, and
neither keeps a state, notices an edit, nor can go on after an error. Each works on CRMs of its own,
whose calls take the time a real one's would.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bench.first_sync import ALL, LATE, names_of, since, sync_once
from bench.table import Row
from bench.world import World, at_once, begin, new_project, serving
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.wire import open_session
from sync.engine.session import Session

__all__ = ["one_by_one", "rows", "some_at_once"]

#: Records a call of the second peer.
_SOME = 25


@dataclass(frozen=True, slots=True)
class _Cost:
    """Seconds on the wall, and calls to both CRMs."""

    wall: float
    calls: int


class _Clients:
    """Both vendors' clients, as their documents show them. Any: neither package is typed."""

    def __init__(self, world: World) -> None:
        from hubspot import HubSpot
        from hubspot.crm import contacts
        from simple_salesforce.api import Salesforce

        there = world.environment
        hubspot = HubSpot(access_token=there["HUBSPOT_ACCESS_TOKEN"]).crm.contacts
        self.basic: Any = hubspot.basic_api
        self.batch: Any = hubspot.batch_api
        for api in (self.basic, self.batch):
            api.api_client.configuration.host = there["HUBSPOT_BASE_URL"]
        self.models: Any = contacts
        address, token = there["SALESFORCE_INSTANCE_URL"], there["SALESFORCE_ACCESS_TOKEN"]
        settings = SalesforceSettings(instance_url=address, access_token=token)
        # The session lets it reach an address of this machine; everything else is its own.
        self.salesforce: Any = Salesforce(
            session_id=token, instance_url=address, session=open_session(settings)
        )

    def people(self, names: Sequence[str]) -> Iterator[Any]:
        """Read all contacts, a hundred a call."""
        after = None
        while True:
            page = self.basic.get_page(
                limit=100, properties=list(names), **({"after": after} if after else {})
            )
            yield from page.results
            if page.paging is None:
                return
            after = page.paging.next.after

    def leads(self, emails: Sequence[str]) -> Mapping[str, str]:
        """Find leads by their addresses."""
        asked = ", ".join(f"'{email}'" for email in emails)
        found = self.salesforce.query(f"SELECT Id, Email FROM Lead WHERE Email IN ({asked})")  # noqa: S608
        return {row["Email"]: row["Id"] for row in found["records"]}


def one_by_one(clients: _Clients, names: Mapping[str, str]) -> int:
    """Sync all contacts with a call for each thing that is done."""
    done = 0
    for person in clients.people(tuple(names)):
        there = clients.leads([person.properties["email"]])
        lead = there.get(person.properties["email"])
        if lead is None:
            lead = clients.salesforce.Lead.create(_lead(person, names))["id"]
        else:
            clients.salesforce.Lead.update(lead, {_KEY: person.id})
        kept = clients.models.SimplePublicObjectInput(properties={"salesforce_id": lead})
        clients.basic.update(person.id, kept)
        done += 1
    return done


def some_at_once(clients: _Clients, names: Mapping[str, str]) -> int:
    """Sync all contacts, 25 to a call."""
    done = 0
    people = clients.people(tuple(names))
    while some := list(islice(people, _SOME)):
        there = clients.leads([one.properties["email"] for one in some])
        ids = {
            one.id: there[one.properties["email"]]
            for one in some
            if one.properties["email"] in there
        }
        new = [one for one in some if one.id not in ids]
        _send(clients, "PATCH", [{"Id": lead, _KEY: id} for id, lead in ids.items()])
        made = _send(clients, "POST", [_lead(one, names) for one in new])
        ids |= {one.id: answer["id"] for one, answer in zip(new, made, strict=True)}
        inputs = [{"id": id, "properties": {"salesforce_id": lead}} for id, lead in ids.items()]
        clients.batch.update({"inputs": inputs})
        done += len(some)
    return done


_KEY = "HubSpot_Contact_Id__c"


def _lead(person: Any, names: Mapping[str, str]) -> dict[str, Any]:  # Any: a model of the vendor's
    from bench.people import LEVELS

    values = {right: person.properties.get(left) for left, right in names.items()}
    return {**{name: LEVELS.get(value, value) for name, value in values.items()}, _KEY: person.id}


def _send(clients: _Clients, method: str, leads: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    if not leads:
        return []
    records = [{"attributes": {"type": "Lead"}, **one} for one in leads]
    body = {"allOrNone": False, "records": records}
    answers: Sequence[Any] = clients.salesforce.restful(
        "composite/sobjects", method=method, json=body
    )
    assert all(one["success"] for one in answers), answers
    return answers


def measure(work: Callable[[World, Session], int], people: int, *, late: float = LATE) -> _Cost:
    """Do some work over CRMs of its own, and give what it took."""
    with (
        new_project(create_when=ALL) as folder,
        serving(people, in_salesforce=people // 2, seconds=late) as world,
        begin(folder, world.environment, sleep=at_once) as session,
    ):
        before, begun = world.calls(), time.perf_counter()
        assert work(world, session) == people
        wall = time.perf_counter() - begun
        return _Cost(wall, sum(since(before, world).values()))


def rows(*, full: bool) -> Iterator[Row]:
    """Measure a first sync beside both peers, by time and by calls."""
    yield from _rows(1_000 if full else 100, late=LATE)


def _rows(people: int, *, late: float) -> Iterator[Row]:
    peers = {"a script, record by record": one_by_one, f"{_SOME} records a call": some_at_once}
    ours = measure(lambda _world, session: sync_once(session), people, late=late)
    for name, peer in peers.items():
        cost = measure(
            lambda world, session, peer=peer: peer(_Clients(world), names_of(session.pairs[0])),  # type: ignore[misc]
            people,
            late=late,
        )
        for unit, figure, other in (
            ("s", ours.wall, cost.wall),
            ("calls", ours.calls, cost.calls),
        ):
            yield Row(
                measure="first sync beside peers",
                size=f"{people:,} people, each call takes {late * 1000:.0f} ms",
                figure=figure,
                unit=unit,
                beside=name,
                other=other,
            )


def main() -> None:
    """Print all rows."""
    from rich.console import Console

    from bench.table import show

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--late", type=float, default=LATE, help="seconds each call takes")
    wanted = parser.parse_args()
    show(_rows(wanted.people, late=wanted.late), Console(width=160))


if __name__ == "__main__":
    main()
