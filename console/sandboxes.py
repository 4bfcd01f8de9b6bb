"""Serving the stand-ins, and writing what they hold to a seed file."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from console.output import print_json, write_private
from sync.domain.errors import ConfigError, UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.jsontypes import Json, JsonObject

__all__ = ["export", "seed_named", "serve"]

#: How long the control page may take to answer, in seconds.
_PATIENCE = 60


def serve(
    *,
    seed: str,
    hubspot_port: int,
    salesforce_port: int,
    control_port: int,
    limits: str,
    faults: Path | None,
) -> int:
    """Serve both stand-ins until interrupted; give the exit code."""
    from sandbox.errors import SandboxError
    from sandbox.server import Sandbox, read_faults

    chosen = [port for port in (hubspot_port, salesforce_port, control_port) if port]
    if len(set(chosen)) < len(chosen):
        raise UsageError("two of the ports are the same; choose three, or 0 for any free one")
    try:
        sandbox = Sandbox(
            seed_named(seed),
            hubspot_port=hubspot_port,
            salesforce_port=salesforce_port,
            control_port=control_port,
            limits=limits == "real",
            faults=read_faults(faults) if faults is not None else (),
        )
        sandbox.start()
    except SandboxError as exc:
        raise ConfigError(str(exc)) from exc
    except OSError as exc:
        raise UsageError(f"{exc.filename or 'a port'}: {exc.strerror}; choose another") from exc
    except UnicodeDecodeError as exc:
        raise UsageError("the seed or the faults are not UTF-8 text; save the file so") from exc
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print(json.dumps(sandbox.announcement()), flush=True)
    if sys.stderr.isatty():
        print("Both answer. Stop with Ctrl-C.", file=sys.stderr)
    stop.wait()
    sandbox.stop()
    return 0


def seed_named(seed: str) -> Path | Iterable[Mapping[str, Json]] | None:
    """Give the seed a name stands for: none, the demo's, or a file."""
    if seed == "empty":
        return None
    if seed == "demo":
        from sandbox.demo import demo_seed

        return demo_seed()
    path = Path(seed)
    if not path.is_file():
        raise UsageError(f"there is no seed file {seed!r}; write empty, demo or a file's name")
    return path


def export(
    *,
    out: Path | None,
    control: str | None,
    as_json: bool,
    anonymise: bool = False,
    folder: Path = Path(),
) -> int:
    """Write what a running sandbox or both accounts of a project hold; give the exit code."""
    lines = _chosen(folder, control, anonymise=anonymise)
    if out is None and as_json:
        print_json({"lines": [json.loads(line) for line in lines]})
        return 0
    if out is None:
        for line in lines:
            sys.stdout.write(line)
        return 0
    count = 0

    def counted() -> Iterator[str]:
        nonlocal count
        for line in lines:
            count += 1
            yield line

    write_private(out, counted())
    if as_json:
        print_json({"file": str(out), "lines": count})
    else:
        print(f"{count} lines written to {out}")
    return 0


def _chosen(folder: Path, control: str | None, *, anonymise: bool) -> Iterator[str]:
    """Give the lines of a sandbox as they are, or those of two accounts, or either made up."""
    if control is not None and not anonymise:
        return _lines(control)
    if control is not None:
        objects: Iterator[JsonObject] = (json.loads(line) for line in _lines(control))
    else:
        from console.copying import copied_lines

        objects = copied_lines(folder, os.environ)
    if anonymise:
        from sandbox.anonymise import anonymised

        # The secret is forgotten with this process: nobody can find out what a value was.
        objects = anonymised(objects, secret=secrets.token_bytes(32))
    return (json.dumps(one, ensure_ascii=False) + "\n" for one in objects)


def _lines(control: str) -> Iterator[str]:
    import urllib.error
    import urllib.request

    parts = urlsplit(control)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
        raise UsageError(f"{control} is not the control address of a sandbox on this machine")
    try:
        # The scheme and the host were checked above.
        url = f"{control.rstrip('/')}/export"
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310
            for line in answer:
                yield line.decode()
    except (urllib.error.URLError, OSError) as exc:
        raise UnavailableError(
            f"no sandbox answers at {control}; start one with `revloop sandbox serve`"
        ) from exc
