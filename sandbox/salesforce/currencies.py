"""An org with several currencies: two objects more, and a currency on every record."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.catalog import currency_objects
from sandbox.salesforce.catalog.build import listed, picklist
from sandbox.salesforce.catalog.choices import CURRENCIES
from sandbox.salesforce.database import Database
from sandbox.salesforce.model import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.stamps import audit_values
from sandbox.salesforce.switches import Switches

__all__ = ["Currencies"]

_FIELD = "CurrencyIsoCode"
_CORPORATE = "USD"
_DATED = "DatedConversionRate"
_FOR_GOOD = "9999-12-31"


class Currencies:
    """Follows the switch that gives the org several currencies."""

    def __init__(self, database: Database, switches: Switches, user_id: str) -> None:
        """Follow the switch from now on."""
        self._database = database
        self._switches = switches
        self._user_id = user_id
        self.corporate = _CORPORATE
        switches.on_currencies(self._follow)
        database.follow(_DATED, self._line_up)

    @property
    def is_on(self) -> bool:
        """Say whether the org has several currencies."""
        return self._switches.multi_currency

    def use(self, corporate: str) -> None:
        """Turn several currencies on, with this one as the org's own."""
        if corporate not in CURRENCIES:
            raise ValueError(f"{corporate!r} is not one of {', '.join(CURRENCIES)}")
        self.corporate = corporate
        self._switches.multi_currency = True

    def cover(self, spec: ObjectSpec) -> None:
        """Give an object that came later its currency too."""
        if self._switches.multi_currency and spec.createable and spec.undeletable:
            self._database.add_field(spec, self._field())

    def _follow(self) -> None:
        with self._database.lock:
            if self._switches.multi_currency:
                self._turn_on()
            else:
                self._turn_off()

    def _turn_on(self) -> None:
        for spec in currency_objects():
            wanted = spec.name != _DATED or self._switches.dated_rates
            if wanted and not self._database.schema.has(spec.name):
                self._database.add_object(spec)
                self._database.watch(spec.name, self._relist)
            elif not wanted:
                self._database.drop_object(spec.name)
        table = self._database.table("CurrencyType")
        rows = list(table.rows.values())
        corporate = next((r for r in rows if r.get("IsoCode") == self.corporate), None)
        for row in rows:
            if row.get("IsCorporate") and row is not corporate:
                self._database.put(table.spec, str(row["Id"]), row | {"IsCorporate": False})
        if corporate is None:
            self._add_corporate(table.spec)
        elif not corporate.get("IsCorporate"):
            self._database.put(table.spec, str(corporate["Id"]), corporate | {"IsCorporate": True})
        for spec in list(self._database.schema):
            self.cover(spec)
            self._fill(spec)

    def _turn_off(self) -> None:
        for spec in list(self._database.schema):
            spec.remove(_FIELD)
        for spec in currency_objects():
            self._database.drop_object(spec.name)
        self._database.note_schema()

    def _add_corporate(self, spec: ObjectSpec) -> None:
        record_id = self._database.mint.next_id(spec.prefix)
        row: Row = {
            "Id": record_id,
            "IsoCode": self.corporate,
            "ConversionRate": 1.0,
            "DecimalPlaces": 2,
            "IsActive": True,
            "IsCorporate": True,
            **audit_values(spec, self._database.now, self._user_id),
        }
        self._database.put(spec, record_id, row)

    def _fill(self, spec: ObjectSpec) -> None:
        if _FIELD not in spec.fields:
            return
        for record_id, row in list(self._database.table(spec.name).rows.items()):
            if row.get(_FIELD) is None:
                self._database.put(spec, record_id, row | {_FIELD: self.corporate})

    def _field(self) -> FieldSpec:
        table = self._database.table("CurrencyType")
        active = [str(r["IsoCode"]) for r in table.rows.values() if r.get("IsActive") is not False]
        codes = listed(*(sorted(active) or [self.corporate]))
        field = picklist(_FIELD, "Currency ISO Code", (), length=3, restricted=True)
        return replace(field, values=codes, default=self.corporate, defaulted=True)

    def _line_up(self, before: Row | None, row: Row | None) -> None:
        """Let each dated rate of a currency end where the next one begins."""
        code = (row or before or {}).get("IsoCode")
        table = self._database.table(_DATED)
        rates = sorted(
            (one for one in table.rows.values() if one.get("IsoCode") == code),
            key=lambda one: str(one.get("StartDate")),
        )
        ends = [*(one.get("StartDate") for one in rates[1:]), _FOR_GOOD]
        for rate, end in zip(rates, ends, strict=True):
            if rate.get("NextStartDate") != end:
                # Tells this follower again, which looks at the rest.
                self._database.put(table.spec, str(rate["Id"]), rate | {"NextStartDate": end})
                return

    def _relist(self) -> None:
        if not self._switches.multi_currency:
            return
        for spec in self._database.schema:
            if _FIELD in spec.fields:
                self._database.add_field(spec, self._field())
