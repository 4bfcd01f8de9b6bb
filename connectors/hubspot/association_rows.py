"""Lists of associations as rows of their own: the contacts of a deal, each with its label.

HubSpot has no search for associations, keeps no time of their changes and moves no stamp of the
records they tie. So rows are read by their owners, a thousand owners to a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.hubspot.association_calls import (
    READ_BATCH,
    AssociationCalls,
    after_of,
    start_of,
    tied_ends,
)
from connectors.hubspot.association_labels import AssociationKinds, label_of_kinds
from connectors.hubspot.association_row_writer import AssociationRowWriter
from connectors.hubspot.calls import Json
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.reader import HubSpotReader
from connectors.hubspot.relations import (
    OWNER,
    ROW_FIELDS,
    Relation,
    Row,
    ends_of,
    in_batches,
    rows_holding,
)
from connectors.hubspot.whole_answers import check_whole
from sync.domain.errors import GoneError, NoSuchObjectError, SchemaDriftError
from sync.domain.ports import ChangeQuery, Peek, Write, WriteResult
from sync.domain.record import Native, Record
from sync.domain.schema import ObjectShape, Option

__all__ = ["AssociationRows"]


class AssociationRows:
    """The associations from one object to another, as rows.

    A row carries the time it was read at as its stamp, since HubSpot keeps none: whatever is new
    in it came up to then.
    """

    batch_size = READ_BATCH

    def __init__(
        self,
        client: HubSpotClient,
        relation: Relation,
        *,
        reader: HubSpotReader,
        clock: Callable[[], datetime],
        learn: Callable[[str], object],
    ) -> None:
        """Work through the portal's one client.

        `reader` reads the owners themselves; `clock` stands in where answers carry no time;
        `learn` lets calls know a custom object by the name it has in files.
        """
        self._relation = relation
        self._calls = AssociationCalls(client)
        self._kinds = AssociationKinds(self._calls, relation)
        self._reader = reader
        self._clock = clock
        self._learn = learn
        self._writer = AssociationRowWriter(
            self._calls, relation, kinds=self._kinds, standing=self._standing, clock=clock
        )

    def describe(self) -> ObjectShape:
        """Describe the rows; their labels are those the portal has for the two objects."""
        try:
            self._learn(self._relation.owner_object)
            self._learn(self._relation.member_object)
            self._kinds.fetch()
        except (GoneError, SchemaDriftError) as error:
            raise NoSuchObjectError(
                f"HubSpot knows no associations {self._relation.name!r}; see that it has both "
                "objects, by these names.",
                object_name=self._relation.name,
                known=(),
            ) from error
        return self._relation.shape([Option(label, label) for label in self._kinds.labels()])

    def peek(self, query: ChangeQuery) -> Peek:
        """Give nothing, at no cost: no call tells which associations changed."""
        return Peek(records=(), total=0, read_at=self._clock())

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all rows there are; of changes since a time HubSpot tells nothing."""
        return self.read_all(query.fields) if query.since is None else iter(())

    def read_all(self, fields: Sequence[str]) -> Iterator[Sequence[Record]]:
        """Read the rows of all owners, in pages."""
        waiting: list[str] = []
        for page in self._reader.all(self._relation.owner_object, ()):
            waiting += [record.ref.id for record in page]
            while len(waiting) >= READ_BATCH:
                yield from self._pages(waiting[:READ_BATCH], fields)
                del waiting[:READ_BATCH]
        yield from self._pages(waiting, fields)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Fetch rows by id; one its owner does not have any more comes back as gone."""
        for batch in in_batches(ids, READ_BATCH):
            wanted = set(batch)
            bare = set(owners := [ends_of(each)[0] for each in batch])
            for page in self._pages(owners, fields):
                for record in page:
                    bare.discard(ends_of(record.ref.id)[0])
                    if record.ref.id in wanted:
                        wanted.discard(record.ref.id)
                        yield record
            yield from self._gone(sorted(wanted), bare)

    def find(
        self, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find the rows of some owners; by another field all rows there are must be read."""
        if field_name == OWNER:
            for page in self._pages(values, fields):
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

    def _standing(self, owners: Sequence[str]) -> Mapping[tuple[str, str], Native]:
        """Read who stands with some owners now, and as what."""
        return {
            (row.owner, row.member): row.label for rows, _ in self._rows(owners) for row in rows
        }

    def _gone(self, ids: Sequence[str], bare: set[str]) -> Iterator[Record]:
        """Give rows as gone whose owner is there without them.

        An owner that answers with no association at all may as well not be there any more, which
        proves nothing of its rows.
        """
        asked = sorted({ends_of(each)[0] for each in ids} & bare)
        there = {one.ref.id for one in self._reader.by_ids(self._relation.owner_object, asked, ())}
        now = self._clock()
        for each in ids:
            owner, _ = ends_of(each)
            if owner not in bare or owner in there:
                yield self._relation.gone(each, stamp=now)

    def _pages(self, owners: Sequence[str], fields: Sequence[str]) -> Iterator[Sequence[Record]]:
        for rows, read_at in self._rows(owners):
            yield [self._relation.record(row, fields, stamp=read_at) for row in rows]

    def _rows(self, owners: Sequence[str]) -> Iterator[tuple[Sequence[Row], datetime]]:
        """Read rows answer by answer; an owner with many has its further pages asked for."""
        ends = self._relation
        waiting: list[Json] = [{"id": each} for each in dict.fromkeys(owners)]
        while waiting:
            batch, waiting = waiting[:READ_BATCH], waiting[READ_BATCH:]
            answer = self._calls.read(ends.owner_object, ends.member_object, batch, about=ends.name)
            check_whole(answer, name="read the associations of", object_name=ends.name)
            yield (
                [
                    Row(start_of(item), member, label_of_kinds(kinds))
                    for item in answer.results
                    for member, kinds in tied_ends(item)
                ],
                answer.date or self._clock(),
            )
            waiting += [
                {"id": start_of(item), "after": after}
                for item in answer.results
                if (after := after_of(item))
            ]
