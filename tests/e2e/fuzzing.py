"""Whatever comes from outside, spoilt: answers of both CRMs, and every file and variable read.

Each case is made from a seed of its own and tried on a copy of one project. A command may refuse
what it is given, with words and an exit code; it must not fail with anything nobody foresaw, nor
hang, nor write a file outside its project. `make fuzz` tries as many as there is time for.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import urllib3
from click.testing import CliRunner
from urllib3.connectionpool import HTTPConnectionPool

from sandbox.errors import SandboxError
from sandbox.server import Sandbox
from tests.e2e.desk import STARTER, Desk, make_desk, people, without_pauses
from tests.integration.garbage import _TEXTS, _VALUES

__all__ = ["TARGETS", "Bench", "BrokenError", "main", "opened", "try_one"]

#: No command may go on for longer than it takes by itself and five seconds.
_PATIENCE = 5.0

#: How long a command that calls both CRMs takes by itself, at most, on a busy machine.
_RUN = 25.0

_WORDS = (
    *("<->", "->", "<-", "map", "type", "pair", "match", "include", "fields", "record.email"),
    *("{", "}", "[", "]", "*a", "&a", "!!python/object:os.system", "!x", "---", "...", "|", ">"),
    *("../../../outside", "/tmp/outside", "~", "${HOME}", "${X", "\t", "\u2028", "\ufeff", "\x00"),
    *("record.", "has(", ".matches('(a+)+$')", "9" * 400, "-1", "1e400", "null", "true", "\ud7ff"),
)


class BrokenError(Exception):
    """What must not happen, and by which seed it came."""


@dataclass(slots=True)
class Bench:
    """A project that was synced once, over a pair of CRMs, to be copied for each case."""

    desk: Desk
    room: Path
    tried: int = 0
    exits: dict[str, dict[int, int]] = field(default_factory=dict)

    def copy(self) -> Desk:
        """Give a fresh copy of the project, in a room of its own."""
        self.tried += 1
        room = self.room / f"case{self.tried}"
        shutil.copytree(self.desk.folder, room / "project")
        return Desk(room / "project", self.desk.sandbox, dict(self.desk.environment))


@contextmanager
def opened(room: Path) -> Iterator[Bench]:
    """Serve two CRMs and make the project the cases are copies of."""
    with (
        pytest.MonkeyPatch.context() as patch,
        Sandbox(people(both=3, hubspot=2, salesforce=2), limits=False) as sandbox,
    ):
        without_pauses(patch, patience=2)
        desk = make_desk(room / "origin", sandbox)
        run(desk, "schema", "pull")
        run(desk, "sync")
        sandbox.edit(
            "hubspot",
            "contacts",
            desk.id_of("contacts", "lastname", "both0"),
            {"city": "Köln"},
            by="person",
        )
        run(desk, "plan", "--out", str(desk.folder / "kept.plan"))
        yield Bench(desk, room)


# --- commands -------------------------------------------------------------------------------------


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Break off what takes longer."""

    def late(_number: int, _frame: object) -> None:
        raise BrokenError(f"still going after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run(desk: Desk, *words: str, seconds: float = _RUN) -> int:
    """Run a command in this process; give its exit code, or raise what nobody foresaw."""
    import cli

    line = [*words, *([] if words[0] == "sandbox" else ["--project", str(desk.folder)])]
    with _within(seconds):
        ended = CliRunner().invoke(cli.cli, line, env=desk.environment)
    error = ended.exception
    if error is not None and not isinstance(error, SystemExit):
        raise error
    return ended.exit_code


# --- spoiling -------------------------------------------------------------------------------------


def spoilt_text(rng: random.Random, text: str) -> str:
    """Give a text with some of it replaced, repeated, moved or taken away."""
    for _ in range(rng.randint(1, 4)):
        at, end = sorted(rng.randint(0, len(text)) for _ in range(2))
        end = min(end, at + rng.choice((1, 5, 40)))
        piece = rng.choice(
            ("", rng.choice(_WORDS), rng.choice(_TEXTS), text[at:end] * rng.choice((2, 50)))
        )
        text = text[:at] + piece + text[end:]
    return text


def spoilt_bytes(rng: random.Random, data: bytes) -> bytes:
    """Give bytes that are cut off, overwritten, or something else altogether."""
    kind = rng.randrange(5)
    if kind == 0:
        return data[: rng.randint(0, len(data))]
    if kind == 1:
        return rng.randbytes(rng.choice((0, 1, 100, 5000)))
    spoilt = bytearray(data)
    for _ in range(rng.choice((1, 8, 200))):
        at = rng.randrange(max(1, len(spoilt)))
        width = rng.choice((1, 4, 64))
        spoilt[at : at + width] = rng.randbytes(width)
    return bytes(spoilt)


def spoilt_json(rng: random.Random, document: Any) -> Any:
    """Give a document with some values replaced or left out."""
    for _ in range(rng.randint(1, 3)):
        document = _spoil_one(rng, document, depth=0)
    return document


def _spoil_one(rng: random.Random, value: Any, *, depth: int) -> Any:
    if isinstance(value, dict | list) and value and (depth == 0 or rng.random() < 0.8):
        copied: Any = dict(value) if isinstance(value, dict) else list(value)
        key = rng.choice(list(copied)) if isinstance(copied, dict) else rng.randrange(len(copied))
        if rng.random() < 0.2:
            del copied[key]
        else:
            copied[key] = _spoil_one(rng, copied[key], depth=depth + 1)
        return copied
    return rng.choice((rng.choice(_VALUES), rng.choice(_TEXTS), [value], {"value": value}))


def _spoilt_body(rng: random.Random, body: bytes) -> bytes:
    if rng.random() < 0.15:
        return rng.choice(
            (b"", b"<html>", b"[" * 5000, b"null", b"9" * 5000, b"\xff\xfe", body[:9])
        )
    try:
        return json.dumps(spoilt_json(rng, json.loads(body))).encode(errors="replace")
    except ValueError:
        return spoilt_bytes(rng, body)


@contextmanager
def _spoilt_answers(rng: random.Random) -> Iterator[None]:
    """Spoil one answer in a few, as it comes off the wire."""
    whole = HTTPConnectionPool.urlopen
    share = rng.choice((0.05, 0.2, 1.0))

    def urlopen(self: Any, method: str, url: str, *words: Any, **named: Any) -> Any:
        answer = whole(self, method, url, *words, **named)
        body = answer.data
        if rng.random() < share:
            body = _spoilt_body(rng, body)
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() not in ("content-length", "content-encoding", "transfer-encoding")
        }
        return urllib3.HTTPResponse(
            io.BytesIO(body),
            headers=headers,
            status=answer.status,
            reason=answer.reason,
            preload_content=named.get("preload_content", True),
            request_method=method,
            request_url=url,
        )

    HTTPConnectionPool.urlopen = urlopen  # type: ignore[method-assign]
    try:
        yield
    finally:
        HTTPConnectionPool.urlopen = whole  # type: ignore[method-assign]


