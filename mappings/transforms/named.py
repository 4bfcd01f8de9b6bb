"""Names of people and queues: an e-mail address in lower case, or `queue NAME`; ids as they are."""

from __future__ import annotations

__all__ = ["QUEUE", "is_name", "one_name", "queue_of"]

#: The word that stands before the name of a queue.
QUEUE = "queue "


def one_name(text: str) -> str:
    """Give a name's one form; an id has no other form than its own."""
    text = text.strip()
    queue = queue_of(text)
    if queue is not None:
        return QUEUE + queue
    return text.lower() if "@" in text else text


def queue_of(text: str) -> str | None:
    """Give the name of the queue a text names; None where it names no queue."""
    word, _, name = text.strip().partition(" ")
    return name.strip() or None if word.lower() == QUEUE.strip() else None


def is_name(text: str) -> bool:
    """Tell whether a text is such a name, and no id."""
    return "@" in text or queue_of(text) is not None
