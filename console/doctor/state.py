"""The state: may it be read and written, what waits in it, and who is at work on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.doctor.findings import Finding, Found, good, mend, note, of_error
from console.plans import GOOD_FOR
from console.words import TITLES
from sync.domain.errors import NoStateError, StateError
from sync.domain.store import PlanState

if TYPE_CHECKING:
    from mappings.project import Project
    from sync.state import SqlStore

__all__ = ["check_state", "look_into_state"]

_FILE = "sqlite:///"


@contextmanager
def look_into_state(project: Project) -> Iterator[tuple[SqlStore | None, list[Finding]]]:
    """Open the state as it is, without making one; give it with what is to be said of it."""
    from sync.state import open_store

    about = _about(project)
    try:
        store = open_store(project.state, create=False)
    except NoStateError:
        yield None, [_none_yet(project, about)]
        return
    except StateError as error:
        yield None, [of_error("state", about, error)]
        return
    with store:
        yield store, [_may_write(project, about)]


def check_state(store: SqlStore, *, now: datetime) -> Found:
    """Say what waits in the state, and who is at work on it."""
    yield _lock(store, now)
    yield from _plans(store, now)
    yield from _histories(store)
    held, failed = store.findings.count()
    if held or failed:
        yield note(
            "waiting",
            "state",
            f"{held} held and {failed} in error wait for a person",
            "`revloop conflicts list` and `revloop errors list` show them",
        )


def _histories(store: SqlStore) -> Found:
    """Say which histories of stages the runs may not read."""
    from sync.engine.stages import unreadable

    for side, object_name, why in unreadable(store):
        yield note(
            "reading",
            f"{TITLES[side]} {object_name}",
            f"runs cannot read how stages changed, and do without: {why}",
            "give the user that right; all of it is read within an hour then",
        )


def _about(project: Project) -> str:
    """Name the state; an address of a server may hold a password."""
    path = _path(project)
    return str(path) if path is not None else "state"


def _path(project: Project) -> Path | None:
    return Path(project.state.removeprefix(_FILE)) if project.state.startswith(_FILE) else None


def _none_yet(project: Project, about: str) -> Finding:
    path = _path(project)
    if path is not None:
        folder = next(one for one in path.parents if one.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            return mend(
                "state",
                about,
                f"there is no state yet, and this user may not make one in {folder}",
                f"give it the right to write to {folder}, or name another place as `state`",
            )
    return good("state", about, "there is no state yet; the first plan or sync makes it here")


def _may_write(project: Project, about: str) -> Finding:
    path = _path(project)
    if path is None:
        return good("state", about, "it can be opened, and is of this version")
    # The database keeps files of its own beside it.
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            return mend(
                "state",
                about,
                f"this user may not write to {place}",
                f"give it that right: chmod u+w {place}",
            )
    return good(
        "state", about, "it can be read and written, by its owner only, and is of this version"
    )


def _lock(store: SqlStore, now: datetime) -> Finding:
    lease = store.queries.lease(now)
    if lease is None:
        return good("lock", "state", "no run is at work")
    return note(
        "lock",
        "state",
        f"another run ({lease.holder}) is at work since {lease.since:%Y-%m-%d %H:%M:%S} UTC",
        "nothing; a second run ends with 3 meanwhile, and a killed run's lock frees itself within "
        "a minute",
    )


def _plans(store: SqlStore, now: datetime) -> Found:
    approved = store.plans.newest(PlanState.APPROVED)
    if approved is not None:
        yield _approved(approved.name, approved.created, now)
    kept = store.plans.newest(PlanState.KEPT)
    if kept is not None and now - kept.created <= GOOD_FOR:
        yield note(
            "plans",
            kept.name,
            f"plan {kept.name} of {kept.created:%Y-%m-%d %H:%M} UTC is kept and not approved",
            f"`revloop plan show {kept.name}` shows it, `revloop approve {kept.name}` lets it "
            f"through; nothing, if it was only to look at",
        )


def _approved(name: str, created: datetime, now: datetime) -> Finding:
    if now - created > GOOD_FOR:
        return mend(
            "plans",
            name,
            f"plan {name} is approved and older than {GOOD_FOR.days} days: the next sync refuses "
            f"it",
            "make a new one: `revloop plan`, then `revloop approve`",
        )
    return note(
        "plans", name, f"plan {name} is approved: the next sync applies it, and nothing else"
    )
