"""Reading what outcomes come from before whatever carries them, and who stands behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sync.domain.ports import ChangeQuery, Peek
from sync.domain.record import Record, Side
from sync.domain.store import Watermark
from sync.engine.sales_desk import SalesDesk
from sync.engine.sales_facts import take_rows
from sync.engine.session import Session

__all__ = ["MARK", "peek_too", "sources_first"]

#: The watermark of rows that are read for outcomes alone stands under this name.
MARK = "outcomes"


def sources_first(session: Session, names: Iterable[str]) -> Sequence[int]:
    """Give the places of objects in the order to read them in: what outcomes come from first."""
    desk = session.sales
    first = {desk.names.opportunity, desk.names.role, desk.names.member} if desk else set()
    named = list(names)
    return sorted(range(len(named)), key=lambda at: named[at] not in first)


def peek_too(
    session: Session, side: Side, queries: Sequence[ChangeQuery], *, full: bool
) -> Sequence[Peek]:
    """Peek, and in the same call at who stands behind opportunities, where no pair reads that."""
    crm, query = session.crms[side], None
    if session.sales is not None and side is session.sales.names.side:
        query = _roles_query(session, session.sales, queries, full=full)
    if query is None or session.sales is None:
        return crm.peek(queries)
    *peeks, last = crm.peek([*queries, query])
    _read_roles(session, session.sales, query, last)
    return peeks


def _roles_query(
    session: Session, desk: SalesDesk, queries: Sequence[ChangeQuery], *, full: bool
) -> ChangeQuery | None:
    names = desk.names
    objects = {query.object_name for query in queries}
    if not names.role or names.role in objects or names.opportunity not in objects:
        return None
    mark = session.store.marks.get(MARK, names.side, names.role)
    due = full or mark is None
    if mark is not None:
        due = due or session.clock() - mark.compared_at >= session.settings.compare_every
    return ChangeQuery(
        object_name=names.role,
        fields=tuple(sorted(names.extras(names.role))),
        since=None if due or mark is None else mark.stamp - session.settings.overlap,
    )


def _read_roles(session: Session, desk: SalesDesk, query: ChangeQuery, peek: Peek) -> None:
    """Keep the rows that changed; where all were read, forget those that are not there."""
    whole = len(peek.records) >= peek.total
    pages: Iterable[Sequence[Record]] = [peek.records]
    if not whole:
        pages = session.crms[desk.names.side].read_changes(query)
    seen: set[str] = set()
    for page in pages:
        take_rows(session, desk, page)
        seen.update(one.ref.id for one in page if not one.gone)
    # None at all where there were some is taken for a fault, or a permission that was withdrawn.
    if query.since is None and seen:
        for known in list(session.store.sales.known_rows()):
            session.store.sales.drop_people([id for id in known if id not in seen])
    mark = session.store.marks.get(MARK, desk.names.side, desk.names.role)
    compared = peek.read_at if query.since is None or mark is None else mark.compared_at
    desk.roles_read = Watermark(
        stamp=peek.read_at, proven_at=peek.read_at, compared_at=compared, mapping=""
    )
