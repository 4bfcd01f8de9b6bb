"""Records a search shows as they were before they were written last: read anew by their ids.

HubSpot's search is some time behind its records. What a run wrote a moment ago comes back from it
with the values from before, and would count as edited by somebody there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mappings.bound import BoundPair
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import RecordState
from sync.engine.session import Session

__all__ = ["as_they_are"]


def as_they_are(
    session: Session, pair: BoundPair, side: Side, records: Sequence[Record]
) -> list[Record]:
    """Give pulled records of one object, those that are older than what is known read by id.

    They are not left out: a clock may have been put back, and a transaction be late. Those of them
    that are not there any more, as is known, are.
    """
    refs = [record.ref for record in records]
    known = session.store.records.get(pair.name, side, refs)
    stamps: dict[RecordRef, datetime] = {ref: one.stamp for ref, one in known.items()}
    # What a run that was cut off wrote has been read already, and its stamp is not kept yet.
    for ref, sighting in session.store.staging.of(pair.name, side, refs).items():
        stamps[ref] = max(sighting.record.stamp, stamps.get(ref, sighting.record.stamp))
    late = {record.ref for record in records if record.stamp < stamps.get(record.ref, record.stamp)}
    gone = {ref for ref, one in known.items() if one.state is RecordState.GONE}
    found = [record for record in records if record.ref not in late]
    for object_name in sorted({ref.object_name for ref in late}):
        ids = sorted(ref.id for ref in late if ref.object_name == object_name)
        fields = pair.native_fields(side, object_name)
        found += [
            record
            for record in session.crms[side].fetch(object_name, ids, fields)
            if not (record.gone and record.ref in gone)
        ]
    return found
