"""Turns what Salesforce says of a single row it did not write into a result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.salesforce.advice import advice_on
from connectors.salesforce.faults import Fault, named_field
from connectors.salesforce.ids import find_id, known_object, normal_id
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Record, RecordRef

__all__ = ["is_shared_failure", "refused", "row_faults"]

_LOCKED_CODES = frozenset(
    {
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "ENTITY_IS_LOCKED",
        "PROCESSING_HALTED",
        "QUERY_TIMEOUT",
        "REQUEST_RUNNING_TOO_LONG",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
    }
)
_DUPLICATE_CODES = frozenset({"DUPLICATES_DETECTED", "DUPLICATE_VALUE"})
_GONE_CODES = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"})
_FROZEN_CODE = "CANNOT_UPDATE_CONVERTED_LEAD"
_LOCK_CODE = "UNABLE_TO_LOCK_ROW"
_INACTIVE_CODE = "INACTIVE_OWNER_OR_USER"

_OWNER = "OwnerId"

#: One row's failing trigger is reported on every row that went through it together.
_SHARED_CODE = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"

_DUPLICATE_FIELD = re.compile(r"duplicate value found: (\w+) duplicates")


def row_faults(row: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Give what a row's answer says against it; never empty for a row that failed."""
    faults = tuple(
        Fault(
            status=200,
            code=str(each.get("statusCode") or each.get("errorCode") or ""),
            message=str(each.get("message") or ""),
            fields=_names(each.get("fields")),
            # The first spelling is Salesforce's own.
            matches=_matched_ids(each.get("duplicateResut") or each.get("duplicateResult")),
        )
        for each in _errors(row)
    )
    return faults or (Fault(status=200, code="UNKNOWN_EXCEPTION"),)


def _errors(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    told = row.get("errors")
    listed = told if isinstance(told, list) else [told]
    return [each for each in listed if isinstance(each, Mapping)]


def _names(fields: object) -> tuple[str, ...]:
    return tuple(map(str, fields)) if isinstance(fields, list) else ()


def is_shared_failure(faults: Sequence[Fault]) -> bool:
    """Tell whether the row may have failed for the sake of another row of the same call."""
    return any(fault.code == _SHARED_CODE and not _is_lock(fault) for fault in faults)


def refused(write: Write, faults: Sequence[Fault], now: Record | None) -> WriteResult:
    """Give the result for a row Salesforce did not write.

    `now` is the record as the same call read it afterwards: it tells whether 'deleted' speaks
    of the record itself or of one it refers to.
    """
    fault, outcome = _weightiest(write, faults, now)
    if outcome is WriteOutcome.DONE:
        return WriteResult(token=write.token, outcome=outcome, id=write.id, stored=now)
    moved_on = outcome in {WriteOutcome.GONE, WriteOutcome.FROZEN}
    return WriteResult(
        token=write.token,
        outcome=outcome,
        id=write.id,
        stored=now if moved_on else None,
        existing=_existing(write, fault) if outcome is WriteOutcome.DUPLICATE else None,
        code=fault.code,
        message=" ".join(dict.fromkeys(filter(None, (each.message for each in faults)))),
        fields=_fields(faults, write),
        advice=advice_on(fault.code, outcome),
    )


def _weightiest(
    write: Write, faults: Sequence[Fault], now: Record | None
) -> tuple[Fault, WriteOutcome]:
    """Give the fault to go by: one that says where the record is, before one about a value."""
    judged = [(fault, _outcome(write, fault, now)) for fault in faults]
    order = list(_BY_WEIGHT)
    return min(judged, key=lambda pair: order.index(pair[1]))


_BY_WEIGHT = (
    WriteOutcome.DONE,
    WriteOutcome.FROZEN,
    WriteOutcome.GONE,
    WriteOutcome.DUPLICATE,
    WriteOutcome.REJECTED,
    WriteOutcome.LOCKED,
)


def _outcome(write: Write, fault: Fault, now: Record | None) -> WriteOutcome:
    if fault.code == _FROZEN_CODE:
        return WriteOutcome.FROZEN
    if fault.code in _GONE_CODES and _is_about_itself(write, fault, now):
        # Deleted already is what an archive asks for: it may be our own, sent a second time.
        return WriteOutcome.DONE if write.kind is WriteKind.ARCHIVE else WriteOutcome.GONE
    if fault.code in _DUPLICATE_CODES:
        return WriteOutcome.DUPLICATE
    if fault.code in _LOCKED_CODES or _is_lock(fault):
        return WriteOutcome.LOCKED
    return WriteOutcome.REJECTED


def _is_about_itself(write: Write, fault: Fault, now: Record | None) -> bool:
    if write.kind is WriteKind.CREATE:
        return False
    if now is not None:
        return now.gone
    return all(name.lower() == "id" for name in fault.fields)


def _is_lock(fault: Fault) -> bool:
    return fault.code == _LOCK_CODE or _LOCK_CODE in fault.message


def _existing(write: Write, fault: Fault) -> RecordRef | None:
    found = normal_id(fault.matches[0]) if fault.matches else find_id(fault.message)
    if found is None or (write.id is not None and found == normal_id(write.id)):
        return None
    return RecordRef(known_object(found) or write.object_name, found)


def _fields(faults: Sequence[Fault], write: Write) -> tuple[str, ...]:
    names: list[str] = []
    for fault in faults:
        duplicate = _DUPLICATE_FIELD.search(fault.message)
        if fault.fields:
            names.extend(fault.fields)
        elif duplicate is not None:
            names.append(duplicate.group(1))
        elif fault.code == _INACTIVE_CODE and _OWNER in write.values:
            names.append(_OWNER)  # Salesforce names no field; the rest of the record is sound
        elif (name := named_field(fault)) is not None:
            names.append(name)
    return tuple(dict.fromkeys(names))


def _matched_ids(result: Any) -> tuple[str, ...]:  # JSON of the vendor's, of any shape
    """Give the ids a duplicate rule found; it may keep them from the user."""
    try:
        return tuple(
            str(match["record"]["Id"])
            for found in result["matchResults"]
            for match in found["matchRecords"]
        )
    except (KeyError, TypeError):
        return ()
