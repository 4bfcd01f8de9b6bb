"""How far records have come: the fields that say it, and every change of one as an event."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sync.domain.record import Native, RecordRef, Side

__all__ = ["Cause", "OwnWrite", "StageEvent", "StageEvents", "StageFields", "news"]

#: How long before we noted a write the CRM may have carried it out: a run that was cut off notes
#: its writes in the next one. And how far its clock may be ahead of ours.
_NOTED_LATE = timedelta(days=1)
_CLOCKS_APART = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFields:
    """The fields of one object that say how far its records are, as the CRM names them.

    `names` gives the pair's own names of those that the pair reads; of others, read as the stage
    they stand for, that stage tells whether they moved. `of_all` means their history
    can be read for all records at once, and is kept for those without a link too; else it is read
    by id, for linked ones. `always_kept` means every record has some, so that all at once is no
    cheaper than by id. `thorough` means it is read of every record that changed; else, of many,
    only where a stage moved.
    """

    fields: tuple[str, ...]
    names: Mapping[str, str]
    of_all: bool = False
    always_kept: bool = False
    thorough: bool = False


class Cause(StrEnum):
    """Whose doing a change was."""

    PERSON = "person"
    REVLOOP = "revloop"
    AUTOMATION = "automation"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEvent:
    """One change of one stage field of one record; before and after as the CRM holds them.

    `before` is None also where it is not known. `editor` is the CRM's id of the user who did it,
    `source` what the CRM names as the cause. Without `id` it is not kept yet.
    """

    pair: str
    side: Side
    ref: RecordRef
    field: str
    at: datetime
    before: Native
    after: Native
    link_id: int | None = None
    editor: str | None = None
    source: str = ""
    by_us: bool = False
    id: int | None = None

    @property
    def cause(self) -> Cause:
        """Tell whose doing it was: ours, a user's, or that of automation in the CRM."""
        if self.by_us:
            return Cause.REVLOOP
        return Cause.AUTOMATION if self.editor is None else Cause.PERSON

    @property
    def is_note(self) -> bool:
        """Tell whether this is only our own note of what we wrote, not yet the CRM's word."""
        return self.by_us and self.editor is None and not self.source


def news(known: Sequence[StageEvent], read: Sequence[StageEvent]) -> list[StageEvent]:
    """Give what of the events of one record read from its CRM is to be kept.

    What is known is left out, whatever the CRM still knows to have stood before it; so is a first
    value that it dates earlier by now, as it may after a merge. What it tells of a write that we
    noted takes the place of the note, under its id, whatever user's name stands by it.
    """
    there = {(one.field, one.at, one.after) for one in known}
    begun = _first_values([one for one in known if not one.is_note])
    first = set(_first_values(read).values())
    fresh = [
        one
        for one in read
        if (one.field, one.at, one.after) not in there
        and not (one in first and _is_earlier(one, begun.get(one.field)))
    ]
    for note in known:
        told = _told_of(note, fresh) if note.is_note else None
        if told is not None:
            fresh[fresh.index(told)] = replace(told, by_us=True, id=note.id)
    # The oldest version a CRM keeps says nothing of what stood before; what is known may.
    oldest = {(one.field, one.at) for one in first}
    return [_with_past(one, known) if (one.field, one.at) in oldest else one for one in fresh]


def _with_past(event: StageEvent, known: Sequence[StageEvent]) -> StageEvent:
    """Give an event before which nothing is known to its CRM with what we know stood there."""
    earlier = [one for one in known if one.field == event.field and one.at < event.at]
    last = max(earlier, key=lambda one: one.at, default=None)
    if event.before is not None or last is None or last.after == event.after:
        return event
    return replace(event, before=last.after)


def _is_earlier(first: StageEvent, known: StageEvent | None) -> bool:
    return known is not None and known.after == first.after and first.at < known.at


def _first_values(events: Sequence[StageEvent]) -> dict[str, StageEvent]:
    """Give, by field, the oldest event where nothing stood before it."""
    oldest: dict[str, StageEvent] = {}
    for event in sorted(events, key=lambda one: one.at):
        oldest.setdefault(event.field, event)
    return {field: event for field, event in oldest.items() if event.before is None}


def _told_of(note: StageEvent, events: Sequence[StageEvent]) -> StageEvent | None:
    """Find the event by which a CRM tells of a write of ours: the nearest to our note of it."""
    near = [
        one
        for one in events
        if not one.by_us
        and (one.field, one.after) == (note.field, note.after)
        and note.at - _NOTED_LATE <= one.at <= note.at + _CLOCKS_APART
    ]
    return min(near, key=lambda one: abs(one.at - note.at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWrite:
    """A write of ours as the audit keeps it; `field` is the pair's own name."""

    number: int
    at: datetime
    link_id: int
    side: Side
    ref: RecordRef
    field: str
    before: Native
    after: Native


class StageEvents(Protocol):
    """The stage changes kept, of records with a link and without."""

    def put(self, events: Sequence[StageEvent]) -> None:
        """Keep events; one that is kept already stays as it is, one with an id is replaced."""
        ...

    def of_links(self, link_ids: Sequence[int]) -> Mapping[int, Sequence[StageEvent]]:
        """Give the events of links, the oldest first, those of records they had before too."""
        ...

    def of_records(
        self, pair: str, side: Side, refs: Sequence[RecordRef]
    ) -> Mapping[RecordRef, Sequence[StageEvent]]:
        """Give the events of records, the oldest first."""
        ...

    def between(
        self, pair: str, since: datetime, until: datetime
    ) -> Iterator[Sequence[StageEvent]]:
        """Give a pair's events from `since` until just before `until`, the oldest first."""
        ...

    def attach(self, pair: str) -> None:
        """Give the events of records that have a link by now to that link."""
        ...

    def own_writes(
        self, pair: str, fields: Collection[str], *, after: int
    ) -> Iterator[Sequence[OwnWrite]]:
        """Give our writes of fields of a pair that the audit numbers beyond `after`, in order."""
        ...

    def last_audit(self) -> int:
        """Give the number of the newest entry of the audit, 0 where there is none."""
        ...

    def links_beyond(
        self, pair: str, side: Side, object_name: str, *, after: int, but_made_in: int, size: int
    ) -> Iterator[Sequence[tuple[int, RecordRef]]]:
        """Give the open links numbered beyond `after` with their records of an object, in order.

        Those are left out whose record was made by the run `but_made_in`.
        """
        ...

    def last_link(self, pair: str) -> int:
        """Give the number of a pair's newest link, 0 where there is none."""
        ...
