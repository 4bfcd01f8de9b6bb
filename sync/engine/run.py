"""A run from its beginning to its end: read, resolve, merge, plan, guard, apply, advance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, zip_longest
from typing import Any

from mappings.bound import BoundPair
from sync.domain.errors import (
    AccountNotSupportedError,
    GuardExceededError,
    SchemaDriftError,
)
from sync.domain.plan import Item
from sync.domain.record import Side
from sync.domain.store import Changes, LinkState, Plan, PlanState
from sync.engine.absent import begin_people, list_absent, stage_arrived
from sync.engine.accounts import check_accounts, check_not_lost
from sync.engine.apply import apply_items
from sync.engine.backfill import Backfill, watched
from sync.engine.collecting import seldom_collected
from sync.engine.compare import compare_due, compare_fully, mark_compared
from sync.engine.facts import keep_facts
from sync.engine.funnel import settle_funnel, stage_funnel
from sync.engine.guard import PlanCount, allowed_changes, counted, over_guard
from sync.engine.handing import routed
from sync.engine.kept import (
    NOTHING_TO_DO,
    Moved,
    moved_since,
    stage_kept,
    tells_of_gone,
)
from sync.engine.moves import follow, let_go
from sync.engine.outcomes import (
    prepare_outcomes,
    read_written,
    settle_outcomes,
    stage_outcomes,
)
from sync.engine.owned import noting_owners, read_late_owners, read_owned
from sync.engine.paused import forget_shapes, note_paused
from sync.engine.pull import Reading, advance, is_owned, pull, unfinished_note
from sync.engine.reconcile import merge_linked
from sync.engine.references import stage_references
from sync.engine.renamed import check_names
from sync.engine.resolutions import stage_resolved
from sync.engine.resolve import look_again, resolve_unlinked
from sync.engine.resolved import close_resolved
from sync.engine.revision import (
    close_dropped,
    note_revisions,
    settle_revisions,
    stage_unlinked,
)
from sync.engine.rows import stage_heirs, stage_ready
from sync.engine.session import Session
from sync.engine.settle import (
    close_journal,
    look_after_journal,
    stage_doubted,
    stage_due,
)
from sync.engine.stages import keep_linked, keep_pulled
from sync.engine.tally import Tally
from sync.engine.tasks import send_tasks
from sync.engine.waiting import stage_freed
from sync.engine.without import go_without
from sync.ops.logging import get_logger

__all__ = ["Outcome", "Planned", "make_plan", "sync"]

#: A write may call for another pass of the same run: an id to keep, a value stored otherwise.
_PASSES = 4

#: How long a plan the guard stopped stands for the same one made again; a new one is good longer.
_SAME_FOR = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Planned:
    """A plan as made: where its items are, and what they add up to for each pair."""

    plan: int
    fingerprint: str
    counts: dict[str, PlanCount]
    readings: list[Reading]
    unfinished: list[int]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run did."""

    tally: Tally = field(default_factory=Tally)
    moved: list[Moved] = field(default_factory=list)
    limited: bool = False
    taken: int = 0


def make_plan(session: Session, *, full: bool = False, kept: Plan | None = None) -> Planned:
    """Read both sides and plan; nothing is written to a CRM, nor kept but the plan.

    What a kept plan is about is looked at too, whether it changed since or not. Pairs whose object
    an account does not give are left out. Raises WrongAccountError, EmptyStateError, or what the
    connectors raise.
    """
    with seldom_collected():
        return _make_plan(session, full=full, kept=kept)


def _make_plan(session: Session, *, full: bool, kept: Plan | None) -> Planned:
    while True:
        try:
            planned = _plan(session, full=full, kept=kept)
        except AccountNotSupportedError as fault:
            go_without(session, fault)
            continue
        except SchemaDriftError:
            # A field went within the hour schemas are kept: the next run asks, and pauses it.
            forget_shapes(session)
            raise
        for name, reason in session.without.items():
            get_logger(run_id=f"r{session.run}").warning("pair_left_out", pair=name, reason=reason)
        return planned


