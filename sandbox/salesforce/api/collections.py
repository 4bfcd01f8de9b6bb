"""Up to 200 records in one call: each row has its own result, the call is 200."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse, list_of_objects, text_list
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.errors import ApiError, bad_json, invalid_cross_reference
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec
from sandbox.salesforce.saving import WriteContext

__all__ = ["CollectionHandlers"]

_MOST_ROWS = 200
_MOST_RUNS = 10
_MOST_READ = 2000

_NO_ATTRIBUTES = (
    "Nested object for polymorphic foreign key must have an attributes field before any other "
    "fields."
)

RowWrite = Callable[[int], JsonObject]


class _RollBackError(Exception):
    """A row failed where all must succeed; never leaves this module."""


class CollectionHandlers:
    """Answers `/composite/sobjects` and what is below it."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org

    def create(self, request: ApiRequest) -> ApiResponse:
        """Create records of any objects."""
        records, all_or_none = self._records(request)
        types = [_type_of(record) for record in records]
        _check_runs(types)
        context = self._org.context(request)

        def write(place: int) -> JsonObject:
            spec = self._row_object(types[place])
            return _done(self._org.store.saver.create(spec, records[place], context))

        return self._written(len(records), write, all_or_none=all_or_none)

    def update(self, request: ApiRequest) -> ApiResponse:
        """Update records by the id each one carries."""
        records, all_or_none = self._records(request)
        _check_runs([_type_of(record) for record in records])
        context = self._org.context(request)
        seen: set[str] = set()

        def write(place: int) -> JsonObject:
            body = {n: v for n, v in records[place].items() if n.lower() != "id"}
            written = next((v for n, v in records[place].items() if n.lower() == "id"), None)
            spec, record_id = self._row_id(written, _type_of(records[place]))
            if record_id in seen:
                raise ApiError("DUPLICATE_VALUE", f"duplicate id in list: {record_id}", fields=())
            seen.add(record_id)
            self._org.store.saver.update(spec, record_id, body, context)
            return _done(record_id)

        return self._written(len(records), write, all_or_none=all_or_none)

    def upsert(self, request: ApiRequest, name: str, field_name: str) -> ApiResponse:
        """Create or update records of one object by an external id in each."""
        spec = self._org.sobject(name)
        field = self._org.key_field(spec, field_name)
        records, all_or_none = self._records(request)
        context = self._org.context(request)
        seen: set[str] = set()

        def write(place: int) -> JsonObject:
            return self._upsert_one(spec, field, records[place], seen, context)

        return self._written(len(records), write, all_or_none=all_or_none, upserting=True)

    def delete(self, request: ApiRequest) -> ApiResponse:
        """Delete records by id."""
        ids = text_list(request.query.get("ids"), "ids")
        _check_size(ids)
        _check_runs([one[:3] for one in ids])
        context = self._org.context(request)

        def write(place: int) -> JsonObject:
            spec, record_id = self._row_id(ids[place], None)
            self._org.store.lifecycle.delete(spec, record_id, context)
            return _done(record_id)

        return self._written(len(ids), write, all_or_none=request.flag("allOrNone"))

    def retrieve(self, request: ApiRequest, name: str) -> ApiResponse:
        """Give records by id in the order asked for, null for those that are not there."""
        spec = self._org.sobject(name)
        asked = request.object_body() if request.method == "POST" else dict(request.query)
        ids = text_list(asked.get("ids"), "ids")
        fields = self._org.named_fields(spec, text_list(asked.get("fields"), "fields"))
        if len(ids) > _MOST_READ:
            raise ApiError("EXCEEDED_ID_LIMIT", f"cannot retrieve more than {_MOST_READ} records")
        table = self._org.table(spec)
        shown: list[Json] = []
        for one in ids:
            row = table.live(to_18(one) or "")
            shown.append(
                None if row is None else self._org.shown(spec, row, request.version, fields)
            )
        return ApiResponse(body=shown)

    def _upsert_one(
        self,
        spec: ObjectSpec,
        field: FieldSpec,
        record: JsonObject,
        seen: set[str],
        context: WriteContext,
    ) -> JsonObject:
        about = record.get("attributes")
        named = about.get("type") if isinstance(about, dict) else None
        if not isinstance(named, str):
            raise ApiError("JSON_PARSER_ERROR", _NO_ATTRIBUTES, fields=())
        if named.lower() != spec.name.lower():
            raise ApiError("INVALID_TYPE", f"record is not of type {spec.name}", fields=())
        body = {name: value for name, value in record.items() if name.lower() != "id"}
        key = next((v for n, v in record.items() if n.lower() == field.name.lower()), None)
        if field.type is FieldType.ID and key is None:
            return {**_done(self._org.store.saver.create(spec, body, context)), "created": True}
        if key is None or key == "":
            raise ApiError("MISSING_ARGUMENT", f"{field.name} not specified", fields=())
        spelled = str(key) if field.case_sensitive else str(key).casefold()
        if spelled in seen:
            text = f"Duplicate external id specified: {key}"
            raise ApiError("DUPLICATE_VALUE", text, fields=(field.name,))
        seen.add(spelled)
        found = self._org.ids_by_key(spec, field, key)
        if len(found) > 1:
            text = f"{field.name}: more than one record found for external id field: {found}"
            raise ApiError("DUPLICATE_EXTERNAL_ID", text, fields=(field.name,))
        if found:
            changes = {n: v for n, v in body.items() if n.lower() != field.name.lower()}
            self._org.store.saver.update(spec, found[0], changes, context)
            return {**_done(found[0]), "created": False}
        if field.type is FieldType.ID:
            raise invalid_cross_reference()
        return {**_done(self._org.store.saver.create(spec, body, context)), "created": True}

    def _records(self, request: ApiRequest) -> tuple[list[JsonObject], bool]:
        body = request.object_body()
        records = list_of_objects(body, "records")
        _check_size(records)
        return records, body.get("allOrNone") is True

    def _row_object(self, name: str) -> ObjectSpec:
        spec = self._org.database.schema.find(name)
        if spec is None:
            text = f"sObject type '{name}' is not supported."
            raise ApiError("INVALID_TYPE", text, fields=())
        return spec

    def _row_id(self, written: Json, type_name: str | None) -> tuple[ObjectSpec, str]:
        if written is None:
            raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call", fields=())
        record_id = to_18(str(written))
        if record_id is None:
            raise ApiError("MALFORMED_ID", f"malformed id {written}", fields=("Id",))
        spec = self._org.database.schema.of_id(record_id)
        if spec is None:
            raise invalid_cross_reference()
        if type_name is not None and self._row_object(type_name) is not spec:
            text = f"{type_name} ID: id value of incorrect type: {written}"
            raise ApiError("MALFORMED_ID", text, fields=("Id",))
        return spec, record_id

    def _written(
        self, count: int, write: RowWrite, *, all_or_none: bool, upserting: bool = False
    ) -> ApiResponse:
        results: list[JsonObject] = []
        failures = 0
        try:
            with self._org.database.transaction():
                for place in range(count):
                    try:
                        with self._org.database.transaction():
                            results.append(write(place))
                    except ApiError as exc:
                        failures += 1
                        results.append(_failed(exc, upserting=upserting))
                if failures and all_or_none:
                    raise _RollBackError
        except _RollBackError:
            results = [_rolled_back(one, upserting=upserting) for one in results]
        return ApiResponse(body=[*results])


