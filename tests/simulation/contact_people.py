"""People and contacts, at the CRM and in Outlook: one method per act, each of which says in plain words what was done, or nothing.

They act on the sandbox directly, as `People` does, and tell the ledger. An act that finds nothing to act on does nothing: the same
history goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from outlookd.core.model import Side
from outlookd.sandbox.mailbox import Contact
from outlookd.sandbox.seed import FOLDER, UPNS
from simulation.ledger import CANARY, Ledger, Numbers, thing_of
from simulation.stage import Stage

HOSTILE = ("", "", "", "$$NULL ", "a|b ", "<b>gras</b> ", "\x07 ", "Été & hiver ", '"; DROP ', "$$[%nom%] ")
BIRTH = date(1931, 1, 1)


class ContactPeople:
    """Everybody who has to do with one user's contacts."""

    def __init__(self, stage: Stage, ledger: Ledger, numbers: Numbers, login: str, rng: Random) -> None:
        self._stage, self._ledger, self._numbers, self._login, self._rng = stage, ledger, numbers, login, rng

    @property
    def acts(self) -> list[tuple[int, Callable[[], str]]]:
        """What may happen, with how often."""
        return [
            (3, self.add_row), (9, self.edit_row), (3, self.delete_row), (3, self.leave_view), (3, self.return_to_view),
            (1, self.restore_row), (2, self.edit_twice), (1, self.edit_without_stamp), (1, self.stamp_without_edit),
            (7, self.edit_contact), (3, self.delete_contact), (2, self.note_on_contact), (2, self.copy_contact),
            (2, self.move_contact_out), (1, self.move_contact_back), (2, self.add_stranger), (1, self.add_photo),
            (1, self.rename_folder), (3, self.edit_both), (1, self.touch_all), (1, self.empty_cell), (1, self.mass_exit),
            (1, self.duplicate_folder),
        ]  # fmt: skip

    # --- who is there ----------------------------------------------------------------------------------------------------

    @property
    def table(self) -> Any:
        return self._stage.world.crm.table("contact")

    @property
    def mailbox(self) -> Any:
        return self._stage.world.directory.user(UPNS[self._login]).mailbox

    def rows(self) -> list[str]:
        """The keys of this user's rows that the view shows."""
        return [key for key, row in self.table.rows.items() if row["utilisateur"] == self._login and row["synchroniser"] == "oui"]

    def folder(self) -> str:
        """The id of our folder, whatever it is called; empty before there is one."""
        stamped = [folder.id for folder in self.mailbox.all_folders() if folder.extended]
        return stamped[0] if stamped else ""

    def contacts(self) -> list[Contact]:
        """What is in our folder."""
        return list(self.mailbox.contacts(self.folder())) if self.folder() else []

    def _pick(self, among: list[Any]) -> Any:
        return self._rng.choice(among) if among else None

    # --- at the CRM ------------------------------------------------------------------------------------------------------

    def add_row(self) -> str:
        """A new record, with something in most columns."""
        thing = self._numbers.thing()
        cells = {name: self._value(name, thing) for name in self._columns()}
        tokens = {name: token for name, (_, token) in cells.items()}
        row = {name: value for name, (value, _) in cells.items()} | {"utilisateur": self._login, "synchroniser": "oui"}
        key = self._stage.world.crm.create("contact", row, by=self._login)["cle"]
        self._ledger.made(thing, Side.GOPAAS, key)
        for name, token in tokens.items():
            self._ledger.write(Side.GOPAAS, key, name, token)
        return f"{self._login} enters contact {key} (thing {thing})"

    def _columns(self) -> list[str]:
        optional = ("email", "telephone", "fonction", "societe", "ville", "date_naissance")
        return ["prenom", "nom", *(name for name in optional if self._rng.random() < 0.7)]

    def edit_row(self) -> str:
        """One column of a record."""
        key = self._pick(self.rows())
        return self._edit(key, self._rng.choice(COLUMNS)) if key else ""

    def edit_twice(self) -> str:
        """The same column twice within a second."""
        key, name = self._pick(self.rows()), self._rng.choice(COLUMNS)
        return f"{self._edit(key, name)}; {self._edit(key, name)}" if key else ""

    def _edit(self, key: str, name: str) -> str:
        value, token = self._value(name, self._thing(key))
        self._stage.world.crm.edit("contact", key, {name: value}, by=self._login)
        self._ledger.write(Side.GOPAAS, key, name, token)
        return f"{self._login} writes {name} of contact {key} ({token})"

    def edit_without_stamp(self) -> str:
        """A program that writes without setting the modification's date (gopaas.md, "Shapes")."""
        key, name = self._pick(self.rows()), self._rng.choice(COLUMNS)
        if not key:
            return ""
        value, token = self._value(name, self._thing(key))
        self.table.rows[key][name] = value
        self._ledger.write(Side.GOPAAS, key, name, token)
        return f"a program writes {name} of contact {key} ({token}), and no modification date"

    def stamp_without_edit(self) -> str:
        """A modification date without a modification."""
        key = self._pick(self.rows())
        if key:
            self._stage.world.crm.edit("contact", key, {}, by=self._login)
        return f"contact {key} is saved unchanged" if key else ""

    def empty_cell(self) -> str:
        """A person clears a column: what stood there is superseded by nothing."""
        key, name = self._pick(self.rows()), self._rng.choice(("telephone", "fonction", "societe", "ville"))
        if not key:
            return ""
        self._stage.world.crm.edit("contact", key, {name: ""}, by=self._login)
        self._ledger.write(Side.GOPAAS, key, name, "")
        return f"{self._login} clears {name} of contact {key}"

    def delete_row(self) -> str:
        """Into the trash can."""
        key = self._pick(self.rows())
        if not key:
            return ""
        self._ledger.remove(Side.GOPAAS, key, thing=self._thing(key))
        self._stage.world.crm.delete("contact", key)
        return f"{self._login} deletes contact {key} in the CRM"

    def restore_row(self) -> str:
        """Out of it again."""
        key = self._pick([key for key, row in self.table.trash.items() if row["utilisateur"] == self._login])
        if not key:
            return ""
        others = [self._thing(row) for row in self.rows()]
        self._stage.world.crm.restore("contact", key)
        self._ledger.restore(key, self._thing(key), others)
        return f"{self._login} restores contact {key} from the trash can"

    def leave_view(self) -> str:
        """The record no longer meets the view's condition."""
        key = self._pick(self.rows())
        return self._leave(key) if key else ""

    def _leave(self, key: str) -> str:
        self._stage.world.crm.edit("contact", key, {"synchroniser": "non"}, by=self._login)
        self._ledger.remove(Side.GOPAAS, key, "left", thing=self._thing(key))
        return f"contact {key} leaves the view"

    def mass_exit(self) -> str:
        """Somebody changes the view's condition: nearly everything leaves it."""
        keys = self.rows()[1:]
        return "the view shrinks: " + "; ".join(map(self._leave, keys)) if len(keys) >= 5 else ""

    def return_to_view(self) -> str:
        """It meets the condition again."""
        key = self._pick(
            [k for k, row in self.table.rows.items() if row["utilisateur"] == self._login and row["synchroniser"] == "non"]
        )
        if not key:
            return ""
        self._stage.world.crm.edit("contact", key, {"synchroniser": "oui"}, by=self._login)
        self._ledger.touched.add(key)
        return f"contact {key} returns to the view"

    # --- in Outlook ------------------------------------------------------------------------------------------------------

    def edit_contact(self) -> str:
        """One property of a contact in our folder."""
        contact = self._pick(self.contacts())
        return self._change(contact, self._rng.choice(COLUMNS)) if contact else ""

    def edit_both(self) -> str:
        """The same thing on both sides between two runs, half of the time the same field, within the same second."""
        contact = self._pick(self.contacts())
        keys = [key for key in self.rows() if contact and self._thing(key) == self._whose(contact)]
        if not keys:
            return ""
        here, there = self._rng.choice(COLUMNS), self._rng.choice(COLUMNS)
        there = here if self._rng.random() < 0.5 else there
        return f"{self._edit(keys[0], here)}; {self._change(contact, there)}"

    def _change(self, contact: Contact, name: str) -> str:
        value, token = self._value(name, self._whose(contact))
        self.mailbox.update_contact(contact.immutable_id, as_property(contact.properties, name, value))
        self._ledger.write(Side.OUTLOOK, contact.immutable_id, name, token)
        return f"{self._login} writes {name} of {short(contact)} in Outlook ({token})"

    def note_on_contact(self) -> str:
        """Something that no map covers: the contact is a person's from now on."""
        contact = self._pick(self.contacts())
        return self._put_note(contact) if contact else ""

    def _put_note(self, contact: Contact) -> str:
        token = self._numbers.word()
        self.mailbox.update_contact(contact.immutable_id, {"personalNotes": f"{CANARY} {token}"})
        self._ledger.write(Side.OUTLOOK, contact.immutable_id, "notes", token)
        return f"{self._login} puts a note on {short(contact)} ({token})"

    def add_photo(self) -> str:
        """Only a person puts one there."""
        contact = self._pick(self.contacts())
        if not contact:
            return ""
        self.mailbox.set_photo(contact.immutable_id, b"jpeg")
        self._ledger.touched.add(contact.immutable_id)
        return f"{self._login} gives {short(contact)} a photo"

    def delete_contact(self) -> str:
        """Into Deleted Items."""
        contact = self._pick(self.contacts())
        if not contact:
            return ""
        self.mailbox.delete_contact(contact.immutable_id)
        self._ledger.remove(Side.OUTLOOK, contact.immutable_id, thing=self._whose(contact))
        return f"{self._login} deletes {short(contact)} in Outlook"

    def copy_contact(self) -> str:
        """Ctrl-C, Ctrl-V: our stamp is copied along."""
        contact = self._pick(self.contacts())
        if not contact:
            return ""
        copy, thing = self.mailbox.copy_contact(contact.immutable_id), self._whose(contact)
        self._ledger.copies[thing] = self._ledger.copies.get(thing, 0) + 1
        self._ledger.made(thing, Side.OUTLOOK, copy.immutable_id)
        self._ledger.touched.add(copy.immutable_id)
        return f"{self._login} copies {short(contact)} to {short(copy)}"

    def move_contact_out(self) -> str:
        """Into the person's own contacts."""
        contact = self._pick(self.contacts())
        if not contact:
            return ""
        self.mailbox.move_contact(contact.immutable_id, self.mailbox.default_folder.id)
        self._ledger.remove(Side.OUTLOOK, contact.immutable_id, "moved", thing=self._whose(contact))
        return f"{self._login} moves {short(contact)} out of the folder"

    def move_contact_back(self) -> str:
        """And back."""
        away = [contact for contact in self.mailbox.contacts() if contact.extended]
        contact = self._pick(away) if self.folder() else None
        if not contact:
            return ""
        self.mailbox.move_contact(contact.immutable_id, self.folder())
        self._ledger.touched.add(contact.immutable_id)
        return f"{self._login} moves {short(contact)} back into the folder"

    def add_stranger(self) -> str:
        """Somebody's own contact in our folder."""
        if not self.folder():
            return ""
        thing = self._numbers.thing()
        cells = {name: self._value(name, thing) for name in ("prenom", "nom", "societe")}
        body: dict[str, Any] = {}
        for name, (value, _) in cells.items():
            body |= as_property({}, name, value)
        contact = self.mailbox.create_contact(body, folder_id=self.folder())
        self._ledger.made(thing, Side.OUTLOOK, contact.immutable_id)
        for name, (_, token) in cells.items():
            self._ledger.write(Side.OUTLOOK, contact.immutable_id, name, token)
        self._ledger.strangers.add(contact.immutable_id)
        return f"{self._login} adds {short(contact)} to the folder (thing {thing})"

    def rename_folder(self) -> str:
        """Our folder, by its owner."""
        if not self.folder():
            return ""
        name = f"{CANARY} {self._numbers.word()}"
        self.mailbox.rename_folder(self.folder(), name)
        return f"{self._login} renames the folder"

    def duplicate_folder(self) -> str:
        """Another folder of the name that ours should have, with somebody's contact in it."""
        if any(folder.name == FOLDER for folder in self.mailbox.all_folders()):
            return ""
        self.mailbox.create_folder(FOLDER)
        return f"{self._login} makes another folder called {FOLDER}"

    def touch_all(self) -> str:
        """Exchange touches everything without changing anything."""
        self.mailbox.churn()
        self._ledger.touched.update(
            contact.immutable_id for folder in self.mailbox.all_folders() for contact in self.mailbox.contacts(folder.id)
        )
        return "Exchange gives every contact a new change key"

    # --- values ----------------------------------------------------------------------------------------------------------

    def _thing(self, key: str) -> int:
        return self._ledger.things.get((Side.GOPAAS, key)) or thing_of(self.table.rows[key]["prenom"])

    def _whose(self, contact: Contact) -> int:
        known = self._ledger.things.get((Side.OUTLOOK, contact.immutable_id))
        return known or thing_of(contact.properties["givenName"])

    def _value(self, name: str, thing: int) -> tuple[str, str]:
        """A value for a column, and what to look for later."""
        match name:
            case "email":
                token = self._numbers.word()
                return f"{CANARY.lower()}.{token}@example.com", token
            case "telephone":
                digits = f"{self._numbers.number():08d}"
                return (
                    f"06 {digits[:2]} {digits[2:4]} {digits[4:6]} {digits[6:]}",
                    f"{digits[:2]} {digits[2:4]} {digits[4:6]} {digits[6:]}",
                )
            case "date_naissance":
                day = BIRTH + timedelta(days=self._numbers.number())
                return f"{day}", f"{day}"
            case "prenom":
                token = self._numbers.word()
                return f"{CANARY} b{thing}q {token}", token
            case _:
                token = self._numbers.word()
                return f"{self._rng.choice(HOSTILE)}{CANARY} {token}", token


