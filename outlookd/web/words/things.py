"""What things are called that more than one page names: once, so that they are called the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outlookd.web.words.languages import Catalogue

__all__ = ["THINGS", "ThingWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingWords:
    """`sync`, `status`, `mapping`, `plan`, `history` and `conflicts` are pages; `kinds` go by what is synchronised.

    `page` is one of several of a long table; `microsoft` is the button that leads there.
    """

    sync: str
    status: str
    mapping: str
    plan: str
    history: str
    conflicts: str
    page: str
    previous: str
    following: str
    kinds: Mapping[str, str]
    folder: str
    last_success: str
    next_run: str
    set_aside: str
    microsoft: str


THINGS = Catalogue(
    english=ThingWords(
        sync="Synchronization",
        status="Status",
        mapping="Field mapping",
        plan="What would change",
        history="History",
        conflicts="Changed on both sides",
        page="Page {page} of {pages}",
        previous="Previous",
        following="Next",
        kinds={"contacts": "Contacts", "events": "Calendar"},
        folder="Outlook folder",
        last_success="Last success",
        next_run="Next run",
        set_aside="Set aside",
        microsoft="Sign in with Microsoft",
    ),
    french=ThingWords(
        sync="Synchronisation",
        status="État",
        mapping="Correspondance des champs",
        plan="Ce qui changerait",
        history="Historique",
        conflicts="Modifié des deux côtés",
        page="Page {page} sur {pages}",
        previous="Précédente",
        following="Suivante",
        kinds={"contacts": "Contacts", "events": "Agenda"},
        folder="Dossier Outlook",
        last_success="Dernier succès",
        next_run="Prochain passage",
        set_aside="Mis de côté",
        microsoft="Se connecter avec Microsoft",
    ),
)
