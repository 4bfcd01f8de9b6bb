"""Looking at HTML pages in a real browser, at the sizes and in the colours people have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.e2e.node_clients import NODE, Seen, node_command

__all__ = ["SETTINGS", "chromium_command", "look_at"]

#: On a phone and on a desk, in both colours.
SETTINGS = ("phone light", "phone dark", "desk light", "desk dark")

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_command() -> str:
    """Give the browser; where there is none, the test is skipped."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium is installed to look at pages with (CHROMIUM names one elsewhere)")
    return found


def look_at(pages: Mapping[Path, Sequence[str]], *, pictures: Path | None = None) -> Seen:
    """Look at pages, each by its settings, such as `phone dark`; give what was seen by both."""
    answer = subprocess.run(
        [node_command(), "page.mjs"],
        cwd=NODE,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(next(iter(pages)).parent),
            "CHROMIUM": chromium_command(),
            "PAGES": json.dumps({str(path): list(settings) for path, settings in pages.items()}),
            **({"PICTURES": str(pictures)} if pictures is not None else {}),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    seen: Seen = json.loads(answer.stdout)
    return seen
