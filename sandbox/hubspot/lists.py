"""Lists of records (HubSpot also says segments) and who is on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.hubspot.associations import RecordRef
from sandbox.hubspot.ordered import SortedKeys
from sandbox.jsontypes import JsonObject

__all__ = ["KEPT_FOR_MS", "ListBook", "Membership", "Processing", "RecordList"]

KEPT_FOR_MS = 90 * 24 * 3600 * 1000
"""How long a deleted list can be restored."""


class Processing(StrEnum):
    """How records come onto a list."""

    MANUAL = "MANUAL"
    SNAPSHOT = "SNAPSHOT"
    DYNAMIC = "DYNAMIC"


@dataclass(frozen=True, slots=True)
class Membership:
    """When a record was first and last added to a list."""

    first: int
    last: int


@dataclass(slots=True, kw_only=True)
class RecordList:
    """One list; its members are kept by id and in the order they joined."""

    id: int
    name: str
    object: str
    type_id: str
    processing: Processing
    created: int
    updated: int
    version: int = 1
    filter_branch: JsonObject | None = None
    deleted: int | None = None
    last_added: int | None = None
    last_removed: int | None = None
    members: dict[int, Membership] = field(default_factory=dict)
    ids: SortedKeys[int] = field(default_factory=SortedKeys)
    joined: SortedKeys[tuple[int, int]] = field(default_factory=SortedKeys)

    @property
    def is_written_by_hand(self) -> bool:
        """Tell whether records are added and removed by calls."""
        return self.processing is not Processing.DYNAMIC


class ListBook:
    """All lists of a portal, by id and by name, and the lists of each record."""

    def __init__(self) -> None:
        self._lists: dict[int, RecordList] = {}
        self._names: dict[str, int] = {}
        self._lists_of: dict[RecordRef, set[int]] = {}
        self._away: dict[RecordRef, dict[int, Membership]] = {}
        self._next_id = 1

    def __iter__(self) -> Iterator[RecordList]:
        return iter([self._lists[one] for one in sorted(self._lists)])

    def new_id(self) -> int:
        """Give an id no list has or had."""
        self._next_id += 1
        return self._next_id - 1

    def add(self, made: RecordList) -> None:
        """Take over a new list."""
        self._lists[made.id] = made
        self._next_id = max(self._next_id, made.id + 1)
        if made.deleted is None:
            self._names[made.name] = made.id

    def find(self, list_id: int) -> RecordList | None:
        """Find a list, deleted or not."""
        return self._lists.get(list_id)

    def named(self, name: str) -> RecordList | None:
        """Find a list that is not deleted by its name, which no other list has."""
        found = self._names.get(name)
        return None if found is None else self._lists[found]

    def rename(self, one: RecordList, name: str, *, now: int) -> None:
        """Give a list another name."""
        del self._names[one.name]
        one.name, one.updated, one.version = name, now, one.version + 1
        self._names[name] = one.id

    def delete(self, one: RecordList, *, now: int) -> None:
        """Delete a list; it keeps its members for the case that it is restored."""
        one.deleted = now
        del self._names[one.name]

    def restore(self, one: RecordList, *, now: int) -> None:
        """Bring a deleted list back."""
        one.deleted, one.updated = None, now
        self._names[one.name] = one.id

    # Members

    def put(self, one: RecordList, record_ids: Iterable[int], *, now: int) -> list[int]:
        """Add records and give those that were not on the list."""
        added = [each for each in dict.fromkeys(record_ids) if each not in one.members]
        self._enter_many(one, [(each, Membership(now, now)) for each in added])
        if added:
            one.last_added = now
        return added

    def take(self, one: RecordList, record_ids: Iterable[int], *, now: int) -> list[int]:
        """Remove records and give those that were on the list."""
        removed = [each for each in dict.fromkeys(record_ids) if each in one.members]
        gone = [(one.members.pop(each).last, each) for each in removed]
        one.ids.discard_many(removed)
        one.joined.discard_many(gone)
        for each in removed:
            self._note_gone(one, each)
        if removed:
            one.last_removed = now
        return removed

    def load(self, one: RecordList, members: Iterable[tuple[int, Membership]]) -> None:
        """Take over members with the times they were added at."""
        self._enter_many(one, list(members))
        one.last_added = max((each.last for each in one.members.values()), default=None)

    def of_record(self, ref: RecordRef) -> list[tuple[RecordList, Membership]]:
        """Give the lists a record is on, by ascending id."""
        found = [self._lists[each] for each in sorted(self._lists_of.get(ref, ()))]
        return [(each, each.members[ref[1]]) for each in found if each.deleted is None]

    # What becomes of members whose records are archived or merged

    def leave_all(self, ref: RecordRef) -> None:
        """Take an archived record off all lists, but remember them."""
        lists = [self._lists[each] for each in self._lists_of.get(ref, ())]
        if lists:
            self._away[ref] = {each.id: each.members[ref[1]] for each in lists}
        for each in lists:
            self._leave(each, ref[1])

    def return_to_all(self, ref: RecordRef, *, wanted: bool) -> None:
        """Put a restored record back on its lists, if that is wanted."""
        for list_id, membership in self._away.pop(ref, {}).items():
            if wanted:
                self._enter(self._lists[list_id], ref[1], membership)

    def forget(self, ref: RecordRef) -> None:
        """Forget a record for good."""
        self.leave_all(ref)
        self._away.pop(ref, None)

    def merge(self, name: str, gone: Iterable[int], survivor: int) -> None:
        """Give the memberships of merged records to the one that lives on."""
        for record_id in gone:
            for one, old in self.of_record((name, record_id)):
                if record_id == survivor:
                    continue
                self._leave(one, record_id)
                present = one.members.get(survivor, old)
                if survivor in one.members:
                    self._leave(one, survivor)
                first, last = min(old.first, present.first), max(old.last, present.last)
                self._enter(one, survivor, Membership(first, last))

    def _enter(self, one: RecordList, record_id: int, membership: Membership) -> None:
        self._enter_many(one, [(record_id, membership)])

    def _enter_many(self, one: RecordList, members: Sequence[tuple[int, Membership]]) -> None:
        one.members.update(members)
        one.ids.add_many(record_id for record_id, _ in members)
        one.joined.add_many((membership.last, record_id) for record_id, membership in members)
        for record_id, _ in members:
            self._lists_of.setdefault((one.object, record_id), set()).add(one.id)

    def _leave(self, one: RecordList, record_id: int) -> None:
        membership = one.members.pop(record_id)
        one.ids.discard(record_id)
        one.joined.discard((membership.last, record_id))
        self._note_gone(one, record_id)

    def _note_gone(self, one: RecordList, record_id: int) -> None:
        lists = self._lists_of[(one.object, record_id)]
        lists.discard(one.id)
        if not lists:
            del self._lists_of[(one.object, record_id)]
