"""What was changed and what was deleted in a window of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sandbox.jsontypes import Json
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.table import Table
from sandbox.salesforce.wire import to_stamp

__all__ = ["ReplicationHandlers"]

_UPDATES_KEPT = timedelta(days=30)
_DELETIONS_KEPT = timedelta(days=15)
_MINUTE = timedelta(minutes=1)
_MOST_IDS = 600_000
_FEW = 500


class ReplicationHandlers:
    """Answers `/sobjects/X/updated` and `/sobjects/X/deleted`."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org

    def updated(self, request: ApiRequest, name: str) -> ApiResponse:
        """Give the ids of live records that were created or changed."""
        table = self._org.table(self._org.sobject(name))
        start, end = self._window(request, shortest=timedelta(0), reach=_UPDATES_KEPT)
        stamped = table.by_stamp.between(to_stamp(start), to_stamp(end), newest_first=False)
        limit = to_stamp(end)
        ids: list[Json] = [
            one
            for one in stamped
            if one not in table.deleted and str(table.rows[one]["SystemModstamp"]) < limit
        ]
        if len(ids) > _MOST_IDS:
            raise _too_many()
        return ApiResponse(body={"ids": ids, "latestDateCovered": self._covered(end)})

    def deleted(self, request: ApiRequest, name: str) -> ApiResponse:
        """Give the ids of deleted records with the time of each, merged ones among them."""
        self._org.database.empty_old_bin()
        table = self._org.table(self._org.sobject(name))
        reach = timedelta(days=self._org.store.switches.deletions_asked_for)
        start, end = self._window(request, shortest=_MINUTE, reach=reach)
        earliest = self._org.database.clock.now() - _DELETIONS_KEPT
        low, high = to_stamp(max(start, earliest)), to_stamp(end)
        gone = self._gone_between(table, low, high)
        if len(gone) > _MOST_IDS:
            raise _too_many()
        rows: list[Json] = [{"id": one, "deletedDate": stamp} for stamp, one in gone]
        return ApiResponse(
            body={
                "deletedRecords": rows,
                "earliestDateAvailable": self._org.database.purged_at,
                "latestDateCovered": self._covered(end),
            }
        )

    def _gone_between(self, table: Table, low: str, high: str) -> list[tuple[str, str]]:
        """Give the stamps and ids of the deleted: from the shorter of two lists."""
        rows, deleted = table.rows, table.deleted
        if not self._org.database.shows_deleted(table.spec.name):
            return []
        found: Iterable[str] = deleted
        if len(deleted) > _FEW:
            stamped = table.by_stamp.between(low, high, newest_first=False)
            found = (one for one in stamped if one in deleted)
        gone = ((str(rows[one]["SystemModstamp"]), one) for one in found)
        return sorted((stamp, one) for stamp, one in gone if low <= stamp < high)

    def _window(
        self, request: ApiRequest, *, shortest: timedelta, reach: timedelta
    ) -> tuple[datetime, datetime]:
        start, end = self._date(request, "start"), self._date(request, "end")
        if end <= start or (shortest and end - start < shortest):
            raise ApiError(
                "INVALID_REPLICATION_DATE",
                "endDate must be at least one minute greater than startDate",
            )
        if start < self._org.database.clock.now() - reach:
            raise ApiError(
                "INVALID_REPLICATION_DATE", f"startDate cannot be more than {reach.days} days ago"
            )
        return start, end

    def _date(self, request: ApiRequest, name: str) -> datetime:
        written = request.query.get(name, "")
        try:
            # A raw + in an address is decoded to a space.
            moment = datetime.fromisoformat(written.replace(" ", "+"))
        except (ValueError, OverflowError) as exc:
            raise ApiError(
                "INVALID_REPLICATION_DATE", f"{name} is not a date and time: {written!r}"
            ) from exc
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _whole_minute(aware)

    def _covered(self, end: datetime) -> str:
        """Give the end of the window, or the last full minute when it lies ahead."""
        lag = self._org.store.switches.covered_lag
        return to_stamp(min(end, _whole_minute(self._org.database.clock.now()) - lag))


def _too_many() -> ApiError:
    return ApiError("EXCEEDED_ID_LIMIT", "exceeded max number of ids; narrow the window")


def _whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