def _type_of(record: JsonObject) -> str:
    about = record.get("attributes")
    name = about.get("type") if isinstance(about, dict) else None
    if not isinstance(name, str):
        raise bad_json("Each record needs attributes with its type before any other field.")
    return name


def _check_size(rows: Sequence[object]) -> None:
    if len(rows) > _MOST_ROWS:
        raise ApiError(
            "EXCEEDED_ID_LIMIT",
            "record limit reached. cannot submit more than 200 records into this call",
        )


def _check_runs(types: Sequence[str]) -> None:
    if sum(1 for _ in groupby(name.lower() for name in types)) > _MOST_RUNS:
        raise ApiError(
            "EXCEEDED_MAX_TYPES_LIMIT", "cannot operate on more than 10 chunks of types in a call"
        )


def _done(record_id: str) -> JsonObject:
    return {"id": record_id, "success": True, "errors": []}


def _failed(error: ApiError, *, upserting: bool) -> JsonObject:
    result: JsonObject = {"success": False, "errors": [error.row_body()]}
    if upserting:
        result["created"] = False
    return result


def _rolled_back(result: JsonObject, *, upserting: bool) -> JsonObject:
    if result["success"] is not True:
        return result
    return _failed(
        ApiError(
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "Record rolled back because not all records were valid and the request was using "
            "AllOrNone header",
        ),
        upserting=upserting,
    )
