"""What the contract suite needs to know of, and do to, the CRM behind a connector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sync.domain.ports import Crm
from sync.domain.record import Fields, Native

__all__ = ["HttpTestbed", "Names", "Testbed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What one CRM calls its object for people, and the fields the suite works with.

    `key` is a unique field for another system's id. A second record with the same `claimed` is
    refused with the id of the first. `level` is a picklist that takes `levels` and nothing else.
    `unknown_id` has the form of an id, and no record has it.
    """

    object: str
    first: str
    last: str
    email: str
    phone: str
    score: str
    level: str
    opted_out: str
    born: str
    met: str
    key: str
    claimed: str
    levels: tuple[str, str]
    unknown_id: str


class Testbed(Protocol):
    """One CRM with nothing in it, a connector for it, and a hand behind the scenes."""

    names: Names
    crm: Crm
    account_id: str
    keeps_edit_times: bool

    # --- what happens in the CRM, out of the connector's sight --------------------------------

    def add(self, values: Fields) -> str:
        """Let a person add a record; gives its id."""
        ...

    def add_many(self, values: Sequence[Fields]) -> list[str]:
        """Let an import add records of one stamp; gives their ids in order."""
        ...

    def edit(self, record_id: str, values: Fields) -> None:
        """Let a person edit a record."""
        ...

    def track(self, name: str) -> None:
        """Let the CRM keep the history of a field from now on, where it has to be told to."""
        ...

    def remove(self, record_id: str) -> None:
        """Let a person delete or archive a record."""
        ...

    def merge(self, winner_id: str, loser_id: str) -> str:
        """Let a person merge a record into another; gives the id that survives."""
        ...

    def value(self, record_id: str, name: str) -> Native:
        """Give what the CRM holds in one field, in native form."""
        ...

    def count(self) -> int:
        """Count the live records."""
        ...

    def now(self) -> datetime:
        """Give the CRM's time."""
        ...

    def pass_time(self, span: timedelta) -> None:
        """Let time go by in the CRM."""
        ...

    def delay_index(self, span: timedelta) -> None:
        """Let changes reach the CRM's search so much later, where it has such a delay."""
        ...

    # --- what goes wrong on the way -----------------------------------------------------------

    def lose_answer(self) -> None:
        """Let the next batch of writes be carried out, and its answer be lost."""
        ...

    def lock(self) -> None:
        """Let writes meet a lock that does not open in time, until `recover`."""
        ...

    def refuse_credentials(self) -> None:
        """Let calls be refused for their credentials, until `recover`."""
        ...

    def break_down(self) -> None:
        """Let every call fail, until `recover`."""
        ...

    def use_up_quota(self) -> None:
        """Let calls be refused because the day's calls are used up, until `recover`."""
        ...

    def recover(self) -> None:
        """Let all go well again."""
        ...

    def calls(self) -> int:
        """Count the calls the CRM has got from the connector."""
        ...


class HttpTestbed(Testbed, Protocol):
    """A CRM behind HTTP, where more can go wrong."""

    def reconnect(self, *, token: str) -> Crm:
        """Give another connector of the same CRM, with a token of its own."""
        ...

    def spoil(self, fault: str, *, times: int = 1, skip: int = 0) -> None:
        """Let calls go wrong on the wire: a fault by the name the sandbox gives it."""
        ...

    def slow_down(self) -> None:
        """Let the next call be refused because there are too many of them at once."""
        ...
