"""The org's list of countries: ISO codes with their names."""

from __future__ import annotations

import pycountry

from sandbox.salesforce.model import PicklistValue

__all__ = ["countries"]


def countries() -> tuple[PicklistValue, ...]:
    """Give every country, ordered by name: the code is the value, the name the label."""
    listed = [
        PicklistValue(value=country.alpha_2, label=country.name) for country in pycountry.countries
    ]
    return tuple(sorted(listed, key=lambda country: country.label))
