"""Where HubSpot's extracted models are narrower than its documented or recorded answers.

The models say how the client reads an answer, not all that an answer holds. Each difference is
one line with its reason; docs/sandbox.md lists the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["BODIES_THAT_ARE_LISTS", "EXCEPTIONS", "WITHOUT_MODELS", "SpecException"]

#: What HubSpot documents and none of the extracted clients has.
WITHOUT_MODELS = (
    "/communication-preferences/v4/",
    "/communication-preferences/2026-03/",
    "/communication-preferences/2026-09/",
)


@dataclass(frozen=True, kw_only=True)
class SpecException:
    """One field of the models whose names match, and what it may be beside the model's word."""

    model: str
    field: str
    allows: Literal["null", "missing", "extra", "instead"]
    """Null as a value; no such key; a key the model lacks; another schema."""
    reason: str
    schema: Mapping[str, Any] = dataclasses.field(default_factory=dict)


_TEXT = {"type": "string"}
_TEXT_OR_NUMBER = {"type": ["string", "integer"]}
_VALUES = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
_ANY_VALUES = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}

EXCEPTIONS = (
    SpecException(
        model="SimplePublic(Object|ObjectWithAssociations|UpsertObject)",
        field="properties",
        allows="instead",
        schema=_VALUES,
        reason="a property without a value comes as null (recorded)",
    ),
    SpecException(
        model="SimplePublic(Object|ObjectWithAssociations|UpsertObject)",
        field="url",
        allows="extra",
        schema=_TEXT,
        reason="records have an address in the application (recorded)",
    ),
    SpecException(
        model="SimplePublicObject(Input|InputForCreate|BatchInput\\w*)",
        field="properties",
        allows="instead",
        schema=_ANY_VALUES,
        reason="clients send numbers, true and null as they are (unconfirmed that all are taken)",
    ),
    SpecException(
        model="BatchReadInputSimplePublicObjectId",
        field="propertiesWithHistory",
        allows="missing",
        reason="unconfirmed: where it is missing, no history is asked for",
    ),
    SpecException(
        model="PublicObjectSearchRequest",
        field="sorts",
        allows="instead",
        schema={
            "type": "array",
            "items": {
                "anyOf": [
                    _TEXT,
                    {
                        "type": "object",
                        "properties": {"propertyName": _TEXT, "direction": _TEXT},
                        "required": ["propertyName"],
                        "additionalProperties": False,
                    },
                ]
            },
        },
        reason="the documented form of a sort is an object",
    ),
    SpecException(
        model="AssociationSpecWithLabel",
        field="label",
        allows="null",
        reason="a type without a label says so (documented)",
    ),
    *(
        SpecException(
            model=model,
            field=name,
            allows="instead",
            schema=_TEXT_OR_NUMBER,
            reason="the ids of a tie are numbers on the v4 paths (recorded)",
        )
        for model, name in (
            ("LabelsBetweenObjectPair", "fromObjectId"),
            ("LabelsBetweenObjectPair", "toObjectId"),
            ("MultiAssociatedObjectWithLabel", "toObjectId"),
        )
    ),
    SpecException(
        model="ModelProperty",
        field="dataSensitivity",
        allows="extra",
        schema=_TEXT,
        reason="definitions tell it (recorded)",
    ),
    *(
        SpecException(
            model=model,
            field=name,
            allows="extra",
            schema=_TEXT,
            reason="a new one may bring its own id (the dated list of operations, recorded)",
        )
        for model, name in (("PipelineInput", "pipelineId"), ("PipelineStageInput", "stageId"))
    ),
    SpecException(
        model="OptionInput",
        field="hidden",
        allows="missing",
        reason="unconfirmed: an option that does not say so is taken to be shown",
    ),
    SpecException(
        model="PublicOwner",
        field="userId",
        allows="null",
        reason="the user of a deactivated owner (documented)",
    ),
    SpecException(
        model="Error",
        field="status",
        allows="extra",
        schema=_TEXT,
        reason="every error has one (recorded)",
    ),
    SpecException(
        model="Error",
        field="category",
        allows="missing",
        reason="refusals by rate (recorded), of tokens and of unknown paths have none (documented)",
    ),
    *(
        SpecException(
            model="Error",
            field=name,
            allows="extra",
            schema=_TEXT,
            reason="refusals by the rate policy name it (recorded)",
        )
        for name in ("errorType", "policyName", "requestId")
    ),
    *(
        SpecException(
            model="Error",
            field=name,
            allows="extra",
            schema=_TEXT,
            reason="OAuth's own names, on the newer token paths",
        )
        for name in ("error", "error_description")
    ),
    *(
        SpecException(
            model="StandardError",
            field=name,
            allows="missing",
            reason="errors inside a batch come without it (documented)",
        )
        for name in ("links", "errors")
    ),
    SpecException(
        model="RecordListMembership",
        field="isPublicList",
        allows="extra",
        schema={"type": "boolean"},
        reason="the dated paths tell it",
    ),
    SpecException(
        model="ApiCollectionResponseRecordListMembershipNoPaging",
        field="paging",
        allows="extra",
        reason="the dated paths may page",
    ),
    SpecException(
        model="ListSearchRequest",
        field="objectTypeId",
        allows="extra",
        schema=_TEXT,
        reason="the dated list of operations has it",
    ),
    *(
        SpecException(
            model=model,
            field=name,
            allows="extra",
            schema=_TEXT,
            reason="the dated list of operations has it",
        )
        for model, name in (("PipelineInput", "pipelineId"), ("PipelineStageInput", "stageId"))
    ),
    SpecException(
        model="Object(Schema|TypeDefinition)",
        field="metaType",
        allows="extra",
        schema=_TEXT,
        reason="definitions of objects tell it (recorded)",
    ),
    SpecException(
        model="Object(Schema|TypeDefinition)",
        field="restorable",
        allows="extra",
        schema={"type": "boolean"},
        reason="definitions of objects tell it (recorded)",
    ),
    *(
        SpecException(
            model="AssociationDefinition",
            field=name,
            allows="extra",
            schema=_TEXT,
            reason="definitions of objects tell it of their ties (recorded)",
        )
        for name in ("cardinality", "inverseCardinality")
    ),
    *(
        SpecException(
            model="AssociationDefinition",
            field=name,
            allows="null",
            reason="the ties HubSpot defines have no date (recorded)",
        )
        for name in ("createdAt", "updatedAt")
    ),
)

#: These operations take a list of the model that their client's argument is named for.
BODIES_THAT_ARE_LISTS = frozenset(
    {
        (
            "PUT",
            "/crm/v4/objects/{objectType}/{objectId}/associations/{toObjectType}/{toObjectId}",
        ),
    }
)
