"""Opportunities follow their stage; of the people on one, one is primary."""

from __future__ import annotations

from typing import ClassVar

from sandbox.salesforce.behaviour.base import Behaviour
from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.errors import ApiError, bad_picklist_value
from sandbox.salesforce.model import Row, Value
from sandbox.salesforce.switches import SecondPrimary, UnknownStage

__all__ = ["ContactRoles", "Opportunities"]

_CATEGORY_OF_NAME = {"Best Case": "BestCase", "Commit": "Forecast", "Most Likely": "MostLikely"}
_SNAPSHOT = ("StageName", "Amount", "Probability", "CloseDate", "ForecastCategory")


class Opportunities(Behaviour):
    """Stage drives closed, won, probability and forecast; changes leave snapshots."""

    sobject: ClassVar[str] = "Opportunity"

    def complete(self, before: Row, row: Row, values: Row) -> None:
        """Derive what follows from the stage, the amount and the close date."""
        stage = self._stage(row.get("StageName"))
        if row.get("StageName") != before.get("StageName") or not before:
            self._follow_stage(stage, row, values)
            if before:
                row["LastStageChangeDate"] = self.database.now
        name = row.get("ForecastCategoryName")
        row["ForecastCategory"] = _CATEGORY_OF_NAME.get(str(name), name)
        row["IsClosed"] = bool(stage and stage.get("IsClosed"))
        row["IsWon"] = bool(stage and stage.get("IsWon"))
        row["ExpectedRevenue"] = _share(row.get("Amount"), row.get("Probability"))
        self._fiscal(row)

    def check(self, before: Row, row: Row, context: WriteContext) -> None:
        """Refuse a stage the org lacks, if the switch says so."""
        stage = row.get("StageName")
        if stage == before.get("StageName") or self._stage(stage) is not None:
            return
        if self.switches.unknown_stage is UnknownStage.REFUSE:
            raise bad_picklist_value("Stage", str(stage), "StageName")

    def saved(self, before: Row, row: Row, context: WriteContext) -> None:
        """Keep a snapshot of what changed, and make the first contact role."""
        if any(row.get(name) != before.get(name) for name in _SNAPSHOT):
            self._snapshot(before, row, context)
        contact = row.get("ContactId")
        if not before and contact is not None and self.switches.contact_id_makes_role:
            role = {"OpportunityId": row["Id"], "ContactId": contact, "IsPrimary": True}
            self._insert(self._spec("OpportunityContactRole"), role, context)

    def _stage(self, name: Value) -> Row | None:
        for row in self.database.table("OpportunityStage").rows.values():
            if row.get("ApiName") == name:
                return row
        return None

    def _follow_stage(self, stage: Row | None, row: Row, values: Row) -> None:
        if values.get("Probability") is None:
            row["Probability"] = None if stage is None else stage.get("DefaultProbability")
        if values.get("ForecastCategoryName") is None:
            given = None if stage is None else stage.get("ForecastCategoryName")
            row["ForecastCategoryName"] = given or "Pipeline"

    def _fiscal(self, row: Row) -> None:
        close = row.get("CloseDate")
        if isinstance(close, str):
            year, quarter = int(close[:4]), (int(close[5:7]) + 2) // 3
            row |= {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}

    def _snapshot(self, before: Row, row: Row, context: WriteContext) -> None:
        spec = self._spec("OpportunityHistory")
        values: Row = {name: row.get(name) for name in (*_SNAPSHOT, "ExpectedRevenue")}
        values |= {
            "OpportunityId": row["Id"],
            "PrevAmount": before.get("Amount"),
            "PrevCloseDate": before.get("CloseDate"),
        }
        made = self._insert(spec, values, context)
        if not before:
            return
        stored = self.database.table(self.sobject).rows[str(row["Id"])]
        changed: Row = {}
        for name in ("Amount", "CloseDate"):
            if row.get(name) != before.get(name):
                changed[f"Last{name}ChangedHistoryId"] = made
        if changed:
            self.database.put(self._spec(), str(row["Id"]), stored | changed)


class ContactRoles(Behaviour):
    """One role of an opportunity is primary."""

    sobject: ClassVar[str] = "OpportunityContactRole"

    def check(self, before: Row, row: Row, context: WriteContext) -> None:
        """Refuse a second primary role, if the switch says so."""
        refuses = self.switches.second_primary_role is SecondPrimary.REFUSE
        if refuses and row.get("IsPrimary") and self._others(row):
            raise ApiError(
                "FIELD_INTEGRITY_EXCEPTION",
                "Primary: the opportunity already has a primary contact",
                fields=("IsPrimary",),
            )

    def saved(self, before: Row, row: Row, context: WriteContext) -> None:
        """Let the newest primary role be the only one."""
        if row.get("IsPrimary"):
            for other in self._others(row):
                self._stamp(self._spec(), {**other, "IsPrimary": False}, context)

    def _others(self, row: Row) -> list[Row]:
        table = self.database.table(self.sobject)
        ids = table.holders("OpportunityId", row.get("OpportunityId"))
        rows = [table.rows[one] for one in ids if one != row.get("Id")]
        return [other for other in rows if other.get("IsPrimary")]


def _share(amount: Value, percent: Value) -> Value:
    if isinstance(amount, (int, float)) and isinstance(percent, (int, float)):
        return round(amount * percent / 100, 2)
    return None
