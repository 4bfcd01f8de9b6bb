"""The routing rules of lifecycle.yaml, ready to be asked about a record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mappings.expression import Condition
from mappings.identity import PeopleDirectory
from mappings.lifecycle.model import ORG_RULES, Lifecycle, Routing
from mappings.lifecycle.words import Queue
from mappings.transforms.named import QUEUE, one_name, queue_of
from sync.domain.errors import MappingError
from sync.domain.record import Native, Side
from sync.domain.routing import By, ReceiverKind, Rule
from sync.domain.rules import Trouble

__all__ = ["BoundRouting", "bind_routing", "missing_receivers"]

#: Somebody who left may be named: rules pass them over until they are taken out.
_LEFT = "inactive_owner"


@dataclass(frozen=True, slots=True)
class BoundRouting:
    """Who in sales gets a person, rule by rule, each with its condition (None: always).

    `account` and `account_owner` are what Salesforce calls accounts and whose they are;
    `org_assigns` names the objects its own assignment rules give owners to.
    """

    rules: tuple[tuple[Rule, Condition | None], ...]
    account: str = "Account"
    account_owner: str = "OwnerId"
    org_assigns: frozenset[str] = frozenset({"Lead"})

    def fitting(self, canonical: Mapping[str, Native]) -> tuple[Rule, ...]:
        """Give the rules whose conditions hold for a record, in order.

        Raises ExpressionFailedError.
        """
        return tuple(
            rule for rule, condition in self.rules if condition is None or condition(canonical)
        )

    @property
    def receivers(self) -> tuple[str, ...]:
        """Name everybody the rules speak of, each once."""
        return tuple(dict.fromkeys(name for rule, _ in self.rules for name in rule.to))


def bind_routing(
    lifecycle: Lifecycle, condition: Callable[[str, str], Condition]
) -> BoundRouting | None:
    """Bind the rules; None where the file has none.

    `condition` compiles a text over the fields of the people's pair, told where it stands.
    """
    if not lifecycle.routing:
        return None
    return BoundRouting(
        tuple(
            (
                _rule(number, one),
                condition(one.when, f"{lifecycle.places.file}: routing[{number}].when")
                if one.when is not None
                else None,
            )
            for number, one in enumerate(lifecycle.routing, start=1)
        )
    )


def missing_receivers(
    lifecycle: Lifecycle, people: PeopleDirectory, object_name: str
) -> Iterator[MappingError]:
    """Find users and queues of the rules that Salesforce lacks, and rules with nobody left.

    `object_name` is what people are in Salesforce when they are handed over.
    """
    for number, one in enumerate(lifecycle.routing):
        kind, to = _receivers(one)
        if kind is ReceiverKind.ORG_RULES:
            continue
        found = {name: people.find(Side.RIGHT, name, object_name) for name in to}
        troubles = {name: why for name, why in found.items() if isinstance(why, Trouble)}
        nobody_left = len(troubles) == len(to)
        for name, why in troubles.items():
            if why.code != _LEFT or nobody_left:
                mend = "name an active user" if queue_of(name) is None else "name another queue"
                path = ("routing", number, "to")
                yield lifecycle.places.at_value(path, f"{why.message}; {mend}")


def _rule(number: int, one: Routing) -> Rule:
    kind, to = _receivers(one)
    said = json.dumps([one.when, kind.value, *to, one.by.value])
    return Rule(
        number=number,
        key=hashlib.sha256(said.encode()).hexdigest()[:16],
        kind=kind,
        to=to,
        by=By(one.by.value),
    )


def _receivers(one: Routing) -> tuple[ReceiverKind, tuple[str, ...]]:
    if isinstance(one.to, Queue):
        return ReceiverKind.QUEUE, (one_name(QUEUE + one.to.name),)
    if isinstance(one.to, tuple):
        return ReceiverKind.PEOPLE, one.to
    assert one.to == ORG_RULES
    return ReceiverKind.ORG_RULES, ()
