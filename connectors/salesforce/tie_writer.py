"""Writes rows that tie people to deals and campaigns: what is particular to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors.salesforce.answers import Part
from connectors.salesforce.batches import Prepared
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call
from connectors.salesforce.ids import known_object, normal_id
from connectors.salesforce.member_statuses import MemberStatuses
from connectors.salesforce.relations import Relation
from connectors.salesforce.soql import any_of, literals, select
from sync.domain.errors import ConfigError, ConnectorError
from sync.domain.ports import WriteKind, WriteOutcome, WriteResult
from sync.domain.schema import FieldKind

__all__ = ["TieWriter"]

_LEAD = "Lead"
_CONTACT = "ConvertedContactId"

_Results = dict[str, WriteResult]
_Send = Callable[[Sequence[Prepared]], _Results]


class TieWriter:
    """Sees to what such rows need before they are sent, and to what a refusal of one means."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self.statuses = MemberStatuses(client)

    def deliver(self, relation: Relation, rows: Sequence[Prepared], *, send: _Send) -> _Results:
        """Send the rows of one batch; gives a result for each."""
        results = self.statuses.refused(rows)
        rest = [row for row in rows if row.write.token not in results]
        results |= send(rest)
        frozen = [row for row in rest if _is_of_converted(results[row.write.token], row, relation)]
        if frozen:
            results |= self._sent_for_contacts(relation, frozen, send)
        return {
            token: replace(result, fields=relation.as_asked(result.fields))
            for token, result in results.items()
        }

    def _sent_for_contacts(
        self, relation: Relation, rows: Sequence[Prepared], send: _Send
    ) -> _Results:
        """Send rows whose lead was converted meanwhile for the contact it became.

        Other rows of the batch are written already: no error may lose their results.
        """
        waiting = {row.write.token: _wait(row) for row in rows}
        try:
            contacts = self._contacts([_person(row, relation) for row in rows])
            again = [
                replace(row, values=relation.with_person(row.values, contact))
                for row in rows
                if (contact := contacts.get(_person(row, relation))) is not None
            ]
            return waiting | send(again)
        except (ConnectorError, ConfigError):
            return waiting

    def _contacts(self, leads: Sequence[str]) -> Mapping[str, str]:
        """Give the contacts that leads were converted into, where they can be read."""
        soql = select(
            _LEAD, ("Id", _CONTACT), where=(any_of("Id", literals(FieldKind.TEXT, leads)),)
        )
        part = Part.query(soql, Call(operation="read", object_name=_LEAD), deleted=True)
        answers, _ = self._client.composite([part])
        return {
            lead: contact
            for row in self._client.rows(answers[0])
            if (lead := normal_id(str(row.get("Id"))))
            and (contact := normal_id(str(row.get(_CONTACT))))
        }


def _person(row: Prepared, relation: Relation) -> str:
    tie = relation.tie_of(row.values)
    return "" if tie is None else tie[1]


def _is_of_converted(result: WriteResult, row: Prepared, relation: Relation) -> bool:
    """Tell whether a new row was refused since the lead it names is converted."""
    frozen = result.outcome is WriteOutcome.FROZEN and row.write.kind is WriteKind.CREATE
    return frozen and known_object(_person(row, relation)) == _LEAD


def _wait(row: Prepared) -> WriteResult:
    return WriteResult(
        token=row.write.token,
        outcome=WriteOutcome.LOCKED,
        code="CANNOT_UPDATE_CONVERTED_LEAD",
        message="The lead was converted meanwhile, and the contact it became cannot be read yet; "
        "the row is sent again for the contact.",
    )
