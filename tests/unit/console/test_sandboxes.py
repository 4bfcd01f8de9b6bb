"""What is wrong with the options of `sandbox serve` is said before anything is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console import sandboxes
from sync.domain.errors import UsageError


def serve(**changed: Any) -> int:
    options: dict[str, Any] = {
        "seed": "empty",
        "hubspot_port": 0,
        "salesforce_port": 0,
        "control_port": 0,
        "limits": "off",
        "faults": None,
    }
    return sandboxes.serve(**options | changed)


def test_one_port_for_two_is_refused() -> None:
    with pytest.raises(UsageError, match="two of the ports are the same"):
        serve(hubspot_port=45001, control_port=45001)


@pytest.mark.parametrize("what", ["seed", "faults"])
def test_file_that_is_not_text_is_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(UsageError, match="not UTF-8"):
        serve(**{what: str(path) if what == "seed" else path})


def test_export_as_json_is_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sandboxes, "_lines", lambda _: iter(['{"a": 1}\n', '{"b": 2}\n']))

    assert sandboxes.export(out=None, control="http://127.0.0.1:1", as_json=True) == 0
    assert capsys.readouterr().out.split() == '{ "lines": [ { "a": 1 }, { "b": 2 } ] }'.split()
