"""How the code is laid out, where no linter can see it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("connectors", "console", "mappings", "reports", "sandbox", "sync")

#: Names that say nothing of what is inside.
NAMELESS = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

#: Too slow to import for a command that only prints its help.
SLOW = {
    "alembic",
    "cel",
    "hubspot",
    "jinja2",
    "prometheus_client",
    "pygal",
    "simple_salesforce",
    "sqlalchemy",
    "starlette",
    "structlog",
}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def holds_code(tree: ast.Module) -> bool:
    aside = (ast.Expr, ast.Import)
    return any(
        not isinstance(node, aside)
        and not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        for node in tree.body
    )


def says_what_is_public(tree: ast.Module) -> bool:
    return any(
        isinstance(target, ast.Name) and target.id == "__all__"
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def is_migration(path: Path) -> bool:
    return "migrations" in path.parts


def test_nothing_imports_the_command_line():
    found = [
        f"{named(path)} imports {name}"
        for path in modules()
        for name in imported_by(path)
        if name.split(".")[0] == "cli"
    ]

    assert found == []


def test_every_module_says_what_is_public():
    silent = [
        named(path)
        for path in modules()
        if not is_migration(path)
        and holds_code(tree := ast.parse(path.read_text(encoding="utf-8")))
        and not says_what_is_public(tree)
    ]

    assert silent == []


def test_every_module_is_named_for_what_it_holds():
    assert [named(path) for path in modules() if path.stem.lstrip("_") in NAMELESS] == []


def test_domain_imports_nothing_but_the_standard_library_and_itself():
    foreign = [
        f"{named(path)} imports {name}"
        for path in sorted((ROOT / "sync" / "domain").glob("*.py"))
        for name in imported_by(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("sync.domain")
    ]

    assert foreign == []


def test_there_are_modules_to_look_at():
    assert len(modules()) > 300


def test_help_imports_no_slow_library():
    asked = "import sys, cli\nsys.argv = ['revloop', '--help']\ntry:\n    cli.main()\n"
    told = "finally:\n    print('\\n', *{name.split('.')[0] for name in sys.modules})"

    answer = subprocess.run(
        [sys.executable, "-c", asked + told],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Usage" in answer.stdout, answer.stderr
    assert SLOW.isdisjoint(answer.stdout.splitlines()[-1].split())
