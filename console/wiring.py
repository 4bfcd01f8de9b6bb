"""Putting a project together: its mapping, both CRMs, its state, and a run over them."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sync.domain.errors import (
    AccountNotSupportedError,
    MappingError,
    NoStateError,
    NoSuchObjectError,
    UsageError,
)
from sync.domain.record import Side

if TYPE_CHECKING:
    from connectors.hubspot import HubSpotSettings
    from mappings.bound import BoundPair
    from mappings.identity import Directories
    from mappings.lifecycle.model import Lifecycle
    from mappings.model import PairMapping
    from mappings.project import Project
    from sync.domain.new_fields import FieldMaker
    from sync.domain.ports import Crm
    from sync.domain.schema import ObjectShape
    from sync.domain.stopping import Stop
    from sync.domain.store import Store
    from sync.engine.sales_desk import SalesDesk
    from sync.engine.session import Progress, Session
    from sync.state import SqlStore

__all__ = [
    "IN_FLIGHT",
    "ProjectFiles",
    "Purpose",
    "Workshop",
    "chosen_pairs",
    "directories_of",
    "hubspot_crm",
    "hubspot_fields",
    "now",
    "open_workshop",
    "read_files",
    "salesforce_crm",
    "session_of",
]

#: A run that does not say it is alive for this long has lost its right to run.
LEASE = timedelta(seconds=60)

#: How many links are merged at once: Salesforce reads the other sides of all by one call.
MERGED_AT_ONCE = 2_500

#: How many batches are under way to one CRM at once: enough to keep both it and this machine at
#: work, and far below the 25 long calls Salesforce lets all programs together make.
IN_FLIGHT = 4


def now() -> datetime:
    """Give the time now, in UTC."""
    return datetime.now(UTC)


class Purpose(Enum):
    """What a project is opened for, which decides when its state is made."""

    LOOK = "look"  # a state that is not there reads as an empty one, and is not made
    KEEP = "keep"  # it is made
    RUN = "run"  # it is made, once both CRMs could be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """A project opened: what its files say, its state, and its time.

    `pairs` are those asked for, `known` the names of all the mapping has.
    """

    project: Project
    pairs: tuple[PairMapping, ...]
    known: frozenset[str]
    store: SqlStore
    clock: Callable[[], datetime] = now


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFiles:
    """What a project's files say."""

    project: Project
    pairs: tuple[PairMapping, ...]


def read_files(
    folder: Path, environment: Mapping[str, str], *, home: Path | None = None
) -> ProjectFiles:
    """Read a project's files; raises what is wrong in them.

    `home` is the project's folder where `folder` is a copy of its files.
    """
    from mappings.loader import load_mappings
    from mappings.project import load_project

    project = load_project(folder, environment, home=home)
    return ProjectFiles(project=project, pairs=load_mappings(project.mappings))


@contextmanager
def open_workshop(
    folder: Path,
    environment: Mapping[str, str],
    *,
    only: str | None = None,
    purpose: Purpose = Purpose.KEEP,
    clock: Callable[[], datetime] = now,
    files: ProjectFiles | None = None,
) -> Iterator[Workshop]:
    """Open a project: check its files, then its state; nothing is called yet.

    `files` are those read before, where there are any.
    """
    files = files or read_files(folder, environment)
    project, pairs = files.project, files.pairs
    known = frozenset(pair.pair for pair in pairs)
    if only is not None:
        pairs = chosen_pairs(pairs, only)
    if purpose is Purpose.RUN:
        # What is missing is said before anything is made.
        hubspot_crm(project).close()
        salesforce_crm(project).close()
    with _open_state(project.state, purpose) as store:
        yield Workshop(project=project, pairs=pairs, known=known, store=store, clock=clock)


