"""What sales keeps of opportunities: what it is called there, and what the state knows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sync.domain.memberships import Memberships
from sync.domain.outcomes import Opportunity, Turn
from sync.domain.record import Side
from sync.domain.routing import SellerRecord

__all__ = ["Bearer", "OpportunityPerson", "Sales", "SalesNames", "Sellers"]


class Bearer(StrEnum):
    """Who carries what became of opportunities."""

    PERSON = "person"
    COMPANY = "company"
    DEAL = "deal"


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesNames:
    """What the CRM that knows opportunities calls what outcomes are worked out from.

    `facts` gives the field of each fact of an opportunity that the account has; `role` is the
    object of which each row says that a person stands behind an opportunity, "" where it cannot
    be read. `member` is the object of which each row says that a person took part in a campaign;
    a name is "" where the mapping keeps nothing of the kind. `lead` are people, too, who have no
    opportunities. `bearers` tells which objects carry outcomes.
    """

    side: Side
    opportunity: str
    facts: Mapping[str, str]
    role: str
    role_opportunity: str
    role_person: str
    role_main: str
    person: str
    person_account: str
    account: str
    campaign: str
    campaign_name: str
    member: str = ""
    member_person: str = ""
    member_status: str = ""
    member_campaign: str = ""
    member_responded: str = ""
    lead: str = ""

    @property
    def bearers(self) -> Mapping[str, Bearer]:
        """Give who carries outcomes, by the object's name."""
        return {
            self.person: Bearer.PERSON,
            self.lead: Bearer.PERSON,
            self.account: Bearer.COMPANY,
            self.opportunity: Bearer.DEAL,
        }

    @property
    def spare(self) -> frozenset[str]:
        """Name the fields without which a record still says what is needed of it."""
        return frozenset((self.member_campaign, self.member_responded))

    def extras(self, object_name: str) -> frozenset[str]:
        """Name the fields that are read of an object, mapped or not."""
        if object_name == self.opportunity:
            return frozenset(self.facts.values())
        more = {
            self.role: (self.role_opportunity, self.role_person, self.role_main),
            self.person: (self.person_account,),
            self.campaign: (self.campaign_name,),
            self.member: (
                self.member_person,
                self.member_status,
                self.member_campaign,
                self.member_responded,
            ),
        }
        return frozenset(more.get(object_name, ())) - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityPerson:
    """One row that says that a person stands behind an opportunity; `main` marks the first."""

    id: str
    opportunity: str
    person: str
    main: bool = False


class Sellers(Protocol):
    """What sellers closed and won."""

    def records(self, rule: str) -> Mapping[str, SellerRecord]:
        """Give everybody's record for a routing rule (by its key), by the id of the user."""
        ...


class Sales(Protocol):
    """The opportunities as they were read last, and who stands behind them.

    Each change marks those who carry it as touched, with a number that only grows.
    """

    @property
    def memberships(self) -> Memberships:
        """Who took part in campaigns."""
        ...

    @property
    def sellers(self) -> Sellers:
        """What sellers closed and won."""
        ...

    def has_any(self) -> bool:
        """Tell whether any opportunity is known."""
        ...

    def take(self, opportunities: Sequence[Opportunity]) -> None:
        """Keep opportunities as they are now."""
        ...

    def drop(self, ids: Sequence[str]) -> None:
        """Forget opportunities; who stood behind one does so again where it is restored."""
        ...

    def take_people(self, rows: Sequence[OpportunityPerson]) -> None:
        """Keep who stands behind opportunities."""
        ...

    def drop_people(self, ids: Sequence[str]) -> None:
        """Forget rows that said who stands behind an opportunity."""
        ...

    def take_accounts(self, accounts: Mapping[str, str | None]) -> None:
        """Keep which account each person belongs to."""
        ...

    def take_campaigns(self, names: Mapping[str, str]) -> None:
        """Keep the names of campaigns."""
        ...

    def leave(self, kind: Bearer, id: str, successor: str | None) -> None:
        """Let a person or account be gone, into its successor where there is one."""
        ...

    def touch_all(self) -> None:
        """Mark all who carry anything."""
        ...

    def touched(self, kind: Bearer, *, after: int, size: int) -> Iterator[Sequence[str]]:
        """Give who was touched since that number, each once, in chunks."""
        ...

    def last_touch(self) -> int:
        """Give the number of the last mark."""
        ...

    def get(self, ids: Sequence[str]) -> Mapping[str, Opportunity]:
        """Give opportunities by id."""
        ...

    def all(self, *, closed: bool = False) -> Iterator[Sequence[Opportunity]]:
        """Give all opportunities, or those that are closed, by id, in chunks."""
        ...

    def of_people(self, ids: Sequence[str]) -> Mapping[str, Sequence[Opportunity]]:
        """Give the opportunities behind which these people stand.

        Behind one with nobody stands the only person of its account.
        """
        ...

    def of_accounts(self, ids: Sequence[str]) -> Mapping[str, Sequence[Opportunity]]:
        """Give the opportunities of accounts."""
        ...

    def people_behind(self, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Give who stands behind opportunities by a row of their own, the first one first."""
        ...

    def only_people(self, accounts: Sequence[str]) -> Mapping[str, str]:
        """Give the one person of each account that has one only."""
        ...

    def first_wins(self, accounts: Sequence[str]) -> Mapping[str, Turn]:
        """Tell when accounts won for the first time, by the order in which opportunities close."""
        ...

    def campaign_names(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Give the names of campaigns."""
        ...

    def unnamed_campaigns(self) -> Sequence[str]:
        """Give the campaigns opportunities name whose own names are not known."""
        ...

    def known_rows(self) -> Iterator[Sequence[str]]:
        """Give the ids of all rows that say who stands behind an opportunity, in chunks."""
        ...

    def written(self, run: int, object_name: str) -> Sequence[str]:
        """Give the records of an object, on the side that knows opportunities, a run wrote."""
        ...
