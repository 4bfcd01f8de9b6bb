"""Telling owners of a hand-over by a task: people who are no leads get into no list of leads.

Each is noted before it is sent. One whose answer never came is looked for before it is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mappings.bound import BoundPair
from mappings.funnel import PairFunnel
from sync.domain.errors import ConfigError, SchemaDriftError
from sync.domain.funnel import STAGE, OwedTask, TaskState
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Native, Side
from sync.domain.store import Changes, Link, NewError
from sync.engine.sending import error_of
from sync.engine.session import Session
from sync.engine.shapes import read_shapes

__all__ = ["send_tasks"]

_SIDE = Side.RIGHT


def send_tasks(session: Session, pair: BoundPair) -> None:
    """Make the tasks that are owed to owners of people of a pair."""
    funnel = pair.funnel
    owed = session.store.funnel.tasks(pair.name) if funnel is not None else ()
    if funnel is None or not owed:
        return
    crm, name = session.crms[_SIDE], funnel.task.object_name
    try:
        read_shapes(session.store, crm, _SIDE, (name,), now=session.clock())
    except (ConfigError, SchemaDriftError) as fault:
        _refuse(session, pair, owed, str(fault))
        return
    links = session.store.links.by_id([one.link_id for one in owed])
    made = _made(session, funnel, [one for one in owed if one.sent], links)
    session.store.funnel.mark_tasks(made, TaskState.NONE)
    left = [one for one in owed if one.link_id not in made and one.link_id in links]
    for batch in _batches(left, crm.batch_size_of(name)):
        _send(session, pair, funnel, batch, links)


def _batches(owed: Sequence[OwedTask], size: int) -> list[Sequence[OwedTask]]:
    return [owed[at : at + size] for at in range(0, len(owed), size)]


def _made(
    session: Session, funnel: PairFunnel, sent: Sequence[OwedTask], links: Mapping[int, Link]
) -> list[int]:
    """Find the tasks whose answer never came, and which are there."""
    if not sent:
        return []
    names = funnel.task
    people = {links[one.link_id].right.id: one for one in sent if one.link_id in links}
    found = session.crms[_SIDE].find(
        names.object_name, names.about, sorted(people), (names.about, names.subject)
    )
    return [
        one.link_id
        for task in found
        if (one := people.get(task.fields.get(names.about) or "")) is not None
        and task.fields.get(names.subject) == funnel.subject(one.stage)
        and (task.created is None or task.created >= one.at.replace(microsecond=0))
    ]


def _send(
    session: Session,
    pair: BoundPair,
    funnel: PairFunnel,
    batch: Sequence[OwedTask],
    links: Mapping[int, Link],
) -> None:
    owners = _owners(session, funnel, [links[one.link_id] for one in batch])
    writes = [
        Write(
            token=str(number),
            kind=WriteKind.CREATE,
            object_name=funnel.task.object_name,
            values=_values(funnel, one, links[one.link_id], owners),
        )
        for number, one in enumerate(batch)
    ]
    session.ensure_ours()
    session.store.funnel.mark_tasks([one.link_id for one in batch], TaskState.SENT)
    results = session.crms[_SIDE].apply(writes)
    done = [
        one.link_id
        for one, result in zip(batch, results, strict=True)
        if result.outcome is WriteOutcome.DONE
    ]
    session.store.funnel.mark_tasks(done, TaskState.NONE)
    refused = [
        (links[one.link_id], result)
        for one, result in zip(batch, results, strict=True)
        if result.outcome is not WriteOutcome.DONE
    ]
    session.commit(
        Changes(
            errors=[_error(pair, link, result) for link, result in refused],
            settled_fields=[(link_id, STAGE) for link_id in done],
        )
    )


def _owners(session: Session, funnel: PairFunnel, links: Sequence[Link]) -> Mapping[str, Native]:
    """Read whose the people are now; where it was chosen by a rule, it is written by now."""
    by_object: dict[str, list[str]] = {}
    for link in links:
        by_object.setdefault(link.right.object_name, []).append(link.right.id)
    owner = funnel.task.owner
    return {
        record.ref.id: record.fields.get(owner)
        for name, ids in by_object.items()
        for record in session.crms[_SIDE].fetch(name, ids, (owner,))
    }


def _values(
    funnel: PairFunnel, one: OwedTask, link: Link, owners: Mapping[str, Native]
) -> dict[str, Native]:
    names = funnel.task
    owner = owners.get(link.right.id)
    return {
        names.about: link.right.id,
        names.subject: funnel.subject(one.stage),
        names.day: one.at.date().isoformat(),
        **({names.text: one.rule} if one.rule else {}),
        **({names.owner: owner} if owner is not None else {}),
    }


def _error(pair: BoundPair, link: Link, result: WriteResult) -> NewError:
    return error_of(
        pair.name,
        _SIDE,
        result,
        ref=link.right,
        origin=link.left,
        link_id=link.id,
        field=STAGE,
    )


def _refuse(session: Session, pair: BoundPair, owed: Sequence[OwedTask], why: str) -> None:
    """Keep that owners cannot be told by a task, on the people they were to be told of."""
    links = session.store.links.by_id([one.link_id for one in owed])
    session.commit(
        Changes(
            errors=[
                NewError(
                    pair=pair.name,
                    side=_SIDE,
                    ref=link.right,
                    origin=link.left,
                    link_id=link.id,
                    field=STAGE,
                    category="refused",
                    code="NO_TASKS",
                    message=f"the owner could not be told of the hand-over by a task: {why}",
                    fix="Let the user revloop signs in as make tasks; the next sync does.",
                )
                for link in links.values()
            ]
        )
    )
