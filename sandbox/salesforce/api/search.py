"""Finding records by words: `/search` with SOSL, `/parameterizedSearch` without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.jsontypes import Json
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.errors import ApiError, bad_json
from sandbox.salesforce.model import FieldType, ObjectSpec, Row
from sandbox.salesforce.soql.engine import QueryEngine, Selected
from sandbox.salesforce.soql.tokens import quoted_place

__all__ = ["SearchHandlers"]

_MOST_FOUND = 2000
_SHORTEST_WORD = 2
_SOSL = re.compile(
    r"\s*FIND\s*\{(?P<words>(?:[^{}\\]|\\.)*)\}"
    r"(?:\s+IN\s+(?P<scope>ALL|NAME|EMAIL|PHONE|SIDEBAR)\s+FIELDS)?"
    r"(?:\s+RETURNING\s+(?P<returning>.*?))?(?:\s+LIMIT\s+(?P<limit>\d{1,6}))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(r'"([^"]*)"|(\S+)')
_SCOPES: Mapping[str, tuple[FieldType, ...]] = {
    "EMAIL": (FieldType.EMAIL,),
    "PHONE": (FieldType.PHONE,),
}
_SEARCHED = (
    FieldType.STRING,
    FieldType.TEXTAREA,
    FieldType.EMAIL,
    FieldType.PHONE,
    FieldType.URL,
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be found of one object; `rest` is how its query goes on after the object."""

    name: str
    fields: str = "Id"
    rest: str = ""


class SearchHandlers:
    """Looks for words in the text fields of records; every record is looked at."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org
        self._engine = QueryEngine(org.database)

    def search(self, request: ApiRequest) -> ApiResponse:
        """Answer a search in SOSL."""
        text = request.query.get("q", "")
        found = _SOSL.fullmatch(text)
        if found is None:
            raise _malformed(text, 0, "unexpected token: '<EOF>'" if not text else "")
        wanted = [*_returning(text, found["returning"])] if found["returning"] else None
        limit = int(found["limit"]) if found["limit"] else _MOST_FOUND
        words = re.sub(r"\\(.)", r"\1", found["words"])
        return self._answer(request, words, found["scope"] or "ALL", wanted, limit)

    def parameterized(self, request: ApiRequest) -> ApiResponse:
        """Answer a search whose parts come one by one."""
        asked: Mapping[str, Json] = (
            request.object_body() if request.method == "POST" else {**request.query}
        )
        words = asked.get("q")
        if not isinstance(words, str) or not words:
            raise ApiError("MISSING_ARGUMENT", "The q parameter is required")
        limit = _number(asked.get("overallLimit"), _MOST_FOUND)
        scope = str(asked.get("in", "ALL")).upper()
        return self._answer(request, words, scope, _named(asked), limit)

    def _answer(
        self,
        request: ApiRequest,
        words: str,
        scope: str,
        wanted: Sequence[_Wanted] | None,
        limit: int,
    ) -> ApiResponse:
        if len(words.strip().strip("*?")) < _SHORTEST_WORD:
            raise ApiError("MALFORMED_SEARCH", "search term must be longer than one character")
        if wanted is None:
            schema = self._org.database.schema
            wanted = [_Wanted(spec.name) for spec in schema if spec.searchable]
        matches = _matcher(words)
        records: list[Json] = []
        for one in wanted:
            records.extend(self._records(request, one, matches, scope))
        return ApiResponse(body={"searchRecords": records[:limit]})

    def _records(
        self, request: ApiRequest, wanted: _Wanted, matches: Callable[[str], bool], scope: str
    ) -> Iterator[Json]:
        text = " ".join(("SELECT", wanted.fields, "FROM", wanted.name, wanted.rest))
        answer = self._engine.run(text, with_deleted=False)
        if not isinstance(answer, Selected):
            raise bad_json("a search cannot count or group")
        names = _searched(answer.spec, scope)
        rows = self._org.table(answer.spec).rows
        for record_id in answer.ids:
            if matches(_text_of(rows[record_id], names)):
                yield answer.shape.show(answer.spec.name, rows[record_id], request.version)


def _returning(text: str, written: str) -> Iterator[_Wanted]:
    """Read `Contact(Id, Name WHERE ... LIMIT 5), Lead`."""
    for part in re.findall(r"\w+(?:\s*\((?:[^()]|\([^()]*\))*\))?", written):
        name, bracket, inside = part.partition("(")
        if not bracket:
            yield _Wanted(name.strip())
            continue
        inside = inside.rpartition(")")[0]
        cut = re.search(r"\b(WHERE|ORDER\s+BY|LIMIT|OFFSET)\b", inside, re.IGNORECASE)
        fields = inside[: cut.start()] if cut else inside
        if not fields.strip():
            raise _malformed(text, text.find(part), f"unexpected token: '{name.strip()}'")
        yield _Wanted(name.strip(), fields, inside[cut.start() :] if cut else "")


def _named(asked: Mapping[str, Json]) -> list[_Wanted] | None:
    """Read the objects of a search: named by the address, or listed in the body."""
    common = asked.get("fields")
    listed = asked.get("sobjects")
    if isinstance(listed, list):
        parts = [one for one in listed if isinstance(one, dict)]
        return [_listed(one, common) for one in parts]
    name = next((v for n, v in asked.items() if n.lower() in ("sobject", "sobjects")), None)
    if not isinstance(name, str):
        return None
    lead = f"{name}."
    own = {key.removeprefix(lead): value for key, value in asked.items() if key.startswith(lead)}
    return [_listed({"name": name, **own}, common)]


def _listed(one: Mapping[str, Json], common: Json) -> _Wanted:
    fields = one.get("fields", common) or "Id"
    names = fields if isinstance(fields, list) else [fields]
    where, limit = one.get("where"), one.get("limit")
    rest = f"WHERE {where}" if where else ""
    if limit is not None:
        rest += f" LIMIT {_number(limit, _MOST_FOUND)}"
    return _Wanted(str(one.get("name")), ", ".join(str(name) for name in names), rest)


def _number(written: Json, default: int) -> int:
    text = str(written)
    return int(text) if written is not None and text.isdigit() and len(text) < 7 else default


def _searched(spec: ObjectSpec, scope: str) -> list[str]:
    if scope == "NAME":
        return [name for name in ("Name", "FirstName", "LastName") if name in spec.fields]
    kinds = _SCOPES.get(scope, _SEARCHED)
    return [field.name for field in spec.fields.values() if field.type in kinds]


def _text_of(row: Row, names: Sequence[str]) -> str:
    return "\n".join(str(row[name]) for name in names if row.get(name))


def _matcher(words: str) -> Callable[[str], bool]:
    """Give the test of a text: all words must occur in it; `*` and `?` stand for letters."""
    patterns = []
    for quoted, plain in _WORD.findall(words):
        word = quoted or plain
        if word.upper() == "AND" and not quoted:
            continue
        expression = re.escape(word).replace(r"\*", r"\w*").replace(r"\?", r"\w")
        patterns.append(re.compile(rf"(?<!\w){expression}(?!\w)", re.IGNORECASE))
    return lambda text: all(pattern.search(text) for pattern in patterns)


def _malformed(text: str, position: int, message: str) -> ApiError:
    place = quoted_place(text, max(0, position))
    return ApiError("MALFORMED_SEARCH", f"{place}{message or 'No search term found'}")
