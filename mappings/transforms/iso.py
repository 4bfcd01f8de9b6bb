"""What ISO 3166 and 4217 know: countries and their parts, and currencies, by their codes."""

from __future__ import annotations

__all__ = ["is_currency", "is_place"]


def is_currency(code: str) -> bool:
    """Tell whether three letters are a currency's, such as EUR."""
    import pycountry

    return pycountry.currencies.get(alpha_3=code) is not None


def is_place(code: str) -> bool:
    """Tell whether a code is a country's or that of a part of one, such as DE or DE-BE."""
    import pycountry

    # The package types only half of its tables.
    part = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    return part is not None or pycountry.countries.get(alpha_2=code) is not None
