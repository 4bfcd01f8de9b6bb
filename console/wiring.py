"""Putting a project together: its mapping, both CRMs, its state, and a run over them."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from sync.domain.errors import NoStateError, UsageError
from sync.domain.record import Side

if TYPE_CHECKING:
    from mappings.bind import BoundPair
    from mappings.model import PairMapping
    from mappings.project import Project
    from sync.domain.ports import Crm
    from sync.engine.session import Progress, Session
    from sync.state import SqlStore

__all__ = [
    "Purpose",
    "Workshop",
    "hubspot_crm",
    "now",
    "open_workshop",
    "salesforce_crm",
    "session_of",
]

#: A run that does not say it is alive for this long has lost its right to run.
LEASE = timedelta(seconds=60)


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
    """A project opened: what its files say and its state.

    `pairs` are those asked for, `known` the names of all the mapping has.
    """

    project: Project
    pairs: tuple[PairMapping, ...]
    known: frozenset[str]
    store: SqlStore


@contextmanager
def open_workshop(
    folder: Path,
    environment: Mapping[str, str],
    *,
    only: str | None = None,
    purpose: Purpose = Purpose.KEEP,
) -> Iterator[Workshop]:
    """Open a project: check its files, then its state; nothing is called yet."""
    from mappings.loader import load_mappings
    from mappings.project import load_project

    project = load_project(folder, environment)
    pairs = load_mappings(project.mappings)
    known = frozenset(pair.pair for pair in pairs)
    if only is not None:
        chosen = tuple(pair for pair in pairs if pair.pair == only)
        if not chosen:
            names = ", ".join(pair.pair for pair in pairs)
            raise UsageError(f"there is no pair {only!r}; the mapping has {names}")
        pairs = chosen
    if purpose is Purpose.RUN:
        # What is missing is said before anything is made.
        hubspot_crm(project).close()
        salesforce_crm(project).close()
    with _open_state(project.state, purpose) as store:
        yield Workshop(project=project, pairs=pairs, known=known, store=store)


def _open_state(url: str, purpose: Purpose) -> SqlStore:
    from sync.state import open_store

    try:
        return open_store(url, create=purpose is not Purpose.LOOK)
    except NoStateError:
        return open_store("sqlite://")


def hubspot_crm(project: Project) -> Crm:
    """Connect to the project's HubSpot account; raises CredentialError where there is no token."""
    from connectors.hubspot import ApiVersion, HubSpotSettings, connect

    access = project.hubspot
    settings = HubSpotSettings(
        access_token=access.token,
        base_url=access.base_url or "https://api.hubapi.com",
        leave=access.leave,
        # HubSpotSettings checks the word and names the known ones.
        api_version=access.api_version or ApiVersion.NUMBERED,  # type: ignore[arg-type]
    )
    return connect(settings)


def salesforce_crm(project: Project) -> Crm:
    """Connect to the project's Salesforce org; raises ConfigError where a setting is missing."""
    from connectors.salesforce import AuthKind, SalesforceSettings, connect
    from connectors.salesforce.settings import DEFAULT_API_VERSION

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
    )
    return connect(settings)


@contextmanager
def session_of(
    workshop: Workshop,
    *,
    kind: str,
    progress: Progress,
    clock: Callable[[], datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Session]:
    """Begin a run over a project: both CRMs, the lease, the mapping bound to live schemas.

    Raises RunLockedError at once where another run holds the lease.
    """
    from console.plans import forget_old
    from sync.engine.session import Session, Settings

    store, project = workshop.store, workshop.project
    with ExitStack() as stack:
        # Both are made before anything is called, so that a missing setting is said at once.
        crms = {Side.LEFT: hubspot_crm(project), Side.RIGHT: salesforce_crm(project)}
        for crm in crms.values():
            stack.callback(crm.close)
        lease = store.runs.lease(f"{socket.gethostname()}:{os.getpid()}", now=clock(), ttl=LEASE)
        stack.callback(lease.release)
        forget_old(store, now=clock())
        pairs = bind_pairs(workshop, crms, at=clock())
        yield Session(
            pairs=pairs,
            crms=crms,
            store=store,
            settings=Settings(
                guard=project.guard,
                overlap=project.overlap,
                compare_every=project.compare_every,
            ),
            clock=clock,
            sleep=sleep,
            run=store.runs.begin(kind, clock()),
            lease=lease,
            progress=progress,
        )


def bind_pairs(
    workshop: Workshop, crms: Mapping[Side, Crm], *, at: datetime, strict: bool = False
) -> tuple[BoundPair, ...]:
    """Bind every pair to the schemas of both CRMs; raises MappingErrors with all findings.

    With `strict` also with those a run can live with.
    """
    from mappings.bind import bind, check_live
    from mappings.findings import MappingErrors
    from sync.engine.shapes import read_shapes

    shapes = [
        {
            side: read_shapes(workshop.store, crms[side], side, pair.objects(side), now=at)
            for side in Side
        }
        for pair in workshop.pairs
    ]
    findings = [
        finding
        for pair, found in zip(workshop.pairs, shapes, strict=True)
        for finding in check_live(pair, found[Side.LEFT], found[Side.RIGHT], strict=strict)
    ]
    if findings:
        raise MappingErrors(findings)
    return tuple(
        bind(pair, found[Side.LEFT], found[Side.RIGHT])
        for pair, found in zip(workshop.pairs, shapes, strict=True)
    )
