"""Writing a project's files: all or none, whatever happens in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.init.files import made_folder, taken, write_files
from sync.domain.errors import UsageError


def listed(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


def fail_at(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> None:
    """Let the move of one file to its place fail."""
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name == name and "new" in self.parts:
            raise error
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)


def test_files_are_written_with_their_folders(tmp_path):
    write_files(tmp_path, {"a.yaml": "a\n", "mappings/b.yaml": "b\n"})

    assert listed(tmp_path) == ["a.yaml", "mappings", "mappings/b.yaml"]
    assert (tmp_path / "mappings" / "b.yaml").read_text() == "b\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_stopped_in_the_middle_leaves_the_folder_as_it_was(tmp_path, monkeypatch, error):
    (tmp_path / "a.yaml").write_text("mine")
    fail_at(monkeypatch, "c.yaml", error)

    with pytest.raises((KeyboardInterrupt, UsageError)):
        write_files(tmp_path, {"a.yaml": "new", "mappings/b.yaml": "b", "mappings/c.yaml": "c"})

    assert listed(tmp_path) == ["a.yaml"]
    assert (tmp_path / "a.yaml").read_text() == "mine"


def test_file_that_is_written_over_keeps_nothing_of_the_former(tmp_path):
    (tmp_path / "a.yaml").write_text("a long text of before")
    write_files(tmp_path, {"a.yaml": "new"})

    assert (tmp_path / "a.yaml").read_text() == "new"


def test_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "mappings").write_text("a file")

    with pytest.raises(UsageError, match="cannot be written"):
        write_files(tmp_path, {"mappings/b.yaml": "b"})
    assert listed(tmp_path) == ["mappings"]


def test_folder_that_was_made_for_nothing_is_taken_away(tmp_path):
    with pytest.raises(KeyboardInterrupt), made_folder(tmp_path / "a" / "b"):
        raise KeyboardInterrupt

    assert listed(tmp_path) == []


def test_folder_that_was_there_stays(tmp_path):
    with made_folder(tmp_path):
        pass

    assert tmp_path.is_dir()


def test_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(UsageError, match="cannot be a project folder"),
        made_folder(tmp_path / "file" / "p"),
    ):
        pytest.fail("never reached")


def test_link_that_leads_nowhere_counts_as_there(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "nowhere")

    assert taken(tmp_path, ["a.yaml", "b.yaml"]) == ["a.yaml"]
