"""A pair of CRMs in a process of their own, and runs over them in this one."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from urllib.request import urlopen

from bench.people import MAPPING, definitions, people
from connectors.hubspot import HubSpotSettings
from connectors.hubspot import connect as connect_hubspot
from console.facts_wiring import facts_desk
from console.wiring import IN_FLIGHT, bind_pairs, now, open_workshop, salesforce_crm
from mappings.guard import Guard
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule, WireFault
from sync.domain.record import Side
from sync.engine.ahead import Ahead
from sync.engine.session import Session, Settings

__all__ = ["ANY_NUMBER", "World", "at_once", "begin", "new_project", "serving"]

_ROOT = Path(__file__).resolve().parent.parent
_ALWAYS = 1_000_000_000
#: A guard that lets everything through.
ANY_NUMBER = Guard.model_validate({"changes": "100000000", "creates": "100000000"})


@dataclass(frozen=True, slots=True)
class World:
    """Two CRMs that serve: how to reach them, and where to ask what they were called for."""

    environment: Mapping[str, str]
    control: str

    def calls(self) -> dict[str, int]:
        """Give how many calls each CRM has had."""
        with urlopen(f"{self.control}/calls/counts") as answer:  # noqa: S310 - loopback
            counts = json.load(answer)
        return {system: sum(kinds.values()) for system, kinds in counts.items()}


@contextmanager
def serving(count: int, *, in_salesforce: int, seconds: float = 0.0) -> Iterator[World]:
    """Serve so many made-up people, the first of them in Salesforce too, in another process.

    Each call is answered so many seconds after it was carried out.
    """
    words = [sys.executable, "-m", "bench.world", str(count), str(in_salesforce), str(seconds)]
    with subprocess.Popen(  # noqa: S603 - this very file
        words, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            yield World(environment=told["environment"], control=told["control"])
        finally:
            process.stdin.close()


def at_once(_seconds: float) -> None:
    """Wait for nothing: the sandbox grants any pace, and what is measured is this side's work."""


@contextmanager
def new_project(*, create_when: str | None = None) -> Iterator[Path]:
    """Give a project folder with the mapping of 20 fields; `create_when` rules new leads."""
    with tempfile.TemporaryDirectory(prefix="revloop-bench-") as name:
        folder = Path(name)
        (folder / "mappings").mkdir()
        text = MAPPING
        if create_when is not None:
            text = text.replace('record.seniority == "Executive"', create_when)
        (folder / "mappings" / "contacts.yaml").write_text(text, encoding="utf-8")
        yield folder


@contextmanager
def begin(
    folder: Path,
    environment: Mapping[str, str],
    *,
    sleep: Callable[[float], None] = sleep,
    in_flight: int = IN_FLIGHT,
) -> Iterator[Session]:
    """Begin a run over a project as the commands do, with a guard that lets everything through.

    `sleep` is what keeps HubSpot's pace; hand over `at_once` to measure without it. `in_flight` is
    how many batches may be under way to one CRM at once.
    """
    with ExitStack() as stack:
        workshop = stack.enter_context(open_workshop(folder, environment))
        access = workshop.project.hubspot
        settings = HubSpotSettings(access_token=access.token, base_url=access.base_url)
        crms = {
            Side.LEFT: Ahead(connect_hubspot(settings, sleep=sleep)),
            Side.RIGHT: Ahead(salesforce_crm(workshop.project)),
        }
        for crm in crms.values():
            stack.callback(crm.close)
        yield Session(
            pairs=bind_pairs(workshop, crms, at=now()),
            crms=crms,
            store=workshop.store,
            settings=Settings(guard=ANY_NUMBER, in_flight=in_flight),
            clock=now,
            sleep=sleep,
            run=workshop.store.runs.begin("sync", now()),
            facts=facts_desk(workshop),
        )


def _late(seconds: float) -> list[FaultRule]:
    """Have every call of both CRMs answered late."""
    return [
        FaultRule(system=system, kind=WireFault.LATE, times=_ALWAYS, seconds=seconds)
        for system in ("hubspot", "salesforce")
        if seconds > 0
    ]


def _serve() -> None:
    parser = argparse.ArgumentParser(description="Serve made-up people until input ends.")
    parser.add_argument("count", type=int)
    parser.add_argument("in_salesforce", type=int)
    parser.add_argument("seconds", type=float)
    wanted = parser.parse_args()
    seed = [
        *definitions(),
        *people(range(wanted.count), in_salesforce=range(wanted.in_salesforce)),
    ]
    sandbox = Sandbox(seed, limits=False, faults=_late(wanted.seconds))
    del seed
    with sandbox:
        told = {"environment": sandbox.environment(), "control": sandbox.control_url}
        print(json.dumps(told), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _serve()
