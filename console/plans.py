"""Kept plans and plan files: which plan is meant, and whether it may still be applied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sync.domain.errors import PlanRefusedError, UsageError
from sync.domain.plan import Item
from sync.domain.store import Plan, PlanState

if TYPE_CHECKING:
    from sync.domain.store import Store
    from sync.engine.session import Session

__all__ = ["GOOD_FOR", "check_usable", "find_plan", "kept_plan", "plan_lines", "take_file"]

#: A plan older than this is refused.
GOOD_FOR = timedelta(days=7)

_FORMAT = 1


def kept_plan(session: Session, wanted: str | None) -> Plan | None:
    """Give the plan a sync is to apply: the one named, else the one approved, else none.

    Raises PlanRefusedError for one that is unknown, spent, too old or from another mapping; where
    it was approved the approval is gone then, so that it does not stop every later run too.
    """
    store = session.store
    if wanted is None:
        plan = store.plans.newest(PlanState.APPROVED)
        if plan is None:
            return None
    elif re.fullmatch(r"p\d+", wanted) and not Path(wanted).exists():
        plan = find_plan(store, wanted)
    else:
        plan = take_file(store, Path(wanted))
    try:
        check_usable(plan, now=session.clock())
        _check_mapping(session, plan)
    except PlanRefusedError:
        if plan.state is PlanState.APPROVED:
            store.plans.mark(plan.id, PlanState.KEPT)
        raise
    return plan


def find_plan(store: Store, name: str | None) -> Plan:
    """Give a kept plan by its id, or the newest; raises PlanRefusedError where there is none."""
    if name is None:
        plan = store.plans.newest(PlanState.KEPT, PlanState.APPROVED)
        if plan is None:
            raise PlanRefusedError("no plan is kept; make one with `revloop plan`")
        return plan
    found = re.fullmatch(r"p(\d+)", name)
    plan = store.plans.get(int(found[1])) if found else None
    if plan is None or plan.state is PlanState.DRAFT:
        raise PlanRefusedError(f"there is no kept plan {name!r}; `revloop plan` makes a new one")
    return plan


def take_file(store: Store, path: Path) -> Plan:
    """Read a plan file into the state; raises UsageError for a file that is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["revloop_plan"] != _FORMAT:
            raise ValueError("another format")
        items = [Item.from_json(item) for item in document["items"]]
        created = datetime.fromisoformat(document["created"])
        fingerprint, summary = str(document["fingerprint"]), dict(document["summary"])
    except OSError as exc:
        raise UsageError(
            f"the plan {path} cannot be read ({exc.strerror}); name a file that "
            f"`revloop plan --out` wrote, or a kept plan such as p3"
        ) from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise UsageError(
            f"{path} is not a plan of this version of revloop; make one with `revloop plan --out`"
        ) from exc
    number = store.plans.open(fingerprint, created)
    store.plans.add(number, items)
    store.plans.mark(number, PlanState.KEPT, summary)
    plan = store.plans.get(number)
    assert plan is not None
    return plan


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


def check_usable(plan: Plan, *, now: datetime) -> None:
    """Refuse a plan that is spent or too old; raises PlanRefusedError."""
    if plan.state is PlanState.SPENT:
        raise PlanRefusedError(
            f"plan {plan.name} has been applied already; make a new one with `revloop plan`"
        )
    if now - plan.created > GOOD_FOR:
        raise PlanRefusedError(
            f"plan {plan.name} is older than {GOOD_FOR.days} days; make a new one with "
            f"`revloop plan`"
        )


def _check_mapping(session: Session, plan: Plan) -> None:
    # A plan may be for some of the pairs only: it has nothing for the others to do.
    made_from = dict(one.split("=", 1) for one in plan.fingerprint.split())
    changed = [
        pair.name
        for pair in session.pairs
        if made_from.get(pair.name, pair.fingerprint) != pair.fingerprint
    ]
    if changed:
        raise PlanRefusedError(
            f"plan {plan.name} was made from another mapping of {', '.join(changed)}; make a new "
            f"one with `revloop plan`"
        )
