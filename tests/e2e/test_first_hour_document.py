"""docs/first-hour.md, run as it stands: every command, and what it prints.

REVLOOP_REWRITE_DOCS=1 writes what they print now into the document; look at the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from sandbox.demo import demo_seed
from sandbox.server import Sandbox
from tests.e2e.desk import ROOT
from tests.e2e.transcript import Said, Step, masked, matches, play, read_steps, rewritten

pytestmark = pytest.mark.slow

DOCUMENT = ROOT / "docs" / "first-hour.md"
#: The exit code of each command; others give 0.
_CODES = {"revloop sync": [4, 1, 0]}


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Step], list[Said], Path]:
    """Run the document once, in an empty folder."""
    folder = tmp_path_factory.mktemp("hour") / "project"
    folder.mkdir()
    text = DOCUMENT.read_text(encoding="utf-8")
    steps = read_steps(text)
    with Sandbox(demo_seed()) as crms:
        said = [play(step, folder, crms.environment()) for step in steps]
    if os.environ.get("REVLOOP_REWRITE_DOCS"):
        DOCUMENT.write_text(rewritten(text, said, folder=folder), encoding="utf-8")
        steps = read_steps(DOCUMENT.read_text(encoding="utf-8"))
    return steps, said, folder


def test_every_command_prints_what_the_document_says(hour):
    steps, said, _ = hour
    for step, done in zip(steps, said, strict=True):
        assert matches(step.lines, done.lines), "\n".join(
            (f"$ {step.command}", masked("\n".join(done.lines)))
        )


def test_every_command_ends_as_the_document_says(hour):
    steps, said, _ = hour
    wanted = {command: iter(codes) for command, codes in _CODES.items()}

    for step, done in zip(steps, said, strict=True):
        assert done.code == next(wanted.get(step.command, iter([0]))), step.command


def test_document_goes_from_init_to_a_sync_that_has_nothing_to_do(hour):
    steps, _, _ = hour
    verbs = [step.command.split()[1] for step in steps]

    assert verbs[0] == "init"
    assert verbs.index("doctor") < verbs.index("plan") < verbs.index("approve")
    assert verbs.count("sync") == 3


def test_no_file_is_edited_by_hand(hour):
    text = DOCUMENT.read_text(encoding="utf-8")

    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    plain = [line for kind, body in blocks if kind != "console" for line in body.splitlines()]
    assert all(line.startswith(("export ", "revloop sandbox serve")) for line in plain)


def test_credentials_in_the_document_are_those_the_sandbox_serves():
    text = DOCUMENT.read_text(encoding="utf-8")
    exported = dict(re.findall(r"^export (\w+)='?([^'\s]+)'?$", text, re.MULTILINE))
    crms = Sandbox()
    tokens = {crms.hubspot_token, crms.salesforce_token}

    assert {exported["HUBSPOT_ACCESS_TOKEN"], exported["SALESFORCE_ACCESS_TOKEN"]} == tokens
    assert exported["HUBSPOT_BASE_URL"].endswith(":8701")
    assert exported["SALESFORCE_INSTANCE_URL"].endswith(":8702")


def test_line_that_differs_is_found():
    assert matches(["a", "…", "c"], ["a", "b", "b", "c"])
    assert not matches(["a", "…", "c"], ["a", "b"])
    assert not matches(["2 pairs"], ["3 pairs"])
    assert matches(["took 1.2 s"], ["took 35 s"])
    assert matches(["a line that is", "broken here"], ["a line that", "is broken here"])
