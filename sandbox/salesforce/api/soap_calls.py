"""The calls of SOAP that are understood: convert, merge, undelete, empty the bin, who and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from sandbox.jsontypes import JsonObject
from sandbox.salesforce.conversion import Wanted
from sandbox.salesforce.errors import ApiError, invalid_cross_reference
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.model import ObjectSpec
from sandbox.salesforce.saving import WriteContext
from sandbox.salesforce.store import SalesforceStore

__all__ = ["SoapCalls", "child_text"]

_MOST_ROWS = 200
_TYPE_ATTRIBUTE = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class SoapCalls:
    """Carries calls out as the user of the session; each row has a result of its own."""

    def __init__(self, store: SalesforceStore) -> None:
        """Serve one org."""
        self._store = store
        self._database = store.database

    def answer(self, name: str, call: Element, user_id: str, version: str) -> str:
        """Give the body of a call's answer."""
        context = WriteContext(user_id=user_id, version=version)
        match name:
            case "convertLead":
                rows = _children(call, "leadConverts")
                results = [self._row(row, context, self._converted) for row in rows]
            case "merge":
                # The WSDL calls its element request; one well-known client says mergeRequests.
                rows = [*_children(call, "request"), *_children(call, "mergeRequests")]
                results = [self._row(row, context, self._merged) for row in rows]
            case "undelete":
                rows = _children(call, "ids")
                results = [self._row(row, context, self._undeleted) for row in rows]
            case "delete":
                rows = _children(call, "ids")
                results = [self._row(row, context, self._deleted) for row in rows]
            case "emptyRecycleBin":
                rows = _children(call, "ids")
                results = [self._row(row, context, self._purged) for row in rows]
            case "getUserInfo":
                results = [self.user_info(user_id, element="result")]
            case "getServerTimestamp":
                now = self._database.now.replace("+0000", "Z")
                results = [f"<result><timestamp>{now}</timestamp></result>"]
            case _:
                raise ApiError("soapenv:Client", f"No operation available for request {name}")
        return f"<{name}Response>{''.join(results)}</{name}Response>"

    def user_info(self, user_id: str, *, element: str = "userInfo") -> str:
        """Show a user and the org as a login does."""
        user = self._database.table("User").rows[user_id]
        shown = {
            "organizationId": self._store.org_id,
            "organizationName": self._store.org_name,
            "userEmail": user.get("Email"),
            "userFullName": user.get("Name"),
            "userId": user_id,
            "userLanguage": user.get("LanguageLocaleKey"),
            "userLocale": user.get("LocaleSidKey"),
            "userName": user.get("Username"),
            "userTimeZone": user.get("TimeZoneSidKey"),
            "userType": user.get("UserType"),
        }
        return f"<{element}>{''.join(_element(n, v) for n, v in shown.items())}</{element}>"

    def _row(
        self, row: Element, context: WriteContext, work: Callable[[Element, WriteContext], str]
    ) -> str:
        """Give the result of one row; what fails leaves nothing behind."""
        try:
            with self._database.transaction():
                shown = work(row, context)
        except ApiError as exc:
            fields = "".join(_element("fields", name) for name in exc.fields or ())
            return (
                f"<result><errors>{fields}{_element('message', exc.message)}"
                f"{_element('statusCode', exc.code)}</errors><success>false</success></result>"
            )
        return f"<result>{shown}<success>true</success></result>"

    def _converted(self, row: Element, context: WriteContext) -> str:
        wanted = Wanted(
            status=child_text(row, "convertedStatus"),
            account_id=self._optional_id(row, "accountId"),
            contact_id=self._optional_id(row, "contactId"),
            opportunity_id=self._optional_id(row, "opportunityId"),
            opportunity_name=child_text(row, "opportunityName") or None,
            makes_opportunity=child_text(row, "doNotCreateOpportunity") != "true",
            owner_id=self._optional_id(row, "ownerId"),
            overwrites_lead_source=child_text(row, "overwriteLeadSource") == "true",
        )
        made = self._store.converter.convert(_id(child_text(row, "leadId")), wanted, context)
        return (
            f"{_element('accountId', made.account_id)}{_element('contactId', made.contact_id)}"
            f"{_element('leadId', made.lead_id)}{_element('opportunityId', made.opportunity_id)}"
        )

    def _merged(self, row: Element, context: WriteContext) -> str:
        master = next(iter(_children(row, "masterRecord")), None)
        if master is None:
            raise ApiError("MERGE_FAILED", "masterRecord is required", fields=())
        values: JsonObject = {}
        for field in master:
            name = str(field.tag).rpartition("}")[2]
            if name == "fieldsToNull":
                values[field.text or ""] = None
            elif name.lower() not in ("type", "id"):
                is_null = field.get(_TYPE_ATTRIBUTE) == "true"
                values[name] = None if is_null else field.text or ""
        winner = _id(child_text(master, "Id") or child_text(master, "id"))
        losers = [_id(one.text or "") for one in _children(row, "recordToMergeIds")]
        spec = self._spec(winner)
        self._store.lifecycle.merge(spec, winner, losers, fields=values, context=context)
        merged = "".join(_element("mergedRecordIds", one) for one in losers)
        return f"{_element('id', winner)}{merged}"

    def _undeleted(self, row: Element, context: WriteContext) -> str:
        record_id = _id(row.text or "")
        self._store.lifecycle.restore(self._spec(record_id), record_id)
        return _element("id", record_id)

    def _deleted(self, row: Element, context: WriteContext) -> str:
        record_id = _id(row.text or "")
        self._store.lifecycle.delete(self._spec(record_id), record_id, context)
        return _element("id", record_id)

    def _purged(self, row: Element, context: WriteContext) -> str:
        record_id = _id(row.text or "")
        found = self._database.row_of(record_id)
        if found is None or not found[1].get("IsDeleted"):
            raise ApiError("INVALID_ID_FIELD", "Record is not in the recycle bin", fields=())
        self._store.lifecycle.purge(found[0], record_id)
        return _element("id", record_id)

    def _optional_id(self, row: Element, name: str) -> str | None:
        written = child_text(row, name)
        return _id(written) if written else None

    def _spec(self, record_id: str) -> ObjectSpec:
        spec = self._database.schema.of_id(record_id)
        if spec is None:
            raise invalid_cross_reference()
        return spec


def child_text(parent: Element, name: str) -> str:
    """Give the text of a child element, whatever its prefix."""
    for child in parent:
        if str(child.tag).rpartition("}")[2] == name:
            return (child.text or "").strip()
    return ""


def _children(parent: Element, name: str) -> Sequence[Element]:
    found = [child for child in parent if str(child.tag).rpartition("}")[2] == name]
    if len(found) > _MOST_ROWS:
        raise ApiError("EXCEEDED_ID_LIMIT", f"cannot submit more than {_MOST_ROWS} rows")
    return found


def _id(written: str) -> str:
    record_id = to_18(written.strip())
    if record_id is None:
        raise ApiError("MALFORMED_ID", f"malformed id {written}", fields=())
    return record_id


def _element(name: str, value: object) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    return f"<{name}>{escape(str(value))}</{name}>"
