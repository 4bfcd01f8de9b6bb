"""How a command ends when its output, its options or the outside end it."""

from __future__ import annotations

import io
import json
import signal
import sys
from pathlib import Path

import pytest

import cli
from console import status
from console.output import paper, print_json
from sync.domain.errors import StateError


@pytest.fixture(autouse=True)
def signals_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)


def end_of(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command as a process would and give its exit code."""
    monkeypatch.setattr(sys, "argv", ["revloop", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    code = ended.value.code
    assert isinstance(code, int)
    return code


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `status` fail."""

    def fail(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr(status, "status", fail)


def printing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let `status` print a text."""

    def show(*_: object, **__: object) -> int:
        sys.stdout.write(text)
        return 0

    monkeypatch.setattr(status, "status", show)


@pytest.mark.parametrize(
    "arguments",
    [("sync", "--limit", "0", "--json"), ("--json", "status"), ("sync", "--json", "--nonsense")],
    ids=" ".join,
)
def test_wrong_options_are_json_where_json_was_asked_for(
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert end_of(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["exit"] == 2
    assert "Usage: revloop" in err


def test_bug_is_json_where_json_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, RuntimeError("ada@example.com"))

    assert end_of(monkeypatch, "status", "--json") == 70
    out, err = capsys.readouterr()
    assert json.loads(out)["exit"] == 70
    assert "RuntimeError at test_how_commands_end.py:" in err
    assert "ada@" not in out + err


def test_help_and_version_end_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert end_of(monkeypatch, "--help") == 0


def test_what_fails_while_a_run_is_stopped_does_not_hide_that_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = StateError("The state is in use by another process.")
    error.__context__ = KeyboardInterrupt()
    failing(monkeypatch, error)

    assert end_of(monkeypatch, "status") == 3
    assert "the next run goes on" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("--help",), ("status",)], ids=" ".join)
def test_disk_without_room_for_the_output_is_told(
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "mappings").mkdir()
    printing(monkeypatch, "x" * 100_000)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert end_of(monkeypatch, *arguments) == 2
    assert "cannot be written (No space left on device)" in capsys.readouterr().err


def test_file_that_fails_is_not_taken_for_the_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, PermissionError(13, "Permission denied", "somewhere"))

    assert end_of(monkeypatch, "status") == 70
    assert "Bug: PermissionError" in capsys.readouterr().err


def test_closed_output_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    printing(monkeypatch, "fine")
    monkeypatch.setattr(sys, "stdout", None)

    assert end_of(monkeypatch, "status") == 0
    sys.stdout.close()


def test_colours_are_left_out_where_they_are_not_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    said = []
    for wanted in ("", "1"):
        monkeypatch.setenv("NO_COLOR", wanted)
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        assert end_of(monkeypatch, "status", "--project", "nowhere") == 2
        said.append(terminal.getvalue())

    assert "\x1b[" in said[0]
    assert "\x1b[" not in said[1]


def test_json_is_whole_on_an_output_of_few_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    bytes_out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_out, encoding="latin-1"))

    print_json({"name": "Łukasz → 京"})
    sys.stdout.flush()

    assert json.loads(bytes_out.getvalue()) == {"name": "Łukasz → 京"}


def test_narrow_terminal_loses_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "20")

    assert paper().width == 80
