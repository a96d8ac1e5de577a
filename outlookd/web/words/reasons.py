"""Every reason of a decision as a sentence in French and English.

Core and sync store their reasons as short English texts. These are the keys here; a test walks the source and misses none. A text
with a number or a name in it is a pattern. What is not among them (a plugin's reason, an error of GoPaaS or Microsoft) is shown as
it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from outlookd.web.words.fields import field_in
from outlookd.web.words.foreign import shown
from outlookd.web.words.kept import KEPT
from outlookd.web.words.languages import Language

__all__ = ["EVERY", "reason_in", "sentence_of"]

_BUT: Final = {Language.ENGLISH: "But: {rest}", Language.FRENCH: "Mais\u202f: {rest}"}

# Key: (English, French). French puts a narrow no-break space before ; : ! and ?
EVERY: Final[Mapping[str, tuple[str, str]]] = {
    # --- a known pair
    "changed in GOPAAS": ("It was changed in GoPaaS.", "Cela a été modifié dans GoPaaS."),
    "changed in OUTLOOK": ("It was changed in Outlook.", "Cela a été modifié dans Outlook."),
    "changed in GOPAAS and OUTLOOK": (
        "It was changed on both sides, in different fields.",
        "Cela a été modifié des deux côtés, dans des champs différents.",
    ),
    "changed in OUTLOOK and GOPAAS": (
        "It was changed on both sides, in different fields.",
        "Cela a été modifié des deux côtés, dans des champs différents.",
    ),
    "changed on both sides": (
        "The same thing was changed on both sides.",
        "La même chose a été modifiée des deux côtés.",
    ),
    "our marker was missing": (
        "outlookd marks what it keeps in step, and this had no mark yet.",
        "outlookd marque ce qu’il tient à jour, et ceci n’avait pas encore de marque.",
    ),
    "its column did not name the event": (
        "The record did not name its appointment in Outlook yet.",
        "La fiche ne nommait pas encore son rendez-vous dans Outlook.",
    ),
    "both halves are gone": ("It is gone from both sides.", "Il n’y en a plus trace d’aucun côté."),
    "neither side shows it": ("Neither side shows it any more.", "Plus aucun des deux côtés ne le montre."),
    "the row left the view": ("The record left the GoPaaS view.", "La fiche est sortie de la vue GoPaaS."),
    "the row was deleted in GoPaaS": ("The record was deleted in GoPaaS.", "La fiche a été supprimée dans GoPaaS."),
    "we did not make the contact": ("outlookd did not make this contact.", "Ce contact n’a pas été créé par outlookd."),
    "we did not make the event": ("outlookd did not make this appointment.", "Ce rendez-vous n’a pas été créé par outlookd."),
    "we did not stamp it": ("It does not carry outlookd’s mark.", "Il ne porte pas la marque d’outlookd."),
    "a person edited the contact": ("A person has edited the contact.", "Quelqu’un a modifié le contact."),
    "a person added a photo or a file": ("A person has added a photo or a file.", "Quelqu’un a ajouté une photo ou un fichier."),
    "somebody else organises it": ("Somebody else organizes it.", "C’est quelqu’un d’autre qui l’organise."),
    "other people would be told": (
        "Other people would get mail about it.",
        "D’autres personnes recevraient un courriel à ce sujet.",
    ),
    "it has begun": ("It has begun already.", "Il a déjà commencé."),
    "it is over": ("It is over.", "Il est passé."),
    "the view does not show the record that was made from Outlook": (
        "The GoPaaS view does not show the record that was made from Outlook.",
        "La vue GoPaaS ne montre pas la fiche créée depuis Outlook.",
    ),
    "what was changed in Outlook took the row out of the view": (
        "What was changed in Outlook took the record out of the GoPaaS view.",
        "Ce qui a été modifié dans Outlook a fait sortir la fiche de la vue GoPaaS.",
    ),
    "deleted in GoPaaS, but edited in Outlook where it was born": (
        "It was deleted in GoPaaS, but edited in Outlook, where it was made first.",
        "Il a été supprimé dans GoPaaS, mais modifié dans Outlook, où il est né.",
    ),
    "deleted in Outlook": ("It was deleted in Outlook.", "Il a été supprimé dans Outlook."),
    "deleted in Outlook; the folder mirrors the view": (
        "It was deleted in Outlook, but the folder shows what the GoPaaS view shows.",
        "Il a été supprimé dans Outlook, mais le dossier montre ce que montre la vue GoPaaS.",
    ),
    "deleted in Outlook, but edited in GoPaaS where it was born": (
        "It was deleted in Outlook, but edited in GoPaaS, where it was made first.",
        "Il a été supprimé dans Outlook, mais modifié dans GoPaaS, où il est né.",
    ),
    "gone from Outlook while the state was lost or put back: nobody knows why": (
        "It went from Outlook while outlookd’s memory was lost or put back, so that nobody knows who deleted it.",
        "Il a disparu d’Outlook pendant que la mémoire d’outlookd était perdue ou restaurée\u202f; nul ne sait qui l’a supprimé.",
    ),
    "cancelled by who organises it": ("Whoever organizes it has cancelled it.", "La personne qui l’organise l’a annulé."),
    "its folder was deleted": ("Its folder was deleted in Outlook.", "Son dossier a été supprimé dans Outlook."),
    "its folder was made again": ("Its folder was made again in Outlook.", "Son dossier a été recréé dans Outlook."),
    "the contact was moved out of our folder": (
        "The contact was moved to another folder.",
        "Le contact a été déplacé dans un autre dossier.",
    ),
    "the event is private": ("The appointment is private.", "Le rendez-vous est privé."),
    "the event is declined": ("The appointment was declined.", "Le rendez-vous a été décliné."),
    "the event is cancelled": ("The appointment was cancelled.", "Le rendez-vous a été annulé."),
    "the event is undated": ("The appointment has no date.", "Le rendez-vous n’a pas de date."),
    "the event is of another user": (
        "The appointment belongs to another user.",
        "Le rendez-vous appartient à un autre utilisateur.",
    ),
    "the event is not in this calendar any more": (
        "The appointment is not in this calendar any more.",
        "Le rendez-vous n’est plus dans ce calendrier.",
    ),
    "both sides show it again": ("Both sides show it again.", "Les deux côtés le montrent à nouveau."),
    "back in the view": ("The record is back in the GoPaaS view.", "La fiche est de retour dans la vue GoPaaS."),
    "back in the view; its contact was deleted in Outlook": (
        "The record is back in the GoPaaS view; its contact had been deleted in Outlook.",
        "La fiche est de retour dans la vue GoPaaS\u202f; son contact avait été supprimé dans Outlook.",
    ),
    "back in the view, but its contact is gone": (
        "The record is back in the GoPaaS view, but its contact is gone.",
        "La fiche est de retour dans la vue GoPaaS, mais son contact n’existe plus.",
    ),
    "its event is not to be copied": ("Its appointment is not to be copied.", "Son rendez-vous ne doit pas être copié."),
    "our copy of a colleague's meeting is gone": (
        "This mailbox’s copy of a colleague’s meeting is gone.",
        "La copie d’une réunion d’un collègue n’est plus dans cette boîte.",
    ),
    # --- no partner yet
    "new in GoPaaS": ("It is new in GoPaaS.", "C’est nouveau dans GoPaaS."),
    "new in Outlook": ("It is new in Outlook.", "C’est nouveau dans Outlook."),
    "a colleague keeps this meeting's record": (
        "A colleague’s mailbox keeps the record of this meeting.",
        "La fiche de cette réunion est tenue par la boîte d’un collègue.",
    ),
    "another mailbox keeps this meeting's record": (
        "Another mailbox keeps the record of this meeting.",
        "La fiche de cette réunion est tenue par une autre boîte.",
    ),
    "found again, but not to be copied": (
        "The two were found to belong together, but this is not to be copied.",
        "Les deux vont ensemble, mais ceci ne doit pas être copié.",
    ),
    "found again by our marker": (
        "outlookd’s mark says that the two belong together.",
        "La marque d’outlookd dit que les deux vont ensemble.",
    ),
    "found again by our marker; its row is not in the view": (
        "outlookd’s mark names a record that exists, but is not in the GoPaaS view.",
        "La marque d’outlookd nomme une fiche qui existe, mais n’est pas dans la vue GoPaaS.",
    ),
    "made from Outlook once; its row is not in the view": (
        "A record was made from this once; it exists, but is not in the GoPaaS view.",
        "Une fiche en a été créée un jour\u202f; elle existe, mais n’est pas dans la vue GoPaaS.",
    ),
    "already in the calendar with the same times and subject": (
        "It was already in the calendar, with the same times and subject.",
        "Il était déjà dans le calendrier, avec les mêmes heures et le même objet.",
    ),
    "already in the folder under the same e-mail and name": (
        "It was already in the folder, with the same e-mail address and name.",
        "Il était déjà dans le dossier, avec la même adresse et le même nom.",
    ),
    "came back into our folder": ("The contact was moved back into the folder.", "Le contact est revenu dans le dossier."),
    "came back, but not to be copied": (
        "It came back to Outlook, but is not to be copied.",
        "Il est revenu dans Outlook, mais ne doit pas être copié.",
    ),
    "its column names another user's event": (
        "The record names the appointment of another user.",
        "La fiche nomme le rendez-vous d’un autre utilisateur.",
    ),
    "it belongs to another user": ("It belongs to another user.", "Il appartient à un autre utilisateur."),
    "it has no date": ("It has no date.", "Il n’a pas de date."),
    "it is private": ("It is private.", "Il est privé."),
    "it is declined": ("It was declined.", "Il a été décliné."),
    "it is cancelled": ("It was cancelled.", "Il a été annulé."),
    "it lies outside the part of time that this job keeps in step": (
        "It takes place too long ago or too far ahead for this job.",
        "Il a lieu trop tôt ou trop tard pour cette tâche.",
    ),
    "it is over, and the past is not copied into Outlook": (
        "It is over, and what is over is not copied into Outlook.",
        "Il est passé, et ce qui est passé n’est pas copié dans Outlook.",
    ),
    # --- interruptions and choices
    "found done after an interruption": (
        "The answer was lost; looked at later, it turned out to be done.",
        "La réponse s’était perdue\u202f; vérification faite, c’était écrit.",
    ),
    "a person chose the value of GoPaaS": ("A person chose GoPaaS’s value.", "Quelqu’un a choisi la valeur de GoPaaS."),
    "a person chose the value of Outlook": ("A person chose Outlook’s value.", "Quelqu’un a choisi la valeur d’Outlook."),
    "changed on both sides, and a person is to decide": (
        "The same thing was changed on both sides. A person is to decide; until then both stay as they are.",
        "La même chose a été modifiée des deux côtés. À une personne de décider\u202f; d’ici là, rien ne bouge.",
    ),
    "it waited for a person, and both sides agree by now": (
        "It waited for a person to decide. By now both sides agree, or one of them was changed again.",
        "Une décision était attendue. Depuis, les deux côtés concordent, ou l’un d’eux a encore changé.",
    ),
    # --- how it stands now
    "both sides agree, so there is nothing to do": (
        "Both sides agree: there is nothing to do.",
        "Les deux côtés concordent\u202f: il n’y a rien à faire.",
    ),
    "nothing can be said about it yet, so nothing is done; the next run looks again": (
        "Nothing certain can be said of it yet, so nothing is done. The next run looks again.",
        "Rien de sûr ne peut en être dit, donc rien n’est fait. Le prochain passage regardera à nouveau.",
    ),
    "the pair is known and left alone, until it is shown again where this job looks": (
        "The two are known as one and left alone, until they are shown again where this job looks.",
        "Les deux sont connus et laissés tels quels, jusqu’à ce qu’ils réapparaissent là où cette tâche regarde.",
    ),
    "a person took back what was done; it rests until somebody edits what is left": (
        "A person took back what was done. It rests until somebody edits what is left.",
        "Quelqu’un a annulé ce qui était fait. Rien ne bouge tant que personne ne modifie ce qui reste.",
    ),
    "a person took back what was made in GoPaaS; edits reach it only where the view shows it, and undoing the undo restores it": (
        "A person took back what was made in GoPaaS. Edits reach it only where the view shows it; undoing the undo restores it.",
        "Quelqu’un a annulé cette création dans GoPaaS. Rien n’y parvient hors de la vue\u202f; annuler l’annulation la rétablit.",
    ),
    "the pair is forgotten; it would be made anew if it came back": (
        "It is forgotten, and would be made anew if it came back.",
        "Il est oublié, et serait recréé s’il revenait.",
    ),
    "all that is known of it lies outside the part of time that this job keeps in step": (
        "Both halves take place too long ago or too far ahead for this job: they are left alone.",
        "Les deux ont lieu trop tôt ou trop tard pour cette tâche\u202f: ils restent tels quels.",
    ),
    "it exists, but the view does not show it": (
        "It exists, but the GoPaaS view of this job does not show it.",
        "Il existe, mais la vue GoPaaS de cette tâche ne le montre pas.",
    ),
    "it exists, but not in the folder or calendar of this job": (
        "It exists, but not in the folder or calendar of this job.",
        "Il existe, mais pas dans le dossier ou le calendrier de cette tâche.",
    ),
    "it was not found": ("It was not found.", "Il n’a pas été trouvé."),
    "it could not be read": ("It could not be read just now.", "Il n’a pas pu être lu à l’instant."),
    "this job does not write to Outlook": ("This job does not write to Outlook.", "Cette tâche n’écrit pas dans Outlook."),
    "this job does not write to GoPaaS": ("This job does not write to GoPaaS.", "Cette tâche n’écrit pas dans GoPaaS."),
    "it has no partner, and nothing is to be made of it": (
        "It belongs to no record, and none is to be made of it: its series has enough, or it is a copy.",
        "Il ne correspond à aucune fiche et n’en donnera pas\u202f: sa série en a assez, ou c’est une copie.",
    ),
    "it carries the stamp of another record or installation, so nothing is made of it": (
        "It carries the mark of another record or installation, so nothing is made of it.",
        "Il porte la marque d’une autre fiche ou installation, donc rien n’en est fait.",
    ),
    "it was made from an event that is not there any more": (
        "It was made from an appointment that is not there any more.",
        "Il a été créé d’un rendez-vous qui n’existe plus.",
    ),
    "nothing new is made in GoPaaS while its listing may have missed a record": (
        "Nothing new is made in GoPaaS while its list may have missed a record.",
        "Rien de nouveau n’est créé dans GoPaaS tant que sa liste peut être incomplète.",
    ),
    # --- guards
    "these writes could send mail to other people; only `allow_mail = true` sends them": (
        "This could send mail to other people. Only the setting `allow_mail = true` allows that.",
        "D’autres personnes pourraient recevoir un courriel. Seul le réglage `allow_mail = true` le permet.",
    ),
    "the state was restored from a copy": ("The state was restored from a copy.", "L’état a été restauré d’une copie."),
    "the mailbox has seen more than the state remembers, which seems to come from an older copy": (
        "The mailbox has seen more than outlookd remembers: its state seems to come from an older copy.",
        "La boîte en a vu plus qu’outlookd ne se rappelle\u202f: son état semble venir d’une copie plus ancienne.",
    ),
    "nothing is remembered of this folder or calendar; it is being found again": (
        "Nothing is remembered of this folder or calendar. It is being found again.",
        "Plus rien n’est connu de ce dossier ou calendrier. Tout est en train d’être retrouvé.",
    ),
    "the state was lost, and is being found again": (
        "The state was lost, and is being found again.",
        "L’état a été perdu, et se retrouve peu à peu.",
    ),
    "this installation has taken the place of another one": (
        "This installation has taken the place of another one.",
        "Cette installation a pris la place d’une autre.",
    ),
    "the change was accepted and not kept": (
        "The change was accepted, and not kept.",
        "Le changement a été accepté, mais pas gardé.",
    ),
    "the side did not answer, and did not do it": (
        "There was no answer, and it was not done.",
        "Il n’y a pas eu de réponse, et rien n’a été fait.",
    ),
    "Outlook could not say whether the event that its column names exists": (
        "Outlook could not say whether the appointment that the record names exists.",
        "Outlook n’a pas pu dire si le rendez-vous que nomme la fiche existe.",
    ),
}

_PATTERNS: Final[tuple[tuple[re.Pattern[str], str, str], ...]] = tuple(
    (re.compile(pattern), english, french)
    for pattern, english, french in (
        (
            r"(?P<n>\d+) field groups were changed on both sides and wait for a person to decide \(`outlookd conflicts`\)",
            "The same thing was changed on both sides, and a person is to decide (`outlookd conflicts`).",
            "La même chose a été modifiée des deux côtés\u202f; à une personne de décider (`outlookd conflicts`).",
        ),
        (
            r"(?P<n>\d+) appointments look alike and could belong together in more than one way; remove or change the copies",
            "{n} appointments look alike, and nobody guesses which belong together. Remove or change the copies.",
            "{n} rendez-vous se ressemblent, et rien ne dit lesquels vont ensemble. Supprimez ou modifiez les copies.",
        ),
        (
            r"(?P<n>\d+) deletions at once, more than the (?P<m>\d+) that are allowed",
            "{n} deletions at once are more than the {m} that are allowed without a person’s approval.",
            "{n} suppressions à la fois, c’est plus que les {m} permises sans l’approbation d’une personne.",
        ),
        (
            r"(?P<n>\d+) new records at once, more than the (?P<m>\d+) that are allowed",
            "{n} new records at once are more than the {m} that are allowed without a person’s approval.",
            "{n} nouvelles fiches à la fois, c’est plus que les {m} permises sans l’approbation d’une personne.",
        ),
        (
            r"(?P<name>.+) would change in more than (?P<n>\d+) % of the records at once",
            "{name} would change in more than {n} % of the records at once; a person is to approve that.",
            "{name} changerait dans plus de {n} % des fiches à la fois\u202f; une personne doit l’approuver.",
        ),
        (
            r"the GoPaaS view shows (?:nothing|only \d+) of (?P<n>\d+) known records; nothing.* is deleted until this is approved",
            "The GoPaaS view suddenly misses many of {n} known records; nothing is deleted unless a person approves it.",
            "Beaucoup des {n} fiches connues manquent soudain dans la vue GoPaaS\u202f; rien n’est supprimé sans approbation.",
        ),
        (
            r"Outlook shows (?:nothing|only \d+) of (?P<n>\d+) known records; nothing.* is deleted until this is approved",
            "Outlook suddenly misses many of {n} known records; nothing is deleted unless a person approves it.",
            "Beaucoup des {n} éléments connus manquent soudain dans Outlook\u202f; rien n’est supprimé sans approbation.",
        ),
        (
            r"the GoPaaS view still misses (?P<n>\d+) records that vanished together; none of them is deleted until .*",
            "{n} records that vanished from the GoPaaS view together are still missing; none is deleted unless a person approves.",
            "{n} fiches disparues ensemble de la vue GoPaaS manquent toujours\u202f; aucune n’est supprimée sans approbation.",
        ),
        (
            r"Outlook still misses (?P<n>\d+) records that vanished together; none of them is deleted until .*",
            "{n} items that vanished from Outlook together are still missing; none is deleted unless a person approves.",
            "{n} éléments disparus ensemble d’Outlook manquent toujours\u202f; aucun n’est supprimé sans approbation.",
        ),
        (
            r"(?P<n>\d+) items in Outlook cannot be read just now; what is new on either side waits",
            "{n} items in Outlook cannot be read just now. What is new on either side waits until they can.",
            "{n} éléments d’Outlook ne peuvent pas être lus pour l’instant. Ce qui est nouveau d’un côté ou de l’autre attend.",
        ),
        (
            r"a listing was incomplete \((?P<why>.*)\); (?P<n>\d+) records that it does not show are left as they are",
            "A list was incomplete ({why}); what it does not show is left as it is.",
            "Une liste était incomplète ({why})\u202f; ce qu’elle ne montre pas reste tel quel.",
        ),
        (
            r"(?P<reason>.+); what is new, deletes or could send mail waits until both sides were read completely once",
            "{reason} What is new, deletes or could send mail waits until both sides were read completely once.",
            "{reason} Ce qui est nouveau, supprime ou pourrait envoyer un courriel attend une lecture complète des deux côtés.",
        ),
        (
            r"it could not be looked up: (?P<why>.*)",
            "How it stands now could not be looked up: {why}",
            "La situation actuelle n’a pas pu être lue\u202f: {why}",
        ),
        (
            r"loop suspected: (?P<name>.+) was written there and back again within an hour",
            "{name} was written there and back again within an hour: something else changes it back each time.",
            "{name} a été écrit dans un sens puis dans l’autre en moins d’une heure\u202f: quelque chose le remet à chaque fois.",
        ),
        (
            r"the handler failed \((?P<why>\w+)\)",
            "The plugin for this type failed ({why}); the log has the details.",
            "L’extension de ce type a échoué ({why})\u202f; le journal en dit plus.",
        ),
    )
)


def reason_in(text: str, language: Language) -> str | None:
    """The reason as a sentence; None when it is none of ours."""
    index = 0 if language is Language.ENGLISH else 1
    known = EVERY.get(text) or KEPT.get(text)
    if known:
        return known[index]
    for pattern, english, french in _PATTERNS:
        if match := pattern.fullmatch(text):
            values = {name: _value(name, value, language) for name, value in match.groupdict().items()}
            return (english, french)[index].format(**values)
    first, but, rest = text.partition(", but ")
    if but and (one := reason_in(first, language)) and (other := reason_in(rest, language)):
        return f"{one} {_BUT[language].format(rest=other[0].lower() + other[1:])}"
    return None


def _value(name: str, text: str, language: Language) -> str:
    """What stands in the place of that name: a number, a reason of its own, or a field as people call it."""
    match name:
        case "reason":
            return sentence_of(text, language)
        case "name":
            return field_in(text, language) or shown(text)
        case _:
            return shown(text)


def sentence_of(text: str, language: Language) -> str:
    """The reason as a sentence; one that is not ours as it is, in one line, and with a full stop where it ends without any."""
    sentence = reason_in(text, language) or shown(text)
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