def _plan(session: Session, *, full: bool, kept: Plan | None) -> Planned:
    log = get_logger(run_id=f"r{session.run}")
    log.info("run_started", pairs=len(session.pairs), full=full, kept_plan=bool(kept))
    check_accounts(session)
    check_names(session)
    session.store.staging.clear()
    for pair in session.pairs:
        let_go(session, pair)
    unfinished = look_after_journal(session)
    note_revisions(session)
    readings = pull(session, full=full)
    if not unfinished:
        # Without a link, ids of ours are what a first run that was cut off has left behind.
        check_not_lost(session)
    vanished = _compare(session, readings, full=full or tells_of_gone(session, kept))
    read_owned(session, readings)
    prepare_outcomes(session)
    for pair in session.pairs:
        stage_due(session, pair)
        stage_doubted(session, pair)
        stage_resolved(session, pair)
        stage_arrived(session, pair)
        stage_references(session, pair)
        stage_ready(session, pair)
        stage_outcomes(session, pair)
        stage_funnel(session, pair)
        if kept is not None:
            stage_kept(session, pair, kept)
        stage_unlinked(session, pair)
        follow(session, pair)
        if any(one.mark is not None for one in readings if one.pair is pair):
            look_again(session, pair)
        stage_freed(session, pair)
        stage_heirs(session, pair)
    for reading in readings:
        log.info(
            "changes_read",
            pair=reading.pair.name,
            side=session.title(reading.side),
            object=reading.object_name,
            records=reading.count,
        )
    fingerprint = fingerprint_of(session.pairs)
    plan = session.store.plans.open(fingerprint, session.clock())
    counts = {}
    for pair in session.pairs:
        extra = [item for item in vanished if item.pair == pair.name]
        counts[pair.name] = _plan_pair(session, pair, plan, extra)
        log.info("plan_made", pair=pair.name, **summary_counts(counts[pair.name]))
    return Planned(
        plan=plan,
        fingerprint=fingerprint,
        counts=counts,
        readings=readings,
        unfinished=unfinished,
    )


def sync(
    session: Session, *, full: bool = False, limit: int | None = None, kept: Plan | None = None
) -> Outcome:
    """Run once: plan, guard, apply, and move the watermarks.

    With `kept`, exactly that plan is applied: what it does not hold is left for another run, what
    has moved since is left out and named, no watermark moves, and the guard has been answered.
    Raises GuardExceededError with nothing written; the plan is kept then.
    """
    with seldom_collected():
        return _sync(session, full=full, limit=limit, kept=kept)


def _sync(session: Session, *, full: bool, limit: int | None, kept: Plan | None) -> Outcome:
    planned = make_plan(session, full=full, kept=kept)
    outcome = Outcome()
    if kept is None:
        _guard(session, planned)
    keep_pulled(session)
    for pair in session.pairs:
        session.store.runs.keep_note(unfinished_note(pair.name), str(session.run))
    _keep_findings(session, outcome)
    allowed = session.store.plans.identities(kept.id) if kept is not None else None
    for pair in session.pairs:
        session.store.staging.keep(pair.name)
        count = planned.counts[pair.name]
        begin_people(session, pair, count)
        items = session.store.plans.items(planned.plan, pair=pair.name)
        total = count.items
        chosen = _chosen(items, allowed)
        if limit is not None:
            chosen = _limited(chosen, limit, outcome)
        chosen = noting_owners(session, pair, chosen)
        apply_items(session, pair, chosen, tally=outcome.tally, total=total, planned=count.writes)
        _apply_follow_ups(session, pair, outcome, whole=kept is None)
        close_resolved(session, pair)
        send_tasks(session, pair)
        whole = kept is None and not outcome.limited
        list_absent(session, pair, outcome.tally, whole=whole)
        _count_unchanged(session, pair, outcome)
    if kept is None and not outcome.limited and read_written(session):
        _apply_outcomes(session, outcome)
    if kept is not None:
        outcome.moved = moved_since(session, planned.plan, kept)
    session.store.plans.drop(planned.plan)
    if kept is None and not outcome.limited:
        close_journal(session, planned.unfinished)
        advance(session, planned.readings)
        settle_revisions(session)
        settle_outcomes(session)
        for pair in session.pairs:
            session.store.runs.keep_note(unfinished_note(pair.name), "")
    if not outcome.limited:
        settle_funnel(session)
    keep_linked(session)
    keep_facts(session)
    return outcome


