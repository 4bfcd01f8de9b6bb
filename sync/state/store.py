"""The state, opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType

from sync.domain.store import Changes, Committed
from sync.state.audit import SqlAudit
from sync.state.commits import commit
from sync.state.database import Database
from sync.state.ends import SqlEnds
from sync.state.facts import SqlFacts
from sync.state.findings import SqlFindings
from sync.state.forgotten import SqlForgotten
from sync.state.funnel import SqlFunnel
from sync.state.journal import SqlJournal
from sync.state.lines import SqlLines
from sync.state.links import SqlLinks
from sync.state.marks import SqlMarks
from sync.state.opening import open_database
from sync.state.owed_owners import SqlOwedOwners
from sync.state.plans import SqlPlans
from sync.state.pruning import prune
from sync.state.queries import Queries
from sync.state.reading import SqlFactReading
from sync.state.records import SqlRecords
from sync.state.references import SqlReferences
from sync.state.resolutions import SqlResolutions
from sync.state.runs import SqlRuns
from sync.state.sales import SqlSales
from sync.state.stages import SqlStageEvents
from sync.state.staging import SqlStaging

__all__ = ["SqlStore", "open_store"]


def open_store(url: str, *, create: bool = True) -> SqlStore:
    """Open the state behind an address, made or brought up to date where needed.

    `sqlite:////an/absolute/path`, `sqlite://` (in memory) or `postgresql+psycopg://...`. Without
    `create` a state that is not there is a StateError. Raises MigrationNeededError for a state
    of a newer version.
    """
    return SqlStore(open_database(url, create=create))


class SqlStore:
    """The state on SQLite or PostgreSQL; satisfies `sync.domain.store.Store`.

    `queries` holds what only people ask for.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.runs = SqlRuns(database)
        self.marks = SqlMarks(database)
        self.links = SqlLinks(database)
        self.records = SqlRecords(database)
        self.staging = SqlStaging(database)
        self.plans = SqlPlans(database)
        self.findings = SqlFindings(database)
        self.resolutions = SqlResolutions(database)
        self.lines = SqlLines(database)
        self.references = SqlReferences(database)
        self.ends = SqlEnds(database)
        self.sales = SqlSales(database)
        self.journal = SqlJournal(database)
        self.audit = SqlAudit(database)
        self.owed_owners = SqlOwedOwners(database)
        self.stages = SqlStageEvents(database)
        self.funnel = SqlFunnel(database)
        self.facts = SqlFacts(database)
        self.reading = SqlFactReading(database)
        self.forgotten = SqlForgotten(database)
        self.queries = Queries(database)

    def __enter__(self) -> SqlStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def commit(self, changes: Changes, *, run: int, at: datetime) -> Committed:
        """Write all changes of one batch in one transaction."""
        return commit(self._database, changes, run=run, at=at)

    def prune(self, *, audit_before: datetime, runs_before: datetime) -> Mapping[str, int]:
        """Delete audit and idle runs that are older; give the rows deleted, by table."""
        return prune(self._database, audit_before=audit_before, runs_before=runs_before)

    def close(self) -> None:
        """Give the lease back, if it is still held, and close all connections."""
        self.runs.close()
        self._database.close()
