"""A CRM that lives in memory: the reference behaviour of a connector, for dry runs and tests."""

from __future__ import annotations

from connectors.memory.bench import MemoryBench
from connectors.memory.crm import MemoryCrm
from connectors.memory.intake import Refusal, RefusalCode
from connectors.memory.rows import RowKind
from connectors.memory.saving import Hook
from connectors.memory.table import Editor
from connectors.memory.troubles import Killed, Moment, Operation

__all__ = [
    "Editor",
    "Hook",
    "Killed",
    "MemoryBench",
    "MemoryCrm",
    "Moment",
    "Operation",
    "Refusal",
    "RefusalCode",
    "RowKind",
]