def fingerprint_of(pairs: Sequence[BoundPair]) -> str:
    """Give the fingerprint of the mapping a plan is made by."""
    return " ".join(f"{pair.name}={pair.fingerprint}" for pair in pairs)


def _plan_pair(session: Session, pair: BoundPair, plan: int, extra: Sequence[Item]) -> PlanCount:
    count = PlanCount()
    session.advance(f"Planning {pair.name}", 0, None)
    backfill = Backfill(pair, session.revision(pair.name))
    items = _progressing(session, pair, _items(session, pair, extra, outdated=True))
    session.store.plans.add(plan, counted(watched(items, backfill), count))
    count.revision = backfill.summary()
    return count


def _items(
    session: Session, pair: BoundPair, extra: Sequence[Item], *, outdated: bool = False
) -> Iterator[Item]:
    yield from extra
    merged = merge_linked(session, pair, outdated=outdated)
    yield from routed(session, pair, chain(merged, resolve_unlinked(session, pair)))


def _progressing(session: Session, pair: BoundPair, items: Iterable[Item]) -> Iterator[Item]:
    for number, item in enumerate(items, start=1):
        if number % 200 == 0:
            session.advance(f"Planning {pair.name}", number, None)
        yield item


def _apply_follow_ups(session: Session, pair: BoundPair, outcome: Outcome, *, whole: bool) -> None:
    """Plan and apply again what the writes of this run turned out to need.

    References follow that waited for a record made in this run: those of links that are new
    themselves, and others (if the run is a `whole` one) as far as the guard allows unasked; the
    next run plans the rest.
    """
    for _ in range(_PASSES - 1):
        let_go(session, pair)
        if session.store.references.count(pair.name):
            stage_references(session, pair, made_in=session.run)
            if whole:
                stage_references(session, pair, most=allowed_changes(session, pair))
        read_late_owners(session, pair)
        stage_ready(session, pair, made_in=None if whole else session.run)
        stage_heirs(session, pair)
        if whole and session.vacated.get(pair.name):
            look_again(session, pair, beside_staged=False)
        if not session.store.staging.holds(pair.name):
            # Items come of what is staged: nothing follows, as in most runs for most pairs.
            return
        plan = session.store.plans.open("", session.clock())
        count = PlanCount()
        items = _items(session, pair, ())
        session.store.plans.add(plan, counted(items, count))
        session.store.staging.keep(pair.name)
        if count.items:
            again = noting_owners(session, pair, session.store.plans.items(plan, pair=pair.name))
            apply_items(
                session,
                pair,
                again,
                tally=outcome.tally,
                total=count.items,
                planned=count.writes,
            )
        session.store.plans.drop(plan)
        if not count.items:
            return


def _apply_outcomes(session: Session, outcome: Outcome) -> None:
    """Carry on what became of opportunities that this very run wrote."""
    for pair in session.pairs:
        if pair.outcomes.carries:
            stage_outcomes(session, pair, most=allowed_changes(session, pair))
            _apply_follow_ups(session, pair, outcome, whole=False)


