"""Contacts over HTTP (Graph page, section 1.2): create, read, list, change, delete, photo.

A contact is found by its id alone, whatever folder the path names: what Exchange does with a wrong folder is not
documented, and a client that relies on a 404 there would take a moved contact for a deleted one.
"""

from __future__ import annotations

from typing import Any

from outlookd.sandbox.graph.call import Answer
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.odata import collection, read_query
from outlookd.sandbox.graph.routes import Route, Visit
from outlookd.sandbox.graph.views import CONTACT_PROPERTIES, contact_row, contact_view
from outlookd.sandbox.mailbox import Contact
from outlookd.sandbox.refusal import not_in_store


def list_contacts(visit: Visit) -> Answer:
    """The contacts of one folder, page by page. `/me/contacts` is the default folder only."""
    query, family = read_query(visit.call, CONTACT_PROPERTIES), visit.call.family
    body = collection(
        visit.call,
        query,
        visit.mailbox.contacts(visit.folder.id),
        context=visit.context("contacts"),
        row=contact_row,
        view=lambda contact: contact_view(contact, family, select=query.select, expand=query.expand),
    )
    return Answer(body=body)


def read_contact(visit: Visit) -> Answer:
    """One contact."""
    query = read_query(visit.call, CONTACT_PROPERTIES)
    view = contact_view(_contact(visit), visit.call.family, select=query.select, expand=query.expand)
    return Answer(body={"@odata.context": _context(visit), **view})


def create_contact(visit: Visit) -> Answer:
    """A new contact in the folder of the path. The answer does not show extended properties (Graph page, section 4.1)."""
    contact = visit.mailbox.create_contact(json_object(visit), folder_id=visit.folder.id)
    return _written(visit, contact, status=201)


def update_contact(visit: Visit) -> Answer:
    """A changed contact, whole."""
    contact = _contact(visit)
    visit.mailbox.update_contact(contact.immutable_id, json_object(visit), if_match=visit.call.headers.get("If-Match"))
    return _written(visit, contact, status=200)


def delete_contact(visit: Visit) -> Answer:
    """Move the contact to Deleted Items."""
    visit.mailbox.delete_contact(_contact(visit).immutable_id, if_match=visit.call.headers.get("If-Match"))
    return Answer(status=204)


def read_photo(visit: Visit) -> Answer:
    """What is known about the contact's picture."""
    _photo(visit)
    about = {"@odata.mediaContentType": "image/jpeg", "id": "240x240", "height": 240, "width": 240}
    return Answer(body={"@odata.context": f"{visit.call.root}/$metadata#{visit.context('photo')}/$entity", **about})


def read_photo_bytes(visit: Visit) -> Answer:
    """The picture itself."""
    return Answer(body=_photo(visit), headers={"Content-Type": "image/jpeg"})


def json_object(visit: Visit) -> dict[str, Any]:
    """The body of a write. Raises GraphError 400 unless it is an object."""
    if not isinstance(visit.call.body, dict):
        raise GraphError(400, "RequestBodyRead", "A JSON object was expected in the request body.")
    return visit.call.body


def _contact(visit: Visit) -> Contact:
    if "folder" in visit.ids:
        visit.mailbox.folder(visit.ids["folder"])
    return visit.mailbox.contact(visit.ids["contact"])


def _photo(visit: Visit) -> bytes:
    photo = _contact(visit).photo
    if photo is None:
        raise not_in_store()
    return photo


def _written(visit: Visit, contact: Contact, *, status: int) -> Answer:
    view = contact_view(contact, visit.call.family)
    return Answer(status=status, body={"@odata.context": _context(visit), **view}, headers={"ETag": contact.etag})


def _context(visit: Visit) -> str:
    return f"{visit.call.root}/$metadata#{visit.context('contacts')}/$entity"


ROUTES = tuple(
    Route(method=method, path=f"{folder}contacts{rest}", handle=handle)
    for folder in ("", "contactFolders/{folder}/")
    for method, rest, handle in (
        ("GET", "", list_contacts),
        ("POST", "", create_contact),
        ("GET", "/{contact}", read_contact),
        ("PATCH", "/{contact}", update_contact),
        ("DELETE", "/{contact}", delete_contact),
        ("GET", "/{contact}/photo", read_photo),
        ("GET", "/{contact}/photo/$value", read_photo_bytes),
    )
)
