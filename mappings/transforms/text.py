"""Texts: Unicode form NFC, one kind of line end, no space at either end."""

from __future__ import annotations

import unicodedata

__all__ = ["read_choice", "read_choices", "read_text"]


def read_text(text: str) -> str:
    """Give the text in its one form; a text of spaces only gives an empty one."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def read_choice(text: str) -> str:
    """Give one picklist value: exact in case, no space at either end."""
    return text.strip()


def read_choices(text: str) -> str:
    """Give several picklist values sorted, each once, joined by `;`."""
    return ";".join(sorted({part.strip() for part in text.split(";")} - {""}))
