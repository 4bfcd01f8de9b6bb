"""Prove the image without a container engine: `make image-proof`, as root on Debian or Ubuntu.

Takes every step of deploy/Dockerfile in root file systems that debootstrap made, then runs what
they give as a container would: read-only, as the image's user, without capabilities, as the first
process of its own process space. What differs from an engine: the base is Debian with its own
Python instead of the image the Dockerfile names, packages come from a folder that was filled by the
same locks beforehand, and the network is this machine's.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from sandbox.server import Sandbox
from tests.e2e.desk import ROOT, make_desk, people
from tests.e2e.image_steps import Stage, Step, filled, read_stages
from tests.postgres import empty_database, why_no_server

#: What the Dockerfile's base has that a bare Debian has not.
_INCLUDED = "python3,python3-venv,ca-certificates,tzdata"
_SUITE = "bookworm"
_DOWNLOAD = (
    *(sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"),
    *("--only-binary=:all:", "--python-version", "3.11"),
)
_WHEELS = "wheels"
#: How long a stopped container may take: what Kubernetes and systemd wait is a little more.
_SECONDS_TO_END = 10
#: Between two rounds, and in the midst of one.
_STOPPED = (0, 3)
_PATIENCE = 600

#: What a container has of its own, of what is looked at here.
_SPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child")

#: Mounts a root file system read-only, with its volumes, and becomes the command inside it. The
#: volumes come as pairs of a folder and the place inside.
_CONTAIN = """
set -eu
root="$1"; user="$2"; shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done
shift
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
place="$1"; shift
exec chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
    --inh-caps=-all --bounding-set=-all -- sh -c 'cd "$0" && exec "$@"' "$place" "$@"
"""


@dataclass(slots=True)
class Image:
    """A root file system made by the steps of a stage, and what the steps say of running it."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": "/usr/sbin:/usr/bin"})
    place: str = "/"
    user: str = "0:0"
    entry: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    stop: signal.Signals = signal.SIGTERM

    def inside(self, path: str) -> Path:
        """Give where a path inside the root lies; a relative one from its working folder."""
        return self.root / str(Path(self.place) / path).lstrip("/")


def take(stage: Stage, base: Path, root: Path, *, earlier: dict[str, Image]) -> Image:
    """Take every step of a stage on a copy of the base."""
    subprocess.run(["cp", "--archive", "--reflink=auto", str(base), str(root)], check=True)
    image = Image(root)
    for step in stage.steps:
        if step.word == "RUN":
            _run(image, step.rest)
        elif step.word == "COPY":
            _copy(image, *step.copied, earlier=earlier)
        else:
            _note(image, step)
    if stage.all("HEALTHCHECK"):
        image.health = tuple(stage.health)
    return image


def _note(image: Image, step: Step) -> None:
    """Keep what a step says of how the image is run."""
    match step.word:
        case "ENV":
            for name, value in step.pairs.items():
                image.environment[name] = filled(value, image.environment)
        case "WORKDIR":
            image.place = step.rest
            image.root.joinpath(step.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "USER":
            image.user = step.rest
        case "ENTRYPOINT":
            image.entry = tuple(step.listed)
        case "CMD":
            image.default = tuple(step.listed)
        case "STOPSIGNAL":
            image.stop = signal.Signals[step.rest]
        case "LABEL" | "VOLUME" | "HEALTHCHECK":
            pass
        case other:
            raise SystemExit(f"deploy/Dockerfile: nothing here takes the step {other}")


def _run(image: Image, command: str) -> None:
    click.echo(f"  RUN {command[:100]}")
    subprocess.run(
        ["chroot", str(image.root), "/bin/sh", "-c", f"cd {image.place} && {command}"],
        env={
            **image.environment,
            "LC_ALL": "C",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": f"/{_WHEELS}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_QUIET": "1",
        },
        check=True,
    )


def _copy(
    image: Image,
    stage: str | None,
    sources: Sequence[str],
    target: str,
    *,
    earlier: dict[str, Image],
) -> None:
    there = ROOT if stage is None else earlier[stage].root
    for source in sources:
        found = there / source.lstrip("/")
        place = image.inside(target)
        if found.is_dir():
            shutil.copytree(
                found,
                place,
                symlinks=True,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__") if stage is None else None,
            )
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, place / found.name)


# Running it


@dataclass(slots=True)
class Container:
    """An image with its volumes."""

    image: Image
    volumes: dict[Path, str]
    environment: dict[str, str]

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command as the first process of its own process space."""
        mounts = [word for pair in self.volumes.items() for word in map(str, pair)]
        uid = self.image.user.partition(":")[0]
        return subprocess.Popen(
            [
                *(*_SPACES, "sh", "-c", _CONTAIN, "sh", str(self.image.root), uid, *mounts),
                *("--", self.image.place, *command),
            ],
            env={**self.image.environment, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command to its end; give its exit code and what it printed."""
        with self.start(*command) as process:
            said, _ = process.communicate(timeout=_PATIENCE)
            return process.returncode, said

    def revloop(self, *arguments: str) -> tuple[int, str]:
        """Run the image as its entry point says."""
        return self.run(*self.image.entry, *(arguments or self.image.default))


