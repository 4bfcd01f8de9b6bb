"""Who took part in a campaign, as rows: HubSpot keeps it as two static lists for each campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.hubspot.calls import Operation
from connectors.hubspot.campaign_lists import LABELS, MEMBERS, RESPONDED, CampaignLists
from connectors.hubspot.campaign_member_writer import CampaignMemberWriter
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.faults import odd_answer
from connectors.hubspot.list_calls import MEMBERS_AT_ONCE, RECORDS_AT_ONCE, ListCalls
from connectors.hubspot.relations import (
    OWNER,
    ROW_FIELDS,
    Relation,
    Row,
    ends_of,
    in_batches,
    rows_holding,
)
from connectors.hubspot.values import moment
from connectors.hubspot.whole_answers import check_whole
from sync.domain.errors import GoneError
from sync.domain.ports import ChangeQuery, Peek, Write, WriteResult
from sync.domain.record import Native, Record
from sync.domain.schema import ObjectShape, Option

__all__ = ["OBJECT", "CampaignMembers"]

#: The object whose rows these are.
OBJECT = "campaigns/contacts"

#: Which of a campaign's lists counts for a person who is on both, first.
_BY_WEIGHT = (RESPONDED, MEMBERS)


class CampaignMembers:
    """The members of a portal's campaigns.

    A row's label is the word for the list it stands on, and it was created when it came there.
    Without Marketing Hub, or without the scopes for lists or campaigns, every reading call raises
    AccountNotSupportedError; nothing else of the portal is concerned.
    """

    batch_size = MEMBERS_AT_ONCE

    def __init__(self, client: HubSpotClient, *, clock: Callable[[], datetime]) -> None:
        """Work through the portal's one client; `clock` stands in where answers have no time."""
        self._relation = Relation(*OBJECT.split("/"))
        self._calls = ListCalls(client, about=OBJECT)
        self._lists = CampaignLists(self._calls)
        self._clock = clock
        self._writer = CampaignMemberWriter(self._calls, self._lists, self._relation, clock=clock)

    def describe(self) -> ObjectShape:
        """Describe the rows, once campaigns and lists could be asked for."""
        self._calls.any_campaign()
        self._lists.refresh()
        return self._relation.shape([Option(label, label.capitalize()) for label in LABELS])

    def peek(self, query: ChangeQuery) -> Peek:
        """Tell by one search which campaigns' lists changed; the rows must be read by these."""
        read_at = self._lists.refresh()
        return Peek(
            records=(),
            total=0,
            read_at=read_at or self._clock(),
            owners=self._lists.moved_since(query.since),
        )

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read the rows of all campaigns whose lists changed since then, or all there are."""
        self._lists.refresh()
        return self._pages(self._lists.moved_since(query.since), query.fields)

    def read_all(self, fields: Sequence[str]) -> Iterator[Sequence[Record]]:
        """Read the rows of all campaigns, in pages."""
        self._lists.refresh()
        return self._pages(self._lists.owners(), fields)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Fetch rows by id; one that is on neither list of its campaign comes back as gone."""
        for batch in in_batches(ids, RECORDS_AT_ONCE):
            lists = self._lists.of(ends_of(each)[0] for each in batch)
            joined = self._joined([ends_of(each)[1] for each in batch])
            for each in batch:
                owner, member = ends_of(each)
                on = joined.get(member, {})
                label = next((one for one in _BY_WEIGHT if lists[owner].get(one) in on), None)
                if label is not None:
                    now = self._clock()
                    since = on[lists[owner][label]] or now
                    yield self._record(Row(owner, member, label), fields, since=since, now=now)
                elif self._lists.is_there(owner):
                    yield self._relation.gone(each, stamp=self._clock())

    def find(
        self, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find the rows of some campaigns; by another field the rows of all must be read."""
        if field_name == OWNER:
            for page in self._pages(list(dict.fromkeys(values)), fields):
                yield from page
            return
        yield from rows_holding(self.read_all(ROW_FIELDS), field_name, values, fields)

    def read_ties(
        self, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Give nothing: no field of a row stands apart from it."""
        return {}

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind; one result each, in order."""
        return self._writer.apply(writes)

    def _pages(self, owners: Sequence[str], fields: Sequence[str]) -> Iterator[Sequence[Record]]:
        for owner, lists in self._lists.of(owners).items():
            responded: set[str] = set()
            for label in _BY_WEIGHT:
                if label not in lists:
                    continue
                for page in self._members(owner, label, lists[label]):
                    now = self._clock()
                    yield [
                        self._record(Row(owner, member, label), fields, since=since, now=now)
                        for member, since in page
                        if member not in responded
                    ]
                    if label == RESPONDED:
                        responded.update(member for member, _ in page)

    def _record(self, row: Row, fields: Sequence[str], *, since: datetime, now: datetime) -> Record:
        """Give a row; its stamp is the latest moment at which it can have become what it is.

        Who responded came onto that list then. Who did not may have been taken off it since.
        """
        stamp = since if row.label == RESPONDED else now
        return self._relation.record(row, fields, stamp=stamp, created=since)

    def _members(
        self, owner: str, label: str, list_id: str
    ) -> Iterator[Sequence[tuple[str, datetime]]]:
        """Read a list's members with the times they joined; one deleted meanwhile has none."""
        after: str | None = None
        while True:
            try:
                answer = self._calls.members(list_id, after)
            except GoneError:
                self._lists.drop(owner, label)
                return
            now = answer.date or self._clock()
            yield [
                (str(item["recordId"]), moment(item.get("membershipTimestamp")) or now)
                for item in answer.results
                if item.get("recordId")
            ]
            if answer.after is None:
                return
            if answer.after == after:
                asked = Operation(name="read the members of", object_name=OBJECT)
                raise odd_answer(asked, "the same page again and again")
            after = answer.after

    def _joined(self, members: Sequence[str]) -> Mapping[str, Mapping[str, datetime | None]]:
        """Read which lists people are on, and since when, by person and list."""
        found: dict[str, dict[str, datetime | None]] = {}
        for batch in in_batches(members, RECORDS_AT_ONCE):
            answer = self._calls.lists_of(batch)
            check_whole(answer, name="read the memberships of", object_name=OBJECT)
            for item in answer.results:
                lists = found.setdefault(str(item.get("recordId")), {})
                for one in item.get("recordListMemberships") or ():
                    lists[str(one["listId"])] = moment(one.get("lastAddedTimestamp"))
        return found
