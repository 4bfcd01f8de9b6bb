"""What stands in deploy/ fits together, and fits the command."""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

import cli

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
SYSTEMD = DEPLOY / "systemd"

USER = 10001
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PODS = ["cronjob/cronjob.yaml", "cronjob/desk.yaml", "deployment/deployment.yaml"]


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def pod_of(document: Any) -> Any:
    """Give what a pod is made by, whatever makes it."""
    spec = document["spec"]
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"] if "template" in spec else spec


def parse(words: list[str]) -> None:
    """Parse a command line of revloop, and run nothing; raises where it would be refused."""
    command: click.Command = cli.cli
    context = click.Context(command)
    if words in (["--version"], ["--help"]):
        return
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, parent=context, info_name=name)
    if isinstance(command, click.Group) and not command.invoke_without_command:
        raise click.UsageError(f"{command.name} takes a command")
    command.parse_args(context, list(words))


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


# The image


def test_image_takes_the_versions_the_tests_ran_with():
    everything, image = locked("requirements-dev.txt"), locked("deploy/requirements.txt")

    assert {name: everything.get(name) for name in image} == image
    assert {"psycopg", "psycopg-binary", "sqlalchemy"} <= image.keys()
    assert locked("deploy/requirements-build.txt").items() <= everything.items()
    assert "hatchling" not in image


def test_image_copies_what_the_wheel_is_made_of_and_no_more():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    }
    packed = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"])

    let_in = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    assert packed <= copied
    assert let_in == copied
    assert all((ROOT / source).exists() for source in copied)
    assert copied - packed == {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "deploy/requirements.txt",
        "deploy/requirements-build.txt",
    }


def test_image_names_its_version_and_a_base_that_is_pinned():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    version = PROJECT["project"]["version"]

    assert f'org.opencontainers.image.version="{version}"' in text
    assert re.search(r"^ARG PYTHON=python:\d+\.\d+\.\d+-slim-\w+$", text, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${PYTHON}"}
    for path in DEPLOY.rglob("*.yaml"):
        for image in re.findall(r"revloop:(\d\S+)", path.read_text(encoding="utf-8")):
            assert image == version, path


def test_image_runs_as_somebody_and_tells_how_it_is():
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]

    assert f"USER {USER}:{USER}" in image
    assert f"useradd --uid {USER}" in image
    assert 'ENTRYPOINT ["revloop"]' in image
    assert "STOPSIGNAL SIGTERM" in image
    assert 'CMD ["revloop", "health"]' in image
    assert "pip" not in image


# Kubernetes


def test_one_job_at_a_time_and_none_is_tried_twice():
    spec = load(KUBERNETES / "cronjob" / "cronjob.yaml")["spec"]
    job = spec["jobTemplate"]["spec"]

    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] < 300
    assert job["backoffLimit"] == 0
    assert job["activeDeadlineSeconds"] > 0
    assert pod_of(load(KUBERNETES / "cronjob" / "cronjob.yaml"))["restartPolicy"] == "Never"


def test_codes_that_need_a_person_are_told_from_those_that_pass():
    job = load(KUBERNETES / "cronjob" / "cronjob.yaml")["spec"]["jobTemplate"]["spec"]
    drained, fails = job["podFailurePolicy"]["rules"]

    assert drained["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]
    assert (fails["action"], fails["onExitCodes"]["values"]) == ("FailJob", [2, 4, 70])


@pytest.mark.parametrize("name", PODS)
def test_pod_may_do_nothing_it_need_not(name):
    pod = pod_of(load(KUBERNETES / name))
    (container,) = pod["containers"]

    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["terminationGracePeriodSeconds"] == 15
    assert container["resources"]["limits"]["memory"] == "512Mi"


@pytest.mark.parametrize("name", PODS)
def test_pod_reads_its_secrets_from_files_that_the_secret_has(name):
    pod = pod_of(load(KUBERNETES / name))
    (container,) = pod["containers"]
    keys = load(KUBERNETES / "secret.example.yaml")["stringData"].keys()
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in pod["volumes"]}
    files = [Path(one["value"]) for one in container["env"] if one["name"].endswith("_FILE")]

    assert mounted.keys() == volumes
    assert len(files) >= 3
    assert all(str(file.parent) == mounted["secrets"] and file.name in keys for file in files)
    assert not any("PASSWORD" in str(one) or "secretKeyRef" in str(one) for one in container["env"])
    assert mounted["state"] == "/project/state"


