"""The pair of CRMs to try things on: serving, stopping, and writing out what it holds."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.desk import COMMAND, Desk, people, seed_file


@contextmanager
def served(desk: Desk, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Serve a sandbox as a process of its own; give it and what it announced."""
    with subprocess.Popen(
        [*COMMAND, "sandbox", "serve", *options],
        env=desk.outside(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            yield running, json.loads(running.stdout.readline())
        finally:
            running.kill()


def get(url: str, token: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def exported(desk: Desk, control: str, path: Path) -> list[str]:
    done = desk.run("sandbox", "export", "--control", control, "--out", str(path), project=False)
    assert done.code == 0
    return path.read_text().splitlines()


def test_served_crms_answer_once_announced_and_end_cleanly(desk):
    with served(desk, "--seed", "empty") as (running, told):
        hubspot, salesforce = told["hubspot"], told["salesforce"]
        assert set(hubspot) == {"base_url", "access_token"}
        assert set(salesforce) == {"instance_url", "access_token"}
        url = hubspot["base_url"] + "/crm/v3/objects/contacts"
        assert get(url, hubspot["access_token"])["results"] == []
        url = salesforce["instance_url"] + "/services/data/v64.0/sobjects/Lead/describe"
        assert get(url, salesforce["access_token"])["name"] == "Lead"

        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=20)

    assert (running.returncode, out, err) == (0, "", "")


def test_export_of_an_export_is_the_same(desk, tmp_path):
    seed = seed_file(tmp_path / "seed.jsonl", people(both=1, hubspot=1, salesforce=1))
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"

    with served(desk, "--seed", str(seed)) as (_, told):
        lines = exported(desk, told["control"]["url"], first)
    with served(desk, "--seed", str(first)) as (_, told):
        again = exported(desk, told["control"]["url"], second)

    assert sum("@people.example" in line for line in lines) == 4
    assert [json.loads(line) for line in again] == [json.loads(line) for line in lines]
    assert first.stat().st_mode & 0o077 == 0


def test_export_goes_to_standard_output_too(desk):
    done = desk.run("sandbox", "export", "--control", desk.sandbox.control_url, project=False)

    assert (done.code, done.err) == (0, "")
    assert [json.loads(line) for line in done.out.splitlines()] == json.loads(
        json.dumps(desk.export())
    )


@pytest.mark.parametrize("port", ["hubspot", "salesforce", "control"])
def test_port_in_use_is_named(port, desk):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        done = desk.run(
            "sandbox", "serve", "--seed", "empty", f"--{port}-port", number, project=False
        )

    assert (done.code, done.out) == (2, "")
    assert number in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("--seed", '{"system": "hubspot"}\n'),
        ("--seed", "not json\n"),
        ("--faults", '{"system": "hubspot", "kind": "nonsense"}\n'),
        ("--faults", '{"systm": "hubspot"}\n'),
    ],
)
def test_bad_file_is_named_with_its_line(name, text, desk, tmp_path):
    path = tmp_path / "file.jsonl"
    path.write_text(text)

    done = desk.run("sandbox", "serve", name, str(path), project=False)

    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert done.err.startswith("Error: ")


def test_seed_that_is_not_there_is_named(desk):
    done = desk.run("sandbox", "serve", "--seed", "nowhere.jsonl", project=False)

    assert (done.code, done.out) == (2, "")
    assert "nowhere.jsonl" in done.err


@pytest.mark.parametrize(
    ("control", "code"), [("http://127.0.0.1:9", 3), ("http://crm.example", 2), ("nonsense", 2)]
)
def test_export_without_a_sandbox_is_a_clear_error(control, code, desk):
    done = desk.run("sandbox", "export", "--control", control, project=False)

    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("Error: ")
