"""Owners: can they be read, and whose records would wait; their addresses are told elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from console.doctor.findings import Finding, good, mend, note, of_error
from console.words import TITLES
from mappings.live import people_fields
from mappings.model import PairMapping
from mappings.people import People
from mappings.people_checks import missing_stand_ins
from sync.domain.errors import ConfigError, ConnectorError, DailyQuotaError
from sync.domain.ports import Crm
from sync.domain.record import Side
from sync.domain.schema import ObjectShape

__all__ = ["check_people"]

_WHO = "`revloop mappings check --live` names them"


def check_people(
    crms: Mapping[Side, Crm],
    pairs: Sequence[PairMapping],
    shapes: Mapping[Side, Mapping[str, ObjectShape]],
) -> Iterator[Finding]:
    """Say who of both CRMs answers to nobody across, where a field names people at all."""
    named = {
        pair.pair: (pair, fields)
        for pair in pairs
        if (fields := people_fields(pair, shapes[Side.LEFT], shapes[Side.RIGHT]))
    }
    if not named:
        return
    known = {}
    for side, crm in crms.items():
        try:
            known[side] = crm.people()
        except DailyQuotaError as error:
            yield of_error("people", crm.title, error, level=note)
        except (ConfigError, ConnectorError) as error:
            yield of_error("people", crm.title, error)
    if len(known) < len(Side):
        return
    people = People(known)
    for pair, fields in named.values():
        yield from (
            mend("people", pair.pair, str(one)) for one in missing_stand_ins(pair, fields, people)
        )
    for side in Side:
        travels = (
            pair.fields[name].writes_to(side.other)
            for pair, fields in named.values()
            for name in fields
        )
        if any(travels):
            yield from _of_side(side, people)


def _of_side(side: Side, people: People) -> Iterator[Finding]:
    title, across = TITLES[side], TITLES[side.other]
    absent = sum(1 for _ in people.without_counterpart(side))
    if absent:
        yield note(
            "people",
            title,
            f"{absent} of its active owners have no active user in {across} with their e-mail "
            f"address; an owner who has none is not sent, and stands once with the errors",
            f"give both the same address, or leave them; {_WHO}",
        )
    else:
        yield good("people", title, f"all its active owners have a user in {across}")
    twice = sum(1 for _ in people.namesakes(side))
    if twice:
        yield note(
            "people",
            title,
            f"{twice} e-mail addresses belong to several active users; what is theirs is held",
            f"give each user an address of their own; {_WHO}",
        )
