"""The verify command: whether both sides agree, and where not, why; in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json
from console.progress import progress_for
from console.run_ends import end_run
from console.words import SIDES, calls_json, record_json, stop_word
from sync.domain.agreement import APART
from sync.domain.errors import CrmSyncError
from sync.domain.record import Side

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sync.engine.checked import Check, Found
    from sync.engine.session import Session

__all__ = ["verify", "verify_once"]

#: So much of what differs for one reason is listed; `--json` has it all.
_LISTED = 20


def verify(
    folder: Path,
    *,
    as_json: bool,
    repair: bool = False,
    anew: bool = False,
    only: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Read both sides in full and compare them; print what differs; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, only=only, purpose=Purpose.RUN) as workshop:
        document = verify_once(workshop, as_json=as_json, repair=repair, anew=anew)
    if as_json:
        print_json(document)
    else:
        _print(paper(), document)
    return int(document["exit"])


def verify_once(
    workshop: Workshop, *, as_json: bool, repair: bool = False, anew: bool = False
) -> dict[str, Any]:
    """Check an open project; give what `verify --json` prints.

    Raises what stopped it, after its end was written down; the next one goes on from there.
    """
    from console.wiring import session_of
    from sync.engine.verify import repair_plan
    from sync.engine.verify import verify as check_both

    with (
        progress_for(sys.stderr, quiet=as_json) as progress,
        session_of(workshop, kind="verify", progress=progress) as session,
    ):
        try:
            check = check_both(session, anew=anew)
            plan = repair_plan(session, check) if repair else None
        except CrmSyncError as error:
            end_run(session, code=error.exit_code, stopped=stop_word(error), why=str(error))
            raise
        document = _document(session, check, repair=repair, plan=plan)
        end_run(session, code=document["exit"], stopped=None, why=None)
        return document


def _document(session: Session, check: Check, *, repair: bool, plan: int | None) -> dict[str, Any]:
    drift: list[dict[str, Any]] = []
    apart: list[dict[str, Any]] = []
    for one in check.found():
        (apart if one.difference.cause in APART else drift).append(_found_json(one))
    return {
        "run": f"r{session.run}",
        "exit": int(bool(drift)),
        "began": check.begun_at.isoformat(),
        "went_on": check.goes_on,
        "pairs": {
            name: {
                "linked": one.linked,
                "agree": one.agree,
                "asleep": one.asleep,
                "outside": one.outside,
                "fields": one.fields,
                "unlinked": {SIDES[Side(side)]: counts for side, counts in one.unlinked.items()},
            }
            for name, one in check.pairs.items()
        },
        "drift": drift,
        "kept_apart": apart,
        "calls": calls_json(session.crms),
        "repair": repair,
        "plan": f"p{plan}" if plan is not None else None,
        "without": dict(session.without),
    }


def _found_json(one: Found) -> dict[str, Any]:
    difference = one.difference
    return {
        "pair": one.pair,
        "record": record_json(one.left, one.right),
        "field": difference.name or None,
        "hubspot": difference.left,
        "salesforce": difference.right,
        "cause": difference.cause.value,
        "why": difference.why,
    }


# --- for people ---------------------------------------------------------------------------------


def _print(out: Console, document: Mapping[str, Any]) -> None:
    out.print(_table(document))
    for pair, sides in document["pairs"].items():
        _print_alone(out, pair, sides)
    _print_found(out, "Does not agree", document["drift"])
    if document["kept_apart"]:
        _print_found(out, "Kept apart, as the mapping says", document["kept_apart"])
    for pair, reason in document["without"].items():
        out.print(f"  {pair} was left out: {reason}")
    calls = document["calls"]
    went_on = " It went on from where the last one was stopped." if document["went_on"] else ""
    out.print(
        f"Read with {calls['hubspot']} HubSpot and {calls['salesforce']} Salesforce calls.{went_on}"
    )
    out.print(_verdict(document))


def _table(document: Mapping[str, Any]) -> Any:
    from rich import box
    from rich.table import Table

    from sync.engine.checked import COUNTS

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("pair")
    table.add_column("field")
    for column in COUNTS:
        table.add_column(column.replace("_", " "), justify="right")
    for pair, told in document["pairs"].items():
        asleep = f", {told['asleep']} asleep" if told["asleep"] else ""
        outside = f", {told['outside']} outside" if told["outside"] else ""
        table.add_row(pair, f"{told['agree']} of {told['linked']} links agree{asleep}{outside}")
        for name, counts in sorted(told["fields"].items()):
            table.add_row("", name, *(str(counts[one]) if counts[one] else "·" for one in COUNTS))
    return table


def _print_alone(out: Console, pair: str, told: Mapping[str, Any]) -> None:
    for side, counts in told["unlinked"].items():
        texts = [f"{number} {state.replace('_', ' ')}" for state, number in sorted(counts.items())]
        out.print(f"{pair} without a counterpart in {side}: {', '.join(texts)}")


def _print_found(out: Console, title: str, found: Sequence[Mapping[str, Any]]) -> None:
    by_reason: dict[str, list[Mapping[str, Any]]] = {}
    for one in found:
        by_reason.setdefault(one["why"], []).append(one)
    if by_reason:
        out.print(f"{title}:")
    for reason, ones in sorted(by_reason.items(), key=lambda each: -len(each[1])):
        out.print(f"  {len(ones)} {reason}", markup=False)
        for one in islice(ones, _LISTED):
            ids = one["record"]
            out.print(
                f"    {one['pair']} HubSpot {ids['hubspot'] or '-'}, Salesforce "
                f"{ids['salesforce'] or '-'}{_values(one)}",
                markup=False,
                soft_wrap=True,
            )
        if len(ones) > _LISTED:
            out.print(f"    and {len(ones) - _LISTED} more (--json lists them all)")


def _values(one: Mapping[str, Any]) -> str:
    if one["field"] is None:
        return ""
    return f"  {one['field']}: {one['hubspot']!r} / {one['salesforce']!r}"


def _verdict(document: Mapping[str, Any]) -> str:
    if not document["drift"]:
        return "Both CRMs agree, as the mapping says."
    if document["plan"] is not None:
        plan = document["plan"]
        return (
            f"Plan {plan} mends what a sync can: look at it with `revloop plan show {plan}`, apply "
            f"it with `revloop approve {plan}` and the next sync."
        )
    if document["repair"]:
        return "There is nothing in it that a sync could mend by itself."
    return "`revloop verify --repair` makes a plan that mends what a sync can."
