"""What the audit keeps of a link that went over to other records."""

from __future__ import annotations

from collections.abc import Iterator

from sync.domain.plan import Item
from sync.domain.store import AuditEntry

__all__ = ["MOVED", "OVERRULED", "move_audit"]

#: The kinds of audit entries: a record of a link is another one; an edit that never was sent.
MOVED = "moved"
OVERRULED = "overruled"


def move_audit(pair: str, item: Item) -> Iterator[AuditEntry]:
    """Give what went over to what and why, and the edits that were lost on the way."""
    for move in item.moves:
        former = f"{move.former.object_name} {move.former.id}"
        yield AuditEntry(
            pair=pair,
            link_id=item.link_id,
            kind=MOVED,
            side=move.side,
            before=former,
            after=f"{move.heir.object_name} {move.heir.id}",
            reason=move.why,
            left=item.left,
            right=item.right,
        )
        for name, value in sorted(move.lost.items()):
            yield AuditEntry(
                pair=pair,
                link_id=item.link_id,
                kind=OVERRULED,
                field=name,
                side=move.side,
                reason=f"never sent before {former} was {move.why}",
                overruled=value,
                overruled_side=move.side,
                left=item.left,
                right=item.right,
            )
