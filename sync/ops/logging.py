"""Logging: JSON lines off a terminal, readable ones on it, always to standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, TextIO

from sync.domain.errors import UsageError
from sync.ops.redaction import redact

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger, Processor

__all__ = ["LogLevel", "configure_logging", "get_logger", "of_run"]


class LogLevel(IntEnum):
    """How much is logged: INFO tells a run in under 50 lines, DEBUG every record."""

    DEBUG = logging.DEBUG
    INFO = logging.INFO
    WARNING = logging.WARNING
    ERROR = logging.ERROR


def configure_logging(
    environment: Mapping[str, str],
    *,
    default: LogLevel = LogLevel.WARNING,
    stream: TextIO | None = None,
) -> None:
    """Set up logging for this process; REVLOOP_LOG_LEVEL overrules the command's own default,
    REVLOOP_LOG_FORMAT (json or text) what the stream is.

    What libraries log themselves takes the same way, from WARNING up, so that it is cleaned of
    secrets and personal data too. Calling it again replaces what an earlier call set up.
    """
    # structlog takes as long to import as the rest of a short command: only where it is used.
    import structlog

    level = _chosen_level(environment, default)
    target = sys.stderr if stream is None else stream
    entrance: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    exit_: list[Processor] = [
        structlog.processors.format_exc_info,
        redact,
        _renderer(target, environment),
    ]
    structlog.configure(
        processors=[*entrance, *exit_],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries(target, max(level, LogLevel.WARNING), entrance=entrance, exit_=exit_)


def get_logger(**bound: str) -> FilteringBoundLogger:
    """Give a logger; what is bound stands in each of its events (`run_id`, `pair`, `object`)."""
    import structlog

    if not structlog.is_configured():
        # Left to itself structlog prints everything on standard output, which is the product's.
        configure_logging({})
    logger: FilteringBoundLogger = structlog.get_logger(**bound)
    return logger


@contextmanager
def of_run(name: str) -> Iterator[None]:
    """Let every line that is logged meanwhile name a run, those of libraries too.

    A thread that logs has to be started in a copy of this one's context.
    """
    import structlog

    with structlog.contextvars.bound_contextvars(run_id=name):
        yield


def _chosen_level(environment: Mapping[str, str], default: LogLevel) -> LogLevel:
    wanted = environment.get("REVLOOP_LOG_LEVEL", "").strip()
    if not wanted:
        return default
    if wanted.upper() in LogLevel.__members__:
        return LogLevel[wanted.upper()]
    known = ", ".join(name.lower() for name in LogLevel.__members__)
    raise UsageError(f"REVLOOP_LOG_LEVEL is '{wanted}', which is not one of {known}: set it to one")


def _renderer(stream: TextIO, environment: Mapping[str, str]) -> Processor:
    import structlog

    if _is_for_people(stream, environment):
        # Plain tracebacks: the fancy ones print local variables, and with them people's data.
        return structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _is_for_people(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether lines are for people; REVLOOP_LOG_FORMAT overrules what the stream is."""
    wanted = environment.get("REVLOOP_LOG_FORMAT", "").strip().lower()
    if wanted not in ("", "json", "text"):
        raise UsageError(
            f"REVLOOP_LOG_FORMAT is '{wanted}', which is not one of json, text: set it to one"
        )
    return wanted == "text" if wanted else stream.isatty()


class _LibraryHandler(logging.StreamHandler[TextIO]):
    """Writes what libraries log; a type of its own, so that it can be found and replaced."""


def _take_over_libraries(
    stream: TextIO, level: int, *, entrance: list[Processor], exit_: list[Processor]
) -> None:
    import structlog

    handler = _LibraryHandler(stream)
    handler.setLevel(level)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *entrance],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exit_],
        )
    )
    # What urllib3 says of a connection that broke, the connectors say better, once.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    root = logging.getLogger()
    for earlier in [known for known in root.handlers if isinstance(known, _LibraryHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
