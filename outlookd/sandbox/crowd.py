"""Many more people for a test of load: each with an account, a mailbox, an API key, a few contacts, a view and a settings record.

Their Outlook is empty. An administrator has consented for all of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from outlookd.sandbox.access import ApiKey
from outlookd.sandbox.crm import ZONE
from outlookd.sandbox.invention import FIRST_NAMES, SURNAMES, invent_contacts
from outlookd.sandbox.schema import CROWD, SETTINGS_TABLE, crowd_view
from outlookd.sandbox.seed import CLIENT_ID, add_rows, contact_record
from outlookd.sandbox.views import Row
from outlookd.sandbox.world import World

DOMAIN = "equipe.ateliers-du-lac.test"
FIRST_VIEW = 20_001
"""The number of the first member's view; the others follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of the crowd. `view` is the key of the view with their contacts only, `number` the same view's number."""

    login: str
    upn: str
    view: str
    number: int


def add_crowd(world: World, users: int, *, contacts: int = 5, rng_seed: int = 20260505) -> tuple[Member, ...]:
    """Add `users` people to a seeded world, each with `contacts` contacts. Raises LookupError when the registration is gone.

    Their contacts are in no view of the others. A second call would meet the first one's people.
    """
    client = world.directory.client(CLIENT_ID)
    if client is None:
        raise LookupError("the seeded registration was removed")
    world.directory.consent_for_all(client)
    rng = Random(rng_seed)  # noqa: S311 (invented data, no secret)
    today = world.crm.now().astimezone(ZONE).date()
    members = tuple(_member(number) for number in range(1, users + 1))
    for member in members:
        first, last = rng.choice(FIRST_NAMES), rng.choice(SURNAMES)
        world.directory.add_user(member.upn, f"{first} {last}")
        world.access.keys[secrets.token_urlsafe(30)] = ApiKey(login=member.login)
        world.crm.table("utilisateur").add({"cle": member.login, "prenom": first, "nom": last, "email": member.upn})
        world.crm.add_view(crowd_view(member.number, member.view, member.login))
    add_rows(world.crm.table("contact"), _contacts(members, contacts, rng), today)
    records = (contact_record(member.login, client.secret, member.view) for member in members)
    add_rows(world.crm.table(SETTINGS_TABLE), records, today)
    return members


def _member(number: int) -> Member:
    login = f"u{number:04d}"
    return Member(login=login, upn=f"{login}@{DOMAIN}", view=f"contact.{login}", number=FIRST_VIEW - 1 + number)


def _contacts(members: tuple[Member, ...], each: int, rng: Random) -> Iterator[Row]:
    """Ordinary contacts: the odd ones at the beginning of every invention are the seed's business."""
    rows = list(invent_contacts(each * len(members), rng, odd=False))
    for position, row in enumerate(rows):
        yield row | {"utilisateur": members[position // each].login, "synchroniser": CROWD}
