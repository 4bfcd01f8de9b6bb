"""Checking that both sides agree: every linked record read again, every record accounted for.

Nothing is decided anew and nothing is written to a CRM. What differs is named with its cause, so
far as the state knows one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from mappings.bound import BoundPair
from sync.domain.agreement import APART, Cause, Difference
from sync.domain.plan import Item
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import Changes, Link, LinkState, PlanState, RecordState, ShadowUpdate
from sync.engine.accounts import check_accounts
from sync.engine.checked import Check, PairCheck, found_item
from sync.engine.comparing import compare_links
from sync.engine.moves import let_go
from sync.engine.outcomes import prepare_outcomes
from sync.engine.run import fingerprint_of, make_plan, summary_of
from sync.engine.session import Session
from sync.ops.logging import get_logger

__all__ = ["repair_plan", "verify"]

#: What a sync can settle once it looks at the link again.
_MENDED = frozenset({Cause.EDITED, Cause.LATE, Cause.UNDECIDED, Cause.DIFFERS})

#: How fields that do not agree are counted; all others differ.
_COUNTED = {Cause.HELD: "held", Cause.KEPT_APART: "kept_apart"}


def verify(session: Session, *, anew: bool = False) -> Check:
    """Read both sides in full and compare them; goes on with a check that was stopped.

    Raises WrongAccountError, or what the connectors raise; what was found until then is kept.
    """
    check_accounts(session)
    for pair in session.pairs:
        let_go(session, pair)
    prepare_outcomes(session)
    plans = session.store.plans
    check = Check.begin(plans, fingerprint_of(session.pairs), now=session.clock(), anew=anew)
    for pair in session.pairs:
        _compare_links(session, pair, check)
        for side in Side:
            _look_for_others(session, pair, side, check)
    check.note(finished=True)
    get_logger(run_id=f"r{session.run}").info(
        "verified",
        linked=sum(one.linked for one in check.pairs.values()),
        drift=sum(one.drift for one in check.pairs.values()),
    )
    return check


def repair_plan(session: Session, check: Check) -> int | None:
    """Plan what a sync would write to mend what was found, and keep the plan; None for nothing.

    Where both sides are as the state knows them and yet do not agree, the state is not believed
    any more: such a field is decided as at first linking.
    """
    doubted: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in check.found():
        if one.link_id is not None and one.difference.cause in _MENDED:
            doubted[one.pair][one.link_id].add(
                one.difference.name if one.difference.cause is Cause.DIFFERS else ""
            )
    for links in doubted.values():
        _forget_bases(session, links)
    session.doubted = {pair: frozenset(links) for pair, links in doubted.items()}
    planned = make_plan(session)
    session.store.staging.clear()
    if not any(one.items for one in planned.counts.values()):
        session.store.plans.drop(planned.plan)
        return None
    session.store.plans.mark(planned.plan, PlanState.KEPT, summary_of(planned))
    return planned.plan


def _forget_bases(session: Session, links: dict[int, set[str]]) -> None:
    """Believe no more that both sides agreed on fields nobody edited since and that differ.

    What was edited, and left so by a rule of that time, stays decided.
    """
    wrong = sorted(id for id, names in links.items() if names - {""})
    size = session.settings.chunk
    for start in range(0, len(wrong), size):
        shadows = session.store.links.shadows(wrong[start : start + size])
        edited = {
            (link_id, name)
            for (link_id, _), shadow in shadows.items()
            for name in links[link_id]
            if name in shadow.base and shadow.seen.get(name) != shadow.base[name]
        }
        session.commit(
            Changes(
                shadows=[
                    ShadowUpdate(
                        link_id=link_id,
                        side=side,
                        base={
                            name: value
                            for name, value in shadow.base.items()
                            if name not in links[link_id] or (link_id, name) in edited
                        },
                        seen=shadow.seen,
                        read_at=shadow.read_at,
                    )
                    for (link_id, side), shadow in shadows.items()
                ]
            )
        )


# --- linked records ----------------------------------------------------------------------------


def _compare_links(session: Session, pair: BoundPair, check: Check) -> None:
    counts = check.of(pair.name)
    total = session.store.links.count(pair.name)
    size = session.settings.chunk
    while not counts.links_read:
        # A check takes long; another run may have taken over meanwhile.
        session.ensure_ours()
        links = session.store.links.beyond(pair.name, counts.after, size=size)
        check.add(list(_compare_chunk(session, pair, links, counts)))
        counts.links_read = len(links) < size
        counts.after = links[-1].id if links else counts.after
        check.note()
        session.advance(f"Comparing {pair.name}", counts.linked, total)


def _compare_chunk(
    session: Session, pair: BoundPair, links: Sequence[Link], counts: PairCheck
) -> Iterator[Item]:
    counts.asleep += sum(link.state is LinkState.ASLEEP for link in links)
    counts.outside += sum(link.state is LinkState.OUTSIDE for link in links)
    opened = [link for link in links if link.state is LinkState.OPEN]
    for one in compare_links(session, pair, opened):
        link, found = one.link, one.differences
        counts.linked += 1
        counts.agree += not found
        for name in one.agree:
            counts.count(name, "agree")
        for each in found:
            if each.name:
                counts.count(each.name, _COUNTED.get(each.cause, "differ"))
        counts.drift += sum(each.cause not in APART for each in found)
        if found:
            yield found_item(pair.name, found, left=link.left, right=link.right, link_id=link.id)


# --- records that have no link -----------------------------------------------------------------


def _look_for_others(session: Session, pair: BoundPair, side: Side, check: Check) -> None:
    """Account for every live record of a side that has no link.

    Rows that can be read by their owner only are left to the full comparison.
    """
    counts = check.of(pair.name)
    owned = pair.relation.owned if pair.relation is not None else {}
    for object_name in pair.objects[side]:
        read = f"{side.value} {object_name}"
        if read in counts.objects_read or (side, object_name) in owned:
            continue
        step, done = f"Reading {session.title(side)} {object_name}", 0
        for page in session.crms[side].read_stamps(object_name):
            session.ensure_ours()
            check.add(list(_alone(session, pair, side, page, counts)))
            done += len(page)
            session.advance(step, done, None)
        counts.objects_read.append(read)
        check.note()


def _alone(
    session: Session,
    pair: BoundPair,
    side: Side,
    page: Sequence[Record],
    counts: PairCheck,
) -> Iterator[Item]:
    records = {record.ref: record for record in page}
    linked = session.store.links.of(pair.name, side, list(records))
    alone = [ref for ref in records if ref not in linked]
    known = session.store.records.get(pair.name, side, alone)
    for ref in alone:
        one = known.get(ref)
        if one is not None and one.state is not RecordState.GONE:
            counts.count_alone(side.value, one.state.value)
            continue
        counts.count_alone(side.value, Cause.NEVER_SEEN.value)
        mark = session.store.marks.get(pair.name, side, ref.object_name)
        if mark is not None and records[ref].stamp <= mark.proven_at - session.settings.overlap:
            # What is newer the next sync reads by itself.
            counts.drift += 1
            yield _never_seen(session, pair, side, ref)


def _never_seen(session: Session, pair: BoundPair, side: Side, ref: RecordRef) -> Item:
    why = f"no sync has seen this record of {session.title(side)}; `revloop sync --full` finds it"
    found = [Difference(name="", cause=Cause.NEVER_SEEN, why=why)]
    return found_item(
        pair.name,
        found,
        left=ref if side is Side.LEFT else None,
        right=ref if side is Side.RIGHT else None,
    )
