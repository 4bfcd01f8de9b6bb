from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from sync.domain.errors import UsageError
from sync.ops.logging import LogLevel, configure_logging, get_logger


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_before():
    handlers = list(logging.getLogger().handlers)
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_event_off_a_terminal_is_one_json_line_with_level_and_utc_time():
    stream = io.StringIO()
    configure_logging({}, default=LogLevel.INFO, stream=stream)

    get_logger(run_id="r1").info("run_started", pairs=2)

    (event,) = lines(stream)
    assert str(event.pop("timestamp")).endswith("Z")
    assert event == {"event": "run_started", "level": "info", "run_id": "r1", "pairs": 2}


def test_event_on_a_terminal_is_no_json():
    stream = Terminal()
    configure_logging({}, default=LogLevel.INFO, stream=stream)

    get_logger().info("run_started")

    assert "run_started" in stream.getvalue()
    assert "{" not in stream.getvalue()


def test_event_below_the_commands_level_is_left_out():
    stream = io.StringIO()
    configure_logging({}, default=LogLevel.WARNING, stream=stream)

    get_logger().info("run_started")

    assert stream.getvalue() == ""


@pytest.mark.parametrize("word", ["debug", "DEBUG", " Debug "])
def test_environment_overrules_the_commands_level(word):
    stream = io.StringIO()
    configure_logging({"REVLOOP_LOG_LEVEL": word}, default=LogLevel.ERROR, stream=stream)

    get_logger().debug("record_read")

    assert [event["event"] for event in lines(stream)] == ["record_read"]


def test_unknown_level_says_which_are_known():
    with pytest.raises(UsageError, match=r"'loud'.* debug, info, warning, error"):
        configure_logging({"REVLOOP_LOG_LEVEL": "loud"})


def test_personal_data_and_secrets_do_not_reach_the_log():
    stream = io.StringIO()
    configure_logging({}, default=LogLevel.INFO, stream=stream)

    get_logger().info("record_written", email="a@example.com", note="Bearer abc", id="51")

    (event,) = lines(stream)
    assert event["id"] == "51"
    assert "a@example.com" not in stream.getvalue()
    assert "abc" not in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["json", "terminal"])
def test_traceback_is_logged_without_the_address_in_its_message_or_variables(stream):
    configure_logging({}, stream=stream)
    address = "a@example.com"
    try:
        raise ValueError(f"no such person: {address}")
    except ValueError:
        get_logger().exception("run_failed")

    assert "ValueError" in stream.getvalue()
    assert address not in stream.getvalue()


def test_what_a_library_logs_is_cleaned_and_takes_the_same_way():
    stream = io.StringIO()
    configure_logging({}, stream=stream)

    logging.getLogger("vendor.http").warning("retrying %s", "/contacts/a@example.com")

    (event,) = lines(stream)
    assert event["logger"] == "vendor.http"
    assert event["level"] == "warning"
    assert "a@example.com" not in stream.getvalue()


def test_what_a_library_tells_in_passing_is_left_out_even_at_debug():
    stream = io.StringIO()
    configure_logging({"REVLOOP_LOG_LEVEL": "debug"}, stream=stream)

    logging.getLogger("vendor.http").info("starting new connection")

    assert stream.getvalue() == ""


def test_configuring_again_replaces_the_first_target():
    first, second = io.StringIO(), io.StringIO()
    configure_logging({}, stream=first)
    configure_logging({}, stream=second)

    get_logger().warning("quota_low")
    logging.getLogger("vendor").warning("slow")

    assert first.getvalue() == ""
    assert len(lines(second)) == 2
