"""Where secrets come from: a variable, a mounted file, or this machine's keyring; nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sync.domain.errors import CredentialError

__all__ = ["SERVICE", "secret_of"]

#: The variable that names the keyring's service under which secrets are kept by their names.
SERVICE = "REVLOOP_KEYRING"


def secret_of(environment: Mapping[str, str], name: str) -> str:
    """Give a variable, what the file named by `NAME_FILE` holds, or what the keyring does.

    The first that is set counts; empty where none is. Raises CredentialError for a file or a
    keyring that is named and cannot be read.
    """
    value = environment.get(name, "").strip()
    if value:
        return value
    file = environment.get(f"{name}_FILE", "").strip()
    if file:
        return _of_file(name, file)
    service = environment.get(SERVICE, "").strip()
    return _of_keyring(service, name) if service else ""


def _of_file(name: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig").strip()
    except OSError as exc:
        raise CredentialError(
            f"{name}_FILE names {file}, which cannot be read ({exc.strerror}); "
            f"mount the secret there, or set {name}"
        ) from exc
    except UnicodeDecodeError as exc:
        raise CredentialError(
            f"{name}_FILE names {file}, which is not text; mount the secret there, or set {name}"
        ) from exc
    except ValueError as exc:
        raise CredentialError(f"{name}_FILE names no file; name one, or set {name}") from exc


def _of_keyring(service: str, name: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as exc:
        raise CredentialError(
            f"{SERVICE} names a keyring, and what reads one is not installed. "
            f"Run: pip install 'revloop[keyring]'"
        ) from exc
    try:
        return (keyring.get_password(service, name) or "").strip()
    except KeyringError as exc:
        # Its own words may hold anything; its kind is enough to go on.
        raise CredentialError(
            f"the keyring gives nothing for {name} ({type(exc).__name__}): unlock it, or set "
            f"{name} or {name}_FILE"
        ) from exc
