"""The small company that the sandbox starts with: two colleagues, a service account, contacts, appointments, settings records.

The same numbers give the same company; only passwords and keys are new each time. Everything goes into the world's state
directly, not through its API.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from random import Random
from types import MappingProxyType

from outlookd.sandbox.access import ApiClient, ApiKey
from outlookd.sandbox.crm import ZONE, Table
from outlookd.sandbox.diary_seed import diary_rows, fill_calendars
from outlookd.sandbox.invention import invent_appointments, invent_contacts
from outlookd.sandbox.schema import CONTACT_VIEW, SETTINGS_TABLE, TEAM_ACTION_VIEW, build_schema
from outlookd.sandbox.views import Row
from outlookd.sandbox.world import World

CLAIRE, PAUL, SERVICE_ACCOUNT = "claire", "paul", "outlookd"
"""Logins in the CRM, which are also the keys of their rows."""

UPNS: Mapping[str, str] = MappingProxyType({CLAIRE: "claire@ateliers-du-lac.test", PAUL: "paul@ateliers-du-lac.test"})
"""Who is who at Microsoft."""

CLIENT_ID = "3f6a1c52-8f0e-4b7d-9a55-6d1f0b7c2e90"
"""The registration of the daemon, in Entra and in the CRM."""

APPLICATION = ("Contacts.ReadWrite", "Calendars.ReadWrite", "User.Read.All")
"""What the registration wants to do without a person. It may once an administrator has consented."""

FOLDER = "GoPaaS"

CONTACT_MAP: Mapping[str, str] = MappingProxyType(
    {
        "givenName": "prenom",
        "surname": "nom",
        "emailAdresses": "email",
        "mobilePhone": "telephone",
        "birthday": "date_naissance",
        "jobTitle": "fonction",
        "companyName": "societe",
        "street": "rue",
        "postalCode": "cp",
        "city": "ville",
    }
)
"""All ten names that GoPaaS's form offers, spelt as it spells them (gopaas.md, "The Outlook settings record")."""

CALENDAR_MAP: Mapping[str, str] = MappingProxyType(
    {
        "id": "outlook_id",
        "subject": "intitule",
        "bodyPreview": "note",
        "startDate": "date_debut",
        "endDate": "date_fin",
        "startTime": "heure_debut",
        "endTime": "heure_fin",
    }
)

_OUTSIDE_THE_VIEW = 2
_OWN_CONTACTS = (
    {"givenName": "Odile", "surname": "Pastoureau", "mobilePhone": "06 39 98 99 01", "personalNotes": "Tante Odile"},
    {"givenName": "Garage", "surname": "du Canal", "businessPhones": ["01 99 00 99 02"]},
)


def seed(world: World, *, contacts: int = 32, events: int = 9, appointments: bool = False, rng_seed: int = 20260504) -> None:
    """Fill an empty world. The view of contacts to synchronise shows exactly `contacts` rows, and two more stay outside of it.

    `events` appointments in the CRM are claire's. Her Outlook holds two contacts of her own that are nobody else's business, and
    nothing in the calendar unless `appointments` fills both sides with a few of every kind (`diary_seed.py`).
    """
    rng = Random(rng_seed)  # noqa: S311 (invented data, no secret)
    today = world.crm.now().astimezone(ZONE).date()
    build_schema(world.crm)
    client_secret = _admit(world)
    _add_users(world)
    _add_contacts(world.crm.table("contact"), contacts, rng, today)
    add_rows(
        world.crm.table("action"), (row | {"utilisateur": CLAIRE} for row in invent_appointments(events, rng, today=today)), today
    )
    records = (write(login, client_secret) for login in (CLAIRE, PAUL) for write in (contact_record, calendar_record))
    add_rows(world.crm.table(SETTINGS_TABLE), records, today)
    if appointments:
        add_rows(world.crm.table("action"), (row | {"utilisateur": CLAIRE} for row in diary_rows(today)), today)
        fill_calendars(world.directory, owner=UPNS[CLAIRE], colleague=UPNS[PAUL], today=today)


def _admit(world: World) -> str:
    """Register the daemon on both sides and give everybody in the CRM an API key. Returns the client's secret at Entra."""
    secret = secrets.token_urlsafe(30)
    world.directory.register_client(CLIENT_ID, secret=secret, application_wanted=APPLICATION, public_flows=True)
    world.access.clients[CLIENT_ID] = ApiClient(secret=secrets.token_urlsafe(30), login=SERVICE_ACCOUNT)
    for login in (CLAIRE, PAUL, SERVICE_ACCOUNT):
        world.access.keys[secrets.token_urlsafe(30)] = ApiKey(login=login)
    return secret


def _add_users(world: World) -> None:
    names = {CLAIRE: ("Claire", "Aubrac"), PAUL: ("Paul", "Villedieu"), SERVICE_ACCOUNT: (None, "Compte de service")}
    for login, (first, last) in names.items():
        world.crm.table("utilisateur").add({"cle": login, "prenom": first, "nom": last, "email": UPNS.get(login)})
        if login in UPNS:
            user = world.directory.add_user(UPNS[login], f"{first} {last}", admin=login == PAUL)
            for properties in _OWN_CONTACTS if login == CLAIRE else ():
                user.mailbox.create_contact(properties)


def _add_contacts(table: Table, count: int, rng: Random, today: date) -> None:
    rows = list(invent_contacts(count + _OUTSIDE_THE_VIEW, rng))
    for position, row in enumerate(rows):
        row["utilisateur"] = PAUL if position % 4 == 3 else CLAIRE
        row["synchroniser"] = "oui" if position < count else "non"
    add_rows(table, rows, today)


def add_rows(table: Table, rows: Iterable[Row], today: date) -> None:
    """Add rows as if they had been typed in, one a day at most, before yesterday."""
    for number, row in enumerate(rows):
        day = f"{today - timedelta(days=2 + number % 300):%Y-%m-%d}"
        stamps = {
            f"{name}_{word}": value
            for word in ("creation", "modification")
            for name, value in (("date", day), ("heure", "09:30:00"))
        }
        table.add(row | stamps | {"creation_par": CLAIRE, "modification_par": CLAIRE})


def contact_record(login: str, client_secret: str, view: str = CONTACT_VIEW) -> Row:
    """The settings record of a user's contacts, as an administrator adds it and as GoPaaS writes its map: without blanks."""
    return _record(login, client_secret, CONTACT_MAP) | {
        "type": "Contact",
        "id_libelle": FOLDER,
        "tablename": "contact",
        "vue": view,
    }


def calendar_record(login: str, client_secret: str) -> Row:
    """The settings record of a user's calendar. Its view shows everybody's: a record has no API key, so a service account reads."""
    return _record(login, client_secret, CALENDAR_MAP) | {
        "type": "Calendar",
        "user_calendar": "utilisateur",
        "tablename": "action",
        "vue": TEAM_ACTION_VIEW,
    }


def _record(login: str, client_secret: str, field_map: Mapping[str, str]) -> Row:
    text = json.dumps(dict(field_map), separators=(",", ":"), ensure_ascii=False)
    return {"utilisateur": login, "client_id": CLIENT_ID, "id_secret": client_secret, "map": text}
