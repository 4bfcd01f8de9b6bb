"""The undo command: a run taken back, and what of it was left, in words."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json
from console.progress import progress_for
from console.run_ends import end_run
from console.words import (
    SIDES,
    TITLES,
    calls_json,
    operations_json,
    plan_of,
    record_json,
    stop_word,
    target_text,
)
from sync.domain.errors import CrmSyncError, UsageError
from sync.domain.plan import Item

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sync.domain.store import RunRow, Store
    from sync.domain.undoing import Left, Stays
    from sync.engine.session import Session
    from sync.engine.undo import Request, Taken, UndoPlan

__all__ = ["named_run", "undo", "undo_once", "undone_run"]

#: Of what is left for one reason so many are listed; `--json` has them all.
_LISTED = 20


def undo(
    folder: Path,
    run: str,
    *,
    as_json: bool,
    records: Sequence[str] = (),
    fields: Sequence[str] = (),
    dry_run: bool = False,
    delete_created: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Take a run back, or show what that would do; print it; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        # Where there is no such run, no state is made for it.
        named_run(workshop.store, run)
    stopped: list[dict[str, Any]] = []
    try:
        with open_workshop(folder, environment, purpose=Purpose.RUN) as workshop:
            document = undo_once(
                workshop,
                run,
                as_json=as_json,
                records=records,
                fields=fields,
                dry_run=dry_run,
                delete_created=delete_created,
                on_stop=stopped.append,
            )
    except CrmSyncError as error:
        if not as_json or not stopped:
            raise
        document = stopped[0]
        print(f"Error: {error}", file=sys.stderr)
    if as_json:
        print_json(document)
    else:
        _print(paper(), document)
    return int(document["exit"])


def undo_once(
    workshop: Workshop,
    run: str,
    *,
    as_json: bool,
    records: Sequence[str] = (),
    fields: Sequence[str] = (),
    dry_run: bool = False,
    delete_created: bool = False,
    on_stop: Callable[[dict[str, Any]], object] = lambda _document: None,
) -> dict[str, Any]:
    """Take a run back over an open project; give what `undo --json` prints.

    Raises what stopped it, after its end was written down; `on_stop` gets what is printed then.
    """
    from console.wiring import session_of
    from sync.engine.undo import plan_undo
    from sync.engine.undo import undo as take_back

    request = _request(workshop, run, records, fields, delete_created=delete_created)
    with (
        progress_for(sys.stderr, quiet=as_json) as progress,
        session_of(workshop, kind="plan" if dry_run else "undo", progress=progress) as session,
    ):
        try:
            if dry_run:
                document = _planned(session, request, plan_undo(session, request))
            else:
                document = _done(session, request, take_back(session, request))
        except CrmSyncError as error:
            document = _stopped(session, request, error)
            _end(session, document)
            on_stop(document)
            raise
        _end(session, document)
        return document


def named_run(store: Store, name: str) -> RunRow:
    """Give a run by its name as people type it; raises UsageError."""
    found = re.fullmatch(r"r?(\d{1,15})", name)
    if found is None:
        raise UsageError(f"{name!r} is no run; `revloop history` lists them, such as r12")
    run = store.runs.get(int(found[1]))
    if run is None:
        raise UsageError(f"there is no run r{found[1]}; `revloop history` lists them")
    return run


def undone_run(run: RunRow) -> str | None:
    """Name the run that a run took back, if it took one back."""
    found = run.summary.get("undoes")
    return str(found) if found and not run.summary.get("dry_run") else None


def _request(
    workshop: Workshop,
    run: str,
    records: Sequence[str],
    fields: Sequence[str],
    *,
    delete_created: bool,
) -> Request:
    from sync.engine.undo import Request

    _check_fields(workshop, fields)
    return Request(
        run=named_run(workshop.store, run).id,
        links=frozenset(_links(workshop, records)) if records else None,
        fields=frozenset(fields),
        delete_created=delete_created,
    )


def _check_fields(workshop: Workshop, fields: Sequence[str]) -> None:
    from mappings.outcomes import is_outcome
    from sync.domain.funnel import STAGE
    from sync.domain.routing import ROUTED

    known = {name for pair in workshop.pairs for name in pair.fields} | {STAGE, ROUTED}
    for name in fields:
        if name not in known and not is_outcome(name):
            raise UsageError(f"no line of the mapping is called {name!r}; name a field of it")


def _links(workshop: Workshop, records: Sequence[str]) -> Iterator[int]:
    from console.one_record import links_of_key

    for key in records:
        found = [link.id for pair in workshop.pairs for link in links_of_key(workshop, pair, key)]
        if not found:
            raise UsageError(f"no linked record is known by {key!r}")
        yield from found


# --- what it comes to ---------------------------------------------------------------------------


def _head(session: Session, request: Request, code: int) -> dict[str, Any]:
    return {
        "run": f"r{session.run}",
        "undoes": f"r{request.run}",
        "exit": code,
        "dry_run": False,
        "pairs": {},
        "calls": calls_json(session.crms),
        "stopped": None,
        "plan": None,
        "moved": [],
        "stays": [],
        "stays_count": 0,
        "operations": None,
    }


def _planned(session: Session, request: Request, planned: UndoPlan) -> dict[str, Any]:
    store = session.store
    found: Iterable[Item] = store.plans.items(planned.plan)
    operations = [one for item in found for one in operations_json(item)]
    store.plans.drop(planned.plan)
    return {
        **_head(session, request, 0),
        "dry_run": True,
        "moved": [_left_json(one) for one in planned.left],
        **_stays(planned.stays),
        "operations": operations,
    }


def _done(session: Session, request: Request, taken: Taken) -> dict[str, Any]:
    moved = [*map(_left_json, taken.left), *_refused(session)]
    counts = {pair.name: taken.tally.of_pair(pair.name) for pair in session.pairs}
    return {
        **_head(session, request, 1 if moved else 0),
        "pairs": {
            name: {SIDES[side]: count for side, count in sides.items()}
            for name, sides in counts.items()
        },
        "moved": moved,
        **_stays(taken.stays),
    }


def _refused(session: Session) -> Iterator[dict[str, Any]]:
    """Give what the CRMs refused to take back."""
    for one in session.store.findings.errors():
        if one.opened_run == session.run:
            refs = {one.side: one.ref, one.side.other: one.origin}
            left, right = (refs.get(side) for side in SIDES)
            yield {
                "pair": one.pair,
                "record": record_json(left, right),
                "field": one.field or None,
                "side": SIDES[one.side],
                "reason": f"{TITLES[one.side]} refused it ({one.code}), see `revloop errors list`",
            }


def _stays(stays: Stays) -> dict[str, Any]:
    return {
        "stays": [_left_json(one) for one in stays.some],
        "stays_count": sum(stays.counts.values()),
    }


def _left_json(one: Left) -> dict[str, Any]:
    return {
        "pair": one.pair,
        "record": record_json(one.left, one.right),
        "field": one.field or None,
        "side": SIDES[one.side] if one.side is not None else None,
        "reason": target_text(one.why.value, one.side),
    }


def _stopped(session: Session, request: Request, error: CrmSyncError) -> dict[str, Any]:
    return {
        **_head(session, request, error.exit_code),
        "stopped": stop_word(error),
        "plan": plan_of(error),
        "message": str(error),
    }


def _end(session: Session, document: Mapping[str, Any]) -> None:
    end_run(
        session,
        code=int(document["exit"]),
        stopped=document["stopped"],
        why=document.get("message"),
        left=len(document["moved"]),
        **{key: document[key] for key in ("pairs", "plan", "undoes", "dry_run")},
    )


# --- for people ---------------------------------------------------------------------------------


def _print(out: Console, document: Mapping[str, Any]) -> None:
    run = document["undoes"]
    if document["dry_run"]:
        _print_operations(out, document["operations"])
        out.print(f"Nothing was written: this is what `revloop undo {run}` would do now.")
    else:
        done = Counter[str]()
        for sides in document["pairs"].values():
            for counts in sides.values():
                done.update({what: counts[what] for what in ("created", "updated", "archived")})
        out.print(
            f"Run {document['run']} took {run} back: {done['updated']} records written, "
            f"{done['created']} put back, {done['archived']} taken away again."
        )
    _print_left(out, "Left as it is", document["moved"])
    _print_left(out, "Not part of an undo", document["stays"])
    if document["stays_count"] > len(document["stays"]):
        out.print(f"  {document['stays_count']} such doings in all: `revloop history {run}`")
    if not document["dry_run"]:
        out.print(
            f"What is not the same on both sides by now is held: `revloop conflicts list`. "
            f"`revloop undo {document['run']}` does it all again."
        )


def _print_operations(out: Console, operations: Sequence[Mapping[str, Any]]) -> None:
    for one in operations:
        where = f" in {one['side']}" if one["side"] else ""
        out.print(f"{one['pair']}  {_named(one['record'])}: {one['kind']}{where}", markup=False)
        for each in one["fields"]:
            out.print(
                f"    {each['name']}: {each['old']!r} -> {each['new']!r}",
                markup=False,
                soft_wrap=True,
            )


def _print_left(out: Console, title: str, left: Sequence[Mapping[str, Any]]) -> None:
    by_reason: dict[str, list[Mapping[str, Any]]] = {}
    for one in left:
        by_reason.setdefault(one["reason"], []).append(one)
    if by_reason:
        out.print(f"{title}:")
    for reason, found in sorted(by_reason.items(), key=lambda each: -len(each[1])):
        out.print(f"  {len(found)} x {reason}", markup=False)
        for one in found[:_LISTED]:
            field = f", {one['field']}" if one["field"] else ""
            out.print(f"      {one['pair']}  {_named(one['record'])}{field}", markup=False)
        if len(found) > _LISTED:
            out.print(f"      and {len(found) - _LISTED} more: --json lists them all")


def _named(record: Mapping[str, str | None]) -> str:
    found = [f"{TITLES[side]} {record[word]}" for side, word in SIDES.items() if record[word]]
    return ", ".join(found)