# --- what is spoilt, and what is run on it --------------------------------------------------------

Target = Callable[[random.Random, Desk], Iterator[int]]


def answers(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Spoil what both CRMs answer."""
    words = rng.choice((("sync",), ("sync", "--full"), ("plan",), ("doctor",), ("schema", "pull")))
    with _spoilt_answers(rng):
        yield run(desk, *words)


def mapping_files(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Spoil a mapping file."""
    path = rng.choice(sorted((desk.folder / "mappings").glob("*.yaml")))
    path.write_bytes(spoilt_text(rng, path.read_text("utf-8")).encode(errors="surrogatepass"))
    for words in (("mappings", "check"), ("mappings", "test"), ("status",), ("errors", "list")):
        yield run(desk, *words, seconds=_PATIENCE)


def settings(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Spoil revloop.yaml and lifecycle.yaml."""
    text = "version: 1\nhubspot: {token: x}\nguard: {changes: '20%', creates: 5}\noverlap: 15m\n"
    desk.write("revloop.yaml", _plain(spoilt_text(rng, text)))
    if rng.random() < 0.5:
        stages = (STARTER / "lifecycle.yaml").read_text("utf-8")
        desk.write("mappings/lifecycle.yaml", _plain(spoilt_text(rng, stages)))
    for words in (("mappings", "check"), ("status",), ("report", "funnel")):
        yield run(desk, *words, seconds=_PATIENCE)


def _plain(text: str) -> str:
    """Give a text without half letters, which no file of text holds."""
    return text.encode(errors="replace").decode()


_PIECES = (
    *("record.email", "record.nope", "record", "'a'", '"', "1", "2.5", "true", "null", "-", "!"),
    *("==", "<", "&&", "||", "in", "?", ":", "+", "*", "/", "%", "(", ")", "[", "]", "{", "}", "."),
    *("has(record.city)", "size", "matches('(a|a)*b')", "all(x, true)", "map(x, x)", "[1,2]", ","),
    *("now()", "duration('1h')", "9223372036854775808", "b'\\xff'", "timestamp('x')", "\\", "@"),
)


_FORMS = (
    *("({} == {})", "({} != {})", "({} < {})", "({} && {})", "({} || {})", "!({})", "({} + {})"),
    *("({} in [{}, {}])", "size({})", "({} ? {} : {})", "has(record.city)", "{}.contains({})"),
    *("{}.matches('(a|a)*b')", "[{}].all(x, x == {})", "string({})", "int({})", "({} * {})"),
)
_LEAVES = (
    *("record.email", "record.city", "record.seniority", "'a'", "''", "1", "-9", "2.5", "true"),
    *("null", "record", "[1]", "{'a': 1}", "9223372036854775807"),
)


def _well_formed(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(_LEAVES)
    form = rng.choice(_FORMS)
    return form.format(*(_well_formed(rng, depth - 1) for _ in range(form.count("{}"))))


def expressions(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Put any row of pieces in the place of a condition."""
    text = " ".join(rng.choice(_PIECES) for _ in range(rng.choice((1, 3, 8, 30))))
    if rng.random() < 0.2:
        text = rng.choice(("(", "!", "-", "[", "record.email + ")) * rng.choice((50, 3000)) + text
    if rng.random() < 0.5:
        text = f"{_well_formed(rng, rng.randint(0, 4))} == {_well_formed(rng, rng.randint(0, 4))}"
    path = desk.folder / "mappings" / "contacts.yaml"
    was = path.read_text("utf-8")
    mine = was.replace('record.email != ""', json.dumps(text), 1)
    assert mine != was
    path.write_text(mine, encoding="utf-8")
    yield run(desk, "mappings", "check", seconds=_PATIENCE)
    yield run(desk, "mappings", "test", seconds=_PATIENCE)
    if rng.random() < 0.3:
        yield run(desk, "plan", "--full")


def plan_files(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Spoil a plan's file."""
    path = desk.folder / "kept.plan"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    if rng.random() < 0.6:
        at = rng.randrange(len(lines))
        try:
            lines[at] = json.dumps(spoilt_json(rng, json.loads(lines[at]))) + "\n"
        except ValueError:
            lines[at] = spoilt_text(rng, lines[at])
        path.write_text("".join(lines), encoding="utf-8", errors="replace")
    else:
        path.write_bytes(spoilt_bytes(rng, path.read_bytes()))
    yield run(desk, "plan", "show", str(path), seconds=_PATIENCE)
    yield run(desk, "sync", "--plan", str(path))


def state_files(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Spoil the state's file."""
    spoilt = spoilt_bytes(rng, desk.state.read_bytes())
    desk.state.write_bytes(spoilt)
    for words in (
        ("status",),
        ("history",),
        ("conflicts", "list"),
        ("record", "show", "both0@people.example"),
        ("report", "funnel"),
        ("forget", "both1@people.example"),
    ):
        yield run(desk, *words, seconds=_PATIENCE)
    if rng.random() < 0.3:
        yield run(desk, "sync")


def schema_copies(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Spoil a copy of a CRM's schema."""
    path = rng.choice(sorted((desk.folder / "schema").glob("*.json")))
    if rng.random() < 0.7:
        document = spoilt_json(rng, json.loads(path.read_text("utf-8")))
        path.write_text(json.dumps(document), encoding="utf-8", errors="replace")
    else:
        path.write_bytes(spoilt_bytes(rng, path.read_bytes()))
    yield run(desk, "mappings", "check", seconds=_PATIENCE)


def environment(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Set variables to anything."""
    names = [
        *desk.environment,
        *("REVLOOP_STATE", "HUBSPOT_ACCESS_TOKEN_FILE", "SALESFORCE_DOMAIN", "SALESFORCE_AUTH"),
        *("SALESFORCE_PRIVATE_KEY", "HUBSPOT_API_VERSION", "NO_COLOR", "COLUMNS"),
    ]
    for name in rng.sample(names, rng.randint(1, 3)):
        text = rng.choice((rng.choice(_TEXTS), rng.choice(_WORDS), "/dev/null", "jwt", "http://[x"))
        if name == "REVLOOP_STATE":
            # Never a place that is somebody else's.
            text = rng.choice(("sqlite:///", "sqlite://", "mysql://x", "x", "postgresql://[", ""))
        desk.environment[name] = text.replace("\x00", "").encode(errors="ignore").decode()
    for words in (("status",), ("mappings", "check"), ("doctor",)):
        yield run(desk, *words)


def seeds(rng: random.Random, desk: Desk) -> Iterator[int]:
    """Spoil a seed file of the sandbox."""
    lines = [json.dumps(line) for line in people(both=1)]
    at = rng.randrange(len(lines))
    if rng.random() < 0.7:
        lines[at] = json.dumps(spoilt_json(rng, json.loads(lines[at])))
    else:
        lines[at] = spoilt_text(rng, lines[at])
    path = desk.folder / "seed.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    with _within(_PATIENCE):
        try:
            Sandbox(path)
        except SandboxError:
            yield 2
        else:
            yield 0


TARGETS: Mapping[str, Target] = {
    one.__name__: one
    for one in (
        answers,
        mapping_files,
        settings,
        expressions,
        plan_files,
        state_files,
        schema_copies,
        environment,
        seeds,
    )
}

#: How the commands may end.
_FORESEEN = frozenset({0, 1, 2, 3, 4, 70})


def try_one(bench: Bench, name: str, seed: int) -> None:
    """Try one case; raises BrokenError for what must not happen."""
    rng = random.Random(f"{name} {seed}")
    desk = bench.copy()
    outside = _files(bench.room, beside=desk.folder)
    try:
        for code in TARGETS[name](rng, desk):
            if code not in _FORESEEN:
                raise BrokenError(f"exit code {code}")
            count = bench.exits.setdefault(name, {})
            count[code] = count.get(code, 0) + 1
    except BrokenError as fault:
        raise BrokenError(f"{name}:{seed}: {fault}") from fault
    except Exception as fault:
        raise BrokenError(f"{name}:{seed}: {type(fault).__name__}: {fault}") from fault
    if (now := _files(bench.room, beside=desk.folder)) != outside:
        raise BrokenError(f"{name}:{seed}: wrote outside its project: {sorted(now ^ outside)}")
    shutil.rmtree(desk.folder.parent)


def _files(room: Path, *, beside: Path) -> frozenset[tuple[str, int]]:
    return frozenset(
        (str(path), path.stat().st_mtime_ns)
        for path in room.rglob("*")
        if path.is_file() and beside not in path.parents
    )


def main(words: Sequence[str]) -> int:
    """Try cases one after the other: seconds to spend, first seed, names (all)."""
    import tempfile
    import traceback

    seconds = float(words[0]) if words else 600.0
    seed = int(words[1]) if len(words) > 1 else 1
    names = list(words[2:]) or list(TARGETS)
    broken = 0
    ends = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as room, opened(Path(room)) as bench:
        while time.monotonic() < ends:
            for name in names:
                try:
                    try_one(bench, name, seed)
                except BrokenError as fault:
                    broken += 1
                    cause = fault.__cause__ or fault
                    told = traceback.extract_tb(cause.__traceback__)
                    places = [f"{Path(one.filename).name}:{one.lineno}" for one in told[-4:]]
                    sys.stdout.write(f"{str(fault)[:300]}  {' '.join(places)}\n")
                    sys.stdout.flush()
            seed += 1
        sys.stdout.write(f"{bench.tried} cases, {broken} broken; exit codes {bench.exits}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
