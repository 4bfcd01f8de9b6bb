"""Taking a run back: what it wrote goes back where nobody has edited since (I11).

An undo is a run like any other: it plans, passes the guard, and sends its writes in the same
batches, through the journal. What it wrote stands in the audit, so that it can be undone itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from mappings.bound import BoundPair
from sync.domain.audit import AuditRow
from sync.domain.errors import GuardExceededError
from sync.domain.funnel import TaskState
from sync.domain.plan import Item
from sync.domain.ports import WriteKind
from sync.domain.record import Side
from sync.domain.store import Intent, Plan, PlanState
from sync.domain.undoing import Left, Stays, Untaken, changes_of
from sync.engine.accounts import check_accounts
from sync.engine.apply import apply_items
from sync.engine.guard import PlanCount, counted, over_guard
from sync.engine.run import Planned, fingerprint_of, summary_of
from sync.engine.session import Session
from sync.engine.tally import Tally
from sync.engine.undo_fields import give_back
from sync.engine.undo_read import Reader
from sync.engine.undo_records import MADE_OR_GONE, Archived, give_up, leave_alone, other_doings
from sync.ops.logging import get_logger

__all__ = ["Request", "Taken", "UndoPlan", "plan_undo", "undo"]

#: An approval older than this counts for nothing.
_GOOD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be taken back: a run, or only some of its links or fields.

    `links` are those asked for (None: all), `fields` the names of fields (none: all). Records the
    run made are archived only with `delete_created`.
    """

    run: int
    links: frozenset[int] | None = None
    fields: frozenset[str] = frozenset()
    delete_created: bool = False

    @property
    def token(self) -> str:
        """Give what tells an approved undo from another one."""
        links = "all" if self.links is None else ",".join(map(str, sorted(self.links)))
        fields = ",".join(sorted(self.fields)) or "all"
        return f"undo=r{self.run}/{links}/{fields}/{self.delete_created}"

    def wants(self, name: str) -> bool:
        """Tell whether a field is asked for."""
        return not self.fields or name in self.fields


@dataclass(slots=True, kw_only=True)
class UndoPlan:
    """What an undo would do: where its items are, and what it would leave.

    `left` was asked for and cannot be taken back; `stays` is what no undo takes back unasked, by
    reason how often, and some of each.
    """

    plan: int
    fingerprint: str
    counts: dict[str, PlanCount] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    stays: Stays = field(default_factory=Stays)
    archived: Archived = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Taken:
    """What an undo did."""

    tally: Tally = field(default_factory=Tally)
    left: list[Left] = field(default_factory=list)
    stays: Stays = field(default_factory=Stays)


def plan_undo(session: Session, request: Request) -> UndoPlan:
    """Read what the run wrote as it is now, and plan what goes back; nothing is written to a CRM.

    Raises WrongAccountError, or what the connectors raise.
    """
    check_accounts(session)
    store = session.store
    fingerprint = f"{request.token} {fingerprint_of(session.pairs)}"
    planned = UndoPlan(plan=store.plans.open(fingerprint, session.clock()), fingerprint=fingerprint)
    known = {pair.name for pair in session.pairs}
    for name in store.audit.pairs_of_run(request.run):
        if name not in known:
            planned.left.extend(_of_no_pair(session, request, name))
    # What refers to others goes before them.
    for pair in reversed(session.pairs):
        count = planned.counts[pair.name] = PlanCount()
        items = _items(session, pair, request, planned)
        store.plans.add(planned.plan, counted(items, count))
    get_logger(run_id=f"r{session.run}").info(
        "undo_planned",
        of=f"r{request.run}",
        items=sum(count.items for count in planned.counts.values()),
        left_as_is=len(planned.left),
    )
    return planned


def undo(session: Session, request: Request) -> Taken:
    """Take a run back: plan, guard, apply.

    Raises GuardExceededError with nothing written, where no such undo was approved; the plan is
    kept then.
    """
    planned = plan_undo(session, request)
    store = session.store
    approved = _approved(session, request)
    if approved is None:
        _guard(session, request, planned)
    allowed = store.plans.identities(approved.id) if approved is not None else None
    taken = Taken(left=planned.left, stays=planned.stays)
    for pair in reversed(session.pairs):
        items = _allowed(store.plans.items(planned.plan, pair=pair.name), allowed, taken)
        apply_items(session, pair, items, tally=taken.tally, total=planned.counts[pair.name].items)
        leave_alone(session, pair, store.plans.items(planned.plan, pair=pair.name))
        _forget_tasks(session, pair, store.plans.items(planned.plan, pair=pair.name))
    # What writes turned out to need is no matter of this run: the next sync reads for itself.
    store.staging.clear()
    store.plans.drop(planned.plan)
    if approved is not None:
        store.plans.mark(approved.id, PlanState.SPENT)
    return taken


def _items(
    session: Session, pair: BoundPair, request: Request, planned: UndoPlan
) -> Iterator[Item]:
    done = 0
    for rows in _rows(session, pair, request, planned):
        mine = [row for row in rows if _is_wanted(row, request)]
        if not mine:
            continue
        yield from _chunk(session, pair, request, planned, mine)
        done += len({row.entry.link_id for row in mine})
        session.advance(f"Reading {pair.name}", done, None)


