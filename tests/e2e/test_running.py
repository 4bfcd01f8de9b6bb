"""The job that runs by itself: its rounds, what people change meanwhile, and how it is doing."""

from __future__ import annotations

import json
import logging
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog

from console.planning import approve
from console.running import Wishes, run_every
from console.stopping import SignalStop
from sandbox.traffic import FaultRule
from tests.e2e.desk import Desk, without_pauses

MINUTE = timedelta(minutes=1)
TIGHT = "guard: {changes: 0, creates: 0}\n"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    without_pauses(monkeypatch, patience=30)
    handlers = list(logging.getLogger().handlers)
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


@contextmanager
def all_logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """Take what is logged, of every level, whatever was set up by a command before."""
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as lines:
        yield lines


class Acts(SignalStop):
    """Moves the sandboxes' clock, lets one act happen after each round, and then ends the job."""

    __slots__ = ("_acts", "_desk", "_seen")

    def __init__(self, desk: Desk, *acts: Callable[[], object]) -> None:
        super().__init__()
        self._desk = desk
        self._acts = list(acts)
        self._seen = 0

    def wait(self, seconds: float) -> bool:
        """Move the time."""
        ((runs,),) = self._desk.rows("SELECT count(*) FROM runs WHERE ended IS NOT NULL")
        if runs != self._seen:
            self._seen = runs
            if not self._acts:
                self.ask()
                return True
            self._acts.pop(0)()
        self._desk.sandbox.clock.move(timedelta(seconds=seconds))
        return False


def run_job(desk: Desk, *acts: Callable[[], object], **wishes: Any) -> int:
    """Run a round, then an act, and so on; give the exit code."""
    return run_every(
        desk.folder,
        Wishes(**{"every": 5 * MINUTE, "jitter": timedelta(0), **wishes}),
        environment=desk.environment,
        clock=desk.sandbox.clock.now,
        draw=lambda: 0.0,
        stop=Acts(desk, *acts),
    )


def rounds(desk: Desk) -> list[tuple[int, str | None]]:
    return list(desk.rows("SELECT exit, stopped FROM runs ORDER BY id"))


def minutes_between(desk: Desk) -> list[int]:
    begun = list(desk.rows("SELECT unixepoch(started) FROM runs ORDER BY id"))
    return [round((after - at) / 60) for (at,), (after,) in pairwise(begun)]


@contextmanager
def hook(desk: Desk) -> Iterator[list[dict[str, Any]]]:
    """Take messages."""
    got: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        desk.environment["REVLOOP_NOTIFY"] = f"http://127.0.0.1:{server.server_address[1]}/secret"
        yield got
        server.shutdown()


def health(desk: Desk, *words: str) -> dict[str, Any]:
    return desk.run_here("health", "--json", *words).document


def test_changed_files_are_taken_over_only_where_nothing_is_wrong_in_them(desk: Desk) -> None:
    file = desk.folder / "mappings" / "contacts.yaml"
    sound = file.read_text()
    said: list[Any] = []

    def spoil() -> None:
        file.write_text(sound + "\nnonsense: 1\n")

    def mend() -> None:
        said.append(health(desk)["notes"])
        file.write_text(sound.replace("  city:", "  town:"))

    def name_a_field_nobody_has() -> None:
        said.append(health(desk)["notes"])
        file.write_text(sound.replace("city <-> Lead.City", "no_such <-> Lead.City"))

    with hook(desk) as messages, all_logged() as lines:
        code = run_job(desk, spoil, lambda: None, mend, name_a_field_nobody_has)

    assert code == 0
    # What a CRM does not bear ends that round, and the one after it goes by the earlier files.
    assert [end for end, _ in rounds(desk)] == [0, 0, 0, 0, 2, 0]
    assert minutes_between(desk) == [5, 5, 5, 5, 0]
    assert "mappings/contacts.yaml" in said[0][0]
    assert said[1] == []
    events = [line["event"] for line in lines if line["event"].startswith("files")]
    assert events == ["files_refused", "files_taken_over", "files_taken_over", "files_refused"]
    told = [message["event"] for message in messages]
    assert told.count("mappings") == 2
    fields = {name for (name,) in desk.rows("SELECT DISTINCT field FROM audit WHERE field <> ''")}
    assert "no_such" not in fields


