"""The history a seed line brings along, written as the rows the platform would have kept."""

from __future__ import annotations

from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.model import FieldSpec, ObjectSpec, Row, Value
from sandbox.salesforce.rules import Rules
from sandbox.salesforce.stamps import audit_values
from sandbox.salesforce.trail import Trail, history_of
from sandbox.salesforce.values import stored_value
from sandbox.salesforce.wire import to_stamp
from sandbox.seeds import SeedRecord, parse_time

__all__ = ["SeedHistory"]

_SNAPSHOT = ("StageName", "Amount", "Probability", "CloseDate")

Entry = tuple[str, Value]


class SeedHistory:
    """Turns histories of seed lines into history records."""

    def __init__(self, database: Database, rules: Rules, trail: Trail, user_id: str) -> None:
        """Write as `user_id`."""
        self._database = database
        self._rules = rules
        self._trail = trail
        self._user_id = user_id

    def write(self, spec: ObjectSpec, record_id: str, seed: SeedRecord) -> None:
        """Write one record's history; a field that has one is tracked from now on."""
        row = self._database.table(spec.name).rows[record_id]
        timelines = {
            field.name: self._timeline(field, seed)
            for name in seed.history
            if (field := self._field(spec, name, seed)) is not None
        }
        if timelines and history_of(self._database, spec.name) is None:
            raise seed.error(f"{spec.name} has no field history")
        for name, entries in timelines.items():
            tracked = self._rules.tracked.get(spec.name, frozenset())
            self._rules.tracked[spec.name] = tracked | {name}
            self._changes(spec, row, spec.fields[name], entries)
        if spec.name == "Opportunity":
            self._snapshots(row, timelines)

    def _field(self, spec: ObjectSpec, name: str, seed: SeedRecord) -> FieldSpec | None:
        field = spec.known(name)
        if field is None:
            raise seed.error(f"{spec.name} has no field {name}; add it by a field line first")
        return field

    def _timeline(self, field: FieldSpec, seed: SeedRecord) -> list[Entry]:
        try:
            return sorted(
                (
                    to_stamp(parse_time(str(entry["timestamp"]))),
                    stored_value(field, entry["value"], trusted=True),
                )
                for entry in seed.history[field.name]
            )
        except ApiError as exc:
            raise seed.error(exc.message) from exc

    def _changes(self, spec: ObjectSpec, row: Row, field: FieldSpec, entries: list[Entry]) -> None:
        before: Value = None
        for place, (stamp, value) in enumerate(entries):
            # The first value is what the record was made with, and no change.
            if place and value != before:
                self._trail.add(spec, row, field, before, value, user_id=self._user_id, stamp=stamp)
            before = value

    def _snapshots(self, row: Row, timelines: dict[str, list[Entry]]) -> None:
        """Write what an opportunity was like each time one of the main four changed."""
        own = {name: entries for name, entries in timelines.items() if name in _SNAPSHOT}
        state: Row = {name: row.get(name) for name in _SNAPSHOT}
        for name, entries in own.items():
            state[name] = entries[0][1] if entries else state[name]
        moments = sorted({stamp for entries in own.values() for stamp, _ in entries})
        spec = self._database.table("OpportunityHistory").spec
        for stamp in moments or [str(row["CreatedDate"])]:
            for name, entries in own.items():
                past = [value for at, value in entries if at <= stamp]
                state[name] = past[-1] if past else state[name]
            values: Row = {**state, "OpportunityId": row["Id"]}
            stage = self._stage(state.get("StageName"))
            if stage is not None and "Probability" not in own and "StageName" in own:
                values["Probability"] = stage.get("DefaultProbability")
            values["ForecastCategory"] = None if stage is None else stage.get("ForecastCategory")
            record_id = self._database.mint.next_id(spec.prefix)
            kept = {name: value for name, value in values.items() if value is not None}
            audit = audit_values(spec, stamp, self._user_id)
            self._database.put(spec, record_id, {"Id": record_id, **kept, **audit})

    def _stage(self, name: Value) -> Row | None:
        rows = self._database.table("OpportunityStage").rows.values()
        return next((one for one in rows if one.get("ApiName") == name), None)
