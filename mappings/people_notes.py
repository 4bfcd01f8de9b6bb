"""What an admin should know of the people of both CRMs, before a run meets them."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.foreseen import Note, Risk
from mappings.model import PairMapping
from mappings.people import People
from mappings.words import SIDE_NAMES
from sync.domain.record import Side

__all__ = ["people_notes"]


def people_notes(pair: PairMapping, fields: frozenset[str], people: People) -> tuple[Note, ...]:
    """List the people whose records will wait, each with the field that names them."""
    return tuple(
        note
        for name in sorted(fields)
        for side in Side
        if pair.fields[name].writes_to(side)
        for note in _of_way(pair, name, side, people)
    )


def _of_way(pair: PairMapping, name: str, target: Side, people: People) -> Iterator[Note]:
    title, across = SIDE_NAMES[target], SIDE_NAMES[target.other]
    absent = list(people.without_counterpart(target.other))
    if absent:
        yield _note(
            pair,
            name,
            Risk.NO_COUNTERPART,
            f"{title} has no active user for {len(absent)} of {across}'s: {', '.join(absent)}",
        )
    known = set(people.names(target.other))
    for email, users in people.namesakes(target):
        if email in known:
            yield _note(
                pair,
                name,
                Risk.SEVERAL_USERS,
                f"{len(users)} active users of {title} have the e-mail address {email}: "
                f"{', '.join(one.id for one in users)}",
            )


def _note(pair: PairMapping, name: str, risk: Risk, message: str) -> Note:
    return Note(risk, pair.places.at_value(("fields", name, "map"), message))
