"""Yes and no, however a CRM spells them."""

from __future__ import annotations

from mappings.transforms.reading import UnreadableError

__all__ = ["read_boolean"]

_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "on", "1"), "true"),
    **dict.fromkeys(("false", "no", "n", "off", "0"), "false"),
}


def read_boolean(text: str) -> str:
    """Give `true` or `false`."""
    try:
        return _WORDS[text.strip().lower()]
    except KeyError as exc:
        raise UnreadableError("true or false is expected") from exc
