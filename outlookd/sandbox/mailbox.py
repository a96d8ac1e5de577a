"""One person's mailbox, as the store keeps it: contact folders, contacts, what happened to them.

Usable without HTTP: the Graph layer calls it for an application, the page and the tests call it as the person at Outlook. Every
mutation moves change key and modification date and is recorded for delta. Refusals carry Exchange's codes (`refusal.py`).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from outlookd.sandbox.chronicle import Chronicle
from outlookd.sandbox.clock import Now, timestamp, utc_now
from outlookd.sandbox.contacts import blank, revised
from outlookd.sandbox.delta import ChangeLog, Event, Tracker
from outlookd.sandbox.extended import read_properties
from outlookd.sandbox.happenings import Kind, Watch, nobody_watches
from outlookd.sandbox.ids import Family, IdMint, well_formed
from outlookd.sandbox.refusal import Refusal, not_in_store
from outlookd.sandbox.switches import Switches

EXTENDED = "singleValueExtendedProperties"


@dataclass(slots=True, kw_only=True)
class Folder:
    """A contact folder. `extended` holds its extended properties by canonical id."""

    id: str
    name: str
    parent_id: str
    extended: dict[str, str] = field(default_factory=dict)
    changes: ChangeLog = field(default_factory=ChangeLog)


@dataclass(slots=True, kw_only=True)
class Contact:
    """A contact. `properties` are in the form they read back in, `extended` by canonical id, `photo` is a JPEG or nothing."""

    immutable_id: str
    classic_id: str
    folder_id: str
    created: datetime
    modified: datetime
    revision: int
    properties: dict[str, Any]
    extended: dict[str, str] = field(default_factory=dict)
    photo: bytes | None = None

    def id(self, family: Family) -> str:
        """The id that a caller of this family sees."""
        return self.immutable_id if family is Family.IMMUTABLE else self.classic_id

    @property
    def change_key(self) -> str:
        """Exchange's version of the item: another one after every touch, even one without any change of content."""
        return "EQAAABYAAAC" + b64encode(self.revision.to_bytes(21, "big")).decode()

    @property
    def etag(self) -> str:
        """The change key as an HTTP entity tag."""
        return f'W/"{self.change_key}"'


