"""Invented people and appointments for the sandbox's CRM, the same ones for the same random numbers.

Nobody here exists: addresses lie in example.com and ``.test``, telephone numbers in the blocks that the French regulator keeps for
films and books (01 99 00, 02 61 91, 03 53 01, 04 65 71, 05 36 49, 06 39 98). The first rows are the odd ones that real CRMs have,
so that even a small sample shows them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from outlookd.sandbox.views import Row

FIRST_NAMES = (
    *("Adèle", "Agathe", "Amélie", "Antoine", "Baptiste", "Bérénice", "Camille", "Cédric", "Chloé", "Clément", "Damien", "Élodie"),
    *("Émile", "Fabien", "Florence", "François", "Gaëlle", "Gérard", "Hélène", "Hugo", "Inès", "Jérôme", "Joël", "Karine", "Léa"),
    *(
        "Loïc",
        "Ludivine",
        "Maël",
        "Manon",
        "Maxence",
        "Mélanie",
        "Nadia",
        "Noémie",
        "Océane",
        "Pascale",
        "Quentin",
        "Rémi",
        "Sabrina",
    ),
    *("Solène", "Théo", "Thérèse", "Valérie", "Xavier", "Yannick", "Zoé"),
)
SURNAMES = (
    *("Aubrac", "Barbelivien", "Boisjoli", "Castelnau", "Chantepie", "Courtemanche", "Delaplanche", "Desrosières", "Estienne"),
    *("Fontvieille", "Gardefort", "Grandclément", "Hautefeuille", "Isnardon", "Jolibois", "Kermadec", "Larivoire", "Lemoigne"),
    *("Maisonneuve", "Malbranche", "Montferrand", "Noirétable", "Orgeval", "Pastoureau", "Prévallon", "Quincampoix", "Rocheblave"),
    *("Sainte-Croix", "Taillefer", "Tournebise", "Valmorin", "Vertadier", "Villedieu", "Ypreval"),
)
COMPANIES: Mapping[str, str] = {
    "Ateliers du Lac": "ateliers-du-lac.test",
    "Bois & Charpente": "bois-charpente.test",
    "Cabinet Valmorin": "valmorin.example.com",
    "Éditions du Phare": "editions-phare.test",
    "Fournil Central": "fournil.example.com",
    "Hôtel des Tilleuls": "tilleuls.test",
    "Imprimerie Noire": "imprimerie-noire.test",
    "Logis Conseil": "logis.example.com",
}
JOBS = (
    "Acheteur",
    "Assistante de direction",
    "Chef de projet",
    "Comptable",
    "Directrice",
    "Gérant",
    "Ingénieure",
    "Responsable qualité",
)
STREETS = ("rue des Lilas", "avenue du Moulin", "impasse de l'Église", "place du Marché", "chemin des Vignes", "quai de l'Écluse")
TOWNS = (
    ("75011", "Paris"),
    ("69003", "Lyon"),
    ("31000", "Toulouse"),
    ("44000", "Nantes"),
    ("01000", "Bourg-en-Bresse"),
    ("20000", "Ajaccio"),
)
MOBILE = "06 39 98"
LANDLINES = ("01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49")

ODD_CONTACTS: tuple[Row, ...] = (
    {"prenom": "Zoé-Éléonore", "nom": "D'Hérouville de l'Estang", "rue": "3 bis, rue de l'Œuvre"},
    {"email": "accueil@ateliers-du-lac.test; compta@ateliers-du-lac.test"},
    {"date_naissance": "14/07/1980"},
    {"date_naissance": "1984-02-29", "telephone": "+33 6 39 98 00 04"},
    {"prenom": None, "telephone": "06.39.98.00.05"},
    {"fonction": "$$NULL"},
    {"societe": "<b>Bois</b> & Charpente <script>alert(1)</script>"},
    {"email": "", "date_naissance": "0000-00-00"},
    {"rue": None, "cp": None, "ville": "SAINT-ÉTIENNE", "telephone": "0639980009"},
    {"nom": "PASTOUREAU", "prenom": "jean-marc ", "fonction": ""},
    {"nom": "Villedieu", "prenom": "Alex", "email": "alex.pere@example.com"},
    {"nom": "Villedieu", "prenom": "Alex", "email": "alex.enfant@example.com"},
)
"""What real CRMs hold: accents and apostrophes, two addresses in one cell, a typed date, a leap day, missing values, an expression,
HTML, no date at all, capitals, stray blanks, and two people of one name. Each is laid over an ordinary contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    words: str
    note: str
    minutes: int


_SUBJECTS = (
    _Subject(words="Point hebdomadaire", note="", minutes=30),
    _Subject(words="Visite de l'atelier", note="Prévoir les chaussures de sécurité.", minutes=120),
    _Subject(words="Revue du devis n° 2 & avenant", note="Relire <le devis> avant.\nApporter deux exemplaires.", minutes=60),
    _Subject(words="Appel de suivi", note="Rappeler si absent", minutes=15),
)


def invent_contacts(count: int, rng: Random, *, odd: bool = True) -> Iterator[Row]:
    """`count` contacts as cells of the contact table, the odd ones first if any. E-mail addresses are all different."""
    for number in range(count):
        ordinary = _contact(number, rng)
        yield ordinary | ODD_CONTACTS[number] if odd and number < len(ODD_CONTACTS) else ordinary


def invent_appointments(count: int, rng: Random, *, today: date) -> Iterator[Row]:
    """`count` appointments as cells of the agenda table, from three weeks ago to six weeks ahead, in local time."""
    for _ in range(count):
        subject = rng.choice(_SUBJECTS)
        day = today + timedelta(days=rng.randint(-21, 42))
        start = rng.randint(8 * 4, 17 * 4) * 15
        end = start + subject.minutes
        yield {
            "intitule": subject.words,
            "note": subject.note,
            "date_debut": f"{day:%Y-%m-%d}",
            "heure_debut": f"{start // 60:02}:{start % 60:02}:00",
            "date_fin": f"{day:%Y-%m-%d}",
            "heure_fin": f"{end // 60:02}:{end % 60:02}:00",
        }


def _contact(number: int, rng: Random) -> Row:
    first, last = rng.choice(FIRST_NAMES), rng.choice(SURNAMES)
    company = rng.choice(tuple(COMPANIES))
    postal_code, town = rng.choice(TOWNS)
    tail = f"{number // 100 % 100:02} {number % 100:02}"
    return {
        "prenom": first,
        "nom": last,
        "email": f"{_plain(first)}.{_plain(last)}{number}@{COMPANIES[company]}",
        "telephone": f"{MOBILE} {tail}",
        "fixe": f"{rng.choice(LANDLINES)} {tail}",
        "date_naissance": f"{date(1950, 1, 1) + timedelta(days=rng.randrange(18_000)):%Y-%m-%d}",
        "societe": company,
        "fonction": rng.choice(JOBS),
        "rue": f"{rng.randint(1, 180)} {rng.choice(STREETS)}",
        "cp": postal_code,
        "ville": town,
    }


def _plain(name: str) -> str:
    """A name as it stands in an e-mail address: lower-case ASCII letters and hyphens."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in letters if letter.isalpha() or letter == "-")
