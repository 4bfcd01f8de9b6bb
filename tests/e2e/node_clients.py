"""Running the scripts of tests/e2e/node, in which clients nobody here wrote speak to a sandbox."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from sandbox.server import Sandbox

__all__ = ["NODE", "Seen", "node_command", "run"]

NODE = Path(__file__).parent / "node"

#: What a script printed, parsed. Any: each script says something else.
Seen: TypeAlias = Mapping[str, Any]


def node_command() -> str:
    """Give the node command; missing here, the tests are skipped, missing in CI, they fail."""
    command = shutil.which("node")
    missing = None
    if command is None:
        missing = "Node.js is not installed"
    elif not (NODE / "node_modules").is_dir():
        missing = "the Node.js clients are not installed: npm ci --prefix tests/e2e/node"
    if command is None or missing:
        if os.environ.get("CI"):
            pytest.fail(f"{missing}, and CI must run these tests", pytrace=False)
        pytest.skip(str(missing))
    return command


def run(node: str, script: str, sandbox: Sandbox, **more: str) -> Seen:
    """Run one script against a sandbox and give what it saw."""
    answer = subprocess.run(
        [node, script],
        cwd=NODE,
        env={"PATH": os.environ["PATH"], **sandbox.environment(), **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    seen: Seen = json.loads(answer.stdout)
    return seen
