"""Writing a project's files: all of them or none, and over nothing without being told."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sync.domain.errors import UsageError

__all__ = ["made_folder", "taken", "write_files"]


@contextmanager
def made_folder(folder: Path) -> Iterator[None]:
    """See that the folder is there; one that was made and stays empty is taken away again."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be a project folder ({error.strerror}); name another with --project"
        ) from error
    try:
        yield
    finally:
        for one in made:
            if one.is_dir() and not any(one.iterdir()):
                one.rmdir()


def taken(folder: Path, names: Sequence[str]) -> list[str]:
    """Give the names that are files (or anything else) already."""
    return [name for name in names if os.path.lexists(folder / name)]


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts by name: when anything goes wrong, the folder is as it was."""
    try:
        with tempfile.TemporaryDirectory(prefix=".revloop-init-", dir=folder) as name:
            _place(folder, files, draft=Path(name) / "new", former=Path(name) / "former")
    except OSError as error:
        place = error.filename or folder
        raise UsageError(
            f"{place} cannot be written ({error.strerror}); nothing was changed. See to the "
            "folder's rights and room, or name another with --project"
        ) from error


def _place(folder: Path, files: Mapping[str, str], *, draft: Path, former: Path) -> None:
    """Write all drafts first, then move them to their places; undo the moves if one fails."""
    for name, text in files.items():
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    new_folders = [path for name in files if not (path := (folder / name).parent).exists()]
    moved: list[str] = []
    try:
        for name in files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(target):
                kept = former / name
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(target, kept, follow_symlinks=False)
            moved.append(name)
            (draft / name).replace(target)
    except BaseException:
        _undo(folder, moved, draft=draft, former=former)
        for path in new_folders:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        raise


def _undo(folder: Path, moved: list[str], *, draft: Path, former: Path) -> None:
    for name in moved:
        if os.path.lexists(former / name):
            (former / name).replace(folder / name)
        elif not (draft / name).exists():
            (folder / name).unlink(missing_ok=True)
