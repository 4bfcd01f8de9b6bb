"""Reading the schemas of both CRMs, and keeping a copy of them in the project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.output import print_json
from console.schema_copy import FOLDER, SchemaCopy, write_copy
from console.words import SIDES, TITLES
from sync.domain.errors import (
    AccountNotSupportedError,
    NoSuchObjectError,
    SchemaDriftError,
    UsageError,
)
from sync.domain.record import Side

if TYPE_CHECKING:
    from mappings.model import PairMapping
    from mappings.project import Project
    from sync.domain.ports import Crm
    from sync.domain.schema import ObjectShape

__all__ = ["open_crms", "pull", "read_schemas"]


def pull(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Copy both schemas of what the mapping names into the project; give the exit code."""
    from console.wiring import now
    from mappings.loader import read_mappings
    from mappings.project import load_project

    project = load_project(folder, environment)
    pairs, _ = read_mappings(project.mappings)
    if not pairs:
        raise UsageError(
            f"no mapping file in {project.mappings} can be read, and a mapping names the objects "
            "to copy; `revloop mappings check` says what is wrong"
        )
    with open_crms(project) as crms:
        copies = read_schemas(crms, pairs, at=now())
    written = {side: write_copy(folder, side, copy) for side, copy in copies.items()}
    if as_json:
        print_json(
            {"exit": 0, **{SIDES[side]: _told(copies[side], written[side]) for side in Side}}
        )
        return 0
    for side in Side:
        print(_line(side, copies[side], written[side]))
    return 0


@contextmanager
def open_crms(project: Project) -> Iterator[dict[Side, Crm]]:
    """Connect to both CRMs of a project, and close them after."""
    from console.wiring import hubspot_crm, salesforce_crm

    crms: dict[Side, Crm] = {}
    try:
        crms[Side.LEFT] = hubspot_crm(project)
        crms[Side.RIGHT] = salesforce_crm(project)
        yield crms
    finally:
        for crm in crms.values():
            crm.close()


def read_schemas(
    crms: Mapping[Side, Crm], pairs: Sequence[PairMapping], *, at: datetime
) -> dict[Side, SchemaCopy]:
    """Read both live schemas of all that some pairs name, now."""
    found = {}
    for side, crm in crms.items():
        objects: dict[str, ObjectShape | None] = {}
        near: dict[str, tuple[str, ...]] = {}
        withheld: dict[str, str] = {}
        for name in sorted({name for pair in pairs for name in pair.objects(side)}):
            try:
                objects[name] = crm.describe(name)
            except AccountNotSupportedError as fault:
                withheld[name] = str(fault)
            except SchemaDriftError as fault:
                objects[name] = None
                near[name] = fault.known if isinstance(fault, NoSuchObjectError) else ()
        found[side] = SchemaCopy(
            account=crm.account(), read=at, objects=objects, near=near, withheld=withheld
        )
    return found


def _told(copy: SchemaCopy, path: Path) -> dict[str, object]:
    return {
        "file": f"{FOLDER}/{path.name}",
        "account": {"id": copy.account.id, "name": copy.account.name},
        "objects": {
            name: None if shape is None else len(shape.fields)
            for name, shape in copy.objects.items()
        },
    }


def _line(side: Side, copy: SchemaCopy, path: Path) -> str:
    objects = ", ".join(
        f"{name} (not shown to this user)" if shape is None else f"{name} ({len(shape.fields)})"
        for name, shape in copy.objects.items()
    )
    objects += "".join(f", {name} (this account has none)" for name in copy.withheld)
    return (
        f"{FOLDER}/{path.name}: {TITLES[side]} account {copy.account.id} ({copy.account.name}), "
        f"fields of {objects}"
    )
