"""Lists as seeds and the control page see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.hubspot.desk import as_list, as_mapping, stamp_of, text_of, times_of
from sandbox.hubspot.lists import Membership, Processing, RecordList
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import Json, JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["ListDesk"]


class ListDesk:
    """Makes and changes lists; those with filters too, whose members are given and not found."""

    def __init__(self, store: HubSpotStore) -> None:
        self._store = store

    def add(
        self,
        values: JsonObject,
        *,
        id: str | None = None,
        times: Mapping[str, datetime] | None = None,
    ) -> str:
        """Make a list and give its id."""
        book, now = self._store.lists, self._store.now()
        name = text_of(values, "name")
        if not name or (book.named(name) is not None and "deletedAt" not in values):
            raise SandboxError(f"a list needs a name no other list has, not {name!r}")
        if id is not None and (not is_number(id) or book.find(int(id)) is not None):
            raise SandboxError(f"{id!r} is no id of a list, or another list has it")
        kind = self._store.kind(text_of(values, "objectTypeId", "0-1"))
        created, updated = times_of(times, now)
        made = RecordList(
            id=book.new_id() if id is None else int(id),
            name=name,
            object=kind.name,
            type_id=kind.type_id,
            processing=_processing(values),
            created=created,
            updated=updated,
            filter_branch=as_mapping(values.get("filterBranch"), "filterBranch") or None,
            deleted=stamp_of(values["deletedAt"], now) if values.get("deletedAt") else None,
        )
        members = list(self._members(made, values, now))
        book.add(made)
        book.load(made, members)
        return str(made.id)

    def get(self, id: str) -> JsonObject | None:
        """Give a list that is not deleted."""
        one = self._find(id)
        return None if one is None or one.deleted is not None else _values(one)

    def edit(self, id: str, values: JsonObject) -> None:
        """Change the name or the members; members that stay keep their times."""
        one, book, now = self._needed(id), self._store.lists, self._store.now()
        unknown = set(values) - {"name", "members"}
        if unknown:
            raise SandboxError(f"a list's name and members can change, not {sorted(unknown)}")
        if "name" in values and values["name"] != one.name:
            name = text_of(values, "name")
            if not name or book.named(name) is not None:
                raise SandboxError(f"a list needs a name no other list has, not {name!r}")
            book.rename(one, name, now=now)
        if "members" in values:
            wanted = [record_id for record_id, _ in self._members(one, values, now)]
            book.take(one, set(one.members).difference(wanted), now=now)
            book.put(one, wanted, now=now)

    def remove(self, id: str) -> None:
        """Delete a list."""
        self._store.lists.delete(self._needed(id), now=self._store.now())

    def restore(self, id: str) -> None:
        """Bring a deleted list back."""
        one = self._find(id)
        if one is None or one.deleted is None:
            raise SandboxError(f"HubSpot has no deleted list {id}")
        if self._store.lists.named(one.name) is not None:
            raise SandboxError(f"another list is called {one.name!r} by now")
        self._store.lists.restore(one, now=self._store.now())

    def lines(self) -> Iterator[JsonObject]:
        """Give all lists as seed lines."""
        for one in self._store.lists:
            yield {
                "key": f"lists-{one.id}",
                "id": str(one.id),
                "properties": {**_values(one), "members": _member_lines(one)},
                "created": iso(one.created),
                "modified": iso(one.updated),
            }

    def _members(
        self, one: RecordList, values: JsonObject, now: int
    ) -> Iterator[tuple[int, Membership]]:
        live = self._store.tables[one.object].live
        for entry in as_list(values.get("members"), "members"):
            told: JsonObject = entry if isinstance(entry, dict) else {"id": entry}
            record_id = text_of(told, "id")
            if not is_number(record_id) or int(record_id) not in live:
                raise SandboxError(f"HubSpot has no live record {record_id!r} among {one.object}")
            last = stamp_of(told.get("added"), now)
            yield int(record_id), Membership(stamp_of(told.get("first"), last), last)

    def _find(self, id: str) -> RecordList | None:
        return self._store.lists.find(int(id)) if is_number(id) else None

    def _needed(self, id: str) -> RecordList:
        one = self._find(id)
        if one is None or one.deleted is not None:
            raise SandboxError(f"HubSpot has no list {id}")
        return one


def _processing(values: JsonObject) -> Processing:
    word = text_of(values, "processingType", "MANUAL")
    try:
        return Processing(word)
    except ValueError as exc:
        raise SandboxError(f"processingType is {', '.join(Processing)}, not {word!r}") from exc


def _values(one: RecordList) -> JsonObject:
    values: JsonObject = {
        "name": one.name,
        "objectTypeId": one.type_id,
        "processingType": one.processing.value,
        "members": [str(record_id) for record_id in one.ids],
    }
    if one.filter_branch is not None:
        values["filterBranch"] = one.filter_branch
    if one.deleted is not None:
        values["deletedAt"] = iso(one.deleted)
    return values


def _member_lines(one: RecordList) -> list[Json]:
    return [
        {
            "id": {"key": f"{one.object}-{record_id}"},
            "added": iso(one.members[record_id].last),
            "first": iso(one.members[record_id].first),
        }
        for record_id in one.ids
    ]
