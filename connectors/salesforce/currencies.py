"""What the currencies of an org are worth, from day to day where the org keeps that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from connectors.salesforce.answers import Part, PartAnswer, Row
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call, unreadable_error
from connectors.salesforce.soql import select
from sync.domain.errors import CredentialError
from sync.domain.ports import Rate

__all__ = ["read_rates"]

_LASTING = "CurrencyType"
_DATED = "DatedConversionRate"
#: Unordered, since neither object's fields are said to be sortable.
_QUERIES = (
    (_LASTING, select(_LASTING, ("IsoCode", "ConversionRate"))),
    (_DATED, select(_DATED, ("IsoCode", "ConversionRate", "StartDate"))),
)

#: An org with one currency has neither object; one without dated rates lacks the second.
_NO_SUCH_OBJECT = "INVALID_TYPE"
_NOT_ALLOWED = "INSUFFICIENT_ACCESS"


def read_rates(client: SalesforceClient) -> Iterator[Rate]:
    """Read the rates of all currencies, those no longer active too, in one call.

    Where the user may not see them there are none, and no amount is worked out by them.
    """
    parts = [Part.query(soql, Call(operation="read", object_name=name)) for name, soql in _QUERIES]
    try:
        answers, _ = client.composite(parts)
    except CredentialError as error:
        if not error.code.startswith(_NOT_ALLOWED):
            raise
        return
    for answer in answers:
        yield from _rates(client, answer)


def _rates(client: SalesforceClient, answer: PartAnswer) -> Iterator[Rate]:
    if answer.fault is not None and answer.fault.code == _NO_SUCH_OBJECT:
        return
    rates = [_rate(row, answer.call) for row in client.rows(answer)]
    for rate in sorted(rates, key=lambda one: (one.currency, one.since or date.min)):
        if rate.units > 0:  # nothing is worth nothing of a currency: such a row says nothing
            yield rate


def _rate(row: Row, call: Call) -> Rate:
    try:
        since = row.get("StartDate")
        return Rate(
            currency=str(row["IsoCode"]).upper(),
            units=Decimal(str(row["ConversionRate"])),
            since=date.fromisoformat(since) if since else None,
        )
    except (InvalidOperation, KeyError, TypeError, ValueError) as exc:
        raise unreadable_error(call) from exc
