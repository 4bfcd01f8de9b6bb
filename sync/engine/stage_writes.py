"""Writing the stage of a person: several fields at once, and some CRMs only let it go forward."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.bound import BoundPair
from sync.domain.funnel import STAGE
from sync.domain.plan import FieldWrite
from sync.domain.record import Fields, Native, RecordRef, Side
from sync.domain.store import ConflictKind, NewConflict
from sync.engine.keep import MovingShadow

__all__ = [
    "goes_back",
    "is_ignored",
    "kept_text",
    "not_taken",
    "settle_stage",
    "spelled",
    "stands",
]


def spelled(pair: BoundPair, object_name: str, write: FieldWrite, *, whole: bool = False) -> Fields:
    """Give what a write sends: a stage is sent as the values it stands for.

    Those that are there already are left out, unless the `whole` stage is to be sent: HubSpot
    would empty and set one again to take it back to what it is.
    """
    if write.name != STAGE or pair.funnel is None or write.new is None:
        return {write.native_name: write.new}
    if whole:
        return pair.funnel.spelled(write.side, object_name, write.new)
    return pair.funnel.unlike(write.side, object_name, write.new, stood=write.old)


def goes_back(pair: BoundPair, writes: Sequence[FieldWrite]) -> bool:
    """Tell whether a write puts somebody at an earlier stage than they stand at."""
    return pair.funnel is not None and any(
        write.new is not None and pair.funnel.is_backward(write.old, write.new)
        for write in writes
        if write.name == STAGE
    )


def is_ignored(pair: BoundPair, object_name: str, write: FieldWrite, stored: Fields) -> bool:
    """Tell whether a stage was not written, although the answer says so (L7).

    The record still stands where it stood, or nowhere. Further on, somebody else moved it there.
    `stored` is by the CRM's names, and may lack what was not written.
    """
    if pair.funnel is None or write.new is None:
        return False
    sent = pair.funnel.spelled(write.side, object_name, write.new)
    if all(stored.get(native, value) == value for native, value in sent.items()):
        return False
    text = pair.funnel.text(write.side, object_name, {**sent, **stored})
    names = set((text or "").split(";"))
    if write.new in names:
        return False
    kept = bool(names & set((write.old or "").split(";")))
    return kept or not pair.funnel.is_backward(text, write.new)


def kept_text(pair: BoundPair, object_name: str, write: FieldWrite, stored: Fields) -> Native:
    """Give at which stages a record stands that did not take one."""
    project = pair.project(write.side, object_name, stored)
    return project.get(STAGE, write.old)


def stands(pair: BoundPair, text: Native) -> bool:
    """Tell whether a side stood at a stage at all, that may be emptied."""
    return pair.funnel is not None and pair.funnel.ladder.standing(text, None) is not None


def settle_stage(pair: BoundPair, own: MovingShadow, sent: Fields, stored: Fields) -> None:
    """Take what the fields of a stage hold now as seen, where a mapping reads them, too.

    `stored` is by the names of the pair, `sent` by those of the CRM.
    """
    for rule in pair.rules:
        read = any(native in sent for native in rule.names.values())
        if read and not rule.funnel and rule.name in stored:
            own.base[rule.name] = own.seen[rule.name] = stored[rule.name]


def not_taken(
    pair: BoundPair,
    side: Side,
    write: FieldWrite,
    stored: Native,
    *,
    link_id: int,
    left: RecordRef,
    right: RecordRef,
    title: str,
) -> NewConflict:
    """Hold a stage that a CRM accepted to write, and did not (L7)."""
    values = {side: stored, side.other: write.raw}
    return NewConflict(
        pair=pair.name,
        kind=ConflictKind.FIELD,
        records=((Side.LEFT, left), (Side.RIGHT, right)),
        link_id=link_id,
        field=STAGE,
        left=values[Side.LEFT],
        right=values[Side.RIGHT],
        reason=f"{title} answered that it wrote the stage {write.new!r}, and kept another one",
        proposal=f"Set the stage in {title} by hand, or look for what puts it back there.",
    )
