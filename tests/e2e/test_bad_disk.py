"""A disk that is full or may not be written stops a run in words, and loses nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.desk import COMMAND, Desk, Done

#: Room for the state and a little more.
_SIZE = "2m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path | None]:
    """Give a small disk of its own, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    if not _mount("-t", "tmpfs", "-o", f"size={_SIZE},mode=0700", "tmpfs", str(place)):
        yield None
        return
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)


def _mount(*arguments: str) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True)
    return done.returncode == 0


@contextmanager
def _full(disk: Path) -> Iterator[None]:
    """Fill a disk to its last page."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    yield
    filler.unlink()


def _move_state(desk: Desk, disk: Path) -> None:
    place = shutil.move(desk.state, disk / "revloop.db")
    desk.environment["REVLOOP_STATE"] = f"sqlite:///{place}"


def _limited(desk: Desk, *arguments: str, most: int) -> Done:
    """Run the command with no file growing beyond so many blocks of 1,024 bytes."""
    line = [*COMMAND, *arguments, "--project", str(desk.folder)]
    ended = subprocess.run(
        ["bash", "-c", f'ulimit -f {most}; exec "$@"', "bash", *line],
        env=desk.outside(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Done(ended.returncode, ended.stdout, ended.stderr)


def test_run_on_a_full_disk_says_so_and_the_next_goes_on(desk: Desk, disk: Path | None) -> None:
    assert desk.run_here("plan").code == 0  # the state is there by now
    if disk is None:
        done = _limited(desk, "sync", most=desk.state.stat().st_size // 1024 + 8)
    else:
        _move_state(desk, disk)
        with _full(disk):
            done = desk.run("sync")

    assert done.code == 2, done
    assert "free some space, then run again" in done.err or "the disk reported a fault" in done.err
    assert "Traceback" not in done.err
    desk.run_here("approve")
    assert desk.run_here("sync").code in (0, 1)
    assert desk.run_here("sync", "--full").code == 0
    people = desk.emails("salesforce")
    assert len(set(people)) == len(people)
    assert set(people) == set(desk.emails("hubspot"))
    assert desk.run_here("state", "check").code == 0


def test_state_on_a_disk_that_may_not_be_written_is_said(desk: Desk, disk: Path | None) -> None:
    assert desk.run_here("plan").code == 0
    if disk is not None:
        _move_state(desk, disk)
        assert _mount("-o", "remount,ro", str(disk))
    elif os.geteuid() != 0:
        desk.state.chmod(0o400)
        desk.state.parent.chmod(0o500)
    else:
        pytest.skip("root may write anywhere, and no disk can be mounted here")
    desk.forget_calls()
    try:
        done = desk.run_here("sync")
    finally:
        if disk is None:
            desk.state.parent.chmod(0o700)

    assert done.code == 2
    assert "read-only" in done.err or "right to write" in done.err or "may write" in done.err
    assert desk.writes() == 0
