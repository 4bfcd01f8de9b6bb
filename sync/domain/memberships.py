"""Who took part in campaigns, and what the newest membership of each person says.

Pure: the same memberships, in any order, always give the same status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.domain.record import Native

__all__ = ["LAST_CAMPAIGN_STATUS", "Membership", "Memberships", "last_status_of"]

#: What a person carries: the status of its newest membership.
LAST_CAMPAIGN_STATUS = "last_campaign_status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One row that says that a person took part in a campaign, as what, and when it was made.

    `responded` tells whether that counts as an answer of theirs.
    """

    id: str
    person: str
    status: Native
    made: datetime
    campaign: str | None = None
    responded: bool = False

    @property
    def turn(self) -> tuple[datetime, str]:
        """Where it stands in the order in which people took part; at one moment by id."""
        return self.made, self.id


def last_status_of(memberships: Iterable[Membership]) -> Native:
    """Give the status of the newest membership; None without any.

    The newest is the one made last, whichever was edited last.
    """
    newest = max(memberships, key=lambda one: one.turn, default=None)
    return newest.status if newest is not None else None


class Memberships(Protocol):
    """The memberships as they were read last; each change marks the people it concerns."""

    def take(self, rows: Sequence[Membership]) -> None:
        """Keep memberships as they are now."""
        ...

    def drop(self, ids: Sequence[str]) -> None:
        """Forget memberships that are there no more."""
        ...

    def hand_over(self, successors: Mapping[str, str]) -> None:
        """Let people who were merged or converted pass theirs on, by their ids."""
        ...

    def get(self, ids: Sequence[str]) -> Mapping[str, Membership]:
        """Give memberships by id."""
        ...

    def of_people(self, ids: Sequence[str]) -> Mapping[str, Sequence[Membership]]:
        """Give the memberships of people, of those who have any."""
        ...
