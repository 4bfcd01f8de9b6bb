"""What the org has: objects, fields, and the resources of a version."""

from __future__ import annotations

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse
from sandbox.salesforce.api.identity import Identities
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
    FieldType.ANY: "xsd:anyType",
}
_RESOURCES = (
    *("composite", "jobs", "limits", "parameterizedSearch"),
    *("query", "queryAll", "search", "sobjects"),
)
_MASTER_RECORD_TYPE = "012000000000000AAA"
_SCOPED = ("Contact", "Lead", "Opportunity")
_NOT_GROUPED = (FieldType.DATETIME, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT)


class DescribeHandlers:
    """Answers `/sobjects`, `/sobjects/X` and `/sobjects/X/describe`."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org

    def resources(self, request: ApiRequest) -> ApiResponse:
        """List what is below a version."""
        lead = f"/services/data/v{request.version}"
        asker = Identities(self._org.store, f"http://{request.header('Host')}").url(request.user_id)
        resources: JsonObject = {name: f"{lead}/{name}" for name in _RESOURCES}
        return ApiResponse(body={**resources, "identity": asker})

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
            "defaultImplementation": None,
            "extendedBy": None,
            "extendsInterfaces": None,
            "implementedBy": None,
            "implementsInterfaces": None,
            "urls": self._addresses(spec, request.version),
            "fields": [_field(field, spec) for field in spec.fields.values()],
            "listviewable": None,
            "lookupLayoutable": None,
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": self._record_types(spec, request.version),
            "searchLayoutable": spec.searchable,
            "sobjectDescribeOption": "FULL",
            "supportedScopes": _scopes(spec),
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

    def _addresses(self, spec: ObjectSpec, version: str) -> JsonObject:
        """Give all addresses of an object; those of pages are of the org's own site."""
        lead = f"/services/data/v{version}/sobjects/{spec.name}"
        site = "https://sandbox.my.salesforce.com"
        urls = dict(_urls(spec, version))
        if spec.layoutable:
            urls |= {
                "approvalLayouts": f"{lead}/describe/approvalLayouts",
                "listviews": f"{lead}/listviews",
                "quickActions": f"{lead}/quickActions",
                "uiDetailTemplate": f"{site}/{{ID}}",
                "uiEditTemplate": f"{site}/{{ID}}/e",
                "uiNewRecord": f"{site}/{spec.prefix}/e",
            }
        return urls

    def _record_types(self, spec: ObjectSpec, version: str) -> list[Json]:
        if not spec.layoutable or spec.name == "OpportunityContactRole":
            return []
        rows = self._org.database.table("RecordType").rows.values()
        own = [row for row in rows if row.get("SobjectType") == spec.name]
        default = self._org.store.saver.default_record_type(spec)
        infos: list[Json] = [
            _record_type(
                str(row["Id"]),
                str(row["DeveloperName"]),
                str(row["Name"]),
                spec,
                version,
                is_active=row.get("IsActive") is not False,
                is_default=row["Id"] == default,
            )
            for row in own
        ]
        master = _record_type(
            _MASTER_RECORD_TYPE, "Master", "Master", spec, version, is_default=default is None
        )
        return [*infos, master]


def _scopes(spec: ObjectSpec) -> list[Json]:
    plural = spec.label_plural.lower()
    scopes = [(f"All {plural}", "everything")]
    if spec.name == "Lead":
        scopes.append(("My leads", "mine"))
        scopes.append(("Queue owned leads", "queue_owned"))
    elif "OwnerId" in spec.fields:
        scopes.append((f"My {plural}", "mine"))
    if spec.name in _SCOPED:
        scopes.append(("Filter by scope", "scopingRule"))
    if spec.name in (*_SCOPED, "Account"):
        scopes.append((f"My team's {plural}", "team"))
    if spec.name == "Lead":
        scopes.append(("User owned leads", "user_owned"))
    return [{"label": label, "name": name} for label, name in scopes]


def _urls(spec: ObjectSpec, version: str) -> dict[str, Json]:
    lead = f"/services/data/v{version}/sobjects/{spec.name}"
    urls: dict[str, Json] = {
        "rowTemplate": f"{lead}/{{ID}}",
        "describe": f"{lead}/describe",
        "sobject": lead,
    }
    if spec.layoutable:
        urls["compactLayouts"] = f"{lead}/describe/compactLayouts"
        urls["layouts"] = f"{lead}/describe/layouts"
    return urls


