"""What a fresh org comes with: stages, lead statuses and, if it has several, currencies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sandbox.salesforce.database import Database
from sandbox.salesforce.model import PicklistValue, Row
from sandbox.salesforce.stamps import audit_values

__all__ = ["NATURAL_KEYS", "OrgDefaults"]

NATURAL_KEYS = {
    "OpportunityStage": "ApiName",
    "LeadStatus": "ApiName",
    "CurrencyType": "IsoCode",
    "User": "Username",
}
"""Objects of which a seed line without an id means the row that has the same value here."""

_STAGES: tuple[tuple[str, float, str, str], ...] = (
    ("Prospecting", 10, "Pipeline", "Pipeline"),
    ("Qualification", 10, "Pipeline", "Pipeline"),
    ("Needs Analysis", 20, "Pipeline", "Pipeline"),
    ("Value Proposition", 50, "Pipeline", "Pipeline"),
    ("Id. Decision Makers", 60, "Pipeline", "Pipeline"),
    ("Perception Analysis", 70, "Pipeline", "Pipeline"),
    ("Proposal/Price Quote", 75, "Pipeline", "Pipeline"),
    ("Negotiation/Review", 90, "Pipeline", "Pipeline"),
    ("Closed Won", 100, "Closed", "Closed"),
    ("Closed Lost", 0, "Omitted", "Omitted"),
)
_LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)


class OrgDefaults:
    """Fills a fresh org, and keeps picklists equal to the rows that hold their values."""

    def __init__(self, database: Database, user_id: str) -> None:
        """Write as `user_id`."""
        self._database = database
        self._user_id = user_id

    def fill(self) -> None:
        """Add the rows a fresh org has."""
        for place, (name, odds, category, category_name) in enumerate(_STAGES, start=1):
            self._add(
                "OpportunityStage",
                {
                    "MasterLabel": name,
                    "ApiName": name,
                    "IsActive": True,
                    "SortOrder": place,
                    "IsClosed": name.startswith("Closed"),
                    "IsWon": name == "Closed Won",
                    "ForecastCategory": category,
                    "ForecastCategoryName": category_name,
                    "DefaultProbability": odds,
                },
            )
        for place, name in enumerate(_LEAD_STATUSES, start=1):
            self._add(
                "LeadStatus",
                {
                    "MasterLabel": name,
                    "ApiName": name,
                    "SortOrder": place,
                    "IsDefault": place == 1,
                    "IsConverted": name == "Closed - Converted",
                },
            )
        self._follow_stages()
        self._follow_statuses()
        self._database.watch("OpportunityStage", self._follow_stages)
        self._database.watch("LeadStatus", self._follow_statuses)

    def _add(self, sobject: str, values: Row) -> None:
        spec = self._database.table(sobject).spec
        record_id = self._database.mint.next_id(spec.prefix)
        audit = audit_values(spec, self._database.now, self._user_id)
        row: Row = {"Id": record_id, **values, **audit}
        self._database.put(spec, record_id, row)

    def _follow_stages(self) -> None:
        values = tuple(_values(self._ordered("OpportunityStage")))
        self._relist("Opportunity", "StageName", values)
        self._relist("OpportunityHistory", "StageName", values)

    def _follow_statuses(self) -> None:
        rows = self._ordered("LeadStatus")
        default = next((str(row["ApiName"]) for row in rows if row.get("IsDefault")), None)
        self._relist("Lead", "Status", tuple(_values(rows)), default)

    def _ordered(self, sobject: str) -> list[Row]:
        rows = self._database.table(sobject).rows.values()
        return sorted(rows, key=lambda row: (int(row.get("SortOrder") or 0), str(row["Id"])))

    def _relist(
        self,
        sobject: str,
        field: str,
        values: tuple[PicklistValue, ...],
        default: str | None = None,
    ) -> None:
        spec = self._database.table(sobject).spec
        before = spec.known(field)
        if before is None or field in spec.added or field in spec.hidden:
            return
        self._database.add_field(spec, replace(before, values=values, default=default))


def _values(rows: list[Row]) -> Iterator[PicklistValue]:
    for row in rows:
        name = str(row.get("ApiName") or row.get("MasterLabel"))
        yield PicklistValue(
            value=name,
            label=str(row.get("MasterLabel") or name),
            active=row.get("IsActive") is not False,
        )
