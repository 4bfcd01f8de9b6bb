"""Kept plans and plan files: which plan is meant, and whether it may still be applied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.plan_backfill import check_backfill
from console.plan_types import check_types
from sync.domain.errors import PlanRefusedError, UsageError
from sync.domain.plan import Item
from sync.domain.store import Plan, PlanState

if TYPE_CHECKING:
    from console.wiring import Workshop
    from sync.domain.store import Store

__all__ = [
    "GOOD_FOR",
    "UNDOS",
    "check_usable",
    "file_in_state",
    "find_plan",
    "forget_old",
    "kept_plan",
    "named_plan",
    "plan_lines",
    "take_file",
]

#: A plan older than this is refused.
GOOD_FOR = timedelta(days=7)

#: A draft of a run that was cut off is of no use; one this young may be a file being read.
_DRAFT_FOR = timedelta(hours=1)

_FORMAT = 1

#: How plans stand that take a run back, which `undo` applies and no sync.
UNDOS = (PlanState.UNDO, PlanState.UNDO_APPROVED)

#: What the head of a plan counts for each pair.
_COUNTED = ("items", "changes", "creates", "blanks", "links", "held", "errors", "left_out")

#: What reading a file of another kind ends in.
_FOREIGN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


def kept_plan(workshop: Workshop, wanted: str | None, *, now: datetime) -> Plan | None:
    """Give the plan a sync is to apply: the one named, else the one approved, else none.

    Raises PlanRefusedError for one that is unknown, spent, too old or from another mapping; where
    it was approved the approval is gone then, so that it does not stop every later run too.
    """
    store = workshop.store
    if wanted is None:
        plan = store.plans.newest(PlanState.APPROVED)
        if plan is None:
            return None
    elif re.fullmatch(r"p\d+", wanted) and not Path(wanted).exists():
        plan = find_plan(store, wanted)
        if plan.state in UNDOS:
            raise PlanRefusedError(
                f"plan {plan.name} takes a run back, and no sync applies it; let it through with "
                f"`revloop approve {plan.name}`, and give the same `revloop undo` again"
            )
    else:
        return take_file(workshop, Path(wanted), now=now)
    try:
        check_usable(workshop, plan, now=now)
    except PlanRefusedError:
        if plan.state is PlanState.APPROVED:
            store.plans.mark(plan.id, PlanState.KEPT)
        raise
    return plan


def named_plan(workshop: Workshop, name: str | None, *, now: datetime) -> Plan:
    """Give a plan that may be approved: a file's, a kept one, or the newest."""
    if name is not None and Path(name).is_file():
        return take_file(workshop, Path(name), now=now)
    plan = find_plan(workshop.store, name)
    check_usable(workshop, plan, now=now)
    return plan


def find_plan(store: Store, name: str | None) -> Plan:
    """Give a kept plan by its id, or the newest; raises PlanRefusedError where there is none."""
    if name is None:
        plan = store.plans.newest(PlanState.KEPT, PlanState.APPROVED)
        if plan is None:
            raise PlanRefusedError("no plan is kept; make one with `revloop plan`")
        return plan
    # More digits than any id has would be more than the state can look for.
    found = re.fullmatch(r"p(\d{1,15})", name)
    plan = store.plans.get(int(found[1])) if found else None
    if plan is None or plan.state in (PlanState.DRAFT, PlanState.CHECK):
        raise PlanRefusedError(
            f"there is no kept plan {name!r}, nor a file of that name; a plan is kept for "
            f"{GOOD_FOR.days} days, and `revloop plan` makes a new one"
        )
    return plan


def forget_old(store: Store, *, now: datetime) -> None:
    """Forget the plans nobody may apply any more, and drafts of runs that were cut off."""
    # An approved one stays, so that somebody is told that it is refused.
    states = (PlanState.KEPT, PlanState.SPENT, PlanState.CHECK, *UNDOS)
    store.plans.forget(*states, before=now - GOOD_FOR)
    store.plans.forget(PlanState.DRAFT, before=now - _DRAFT_FOR)


# --- plan files ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _PlanFile:
    """What a plan file holds."""

    created: datetime
    fingerprint: str
    summary: Mapping[str, Any]
    items: list[Item]


def take_file(workshop: Workshop, path: Path, *, now: datetime) -> Plan:
    """Read a plan file into the state, if it may be applied.

    Raises UsageError for a file that is none, PlanRefusedError for one that is refused.
    """
    with file_in_state(workshop.store, path) as plan:
        check_usable(workshop, plan, now=now, called=str(path))
    workshop.store.plans.mark(plan.id, PlanState.KEPT)
    return plan


