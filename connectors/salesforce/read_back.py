"""The part of a call that reads back the rows the same call writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from connectors.salesforce.answers import MOST_PARTS, Part
from connectors.salesforce.batches import Prepared
from connectors.salesforce.faults import Call
from connectors.salesforce.relations import relation_of
from connectors.salesforce.rows import all_columns
from connectors.salesforce.schema import Shapes
from connectors.salesforce.soql import any_of, id_lists, literals, select
from sync.domain.ports import WriteKind
from sync.domain.schema import FieldKind

__all__ = ["ReadBack", "key_of"]


class ReadBack:
    """Asks for rows as the org holds them just after a write; never what a call fails for."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def parts(self, group: Sequence[Prepared], call: Call) -> Iterator[Part]:
        """Give the part that reads the rows back in the same call, where that can be asked.

        Created rows have no id before the call. They are asked for by their unique key; there
        is no safe way to refer to the ids in a call where rows may fail one by one. Rows that
        tie a person to something are asked for by what they tie.
        """
        key = key_of(group)
        relation = relation_of(call.object_name)
        if group[0].write.kind is not WriteKind.CREATE:
            yield self.by_ids([row.id or "" for row in group], group, call)
        elif key is not None:
            keys = [str(row.write.values[key]) for row in group]
            yield self._by_values(key, keys, group, call)
        elif relation is not None:
            ties = [tie for row in group if (tie := relation.tie_of(row.values)) is not None]
            if ties:
                where = relation.among(ties)
                yield self._part(relation.columns, where, group, call, deleted=False)

    def by_ids(self, ids: Sequence[str], group: Sequence[Prepared], call: Call) -> Part:
        """Give the part that reads rows by id, deleted ones too."""
        return self._by_values("Id", ids, group, call)

    def many(
        self, ids: Sequence[str], group: Sequence[Prepared], call: Call
    ) -> Iterator[Sequence[Part]]:
        """Give the parts that read many rows by id, as many to a call as it takes."""
        asked = dict.fromkeys(each for row in group for each in row.write.read_back)
        parts = [
            self._asking(("Id",), asked, any_of("Id", some), call, deleted=True)
            for some in id_lists(literals(FieldKind.TEXT, ids))
        ]
        for start in range(0, len(parts), MOST_PARTS):
            yield parts[start : start + MOST_PARTS]

    def _by_values(
        self, name: str, values: Sequence[str], group: Sequence[Prepared], call: Call
    ) -> Part:
        shape = self._shapes.known(call.object_name)
        field_shape = None if shape is None else shape.fields.get(name)
        kind = FieldKind.TEXT if field_shape is None else field_shape.kind
        where = any_of(name, literals(kind, values))
        return self._part((name,), where, group, call, deleted=True)

    def _part(
        self,
        names: Sequence[str],
        where: str,
        group: Sequence[Prepared],
        call: Call,
        *,
        deleted: bool,
    ) -> Part:
        asked = dict.fromkeys(each for row in group for each in row.write.read_back)
        return self._asking(names, asked, where, call, deleted=deleted)

    def _asking(
        self,
        names: Sequence[str],
        asked: Iterable[str],
        where: str,
        call: Call,
        *,
        deleted: bool,
    ) -> Part:
        shape = self._shapes.known(call.object_name)
        columns = all_columns(call.object_name, [*names, *asked], shape)
        soql = select(call.object_name, columns, where=[where])
        return Part.query(soql, call, deleted=deleted, essential=False)


def key_of(group: Sequence[Prepared]) -> str | None:
    """Give the unique key all creates of a group carry, if they do."""
    keys = {row.write.unique_key for row in group}
    key = keys.pop() if len(keys) == 1 else None
    if key is None or not all(row.write.values.get(key) for row in group):
        return None
    return key
