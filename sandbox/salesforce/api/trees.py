"""Record trees: parents with their children in one create, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse, list_of_objects
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.errors import ApiError, bad_json
from sandbox.salesforce.model import FieldSpec, ObjectSpec
from sandbox.salesforce.saving import WriteContext

__all__ = ["TreeHandlers"]

_MOST_RECORDS = 200
_MOST_TYPES = 5
_DEEPEST = 5


class _RollBackError(Exception):
    """A record of the tree was refused; never leaves this module."""


@dataclass(frozen=True, slots=True)
class _Node:
    """One record of a tree, before it is written."""

    name: str
    spec: ObjectSpec
    values: JsonObject
    parent: str | None
    reference: FieldSpec | None


class TreeHandlers:
    """Answers `/composite/tree/X`."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org

    def create(self, request: ApiRequest, name: str) -> ApiResponse:
        """Create a tree of records; when one is refused nothing is stored."""
        spec = self._org.sobject(name)
        records = list_of_objects(request.object_body(), "records")
        nodes = [node for record in records for node in self._nodes(record, spec, None, None, 1)]
        self._check(nodes)
        results: list[Json] = []
        errors: list[Json] = []
        context = self._org.context(request)
        try:
            with self._org.database.transaction():
                ids: dict[str, str] = {}
                for node in nodes:
                    self._write(node, ids, errors, context)
                if errors:
                    raise _RollBackError
                results = [{"referenceId": node.name, "id": ids[node.name]} for node in nodes]
        except _RollBackError:
            return ApiResponse(status=400, body={"hasErrors": True, "results": errors})
        return ApiResponse(status=201, body={"hasErrors": False, "results": results})

    def _write(
        self, node: _Node, ids: dict[str, str], errors: list[Json], context: WriteContext
    ) -> None:
        values = dict(node.values)
        if node.reference is not None and node.parent is not None:
            if node.parent not in ids:
                return
            values[node.reference.name] = ids[node.parent]
        try:
            with self._org.database.transaction():
                ids[node.name] = self._org.store.saver.create(node.spec, values, context)
        except ApiError as exc:
            errors.append({"referenceId": node.name, "errors": [exc.row_body()]})

    def _nodes(
        self,
        record: JsonObject,
        spec: ObjectSpec,
        parent: str | None,
        reference: FieldSpec | None,
        depth: int,
    ) -> Iterator[_Node]:
        if depth > _DEEPEST:
            raise ApiError("INVALID_INPUT", f"Trees can be {_DEEPEST} levels deep")
        name = _name_of(record)
        values: JsonObject = {}
        children: list[tuple[ObjectSpec, FieldSpec, JsonObject]] = []
        for key, value in record.items():
            below = self._child(spec, key) if isinstance(value, dict) else None
            if below is not None and isinstance(value, dict) and "records" in value:
                listed = list_of_objects(value, "records")
                children.extend((*below, one) for one in listed)
            elif key != "attributes":
                values[key] = value
        yield _Node(name, spec, values, parent, reference)
        for child, field, one in children:
            yield from self._nodes(one, child, name, field, depth + 1)

    def _child(self, spec: ObjectSpec, relationship: str) -> tuple[ObjectSpec, FieldSpec] | None:
        for child, field in self._org.database.schema.children_of(spec.name):
            if field.children and field.children.lower() == relationship.lower():
                return child, field
        return None

    def _check(self, nodes: list[_Node]) -> None:
        names = [node.name for node in nodes]
        if len(nodes) > _MOST_RECORDS:
            raise ApiError("INVALID_INPUT", f"A tree has at most {_MOST_RECORDS} records")
        if len({node.spec.name for node in nodes}) > _MOST_TYPES:
            raise ApiError("INVALID_INPUT", f"A tree has at most {_MOST_TYPES} types of records")
        if len(set(names)) != len(names):
            raise ApiError("INVALID_INPUT", "Duplicate ReferenceId provided in the request.")


def _name_of(record: JsonObject) -> str:
    about = record.get("attributes")
    name = about.get("referenceId") if isinstance(about, dict) else None
    if not isinstance(name, str) or not name:
        raise bad_json("Include a reference ID for each record in the request.")
    return name
