"""The image's steps that build and install, in a folder; what they give, run by somebody else.

`make image-proof` takes all of them, in root file systems of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.e2e.desk import ROOT, make_desk, people
from tests.e2e.image_steps import Stage, read_stages

pytestmark = pytest.mark.slow

#: Whoever runs the image, where whoever runs the tests may become another.
USER = 10001

#: Becomes that user, who may read everything, since the interpreter may lie in somebody's home, and
#: write only what is theirs.
_AS_USER = (
    *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
    *("--bounding-set=-all,+dac_read_search",),
)


@dataclass(frozen=True, slots=True)
class Installed:
    """What the image's steps gave: a tree nobody may write to, a state that its user may."""

    tree: Path
    state: Path
    as_user: tuple[str, ...]

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the tree as its user, from the project."""
        return subprocess.run(
            [*self.as_user, *command],
            cwd=self.tree / "project",
            env={"PATH": f"{self.tree / 'revloop' / 'bin'}:/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def take(command: str, tree: Path) -> None:
    """Take a step of the Dockerfile, in a folder instead of a root."""
    command = command.replace("python3 -m venv", f"{sys.executable} -m venv")
    for place, instead in (
        ("/opt/tools/bin/pip ", f"{sys.executable} -m pip --disable-pip-version-check --quiet "),
        ("/opt/revloop", str(tree / "revloop")),
        ("/build/wheels", str(tree / "wheels")),
    ):
        command = command.replace(place, instead)
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def able_to_become_another() -> bool:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return False
    return subprocess.run([*_AS_USER, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    """Take the steps: an empty environment, the wheel, the wheel in the environment."""
    # Where pytest keeps its folders, nobody else may come.
    folder = Path(tempfile.mkdtemp(prefix="revloop-image-"))
    folder.chmod(0o755)
    tree, state = folder / "tree", folder / "state"
    tree.mkdir()
    state.mkdir(mode=0o700)
    build: Stage = read_stages()[0]
    prepare, _, install = build.all("RUN")
    take(prepare.rest.rpartition("&& ")[2], tree)
    take(install.rest, tree)
    # What the locks name is here already; what else is, such as this checkout, is not to be seen.
    (site,) = (tree / "revloop").glob("lib/python*/site-packages")
    (site / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (tree / "project").mkdir()
    another = able_to_become_another()
    if another:
        os.chown(state, USER, USER)
    yield Installed(tree, state, _AS_USER if another else ())
    subprocess.run(["chmod", "-R", "u+w", str(tree)], check=True)
    shutil.rmtree(folder)


def test_image_is_installed_by_its_own_steps_and_runs_read_only(installed: Installed) -> None:
    tree, state = installed.tree, installed.state
    with Sandbox(people(both=1, hubspot=1), limits=False) as crms:
        shutil.copytree(make_desk(tree / "desk", crms).folder, tree / "project", dirs_exist_ok=True)
        environment = {"REVLOOP_STATE": f"sqlite:///{state}/revloop.db"}
        for name, value in crms.environment().items():
            file = tree / name.lower()
            file.write_text(value + "\n", encoding="utf-8")
            environment[f"{name}_FILE"] = str(file)
        subprocess.run(["chmod", "-R", "a-w", str(tree)], check=True)

        refused = installed.run("sh", "-c", f"touch {tree}/a {tree}/project/a {tree}/revloop/bin/a")
        found = installed.run("python", "-c", "import cli, console; print(cli.__file__)")
        synced = installed.run("revloop", "sync", **environment)
        health = installed.run(*read_stages()[-1].health, **environment)

    assert refused.stderr.count("cannot touch") == 3
    assert Path(found.stdout.strip()).is_relative_to(tree / "revloop"), found.stderr
    assert (synced.returncode, health.returncode) == (0, 0), synced.stderr + health.stderr
    kept = (state / "revloop.db").stat()
    assert kept.st_mode & 0o777 == 0o600
    assert kept.st_uid == (USER if installed.as_user else os.geteuid())


def test_steps_of_the_dockerfile_are_read() -> None:
    build, image = read_stages()

    assert build.base == image.base
    assert image.last("USER").rest == f"{USER}:{USER}"
    assert image.last("COPY").copied == ("build", ["/opt/revloop"], "/opt/revloop")
    assert image.last("VOLUME").listed == ["/project/state", "/tmp"]
    assert image.health == ["revloop", "health"]
