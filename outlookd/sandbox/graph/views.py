"""How contacts and folders look on the wire, and how they look to filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outlookd.sandbox.clock import timestamp
from outlookd.sandbox.contacts import EMAIL_SLOTS, PROPERTIES
from outlookd.sandbox.ids import Family
from outlookd.sandbox.mailbox import EXTENDED, Contact, Folder

CONTACT_PROPERTIES = tuple(PROPERTIES)
FOLDER_PROPERTIES = ("id", "displayName", "parentFolderId")


def contact_view(
    contact: Contact, family: Family, *, select: tuple[str, ...] = (), expand: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """A contact as Graph shows it. Extended properties are there only when expanded, e-mail slots only when selected."""
    whole = {
        "id": contact.id(family),
        "createdDateTime": timestamp(contact.created),
        "lastModifiedDateTime": timestamp(contact.modified),
        "changeKey": contact.change_key,
        "categories": contact.properties["categories"],
        "parentFolderId": contact.folder_id,
        **contact.properties,
    }
    if select:
        whole |= dict(zip(EMAIL_SLOTS, [*contact.properties["emailAddresses"], None, None, None], strict=False))
        whole = {name: whole[name] for name in dict.fromkeys(("id", *select))}
    return {"@odata.etag": contact.etag, **whole, **expanded(contact.extended, expand)}


def contact_row(contact: Contact) -> dict[str, Any]:
    """A contact as filters see it."""
    times = {"createdDateTime": timestamp(contact.created), "lastModifiedDateTime": timestamp(contact.modified)}
    ids = {"id": contact.immutable_id, "parentFolderId": contact.folder_id, "changeKey": contact.change_key}
    return {**contact.properties, **times, **ids, EXTENDED: pairs(contact.extended)}


def folder_view(folder: Folder, *, select: tuple[str, ...] = (), expand: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A contact folder as Graph shows it."""
    whole = {"id": folder.id, "displayName": folder.name, "parentFolderId": folder.parent_id}
    chosen = {name: whole[name] for name in dict.fromkeys(("id", *select))} if select else whole
    return {**chosen, **expanded(folder.extended, expand)}


def folder_row(folder: Folder) -> dict[str, Any]:
    """A contact folder as filters see it."""
    return {**folder_view(folder), EXTENDED: pairs(folder.extended)}


def expanded(extended: Mapping[str, str], expand: frozenset[str]) -> dict[str, Any]:
    """The extended properties that were asked for, as a member of their item; no member if it has none of them."""
    shown = pairs({name: value for name, value in extended.items() if name in expand})
    return {EXTENDED: shown} if shown else {}


def pairs(extended: Mapping[str, str]) -> list[dict[str, str]]:
    """Extended properties as Graph writes them."""
    return [{"id": name, "value": value} for name, value in extended.items()]
