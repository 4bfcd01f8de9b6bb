"""Checking mapping files: seconds for 20 files with 500 fields, the whole command.

    python -m bench.check [--files 20] [--fields 500] [--profile]

Four numbers, each the best of some rounds: the floor, which is the YAML library alone on the same
files; the check within this process, without and with a copy of both schemas; and `revloop mappings
check` as a process of its own, Python's own start apart. Beside each stands the processor's time,
which does not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from ruamel.yaml import YAML

from console.checking import check
from console.schema_copy import SchemaCopy, write_copy
from console.wiring import now
from mappings.declared import declared_shapes
from mappings.loader import load_mappings
from sync.domain.ports import Account
from sync.domain.record import Side
from sync.domain.schema import ObjectShape

__all__ = ["write_copies", "write_mappings"]

_ROUNDS = 5

#: Ten fields with every kind of line there is.
_FIELDS = """\
  name_{at}: name_{at} <-> Name_{at}__c
  mail_{at}: {{map: mail_{at} <-> Mail_{at}__c, type: email, wins: hubspot}}
  phone_{at}: {{map: phone_{at} <-> Phone_{at}__c, type: phone, blank: clear}}
  score_{at}: {{map: score_{at} -> Score_{at}__c, type: number, protect: hubspot}}
  level_{at}:
    map: level_{at} <-> Level_{at}__c
    values: {{Executive: C-Level, VP: C-Level, Manager: Manager, Entry: Specialist}}
    otherwise: hold
  country_{at}: {{map: country_{at} <-> Country_{at}__c, type: country}}
  street_{at}: {{map: -> Street_{at}__c, to_salesforce: "record.name_{at} + '!'"}}
  closes_{at}: {{map: closes_{at} <-> Closes_{at}__c, type: date}}
  status_{at}: <- Status_{at}__c
  size_{at}: {{map: size_{at} <-> Size_{at}__c, type: integer, if_blank: "1"}}
"""


def write_mappings(folder: Path, *, files: int, fields: int) -> None:
    """Write so many mapping files with so many fields in all into a project folder."""
    (folder / "mappings").mkdir()
    tens = max(fields // files // 10, 1)
    for number in range(files):
        lines = "".join(_FIELDS.format(at=at) for at in range(tens))
        (folder / "mappings" / f"thing_{number}.yaml").write_text(
            f"pair: things_{number}\n"
            f"hubspot: things_{number}\n"
            f"salesforce: Thing_{number}__c\n"
            "first_sync: salesforce\n"
            "match: [mail_0]\n"
            "include:\n"
            '  hubspot: record.mail_0 != "" && record.country_0 in ["DE", "AT", "CH"]\n'
            "create: {salesforce: {when: record.score_0 >= 50}}\n"
            f"fields:\n{lines}"
            "examples:\n"
            "  - name: levels are translated\n"
            "    hubspot: {level_0: Manager}\n"
            "    salesforce: {Level_0__c: Manager}\n",
            encoding="utf-8",
        )


def write_copies(folder: Path) -> None:
    """Write copies of schemas that have what the mappings of a project say."""
    pairs = load_mappings(folder / "mappings")
    for side in Side:
        objects: dict[str, ObjectShape | None] = {
            name: shape for pair in pairs for name, shape in declared_shapes(pair, side).items()
        }
        copy = SchemaCopy(account=Account("1", "an account"), read=now(), objects=objects)
        write_copy(folder, side, copy)


def _best(work: Callable[[], object]) -> tuple[float, float]:
    """Give the shortest time by the clock, and by the processor."""
    clock, processor = [], []
    for _ in range(_ROUNDS):
        before, used = time.perf_counter(), _processor()
        work()
        clock.append(time.perf_counter() - before)
        processor.append(_processor() - used)
    return min(clock), min(processor)


def _processor() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _parse(folder: Path) -> None:
    for file in sorted((folder / "mappings").iterdir()):
        YAML(typ="safe", pure=True).load(file.read_bytes())


def _check(folder: Path) -> None:
    with redirect_stdout(StringIO()) as out:
        code = check(folder, as_json=False, live=False, environment={})
    if code:
        raise SystemExit(out.getvalue())


def _command(*arguments: str) -> None:
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--fields", type=int, default=500)
    parser.add_argument("--profile", action="store_true")
    wanted = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_mappings(folder, files=wanted.files, fields=wanted.fields)
        if wanted.profile:
            with cProfile.Profile() as profile:
                _check(folder)
            pstats.Stats(profile).sort_stats("cumulative").print_stats(40)
            return
        told = ("mappings", "check", "--project", str(folder))
        start = _best(lambda: _command("-c", "pass"))
        command = _best(lambda: _command("-m", "cli", *told))
        floor, alone = _best(lambda: _parse(folder)), _best(lambda: _check(folder))
        write_copies(folder)
        for what, (clock, processor) in (
            ("floor: the YAML library alone", floor),
            ("the check, in this process", alone),
            ("the check, with a copy of both schemas", _best(lambda: _check(folder))),
            (
                "revloop mappings check, less Python's start",
                (command[0] - start[0], command[1] - start[1]),
            ),
        ):
            print(f"{what:<45} {clock:6.2f} s, {processor:6.2f} s of the processor")


if __name__ == "__main__":
    main()
