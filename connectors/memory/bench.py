"""The other end of a memory CRM: people and automation at work, and failures on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from connectors.memory.calls import Call
from connectors.memory.crm import MemoryCrm
from connectors.memory.intake import Refusal, RefusalCode
from connectors.memory.saving import Hook
from connectors.memory.table import Editor, Row, Table
from connectors.memory.troubles import Failure, Moment, Operation
from sync.domain.errors import DuplicateRejectedError, GoneError, ValidationRejectedError
from sync.domain.people import Person
from sync.domain.ports import Account, Write
from sync.domain.record import Fields, Native, RecordRef
from sync.domain.schema import ObjectShape

__all__ = ["MemoryBench"]


class MemoryBench:
    """Works on a memory CRM from behind the port: no call is counted, no failure met.

    What the CRM would refuse a person raises the error a connector would turn into a result.
    """

    def __init__(self, crm: MemoryCrm) -> None:
        """Take the CRM to work on."""
        self._crm = crm

    # --- people at work -----------------------------------------------------------------------

    def add(self, object_name: str, values: Fields, *, by: str = Editor.PERSON) -> str:
        """Add a record, read-only fields included; gives its id."""
        with self._crm.lock:
            row = self._crm.records.create(object_name, values, by=by, trusted=True)
            if isinstance(row, Refusal):
                raise _error(row)
            self._crm.records.run_late_automations()
            return row.id

    def edit(
        self,
        object_name: str,
        record_id: str,
        values: Fields,
        *,
        by: str = Editor.PERSON,
        silently: bool = False,
    ) -> None:
        """Edit a record; `silently` moves no stamp, as a formula or an association does."""
        with self._crm.lock:
            row = self._live(object_name, record_id)
            if silently:
                blanked = {name: value or None for name, value in values.items()}
                self._table(object_name).change(row, blanked, now=row.stamp)
                return
            refusal = self._crm.records.update(object_name, row, values, by=by, trusted=True)
            if refusal is not None:
                raise _error(refusal)
            self._crm.records.run_late_automations()

    def remove(self, object_name: str, record_id: str, *, by: str = Editor.PERSON) -> None:
        """Delete or archive a record, keeping the proof."""
        with self._crm.lock:
            self._crm.records.archive(object_name, self._live(object_name, record_id), by=by)

    def purge(self, object_name: str, record_id: str) -> None:
        """Remove a record, live or deleted, without a trace."""
        with self._crm.lock:
            self._table(object_name).purge(self._row(object_name, record_id))

    def restore(self, object_name: str, record_id: str, *, by: str = Editor.PERSON) -> None:
        """Bring a deleted record back."""
        with self._crm.lock:
            row = self._deleted(object_name, record_id)
            refusal = self._crm.records.restore(object_name, row, by=by)
            if refusal is not None:
                raise _error(refusal)

    def merge(
        self,
        object_name: str,
        winner_id: str,
        loser_id: str,
        *,
        new_id: bool = False,
        by: str = Editor.PERSON,
    ) -> str:
        """Merge one record into another; gives the id of what survives.

        `new_id` merges both into a record of a new id.
        """
        with self._crm.lock:
            winner = self._live(object_name, winner_id)
            loser = self._live(object_name, loser_id)
            if new_id:
                winner = self._crm.records.renumber(object_name, winner, by=by)
            self._crm.records.merge(object_name, winner, loser, by=by)
            return winner.id

    def convert(
        self,
        object_name: str,
        record_id: str,
        *,
        into: str,
        existing_id: str | None = None,
        values: Fields | None = None,
        by: str = Editor.PERSON,
    ) -> str:
        """Convert a record into one of object `into`; gives that one's id.

        Without `existing_id` a new record takes over all fields that both objects have, under
        `values`. The record converted is frozen and names its successor.
        """
        with self._crm.lock:
            row = self._live(object_name, record_id)
            target_id = existing_id
            if target_id is None:
                known = self._table(into).shape.fields
                shared = {
                    name: value
                    for name, value in self.values(object_name, record_id).items()
                    if name in known
                }
                target_id = self.add(into, shared | dict(values or {}), by=by)
            elif values:
                self.edit(into, target_id, values, by=by)
            self._crm.records.convert(object_name, row, into=RecordRef(into, target_id), by=by)
            return target_id

    def employ(self, person: Person) -> None:
        """Take in a user, owner or queue, or let what is known of one change."""
        with self._crm.lock:
            self._crm.records.people[person.id] = person

    def reshape(self, shape: ObjectShape) -> None:
        """Give an object another set of fields; values of fields that stay are kept."""
        with self._crm.lock:
            self._table(shape.name).reshape(shape)

    # --- what is there ------------------------------------------------------------------------

    def values(self, object_name: str, record_id: str) -> dict[str, Native]:
        """Give all fields of a record, deleted ones included."""
        return self._table(object_name).fields(self._row(object_name, record_id))

    def all(self, object_name: str) -> dict[str, dict[str, Native]]:
        """Give all fields of all live records, by id."""
        table = self._table(object_name)
        return {row.id: table.fields(row) for row in table.rows.values() if not row.gone}

    def exists(self, object_name: str, record_id: str) -> bool:
        """Tell whether a record is live."""
        row = self._table(object_name).rows.get(record_id)
        return row is not None and not row.gone

    # --- automation and trouble ---------------------------------------------------------------

    def on_save(self, hook: Hook, *, by: str = Editor.AUTOMATION, later: bool = False) -> None:
        """Let automation rewrite records whenever they are saved, by us too.

        `later` lets it come after the answer, so that what was stored is not what stays. Without
        a name in `by` the record stays edited by whoever saved it, as with a formula.
        """
        self._crm.records.automate(hook, by=by, later=later)

    def refuse(
        self,
        object_name: str,
        when: Callable[[Write], bool] | int = 1,
        *,
        code: str = "REFUSED",
        message: str = "a rule of this account refuses the record",
        fields: tuple[str, ...] = (),
    ) -> None:
        """Refuse the next `when` writes to an object, or all those it picks."""
        refusal = Refusal(code, message, fields)
        picks: Callable[[Write], bool] = when if callable(when) else _any_write
        times = None if callable(when) else when
        self._crm.troubles.plan_refusals(object_name, picks, refusal, times=times)

    def lock(self, writes: int = 1) -> None:
        """Let the next writes meet a lock."""
        self._crm.troubles.locks += writes

    def fail(
        self,
        where: Moment | str,
        error: BaseException,
        *,
        times: int = 1,
        on: Operation | str = Operation.APPLY,
        object_name: str | None = None,
        skip: int = 0,
        records: int | None = None,
    ) -> None:
        """Let calls fail, before or after they are carried out.

        Args:
            where: "before" or "after" the commit; reading calls know no difference.
            error: What is raised, `Killed()` too. A create whose answer is lost (an
                UnavailableError after the commit, or one with `maybe_done`) gives UNKNOWN.
            times: How many calls fail.
            on: What kind of call fails.
            object_name: Fail only calls on this object.
            skip: How many such calls pass before.
            records: Commit only so many records of a batch before it fails.
        """
        failure = Failure(
            error=error,
            moment=Moment(where),
            on=Operation(on),
            object_name=object_name,
            times=times,
            skip=skip,
            records=records,
        )
        self._crm.troubles.plan_failure(failure)

    def hide(self, record_ids: Iterable[str], *, until: datetime) -> None:
        """Keep records out of peeks, changes and non-unique finds until then."""
        self._crm.hidden_until.update(dict.fromkeys(record_ids, until))

    def calm(self) -> None:
        """Forget refusals, locks and failures that still wait."""
        self._crm.troubles.clear()

    # --- the account --------------------------------------------------------------------------

    def switch_account(self, account: Account) -> None:
        """Let other credentials be used, of another account."""
        self._crm.current_account = account

    def set_quota(self, quota: int | None, *, left: int | None = None) -> None:
        """Set the day's quota and what is left of it (all of it, unless said)."""
        self._crm.log.set_quota(quota, quota if left is None else left)

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls made since the log was last emptied, in order."""
        return tuple(self._crm.log.calls)

    def count_calls(self) -> Counter[str]:
        """Count those calls by what they did; writes by their kind."""
        return self._crm.log.by_operation()

    def forget_calls(self) -> None:
        """Empty the log; `usage` still counts from the start."""
        self._crm.log.calls.clear()

    def _table(self, object_name: str) -> Table:
        return self._crm.records.table(object_name)

    def _row(self, object_name: str, record_id: str) -> Row:
        row = self._table(object_name).rows.get(record_id)
        if row is None:
            raise GoneError(f"there is no {object_name} {record_id}", object_name=object_name)
        return row

    def _live(self, object_name: str, record_id: str) -> Row:
        row = self._row(object_name, record_id)
        if row.gone or row.frozen:
            raise GoneError(f"{record_id} takes no changes any more", object_name=object_name)
        return row

    def _deleted(self, object_name: str, record_id: str) -> Row:
        row = self._row(object_name, record_id)
        if not row.gone or row.successor is not None:
            raise ValueError(
                f"{record_id} is not deleted, or was merged, so nothing brings it back"
            )
        return row


def _any_write(_write: Write) -> bool:
    return True


def _error(refusal: Refusal) -> DuplicateRejectedError | ValidationRejectedError:
    """Give the error that tells a person what the CRM has against a record."""
    if refusal.code == RefusalCode.DUPLICATE_VALUE:
        return DuplicateRejectedError(refusal.message, code=refusal.code)
    return ValidationRejectedError(refusal.message, code=refusal.code)
