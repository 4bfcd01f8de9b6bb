"""What a record is after two were merged."""

from __future__ import annotations

from dataclasses import replace

from sandbox.hubspot.record import By, Record, Version, source_of

__all__ = ["merged_record"]


def merged_record(kept: Record, lost: Record, *, new_id: int, now: int) -> Record:
    """Give the survivor: the primary's values, gaps filled from the other.

    The other's e-mail becomes a secondary address; of a unique property only the primary's value
    survives when both have one.
    """
    source = source_of(By.MERGE)
    filled = {
        name: value for name, value in lost.properties.items() if not kept.properties.get(name)
    }
    addresses = _secondary_addresses(kept, lost)
    if addresses:
        filled["hs_additional_emails"] = addresses
    history = dict(kept.history)
    for name, value in filled.items():
        history[name] = (*kept.versions(name), Version(value, now, source))
    # Every id that now stands for the survivor, those of earlier merges too.
    ids = [one for one in (*kept.merged_ids, *lost.merged_ids, kept.id, lost.id) if one != new_id]
    times = dict(zip(kept.merged_ids, kept.merged_at, strict=True))
    times.update(zip(lost.merged_ids, lost.merged_at, strict=True))
    unique = tuple(dict.fromkeys(ids))
    return replace(
        kept,
        id=new_id,
        properties={**kept.properties, **filled},
        created=min(kept.created, lost.created),
        modified=now,
        merged_ids=unique,
        merged_at=tuple(times.get(one, now) for one in unique),
        history=history,
    )


def _secondary_addresses(kept: Record, lost: Record) -> str:
    own = kept.properties.get("email") or lost.properties.get("email", "")
    found = [
        *kept.properties.get("hs_additional_emails", "").split(";"),
        lost.properties.get("email", ""),
        *lost.properties.get("hs_additional_emails", "").split(";"),
    ]
    return ";".join(dict.fromkeys(one for one in found if one and one != own))
