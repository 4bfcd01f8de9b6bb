"""Many writes at once by one bulk job, where that takes fewer calls than batches of 200.

Whatever a job left undone is left to the caller, who sends it in ordinary batches: those tell
precisely which row or field stands in the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.salesforce.batches import Prepared, rounds
from connectors.salesforce.bulk_file import fits, to_cell, written
from connectors.salesforce.bulk_jobs import Job, Jobs, JobState, still_running
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Fault
from connectors.salesforce.ids import normal_id
from connectors.salesforce.refusals import is_shared_failure
from sync.domain.errors import (
    ConfigError,
    ConnectorError,
    ExhaustedError,
    RetryableError,
    UnavailableError,
)
from sync.domain.ports import WriteKind

__all__ = ["MOST_IN_BULK", "Bulk", "BulkAnswer"]

#: What a job writes at most: as many as Salesforce works on as one, and 100 MB.
MOST_IN_BULK = 10_000
_LARGEST = 100_000_000
_WIDEST = 400_000

#: How many seconds a job may take before it is given up, and its rows sent otherwise.
_LONGEST = 3_600.0

_OPERATIONS = {
    WriteKind.CREATE: "insert",
    WriteKind.UPDATE: "update",
    WriteKind.ARCHIVE: "delete",
}

#: No header tells a job to leave the assignment rules alone, which choose owners anew.
_ASSIGNED = frozenset({"Lead", "Case"})

#: The objects that neither duplicate rules nor assignment rules can be made for: a job cannot be
#: told how to go by those, and a duplicate made is worse than a call.
_WITHOUT_RULES = frozenset({"Opportunity"})

#: A row that only an alert rule refused; ordinary batches say that it is meant.
_ALERT = "DUPLICATES_DETECTED"

_PROBLEM = re.compile(
    r"(?P<code>[A-Z][A-Z0-9_]+):(?P<message>.*?)(?::(?P<fields>[\w., ]*?))?\s*(?:--)?\s*", re.DOTALL
)


@dataclass(slots=True)
class BulkAnswer:
    """What a job did: the ids of rows written, why rows were refused, and the rows left undone."""

    written: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Fault] = field(default_factory=dict)
    left: list[Prepared] = field(default_factory=list)


class Bulk:
    """Decides what goes in bulk, and has it written.

    `least` is from how many rows on it pays; with 0 it never does.
    """

    def __init__(
        self, client: SalesforceClient, *, sleep: Callable[[float], object], least: int
    ) -> None:
        self._client = client
        self._jobs = Jobs(client, sleep=sleep, longest=_LONGEST)
        self._least = least
        self._closed: set[tuple[str, WriteKind]] = set()

    def pays(self, count: int) -> bool:
        """Tell whether a job takes fewer calls for so many rows."""
        return 0 < self._least <= count

    def size_for(self, object_name: str, kind: WriteKind, coming: int) -> int | None:
        """Give how many rows one job takes of those to come; None where no job is made."""
        if not self.pays(coming) or not self._is_open(object_name, kind):
            return None
        return min(coming, MOST_IN_BULK)

    def takes(self, rows: Sequence[Prepared]) -> tuple[list[Prepared], list[Prepared]]:
        """Divide rows into those one job is made for, and the others."""
        if not rows:
            return [], []
        first = rows[0].write
        if not self.pays(len(rows)) or not self._is_open(first.object_name, first.kind):
            return [], list(rows)
        apart = [row for row in rows if not _goes_in_bulk(row)]
        chosen = {id(row) for row in apart}
        suited = [row for row in rows if id(row) not in chosen]
        if not self.pays(len(suited)):
            return [], list(rows)
        # A second row with one id, or one key, waits for the first.
        together, *later = rounds(suited)
        return list(together), [row for each in (*later, apart) for row in each]

    def write(self, rows: Sequence[Prepared]) -> BulkAnswer:
        """Have one job write the rows; gives what became of each.

        Raises UnavailableError where a job that was started cannot be followed to its end: what
        it did can be seen in the records once it is over.
        """
        first = rows[0].write
        header = _header(rows)
        content = written(header, ([_cell(row, name) for name in header] for row in rows))
        if len(content) > _LARGEST:
            return BulkAnswer(left=list(rows))
        made = self._made(first.object_name, first.kind)
        if made is None:
            return BulkAnswer(left=list(rows))
        job = self._jobs.started(made, _OPERATIONS[first.kind], content)
        job = self._jobs.waited_for(job, rows=len(rows))
        if job.state == JobState.ABORTED:
            raise _aborted(job)
        if not job.is_over:
            job = self._jobs.aborted(job)
        if not job.is_over:
            raise still_running(job)
        return self._answer(rows, job)

    def await_jobs(self, object_names: Collection[str], user: str | None) -> None:
        """Wait for the jobs of this user that write to these objects; raises where one lasts.

        Nothing tells our jobs from those of another program that works as the same user.
        """
        try:
            left = list(self._jobs.at_work())
        except (RetryableError, ExhaustedError):
            raise
        except (ConnectorError, ConfigError):
            return  # where no job may be listed, none was made
        for job in left:
            if job.object_name in object_names and normal_id(job.user_id) == user:
                over = self._jobs.waited_for(job)
                if not over.is_over:
                    raise still_running(over)

    def _is_open(self, object_name: str, kind: WriteKind) -> bool:
        if (object_name, kind) in self._closed:
            return False
        match kind:
            case WriteKind.CREATE:
                return object_name in _WITHOUT_RULES
            case WriteKind.UPDATE:
                return object_name not in _ASSIGNED
        return kind is WriteKind.ARCHIVE

    def _made(self, object_name: str, kind: WriteKind) -> Job | None:
        """Make a job; None where the org makes none for this object, which is remembered."""
        try:
            return self._jobs.make(object_name, _OPERATIONS[kind])
        except (RetryableError, ExhaustedError):
            raise
        except (ConnectorError, ConfigError):
            # The edition, the user or the object: ordinary batches do without, or say what lacks.
            self._closed.add((object_name, kind))
            return None

    def _answer(self, rows: Sequence[Prepared], job: Job) -> BulkAnswer:
        """Match what the job did with the rows, by their ids or keys, never by their order."""
        names = {_name_of(row): row for row in rows}
        column = "Id" if rows[0].id is not None else str(rows[0].write.unique_key)
        answer = BulkAnswer()
        for told in self._jobs.succeeded(job):
            row = names.pop(_told_name(told, column), None)
            made = normal_id(told.get("sf__Id", ""))
            if row is not None and made is not None:
                answer.written[row.write.token] = made
            elif row is not None:
                answer.left.append(row)
        for told in self._jobs.failed(job):
            row = names.pop(_told_name(told, column), None)
            if row is not None:
                fault = _fault(told.get("sf__Error", ""))
                if _is_for_batches(row, fault):
                    answer.left.append(row)
                else:
                    answer.refused[row.write.token] = fault
        answer.left.extend(names.values())
        return answer


def _goes_in_bulk(row: Prepared) -> bool:
    """Tell whether a row can be written by a job, and told from others in its results."""
    write = row.write
    if write.assign or (write.kind is WriteKind.CREATE and row.identity is None):
        return False
    cells = [*row.values.values()]
    return all(map(fits, cells)) and sum(len(to_cell(each)) for each in cells) <= _WIDEST


def _header(rows: Sequence[Prepared]) -> list[str]:
    names = dict.fromkeys(name for row in rows for name in row.values)
    return list(names) if rows[0].id is None else ["Id", *names]


def _cell(row: Prepared, name: str) -> str:
    """Give a row's cell; what it does not write stays empty, which leaves it as it is."""
    if name == "Id" and row.id is not None:
        return row.id
    return to_cell(row.values[name]) if name in row.values else ""