class Report:
    """What was tried, and whether it came out as it should."""

    def __init__(self) -> None:
        self.failed = 0

    def says(self, what: str, *, good: bool, else_: str = "") -> None:
        """Print one line."""
        click.echo(f"  {'ok' if good else 'FAILED':8}{what}")
        if not good:
            self.failed += 1
            click.echo(else_)

    def ends(self, what: str, done: tuple[int, str], code: int = 0, *, with_: str = "") -> None:
        """Tell whether a command ended with a code, and said something."""
        self.says(what, good=done[0] == code and with_ in done[1], else_=f"{done[0]}\n{done[1]}")


def prove(image: Image, folder: Path, report: Report) -> None:
    """Run the image as a container is run, and tell what came of it."""
    uid = int(image.user.partition(":")[0])
    with Sandbox(people(both=3, hubspot=2, salesforce=2), limits=False) as crms:
        made = make_desk(folder / "desk", crms).folder / "mappings"
        project = Container(image, _volumes(folder, made, uid), _secrets(folder, crms, uid))
        _look_at_walls(project, report)
        report.ends("revloop without a word: --help", project.revloop(), with_="Usage: revloop")
        report.ends("revloop --version", project.revloop("--version"), with_="revloop, version")
        report.ends(
            "revloop demo, in /tmp", project.revloop("demo", "--folder", "/tmp/demo"), with_="week"
        )
        report.ends("revloop mappings check", project.revloop("mappings", "check"))
        report.ends("revloop doctor, by secrets from files", project.revloop("doctor"))
        report.ends("revloop sync", project.revloop("sync"))
        report.ends("revloop sync, again", project.revloop("sync"))
        report.ends("revloop verify", project.revloop("verify"), with_="links agree")
        report.ends(f"the health check: {shlex.join(image.health)}", project.run(*image.health))
        state = folder / "state" / "revloop.db"
        seen = state.stat()
        report.says(
            f"the state is the user's own: {seen.st_uid}, {oct(seen.st_mode & 0o777)}",
            good=(seen.st_uid, seen.st_mode & 0o777) == (uid, 0o600),
        )
        _stop_it(project, report)
        if reason := why_no_server():
            click.echo(f"  not tried: the state on PostgreSQL ({reason})")
        else:
            crms.reset()
            _keep_it_on_a_server(project, folder, report)


def _keep_it_on_a_server(project: Container, folder: Path, report: Report) -> None:
    """Keep the state on PostgreSQL, whose address comes from a file."""
    file = folder / "run" / "secrets" / "state"
    file.write_text(empty_database(), encoding="utf-8")
    file.chmod(0o444)
    project.environment["REVLOOP_STATE_FILE"] = "/run/secrets/state"
    report.ends("revloop sync, with its state on PostgreSQL", project.revloop("sync"))
    report.ends("revloop state check, there", project.revloop("state", "check"), with_="Sound")


def _volumes(folder: Path, mappings: Path, uid: int) -> dict[Path, str]:
    """Lay the volumes out as Kubernetes does: mappings by links, the state open to the group."""
    mounted = folder / "mappings"
    shutil.copytree(mappings, mounted / "..2026_01_01_00_00_00.1")
    for path in (mounted / "..2026_01_01_00_00_00.1").iterdir():
        path.chmod(0o644)
    (mounted / "..data").symlink_to("..2026_01_01_00_00_00.1")
    for path in mappings.iterdir():
        (mounted / path.name).symlink_to(Path("..data") / path.name)
    state = folder / "state"
    state.mkdir()
    os.chown(state, 0, uid)
    state.chmod(0o2775)
    return {mounted: "/project/mappings", state: "/project/state", folder / "run": "/run"}


def _secrets(folder: Path, crms: Sandbox, uid: int) -> dict[str, str]:
    """Put what the CRMs ask for into files that the image's group may read; give their names."""
    place = folder / "run" / "secrets"
    place.mkdir(parents=True)
    environment = {}
    for name, value in crms.environment().items():
        path = place / name.lower().replace("_", "-")
        path.write_text(value + "\n", encoding="utf-8")
        os.chown(path, 0, uid)
        path.chmod(0o440)
        environment[f"{name}_FILE"] = f"/run/secrets/{path.name}"
    return environment


