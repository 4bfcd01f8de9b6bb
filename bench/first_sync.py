"""A first sync beside its floor: a program that only moves the same records.

    python -m bench.first_sync [--people 5000] [--late 0.15] [--one] [--paced]

Of the people HubSpot has, half are in Salesforce too and are linked; leads are made for the
others. Each record then keeps the other's id. The floor uses the same clients in full batches,
matches by e-mail in memory, and keeps nothing; it has as many calls under way at once as the sync,
and reads both CRMs at the same time. Both run in this process over CRMs served by another one, each
over CRMs of its own.

`--late` has each call of both CRMs answered so many seconds late, which is what an admin sees: a
real CRM takes its time for a batch. At 0 both answer at once, and the ratio shows what the sync's
own work costs, at its worst. `--one` has one call under way at a time. `--paced` keeps HubSpot's
rate limits.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice

from bench.people import LEVELS
from bench.table import Row
from bench.world import World, at_once, begin, new_project, serving
from console.wiring import IN_FLIGHT
from mappings.bound import BoundPair
from sync.domain.ports import ChangeQuery, Crm, Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Fields, Record, Side
from sync.engine.run import sync
from sync.engine.session import Session

__all__ = [
    "ALL",
    "LATE",
    "Cost",
    "measure",
    "move_only",
    "names_of",
    "rows",
    "since",
    "sync_once",
]

#: Rules that a lead is made for everybody.
ALL = "true"
#: What a batch takes in a real CRM, in seconds, and how much longer than its floor a sync may take.
LATE = 0.15
_TARGET = 1.3
_KEY = {Side.LEFT: "salesforce_id", Side.RIGHT: "HubSpot_Contact_Id__c"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What moving the records took: seconds on the wall and in this process, and calls."""

    wall: float
    processor: float
    calls: dict[str, int]
    linked: int