@contextmanager
def file_in_state(store: Store, path: Path) -> Iterator[Plan]:
    """Give a plan file as a plan of the state; what fails meanwhile leaves nothing there.

    Raises UsageError for a file that is none.
    """
    held = _read_file(path)
    number = store.plans.open(held.fingerprint, held.created)
    try:
        store.plans.add(number, held.items)
        store.plans.mark(number, PlanState.DRAFT, held.summary)
        plan = store.plans.get(number)
        if plan is None:
            raise PlanRefusedError(f"a run tidied up while {path} was read; do it again")
        yield plan
    except BaseException:
        store.plans.drop(number)
        raise


def _read_file(path: Path) -> _PlanFile:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["revloop_plan"] != _FORMAT:
            raise ValueError("another format")
        held = _PlanFile(
            created=_time(document["created"]),
            fingerprint=str(document["fingerprint"]),
            summary=dict(document["summary"]),
            items=[Item.from_json(item) for item in document["items"]],
        )
        _check_whole(held)
    except OSError as exc:
        raise UsageError(
            f"the plan {path} cannot be read ({exc.strerror}); name a file that "
            f"`revloop plan --out` wrote, or a kept plan such as p3"
        ) from exc
    except _FOREIGN as exc:
        raise UsageError(
            f"{path} is not a plan of this version of revloop, or not a whole one; make one with "
            f"`revloop plan --out`"
        ) from exc
    return held


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time.astimezone(UTC)


def _check_whole(held: _PlanFile) -> None:
    """Raise ValueError for a head that does not go with the items."""
    for counts in held.summary.values():
        if not all(isinstance(counts[name], int) for name in _COUNTED):
            raise ValueError("a count that is no number")
        for _side, _object, _kind, number in counts["writes"]:
            int(number)
        check_backfill(counts)
    for item in held.items:
        check_types(item)
    if set(held.summary) != set(_made_from(held.fingerprint)):
        raise ValueError("the head names other pairs than the mapping")
    if not {item.pair for item in held.items} <= set(held.summary):
        raise ValueError("an item is of a pair the head does not name")


def plan_lines(store: Store, plan: Plan) -> Iterator[str]:
    """Give a plan as the lines of a plan file, one item a line."""
    head = {
        "revloop_plan": _FORMAT,
        "id": plan.name,
        "created": plan.created.isoformat(),
        "fingerprint": plan.fingerprint,
        "summary": dict(plan.summary),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ',\n"items": [\n'
    comma = ""
    for item in store.plans.items(plan.id):
        yield comma + json.dumps(item.to_json(), ensure_ascii=False)
        comma = ",\n"
    yield "\n]}\n"


# --- may it still be applied? -------------------------------------------------------------------


def check_usable(
    workshop: Workshop, plan: Plan, *, now: datetime, called: str | None = None
) -> None:
    """Refuse a plan that is spent, too old or from another mapping; raises PlanRefusedError."""
    why = _why_not(workshop, plan, now)
    if why is not None:
        raise PlanRefusedError(
            f"plan {called or plan.name} {why}; make a new one with `revloop plan`"
        )


def _why_not(workshop: Workshop, plan: Plan, now: datetime) -> str | None:
    if plan.state is PlanState.SPENT:
        return "has been applied already"
    if now - plan.created > GOOD_FOR:
        return f"is older than {GOOD_FOR.days} days"
    if plan.created - now > GOOD_FOR:
        return "says it was made in the future: a clock is wrong, or the file was changed"
    made_from = _made_from(plan.fingerprint)
    gone = sorted(set(made_from) - workshop.known)
    if gone:
        return f"is for {', '.join(gone)}, which the mapping has no more"
    changed = _changed(workshop, made_from)
    return f"was made from another mapping of {', '.join(changed)}" if changed else None


def _changed(workshop: Workshop, made_from: Mapping[str, str]) -> list[str]:
    from mappings.fingerprint import pair_fingerprint

    # A plan may be for some of the pairs only: it has nothing for the others to do.
    return [
        pair.pair
        for pair in workshop.pairs
        if pair.pair in made_from and made_from[pair.pair] != pair_fingerprint(pair)
    ]


def _made_from(fingerprint: str) -> dict[str, str]:
    """Give the fingerprint of each pair a plan is for."""
    found = dict(one.split("=", 1) for one in fingerprint.split())
    found.pop("undo", None)  # which run it takes back
    return found
