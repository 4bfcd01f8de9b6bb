"""People the other side does not know: each listed once, and looked at again when they come.

What waits is nowhere kept by itself: it is what a side's shadow holds of a field of people and
both sides never agreed on. So no crash can lose it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

from mappings.bound import BoundPair
from sync.domain.record import RecordRef, Side
from sync.domain.rules import Carried, FieldRule, Trouble, TroubleKind
from sync.domain.store import Changes, ErrorItem, NewError
from sync.engine.guard import PlanCount
from sync.engine.keep import commit_counted
from sync.engine.session import Session
from sync.engine.settle import stage_records
from sync.engine.tally import Tally

__all__ = ["OWNER", "begin_people", "list_absent", "stage_arrived"]

CATEGORY = "owner"

#: What an owner is called where records go by the name of their object.
OWNER = "owner"

#: An owner: the side records are theirs on, and their id there.
_Owner = tuple[Side, str]


def stage_arrived(session: Session, pair: BoundPair) -> None:
    """Stage the records whose owner stands otherwise by now, so that they are decided anew."""
    if not pair.people or not _is_new(session, pair):
        return
    session.people_touched.add(pair.name)
    session.reopened[pair.name] = pair.people
    for rule, origin in _directions(pair):
        carry = _carrier(pair, rule, origin)
        values = session.store.links.apart(pair.name, origin, rule.name)
        while chunk := dict(islice(values, session.settings.chunk)):
            # What was held or refused before and waits by now is put right, too.
            known = session.store.findings.open_fields(list(chunk))
            moved = [
                link_id
                for link_id, value in chunk.items()
                if _waits(carry(value)) is None or (link_id, rule.name) in known
            ]
            links = session.store.links.by_id(moved)
            stage_records(session, pair, origin, [one.ref(origin) for one in links.values()])


def _waits(carried: Carried) -> Trouble | None:
    """Give why an owner waits; None where nothing does."""
    if isinstance(carried, Trouble) and carried.kind is TroubleKind.WAIT:
        return carried
    return None


def begin_people(session: Session, pair: BoundPair, count: PlanCount) -> None:
    """Note that what waits is about to change; a run that ends before its list lists it again."""
    joined = bool(pair.people) and bool(count.creates or count.links)
    # A mapping that names people no more lists nobody.
    moved = bool(count.items) or not pair.people
    if joined or (moved and _listed(session, pair)):
        session.people_touched.add(pair.name)
    if pair.name in session.people_touched:
        session.store.runs.keep_note(_note(pair), "")


def list_absent(session: Session, pair: BoundPair, tally: Tally, *, whole: bool) -> None:
    """List every owner somebody waits for, with how many; close what waits no longer.

    `whole` tells that the run did all that it planned, so that all who arrived were looked at.
    """
    if pair.name not in session.people_touched:
        return
    listed = _listed(session, pair)
    found = _absent(session, pair)
    changes = Changes()
    changes.errors.extend(one for one in found.values() if not _is_listed(one, listed))
    changes.settled_records.extend(
        (pair.name, one.side.other, one.origin)
        for one in listed
        if one.origin is not None and (one.side.other, one.origin.id) not in found
    )
    if changes.errors or changes.settled_records:
        commit_counted(session, pair, changes, tally)
    if whole:
        session.store.runs.keep_note(_note(pair), pair.people_known)


def _listed(session: Session, pair: BoundPair) -> list[ErrorItem]:
    return [one for one in session.store.findings.errors(pair.name) if one.category == CATEGORY]


def _is_new(session: Session, pair: BoundPair) -> bool:
    """Tell whether anybody came, left or was named otherwise since the pair's last list."""
    return session.store.runs.note(_note(pair)) != pair.people_known


def _note(pair: BoundPair) -> str:
    return f"people_listed:{pair.name}"


def _directions(pair: BoundPair) -> Iterator[tuple[FieldRule, Side]]:
    """Give every field of people with each side it travels from."""
    for rule in pair.rules:
        if rule.name in pair.people:
            source = rule.arrow.source
            yield from ((rule, side) for side in Side if source in (None, side))


def _carrier(pair: BoundPair, rule: FieldRule, origin: Side) -> Callable[[str], Carried]:
    """Give how an owner is carried to whichever object across takes them; each once."""
    names = [one for one in pair.objects[origin.other] if rule.native_name(origin.other, one)]

    @cache
    def carry(value: str) -> Carried:
        carried: Carried = None
        for name in names:
            carried = rule.codec.carry(origin, value, object_name=name)
            if not isinstance(carried, Trouble):
                break
        return carried

    return carry


def _absent(session: Session, pair: BoundPair) -> Mapping[_Owner, NewError]:
    waiting: Counter[_Owner] = Counter()
    named: dict[_Owner, tuple[str, Trouble]] = {}
    for rule, origin in _directions(pair):
        carry = _carrier(pair, rule, origin)
        for _, value in session.store.links.apart(pair.name, origin, rule.name):
            trouble = _waits(carry(value))
            if trouble is not None:
                waiting[origin, value] += 1
                named.setdefault((origin, value), (rule.name, trouble))
    return {
        owner: _error(pair, owner, *named[owner], count) for owner, count in sorted(waiting.items())
    }


def _error(pair: BoundPair, owner: _Owner, field: str, trouble: Trouble, count: int) -> NewError:
    origin, id = owner
    waits = "1 record waits" if count == 1 else f"{count} records wait"
    return NewError(
        pair=pair.name,
        side=origin.other,
        ref=None,
        origin=RecordRef(OWNER, id),
        field=field,
        category=CATEGORY,
        code=trouble.code.upper(),
        message=f"{trouble.message}; {waits}",
        fix=f"{trouble.fix[:1].upper()}{trouble.fix[1:]}.",
    )


def _is_listed(new: NewError, listed: Sequence[ErrorItem]) -> bool:
    """Tell whether the very same stands in the list already."""
    said = (new.side, new.origin, new.field, new.message, new.fix)
    return any(said == (one.side, one.origin, one.field, one.message, one.fix) for one in listed)
