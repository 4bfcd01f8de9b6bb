"""The state on SQLite or PostgreSQL: links, shadows, staging, journal, audit, findings, plans."""

from sync.state.queries import AuditRow, MarkRow, Queries
from sync.state.store import SqlStore, open_store

__all__ = ["AuditRow", "MarkRow", "Queries", "SqlStore", "open_store"]