def _look_at_walls(project: Container, report: Report) -> None:
    """See that nothing can be written but the volumes, and that the user is nobody."""
    for place in ("/etc", "/opt/revloop/bin", "/project", "/project/mappings", "/usr/bin", "/run"):
        code, _ = project.run("sh", "-c", f"touch {place}/written")
        report.says(f"{place} cannot be written to", good=code != 0)
    report.ends("/tmp and the state can", project.run("touch", "/tmp/a", "/project/state/a"))
    wanted = f"{project.image.user.replace(':', ' ')} 0000000000000000 1"
    status = r"sed -n 's/^\(CapEff\|NoNewPrivs\):\s*//p' /proc/self/status"
    asked = f"echo $(id -u) $(id -g) $({status})"
    report.ends(
        "user, no capability, no new privileges", project.run("sh", "-c", asked), with_=wanted
    )
    tools = "for one in cc gcc make git curl pip; do command -v $one; done; ls -d /opt/tools /build"
    code, said = project.run("sh", "-c", tools)
    report.says(
        "no compiler, no pip of ours, nothing of the build",
        good="\n/" not in f"\n{said}",
        else_=said,
    )
    cached = (
        "find / -xdev -name '*.whl' -o -xdev -path '*/.cache/pip' 2>/dev/null | grep -v ensurepip"
    )
    _, said = project.run("sh", "-c", f"{cached} | grep -v python-wheels")
    report.says("no wheel, no cache of pip", good=not said, else_=said)


def _stop_it(project: Container, report: Report) -> None:
    """Run it for good, ask it how it is, and stop it as a scheduler does."""
    port = _free_port()
    listening = f"127.0.0.1:{port}"
    with project.start(*project.image.entry, "run", "--every", "5m", "--listen", listening) as job:
        for path in ("livez", "healthz", "metrics"):
            status = _until(partial(_status, f"http://{listening}/{path}"), 200)
            report.says(
                f"revloop run --every 5m: GET /{path}", good=status == 200, else_=str(status)
            )
        first = Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text("ascii").split()
        began = time.monotonic()
        for pid in first:
            os.kill(int(pid), project.image.stop)
        said, _ = job.communicate(timeout=60)
        took = time.monotonic() - began
        report.says(
            f"{project.image.stop.name} as process 1: ends with {job.returncode} in {took:.1f} s",
            good=job.returncode in _STOPPED and took < _SECONDS_TO_END,
            else_=said,
        )


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except OSError:
        return 0


def _until(ask: Callable[[], int], wanted: int) -> int:
    """Ask until the answer is what is wanted, for a while; give the last answer."""
    answer = 0
    for _ in range(200):
        answer = ask()
        if answer == wanted:
            break
        time.sleep(0.1)
    return answer


# Preparing


def make_base(root: Path) -> None:
    """Make a clean Debian with Python."""
    click.echo(f"debootstrap {_SUITE}, with {_INCLUDED} ...")
    with (root.parent / "debootstrap.log").open("w", encoding="utf-8") as log:
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={_INCLUDED}", _SUITE, str(root)],
            stdout=log,
            stderr=log,
            check=True,
        )


def fill(wheels: Path) -> None:
    """Fetch what the image's locks name, each by its hash, for the base's Python."""
    click.echo("fetching what deploy/requirements*.txt name ...")
    for lock in ("requirements-build.txt", "requirements.txt"):
        subprocess.run(
            [*_DOWNLOAD, "--dest", str(wheels), "--requirement", str(ROOT / "deploy" / lock)],
            stderr=subprocess.DEVNULL,
            check=True,
        )


def size_of(*folders: Path) -> float:
    """Give how much folders hold, in MB."""
    done = subprocess.run(
        ["du", "--summarize", "--bytes", "--total", *map(str, folders)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.splitlines()[-1].split()[0]) / 1e6


@click.command()
@click.option("--base", type=click.Path(path_type=Path), help="A clean root made earlier.")
def main(base: Path | None) -> None:
    """Take the image's steps in clean root file systems, and run what they give."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        click.echo("It takes root, and debootstrap (apt-get install debootstrap).", err=True)
        sys.exit(2)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="image-proof-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if base is None:
            base = folder / "base"
            make_base(base)
        wheels = folder / _WHEELS
        fill(wheels)
        clean = folder / "clean"
        subprocess.run(["cp", "--archive", str(base), str(clean)], check=True)
        shutil.copytree(wheels, clean / _WHEELS)
        images: dict[str, Image] = {}
        for stage in read_stages():
            click.echo(f"stage {stage.name}, in place of {stage.base}")
            images[stage.name] = take(stage, clean, folder / stage.name, earlier=images)
        image = images["image"]
        shutil.rmtree(image.root / _WHEELS)
        click.echo(f"the image holds {size_of(image.root / 'opt'):.0f} MB above its base; run:")
        prove(image, folder, report)
    click.echo(
        "All as it should be" if not report.failed else f"{report.failed} not as they should"
    )
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
