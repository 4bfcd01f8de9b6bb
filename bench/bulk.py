"""What a bulk job takes beside collections of 200: calls, and time.

    python -m bench.bulk

Calls are counted at the sandbox's own log, read back included. Time is what an org takes, which
nobody can measure here: every call and every 200 rows of a job take a stated time, pauses are
those the connector makes, and all of it is added up on the sandbox's clock.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bench.table import Row
from connectors.salesforce import SalesforceSettings, connect
from connectors.salesforce.settings import DEFAULT_BULK_FROM
from sandbox.jsontypes import JsonObject
from sandbox.server import Sandbox
from sync.domain.ports import Write, WriteKind, WriteOutcome

__all__ = ["rows"]

_COLLECTION = 200

#: Seconds a call takes on the way, and in the org; what 200 rows take there with their triggers.
_CALL = 0.15
_ROWS = 1.0
#: Seconds a job waits before it begins.
_QUEUED = 5.0
#: How many collections are sent at the same time.
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Cost:
    calls: int
    seconds: float


def rows(*, full: bool) -> Iterator[Row]:
    """Give the calls of a bulk job beside collections, with the time both take."""
    sizes = (500, 1_000, 1_500, 2_000, 5_000, 10_000) if full else (1_000, 1_500, 2_000, 5_000)
    with Sandbox(list(_seed(max(sizes))), limits=False) as sandbox:
        ids = list(sandbox.salesforce.database.table("Contact").rows)
        measured = {
            size: (_written(sandbox, ids[:size], size), _written(sandbox, ids[:size], 0))
            for size in sizes
        }
    for size, (job, collections) in measured.items():
        yield Row(
            measure="bulk job",
            size=f"{size:,} updates",
            figure=job.calls,
            unit="calls",
            beside="collections of 200",
            other=collections.calls,
            target=0.5 if size >= DEFAULT_BULK_FROM else None,
            note=f"{job.seconds:,.0f} s beside {collections.seconds:,.0f} s, "
            f"{_AT_ONCE} collections at once",
        )
    fewer = [size for size, (job, collections) in measured.items() if job.calls < collections.calls]
    yield Row(
        measure="bulk job: fewer calls from",
        size="updates",
        figure=min(fewer, default=0),
        unit="updates",
        beside="salesforce.bulk_from",
        other=DEFAULT_BULK_FROM,
        target=1.0,
        note=f"a job takes longer at any size: 200 rows {_ROWS} s in both, a call {_CALL} s, a job "
        f"waits {_QUEUED:.0f} s (stated)",
    )


def _written(sandbox: Sandbox, ids: list[str], bulk_from: int) -> _Cost:
    """Write one field of all these records, by a job or (0) by collections."""
    paused: list[float] = []

    def rest(seconds: float) -> None:
        paused.append(seconds)
        sandbox.clock.move(timedelta(seconds=seconds))

    sandbox.salesforce.switches.bulk_job_takes = timedelta(
        seconds=_QUEUED + len(ids) / _COLLECTION * _ROWS
    )
    settings = SalesforceSettings(
        instance_url=sandbox.salesforce_url,
        access_token=sandbox.salesforce_token,
        bulk_from=bulk_from,
    )
    crm = connect(settings, sleep=rest)
    crm.describe("Contact")
    before = crm.usage().calls
    size = crm.batch_size_for("Contact", WriteKind.UPDATE, len(ids))
    for start in range(0, len(ids), size):
        writes = [
            Write(
                token=id,
                kind=WriteKind.UPDATE,
                object_name="Contact",
                id=id,
                values={"Title": f"By {size}"},
                read_back=("Title",),
            )
            for id in ids[start : start + size]
        ]
        if any(one.outcome is not WriteOutcome.DONE for one in crm.apply(writes)):
            raise RuntimeError("an update was refused")
    calls = crm.usage().calls - before
    crm.close()
    if bulk_from:
        return _Cost(calls, calls * _CALL + sum(paused))
    return _Cost(calls, -(-calls // _AT_ONCE) * (_CALL + _ROWS))


def _seed(count: int) -> Iterator[JsonObject]:
    for number in range(count):
        fields: JsonObject = {"LastName": f"P{number}", "Email": f"p{number}@x.example"}
        yield {"system": "salesforce", "object": "Contact", "key": f"c{number}", "fields": fields}


def main() -> None:
    """Print the table's rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    for row in rows(full=parser.parse_args().full):
        print(f"{row.measure}, {row.size}: {row.figure:,.0f}, beside {row.other}; {row.note}")


if __name__ == "__main__":
    main()
