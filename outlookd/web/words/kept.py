"""Why something stays as it is although a person asked for it otherwise: the reasons of an undo and of a choice, as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["KEPT"]

KEPT: Final[Mapping[str, tuple[str, str]]] = {
    "taken back by a person": ("A person took it back.", "Quelqu’un l’a annulé."),
    "edited after it was taken back": ("It was edited after it was taken back.", "Cela a été modifié après l’annulation."),
    "edited in GoPaaS after it was taken back": (
        "It was edited in GoPaaS after it was taken back.",
        "Cela a été modifié dans GoPaaS après l’annulation.",
    ),
    "a copy that nobody touched": ("It is a copy that nobody touched.", "C’est une copie que personne n’a touchée."),
    "a person edited it": ("A person has edited it.", "Quelqu’un l’a modifié."),
    "it was changed since": ("It was changed since.", "Cela a changé depuis."),
    "it shows other values": ("It shows other values by now.", "Il montre d’autres valeurs à présent."),
    "it was made again since": ("It was made again since.", "Il a été recréé depuis."),
    "it is back in Outlook already": ("It is back in Outlook already.", "Il est déjà revenu dans Outlook."),
    "it is not synchronised any more": ("It is not kept in step any more.", "Il n’est plus tenu à jour."),
    "it belongs to another record of GoPaaS": (
        "It belongs to another record of GoPaaS.",
        "Il correspond à une autre fiche de GoPaaS.",
    ),
    "it does not carry our stamp any more": (
        "It does not carry outlookd’s mark any more.",
        "Il ne porte plus la marque d’outlookd.",
    ),
    "it does not carry our stamp; a person may have made it": (
        "It does not carry outlookd’s mark; a person may have made it.",
        "Il ne porte pas la marque d’outlookd\u202f; une personne l’a peut-être créé.",
    ),
    "it holds more than is synchronised, such as notes": (
        "It holds more than is kept in step, such as notes.",
        "Il contient plus que ce qui est tenu à jour, des notes par exemple.",
    ),
    "it was one of a series, and cannot be made by itself": (
        "It was one of a series, and cannot be made by itself.",
        "Il faisait partie d’une série et ne peut pas être créé seul.",
    ),
    "its column names the event that belongs to it, and would be filled again": (
        "This column names the appointment that belongs to it, and would be filled again.",
        "Cette colonne nomme le rendez-vous correspondant, et serait remplie à nouveau.",
    ),
    "nobody is invited again": ("Nobody is invited again.", "Personne n’est invité à nouveau."),
    "the online meeting is not made again": ("The online meeting is not made again.", "La réunion en ligne n’est pas recréée."),
    "nobody remembers any more what it belongs to": (
        "Nobody remembers any more what it belongs to.",
        "Plus rien ne dit à quoi il correspond.",
    ),
    "what it held was forgotten with time": (
        "What it held was forgotten with time.",
        "Ce qu’il contenait a été oublié avec le temps.",
    ),
    "what it held before is not known": ("What it held before is not known.", "Ce qu’il contenait avant n’est pas connu."),
    "GoPaaS cannot delete, and on_outlook_delete names no column to set": (
        "GoPaaS cannot delete, and the setting `on_outlook_delete` names no column to set.",
        "GoPaaS ne supprime pas, et le réglage `on_outlook_delete` ne nomme aucune colonne à remplir.",
    ),
    "Outlook keeps it as it is": ("Outlook keeps it as it is.", "Outlook le garde tel quel."),
    "this job does not write to GoPaaS any more": (
        "This job does not write to GoPaaS any more.",
        "Cette tâche n’écrit plus dans GoPaaS.",
    ),
    "this job does not write to Outlook any more": (
        "This job does not write to Outlook any more.",
        "Cette tâche n’écrit plus dans Outlook.",
    ),
    "it was changed at this moment, or was refused; the log says more, and the undo can be repeated": (
        "It was changed at this moment, or refused. The log says more; the undo can be repeated.",
        "Cela a été modifié à l’instant, ou refusé. Le journal en dit plus\u202f; l’annulation peut être répétée.",
    ),
    "it was taken back before, and restored since: take back the undo that restored it": (
        "It was taken back before, and restored since. Take back the undo that restored it.",
        "Cela a été annulé, puis rétabli depuis. Annulez le passage qui l’a rétabli.",
    ),
    "the undo failed before this was done, and can be repeated": (
        "The undo failed before this was done. It can be repeated.",
        "L’annulation a échoué avant d’en arriver là\u202f; elle peut être répétée.",
    ),
    "it was changed since; look at it, and insist if it is to be replaced": (
        "It was changed since; look at it, and insist if it is to be replaced.",
        "Cela a changé depuis\u202f; regardez-le, et insistez s’il faut le remplacer.",
    ),
    "the map of this job has changed since": (
        "The field mapping of this job has changed since.",
        "La correspondance des champs de cette tâche a changé depuis.",
    ),
    "only Outlook decides this field": ("Only Outlook decides this field.", "Seul Outlook décide de ce champ."),
    "the text of an online meeting stays as it is": (
        "The text of an online meeting stays as it is.",
        "Le texte d’une réunion en ligne reste tel quel.",
    ),
    "the pair is not kept in step any more; `outlookd undo` can bring a deleted half back": (
        "The two are not kept in step any more; `outlookd undo` can bring back what was deleted.",
        "Les deux ne sont plus tenus à jour\u202f; `outlookd undo` peut ramener ce qui a été supprimé.",
    ),
    "it is not where this job looks any more": (
        "It is not where this job looks any more.",
        "Il n’est plus là où cette tâche regarde.",
    ),
    "it was changed at this very moment, or refused; nothing is lost, choose again": (
        "It was changed at this very moment, or refused. Nothing is lost; choose again.",
        "Cela a été modifié à l’instant même, ou refusé. Rien n’est perdu\u202f; choisissez à nouveau.",
    ),
    "nobody could say whether it arrived; the next run finds out": (
        "Nobody could say whether it arrived; the next run finds out.",
        "Impossible de savoir si c’est arrivé\u202f; le prochain passage le dira.",
    ),
}
