"""What the org has: objects, fields, and the resources of a version."""

from __future__ import annotations

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, OnParentDelete
from sandbox.salesforce.wire import from_http_date, to_http_date

__all__ = ["DescribeHandlers"]

_SOAP_TYPES = {
    FieldType.ID: "tns:ID",
    FieldType.REFERENCE: "tns:ID",
    FieldType.BOOLEAN: "xsd:boolean",
    FieldType.INT: "xsd:int",
    FieldType.DOUBLE: "xsd:double",
    FieldType.PERCENT: "xsd:double",
    FieldType.CURRENCY: "xsd:double",
    FieldType.DATE: "xsd:date",
    FieldType.DATETIME: "xsd:dateTime",
    FieldType.ADDRESS: "urn:address",
}
_RESOURCES = ("query", "queryAll", "limits", "sobjects", "composite")
_MASTER_RECORD_TYPE = "012000000000000AAA"
_NOT_GROUPED = (FieldType.DATETIME, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT)


class DescribeHandlers:
    """Answers `/sobjects`, `/sobjects/X` and `/sobjects/X/describe`."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org

    def resources(self, request: ApiRequest) -> ApiResponse:
        """List what is below a version."""
        lead = f"/services/data/v{request.version}"
        return ApiResponse(body={name: f"{lead}/{name}" for name in _RESOURCES})

    def everything(self, request: ApiRequest) -> ApiResponse:
        """Describe the org: each object in short."""
        objects: list[Json] = [
            _in_short(spec, request.version) for spec in self._org.database.schema
        ]
        body: JsonObject = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}
        return self._unless_unchanged(request, body)

    def basic(self, request: ApiRequest, name: str) -> ApiResponse:
        """Give an object in short, with the records changed last."""
        spec = self._org.sobject(name)
        table = self._org.table(spec)
        recent: list[Json] = []
        for record_id in table.by_stamp.between(None, None, newest_first=True):
            row = table.live(record_id)
            if row is not None and len(recent) < 5:
                fields = [spec.fields[one] for one in ("Id", "Name") if one in spec.fields]
                recent.append(self._org.shown(spec, row, request.version, fields))
            if len(recent) >= 5:
                break
        body: JsonObject = {
            "objectDescribe": _in_short(spec, request.version),
            "recentItems": recent,
        }
        return ApiResponse(body=body)

    def describe(self, request: ApiRequest, name: str) -> ApiResponse:
        """Describe an object in full."""
        spec = self._org.sobject(name)
        body: JsonObject = {
            "actionOverrides": [],
            **_in_short(spec, request.version),
            "childRelationships": self._children(spec),
            "compactLayoutable": spec.layoutable,
            "fields": [_field(field, spec) for field in spec.fields.values()],
            "listviewable": None,
            "lookupLayoutable": None,
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": self._record_types(spec, request.version),
            "searchLayoutable": spec.searchable,
            "sobjectDescribeOption": "FULL",
            "supportedScopes": [
                {"label": f"All {spec.label_plural.lower()}", "name": "everything"},
                {"label": f"My {spec.label_plural.lower()}", "name": "mine"},
            ],
        }
        return self._unless_unchanged(request, body)

    def _unless_unchanged(self, request: ApiRequest, body: JsonObject) -> ApiResponse:
        changed = self._org.database.schema_changed
        headers = {"Last-Modified": to_http_date(changed)}
        since = from_http_date(request.header("If-Modified-Since"))
        if since is not None and changed <= since:
            return ApiResponse(status=304, headers=headers)
        return ApiResponse(body=body, headers=headers)

    def _children(self, spec: ObjectSpec) -> list[Json]:
        return [
            {
                "cascadeDelete": field.on_parent_delete is OnParentDelete.CASCADE,
                "childSObject": child.name,
                "deprecatedAndHidden": False,
                "field": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": field.children,
                "restrictedDelete": False,
            }
            for child, field in self._org.database.schema.children_of(spec.name)
        ]

    def _record_types(self, spec: ObjectSpec, version: str) -> list[Json]:
        rows = self._org.database.table("RecordType").rows.values()
        own = [row for row in rows if row.get("SobjectType") == spec.name]
        infos = [
            _record_type(str(row["Id"]), str(row["DeveloperName"]), str(row["Name"]), spec, version)
            for row in own
        ]
        return [*infos, _record_type(_MASTER_RECORD_TYPE, "Master", "Master", spec, version)]


def _in_short(spec: ObjectSpec, version: str) -> JsonObject:
    lead = f"/services/data/v{version}/sobjects/{spec.name}"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": spec.createable,
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": spec.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": spec.layoutable,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": spec.prefix,
        "label": spec.label,
        "labelPlural": spec.label_plural,
        "layoutable": spec.layoutable,
        "mergeable": spec.mergeable,
        "mruEnabled": spec.layoutable,
        "name": spec.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": spec.searchable,
        "triggerable": spec.triggerable,
        "undeletable": spec.undeletable,
        "updateable": spec.updateable,
        "urls": {
            "rowTemplate": f"{lead}/{{ID}}",
            "describe": f"{lead}/describe",
            "sobject": lead,
        },
    }


def _field(field: FieldSpec, spec: ObjectSpec) -> JsonObject:
    return {
        "aggregatable": field.filterable and field.type not in (FieldType.BOOLEAN,),
        "aiPredictionField": False,
        "autoNumber": False,
        "byteLength": field.length if field.type in _IDS else field.length * 3,
        "calculated": field.calculated,
        "calculatedFormula": None,
        "cascadeDelete": field.on_parent_delete is OnParentDelete.CASCADE,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "controllerName": None,
        "createable": field.access.createable,
        "custom": field.custom,
        "defaultValue": field.default,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.defaulted,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.precision if field.type is FieldType.INT else 0,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": _extra_type(field, spec),
        "filterable": field.filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": field.filterable and field.type not in _NOT_GROUPED,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": field.addresses,
        "inlineHelpText": None,
        "label": field.label,
        "length": field.length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": len(field.refers_to) > 1,
        "nillable": field.nillable,
        "permissionable": field.nillable and field.access.createable,
        "picklistValues": [
            {
                "active": one.active,
                "defaultValue": one.value == field.default,
                "label": one.label,
                "validFor": None,
                "value": one.value,
            }
            for one in field.values
        ],
        "polymorphicForeignKey": len(field.refers_to) > 1,
        "precision": 0 if field.type is FieldType.INT else field.precision,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": list(field.refers_to),
        "relationshipName": field.relationship,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted and bool(field.values),
        "scale": field.scale,
        "searchPrefilterable": False,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type.value,
        "unique": field.unique,
        "updateable": field.access.updateable,
        "writeRequiresMasterRead": False,
    }


_IDS = (FieldType.ID, FieldType.REFERENCE)


def _extra_type(field: FieldSpec, spec: ObjectSpec) -> str | None:
    if field.type is FieldType.TEXTAREA:
        return "plaintextarea"
    if "LastName" in spec.fields and (field.name == "Name" or field.compound == "Name"):
        return "personname"
    return None


def _record_type(
    record_id: str, developer_name: str, name: str, spec: ObjectSpec, version: str
) -> JsonObject:
    is_master = record_id == _MASTER_RECORD_TYPE
    layout = f"/services/data/v{version}/sobjects/{spec.name}/describe/layouts/{record_id}"
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": is_master,
        "developerName": developer_name,
        "master": is_master,
        "name": name,
        "recordTypeId": record_id,
        "urls": {"layout": layout},
    }
