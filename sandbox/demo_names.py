"""Made-up names for the demo's people and companies; every address is under a reserved domain."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CITIES", "COMPANY_NAMES", "FIRST_NAMES", "LAST_NAMES", "SELLERS", "TITLES", "City"]


@dataclass(frozen=True, slots=True)
class City:
    """Where somebody lives, with the ways the country is written."""

    name: str
    zip: str
    country: str
    code: str
    other_spelling: str
    dial: str
    numbers: tuple[str, str]
    """The start of a land line and of a mobile number, without the leading zero."""


CITIES = (
    City("Berlin", "10115", "Germany", "DE", "Deutschland", "49", ("30", "170")),
    City("München", "80331", "Germany", "DE", "germany", "49", ("89", "151")),
    City("Hamburg", "20095", "Germany", "DE", "DE", "49", ("40", "160")),
    City("Wien", "1010", "Austria", "AT", "Österreich", "43", ("1", "664")),
    City("Graz", "8010", "Austria", "AT", "AT", "43", ("316", "676")),
    City("Zürich", "8001", "Switzerland", "CH", "Schweiz", "41", ("44", "79")),
    City("Genève", "1204", "Switzerland", "CH", "Suisse", "41", ("22", "78")),
    City("London", "EC1A 1BB", "United Kingdom", "GB", "UK", "44", ("20", "7911")),
    City("Kraków", "30-001", "Poland", "PL", "Polska", "48", ("12", "601")),
    City("Málaga", "29001", "Spain", "ES", "España", "34", ("95", "612")),
)

FIRST_NAMES = (
    "Ada",
    "Aylin",
    "Åsa",
    "Ben",
    "Béatrice",
    "Chloé",
    "Dörte",
    "Emre",
    "Eşref",
    "Fiona",
    "Gül",
    "Hélène",
    "Ines",
    "Jürgen",
    "Kasia",
    "Łukasz",
    "Mai",
    "Nils",
    "Olga",
    "Paweł",
    "Quentin",
    "Rosa",
    "Søren",
    "Théo",
    "Ursula",
    "Václav",
    "Wiebke",
    "Xenia",
    "Yusuf",
    "Zoë",
)

LAST_NAMES = (
    "Achterberg",
    "Brøndum",
    "Castellví",
    "Dąbrowska",
    "Ekström",
    "Faßbender",
    "Guðmundsdóttir",
    "Hölzl",
    "Iwanow",
    "Järvinen",
    "Kılıç",
    "Łuczak",
    "Müller-Thurgau",
    "Núñez",
    "O'Rourke",
    "Pfefferkorn",
    "Quist",
    "Rößler",
    "Šimek",
    "Thibault",
    "Ueberschär",
    "van den Berg",
    "Wyss",
    "Xhaka",
    "Yıldız",
    "Żukowski",
)

COMPANY_NAMES = (
    "Abendrot Optik",
    "Birkenhain Logistik",
    "Chalet Alpin",
    "Donau Werkzeuge",
    "Elbkontor",
    "Feinblech Süd",
    "Gletscher Pumpen",
    "Hafenblick Medien",
    "Isarstahl",
    "Jura Präzision",
    "Kupferkessel",
    "Lindenhof Pharma",
    "Mühlbach Textil",
    "Nordwind Energie",
    "Ostsee Fähren",
    "Pilsner Antriebe",
    "Quellwasser",
    "Rheinbogen Chemie",
    "Silberdistel Software",
    "Taunus Messtechnik",
)

TITLES = (
    "Einkaufsleiterin",
    "Head of Marketing",
    "Geschäftsführer",
    "Sales Manager",
    "IT-Leiter",
    "Office Manager",
    "Chief Revenue Officer",
    "Data Analyst",
)

SELLERS = (("Anna", "Seller"), ("Ben", "Broker"), ("Clara", "Closer"), ("Dev", "Dealmaker"))
