"""What a query shows of each record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError, malformed_query
from sandbox.salesforce.model import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.soql.ast import Call, Field, Query, SelectItem, Subquery, TypeOf
from sandbox.salesforce.soql.expressions import Expressions
from sandbox.salesforce.soql.paths import Paths
from sandbox.salesforce.soql.shape import Cases, Children, Computed, Pager, Shape
from sandbox.salesforce.soql.tokens import quoted_place

__all__ = ["Finder", "Selection"]

Finder = Callable[[Row], list[Row]]
FinderOf = Callable[[Query, ObjectSpec, str, Paths], Finder]

_MOST_FIELDS_ROWS = 200
_MOST_SUBQUERIES = 20
_DEEPEST = 5
_CHILD_ADVICE = (
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the "
    "custom relationship name. Please reference your WSDL or the describe call for the "
    "appropriate names."
)


class Selection:
    """Turns what a query selects into the shape of its records."""

    def __init__(self, database: Database, finder: FinderOf, page: Pager) -> None:
        """Find children by `finder`, and put long lists of them into pages by `page`."""
        self._database = database
        self._finder = finder
        self._page = page

    def shape(self, query: Query, spec: ObjectSpec, paths: Paths, *, depth: int = 1) -> Shape:
        """Give the shape of a query's records; raises on what cannot be selected."""
        if sum(1 for item in query.select if isinstance(item, Subquery)) > _MOST_SUBQUERIES:
            raise malformed_query(
                f"maximum number of aggregate relationships is {_MOST_SUBQUERIES}"
            )
        shape = Shape(paths.parent_row)
        for item in query.select:
            self._add(shape, item, query, spec, paths, depth)
        return shape

    def _add(
        self,
        shape: Shape,
        item: SelectItem,
        query: Query,
        spec: ObjectSpec,
        paths: Paths,
        depth: int,
    ) -> None:
        match item:
            case Subquery():
                relationship, children = self._children(item.query, spec, depth)
                shape.parts[relationship] = children
            case TypeOf():
                self._add_cases(shape, item, paths)
            case Call() if item.function == "FIELDS":
                for field in _named_fields(item, query, spec):
                    shape.add((), field)
            case Call():
                expression = Expressions(paths).resolve(item)
                shape.parts[item.alias or expression.spec.name] = Computed(expression.get)
            case Field():
                if item.alias is not None:
                    raise malformed_query(
                        f"{paths.place(item.position)}only aggregate expressions use field aliasing"
                    )
                path = paths.resolve(item)
                if not shape.add(path.hops, path.field):
                    place = paths.place(item.position)
                    raise ApiError("INVALID_FIELD", f"{place}duplicate field selected: {item.text}")

    def _add_cases(self, shape: Shape, item: TypeOf, paths: Paths) -> None:
        reference = paths.reference(item.relationship)
        shapes: dict[str, Shape] = {}
        for name, fields in item.cases:
            target = self._database.schema.find(name)
            if target is None or target.name not in reference.refers_to:
                raise ApiError(
                    "INVALID_TYPE",
                    f"{paths.place(item.relationship.position)}sObject type '{name}' is not "
                    f"supported by the relationship '{item.relationship.text}'",
                )
            shapes[target.name] = self._case(target, fields, paths)
        otherwise = Shape(paths.parent_row)
        for field in item.otherwise:
            path = paths.resolve(Field((*item.relationship.path, *field.path), field.position))
            otherwise.add((), path.field)
        shape.parts[reference.relationship or reference.name] = Cases(reference, shapes, otherwise)

    def _case(self, target: ObjectSpec, fields: Sequence[Field], paths: Paths) -> Shape:
        shape = Shape(paths.parent_row)
        within = paths.within(target)
        for field in fields:
            path = within.resolve(field)
            shape.add(path.hops, path.field)
        return shape

    def _children(self, query: Query, parent: ObjectSpec, depth: int) -> tuple[str, Children]:
        place = quoted_place(query.text, query.source_position)
        if depth >= _DEEPEST:
            raise ApiError(
                "INVALID_TYPE",
                f"{place}SOQL statements cannot query aggregate relationships more than "
                f"{_DEEPEST - 1} levels away from the root entity object.",
            )
        for spec, reference in self._database.schema.children_of(parent.name):
            if reference.children and reference.children.lower() == query.source.lower():
                paths = Paths(self._database, spec, query)
                shape = self.shape(query, spec, paths, depth=depth + 1)
                finder = self._finder(query, spec, reference.name, paths)
                return reference.children, Children(spec, shape, finder, self._page)
        raise ApiError(
            "INVALID_TYPE",
            f"{place}Didn't understand relationship '{query.source}' in FROM part of query call. "
            f"{_CHILD_ADVICE}",
        )


def _named_fields(call: Call, query: Query, spec: ObjectSpec) -> list[FieldSpec]:
    which = call.argument.text.upper() if call.argument else ""
    place = quoted_place(query.text, call.position)
    if which not in ("ALL", "STANDARD", "CUSTOM"):
        raise malformed_query(f"{place}unexpected token: '{call.function}'")
    if which != "STANDARD" and (query.limit is None or query.limit > _MOST_FIELDS_ROWS):
        raise malformed_query(
            f"{place}The SOQL FIELDS function must have a LIMIT of at most {_MOST_FIELDS_ROWS}"
        )
    return [
        field
        for field in spec.fields.values()
        if which == "ALL" or field.custom == (which == "CUSTOM")
    ]