def _rows(
    session: Session, pair: BoundPair, request: Request, planned: UndoPlan
) -> Iterator[Sequence[AuditRow]]:
    """Give what the run did, and what it was cut off at: nobody noted whether that was done."""
    cut_off: dict[int, list[AuditRow]] = {}
    for entry in session.store.journal.unfinished():
        intent = entry.intent
        if entry.run != request.run or intent.pair != pair.name or entry.noted:
            continue
        if intent.kind == WriteKind.CREATE and request.links is None and not request.fields:
            planned.left.append(_unsettled(intent))
        for one in intent.audit:
            row = AuditRow(id=0, run=entry.run, at=session.clock(), entry=one)
            cut_off.setdefault(one.link_id or 0, []).append(row)
    size = session.settings.chunk
    for rows in session.store.audit.of_run(request.run, pair.name, size=size):
        ids = {row.entry.link_id or 0 for row in rows}
        yield [*rows, *(row for id in sorted(ids) for row in cut_off.pop(id, ()))]
    if cut_off:
        yield [row for mine in cut_off.values() for row in mine]


def _unsettled(intent: Intent) -> Left:
    ref = {intent.side.other: intent.origin}
    return Left(
        pair=intent.pair,
        left=ref.get(Side.LEFT),
        right=ref.get(Side.RIGHT),
        side=intent.side,
        field="",
        why=Untaken.UNSETTLED,
    )


def _chunk(
    session: Session,
    pair: BoundPair,
    request: Request,
    planned: UndoPlan,
    rows: Sequence[AuditRow],
) -> Iterator[Item]:
    changes = [one for one in changes_of(rows) if request.wants(one.field)]
    # Of a record that was only linked, or made and stays, nothing need be known.
    read = {one.link_id for one in changes if not one.made}
    if not request.fields and (request.delete_created or pair.relation is not None):
        read |= {row.entry.link_id or 0 for row in rows if row.entry.kind in MADE_OR_GONE}
    reader = Reader(session, pair, sorted(read))
    yield from give_back(reader, changes, planned.left)
    if request.fields:
        return
    yield from give_up(
        session,
        reader,
        rows,
        delete_created=request.delete_created,
        archived=planned.archived,
        left=planned.left,
        stays=planned.stays,
    )
    for one in other_doings(rows):
        planned.stays.add(one)


def _is_wanted(row: AuditRow, request: Request) -> bool:
    return request.links is None or row.entry.link_id in request.links


def _of_no_pair(session: Session, request: Request, name: str) -> Iterator[Left]:
    size = session.settings.chunk
    for rows in session.store.audit.of_run(request.run, name, size=size):
        for one in changes_of([row for row in rows if _is_wanted(row, request)]):
            if request.wants(one.field) and not one.made:
                yield one.stays(Untaken.NO_PAIR)


def _allowed(
    items: Iterator[Item], allowed: set[tuple[object, ...]] | None, taken: Taken
) -> Iterator[Item]:
    for item in items:
        if allowed is None or item.identity in allowed:
            yield item
            continue
        for name in [write.name for write in item.writes] or [""]:
            taken.left.append(
                Left(
                    pair=item.pair,
                    left=item.left,
                    right=item.right,
                    side=item.side,
                    field=name,
                    why=Untaken.UNAPPROVED,
                )
            )


def _forget_tasks(session: Session, pair: BoundPair, items: Iterator[Item]) -> None:
    """Let nobody be told of a hand-over that was taken back before its task was made."""
    if pair.funnel is None:
        return
    ids = [
        item.link_id
        for item in items
        if item.funnel is not None
        and item.link_id is not None
        and not item.funnel.holding.handed_over
    ]
    session.store.funnel.mark_tasks(ids, TaskState.NONE)


# --- the guard ----------------------------------------------------------------------------------


def _guard(session: Session, request: Request, planned: UndoPlan) -> None:
    over = over_guard(session, planned.counts)
    if not over:
        return
    counts = {pair.name: planned.counts[pair.name] for pair in session.pairs}
    head = Planned(
        plan=planned.plan,
        fingerprint=planned.fingerprint,
        counts=counts,
        readings=[],
        unfinished=[],
    )
    session.store.plans.mark(planned.plan, PlanState.UNDO, summary_of(head))
    name = f"p{planned.plan}"
    raise GuardExceededError(
        f"nothing was written: taking r{request.run} back would change more than the guard "
        "allows.\n  " + "\n  ".join(over) + f"\nLook at it with `revloop plan show {name}`; let "
        f"it through with `revloop approve {name}`, and give the same `revloop undo` again.",
        plan=name,
    )


def _approved(session: Session, request: Request) -> Plan | None:
    """Give the undo that was approved, if it is this one, from the mapping as it is, and young."""
    plan = session.store.plans.newest(PlanState.UNDO_APPROVED)
    wanted = f"{request.token} {fingerprint_of(session.pairs)}"
    if plan is None or plan.fingerprint != wanted:
        return None
    return plan if session.clock() - plan.created <= _GOOD_FOR else None
