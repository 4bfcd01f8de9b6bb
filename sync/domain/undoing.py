"""What an undo takes back of a run, and why it leaves the rest as it is.

Pure. A value goes back where the record still holds what the run left there, where nobody wrote
the field since, and where what it was made from is what it was. Everything else is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sync.domain.audit import AuditRow, Written
from sync.domain.merge import FieldView
from sync.domain.record import Native, RecordRef, Side
from sync.domain.rules import FieldRule

__all__ = ["Change", "Left", "Stays", "Untaken", "changes_of", "same_value", "why_not"]


#: So many of a kind are listed.
_LISTED = 1_000


class Untaken(StrEnum):
    """Why something a run did is not taken back; `{target}` is the CRM it was done in."""

    EDITED = "edited in {target} since: it does not hold any more what the run left"
    WRITTEN = "a later run has written it since; undo that one first"
    EDITED_ACROSS = "edited in {origin} since; the next sync carries that"
    UNLINKED = "the two records are linked no more, and nothing is written to them"
    MOVED = "the link is of another record now: it was merged or converted since"
    GONE = "the record is deleted in {target}, or out of sight"
    CONVERTED = "the record was converted in {target}, and takes no writes any more"
    MERGED = "the record was merged into another one in {target}"
    UNREAD = "its counterpart in {origin} is deleted, or out of sight; the next sync looks after it"
    NO_PAIR = "the mapping has no such pair any more"
    NO_LINE = "the mapping has no line for it any more, or the field is paused"
    OPT_OUT = "an opt-out is never taken back by the sync; change it by hand if it must be"
    NO_STAGE = "the person stood at no stage before, and a stage is never emptied"
    FAILED = "a value of the record cannot be worked out: an expression of the mapping fails"
    TOUCHED = "made by the run, and somebody has worked on it since"
    IN_USE = "made by the run, and other records belong to it by now"
    ARCHIVED = (
        "deleted by the run: bring it back from the recycle bin of {target}; the next sync opens "
        "the link again"
    )
    CREATED = "made by the run; it stays, and stays linked (--delete-created archives it)"
    LINKED = "linked by the run; the link stays, and both CRMs keep the other's id"
    FOLLOWED = "the link followed a merge or conversion made in {target}, which stays as it is"
    CLOSED = "unlinked by the run; the records are remembered, and not linked again"
    UNAPPROVED = "not part of the undo that was approved"
    UNTIED = "taken away by the run; a record it tied in {target} is not linked any more"
    UNSETTLED = "the run was cut off as it made this in {target}; the next sync looks for it first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something that is left as the run left it, and why; `side` is where it was done."""

    pair: str
    left: RecordRef | None
    right: RecordRef | None
    side: Side | None
    field: str
    why: Untaken


@dataclass(slots=True)
class Stays:
    """What no undo takes back unasked: a first run may have linked everybody there is."""

    counts: Counter[Untaken] = field(default_factory=Counter)
    some: list[Left] = field(default_factory=list)

    def add(self, one: Left) -> None:
        """Count it, and list it unless there are many of its kind."""
        self.counts[one.why] += 1
        if self.counts[one.why] <= _LISTED:
            self.some.append(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a run did to one field of one side, all its writes together.

    `before` is what stood there first, `after`
    what stood there last, `origin` the value across that it was made from. `made` tells that the
    run made the record itself.
    """

    run: int
    link_id: int
    pair: str
    side: Side
    field: str
    before: Native
    after: Native
    origin: Native
    reason: str
    left: RecordRef | None
    right: RecordRef | None
    made: bool = False

    @property
    def at(self) -> Written:
        """Give the field of a side of a link that was written."""
        return self.link_id, self.field, self.side

    def ref(self, side: Side) -> RecordRef | None:
        """Give the record of a side as it was then."""
        return self.left if side is Side.LEFT else self.right

    def stays(self, why: Untaken) -> Left:
        """Give it as something that is left."""
        return Left(
            pair=self.pair,
            left=self.left,
            right=self.right,
            side=self.side,
            field=self.field,
            why=why,
        )


def changes_of(rows: Sequence[AuditRow]) -> list[Change]:
    """Give what a run did to the fields of links, from its audit, the oldest entry first."""
    made = {
        (row.entry.link_id, row.entry.side) for row in _of_kind(rows, "create") if row.entry.side
    }
    writes: dict[Written, list[AuditRow]] = {}
    for row in _of_kind(rows, "write"):
        one = row.entry
        if one.link_id is not None and one.side is not None:
            writes.setdefault((one.link_id, one.field, one.side), []).append(row)
    return [
        _change(found, made=(link_id, side) in made) for (link_id, _, side), found in writes.items()
    ]


def _of_kind(rows: Sequence[AuditRow], kind: str) -> Iterable[AuditRow]:
    return (row for row in rows if row.entry.kind == kind)


def _change(rows: Sequence[AuditRow], *, made: bool) -> Change:
    first, last = rows[0].entry, rows[-1].entry
    assert last.link_id is not None
    assert last.side is not None
    return Change(
        run=rows[-1].run,
        link_id=last.link_id,
        pair=last.pair,
        side=last.side,
        field=last.field,
        before=first.before,
        after=last.after,
        origin=last.origin,
        reason=last.reason,
        left=last.left,
        right=last.right,
        made=made,
    )


def same_value(
    rule: FieldRule, side: Side, one: Native, two: Native, *, region: str | None
) -> bool:
    """Tell whether two values of a field on one side differ in form at most."""
    if one == two:
        return True
    normal = rule.codec.normal
    return normal(side, one, region=region) == normal(side, two, region=region)


def why_not(change: Change, rule: FieldRule, view: FieldView) -> Untaken | None:
    """Tell why a field stays as the run left it, by what both sides hold now; None if it goes back.

    What the rules of the funnel decide is made from no value across.
    """
    side, region = change.side, view.region
    if not same_value(rule, side, view.of(side).now, change.after, region=region):
        return Untaken.EDITED
    across = view.of(side.other)
    if not rule.funnel and not same_value(
        rule, side.other, across.now, change.origin, region=region
    ):
        return Untaken.EDITED_ACROSS
    if rule.opt_out and rule.codec.canonical(side, view.of(side).now) == "true":
        return Untaken.OPT_OUT
    return None
