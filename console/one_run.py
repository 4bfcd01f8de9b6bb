"""One run: what it did to which record, field by field, and why; from the state alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.lists import run_json
from console.output import paper, print_json
from console.owner_names import OwnerNames, owner_names
from console.undoing import named_run, undone_run
from console.words import SIDES, TITLES, reason_text, record_json
from sync.domain.record import Native, Side

if TYPE_CHECKING:
    from rich.console import Console

    from sync.domain.audit import AuditRow
    from sync.domain.store import RunRow, Store

__all__ = ["one_run"]

#: So many runs are looked through for one that took this one back.
_LATER = 1_000

_DOINGS = {
    "create": "made",
    "archive": "deleted",
    "link": "linked",
    "closed": "unlinked",
    "asleep": "put to sleep",
    "outside": "left by rule",
    "open": "linked again",
    "moved": "followed",
    "overruled": "overruled",
    "write": "written",
}


def one_run(
    folder: Path, name: str, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Print what one run did, record by record; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        store = workshop.store
        run = named_run(store, name)
        names = owner_names(store, workshop.pairs)
        head = _head(store, run)
        records = _records(store.queries.audit_of_run(run.id), names)
        if as_json:
            print_json({**head, "records": list(records)})
        else:
            _print(paper(), head, records)
    return 0


def _head(store: Store, run: RunRow) -> dict[str, Any]:
    later = store.runs.latest(_LATER)
    undone = (one.name for one in later if one.id > run.id and undone_run(one) == run.name)
    return {
        **run_json(run),
        "undone_by": next(undone, None),
    }


def _records(rows: Iterator[AuditRow], names: OwnerNames) -> Iterator[dict[str, Any]]:
    """Give what was done, in order; what was done to one record in one go stands together."""
    for (pair, _), mine in groupby(rows, key=lambda row: (row.entry.pair, row.entry.link_id)):
        found = list(mine)
        last = found[-1].entry
        yield {
            "pair": pair,
            "record": record_json(last.left, last.right),
            "doings": [_doing(row, names) for row in found],
        }


def _doing(row: AuditRow, names: OwnerNames) -> dict[str, Any]:
    one = row.entry
    lost = one.overruled_side

    def told(side: Side | None, value: Native) -> Native:
        return value if side is None else names.value(one.pair, one.field, side, value)

    return {
        "at": row.at.isoformat(),
        "kind": one.kind,
        "side": SIDES[one.side] if one.side is not None else None,
        "field": one.field or None,
        "before": told(one.side, one.before),
        "after": told(one.side, one.after),
        "reason": reason_text(one.reason, one.side) or None,
        "overruled": {"side": SIDES[lost], "value": told(lost, one.overruled)} if lost else None,
    }


def _print(out: Console, head: Mapping[str, Any], records: Iterator[dict[str, Any]]) -> None:
    took_back = f", took {head['undoes']} back" if head["undoes"] else ""
    undone = f"; taken back by {head['undone_by']}" if head["undone_by"] else ""
    end = "cut off" if head["ended"] is None else f"exit {head['exit']}"
    stopped = f" ({head['stopped']})" if head["stopped"] else ""
    out.print(
        f"Run {head['run']}, {head['kind']}{took_back}, {head['started'][:19]}: "
        f"{end}{stopped}{undone}",
        markup=False,
    )
    if head["why"]:
        out.print(head["why"], markup=False)
    count = 0
    for one in records:
        count += 1
        ids = [f"{TITLES[side]} {one['record'][word]}" for side, word in SIDES.items()]
        out.print(f"{one['pair']}  {' = '.join(ids)}", markup=False)
        for doing in one["doings"]:
            out.print(f"    {_line(doing)}", markup=False, soft_wrap=True)
    if not count:
        out.print("It did nothing to any record.")


def _line(doing: Mapping[str, Any]) -> str:
    titles = {SIDES[side]: TITLES[side] for side in Side}
    where = f" in {titles[doing['side']]}" if doing["side"] else ""
    why = f"  ({doing['reason']})" if doing["reason"] else ""
    lost = doing["overruled"]
    ruled = f"; overruled: {lost['value']!r} of {titles[lost['side']]}" if lost else ""
    if doing["kind"] in ("write", "moved"):
        what = doing["field"] or "the record"
        return f"{what}{where}: {doing['before']!r} -> {doing['after']!r}{why}{ruled}"
    named = f"{doing['field']}: " if doing["field"] else ""
    return f"{named}{_DOINGS.get(doing['kind'], doing['kind'])}{where}{why}{ruled}"
