"""How a batch of writes becomes the body of a collections request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.salesforce.advice import advice_on
from connectors.salesforce.answers import Part
from connectors.salesforce.faults import Call
from connectors.salesforce.ids import normal_id
from connectors.salesforce.relations import relation_of
from connectors.salesforce.values import Json, to_wire
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.schema import ObjectShape

__all__ = ["Prepared", "halves", "not_sent", "prepare", "rounds", "write_part"]

_NOT_SENT = "NOT_SENT"

#: A create that an alert rule takes for a duplicate is refused, so that the record found can be
#: linked; an update of a record that is there already is let through.
_DUPLICATE_RULE = {
    WriteKind.CREATE: "allowSave=false",
    WriteKind.UPDATE: "allowSave=true",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write that can be sent: its id in normal form, its values as Salesforce takes them."""

    write: Write
    id: str | None
    values: Mapping[str, Json]

    @property
    def identity(self) -> str | None:
        """What no other row of the same call may share: the id, or the key of a create."""
        if self.id is not None:
            return self.id
        key = self.write.unique_key
        value = self.write.values.get(key) if key else None
        return value.casefold() if value else None


def prepare(write: Write, shape: ObjectShape | None) -> Prepared | WriteResult:
    """Make a write ready to send, or say why it cannot be sent."""
    record_id = normal_id(write.id or "")
    if write.kind is WriteKind.CREATE:
        record_id = None
    elif record_id is None:
        return not_sent(write, "Id", "this is not the id of a Salesforce record")
    values: dict[str, Json] = {}
    for name, value in write.values.items():
        try:
            values[name] = to_wire(None if shape is None else shape.fields.get(name), value)
        except ValueError as error:
            return not_sent(write, name, str(error))
    relation = relation_of(write.object_name)
    if relation is None or write.kind is not WriteKind.CREATE:
        return Prepared(write, record_id, values)
    try:
        return Prepared(write, None, relation.as_sent(values))
    except ValueError as error:
        return not_sent(write, relation.person, str(error))


def rounds(rows: Sequence[Prepared]) -> list[Sequence[Prepared]]:
    """Divide rows so that none of a round shares its id or key with another, or is assigned alone.

    Salesforce refuses the second row with one id in a call; in a call of its own it is an
    ordinary update, and the second create with one key meets the duplicate it is. Whether
    assignment rules run is told for a call as a whole.
    """
    assigned = [row for row in rows if row.write.assign]
    if assigned and len(assigned) < len(rows):
        others = [row for row in rows if not row.write.assign]
        return [*rounds(others), *rounds(assigned)]
    divided: list[list[Prepared]] = []
    seen: dict[str, int] = {}
    for row in rows:
        number = 0
        if row.identity is not None:
            number = seen.get(row.identity, 0)
            seen[row.identity] = number + 1
        if number == len(divided):
            divided.append([])
        divided[number].append(row)
    return list(divided)


def halves(rows: Sequence[Prepared]) -> list[Sequence[Prepared]]:
    """Divide rows in two."""
    middle = len(rows) // 2
    return [rows[:middle], rows[middle:]]


def write_part(group: Sequence[Prepared], call: Call) -> Part:
    """Make the part of a composite call that writes a group; each row stands or falls alone."""
    kind = group[0].write.kind
    headers = {"Sforce-Auto-Assign": "TRUE" if group[0].write.assign else "FALSE"}
    if kind is WriteKind.ARCHIVE:
        ids = ",".join(row.id or "" for row in group)
        path = f"composite/sobjects?ids={ids}&allOrNone=false"
        return Part(call=call, path=path, method="DELETE", headers=headers)
    headers["Sforce-Duplicate-Rule-Header"] = (
        f"{_DUPLICATE_RULE[kind]}; includeRecordDetails=false; runAsCurrentUser=false"
    )
    return Part(
        call=call,
        path="composite/sobjects",
        method="POST" if kind is WriteKind.CREATE else "PATCH",
        body={"allOrNone": False, "records": [_row(row) for row in group]},
        headers=headers,
    )


def _row(row: Prepared) -> Json:
    body: dict[str, Json] = {"attributes": {"type": row.write.object_name}}
    if row.id is not None:
        body["id"] = row.id
    return body | dict(row.values)


def not_sent(write: Write, name: str, why: str) -> WriteResult:
    """Give the result of a write that was kept back for what it holds in one field."""
    return WriteResult(
        token=write.token,
        outcome=WriteOutcome.REJECTED,
        id=write.id,
        code=_NOT_SENT,
        message=f"{name}: {why}; nothing was sent",
        fields=(name,),
        advice=advice_on(_NOT_SENT, WriteOutcome.REJECTED),
    )