COLUMNS = ("prenom", "nom", "email", "telephone", "fonction", "societe", "ville", "date_naissance")
_PROPERTY = {"prenom": "givenName", "nom": "surname", "telephone": "mobilePhone", "fonction": "jobTitle", "societe": "companyName"}


def as_property(before: Mapping[str, Any], name: str, value: str) -> dict[str, Any]:
    """A column's value as a person writes it in Outlook."""
    match name:
        case "email":
            return {"emailAddresses": [{"address": value, "name": value}, *before.get("emailAddresses", [])[1:]]}
        case "date_naissance":
            return {"birthday": f"{value}T11:59:00Z"}
        case "ville":
            return {"businessAddress": {**before.get("businessAddress", {}), "city": value}}
        case _:
            return {_PROPERTY[name]: value}


def shown_property(properties: Mapping[str, Any], name: str) -> str:
    """What a contact shows of a column."""
    match name:
        case "email":
            return " ".join(entry["address"] for entry in properties["emailAddresses"])
        case "date_naissance":
            return str(properties["birthday"] or "")[:10]
        case "ville":
            return str(properties["businessAddress"].get("city") or "")
        case _:
            return str(properties[_PROPERTY[name]] or "")


def short(contact: Contact) -> str:
    return f"contact …{contact.immutable_id[-8:]}"
