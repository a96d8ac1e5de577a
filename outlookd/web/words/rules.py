"""The rules of synchronisation as sentences in French and English, by their number in the design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from outlookd.web.words.languages import Language

__all__ = ["rule_in"]

_RULES: Final[Mapping[str, tuple[str, str]]] = {
    "1": (
        "A field has changed when a side does not show any more what it showed at the last agreement.",
        "Un champ a changé quand un côté ne montre plus ce qu’il montrait au dernier accord.",
    ),
    "2": (
        "Only what a side certainly shows or lacks leads to a write.",
        "Seul ce qu’un côté montre ou n’a plus avec certitude mène à une écriture.",
    ),
    "3": (
        "A deletion needs two proofs; what only left the view or the folder is not deleted.",
        "Une suppression demande deux preuves\u202f; ce qui a seulement quitté la vue ou le dossier n’est pas supprimé.",
    ),
    "4": (
        "Fields that belong together are decided together; the value that is not kept is never lost.",
        "Les champs qui vont ensemble sont décidés ensemble\u202f; la valeur écartée n’est jamais perdue.",
    ),
    "5": (
        "When one side edits and the other deletes, the side where it was made first decides.",
        "Quand un côté modifie et que l’autre supprime, le côté d’origine décide.",
    ),
    "6": (
        "In Outlook, outlookd changes and deletes only what carries its mark.",
        "Dans Outlook, outlookd ne modifie et ne supprime que ce qui porte sa marque.",
    ),
    "7": (
        "Nothing that could send mail to other people is written, and nobody else’s meeting is changed.",
        "Rien de ce qui pourrait envoyer un courriel à d’autres n’est écrit, et la réunion d’autrui n’est pas modifiée.",
    ),
    "8": ("The text of an online meeting is never replaced.", "Le texte d’une réunion en ligne n’est jamais remplacé."),
    "9": (
        "A whole day is a date, and a time of day keeps its zone.",
        "Une journée entière est une date, et une heure garde son fuseau.",
    ),
    "10": (
        "GoPaaS knows no series: each occurrence is a record of its own.",
        "GoPaaS ne connaît pas les séries\u202f: chaque occurrence est une fiche.",
    ),
    "11": (
        "What is private, declined or cancelled is not copied.",
        "Ce qui est privé, décliné ou annulé n’est pas copié.",
    ),
    "12": (
        "GoPaaS cannot delete; what leaves the view or is deleted in Outlook is treated as this job’s settings say.",
        "GoPaaS ne supprime pas\u202f; ce qui quitte la vue ou est supprimé dans Outlook suit les réglages de la tâche.",
    ),
    "13": (
        "Each thing is made once, however often a run is interrupted and in however many mailboxes it stands.",
        "Chaque chose est créée une seule fois, malgré les interruptions et le nombre de boîtes où elle figure.",
    ),
    "14": (
        "What is there already is adopted: nothing is erased, and both values are kept where they differ.",
        "Ce qui existe déjà est repris\u202f: rien n’est effacé, et les deux valeurs sont gardées si elles diffèrent.",
    ),
    "15": (
        "Many changes or deletions at once wait for a person.",
        "Trop de changements ou de suppressions à la fois attendent une personne.",
    ),
    "16": (
        "A record that cannot be handled is set aside and tried again.",
        "Une fiche qui pose problème est mise de côté et réessayée.",
    ),
    "17": ("Text from elsewhere is taken for text only.", "Un texte venu d’ailleurs n’est que du texte."),
}


def rule_in(number: str, language: Language) -> str:
    """A rule of design section 5 by its number, as a sentence; empty for none."""
    return _RULES[number][0 if language is Language.ENGLISH else 1] if number in _RULES else ""