def measure(
    work: Callable[[Session], int],
    people: int,
    *,
    sleep: Callable[[float], None],
    late: float = 0.0,
    in_flight: int = IN_FLIGHT,
) -> Cost:
    """Do some work over CRMs of its own, and give what it took."""
    with (
        new_project(create_when=ALL) as folder,
        serving(people, in_salesforce=people // 2, seconds=late) as world,
        begin(folder, world.environment, sleep=sleep, in_flight=in_flight) as session,
    ):
        before = world.calls()
        wall, processor = time.perf_counter(), time.process_time()
        linked = work(session)
        return Cost(
            wall=time.perf_counter() - wall,
            processor=time.process_time() - processor,
            calls=since(before, world),
            linked=linked,
        )


def move_only(session: Session) -> int:
    """Move the same records with the same clients, and do nothing else."""
    pair, at_once = session.pairs[0], session.settings.in_flight
    left, right = session.crms[Side.LEFT], session.crms[Side.RIGHT]
    leads = _all(right, "Lead", pair.native_fields(Side.RIGHT, "Lead"))
    people = _all(left, "contacts", pair.native_fields(Side.LEFT, "contacts"))
    there: dict[str, Record] = {record.fields["Email"] or "": record for record in leads}
    links: list[tuple[str, str]] = []
    missing: list[Record] = []
    for record in people:
        found = there.get(record.fields["email"] or "")
        if found is None:
            missing.append(record)
        else:
            links.append((record.ref.id, found.ref.id))
    names = names_of(pair)
    new = [(None, {**_renamed(one, names), _KEY[Side.RIGHT]: one.ref.id}) for one in missing]
    with ThreadPoolExecutor(at_once) as to_left, ThreadPoolExecutor(at_once) as to_right:
        made = _write(to_right, right, "Lead", WriteKind.CREATE, new)
        kept = _write(
            to_right,
            right,
            "Lead",
            WriteKind.UPDATE,
            [(b, {_KEY[Side.RIGHT]: a}) for a, b in links],
        )
        first = [(a, {_KEY[Side.LEFT]: b}) for a, b in links]
        kept += _write(to_left, left, "contacts", WriteKind.UPDATE, first)
        pairs = list(zip((one.ref.id for one in missing), _ids(made), strict=True))
        rest = [(a, {_KEY[Side.LEFT]: b}) for a, b in pairs]
        kept += _write(to_left, left, "contacts", WriteKind.UPDATE, rest)
        _ids(kept)
    return len(links) + len(pairs)


def _all(crm: Crm, object_name: str, fields: tuple[str, ...]) -> Iterable[Record]:
    """Read all records; one at the border of two searches comes twice."""
    query = ChangeQuery(object_name=object_name, fields=fields, since=None)
    found = {record.ref: record for page in crm.read_changes(query) for record in page}
    return found.values()


def names_of(pair: BoundPair) -> dict[str, str]:
    """Give what Salesforce calls each field of HubSpot's."""
    found = {}
    for rule in pair.rules:
        left = rule.native_name(Side.LEFT, "contacts")
        right = rule.native_name(Side.RIGHT, "Lead")
        if left is not None and right is not None:
            found[left] = right
    return found


def _renamed(record: Record, names: Mapping[str, str]) -> Fields:
    values = {right: record.fields[left] for left, right in names.items()}
    return {name: LEVELS.get(value or "", value) for name, value in values.items()}


def _write(
    pool: ThreadPoolExecutor,
    crm: Crm,
    object_name: str,
    kind: WriteKind,
    rows: Sequence[tuple[str | None, Fields]],
) -> list[Future[Sequence[WriteResult]]]:
    """Send rows in full batches."""
    sent = []
    left = iter(rows)
    while batch := list(islice(left, crm.batch_size)):
        writes = [
            Write(token=str(n), kind=kind, object_name=object_name, id=id, values=values)
            for n, (id, values) in enumerate(batch)
        ]
        sent.append(pool.submit(crm.apply, writes))
    return sent


def _ids(sent: Iterable[Future[Sequence[WriteResult]]]) -> list[str]:
    """Wait for what was sent, and give the ids of its rows."""
    ids: list[str] = []
    for result in chain.from_iterable(one.result() for one in sent):
        assert result.outcome is WriteOutcome.DONE, result
        assert result.id is not None
        ids.append(result.id)
    return ids


def sync_once(session: Session) -> int:
    """Run once; give how many links there are."""
    sync(session)
    return session.store.links.count("contacts")


def since(before: Mapping[str, int], world: World) -> dict[str, int]:
    """Give how many calls each CRM has had since then."""
    return {system: count - before[system] for system, count in world.calls().items()}


def rows(*, full: bool) -> Iterator[Row]:
    """Measure a first sync with CRMs that take their time, and with such as answer at once."""
    for people in (10_000, 100_000) if full else (2_000,):
        for late in (LATE, 0.0):
            floor = measure(move_only, people, sleep=at_once, late=late)
            ours = measure(sync_once, people, sleep=at_once, late=late)
            assert ours.linked == floor.linked, (ours, floor)
            takes = f"each call takes {late * 1000:.0f} ms" if late else "calls take no time"
            yield Row(
                measure="first sync",
                size=f"{people:,} people, {takes}",
                figure=ours.wall,
                unit="s",
                beside="the same records moved, and nothing else",
                other=floor.wall,
                target=_TARGET if late else None,
                note=f"{ours.processor:.0f} s of the processor, that {floor.processor:.0f} s",
            )
    yield Row(
        measure="first sync",
        size=f"{people:,} people",
        figure=sum(ours.calls.values()),
        unit="calls",
        beside="the same records moved, and nothing else",
        other=sum(floor.calls.values()),
        target=1.1,
    )


def main() -> None:
    """Print both costs and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--late", type=float, default=0.0, help="seconds each call takes")
    parser.add_argument("--one", action="store_true", help="one call under way at a time")
    parser.add_argument("--paced", action="store_true", help="keep HubSpot's rate limits")
    wanted = parser.parse_args()
    how = {
        "sleep": time.sleep if wanted.paced else at_once,
        "late": wanted.late,
        "in_flight": 1 if wanted.one else IN_FLIGHT,
    }
    costs = {
        "floor": measure(move_only, wanted.people, **how),
        "sync": measure(sync_once, wanted.people, **how),
    }
    for name, cost in costs.items():
        calls = ", ".join(f"{count} {system}" for system, count in sorted(cost.calls.items()))
        print(
            f"{name:>6}: {cost.wall:7.2f} s on the wall, {cost.processor:7.2f} s of processor, "
            f"calls {calls}, {cost.linked:,} links"
        )
    floor, ours = costs["floor"], costs["sync"]
    print(
        f" ratio: {ours.wall / floor.wall:.2f} on the wall (to reach: at most {_TARGET:.2f}), "
        f"{ours.processor / floor.processor:.2f} of processor, "
        f"{sum(ours.calls.values()) / sum(floor.calls.values()):.2f} of calls (at most 1.10)"
    )


if __name__ == "__main__":
    main()