def _in_short(spec: ObjectSpec, version: str) -> JsonObject:
    parent = _tracked_by(spec)
    return {
        "activateable": False,
        "associateEntityType": None if parent is None else "History",
        "associateParentEntity": parent,
        "createable": spec.createable,
        "custom": spec.custom,
        "customSetting": False,
        "deepCloneable": spec.name in ("Campaign", "Opportunity"),
        "deletable": spec.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": spec.layoutable and spec.searchable and spec.name != "Campaign",
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": spec.prefix,
        "label": spec.label,
        "labelPlural": spec.label_plural,
        "layoutable": spec.layoutable,
        "mergeable": spec.mergeable,
        "mruEnabled": spec.layoutable and spec.searchable,
        "name": spec.name,
        "queryable": True,
        "replicateable": spec.replicateable,
        "retrieveable": True,
        "searchable": spec.searchable,
        "triggerable": spec.triggerable,
        "undeletable": spec.undeletable,
        "updateable": spec.updateable,
        "urls": dict(_urls(spec, version)),
    }


def _tracked_by(spec: ObjectSpec) -> str | None:
    """Give the object whose field history this is, or None."""
    if spec.prefix != "017":
        return None
    return next(field.refers_to[0] for field in spec.fields.values() if field.children)


def _field(field: FieldSpec, spec: ObjectSpec) -> JsonObject:
    return {
        "aggregatable": _is_grouped(field) and field.type is not FieldType.BOOLEAN,
        "aiPredictionField": False,
        "autoNumber": field.auto_number is not None,
        "byteLength": field.length if field.type in _IDS else field.length * 3,
        "calculated": field.calculated,
        "calculatedFormula": field.formula,
        "cascadeDelete": field.master_detail,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": "Name" if _is_account_name(field, spec) else field.compound,
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
        "groupable": _is_grouped(field) and field.type not in _NOT_GROUPED,
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
        "permissionable": _has_permissions(field, spec),
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
        "queryByDistance": field.type is FieldType.ADDRESS,
        "referenceTargetField": None,
        "referenceTo": list(field.refers_to),
        "relationshipName": field.relationship,
        "relationshipOrder": 0 if field.master_detail else None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted and bool(field.values),
        "scale": field.scale,
        "searchPrefilterable": _narrows_searches(field, spec),
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type.value,
        "unique": field.unique,
        "updateable": field.access.updateable,
        "writeRequiresMasterRead": False,
    }


_IDS = (FieldType.ID, FieldType.REFERENCE)


def _is_grouped(field: FieldSpec) -> bool:
    return field.filterable and field.type not in (FieldType.ADDRESS, FieldType.ANY)


def _is_account_name(field: FieldSpec, spec: ObjectSpec) -> bool:
    return spec.name == "Account" and field.name == "Name"


def _has_permissions(field: FieldSpec, spec: ObjectSpec) -> bool:
    """Say whether field-level security can be set for a field."""
    if field.permissionable is not None:
        return field.permissionable
    if field.type is FieldType.ADDRESS or field.calculated:
        return True
    if "LastName" in spec.fields and field.compound == "Name":
        return False
    return field.nillable and field.access.createable and spec.layoutable


def _narrows_searches(field: FieldSpec, spec: ObjectSpec) -> bool:
    """Say whether a lookup can narrow a search: those to business records can."""
    is_lookup = field.type is FieldType.REFERENCE and field.nillable
    is_plain = field.name not in ("MasterRecordId", "RecordTypeId") and len(field.refers_to) == 1
    has_name = field.relationship is not None
    return is_lookup and is_plain and has_name and spec.searchable


def _extra_type(field: FieldSpec, spec: ObjectSpec) -> str | None:
    if field.extra_type is not None:
        return field.extra_type
    if field.type is FieldType.TEXTAREA:
        return "plaintextarea"
    if field.name == "PhotoUrl":
        return "imageurl"
    if _is_account_name(field, spec):
        return "switchablepersonname"
    if "LastName" in spec.fields and (field.name == "Name" or field.compound == "Name"):
        return "personname"
    return None


def _record_type(
    record_id: str,
    developer_name: str,
    name: str,
    spec: ObjectSpec,
    version: str,
    *,
    is_default: bool,
    is_active: bool = True,
) -> JsonObject:
    layout = f"/services/data/v{version}/sobjects/{spec.name}/describe/layouts/{record_id}"
    return {
        "active": is_active,
        "available": is_active,
        "defaultRecordTypeMapping": is_default,
        "developerName": developer_name,
        "master": record_id == _MASTER_RECORD_TYPE,
        "name": name,
        "recordTypeId": record_id,
        "urls": {"layout": layout},
    }
