"""What runs cost in calls: nothing changed, one record, a thousand; each beside the fewest.

    python -m bench.idle [--people 8000]

The fewest is what full batches allow when every record that changed is read once, its
counterpart is read once before it is written, and the schedule looks at both CRMs once.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.request import Request, urlopen

from bench.world import World, at_once, begin, new_project, serving
from sync.domain.record import Side
from sync.engine.run import sync

__all__ = ["edit", "fewest", "send"]

_PAGE = 200
_BATCH = {"hubspot": 100, "salesforce": 200}

#: Records one Salesforce call reads by id: five queries of 500.
_READ_AT_ONCE = 2_500
_LATER = timedelta(minutes=20)


def fewest(changed: int, *, by: str) -> dict[str, int]:
    """Give the fewest calls to each CRM for so many records changed in `by`."""
    calls = {"hubspot": 1, "salesforce": 1}
    if by == "hubspot":
        calls["hubspot"] += _pages(changed - _PAGE, _PAGE)
        calls["salesforce"] += _pages(changed, _READ_AT_ONCE)
        calls["salesforce"] += _pages(changed, _BATCH["salesforce"])
    elif by == "salesforce":
        calls["hubspot"] += 2 * _pages(changed, _BATCH["hubspot"])
    return calls


def _pages(records: int, size: int) -> int:
    return -(-max(0, records) // size)


def send(world: World, method: str, path: str, body: Mapping[str, object]) -> None:
    """Call the sandbox's own address, of which no CRM knows."""
    request = Request(  # noqa: S310 - loopback
        f"{world.control}{path}",
        method=method,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request):  # noqa: S310 - loopback
        pass


def edit(world: World, by: str, ids: Sequence[str], value: str) -> None:
    """Give records of one CRM another job title, one by one."""
    for id in ids:
        if by == "hubspot":
            body: dict[str, object] = {"properties": {"jobtitle": value}}
            send(world, "PATCH", f"/hubspot/contacts/{id}", body)
        else:
            send(world, "PATCH", f"/salesforce/Lead/{id}", {"fields": {"Title": value}})


def main() -> None:
    """Print the calls of each kind of run beside the fewest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8_000)
    wanted = parser.parse_args()
    with (
        new_project() as folder,
        serving(wanted.people, in_salesforce=wanted.people // 2) as world,
    ):

        def run() -> dict[str, int]:
            before = world.calls()
            with begin(folder, world.environment, sleep=at_once) as session:
                sync(session)
            return {system: count - before[system] for system, count in world.calls().items()}

        def later() -> None:
            send(world, "POST", "/clock", {"seconds": _LATER.total_seconds()})

        print(f"first sync: {run()}")
        with begin(folder, world.environment) as session:
            linked = [
                record
                for page in session.store.records.iterate("contacts", Side.RIGHT, "Lead")
                for record in page
            ]
            links = session.store.links.of("contacts", Side.RIGHT, [one.ref for one in linked])
        ids = {
            "hubspot": [link.left.id for link in links.values()],
            "salesforce": [link.right.id for link in links.values()],
        }
        _print("nothing changed, all of it in the overlap", run(), fewest(0, by=""))
        later()
        _print("nothing changed, later", run(), fewest(0, by=""))
        for by in ids:
            for changed in (1, 1_000):
                later()
                run()
                later()
                edit(world, by, ids[by][:changed], f"{by} {changed}")
                _print(f"{changed:,} changed in {by}", run(), fewest(changed, by=by))


def _print(what: str, calls: Mapping[str, int], least: Mapping[str, int]) -> None:
    ratio = sum(calls.values()) / sum(least.values())
    print(
        f"{what:<44} HubSpot {calls['hubspot']:>3} (fewest {least['hubspot']:>3}), "
        f"Salesforce {calls['salesforce']:>3} (fewest {least['salesforce']:>3}), "
        f"ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