def test_place_for_single_commands_is_as_the_job():
    job, desk = (pod_of(load(KUBERNETES / name)) for name in PODS[:2])

    assert desk["volumes"] == job["volumes"]
    for key in ("env", "volumeMounts", "securityContext"):
        assert desk["containers"][0][key] == job["containers"][0][key]


def test_deployment_is_restarted_when_it_is_stuck_and_not_when_a_person_must_look():
    document = load(KUBERNETES / "deployment" / "deployment.yaml")
    (container,) = pod_of(document)["containers"]

    assert (document["spec"]["replicas"], document["spec"]["strategy"]) == (1, {"type": "Recreate"})
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["startupProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/healthz"
    (port,) = container["ports"]
    assert container["args"][-1].endswith(f":{port['containerPort']}")


def test_kustomizations_name_files_that_are_there():
    for path in KUBERNETES.glob("*/kustomization.yaml"):
        resources = load(path)["resources"]
        assert all((path.parent / name).exists() for name in resources), path
        beside = {one.name for one in path.parent.glob("*.yaml")} - {path.name, "desk.yaml"}
        assert beside == {name for name in resources if name.endswith(".yaml")}


# Compose


def test_compose_services_may_do_nothing_they_need_not():
    compose = load(DEPLOY / "compose.yaml")

    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service["user"].startswith(("0", "root"))
        assert set(service["secrets"]) <= compose["secrets"].keys()
        assert set(service["networks"]) <= compose["networks"].keys()
        for name, value in service["environment"].items():
            assert not name.endswith("_FILE") or Path(value).name in service["secrets"]
    assert compose["networks"]["database"] == {"internal": True}
    revloop = compose["services"]["revloop"]
    assert revloop["user"] == f"{USER}:{USER}"
    assert revloop["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert compose["services"]["postgres"]["healthcheck"]["test"][1] == "pg_isready"
    assert (DEPLOY / revloop["build"]["context"] / "pyproject.toml").is_file()
    assert (DEPLOY / revloop["build"]["context"] / revloop["build"]["dockerfile"]).is_file()
    assert all(port.startswith("127.0.0.1:") for port in revloop["ports"])


# systemd


@pytest.mark.parametrize("name", ["revloop.service", "revloop-run.service"])
def test_unit_reads_its_secrets_from_credentials(name):
    text = (SYSTEMD / name).read_text(encoding="utf-8")
    handed = set(re.findall(r"^LoadCredential=([\w-]+):", text, re.MULTILINE))
    read = set(re.findall(r"^Environment=\w+_FILE=%d/(\S+)$", text, re.MULTILINE))

    assert handed == read
    assert len(handed) == 3
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in text
    assert "TimeoutStopSec=15" in text


def test_units_know_the_exit_codes():
    once = (SYSTEMD / "revloop.service").read_text(encoding="utf-8")
    always = (SYSTEMD / "revloop-run.service").read_text(encoding="utf-8")

    assert "\nSuccessExitStatus=1 3\n" in once
    assert "\nRestartPreventExitStatus=2\n" in always


def test_single_command_sees_what_the_service_sees(tmp_path):
    script = SYSTEMD / "revloop-as-service"
    wanted = {
        line.removeprefix("Environment=").replace("%d", str(tmp_path))
        for line in (SYSTEMD / "revloop.service").read_text(encoding="utf-8").splitlines()
        if line.startswith("Environment=")
    }

    seen = subprocess.run(
        ["sh", str(script)],
        env={"CREDENTIALS_DIRECTORY": str(tmp_path), "REVLOOP": "/usr/bin/env"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert wanted <= set(seen.stdout.splitlines())
    unit, text = ((SYSTEMD / name).read_text("utf-8") for name in ("revloop.service", script.name))
    for line in re.findall(r"^LoadCredential=\S+", unit, re.MULTILINE):
        assert f"--property={line}" in text


# What is started


def started() -> Iterator[list[str]]:
    """Give every command of revloop that something in deploy/ or the document starts."""
    for name in PODS:
        (container,) = pod_of(load(KUBERNETES / name))["containers"]
        if "args" in container:
            yield container["args"]
    yield load(DEPLOY / "compose.yaml")["services"]["revloop"]["command"]
    for path in SYSTEMD.glob("*.service"):
        for line in re.findall(
            r"^ExecStart=\S+/revloop (.+)$", path.read_text("utf-8"), re.MULTILINE
        ):
            yield shlex.split(line)
    for words in [*shell_lines(), *cron_lines()]:
        yield from started_by(words)


def started_by(words: list[str]) -> Iterator[list[str]]:
    """Give what a line of the document hands to revloop: behind its name, or its image's."""
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        behind = [*itertools.takewhile(lambda one: one not in (">", "|"), words[place + 1 :])]
        ours = word.endswith(("/bin/revloop", "revloop-as-service")) and before != "0755"
        inside = word == "revloop" and before in ("--", "revloop")
        image = bool(re.fullmatch(r"\S+/revloop:\d\S+", word)) and "run" in words
        if ours or inside or image:
            yield behind


def test_whatever_starts_revloop_starts_a_command_it_has():
    found = list(started())

    for words in found:
        parse(words)
    assert len(found) >= 12
    for wrong in (["snyc"], ["sync", "--fail-one", "none"], ["run"], []):
        with pytest.raises(click.UsageError):
            parse(wrong)


# The document


def shell_lines() -> Iterator[list[str]]:
    for body in re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL):
        yield from (shlex.split(line) for line in body.splitlines())
    for line in re.findall(r"`((?:kubectl|docker|systemctl) [^`]+)`", DOCUMENT):
        yield shlex.split(line)


def cron_lines() -> Iterator[list[str]]:
    for body in re.findall(r"^```cron\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL):
        yield from (shlex.split(line) for line in body.splitlines())


def test_document_names_files_that_are_there():
    named = set(re.findall(r"deploy/[\w./-]+\w", DOCUMENT)) - {"deploy/project", "deploy/secrets"}

    assert len(named) > 10
    for name in named:
        assert (
            (ROOT / name).exists() or name.startswith("deploy/secrets/") or name == "deploy/revloop"
        )
    for link in re.findall(r"\]\(([\w.-]+\.md)\)", DOCUMENT):
        assert (ROOT / "docs" / link).is_file(), link


def test_document_speaks_of_objects_that_the_files_make():
    documents = [load(path) for path in KUBERNETES.rglob("*.yaml")]
    made = {
        (one["kind"].lower(), one["metadata"]["name"]) for one in documents if "metadata" in one
    }
    made |= {("deploy", "revloop"), ("namespace", "revloop"), ("job", "revloop-now")}
    made |= {("configmap", "revloop-settings"), ("configmap", "revloop-mappings")}
    used = {
        volume["configMap"]["name"]
        for name in PODS
        for volume in pod_of(load(KUBERNETES / name))["volumes"]
        if "configMap" in volume
    }

    spoken = set()
    kinds = {kind for kind, _ in made}
    for words in shell_lines():
        if words[0] != "kubectl":
            continue
        spoken |= {(kind, name) for kind, name in itertools.pairwise(words) if kind in kinds}
        split = [
            word.removeprefix("--from=").partition("/") for word in words if word.count("/") == 1
        ]
        spoken |= {(kind, name) for kind, _, name in split if kind in kinds}
    assert {name for kind, name in spoken if kind == "configmap"} == used
    assert spoken - {("secret", "generic")} <= made
    assert len(spoken) >= 7


def test_document_gives_the_secret_its_keys():
    keys = load(KUBERNETES / "secret.example.yaml")["stringData"].keys()
    (line,) = (words for words in shell_lines() if "secret" in words)

    assert {word.removeprefix("--from-file=") for word in line if "--from-file=" in word} == keys


def test_document_speaks_of_services_and_units_that_are_there():
    services = load(DEPLOY / "compose.yaml")["services"]
    units = {path.name for path in SYSTEMD.iterdir()}

    for words in shell_lines():
        if words[:2] == ["docker", "compose"]:
            assert words[3] == "deploy/compose.yaml"
            rest = [word for word in words[4:] if not word.startswith("-")]
            assert rest[0] in ("up", "exec", "logs")
            assert rest[1:2] == [] or rest[1] in services
        for word in words:
            if fnmatch(word, "*.service") or fnmatch(word, "*.timer"):
                assert Path(word).name in units, word
