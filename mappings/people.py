"""Which fields name people, and who is who: people of both CRMs are known by e-mail address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from mappings.transforms.named import QUEUE, is_name, one_name, queue_of
from mappings.words import SIDE_NAMES
from sync.domain.people import Person, PersonKind
from sync.domain.record import Side
from sync.domain.rules import Trouble, TroubleKind
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["People", "name_of", "names_people"]

#: What a field that names people refers to, as the two CRMs call it.
_PEOPLE = frozenset({"owners", "User"})

_BY_ITSELF = "the records follow by themselves"


def names_people(shape: FieldShape) -> bool:
    """Tell whether a field holds a user or an owner (a queue too, where both may stand there)."""
    return shape.kind is FieldKind.REFERENCE and not _PEOPLE.isdisjoint(shape.refers_to)


def name_of(person: Person) -> str | None:
    """Give the name both CRMs know somebody by: an e-mail address in lower case, `queue NAME`."""
    if person.kind is PersonKind.QUEUE:
        return one_name(QUEUE + person.name)
    return person.email.strip().lower() or None if person.email else None


class People:
    """The users, owners and queues of both CRMs; see `mappings.identity.Directory`."""

    def __init__(self, people: Mapping[Side, Sequence[Person]]) -> None:
        """Take everybody of each side, as its connector reads them."""
        self._all = {side: tuple(people.get(side, ())) for side in Side}
        self._by_id = {side: {one.id: one for one in self._all[side]} for side in Side}
        self._by_name: dict[Side, dict[str, list[Person]]] = {side: {} for side in Side}
        for side, everybody in self._all.items():
            for one in everybody:
                name = name_of(one)
                if name is not None:
                    self._by_name[side].setdefault(name.casefold(), []).append(one)

    @property
    def fingerprint(self) -> str:
        """Give a text that changes whenever an answer may have changed."""
        said = [
            [side.value, one.id, one.name, one.email, one.active, one.kind.value, *one.owns]
            for side in Side
            for one in sorted(self._all[side], key=lambda one: one.id)
        ]
        text = json.dumps(said, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def name(self, side: Side, id: str) -> str | Trouble:
        """Give the e-mail address of a user, or `queue NAME`; why there is none otherwise."""
        title = SIDE_NAMES[side]
        person = self._by_id[side].get(id)
        if person is None and is_name(id):
            return one_name(id)  # what an expression computes is a name already
        if person is None:
            return _waits(
                "unknown_owner",
                f"{title} shows no owner {id} to this user",
                f"give the records another owner in {title}, or grant access to its users",
            )
        name = name_of(person)
        if name is None:
            return _waits(
                "owner_without_email",
                f"{title}'s owner {person.name} ({id}) has no e-mail address",
                f"enter one in {title}; {_BY_ITSELF}",
            )
        return name

    def find(self, side: Side, name: str, object_name: str) -> str | Trouble:
        """Give the active user of an e-mail address, or the queue, that can own the object."""
        title = SIDE_NAMES[side]
        known = self._by_name[side].get(name.casefold(), [])
        active = [one for one in known if one.active]
        able = [one for one in active if one.can_own(object_name)]
        if len(able) == 1:
            return able[0].id
        if able:
            return Trouble(
                kind=TroubleKind.UNSURE,
                code="several_users",
                message=f"{len(able)} active users of {title} have the e-mail address {name} "
                f"({', '.join(one.id for one in able)})",
                fix=f"correct the address of one of them in {title}; {_BY_ITSELF}",
            )
        if active:
            return _waits(
                "queue_cannot_own",
                f"{name} takes no {object_name} records in {title}",
                f"give the records an owner who is a user; in {title} queues own Leads, never "
                "Contacts or Accounts",
            )
        if known:
            return _waits(
                "inactive_owner",
                f"the user {name} is no longer active in {title}",
                f"activate the user in {title}, or give the records another owner; {_BY_ITSELF}",
            )
        if queue_of(name) is not None:
            return _waits(
                "no_counterpart",
                f"{title} has no {name}",
                f"give the records an owner who is a user, or make such a queue in {title}",
            )
        return _waits(
            "no_counterpart",
            f"{title} has no user with the e-mail address {name}",
            f"add the user in {title}, give both the same address, or give the records another "
            f"owner; {_BY_ITSELF}",
        )

    def names(self, side: Side) -> Iterator[str]:
        """Give the names of everybody on one side."""
        yield from self._by_name[side]

    def namesakes(self, side: Side) -> Iterator[tuple[str, Sequence[Person]]]:
        """Give the names that several active users of a side share."""
        for name, known in sorted(self._by_name[side].items()):
            active = [one for one in known if one.active]
            if len(active) > 1:
                yield name, active

    def without_counterpart(self, side: Side) -> Iterator[str]:
        """Give the e-mail addresses of a side's active users that no active user across has."""
        across = self._by_name[side.other]
        for name, known in sorted(self._by_name[side].items()):
            if queue_of(name) is not None or not any(one.active for one in known):
                continue
            if not any(one.active for one in across.get(name, [])):
                yield name


def _waits(code: str, message: str, fix: str) -> Trouble:
    return Trouble(kind=TroubleKind.WAIT, code=code, message=message, fix=fix)
