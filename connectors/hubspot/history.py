"""How properties changed, from the versions HubSpot keeps of each: about 45 of a contact's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.hubspot.calls import Answer, Json
from connectors.hubspot.relations import in_batches
from connectors.hubspot.values import moment, native_of
from sync.domain.ports import FieldChange
from sync.domain.record import Native

__all__ = ["BATCH", "changes_of", "read_changes"]

#: How many records one call gives with their history.
BATCH = 50

#: Causes that are nobody's own decision, even where a user's id stands beside them.
_AUTOMATIC = frozenset(
    {"ANALYTICS", "API", "AUTOMATION_PLATFORM", "CALCULATED", "COMPANY", "DEALS", "INTEGRATION"}
    | {"MIGRATION", "SALESFORCE", "WORKFLOWS"}
)
_USER = re.compile(r"userId:(\d+)")


def read_changes(
    read_batch: Callable[[Json], Answer],
    fields: Sequence[str],
    ids: Iterable[str],
    *,
    since: datetime | None,
) -> Iterator[Sequence[FieldChange]]:
    """Read the changes of records, one call for fifty of them; those that are gone have none."""
    for batch in in_batches(ids, BATCH) if fields else ():
        answer = read_batch(
            {
                "inputs": [{"id": each} for each in batch],
                "properties": [],
                "propertiesWithHistory": list(fields),
            }
        )
        page = [change for item in answer.results for change in changes_of(item, fields)]
        yield [change for change in page if since is None or change.at >= since]


def changes_of(item: Json, fields: Sequence[str]) -> Iterator[FieldChange]:
    """Give the changes of one record's fields, oldest first.

    What was set to the value it had is no change. What stood before the oldest version kept is
    not known, and told as blank.
    """
    histories = item.get("propertiesWithHistory")
    known: Mapping[str, object] = histories if isinstance(histories, dict) else {}
    found = [
        change
        for name in fields
        for change in _changes_of_field(str(item.get("id")), name, known.get(name))
    ]
    yield from sorted(found, key=lambda change: change.at)


def _changes_of_field(record_id: str, name: str, versions: object) -> Iterator[FieldChange]:
    told = [one for one in versions if isinstance(one, dict)] if isinstance(versions, list) else []
    before: Native = None
    for version in reversed(told):  # they come newest first
        at, after = moment(version.get("timestamp")), native_of(version.get("value"))
        if at is not None and after != before:
            yield FieldChange(
                id=record_id,
                field=name,
                at=at,
                before=before,
                after=after,
                editor=_editor(version),
                source=_source(version),
            )
            before = after


def _source(version: Json) -> str:
    kind, label = str(version.get("sourceType") or ""), str(version.get("sourceLabel") or "")
    return f"{kind}: {label}" if label else kind


def _editor(version: Json) -> str | None:
    """Name the user who made a change of their own accord."""
    if version.get("sourceType") in _AUTOMATIC:
        return None
    user = version.get("updatedByUserId")
    if user is not None:
        return str(user)
    named = _USER.search(str(version.get("sourceId") or ""))
    return named.group(1) if named else None
