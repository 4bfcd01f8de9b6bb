"""Texts as YAML that reads back as the very same text, and comments that stay comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap

__all__ = ["comment", "flow", "listed", "one_line", "scalar"]

#: Texts that need no quotes anywhere: no YAML reader takes them for anything but a text.
_PLAIN = re.compile(r"[A-Za-z_][\w ./()+-]*[\w)+]|[A-Za-z]", re.ASCII)
#: Words that some YAML readers take for something else.
_TELLING = frozenset("y n yes no on off true false null nan inf infinity none".split())
_WIDTH = 96


def scalar(text: str) -> str:
    """Write a text as a YAML value or key, in quotes where it needs them."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _TELLING:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in quoted)


def flow(entries: Mapping[str, str]) -> str:
    """Write keys and values on one line; the values are YAML already."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"


def comment(text: str, *, indent: int = 0) -> Iterator[str]:
    """Give a text as comment lines."""
    start = " " * indent + "# "
    for line in wrap(one_line(text), _WIDTH - len(start), break_long_words=False):
        yield start + line


def one_line(text: str) -> str:
    """Give a text without line ends and letters that cannot be seen; labels may hold any."""
    seen = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(seen.split())


def listed(words: Iterable[str], *, most: int = 8) -> str:
    """Give some words in a row, and how many more there are."""
    every = [one_line(one) for one in words]
    shown = ", ".join(repr(one) for one in every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"
