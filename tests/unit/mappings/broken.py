"""One broken mapping file and all that `check` says of it, and short ways to write one."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BASE", "HEAD", "MAIL", "Broken", "field_", "instead_", "key_"]

HEAD = """\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
"""
MAIL = "  email: email <-> Email\n"
BASE = HEAD + "fields:\n" + MAIL


@dataclass(frozen=True, slots=True)
class Broken:
    """One file; `says` holds the lines that are printed, without the file's name."""

    name: str
    data: str | bytes
    says: tuple[str, ...]

    @property
    def written(self) -> bytes:
        return self.data if isinstance(self.data, bytes) else self.data.encode()


def field_(name: str, line: str, *says: str) -> Broken:
    """Give a file whose one more field has a mistake; it stands on line 8."""
    return Broken(name, f"{BASE}  {line}\n", says)


def key_(name: str, lines: str, *says: str) -> Broken:
    """Give a file whose further keys, from line 6 on, hold a mistake."""
    return Broken(name, f"{HEAD}{lines}\nfields:\n{MAIL}", says)


def instead_(name: str, old: str, new: str, *says: str) -> Broken:
    """Give a file in which one text stands in the place of another."""
    assert old in BASE
    return Broken(name, BASE.replace(old, new, 1), says)