def _keep_findings(session: Session, outcome: Outcome) -> None:
    """Keep what reading found: expressions that fail, and records that need no retry any more."""
    for error in session.failures:
        outcome.tally.count(error.pair, error.side, "errors")
    if session.failures or session.departed:
        session.commit(
            Changes(errors=list(session.failures), settled_records=list(session.departed))
        )
        session.failures.clear()
        session.departed.clear()
    for pair in session.pairs:
        close_dropped(session, pair)
        note_paused(session, pair, outcome.tally)


def _count_unchanged(session: Session, pair: BoundPair, outcome: Outcome) -> None:
    linked = session.store.links.count(pair.name, LinkState.OPEN)
    for side in Side:
        touched = outcome.tally.get(pair.name, side, "updated")
        touched += outcome.tally.get(pair.name, side, "created")
        outcome.tally.count(pair.name, side, "unchanged", max(0, linked - touched))


def _chosen(items: Iterable[Item], allowed: set[tuple[object, ...]] | None) -> Iterator[Item]:
    for item in items:
        if allowed is None or item.identity in allowed:
            yield item


def _limited(items: Iterable[Item], limit: int, outcome: Outcome) -> Iterator[Item]:
    """Pass on so many records of all pairs together, and note that there were more."""
    for item in items:
        if item.kind in NOTHING_TO_DO or item.is_quiet:
            yield item
        elif outcome.taken < limit:
            outcome.taken += 1
            yield item
        else:
            outcome.limited = True


def _guard(session: Session, planned: Planned) -> None:
    over = over_guard(session, planned.counts)
    if not over:
        return
    name = f"p{_keep_plan(session, planned)}"
    raise GuardExceededError(
        "nothing was written: this run would change more than the guard allows.\n  "
        + "\n  ".join(over)
        + f"\nLook at it with `revloop plan show {name}`; let it through with "
        f"`revloop approve {name}`, and the next sync applies exactly that plan.",
        plan=name,
    )


def _keep_plan(session: Session, planned: Planned) -> int:
    """Keep the plan, once only: runs that meet the same guard again and again keep no copies."""
    plans = session.store.plans
    earlier = plans.newest(PlanState.KEPT, PlanState.APPROVED)
    if earlier is not None and _is_same(session, earlier, planned):
        plans.drop(planned.plan)
        return earlier.id
    plans.mark(planned.plan, PlanState.KEPT, summary_of(planned))
    return planned.plan


def _is_same(session: Session, earlier: Plan, planned: Planned) -> bool:
    """Tell whether an earlier plan, still young, intends the very same in the same order."""
    plans = session.store.plans
    if earlier.fingerprint != planned.fingerprint or earlier.summary != summary_of(planned):
        return False
    if session.clock() - earlier.created > _SAME_FOR:
        return False
    both = zip_longest(plans.items(earlier.id), plans.items(planned.plan))
    return all(one and other and one.identity == other.identity for one, other in both)


def summary_of(planned: Planned) -> dict[str, Any]:
    """Give the head of a plan as data: counts for each pair."""
    return {
        name: {
            **summary_counts(count),
            "writes": [[*key, number] for key, number in sorted(count.writes.items())],
            **count.revision,
        }
        for name, count in planned.counts.items()
    }


def summary_counts(count: PlanCount) -> dict[str, int]:
    """Give what one pair's plan adds up to."""
    return {
        "items": count.items,
        "changes": count.changes,
        "creates": count.creates,
        "deletes": count.deletes,
        "blanks": count.blanks,
        "links": count.links,
        "held": count.held,
        "errors": count.refused,
        "left_out": count.left_out,
    }


def _compare(session: Session, readings: Sequence[Reading], *, full: bool) -> list[Item]:
    due = (
        [one for one in readings if one.mark is not None]
        if full
        else compare_due(session, readings)
    )
    vanished = [item for one in due if not is_owned(one) for item in compare_fully(session, one)]
    mark_compared(due)
    session.compared.update(one.pair.name for one in due)
    return vanished
