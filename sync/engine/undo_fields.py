"""Values that go back: one item for each link, decided by what both sides hold now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from mappings.expression import ExpressionFailedError
from mappings.outcomes import outcome_name
from sync.domain.funnel import STAGE, FunnelNote, Holding
from sync.domain.merge import FieldView, Forms, Reason
from sync.domain.plan import FieldWrite, Item, ItemKind
from sync.domain.record import Native, Side
from sync.domain.rules import FieldRule
from sync.domain.undoing import Change, Left, Untaken, same_value, why_not
from sync.engine.both import Both
from sync.engine.departures import item_about
from sync.engine.undo_read import Reader

__all__ = ["give_back"]

#: The outcome that tells when somebody was handed over last.
_OVER_AT = "handed_over_at"


def give_back(reader: Reader, changes: Sequence[Change], left: list[Left]) -> Iterator[Item]:
    """Give one item for each link some field of which goes back; what does not is put to `left`.

    What a new record was made with goes with the record, and is nothing here.
    """
    by_link: dict[int, list[Change]] = {}
    for one in changes:
        if not one.made:
            by_link.setdefault(one.link_id, []).append(one)
    for link_id, mine in sorted(by_link.items()):
        writes: list[FieldWrite] = []
        taken: list[Change] = []
        for one in mine:
            found = _decide(reader, one)
            if isinstance(found, Untaken):
                left.append(one.stays(found))
            elif found is not None:
                writes.append(found)
                taken.append(one)
        if writes:
            link = reader.links[link_id]
            item = item_about(reader.pair, link, ItemKind.MERGE, why="undo")
            note = _note(reader, link_id, taken, writes)
            yield replace(item, writes=tuple(writes), funnel=note)


def _decide(reader: Reader, change: Change) -> FieldWrite | Untaken | None:
    """Give the write that takes a change back, or why there is none; None where nothing is left."""
    if (why := _why_unreachable(reader, change)) is not None:
        return why
    both, pair = reader.both(change.link_id), reader.pair
    assert both is not None
    rule = pair.rule(change.field)
    native = both.native_name(rule, change.side)
    if native is None:
        return Untaken.NO_LINE
    try:
        view = both.view(rule)
    except ExpressionFailedError:
        return Untaken.FAILED
    if rule.name == STAGE:
        return _stage_write(reader, both, change, rule, native)
    if same_value(rule, change.side, change.before, view.of(change.side).now, region=view.region):
        return None
    if reader.is_written_since(change):
        return Untaken.WRITTEN
    if (why := why_not(change, rule, view)) is not None:
        return why
    return _write(both, change, rule, view, native)


def _why_unreachable(reader: Reader, change: Change) -> Untaken | None:
    link = reader.links.get(change.link_id)
    if not reader.pair.has_rule(change.field):
        return Untaken.NO_LINE
    if link is None or not reader.is_live(change.link_id):
        return Untaken.UNLINKED
    if link.ref(change.side) != change.ref(change.side):
        return Untaken.MOVED
    if reader.record(change.link_id, change.side) is None:
        return reader.why_gone(change.link_id, change.side)
    if reader.record(change.link_id, change.side.other) is None:
        return Untaken.UNREAD
    return None


def _write(
    both: Both,
    change: Change,
    rule: FieldRule,
    view: FieldView,
    native: str,
) -> FieldWrite:
    side = change.side
    return FieldWrite(
        side=side,
        name=rule.name,
        native_name=native,
        old=view.of(side).now,
        new=change.before,
        origin=None if rule.funnel else view.of(side.other).now,
        raw=None if rule.funnel else both.raw(rule, side.other),
        reason=Reason.RESTORED if _is_at_rest(rule, view, change) else Reason.UNDONE,
        apart=(side, both.record(side).ref.object_name) in rule.apart,
    )


def _is_at_rest(rule: FieldRule, view: FieldView, change: Change) -> bool:
    """Tell whether both sides agree once the value is back, so that nothing is to be held."""
    if rule.funnel:
        return True
    back = replace(view.of(change.side), now=change.before)
    after = replace(view, left=back) if change.side is Side.LEFT else replace(view, right=back)
    return Forms(rule, after).agree()


# --- the stage ----------------------------------------------------------------------------------


def _stage_write(
    reader: Reader, both: Both, change: Change, rule: FieldRule, native: str
) -> FieldWrite | Untaken | None:
    """Put a person back at the stage they stood at: some CRMs only take that emptied and set."""
    funnel = reader.pair.funnel
    assert funnel is not None
    side = change.side
    now = both.raw(rule, side)
    stood = funnel.ladder.standing(change.before, None)
    if stood == funnel.ladder.standing(now, change.after):
        return None
    if reader.is_written_since(change):
        return Untaken.WRITTEN
    if change.after not in (now or "").split(";"):
        return Untaken.EDITED
    if stood is None or stood not in funnel.writable(side, both.record(side).ref.object_name):
        return Untaken.NO_STAGE
    across = both.raw(rule, side.other)
    agrees = funnel.ladder.standing(across, stood) == stood
    return FieldWrite(
        side=side,
        name=STAGE,
        native_name=native,
        old=now,
        new=stood,
        origin=across,
        raw=across,
        reason=Reason.RESTORED if agrees else Reason.UNDONE,
    )


def _note(
    reader: Reader, link_id: int, changes: Sequence[Change], writes: Sequence[FieldWrite]
) -> FunnelNote | None:
    """Give where the person stands once their stage is put back, so that no run moves it again."""
    put = next((one for one in writes if one.name == STAGE), None)
    holding = reader.holdings.get(link_id)
    if put is None or holding is None:
        return None
    stage = next(one for one in changes if one.field == STAGE)
    told = {one.field: one.before for one in changes}
    return FunnelNote(
        holding=replace(
            _as_before(holding, stage.reason, told.get(outcome_name(_OVER_AT))),
            stage=put.new,
            due=frozenset(),
        )
    )


def _as_before(holding: Holding, reason: str, over_at: Native) -> Holding:
    """Take a hand-over or a hand-back off; its condition counts as seen, and fires no second time.

    Where that was told the CRM, it says when the person was handed over before, if ever.
    """
    if reason == Reason.HANDED_OVER.name:
        earlier = datetime.fromisoformat(over_at) if over_at is not None else None
        return replace(holding, handed_over=False, over_at=earlier)
    if reason == Reason.HANDED_BACK.name:
        return replace(holding, handed_over=True, back_at=None, again_at=None, reason=None)
    return holding
