"""Countries by code or name, as ISO 3166 alpha-2 codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from mappings.transforms.reading import UnreadableError

__all__ = ["country_reader", "is_country_code"]

#: What people write that is neither a code nor the standard's English name.
_OTHER_NAMES = {
    "AE": ("UAE", "Emirates", "الإمارات العربية المتحدة", "U.A.E."),
    "AR": ("República Argentina",),
    "AT": ("Österreich", "Oesterreich"),
    "BA": ("Bosnia", "Bosna i Hercegovina"),
    "BE": ("België", "Belgique", "Belgien"),
    "BG": ("България",),
    "BN": ("Brunei",),
    "BO": ("Bolivia",),
    "BQ": ("Caribbean Netherlands",),
    "BR": ("Brasil",),
    "BY": ("Беларусь",),
    "CD": ("DR Congo", "Democratic Republic of the Congo", "Democratic Republic of Congo",
           "Congo Kinshasa"),
    "CG": ("Republic of the Congo", "Congo Brazzaville"),
    "CH": ("Schweiz", "Suisse", "Svizzera", "Svizra"),
    "CI": ("Ivory Coast", "Cote d'Ivoire"),
    "CN": ("PRC", "中国", "中國", "P.R. China", "Mainland China", "China PRC"),
    "CV": ("Cape Verde",),
    "CY": ("Κύπρος", "Kıbrıs"),
    "CZ": ("Czech Republic", "Česko", "Česká republika", "Czech Rep."),
    "DE": ("Deutschland", "Bundesrepublik Deutschland", "Federal Republic of Germany"),
    "DK": ("Danmark",),
    "DZ": ("الجزائر",),
    "EE": ("Eesti",),
    "EG": ("مصر",),
    "ES": ("España", "Espana"),
    "FI": ("Suomi",),
    "FK": ("Falkland Islands",),
    "FM": ("Micronesia",),
    "GB": ("UK", "U.K.", "Great Britain", "Britain", "England", "Scotland", "Wales",
           "Northern Ireland"),
    "GR": ("Ελλάδα", "Hellas"),
    "HK": ("Hong Kong SAR", "Hong Kong SAR China"),
    "HR": ("Hrvatska",),
    "HU": ("Magyarország",),
    "IE": ("Éire", "Republic of Ireland"),
    "IL": ("ישראל",),
    "IN": ("भारत", "Bharat"),
    "IR": ("Iran", "ایران"),
    "IS": ("Ísland",),
    "IT": ("Italia",),
    "JP": ("日本",),
    "KG": ("Kyrgyz Republic",),
    "KP": ("North Korea", "Korea North"),
    "KR": ("South Korea", "Republic of Korea", "대한민국", "한국", "Korea South"),
    "LA": ("Laos",),
    "LT": ("Lietuva",),
    "LU": ("Luxemburg", "Lëtzebuerg"),
    "LV": ("Latvija",),
    "LY": ("Libyan Arab Jamahiriya",),
    "MA": ("Maroc", "المغرب"),
    "MD": ("Moldova",),
    "ME": ("Crna Gora",),
    "MF": ("Saint Martin",),
    "MK": ("Macedonia", "Северна Македонија", "Macedonia former Yugoslav Republic of",
           "Macedonia FYROM", "FYROM"),
    "MM": ("Burma", "Myanmar Burma"),
    "MO": ("Macau",),
    "MX": ("México",),
    "NL": ("Nederland", "Holland", "The Netherlands", "Kingdom of the Netherlands"),
    "NO": ("Norge", "Noreg"),
    "PE": ("Perú",),
    "PL": ("Polska",),
    "PN": ("Pitcairn Islands",),
    "PS": ("Palestine", "Palestinian Territory", "Palestinian Territories"),
    "PT": ("Portugal",),
    "RO": ("România",),
    "RS": ("Srbija", "Србија"),
    "RU": ("Russia", "Россия"),
    "SA": ("KSA", "السعودية"),
    "SE": ("Sverige",),
    "SH": ("Saint Helena",),
    "SI": ("Slovenija",),
    "SK": ("Slovensko", "Slovak Republic"),
    "SX": ("Sint Maarten",),
    "SY": ("Syria",),
    "SZ": ("Swaziland",),
    "TF": ("French Southern and Antarctic Lands",),
    "TH": ("ประเทศไทย",),
    "TL": ("East Timor",),
    "TR": ("Turkey", "Türkiye", "Turkiye"),
    "TW": ("Taiwan", "台灣", "Chinese Taipei"),
    "TZ": ("Tanzania",),
    "UA": ("Україна",),
    "US": ("USA", "U.S.A.", "U.S.", "United States of America", "America", "Estados Unidos",
           "Vereinigte Staaten", "États-Unis"),
    "VA": ("Vatican", "Vatican City", "Vatican City State"),
    "VE": ("Venezuela",),
    "VI": ("U.S. Virgin Islands", "US Virgin Islands"),
    "VN": ("Vietnam", "Việt Nam"),
    "XK": ("Kosovo", "Kosova"),
}  # fmt: skip

#: What stands between the words of a name.
_SIGNS = re.compile(r"[\s,()'\u2019-]+")
#: No name is nearly as long; the rest of a longer text makes it no country's name.
_LONGEST = 200
_SHORT = {"st": "saint", "st.": "saint"}


def country_reader() -> Callable[[str], str]:
    """Make a reader of countries; it holds the table of names, so make it once.

    The table is made with the first country: a run that meets none does without.
    """
    table = cache(_codes)

    def read_country(text: str) -> str:
        """Give the alpha-2 code of a country's code or name."""
        try:
            return table()[_folded(text[:_LONGEST])]
        except KeyError as exc:
            raise UnreadableError(
                "a country's name or two-letter code, like DE, is expected"
            ) from exc

    return read_country


def is_country_code(text: str) -> bool:
    """Tell whether a text is an alpha-2 code; needs no table of names."""
    import pycountry

    return text in _OTHER_NAMES or (
        len(text) == 2 and text.isupper() and pycountry.countries.get(alpha_2=text) is not None
    )


def _codes() -> dict[str, str]:
    import pycountry

    codes: dict[str, str] = {}
    for country in pycountry.countries:
        code: str = country.alpha_2
        names: list[str | None] = [code, country.alpha_3, country.name]
        names += [getattr(country, key, None) for key in ("official_name", "common_name")]
        codes.update({_folded(name): code for name in names if name is not None})
    for code, others in _OTHER_NAMES.items():
        codes.update({_folded(name): code for name in (code, *others)})
    return codes


def _folded(name: str) -> str:
    """Give a name without what people write differently: case, accents, signs, `the`, `St.`.

    Points stay: `n.a.` is no country, and `na` is one.
    """
    bare = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.combining(sign)
    )
    words = _SIGNS.sub(" ", bare.replace("&", " and ")).split()
    return " ".join(_SHORT.get(word, word) for word in words if word != "the")
