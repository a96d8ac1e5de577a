"""Why a record was set aside, as a sentence. What to do about it is said in `cures`."""

from __future__ import annotations

from collections.abc import Mapping

from outlookd.web.words.fields import field_in
from outlookd.web.words.foreign import shown
from outlookd.web.words.languages import Catalogue, Language
from outlookd.web.words.reasons import reason_in, sentence_of
from outlookd.web.words.speech import COLON

__all__ = ["CAUSES", "cause_of", "known_cause"]

CAUSES: Catalogue[Mapping[str, str]] = Catalogue(
    english={
        "this is not a date": "This is not a date.",
        "this date does not exist": "This date does not exist.",
        "this is not a time of day": "This is not a time of day.",
        "this time of day does not exist": "This time of day does not exist.",
        "an event needs a start date": "An appointment needs a start date.",
        "the end is before the start": "The end is before the start.",
        "there is an end time without a start time": "There is an end time, but no start time.",
        "this is neither yes nor no": "This is neither yes nor no.",
        "this is not a whole number of minutes": "This is not a whole number of minutes.",
        "a value begins with '$$', which GoPaaS would evaluate": "The value begins with $$, which GoPaaS would evaluate.",
        "this value has a shape that a contact cannot have": "Outlook’s contacts cannot hold this value.",
        "the row has no key": "The row has no key.",
        "Outlook lists this item and cannot show it; what may belong to it waits": "Outlook lists this item and cannot show it. "
        "What may belong to it waits. Open it in Outlook and save it anew, or remove it there.",
    },
    french={
        "this is not a date": "Ce n’est pas une date.",
        "this date does not exist": "Cette date n’existe pas.",
        "this is not a time of day": "Ce n’est pas une heure.",
        "this time of day does not exist": "Cette heure n’existe pas.",
        "an event needs a start date": "Un rendez-vous a besoin d’une date de début.",
        "the end is before the start": "La fin précède le début.",
        "there is an end time without a start time": "Il y a une heure de fin, mais pas d’heure de début.",
        "this is neither yes nor no": "Ce n’est ni oui ni non.",
        "this is not a whole number of minutes": "Ce n’est pas un nombre entier de minutes.",
        "a value begins with '$$', which GoPaaS would evaluate": "La valeur commence par $$, que GoPaaS évaluerait.",
        "this value has a shape that a contact cannot have": "Les contacts d’Outlook ne peuvent pas contenir cette valeur.",
        "the row has no key": "La ligne n’a pas de clé.",
        "Outlook lists this item and cannot show it; what may belong to it waits": "Outlook mentionne cet élément sans pouvoir le "
        "montrer. Ce qui peut lui correspondre attend. Ouvrez-le dans Outlook et enregistrez-le, ou supprimez-le.",
    },
)
"""By the English sentence of whoever found the record at fault. What core and sync say besides is among the reasons."""


def cause_of(reason: str, language: str) -> str:
    """Why a record was set aside, as a sentence, with the field at fault in front of it. A text that is not ours stays as it is."""
    tongue = Language(language)
    field, colon, message = reason.partition(": ")
    if not colon or " " in field:
        field, message = "", reason
    text = known_cause(message, tongue) or sentence_of(message, tongue)
    return f"{field_in(field, tongue) or shown(field)}{COLON[tongue]}{text}" if field else text


def known_cause(message: str, language: Language) -> str | None:
    """Why a record was set aside, without its field; None for a text that is not ours."""
    return CAUSES.of(language).get(message) or reason_in(message, language)