class Mailbox:
    """The store of one mailbox. `owner` seeds its ids; `contacts_name` is the default folder's translated name.

    `watch` is told of everything that happens to a contact.
    """

    def __init__(
        self,
        owner: str,
        *,
        switches: Switches | None = None,
        now: Now = utc_now,
        contacts_name: str = "Contacts",
        watch: Watch = nobody_watches,
    ) -> None:
        self.switches = switches or Switches()
        self._now = now
        self._mint = IdMint(owner)
        self.root_id = self._mint.folder()
        self.default_folder = Folder(id=self._mint.folder(), name=contacts_name, parent_id=self.root_id)
        self.deleted_items = Folder(id=self._mint.folder(), name="Deleted Items", parent_id=self.root_id)
        self._folders = {self.default_folder.id: self.default_folder, self.deleted_items.id: self.deleted_items}
        self._contacts: dict[str, Contact] = {}
        self._classic: dict[str, str] = {}
        self._members: dict[str, dict[str, Contact]] = {folder_id: {} for folder_id in self._folders}
        self._chronicle = Chronicle(
            owner, Kind.CONTACTS, default=self.default_folder.id, discarded=self.deleted_items.id, now=now, watch=watch
        )
        self.tracker = Tracker(self.switches, now)

    # --- folders -----------------------------------------------------------------------------------------------------------

    def folder(self, id: str) -> Folder:
        """The folder with this id. Raises Refusal ``ErrorItemNotFound`` or ``ErrorInvalidIdMalformed``."""
        self._check_shape(id)
        if id == self.deleted_items.id or id not in self._folders:
            raise not_in_store()
        return self._folders[id]

    def folders(self, parent_id: str | None = None) -> Sequence[Folder]:
        """The folders right below `parent_id`, which is the default folder if not given.

        The default folder itself is never in a list (Graph trap 18).
        """
        parent = parent_id or self.default_folder.id
        return [folder for folder in self._folders.values() if folder.parent_id == parent]

    def all_folders(self) -> Sequence[Folder]:
        """Every contact folder, the default one first, Deleted Items and what lies in it left out."""
        found = [self.default_folder]
        for folder in found:
            found.extend(self.folders(folder.id))
        return found

    def create_folder(
        self, name: str, parent_id: str | None = None, *, extended: Mapping[str, str] | None = None, twin: bool = False
    ) -> Folder:
        """A new folder below `parent_id` (the default folder if not given). Raises Refusal ``ErrorFolderExists``.

        `twin` lets it have the name of another: two applications that create at the same moment get that far.
        """
        parent = self.folder(parent_id) if parent_id else self.default_folder
        if not twin:
            self._check_name(name, parent.id)
        folder = Folder(id=self._mint.folder(), name=name, parent_id=parent.id, extended=dict(extended or {}))
        self._folders[folder.id] = folder
        self._members[folder.id] = {}
        return folder

    def rename_folder(self, id: str, name: str) -> Folder:
        """Give the folder another name. Raises Refusal ``ErrorFolderExists``."""
        folder = self.folder(id)
        if name != folder.name:
            self._check_name(name, folder.parent_id, but=folder.id)
            folder.name = name
        return folder

    def delete_folder(self, id: str) -> None:
        """Delete the folder with everything in it. With `deleted_still_readable` it lives on below Deleted Items."""
        folder = self.folder(id)
        if folder is self.default_folder:
            raise Refusal("ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
        if self.switches.deleted_still_readable:
            folder.parent_id = self.deleted_items.id
            return
        for child in self.folders(id):
            self.delete_folder(child.id)
        for contact in self._members.pop(id).values():
            del self._contacts[contact.immutable_id], self._classic[contact.classic_id]
        del self._folders[id]

    # --- contacts ----------------------------------------------------------------------------------------------------------

    def contact(self, id: str, *, deleted_too: bool = False) -> Contact:
        """The contact with this id of either family, whatever folder it is in. Raises Refusal ``ErrorItemNotFound``.

        `deleted_too` also looks into Deleted Items, as a person can.
        """
        self._check_shape(id)
        contact = self._contacts.get(self._classic.get(id, id))
        if contact is None:
            raise not_in_store()
        if contact.folder_id == self.deleted_items.id and not deleted_too and not self.switches.deleted_still_readable:
            raise not_in_store()
        return contact

    def contacts(self, folder_id: str | None = None) -> Sequence[Contact]:
        """The contacts of one folder (the default folder if not given), in the order of their arrival."""
        folder = self.folder(folder_id) if folder_id else self.default_folder
        return list(self._members[folder.id].values())

    def member(self, folder_id: str, immutable_id: str) -> Contact | None:
        """The contact if it is in this folder now."""
        return self._members[folder_id].get(immutable_id)

    def deleted_contacts(self) -> Sequence[Contact]:
        """What lies in Deleted Items."""
        return list(self._members[self.deleted_items.id].values())

    def create_contact(self, properties: Mapping[str, Any], *, folder_id: str | None = None) -> Contact:
        """A new contact from a Graph body, extended properties included. Raises Refusal for what Graph would not accept."""
        folder = self.folder(folder_id) if folder_id else self.default_folder
        content, extended = self._split(properties)
        instant = self._now()
        contact = Contact(
            immutable_id=self._mint.immutable(),
            classic_id=self._mint.classic(),
            folder_id=folder.id,
            created=instant,
            modified=instant,
            revision=0,
            properties=revised(blank(), content, self.switches),
            extended=extended,
        )
        self._arrive(contact, folder)
        return contact

    def update_contact(self, id: str, properties: Mapping[str, Any], *, if_match: str | None = None) -> Contact:
        """Change a contact by a Graph body. Raises Refusal ``ErrorIrresolvableConflict`` when `if_match` is not its etag."""
        contact = self.contact(id)
        self._check_etag(contact, if_match)
        content, extended = self._split(properties)
        contact.properties = revised(contact.properties, content, self.switches)
        contact.extended |= extended
        self._touch(contact, Event.CHANGED)
        return contact

    def delete_contact(self, id: str, *, if_match: str | None = None) -> None:
        """Move a contact to Deleted Items."""
        contact = self.contact(id)
        self._check_etag(contact, if_match)
        self._relocate(contact, self.deleted_items)

    def move_contact(self, id: str, folder_id: str) -> Contact:
        """Move a contact to another folder, out of Deleted Items too. Its classic id changes, its immutable id does not."""
        contact = self.contact(id, deleted_too=True)
        self._relocate(contact, self.folder(folder_id))
        return contact

    def copy_contact(self, id: str, folder_id: str | None = None) -> Contact:
        """A second contact with the same content. Extended properties are copied along, ours included (design rule 6)."""
        original = self.contact(id)
        folder = self.folder(folder_id or original.folder_id)
        instant = self._now()
        copy = Contact(
            immutable_id=self._mint.immutable(),
            classic_id=self._mint.classic(),
            folder_id=folder.id,
            created=instant,
            modified=instant,
            revision=0,
            properties=dict(original.properties),
            extended=dict(original.extended),
            photo=original.photo,
        )
        self._arrive(copy, folder)
        return copy

    def set_photo(self, id: str, photo: bytes | None) -> Contact:
        """Give a contact a picture, or take it away."""
        contact = self.contact(id)
        contact.photo = photo
        self._touch(contact, Event.CHANGED)
        return contact

    def churn(self, id: str | None = None) -> None:
        """What Exchange does by itself: touch a contact (or all of them) without changing anything in it (docs#14632)."""
        touched = [self.contact(id)] if id else [contact for folder in self.all_folders() for contact in self.contacts(folder.id)]
        for contact in touched:
            self._touch(contact, Event.CHANGED)

    def expire_delta(self) -> None:
        """Let every delta and skip token of this mailbox be forgotten by the server."""
        self.tracker.expire()

    def dump(self) -> dict[str, Any]:
        """Everything as plain data, by immutable ids: what tests from outside assert on."""
        return {
            "folders": [
                {"id": folder.id, "displayName": folder.name, "parentFolderId": folder.parent_id, "extended": dict(folder.extended)}
                for folder in self.all_folders()
            ],
            "contacts": [_dump(contact) for folder in self.all_folders() for contact in self.contacts(folder.id)],
            "deleted": [_dump(contact) for contact in self.deleted_contacts()],
        }

    # --- inside ------------------------------------------------------------------------------------------------------------

    def _split(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        content = {name: value for name, value in body.items() if name != EXTENDED}
        return content, read_properties(body[EXTENDED]) if EXTENDED in body else {}

    def _arrive(self, contact: Contact, folder: Folder) -> None:
        contact.folder_id = folder.id
        self._contacts[contact.immutable_id] = contact
        self._classic[contact.classic_id] = contact.immutable_id
        self._members[folder.id][contact.immutable_id] = contact
        self._touch(contact, Event.ADDED)

    def _relocate(self, contact: Contact, folder: Folder) -> None:
        if folder.id == contact.folder_id:
            return
        self._record(contact, Event.REMOVED)
        del self._members[contact.folder_id][contact.immutable_id]
        del self._classic[contact.classic_id]
        contact.classic_id = self._mint.classic()
        self._arrive(contact, folder)

    def _touch(self, contact: Contact, event: Event) -> None:
        self._record(contact, event)
        contact.modified = self._now()

    def _record(self, contact: Contact, event: Event) -> None:
        self._chronicle.record(contact, self._folders[contact.folder_id], event)

    def _check_name(self, name: str, parent_id: str, but: str = "") -> None:
        for folder in self._folders.values():
            if folder.parent_id == parent_id and folder.id != but and folder.name.casefold() == name.casefold():
                raise Refusal("ErrorFolderExists", "A folder with the specified name already exists.")

    @staticmethod
    def _check_shape(id: str) -> None:
        if not well_formed(id):
            raise Refusal("ErrorInvalidIdMalformed", "Id is malformed.")

    @staticmethod
    def _check_etag(contact: Contact, if_match: str | None) -> None:
        if if_match not in (None, "*", contact.etag):
            raise Refusal(
                "ErrorIrresolvableConflict",
                "The send or update operation could not be performed because the change key passed in the request does not match "
                "the current change key for the item.",
            )


def _dump(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.immutable_id,
        "parentFolderId": contact.folder_id,
        "etag": contact.etag,
        "createdDateTime": timestamp(contact.created),
        "lastModifiedDateTime": timestamp(contact.modified),
        "extended": dict(contact.extended),
        "photo": contact.photo is not None,
        **contact.properties,
    }
