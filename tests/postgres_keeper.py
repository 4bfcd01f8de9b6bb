"""A PostgreSQL server that lives as long as somebody uses it: run as a process of its own.

It is given a folder that is there and empty, the folder of PostgreSQL's programs, and who is to
run them (empty: whoever runs this). The address, or after a `!` why there is none, stands in the
file `address` of the folder once the server answers. It ends, and takes the folder along, when
nobody holds a lock on `FOLDER.lock` any more: a process that was killed holds none.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

__all__ = ["keep"]

#: No disk is waited for: what is in there is not worth anything after a crash.
_QUICK = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"
_ATTEMPTS = 3


def keep(folder: Path, programs: Path, user: str) -> None:
    """Start a server, say where, and stop it when nobody uses it."""
    data = folder / "data"
    if user:
        shutil.chown(folder, user)
    try:
        told = _start(programs, data, user)
    except (OSError, subprocess.CalledProcessError) as fault:
        told = f"!{fault} {getattr(fault, 'stderr', None) or ''}"
    written = folder / "address.new"
    written.write_text(told, encoding="utf-8")
    written.replace(folder / "address")
    lock = folder.with_name(f"{folder.name}.lock")
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not told.startswith("!"):
            _run(programs / "pg_ctl", "-D", str(data), "-m", "immediate", "stop", user=user)
        shutil.rmtree(folder)
        lock.unlink()


def _start(programs: Path, data: Path, user: str) -> str:
    initdb = programs / "initdb"
    # Texts in the order of a language, as on most servers: no order may be taken for granted.
    words = ["--encoding", "UTF8", "--locale", "C"]
    if "--icu-locale" in _run(initdb, "--help", user=user):
        words += ["--locale-provider", "icu", "--icu-locale", "en"]
    _run(initdb, "-D", str(data), "-A", "trust", "-U", "revloop", "-N", *words, user=user)
    for attempt in range(1, _ATTEMPTS + 1):
        port = _free_port()
        options = ("-l", str(data / "log"), "-o", f"-p {port} -h 127.0.0.1 -k '' {_QUICK}")
        try:
            _run(programs / "pg_ctl", "-D", str(data), "-w", *options, "start", user=user)
            break
        except subprocess.CalledProcessError:
            # Somebody else may have taken the port meanwhile.
            if attempt == _ATTEMPTS:
                raise
    return f"postgresql+psycopg://revloop@127.0.0.1:{port}/postgres"


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _run(program: Path, *words: str, user: str) -> str:
    """Run one of PostgreSQL's programs, which refuse to be run by root."""
    ended = subprocess.run(
        [str(program), *words],
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
        user=user or None,
        group=user or None,
        extra_groups=[] if user else None,
    )
    return ended.stdout


if __name__ == "__main__":
    # Whoever started this waits for it no longer: it is to outlive them.
    if os.fork() == 0:
        keep(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
