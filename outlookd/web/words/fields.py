"""What people call fields, and groups of fields that are decided together, by the names that maps and reasons have for them.

The names of GoPaaS's own form are those of its mapping page (`words.mapping`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from outlookd.web.words.languages import Catalogue, Language
from outlookd.web.words.mapping import MAPPING

__all__ = ["FIELDS", "field_in"]

FIELDS: Catalogue[Mapping[str, str]] = Catalogue(
    english={
        "middleName": "Middle Name",
        "displayName": "Display Name",
        "title": "Title",
        "generation": "Name suffix",
        "initials": "Initials",
        "nickName": "Nickname",
        "department": "Department",
        "profession": "Profession",
        "officeLocation": "Office",
        "fileAs": "File as",
        "manager": "Manager",
        "assistantName": "Assistant",
        "businessHomePage": "Web page",
        "personalNotes": "Notes",
        "spouseName": "Spouse",
        "yomiGivenName": "Given Name (phonetic)",
        "yomiSurname": "Surname (phonetic)",
        "yomiCompanyName": "Company Name (phonetic)",
        "imAddresses": "Instant messaging",
        "children": "Children",
        "categories": "Categories",
        "emailAddresses": "Email addresses",
        "businessPhones": "Business phones",
        "homePhones": "Home phones",
        "homeAddress": "Home address",
        "businessAddress": "Business address",
        "otherAddress": "Other address",
        "state": "State or province",
        "countryOrRegion": "Country",
        "name": "Name",
        "company": "Company and job",
        "time": "Date and time",
        "location": "Place",
        "location.displayName": "Place",
        "showAs": "Show as",
        "sensitivity": "Sensitivity",
        "importance": "Importance",
        "reminder": "Reminder",
        "isReminderOn": "Reminder on",
        "reminderMinutesBeforeStart": "Reminder, minutes before",
        "attendees": "Guests",
        "organizer": "Organizer",
        "organizer.emailAddress.address": "Organizer",
        "onlineMeeting.joinUrl": "Link of the online meeting",
        "responseStatus.response": "Answer to the invitation",
        "webLink": "Link to Outlook",
        "iCalUId": "Meeting ID",
        "type": "Kind of appointment",
        "isAllDay": "All day",
        "isCancelled": "Cancelled",
        "createdDateTime": "Created",
        "lastModifiedDateTime": "Last changed",
        "changeKey": "Version",
        "parentFolderId": "Folder",
    },
    french={
        "middleName": "Deuxième prénom",
        "displayName": "Nom affiché",
        "title": "Civilité",
        "generation": "Suffixe du nom",
        "initials": "Initiales",
        "nickName": "Surnom",
        "department": "Service",
        "profession": "Métier",
        "officeLocation": "Bureau",
        "fileAs": "Classé sous",
        "manager": "Responsable",
        "assistantName": "Assistant",
        "businessHomePage": "Site web",
        "personalNotes": "Notes personnelles",
        "spouseName": "Conjoint",
        "yomiGivenName": "Prénom (phonétique)",
        "yomiSurname": "Nom (phonétique)",
        "yomiCompanyName": "Société (phonétique)",
        "imAddresses": "Messagerie instantanée",
        "children": "Enfants",
        "categories": "Catégories",
        "emailAddresses": "Adresses e-mail",
        "businessPhones": "Téléphones professionnels",
        "homePhones": "Téléphones privés",
        "homeAddress": "Adresse privée",
        "businessAddress": "Adresse professionnelle",
        "otherAddress": "Autre adresse",
        "state": "Région",
        "countryOrRegion": "Pays",
        "name": "Noms",
        "company": "Société et fonction",
        "time": "Date et heure",
        "location": "Lieu",
        "location.displayName": "Lieu",
        "showAs": "Disponibilité",
        "sensitivity": "Confidentialité",
        "importance": "Priorité",
        "reminder": "Rappel",
        "isReminderOn": "Rappel activé",
        "reminderMinutesBeforeStart": "Rappel, minutes avant",
        "attendees": "Invités",
        "organizer": "Organisateur",
        "organizer.emailAddress.address": "Organisateur",
        "onlineMeeting.joinUrl": "Lien de la réunion en ligne",
        "responseStatus.response": "Réponse à l’invitation",
        "webLink": "Lien vers Outlook",
        "iCalUId": "ID de la réunion",
        "type": "Genre de rendez-vous",
        "isAllDay": "Journée entière",
        "isCancelled": "Annulé",
        "createdDateTime": "Créé le",
        "lastModifiedDateTime": "Modifié le",
        "changeKey": "Numéro de version",
        "parentFolderId": "Dossier",
    },
)

_ADDRESSES: Final = frozenset({"homeAddress", "businessAddress", "otherAddress"})


def field_in(name: str, language: Language) -> str | None:
    """What people call a field, a group or one place of a list (``homePhones[0]``); None for a name that is none of ours."""
    words = {**FIELDS.of(language), **MAPPING.of(language).names}
    name = "bodyPreview" if name == "body" else name  # GoPaaS's form calls it so
    if name in words:
        return words[name]
    whole, dot, part = name.partition(".")
    if dot and whole in _ADDRESSES and part in words:
        return f"{words[whole]}, {words[part].lower()}"
    whole, bracket, place = name.removesuffix("]").partition("[")
    if bracket and whole in words and (not place or place.isdigit()):
        return f"{words[whole]} ({int(place) + 1})" if place else words[whole]
    return None
