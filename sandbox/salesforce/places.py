"""Countries: the text and the code of an address say the same."""

from __future__ import annotations

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.model import FieldSpec, ObjectSpec, Row

__all__ = ["compound_address", "pair_countries"]

_PARTS = (
    ("city", "City"),
    ("country", "Country"),
    ("countryCode", "CountryCode"),
    ("geocodeAccuracy", "GeocodeAccuracy"),
    ("latitude", "Latitude"),
    ("longitude", "Longitude"),
    ("postalCode", "PostalCode"),
    ("state", "State"),
    ("street", "Street"),
)
_CODE = "CountryCode"
_NO_COUNTRY = (
    "There's a problem with this country, even though it may appear correct. Please choose a "
    "country/territory from the list of valid countries.: "
)


def pair_countries(spec: ObjectSpec, row: Row, written: Row, *, checked: bool) -> None:
    """Complete a country's text from its code, or its code from its text, in `row`.

    A text that names no country is refused when `checked`, else it stands without a code.
    """
    for name in written:
        if name.endswith(_CODE):
            _follow_code(spec, row, name)
        elif name.endswith("Country") and written.get(f"{name}Code") is None:
            code = spec.fields.get(f"{name}Code")
            if code is not None:
                _follow_text(spec.fields[name], code, row, checked=checked)


def _follow_code(spec: ObjectSpec, row: Row, name: str) -> None:
    code = row.get(name)
    text = name.removesuffix("Code")
    if text not in spec.fields:
        return
    listed = spec.fields[name].values
    row[text] = next((one.label for one in listed if one.value == code), code)


def _follow_text(field: FieldSpec, code: FieldSpec, row: Row, *, checked: bool) -> None:
    text = row.get(field.name)
    if text is None:
        row[code.name] = None
        return
    for one in code.values:
        if text == one.label:
            row[code.name] = one.value
            return
    wanted = str(text).casefold()
    for one in code.values:
        if wanted in (one.label.casefold(), one.value.casefold()):
            row[field.name], row[code.name] = one.label, one.value
            return
    if checked:
        raise ApiError(
            "FIELD_INTEGRITY_EXCEPTION",
            f"{_NO_COUNTRY}{field.label}",
            fields=(field.name,),
        )
    row[code.name] = None


def compound_address(name: str, row: Row) -> dict[str, str | int | float | bool | None] | None:
    """Give an address in one piece, or None when all of it is empty."""
    lead = name.removesuffix("Address")
    parts = {key: row.get(f"{lead}{part}") for key, part in _PARTS}
    return parts if any(value is not None for value in parts.values()) else None
