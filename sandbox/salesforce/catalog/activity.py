"""Task and Event."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.catalog.build import (
    audit_fields,
    boolean,
    date,
    long_text,
    moment,
    owner,
    picklist,
    record_id,
    reference,
    sobject,
    text,
    whole,
)
from sandbox.salesforce.model import Access, FieldSpec, ObjectSpec, OnParentDelete

__all__ = ["event", "task"]

_STATUSES = (
    "Not Started",
    "In Progress",
    "Completed",
    "Waiting on someone else",
    "Deferred",
)
_PRIORITIES = ("High", "Normal", "Low")
_SUBJECTS = ("Call", "Send Letter", "Send Quote", "Other")
_TASK_KINDS = ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn")
_SHOWN_AS = ("Busy", "OutOfOffice", "Free")
_RO = Access.READ_ONLY
_CASCADE = OnParentDelete.CASCADE


def task() -> ObjectSpec:
    """Make the Task object."""
    fields = [
        *record_id("Activity"),
        *_ties("Tasks"),
        picklist("Subject", "Subject", _SUBJECTS),
        date("ActivityDate", "Due Date Only"),
        picklist("Status", "Status", _STATUSES, length=255, default=_STATUSES[0]),
        picklist("Priority", "Priority", _PRIORITIES, length=255, default="Normal"),
        boolean("IsHighPriority", "High Priority", access=_RO),
        owner("Group", "User"),
        long_text("Description", "Description"),
        boolean("IsClosed", "Closed", access=_RO),
        *audit_fields(),
        boolean("IsArchived", "Archived", access=_RO),
        whole("CallDurationInSeconds", "Call Duration"),
        picklist("CallType", "Call Type", ("Internal", "Inbound", "Outbound"), length=40),
        text("CallDisposition", "Call Result", 255),
        boolean("IsReminderSet", "Reminder Set"),
        moment("ReminderDateTime", "Reminder Date/Time", access=Access.WRITE),
        replace(
            picklist("TaskSubtype", "Task Subtype", _TASK_KINDS, length=40, restricted=True),
            default="Task",
            defaulted=True,
            access=Access.CREATE_ONLY,
        ),
        moment("CompletedDateTime", "Completed Date"),
    ]
    return sobject("Task", "00T", fields)


def event() -> ObjectSpec:
    """Make the Event object."""
    fields = [
        *record_id("Activity"),
        *_ties("Events"),
        picklist("Subject", "Subject", _SUBJECTS),
        text("Location", "Location", 255),
        boolean("IsAllDayEvent", "All-Day Event"),
        moment("ActivityDateTime", "Due Date Time", access=Access.WRITE),
        date("ActivityDate", "Due Date Only"),
        whole("DurationInMinutes", "Duration"),
        moment("StartDateTime", "Start Date Time", access=Access.WRITE),
        moment("EndDateTime", "End Date Time", access=Access.WRITE),
        long_text("Description", "Description"),
        owner("User"),
        boolean("IsPrivate", "Private"),
        picklist("ShowAs", "Show Time As", _SHOWN_AS, length=40, restricted=True, default="Busy"),
        boolean("IsChild", "Is Child", access=_RO),
        boolean("IsArchived", "Archived", access=_RO),
        boolean("IsReminderSet", "Reminder Set"),
        moment("ReminderDateTime", "Reminder Date/Time", access=Access.WRITE),
        *audit_fields(),
    ]
    return sobject("Event", "00U", fields)


def _ties(children: str) -> list[FieldSpec]:
    return [
        reference(
            "WhoId",
            "Name ID",
            ("Contact", "Lead"),
            on_parent_delete=_CASCADE,
            children=children,
        ),
        reference(
            "WhatId",
            "Related To ID",
            ("Account", "Campaign", "Opportunity"),
            on_parent_delete=_CASCADE,
            children=children,
        ),
        reference(
            "AccountId",
            "Account ID",
            ("Account",),
            access=_RO,
            on_parent_delete=OnParentDelete.KEEP,
        ),
    ]
