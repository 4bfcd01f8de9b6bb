"""`revloop forget`: removing a person from the state, and keeping them out from then on."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from console.output import paper, print_json
from console.words import SIDES, TITLES
from sync.domain.errors import UsageError
from sync.domain.record import RecordRef, Side

if TYPE_CHECKING:
    from console.wiring import Workshop
    from mappings.bound import BoundPair
    from sync.domain.rules import FieldRule
    from sync.state.forgotten import Erased
    from sync.state.subject import About

__all__ = ["forget"]

_STAYS = (
    "A keyed hash of the address and of these ids stays, so that no run links or makes the person "
    "again. Neither CRM was written to. Backups of the state, and plans and pages you saved as "
    "files, are yours to delete."
)


def forget(
    folder: Path,
    address: str,
    *,
    as_json: bool,
    allow_again: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Remove a person from the state, or let one who was removed be synced again; exit code 0.

    Raises UsageError where the address is none, or no pair of the mapping knows people by theirs.
    """
    from console.wiring import LEASE, Purpose, open_workshop

    address = _one_form(address)
    with open_workshop(folder, environment, purpose=Purpose.KEEP) as workshop:
        store, now = workshop.store, workshop.clock()
        lease = store.runs.lease(f"{socket.gethostname()}:{os.getpid()}", now=now, ttl=LEASE)
        try:
            if allow_again:
                return _allow(workshop, address, as_json=as_json)
            bound = _by_address(workshop)
            about = _about(workshop, bound, address)
            run = store.runs.begin("forget", now)
            erased = store.forgotten.forget(
                about, lambda places: _hashes(workshop, address, places), at=now
            )
            summary = {"rows": dict(erased.rows)}
            store.runs.end(run, at=workshop.clock(), exit=0, stopped=None, summary=summary)
        finally:
            lease.release()
    _tell(erased, run=f"r{run}", as_json=as_json)
    return 0


def _one_form(address: str) -> str:
    from mappings.transforms.email import read_email
    from mappings.transforms.reading import UnreadableError

    try:
        return read_email(address)
    except UnreadableError as fault:
        raise UsageError(
            "that is not an e-mail address; name the person by theirs, as in "
            "`revloop forget ada@example.com`"
        ) from fault


def _by_address(workshop: Workshop) -> dict[str, BoundPair]:
    """Give all pairs as last bound; raises UsageError where none knows people by address."""
    from console.one_record import bound_as_kept
    from mappings.words import FieldType

    known = any(
        len(names) == 1 and pair.fields[names[0]].type in (FieldType.EMAIL, None)
        for pair in workshop.pairs
        for names in pair.match
        if names[0] in pair.fields
    )
    if not known:
        raise UsageError(
            "no pair of the mapping matches by an e-mail address alone, so nobody is known by one"
        )
    bound = {pair.pair: bound_as_kept(workshop.store, pair) for pair in workshop.pairs}
    return {name: one for name, one in bound.items() if one is not None}


def _about(workshop: Workshop, bound: Mapping[str, BoundPair], address: str) -> About:
    """Say by which keys, rows and fields people are known in the state."""
    from sync.engine.session import hash_key
    from sync.state.subject import About

    secret = workshop.store.runs.secret()
    people = {name for name, pair in bound.items() if pair.address_rules}
    return About(
        address=address,
        keys=tuple(
            (name, rule, hash_key(secret, name, rule, address))
            for name in sorted(people)
            for rule in bound[name].address_rules
        ),
        ends={
            name: (_is_of(pair.relation.owner, people), _is_of(pair.relation.member, people))
            for name, pair in bound.items()
            if pair.relation is not None
        },
        references={
            name: tuple(rule.name for rule in pair.rules if _is_of(rule, people))
            for name, pair in bound.items()
            if pair.relation is None
        },
    )


def _is_of(rule: FieldRule, people: set[str]) -> bool:
    return rule.refers is not None and rule.refers.pair in people


def _hashes(
    workshop: Workshop, address: str, places: Iterable[tuple[Side, RecordRef]]
) -> list[str]:
    from sync.domain.forgotten import hash_of_address, hash_of_record

    secret = workshop.store.runs.secret()
    records = [hash_of_record(secret, side, ref) for side, ref in places]
    return [hash_of_address(secret, address), *records]


def _allow(workshop: Workshop, address: str, *, as_json: bool) -> int:
    pairs = [pair.pair for pair in workshop.pairs]
    allowed = workshop.store.forgotten.allow(_hashes(workshop, address, ()), pairs)
    if as_json:
        print_json({"allowed_again": allowed})
    elif allowed:
        paper().print(
            "The person may be linked and made again. The next sync compares both sides in full, "
            "and takes them up as new."
        )
    else:
        paper().print("Nobody with that address was forgotten; nothing is changed.")
    return 0


def _tell(erased: Erased, *, run: str, as_json: bool) -> None:
    records = [
        {"side": SIDES[side], "object": ref.object_name, "id": ref.id}
        for side, ref in erased.records
    ]
    if as_json:
        since = erased.was.isoformat() if erased.was else None
        rows = dict(erased.rows)
        print_json({"run": run, "records": records, "rows": rows, "forgotten_since": since})
        return
    out = paper()
    for side, ref in erased.records:
        out.print(f"Forgotten: {TITLES[side]} {ref.object_name} {ref.id}")
    if not records:
        out.print("No record is known by that address. Nobody with it will be linked or made.")
    total = sum(erased.rows.values())
    out.print(f"Erased {total} row{'' if total == 1 else 's'} of the state (run {run}). {_STAYS}")
    if erased.was is not None:
        out.print(f"This person is forgotten since {erased.was:%Y-%m-%d}.")
