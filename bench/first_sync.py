"""A first sync beside its floor: a program that only moves the same records.

    python -m bench.first_sync [--people 5000] [--paced]

Of the people HubSpot has, half are in Salesforce too and are linked; leads are made for the
others. Each record then keeps the other's id. The floor uses the same clients in full batches,
matches by e-mail in memory, and keeps nothing. Both run in this process over CRMs served by
another one, each over CRMs of its own. Without `--paced` nothing waits for HubSpot's rate limits,
so that the ratio shows what the sync's own work costs, at its worst.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from bench.people import LEVELS
from bench.world import World, at_once, begin, new_project, serving
from mappings.bound import BoundPair
from sync.domain.ports import ChangeQuery, Crm, Write, WriteKind, WriteOutcome
from sync.domain.record import Fields, Record, Side
from sync.engine.run import sync
from sync.engine.session import Session

__all__ = ["Cost", "measure", "move_only"]

_ALL = "true"
_KEY = {Side.LEFT: "salesforce_id", Side.RIGHT: "HubSpot_Contact_Id__c"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What moving the records took: seconds on the wall and in this process, and calls."""

    wall: float
    processor: float
    calls: dict[str, int]
    linked: int


def measure(work: Callable[[Session], int], people: int, *, sleep: Callable[[float], None]) -> Cost:
    """Do some work over CRMs of its own, and give what it took."""
    with (
        new_project(create_when=_ALL) as folder,
        serving(people, in_salesforce=people // 2) as world,
        begin(folder, world.environment, sleep=sleep) as session,
    ):
        before = world.calls()
        wall, processor = time.perf_counter(), time.process_time()
        linked = work(session)
        return Cost(
            wall=time.perf_counter() - wall,
            processor=time.process_time() - processor,
            calls=_since(before, world),
            linked=linked,
        )


def move_only(session: Session) -> int:
    """Move the same records with the same clients, and do nothing else."""
    pair = session.pairs[0]
    left, right = session.crms[Side.LEFT], session.crms[Side.RIGHT]
    there: dict[str, Record] = {}
    for record in _all(right, "Lead", pair.native_fields(Side.RIGHT, "Lead")):
        there[record.fields["Email"] or ""] = record
    links: list[tuple[str, str]] = []
    missing: list[Record] = []
    for record in _all(left, "contacts", pair.native_fields(Side.LEFT, "contacts")):
        found = there.get(record.fields["email"] or "")
        if found is None:
            missing.append(record)
        else:
            links.append((record.ref.id, found.ref.id))
    _write(right, "Lead", WriteKind.UPDATE, [(b, {_KEY[Side.RIGHT]: a}) for a, b in links])
    names = _names(pair)
    made = _write(
        right,
        "Lead",
        WriteKind.CREATE,
        [(None, {**_renamed(one, names), _KEY[Side.RIGHT]: one.ref.id}) for one in missing],
    )
    links.extend(zip((one.ref.id for one in missing), made, strict=True))
    _write(left, "contacts", WriteKind.UPDATE, [(a, {_KEY[Side.LEFT]: b}) for a, b in links])
    return len(links)


def _all(crm: Crm, object_name: str, fields: tuple[str, ...]) -> Iterator[Record]:
    query = ChangeQuery(object_name=object_name, fields=fields, since=None)
    for page in crm.read_changes(query):
        yield from page


def _names(pair: BoundPair) -> dict[str, str]:
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
    crm: Crm, object_name: str, kind: WriteKind, rows: Sequence[tuple[str | None, Fields]]
) -> list[str]:
    """Write rows in full batches and give their ids."""
    ids: list[str] = []
    left = iter(rows)
    while batch := list(islice(left, crm.batch_size)):
        results = crm.apply(
            [
                Write(token=str(n), kind=kind, object_name=object_name, id=id, values=values)
                for n, (id, values) in enumerate(batch)
            ]
        )
        for result in results:
            assert result.outcome is WriteOutcome.DONE, result
            assert result.id is not None
            ids.append(result.id)
    return ids


def _sync(session: Session) -> int:
    sync(session)
    return session.store.links.count("contacts")


def _since(before: Mapping[str, int], world: World) -> dict[str, int]:
    return {system: count - before[system] for system, count in world.calls().items()}


def main() -> None:
    """Print both costs and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--paced", action="store_true", help="keep HubSpot's rate limits")
    wanted = parser.parse_args()
    sleep = time.sleep if wanted.paced else at_once
    costs = {
        "floor": measure(move_only, wanted.people, sleep=sleep),
        "sync": measure(_sync, wanted.people, sleep=sleep),
    }
    for name, cost in costs.items():
        calls = ", ".join(f"{count} {system}" for system, count in sorted(cost.calls.items()))
        print(
            f"{name:>6}: {cost.wall:7.2f} s on the wall, {cost.processor:7.2f} s of processor, "
            f"calls {calls}, {cost.linked:,} links"
        )
    floor, ours = costs["floor"], costs["sync"]
    print(
        f" ratio: {ours.wall / floor.wall:.2f} on the wall (to reach: at most 1.30), "
        f"{ours.processor / floor.processor:.2f} of processor, "
        f"{sum(ours.calls.values()) / sum(floor.calls.values()):.2f} of calls (at most 1.10)"
    )


if __name__ == "__main__":
    main()
