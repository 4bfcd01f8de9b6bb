"""Every exception of the project, grouped by what the caller should do next."""

from __future__ import annotations

__all__ = [
    "AccountFullError",
    "AccountNotSupportedError",
    "ConfigError",
    "ConnectorError",
    "CredentialError",
    "CrmSyncError",
    "DailyQuotaError",
    "DuplicateRejectedError",
    "EmptyStateError",
    "ExhaustedError",
    "GoneError",
    "GuardExceededError",
    "MappingError",
    "MigrationNeededError",
    "NoStateError",
    "NoSuchObjectError",
    "OtherSyncError",
    "PairRenamedError",
    "PlanRefusedError",
    "RateLimitedError",
    "RecordLockedError",
    "RecordRejectedError",
    "RetryableError",
    "RunError",
    "RunLockedError",
    "RunTerminatedError",
    "SafetyStopError",
    "SchemaDriftError",
    "StateError",
    "UnavailableError",
    "UsageError",
    "ValidationRejectedError",
    "WrongAccountError",
]


class CrmSyncError(Exception):
    """Something the project foresees; the message says what happened and what to do next."""

    exit_code = 70


class _OfCallError(CrmSyncError):
    """An error that tells of a call: where, on what, for what, and the CRM's own word for it."""

    def __init__(
        self,
        message: str,
        *,
        system: str = "",
        object_name: str = "",
        operation: str = "",
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.system = system
        self.object_name = object_name
        self.operation = operation
        self.code = code
        self.request_id = request_id


# --- fix a file or a setting, then run again -------------------------------------------------


class ConfigError(CrmSyncError):
    """A file, an option or a setting must be mended before the next run."""

    exit_code = 2


class UsageError(ConfigError):
    """The command was called in a way that cannot work."""


class MappingError(ConfigError):
    """One finding in a mapping file, with its place (lines and columns count from 1)."""

    def __init__(self, message: str, *, file: str, line: int, column: int) -> None:
        super().__init__(f"{file}:{line}:{column}: {message}")
        self.message = message
        self.file = file
        self.line = line
        self.column = column


class PairRenamedError(ConfigError):
    """A pair has another name than the state knows its links by."""


class CredentialError(_OfCallError, ConfigError):
    """A CRM refused the credentials, or a permission is missing."""


class SchemaDriftError(ConfigError):
    """A field, object or permission the mapping names is not there."""


class NoSuchObjectError(SchemaDriftError):
    """An account shows no object of that name; `known` are those it has."""

    def __init__(self, message: str, *, object_name: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.object_name = object_name
        self.known = known


class AccountFullError(_OfCallError, ConfigError):
    """The account takes no more until somebody makes room."""


class AccountNotSupportedError(_OfCallError, ConfigError):
    """The account lacks what the mapping needs; the other objects are not concerned."""


# --- failures of a CRM ------------------------------------------------------------------------


class ConnectorError(_OfCallError):
    """A call to a CRM failed; what was called and the CRM's own word for it are attributes."""

    exit_code = 3


class RetryableError(ConnectorError):
    """Back off and try again; only connectors/retry.py does."""

    #: True when the CRM may have carried the call out although no answer arrived.
    maybe_done = False


class RateLimitedError(RetryableError):
    """The CRM asked to slow down; `retry_after` is in seconds where it said how long."""

    def __init__(self, message: str, *, retry_after: float | None = None, **about: str) -> None:
        super().__init__(message, **about)
        self.retry_after = retry_after


class UnavailableError(RetryableError):
    """The CRM did not answer, or answered with a fault of its own."""

    def __init__(self, message: str, *, maybe_done: bool = False, **about: str) -> None:
        super().__init__(message, **about)
        self.maybe_done = maybe_done


class RecordLockedError(RetryableError):
    """The CRM holds a lock on the record for the moment."""


class RecordRejectedError(ConnectorError):
    """A call as a whole was refused for what it holds; carrying on without it is safe.

    Where nobody carries on it ends the run as a fault of the program: the next would meet it, too.
    """

    exit_code = 70


class ValidationRejectedError(RecordRejectedError):
    """A value does not meet the CRM's rules."""


class DuplicateRejectedError(RecordRejectedError):
    """The CRM holds such a record already."""

    exit_code = 3


class GoneError(RecordRejectedError):
    """What a call addressed is deleted, merged away or not visible; it was there a moment ago."""

    exit_code = 3


class ExhaustedError(ConnectorError):
    """Stop using this CRM for now; the next run goes on."""


class DailyQuotaError(ExhaustedError):
    """The day's calls, or the share of them the run may use, are used up."""


# --- the run itself ---------------------------------------------------------------------------


class RunError(CrmSyncError):
    """The run cannot go on."""


class RunTerminatedError(RunError):
    """The run was asked to end, and did so at a border between two batches; the next goes on."""

    exit_code = 3


class SafetyStopError(RunError):
    """Nothing was written; a person must look. `reason` is a stable word for machines."""

    exit_code = 4
    reason = "safety"


class GuardExceededError(SafetyStopError):
    """The plan changes more than `guard` allows; it is kept under `plan`."""

    reason = "guard"

    def __init__(self, message: str, *, plan: str) -> None:
        super().__init__(message)
        self.plan = plan


class WrongAccountError(SafetyStopError):
    """Another portal or org than the state was built from."""

    reason = "wrong_account"


class EmptyStateError(SafetyStopError):
    """The state is empty, yet the CRMs carry our ids."""

    reason = "empty_state"


class OtherSyncError(SafetyStopError):
    """Another sync between the same two CRMs writes the same records."""

    reason = "other_sync"


class StateError(RunError):
    """The state store cannot be used as it is."""

    exit_code = 2


class NoStateError(StateError):
    """There is no state yet; the first run makes it."""


class RunLockedError(StateError):
    """Another run holds the lock; the next one goes on."""

    exit_code = 3


class MigrationNeededError(StateError):
    """The state was written by another version."""


class PlanRefusedError(StateError):
    """A kept plan is unknown, spent, too old, or made from another mapping."""
