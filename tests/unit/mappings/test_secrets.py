"""Secrets come from a variable, a file or the keyring, in this order, and are never repeated."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from mappings.secrets import secret_of
from sync.domain.errors import CredentialError

NAME = "HUBSPOT_ACCESS_TOKEN"


class LockedError(Exception):
    """What a keyring that is locked answers with."""


@pytest.fixture
def ring(monkeypatch):
    """Put a keyring that holds one token in the place of this machine's."""
    kept: dict[tuple[str, str], str] = {("crm", NAME): " pat-ring \n"}

    def get_password(service: str, name: str) -> str | None:
        if service == "locked":
            raise LockedError("pat-ring is not given out")
        return kept.get((service, name))

    keyring, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    keyring.get_password = get_password
    errors.KeyringError = LockedError
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_variable_goes_before_file_and_file_before_keyring(ring, tmp_path):
    file = tmp_path / "token"
    file.write_text("pat-file\n")
    everywhere = {NAME: "pat-variable", f"{NAME}_FILE": str(file), "REVLOOP_KEYRING": "crm"}

    assert secret_of(everywhere, NAME) == "pat-variable"
    assert secret_of({**everywhere, NAME: ""}, NAME) == "pat-file"
    assert secret_of({"REVLOOP_KEYRING": "crm"}, NAME) == "pat-ring"
    assert secret_of({"REVLOOP_KEYRING": "crm"}, "HUBSPOT_CLIENT_ID") == ""


def test_keyring_that_is_locked_is_said_without_its_words(ring):
    with pytest.raises(CredentialError, match=f"gives nothing for {NAME}") as caught:
        secret_of({"REVLOOP_KEYRING": "locked"}, NAME)

    assert "pat-ring" not in str(caught.value)


def test_keyring_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(CredentialError, match=r"pip install 'revloop\[keyring\]'"):
        secret_of({"REVLOOP_KEYRING": "crm"}, NAME)
