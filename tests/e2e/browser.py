"""Looking at HTML pages in a real browser, at the sizes and in the colours people have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.node_clients import NODE, Seen, node_command

__all__ = ["chromium_command", "look_at"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_command() -> str:
    """Give the browser; missing here, the tests are skipped, missing in CI, they fail."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        missing = "no Chromium is installed (CHROMIUM names one elsewhere)"
        if os.environ.get("CI"):
            pytest.fail(f"{missing}, and CI must look at the pages", pytrace=False)
        pytest.skip(missing)
    return found


def look_at(pages: Sequence[Path], *, pictures: Path | None = None) -> Seen:
    """Look at pages as a phone and as a desk, light and dark; give what was seen by page."""
    answer = subprocess.run(
        [node_command(), "page.mjs"],
        cwd=NODE,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(pages[0].parent),
            "CHROMIUM": chromium_command(),
            "PAGES": json.dumps([str(one) for one in pages]),
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
