"""The schemas a mapping itself implies, for when no CRM can be asked."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.kinds import default_type
from mappings.model import FieldMapping, PairMapping
from mappings.words import FieldType
from sync.domain.record import Side
from sync.domain.schema import Division, FieldKind, FieldShape, ObjectShape

__all__ = ["declared_shapes"]

#: Types that are no CRM's own are kept in fields of these.
_KINDS: Mapping[FieldType, FieldKind] = {
    FieldType.DOMAIN: FieldKind.TEXT,
    FieldType.COUNTRY: FieldKind.TEXT,
    FieldType.OPT_OUT: FieldKind.BOOLEAN,
    FieldType.USER: FieldKind.REFERENCE,
}


def declared_shapes(pair: PairMapping, side: Side) -> dict[str, ObjectShape]:
    """Give one side's objects with the fields the pair names, as its types say they are.

    Without limits and picklists, because a mapping does not tell them. A field with `if_blank`
    is taken for one that demands a value.
    """
    part = pair.division_name(side)
    return {
        name: ObjectShape(
            name,
            name,
            _shapes(pair, side, name),
            divided_by="pipeline" if side is Side.LEFT else "RecordTypeId",
            divisions=(Division(id=part, name=part),) if part is not None else (),
        )
        for name in pair.objects(side)
    }


def _shapes(pair: PairMapping, side: Side, object_name: str) -> dict[str, FieldShape]:
    return {
        native: FieldShape(
            name=native,
            label=native,
            kind=_kind(field),
            required=field.if_blank is not None and field.writes_to(side),
            refers_to=("User",) if field.type is FieldType.USER else (),
        )
        for field in pair.fields.values()
        if (native := field.name_on(side, object_name)) is not None
    }


def _kind(field: FieldMapping) -> FieldKind:
    kind = field.type or default_type((), has_values=field.values is not None)
    return _KINDS.get(kind) or FieldKind(kind.value)