def _name_of(row: Prepared) -> str:
    return (row.identity or "").casefold() if row.id is None else row.id


def _told_name(told: Mapping[str, str], column: str) -> str:
    text = told.get(column, "")
    return (normal_id(text or told.get("sf__Id", "")) or "") if column == "Id" else text.casefold()


def _fault(problem: str) -> Fault:
    """Read why a row was refused: `CODE:message:Field,Other --`."""
    found = _PROBLEM.fullmatch(problem)
    if found is None:
        return Fault(status=200, message=problem)
    fields = (name.strip() for name in (found["fields"] or "").split(","))
    return Fault(
        status=200,
        code=found["code"],
        message=found["message"],
        fields=tuple(name for name in fields if name),
    )


def _is_for_batches(row: Prepared, fault: Fault) -> bool:
    """Tell whether an ordinary batch may do what the job did not."""
    meant = fault.code == _ALERT and row.write.kind is WriteKind.UPDATE
    return meant or is_shared_failure([fault])


def _aborted(job: Job) -> UnavailableError:
    return UnavailableError(
        f"Salesforce: bulk job {job.id} for {job.object_name} was aborted by somebody. The run "
        "stops here; what the job had written stands, and the next run does the rest. Setup, 'Bulk "
        "Data Load Jobs' shows it.",
        maybe_done=True,
        system="Salesforce",
        object_name=job.object_name,
        operation="bulk",
        code="BULK_JOB_ABORTED",
    )