def chosen_pairs(pairs: tuple[PairMapping, ...], only: str) -> tuple[PairMapping, ...]:
    """Give the one pair asked for, with its lists; raises UsageError where there is none."""
    from sync.domain.plan import is_part_of

    # The lists of a pair are pairs of their own, and belong to it.
    chosen = tuple(pair for pair in pairs if pair.pair == only or is_part_of(pair.pair, only))
    if not chosen:
        names = ", ".join(pair.pair for pair in pairs)
        raise UsageError(f"there is no pair {only!r}; the mapping has {names}")
    return chosen


def _open_state(url: str, purpose: Purpose) -> SqlStore:
    from sync.state import open_store

    try:
        return open_store(url, create=purpose is not Purpose.LOOK)
    except NoStateError:
        return open_store("sqlite://")


def hubspot_crm(
    project: Project,
    *,
    may_write: Callable[[], object] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Crm:
    """Connect to the project's HubSpot account; raises CredentialError where there is no token.

    `may_write` is asked before each call that writes.
    """
    from connectors.hubspot import connect

    return connect(_hubspot_settings(project), may_write=may_write, sleep=sleep)


def hubspot_fields(project: Project) -> FieldMaker:
    """Give what makes fields in the project's HubSpot account; nothing is called yet."""
    from connectors.hubspot.properties import connect_properties

    return connect_properties(_hubspot_settings(project))


def _hubspot_settings(project: Project) -> HubSpotSettings:
    from connectors.hubspot import ApiVersion, HubSpotSettings

    access = project.hubspot
    return HubSpotSettings(
        access_token=access.token,
        client_id=access.client_id,
        client_secret=access.client_secret,
        refresh_token=access.refresh_token,
        base_url=access.base_url or "https://api.hubapi.com",
        leave=access.leave,
        # HubSpotSettings checks the word and names the known ones.
        api_version=access.api_version or ApiVersion.NUMBERED,  # type: ignore[arg-type]
    )


def salesforce_crm(
    project: Project,
    *,
    may_write: Callable[[], object] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Crm:
    """Connect to the project's Salesforce org; raises ConfigError where a setting is missing.

    `may_write` is asked before each call that writes.
    """
    from connectors.salesforce import AuthKind, SalesforceSettings, connect
    from connectors.salesforce.settings import DEFAULT_API_VERSION, DEFAULT_BULK_FROM

    access = project.salesforce
    word = access.auth or AuthKind.SESSION
    known = [kind.value for kind in AuthKind]
    if word not in known:
        raise UsageError(f"salesforce.auth: {word!r} is not one of {', '.join(known)}")
    settings = SalesforceSettings(
        auth=AuthKind(word),
        instance_url=access.instance_url,
        access_token=access.access_token,
        domain=access.domain,
        client_id=access.client_id,
        client_secret=access.client_secret,
        username=access.username,
        private_key=access.private_key,
        refresh_token=access.refresh_token,
        api_version=access.api_version or DEFAULT_API_VERSION,
        leave=access.leave,
        bulk_from=DEFAULT_BULK_FROM if access.bulk_from is None else access.bulk_from,
    )
    return connect(settings, may_write=may_write, sleep=sleep)


@contextmanager
def session_of(
    workshop: Workshop,
    *,
    kind: str,
    progress: Progress,
    clock: Callable[[], datetime] | None = None,
    sleep: Callable[[float], None] | None = None,
    stop: Stop | None = None,
) -> Iterator[Session]:
    """Begin a run over a project: both CRMs, the lease, the mapping bound to live schemas.

    `clock` tells another time than the project's, `sleep` replaces the pauses. Without a `stop`
    signals ask this run to end. Raises RunLockedError at once where another run holds the lease.
    """
    from console.facts_wiring import facts_desk
    from console.plans import forget_old
    from console.run_ends import end_written
    from console.sales_wiring import sales_desk
    from console.stopping import pause, stopped_by_signals
    from console.upkeep import tidy
    from sync.engine.ahead import Ahead
    from sync.engine.session import Session, Settings
    from sync.ops.logging import of_run

    store, project, clock = workshop.store, workshop.project, clock or workshop.clock
    with ExitStack() as stack:
        stop = stop or stack.enter_context(stopped_by_signals())
        rest = sleep or partial(pause, stop)
        # Both are made before anything is called, so that a missing setting is said at once.
        ours = store.runs.ensure_ours
        crms = {
            Side.LEFT: hubspot_crm(project, may_write=ours, sleep=rest),
            Side.RIGHT: salesforce_crm(project, may_write=ours, sleep=rest),
        }
        for crm in crms.values():
            stack.callback(crm.close)
        lease = store.runs.lease(f"{socket.gethostname()}:{os.getpid()}", now=clock(), ttl=LEASE)
        stack.callback(lease.release)
        run = store.runs.begin(kind, clock())
        stack.enter_context(of_run(f"r{run}"))
        stack.enter_context(end_written(store, run, clock=clock))
        forget_old(store, now=clock())
        tidy(store, project, now=clock())
        without: dict[str, str] = {}
        pairs = bind_pairs(workshop, crms, at=clock(), without=without)
        sales = sales_desk(workshop, crms, at=clock())
        # Below whatever looks into the state: reading ahead is done by threads, which must not.
        ahead = {side: Ahead(crm) for side, crm in crms.items()}
        yield Session(
            pairs=pairs,
            crms=_without_forgotten(store, pairs, ahead, sales),
            store=store,
            settings=Settings(
                guard=project.guard,
                overlap=project.overlap,
                compare_every=project.compare_every,
                merged=MERGED_AT_ONCE,
                in_flight=IN_FLIGHT,
            ),
            clock=clock,
            sleep=rest,
            stop=stop,
            run=run,
            known=workshop.known,
            lease=lease,
            progress=progress,
            without=without,
            sales=sales,
            facts=facts_desk(workshop),
        )


def _without_forgotten(
    store: Store, pairs: tuple[BoundPair, ...], crms: Mapping[Side, Crm], sales: SalesDesk | None
) -> Mapping[Side, Crm]:
    """Give both CRMs as they are without the people who were forgotten; as they are, mostly."""
    if not store.forgotten.all():
        return crms
    from sync.engine.sieve import Sieve
    from sync.engine.veil import Veil

    sieve = Sieve(store, pairs, sales=sales.names if sales is not None else None)
    return {side: Veil(crm, side, sieve) for side, crm in crms.items()}


def bind_pairs(
    workshop: Workshop,
    crms: Mapping[Side, Crm],
    *,
    at: datetime,
    strict: bool = False,
    without: dict[str, str] | None = None,
) -> tuple[BoundPair, ...]:
    """Bind every pair to the schemas of both CRMs; raises MappingErrors with all findings.

    With `strict` also with those a run can live with. A pair whose object an account does not give
    is left out, and the reason put into `without`; where that is None, it is raised.
    """
    from console.sales_wiring import names_of_sales, read_lifecycle_of
    from mappings.bind import bind
    from mappings.findings import MappingErrors
    from mappings.live import check_live, people_fields
    from mappings.outcomes import outcomes_of
    from sync.domain.funnel import STAGE

    bound = list(_described(workshop, crms, at=at, without=without))
    paused = {
        pair.pair: frozenset[str]() if strict else _lost(workshop.store, pair, found)
        for pair, found in bound
    }
    findings = [
        finding
        for pair, found in bound
        for finding in check_live(
            pair, found[Side.LEFT], found[Side.RIGHT], paused=paused[pair.pair], strict=strict
        )
    ]
    if findings:
        raise MappingErrors(findings)
    asked = any(people_fields(pair, found[Side.LEFT], found[Side.RIGHT]) for pair, found in bound)
    directories = directories_of(workshop.store, crms if asked else {}, at=at)
    lifecycle = read_lifecycle_of(workshop.project)
    for pair, found in bound if lifecycle is not None and not strict else ():
        if _has_lost_stages(workshop.store, pair, lifecycle, found):
            paused[pair.pair] |= {STAGE}
    names = names_of_sales(workshop, crms, at=at)
    return tuple(
        bind(
            pair,
            found[Side.LEFT],
            found[Side.RIGHT],
            paused=paused[pair.pair],
            directories=directories,
            lifecycle=lifecycle,
            outcomes=outcomes_of(
                pair, found[Side.LEFT], found[Side.RIGHT], names=names, lifecycle=lifecycle
            )
            if names is not None
            else None,
        )
        for pair, found in bound
    )


def _lost(
    store: Store, pair: PairMapping, found: Mapping[Side, Mapping[str, ObjectShape]]
) -> frozenset[str]:
    """Name the fields a CRM lacks now that were there in an earlier run by the same line (F20)."""
    from mappings.fingerprint import field_fingerprint
    from mappings.live import missing_fields

    missing = missing_fields(pair, found[Side.LEFT], found[Side.RIGHT])
    kept = store.lines.of(pair.pair) if missing else {}
    return frozenset(
        name
        for name in missing
        if name in kept and json.loads(kept[name])[0] == field_fingerprint(pair, name)
    )


def _has_lost_stages(
    store: Store,
    pair: PairMapping,
    lifecycle: Lifecycle | None,
    found: Mapping[Side, Mapping[str, ObjectShape]],
) -> bool:
    """Tell whether a CRM lacks now what the stages name, and did not in an earlier run (F20)."""
    from mappings.funnel import funnel_fingerprint
    from mappings.lifecycle.checks import has_stages
    from mappings.lifecycle.live import lost_stages
    from sync.domain.funnel import STAGE

    left = found[Side.LEFT].get(pair.hubspot)
    if lifecycle is None or left is None or not has_stages(pair):
        return False
    if lost_stages(lifecycle, left, found[Side.RIGHT]) is None:
        return False
    kept = store.lines.of(pair.pair).get(STAGE)
    return kept is not None and json.loads(kept)[0] == funnel_fingerprint(lifecycle)


def _described(
    workshop: Workshop,
    crms: Mapping[Side, Crm],
    *,
    at: datetime,
    without: dict[str, str] | None,
) -> Iterator[tuple[PairMapping, dict[Side, dict[str, ObjectShape]]]]:
    """Give each pair with the shapes of its objects on both sides."""
    from mappings.findings import MappingErrors
    from sync.engine.shapes import read_shapes

    for pair in workshop.pairs:
        try:
            shapes = {
                side: read_shapes(workshop.store, crms[side], side, pair.objects(side), now=at)
                for side in Side
            }
        except AccountNotSupportedError as fault:
            if without is None:
                raise
            without[pair.pair] = str(fault)
            continue
        except NoSuchObjectError as fault:
            raise MappingErrors([_not_there(pair, fault)]) from fault
        yield pair, shapes


def _not_there(pair: PairMapping, fault: NoSuchObjectError) -> MappingError:
    from mappings.objects import no_such_object
    from mappings.words import SIDE_KEYS

    side = Side.LEFT if fault.object_name in pair.objects(Side.LEFT) else Side.RIGHT
    return pair.places.at_value(
        (SIDE_KEYS[side],), no_such_object(side, fault.object_name, fault.known)
    )


def directories_of(store: Store, crms: Mapping[Side, Crm], *, at: datetime) -> Directories:
    """Give who is who in both CRMs: people as read within the last hour, records by their links.

    Without CRMs, nobody is asked for.
    """
    from mappings.identity import Directories
    from mappings.people import People
    from sync.engine.people import read_people
    from sync.engine.references import LinkedPair

    records = partial(LinkedPair, links=store.links)
    if not crms:
        return Directories(records=records)
    people = {side: read_people(store, crm, side, now=at) for side, crm in crms.items()}
    return Directories(people=People(people), records=records)