def test_guard_stop_waits_for_a_person_and_goes_on_within_a_minute(desk: Desk, capsys) -> None:
    (desk.folder / "revloop.yaml").write_text(TIGHT)
    answers: list[tuple[int, str]] = []

    def look_and_approve() -> None:
        (port,) = [line["port"] for line in lines if line["event"] == "listening"]
        answers.extend(get(port, path) for path in ("/healthz", "/livez", "/metrics", "/other"))
        answers.append((health(desk)["exit"], " ".join(health(desk)["reasons"])))
        approve(desk.folder, None, as_json=True, environment=desk.environment)

    def look() -> None:
        (port,) = [line["port"] for line in lines if line["event"] == "listening"]
        answers.extend(get(port, path) for path in ("/healthz", "/metrics"))

    with hook(desk) as messages, all_logged() as lines:
        run_job(desk, lambda: None, look_and_approve, look, listen="127.0.0.1:0")

    assert rounds(desk) == [(4, "guard"), (4, "guard"), (0, None), (0, None)]
    assert minutes_between(desk)[:2] == [5, 1]
    assert [message["event"] for message in messages] == ["guard", "recovery"]
    assert messages[0]["plan"] == "p1"
    codes = [code for code, _ in answers]
    assert codes == [503, 200, 200, 404, 3, 200, 200]
    assert "revloop_guard_waiting 1.0" in answers[2][1]
    assert "revloop approve" in answers[4][1]
    assert 'revloop_runs_total{exit="4"} 2.0' in answers[6][1]
    assert "revloop_guard_waiting 0.0" in answers[6][1]
    assert "@people.example" not in "".join(text for _, text in answers) + json.dumps(messages)


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_crm_that_is_down_is_asked_less_and_less_and_told_of_once(desk: Desk) -> None:
    desk.sandbox.add_fault(FaultRule(system="hubspot", kind="503", times=1_000_000))

    def mend() -> None:
        for box in desk.sandbox.fault_boxes:
            box.clear()

    with hook(desk) as messages:
        run_job(desk, *[lambda: None] * 3, mend)

    assert rounds(desk) == [(3, "unavailable")] * 4 + [(0, None)]
    assert minutes_between(desk) == [5, 10, 20, 40]
    assert [message["event"] for message in messages] == ["failure", "recovery"]


def test_fault_of_ours_in_one_round_is_not_the_end_of_the_others(desk, monkeypatch) -> None:
    import console.running
    from console.syncing import run_once as real

    calls = iter([True])

    def run_once(*arguments: Any, **named: Any) -> Any:
        if next(calls, False):
            raise ZeroDivisionError
        return real(*arguments, **named)

    monkeypatch.setattr(console.running, "run_once", run_once)
    with hook(desk) as messages:
        run_job(desk, rounds=2)

    assert rounds(desk) == [(0, None)]
    assert [(m["event"], m["stopped"], m["exit"]) for m in messages][:1] == [("failure", "bug", 70)]


def test_every_line_within_a_run_names_it(desk: Desk) -> None:
    desk.environment["REVLOOP_LOG_LEVEL"] = "debug"
    desk.environment["REVLOOP_LOG_FORMAT"] = "json"

    ended = desk.run_here("run", "--every", "1s", "--rounds", "2", "--json")

    lines = [json.loads(line) for line in ended.err.splitlines()]
    names = [line["event"] for line in lines]
    within = lines[names.index("run_started") : names.index("run_ended") + 1]
    assert {line.get("run_id") for line in within} == {"r1"}
    assert len(within) > 10
    reports = [json.loads(line) for line in ended.out.splitlines()]
    assert [(one["run"], one["exit"]) for one in reports] == [("r1", 0), ("r2", 0)]


def test_sync_writes_report_and_metrics_where_asked_to(desk: Desk, tmp_path: Path) -> None:
    (desk.folder / "revloop.yaml").write_text("reports: told\n")
    file, metrics = tmp_path / "run.json", tmp_path / "revloop.prom"

    first = desk.run_here("sync", "--report", str(file), "--metrics-file", str(metrics))
    second = desk.run_here("sync", "--metrics-file", str(metrics))

    assert (first.code, second.code) == (0, 0)
    report = json.loads(file.read_text())
    assert (report["run"], report["exit"], report["stopped"]) == ("r1", 0, None)
    assert report["line"].startswith("r1: 4 created")
    folder = sorted(one.name for one in (desk.folder / "told").iterdir())
    assert [name.split("-")[1] for name in folder] == ["r1.json", "r2.json"]
    assert 'revloop_runs_total{exit="0"} 2.0' in metrics.read_text()
    assert 'revloop_links{pair="contacts",state="open"} 6.0' in metrics.read_text()
    assert "@people.example" not in file.read_text() + metrics.read_text()


def test_health_calls_no_crm_and_goes_by_the_age_of_the_last_good_run(desk: Desk) -> None:
    never = health(desk)
    desk.run_here("sync")
    desk.forget_calls()

    assert (never["exit"], health(desk)["exit"]) == (3, 0)
    desk.do("UPDATE runs SET ended = '2020' || substr(ended, 5)")
    assert health(desk)["exit"] == 3
    assert health(desk, "--max-age", "99999d")["exit"] == 0
    assert not desk.sandbox.hubspot_traffic.calls()
    assert not desk.sandbox.salesforce_traffic.calls()


def test_sigterm_between_rounds_ends_the_job_at_once_with_0(desk: Desk) -> None:
    desk.environment["REVLOOP_LOG_LEVEL"] = "info"
    job = desk.start("run", "--every", "1h")
    assert job.stderr is not None
    for line in job.stderr:
        if "round_ended" in line:
            break

    job.send_signal(signal.SIGTERM)
    _, err = job.communicate(timeout=30)

    assert job.returncode == 0
    assert "schedule_ended" in err
    assert rounds(desk) == [(0, None)]
    assert health(desk)["max_age_seconds"] == 3600


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--every", "soon"], "no length of time"),
        (["--every", "0m"], "more than nothing"),
        (["--every", "5m", "--listen", "9464"], "no address and port"),
        (["--every", "5m", "--only", "people"], "there is no pair"),
    ],
)
def test_wish_that_is_none_ends_the_job_before_its_first_round(desk: Desk, words, says) -> None:
    ended = desk.run_here("run", *words, "--rounds", "1")

    assert ended.code == 2
    assert says in ended.err
    assert not desk.state.exists()
