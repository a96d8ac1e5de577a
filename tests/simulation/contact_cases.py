"""More acts of the people around contacts, which happen in histories with a theme only (`themes.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from outlookd.core.model import Side
from outlookd.sandbox.seed import FOLDER
from simulation.contact_people import ContactPeople, as_property, short
from simulation.themes import Theme

TAIL = " avec des mots qui disent la meme chose plus longuement que necessaire, jusqu'au bout"
"""What a text that is written at length ends with: longer than GoPaaS's columns are in some histories."""


class ContactCases(ContactPeople):
    """Everybody who has to do with one user's contacts, in any history."""

    @property
    def acts(self) -> list[tuple[int, Callable[[], str]]]:
        """What may happen, with how often in a history without a theme."""
        return [*super().acts, (0, self.touch_and_leave), (0, self.leave_old_contact)]

    def touch_and_leave(self) -> str:
        """Somebody puts something of theirs on a contact whose row is given up between the same two runs."""
        contacts = {self._whose(contact): contact for contact in self.contacts()}
        key = self._pick([key for key in self.rows() if self._thing(key) in contacts])
        if not key:
            return ""
        told = self._put_note(contacts[self._thing(key)])
        if self._rng.random() < 0.5:
            return f"{told}; {self._leave(key)}"
        self._ledger.remove(Side.GOPAAS, key, thing=self._thing(key))
        self._stage.world.crm.delete("contact", key)
        return f"{told}; {self._login} deletes contact {key} in the CRM"

    def leave_old_contact(self) -> str:
        """What the button in GoPaaS left behind before there was outlookd: a row's contact, without a stamp, in a folder of the right name."""
        rows = [key for key in self.rows() if self.table.rows[key]["email"] and not self._has_contact(key)]
        key = self._pick(rows)
        if not key:
            return ""
        body: dict[str, Any] = {}
        for name in ("prenom", "nom", "email"):
            body |= as_property({}, name, str(self.table.rows[key][name]))
        old = [folder for folder in self.mailbox.all_folders() if folder.name == FOLDER]
        folder = old[0] if old else self.mailbox.create_folder(FOLDER)
        contact = self.mailbox.create_contact(body, folder_id=folder.id)
        self._ledger.made(self._thing(key), Side.OUTLOOK, contact.immutable_id)
        self._ledger.find(self._thing(key))
        return f"the old button left {short(contact)} of contact {key}"

    @property
    def _theme(self) -> Theme:
        return self._stage.circumstances.theme

    def _has_contact(self, key: str) -> bool:
        return self._thing(key) in self._ledger.found

    def _value(self, name: str, thing: int) -> tuple[str, str]:
        value, token = super()._value(name, thing)
        return (value + TAIL, token) if self._theme.long_texts and name in {"fonction", "societe"} else (value, token)
