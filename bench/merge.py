"""Merging and planning: links a second with 20 fields each.

    python -m bench.merge [--links 10000] [--profile]

Three numbers, each with one of the 20 fields edited on every link: the floor, which is the
decisions alone; the merge of one record after the other as the engine does it, from values and
shadows at hand; and the whole plan with reading and state, over CRMs in memory.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from bench.people import contact, definitions, lead
from bench.table import Limit, Row
from bench.world import ANY_NUMBER, at_once, new_project
from connectors.hubspot import HubSpotSettings
from connectors.hubspot import connect as connect_hubspot
from connectors.memory import MemoryBench, MemoryCrm
from console.wiring import now, open_workshop, salesforce_crm
from mappings.bind import bind
from mappings.bound import BoundPair
from sandbox.jsontypes import Json, JsonObject
from sandbox.server import Sandbox
from sync.domain.merge import FieldView, SideView, merge_field
from sync.domain.record import Native, Side
from sync.domain.rules import FieldRule
from sync.domain.schema import ObjectShape
from sync.engine.reconcile import merge_linked
from sync.engine.run import make_plan, sync
from sync.engine.session import Session, Settings

__all__ = ["decide_all", "linked_session", "rows"]

#: Links a second.
_TO_REACH = 20_000

_OBJECTS = {Side.LEFT: ("contacts",), Side.RIGHT: ("Contact", "Lead")}


def shapes() -> dict[Side, dict[str, ObjectShape]]:
    """Fetch the schemas of both CRMs from a sandbox that holds nobody."""
    with (
        Sandbox(definitions(), limits=False) as sandbox,
        new_project() as folder,
        open_workshop(folder, sandbox.environment()) as workshop,
    ):
        access = workshop.project.hubspot
        left = connect_hubspot(
            HubSpotSettings(access_token=access.token, base_url=access.base_url), sleep=at_once
        )
        right = salesforce_crm(workshop.project)
        found = {
            side: {name: crm.describe(name) for name in _OBJECTS[side]}
            for side, crm in ((Side.LEFT, left), (Side.RIGHT, right))
        }
        left.close()
        right.close()
        return found


@contextmanager
def linked_session(count: int) -> Iterator[tuple[Session, MemoryBench]]:
    """Give a session over so many linked people, and the hands to edit them in HubSpot."""
    known = shapes()
    crms = {
        Side.LEFT: MemoryCrm("HubSpot", known[Side.LEFT], clock=now, shows_gone_in_changes=False),
        Side.RIGHT: MemoryCrm(
            "Salesforce",
            known[Side.RIGHT],
            clock=now,
            shows_gone_in_changes=True,
            batch_size=200,
            resolution=timedelta(seconds=1),
        ),
    }
    hands = {side: MemoryBench(crm) for side, crm in crms.items()}
    for number in range(count):
        hands[Side.LEFT].add("contacts", _natives(contact(number), "properties"))
        hands[Side.RIGHT].add("Lead", _natives(lead(number), "fields"))
    with new_project() as folder, open_workshop(folder, {}) as workshop:
        pair = bind(workshop.pairs[0], known[Side.LEFT], known[Side.RIGHT])
        session = Session(
            pairs=(pair,),
            crms=crms,
            store=workshop.store,
            settings=Settings(guard=ANY_NUMBER),
            clock=now,
            sleep=at_once,
            run=workshop.store.runs.begin("sync", now()),
        )
        sync(session)
        yield session, hands[Side.LEFT]


def decide_all(pair: BoundPair, count: int) -> int:
    """Decide all fields of so many links, one of them edited; give how many writes come of it."""
    left, right = _natives(contact(1), "properties"), _natives(lead(1), "fields")
    views = [(rule, _view(rule, left, right)) for rule in pair.rules]
    return sum(
        merge_field(rule, view).target is not None for _ in range(count) for rule, view in views
    )


def _view(rule: FieldRule, left: Mapping[str, Native], right: Mapping[str, Native]) -> FieldView:
    here = left.get(rule.native_name(Side.LEFT, "contacts") or "")
    there = right.get(rule.native_name(Side.RIGHT, "Lead") or "")
    edited = f"{here} and more" if rule.name == "job_title" else here
    return FieldView(
        left=SideView(object_name="contacts", now=edited, shadow=here),
        right=SideView(object_name="Lead", now=there, shadow=there),
    )


def _natives(line: JsonObject, key: str) -> dict[str, Native]:
    values = line[key]
    assert isinstance(values, dict)
    return {name: _native(value) for name, value in values.items()}


def _native(value: Json) -> Native:
    return None if value is None else str(value)


def _per_second(work: Callable[[], int]) -> float:
    start = time.process_time()
    count = work()
    return count / (time.process_time() - start)


def rows(*, full: bool) -> Iterator[Row]:
    """Measure the merge and the whole plan beside the decisions alone."""
    count = 10_000 if full else 2_000
    with linked_session(count) as (session, hands):
        pair = session.pairs[0]
        for page in list(session.crms[Side.LEFT].read_stamps("contacts")):
            for record in page:
                hands.edit("contacts", record.ref.id, {"jobtitle": "Somebody else"})
        planned = _per_second(lambda: make_plan(session).counts["contacts"].changes)
        merged = _per_second(lambda: sum(1 for _ in merge_linked(session, pair)))
        floor = _per_second(lambda: decide_all(pair, count))
    size = f"{count:,} links, 20 fields"
    unit = "links/s"
    yield Row(
        measure="decisions alone",
        size=size,
        figure=floor,
        unit=unit,
        target=_TO_REACH,
        limit=Limit.AT_LEAST,
    )
    for measure, figure in (("merge with state", merged), ("plan with reading and state", planned)):
        yield Row(
            measure=measure,
            size=size,
            figure=figure,
            unit=unit,
            beside="decisions alone",
            other=floor,
            note=f"of one core; {_TO_REACH:,} were to be reached",
        )


def main() -> None:
    """Print links a second at each of the three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--profile", action="store_true", help="print where a plan's time goes")
    wanted = parser.parse_args()
    with linked_session(wanted.links) as (session, hands):
        pair = session.pairs[0]
        for ref in list(session.crms[Side.LEFT].read_stamps("contacts")):
            for record in ref:
                hands.edit("contacts", record.ref.id, {"jobtitle": "Somebody else"})
        profile = cProfile.Profile()
        if wanted.profile:
            profile.enable()
        planned = _per_second(lambda: make_plan(session).counts["contacts"].changes)
        profile.disable()
        merged = _per_second(lambda: sum(1 for _ in merge_linked(session, pair)))
        floor = _per_second(lambda: decide_all(pair, wanted.links))
    print(f"{len(pair.rules)} fields a link, one of them edited; links a second of one core:")
    print(f"  decisions alone (floor)     {floor:>9,.0f}  (to reach: 20,000)")
    print(f"  merge with state            {merged:>9,.0f}  {floor / merged:5.1f} times the floor")
    print(f"  plan with reading and state {planned:>9,.0f}  {floor / planned:5.1f} times the floor")
    if wanted.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
