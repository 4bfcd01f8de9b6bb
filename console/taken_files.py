"""The files a job goes by: changed ones are taken over only where nothing is wrong in them."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sync.domain.errors import ConfigError, CrmSyncError

if TYPE_CHECKING:
    from console.wiring import ProjectFiles
    from mappings.project import Project

__all__ = ["Look", "TakenFiles"]

#: What of a project folder a run goes by, and what only the check of it does.
_SETTINGS = "revloop.yaml"
_NEEDED = {"mappings": (".yaml", ".yml")}
_FOR_THE_CHECK = {"schema": (".json",)}


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the files found: whether changed ones were taken over, or why they are not.

    `refused` is what is wrong in them, as long as they stay as they are; `files` names them then.
    """

    taken: bool = False
    refused: str | None = None
    files: str = ""


class TakenFiles:
    """Keeps a copy of a project's files as they were when nothing was wrong in them.

    All of a run comes from the copy, so that a file edited meanwhile is never half taken over.
    Secrets are read anew each time. Use it as a context manager: the copy goes at the end.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Take a project's files; raises what is wrong in them."""
        self._folder = folder
        self._environment = environment
        self._before: tuple[str, ProjectFiles] | None = None
        self._refused = Look()
        self._place = _temporary()
        try:
            copy = self._copied()
            self._taken = (_digest(copy), self._read(copy))
        except BaseException:
            self._place.cleanup()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._place.cleanup()

    @property
    def current(self) -> ProjectFiles:
        """The files to go by."""
        return self._taken[1]

    def look(self) -> Look:
        """Look whether files changed, and take them over where nothing is wrong in them."""
        try:
            digest = _digest(self._folder)
        except OSError:
            digest = ""
        if digest == self._taken[0]:
            self._refused = Look()
            self._refresh()
            return Look()
        if digest != self._refused.files or not digest:
            return self._judge()
        self._refresh()
        return self._refused

    def give_back(self, why: str) -> Look:
        """Go on with the files before, as the CRMs do not bear those taken last."""
        if self._before is None:
            return Look()
        self._refused = Look(refused=why, files=self._taken[0])
        _remove(self.current)
        self._taken, self._before = self._before, None
        return self._refused

    def fingerprint(self) -> tuple[str, Project] | None:
        """Give what tells whether a person changed files or secrets; None where it cannot be."""
        from mappings.project import load_project

        try:
            return _digest(self._folder), load_project(self._folder, self._environment)
        except (CrmSyncError, OSError):
            return None

    def judge_again(self) -> None:
        """Forget what was refused: the next look judges it anew, as a CRM may have changed."""
        self._refused = Look()

    @property
    def are_new(self) -> bool:
        """Tell whether no run has gone by the files yet since they were taken over."""
        return self._before is not None

    def stand(self) -> None:
        """Note that a run went by the files: there is no way back to those before."""
        if self._before is not None:
            _remove(self._before[1])
            self._before = None

    def _judge(self) -> Look:
        from console.checking import findings_of

        copy = self._copied()
        digest = _digest(copy)
        try:
            found = findings_of(copy, self._environment)
            why = str(found[0]) if found else None
            files = self._read(copy) if why is None else None
        except CrmSyncError as error:
            why, files = str(error).splitlines()[0], None
        if files is None:
            shutil.rmtree(copy, ignore_errors=True)
            self._refused = Look(refused=why, files=digest)
            self._refresh()
            return self._refused
        self.stand()
        self._before, self._taken = self._taken, (digest, files)
        self._refused = Look()
        return Look(taken=True)

    def _refresh(self) -> None:
        """Read the settings anew, with the secrets as they are now; the files stay."""
        from dataclasses import replace

        from mappings.project import load_project

        digest, files = self._taken
        project = load_project(files.project.folder, self._environment, home=self._folder)
        self._taken = (digest, replace(files, project=project))

    def _read(self, copy: Path) -> ProjectFiles:
        from console.wiring import read_files

        return read_files(copy, self._environment, home=self._folder)

    def _copied(self) -> Path:
        copy = Path(tempfile.mkdtemp(dir=self._place.name))
        try:
            for name, data in _all_files(self._folder):
                target = copy / name
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(data)
        except OSError as exc:
            raise ConfigError(
                f"{exc.filename} cannot be read ({exc.strerror}): see that it is a file this user "
                f"may read, or take it away"
            ) from exc
        return copy


def _temporary() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="revloop-", ignore_cleanup_errors=True)
    except OSError as exc:
        raise ConfigError(
            f"a copy of the project's files cannot be kept ({exc.strerror}): name a folder for "
            f"temporary files in TMPDIR that this user may write to"
        ) from exc


def _remove(files: ProjectFiles) -> None:
    shutil.rmtree(files.project.folder, ignore_errors=True)


def _all_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files by their names; those of the check only where this user may read them."""
    settings = folder / _SETTINGS
    if settings.exists() or settings.is_symlink():
        yield _SETTINGS, settings.read_bytes()
    for file in _named(folder, _NEEDED):
        yield str(file.relative_to(folder)), file.read_bytes()
    for file in _named(folder, _FOR_THE_CHECK):
        with suppress(OSError):
            yield str(file.relative_to(folder)), file.read_bytes()


def _named(folder: Path, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[Path]:
    """Give files by their endings; hidden ones are left behind by editors."""
    for name, endings in wanted.items():
        if (folder / name).is_dir():
            for file in sorted((folder / name).iterdir()):
                if file.suffix.lower() in endings and not file.name.startswith("."):
                    yield file


def _digest(folder: Path) -> str:
    """Give what tells one content of the files from another."""
    told = hashlib.blake2b(digest_size=16)
    for name, data in _all_files(folder):
        told.update(f"{name}\0{len(data)}\0".encode())
        told.update(data)
    return told.hexdigest()
