"""Countries by code or name, as ISO 3166 alpha-2 codes."""

from __future__ import annotations

from collections.abc import Callable

from mappings.transforms.reading import UnreadableError

__all__ = ["country_reader"]

#: What people write that is neither a code nor the standard's English name.
_OTHER_NAMES = {
    "AE": ("UAE", "Emirates", "الإمارات العربية المتحدة"),
    "AR": ("República Argentina",),
    "AT": ("Österreich", "Oesterreich"),
    "BA": ("Bosnia", "Bosna i Hercegovina"),
    "BE": ("België", "Belgique", "Belgien"),
    "BG": ("България",),
    "BO": ("Bolivia",),
    "BR": ("Brasil",),
    "BY": ("Беларусь",),
    "CD": ("DR Congo", "Democratic Republic of the Congo"),
    "CG": ("Republic of the Congo",),
    "CH": ("Schweiz", "Suisse", "Svizzera", "Svizra"),
    "CI": ("Ivory Coast", "Cote d'Ivoire"),
    "CN": ("PRC", "中国", "中國"),
    "CV": ("Cape Verde",),
    "CY": ("Κύπρος", "Kıbrıs"),
    "CZ": ("Czech Republic", "Česko", "Česká republika"),
    "DE": ("Deutschland", "Bundesrepublik Deutschland", "Federal Republic of Germany"),
    "DK": ("Danmark",),
    "DZ": ("الجزائر",),
    "EE": ("Eesti",),
    "EG": ("مصر",),
    "ES": ("España", "Espana"),
    "FI": ("Suomi",),
    "GB": ("UK", "U.K.", "Great Britain", "Britain", "England", "Scotland", "Wales",
           "Northern Ireland"),
    "GR": ("Ελλάδα", "Hellas"),
    "HR": ("Hrvatska",),
    "HU": ("Magyarország",),
    "IE": ("Éire", "Republic of Ireland"),
    "IL": ("ישראל",),
    "IN": ("भारत", "Bharat"),
    "IR": ("Iran", "ایران"),
    "IS": ("Ísland",),
    "IT": ("Italia",),
    "JP": ("日本",),
    "KP": ("North Korea",),
    "KR": ("South Korea", "Republic of Korea", "대한민국", "한국"),
    "LA": ("Laos",),
    "LT": ("Lietuva",),
    "LU": ("Luxemburg", "Lëtzebuerg"),
    "LV": ("Latvija",),
    "MA": ("Maroc", "المغرب"),
    "MD": ("Moldova",),
    "ME": ("Crna Gora",),
    "MK": ("Macedonia", "Северна Македонија"),
    "MX": ("México",),
    "NL": ("Nederland", "Holland", "The Netherlands"),
    "NO": ("Norge", "Noreg"),
    "PE": ("Perú",),
    "PL": ("Polska",),
    "PS": ("Palestine",),
    "PT": ("Portugal",),
    "RO": ("România",),
    "RS": ("Srbija", "Србија"),
    "RU": ("Russia", "Россия"),
    "SA": ("KSA", "السعودية"),
    "SE": ("Sverige",),
    "SI": ("Slovenija",),
    "SK": ("Slovensko",),
    "SY": ("Syria",),
    "SZ": ("Swaziland",),
    "TH": ("ประเทศไทย",),
    "TR": ("Turkey", "Türkiye", "Turkiye"),
    "TW": ("Taiwan", "台灣"),
    "TZ": ("Tanzania",),
    "UA": ("Україна",),
    "US": ("USA", "U.S.A.", "U.S.", "United States of America", "America",
           "Estados Unidos", "Vereinigte Staaten", "États-Unis"),
    "VA": ("Vatican", "Vatican City"),
    "VE": ("Venezuela",),
    "VN": ("Vietnam", "Việt Nam"),
    "XK": ("Kosovo", "Kosova"),
}  # fmt: skip


def country_reader() -> Callable[[str], str]:
    """Make a reader of countries; it holds the table of names, so make it once."""
    codes = _codes()

    def read_country(text: str) -> str:
        """Give the alpha-2 code of a country's code or name."""
        try:
            return codes[_folded(text)]
        except KeyError as exc:
            raise UnreadableError(
                "a country's name or two-letter code, like DE, is expected"
            ) from exc

    return read_country


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


def _folded(text: str) -> str:
    """Give a name without what people write differently: case, spaces, the apostrophe's form."""
    return " ".join(text.replace("\u2019", "'").casefold().split())
