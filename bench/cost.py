"""What runs cost in calls, with all starter mappings: nothing changed, one record, many.

    python -m bench.cost [--changed 1 100 1000] [--kinds]     (100000: half an hour)

Each stands beside the least possible: every record that changed is read once in full pages, its
counterpart is read once in full batches before it is written, all is written in full batches (or
by one bulk job, where that takes fewer calls), and both CRMs are looked at once. `--kinds` lists
the calls by kind.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

import mappings
from bench.table import Row
from cli import cli
from sandbox.demo import demo_seed
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox

__all__ = ["least", "rows"]

_TARGET = 1.1
_STARTERS = Path(mappings.__file__).parent / "starter"
_SETTINGS = "{guard: {changes: 1000000, creates: 1000000}, compare_every: 400d}\n"

#: What the starters look at in HubSpot, one call each; Salesforce's objects go in two calls.
_HUBSPOT_OBJECTS = ("contacts", "companies", "deals", "campaigns", "lists of members")
_SALESFORCE_IDLE = 2

#: Of so few people who changed in HubSpot the history of their stages is read, by one call; of
#: Leads it always is, of so many by one call.
_STAGES_OF, _HISTORIES = 50, 2_500
#: Half of the people are Contacts, and change first. So small a world has Contacts enough.
_PEOPLE = 2_000

#: More than twice the overlap, so that nothing written before is read again.
_LATER = timedelta(minutes=40)
_BETWEEN = timedelta(seconds=10)
_PEOPLE_A_COMPANY, _PEOPLE_A_DEAL, _CAMPAIGNS = 25, 10, 4

_SEARCH_PAGE, _HUBSPOT_BATCH = 200, 100
_QUERY_PAGE, _COLLECTION = 2_000, 200
#: What one Salesforce call reads by id: five queries of 2,000 each.
_READ_AT_ONCE = 10_000
#: Making a job, uploading, starting, one look, and its results; it holds 100 MB of rows.
_JOB = 5
_ROWS_A_JOB = 100_000

_ID = re.compile(r"/(?:\d{5,}|[0-9a-zA-Z]{15,18}|[0-9a-f-]{36})(?=/|$)")


@dataclass(frozen=True, slots=True)
class _World:
    """A sandbox with people in both CRMs that a first run has linked, and the project over it."""

    sandbox: Sandbox
    folder: Path
    contacts: Sequence[str]
    people: Sequence[tuple[str, str]]

    @property
    def contacts_of(self) -> int:
        """How many of the people are Contacts in Salesforce, who come first."""
        return sum(name == "Contact" for name, _ in self.people)

    def run(self) -> tuple[Mapping[System, int], Mapping[System, Counter[str]]]:
        """Sync once; give the calls each CRM had, in all and by kind."""
        logs = {
            System.HUBSPOT: self.sandbox.hubspot_traffic,
            System.SALESFORCE: self.sandbox.salesforce_traffic,
        }
        self.sandbox.clock.move(_BETWEEN)
        for log in logs.values():
            log.reset()
        answer = CliRunner(env=self.sandbox.environment()).invoke(
            cli, ["sync", "--json", "--project", str(self.folder)]
        )
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        if answer.exit_code:
            raise RuntimeError(f"sync ended with {answer.exit_code}: {answer.output[-2000:]}")
        kinds = {
            system: Counter(f"{call.method} {_ID.sub('/*', call.path)}" for call in log.calls())
            for system, log in logs.items()
        }
        told = json.loads(answer.stdout)["calls"]
        return {system: int(told[system.value]) for system in logs}, kinds

    def settle(self) -> None:
        """Let time pass, and a run with it, so that nothing written before is read again."""
        self.sandbox.clock.move(_LATER)
        self.run()
        self.sandbox.clock.move(_LATER)

    def edit(self, by: System, count: int, title: str) -> None:
        """Give so many people another job title, as somebody does."""
        if by is System.HUBSPOT:
            for id in self.contacts[:count]:
                self.sandbox.hubspot.edit("contacts", id, {"jobtitle": title})
            return
        for name, id in self.people[:count]:
            self.sandbox.salesforce.edit(name, id, {"Title": title})


def least(by: System | None, contacts: int = 0, leads: int = 0) -> dict[System, int]:
    """Give the fewest calls to each CRM where so many people changed in `by`.

    A batch holds records of one object. Leads go in batches of 200 however many they are: no bulk
    job can be told to leave assignment rules alone.
    """
    changed = contacts + leads
    calls = {System.HUBSPOT: len(_HUBSPOT_OBJECTS), System.SALESFORCE: _SALESFORCE_IDLE}
    if by is System.HUBSPOT:
        calls[System.HUBSPOT] += 0 < changed <= _STAGES_OF
        in_bulk = _JOB * _fewest(contacts, _ROWS_A_JOB) + _fewest(contacts, _READ_AT_ONCE)
        calls[System.HUBSPOT] += _fewest(changed - _SEARCH_PAGE, _SEARCH_PAGE)
        calls[System.SALESFORCE] += _fewest(changed, _READ_AT_ONCE) + _fewest(leads, _COLLECTION)
        calls[System.SALESFORCE] += min(_fewest(contacts, _COLLECTION), in_bulk)
    elif by is System.SALESFORCE:
        calls[System.HUBSPOT] += 2 * _fewest(changed, _HUBSPOT_BATCH)
        calls[System.SALESFORCE] += _fewest(leads, _HISTORIES)
        for one in (contacts, leads):
            calls[System.SALESFORCE] += _fewest(one - _QUERY_PAGE, _QUERY_PAGE)
    return calls


def rows(*, full: bool) -> Iterator[Row]:
    """Give the calls of an idle run and of changes on either side beside the least possible."""
    yield from _measured((1, 100, 1_000, 10_000, 100_000) if full else (1, 100, 1_000))


def _measured(sizes: Sequence[int], *, kinds: bool = False) -> Iterator[Row]:
    with _world(max(_PEOPLE, *sizes)) as world:
        calls, told = world.run()
        _tell("idle, all of it in the overlap", told, wanted=kinds)
        world.settle()
        calls, told = world.run()
        _tell("idle", told, wanted=kinds)
        yield _row("idle run", "all starters, HubSpot", calls, least(None), System.HUBSPOT)
        yield _row("idle run", "all starters, Salesforce", calls, least(None), System.SALESFORCE)
        for by in (System.HUBSPOT, System.SALESFORCE):
            for changed in sizes:
                world.settle()
                world.edit(by, changed, f"{by.value} {changed}")
                calls, told = world.run()
                size = f"{changed:,} changed in {by.value}"
                _tell(size, told, wanted=kinds)
                contacts = min(changed, world.contacts_of)
                fewest = least(by, contacts, changed - contacts)
                yield _row("calls for a change", size, calls, fewest)


def _row(
    measure: str,
    size: str,
    calls: Mapping[System, int],
    fewest: Mapping[System, int],
    only: System | None = None,
) -> Row:
    systems = tuple(calls) if only is None else (only,)
    return Row(
        measure=measure,
        size=size,
        figure=sum(calls[one] for one in systems),
        unit="calls",
        beside="least possible",
        other=sum(fewest[one] for one in systems),
        target=_TARGET if only is None else 1.0,
        note=", ".join(f"{one.value} {calls[one]} beside {fewest[one]}" for one in systems),
    )


def _fewest(records: int, size: int) -> int:
    return -(-max(0, records) // size)


def _tell(what: str, told: Mapping[System, Counter[str]], *, wanted: bool) -> None:
    for system, counts in told.items() if wanted else ():
        for kind, count in sorted(counts.items()):
            print(f"  {what}: {system.value} {count:>5} {kind}", file=sys.stderr)


@contextmanager
def _world(people: int) -> Iterator[_World]:
    with (
        tempfile.TemporaryDirectory(prefix="revloop-bench-") as name,
        Sandbox(list(_seed(people)), limits=False) as sandbox,
    ):
        folder = Path(name)
        (folder / "mappings").mkdir()
        for starter in _STARTERS.glob("*.yaml"):
            text = starter.read_text(encoding="utf-8")
            (folder / "mappings" / starter.name).write_text(text, encoding="utf-8")
        (folder / "revloop.yaml").write_text(_SETTINGS, encoding="utf-8")
        records = sandbox.salesforce.database
        contacts = sandbox.hubspot.ids("contacts")
        world = _World(
            sandbox,
            folder,
            contacts,
            [(of, id) for of in ("Contact", "Lead") for id in records.table(of).rows],
        )
        world.run()
        yield world


def _seed(people: int) -> Iterator[JsonObject]:
    """Give people on both sides, the first half as Contacts, with companies, deals, campaigns."""
    for line in demo_seed():
        if "field" in line:
            yield dict(line)
    integration: JsonObject = {"email": "integration@sandbox.invalid", "lastName": "Integration"}
    yield _hubspot("owners", "integration", **integration)
    for number in range(max(1, people // _PEOPLE_A_COMPANY)):
        domain = f"company{number}.example"
        yield _hubspot("companies", f"hc{number}", name=f"Company {number}", domain=domain)
        yield _salesforce("Account", f"sa{number}", Name=f"Company {number}", Website=domain)
    for number in range(_CAMPAIGNS):
        yield _salesforce("Campaign", f"ca{number}", Name=f"Fair {number}")
    for number in range(people):
        companies = max(1, people // _PEOPLE_A_COMPANY)
        yield from _person(number, companies=companies, leads_from=people // 2)


def _person(number: int, *, companies: int, leads_from: int) -> Iterator[JsonObject]:
    email, last = f"person.{number}@example.com", f"Last {number}"
    yield _hubspot("contacts", f"hp{number}", email=email, lastname=last, company="Example")
    if number >= leads_from:
        yield _salesforce("Lead", f"sl{number}", Email=email, LastName=last, Company="Example")
        return
    account: Json = {"key": f"sa{number % companies}"}
    person: JsonObject = {"Email": email, "LastName": last, "AccountId": account}
    yield _salesforce("Contact", f"sc{number}", **person)
    if number % _PEOPLE_A_DEAL == 0:
        deal: JsonObject = {"Name": f"Deal {number}", "AccountId": account}
        stage: JsonObject = {"StageName": "Prospecting", "CloseDate": "2027-12-31"}
        yield _salesforce("Opportunity", f"so{number}", **deal, **stage)
        ends: JsonObject = {
            "OpportunityId": {"key": f"so{number}"},
            "ContactId": {"key": f"sc{number}"},
        }
        yield _salesforce("OpportunityContactRole", f"sr{number}", **ends)
        campaign: Json = {"key": f"ca{number % _CAMPAIGNS}"}
        yield _salesforce(
            "CampaignMember", f"sm{number}", CampaignId=campaign, ContactId=ends["ContactId"]
        )


def _hubspot(of: str, key: str, **values: Json) -> JsonObject:
    return {"system": "hubspot", "object": of, "key": key, "properties": dict(values)}


def _salesforce(of: str, key: str, **values: Json) -> JsonObject:
    return {"system": "salesforce", "object": of, "key": key, "fields": dict(values)}


def main() -> None:
    """Print the calls of each kind of run beside the fewest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changed", type=int, nargs="+", default=[1, 100, 1_000])
    parser.add_argument("--kinds", action="store_true")
    wanted = parser.parse_args()
    for row in _measured(wanted.changed, kinds=wanted.kinds):
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        print(
            f"{row.measure}, {row.size}: {row.figure:,.0f}, least {row.other}, {ratio} {row.note}"
        )


if __name__ == "__main__":
    main()
