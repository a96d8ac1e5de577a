"""Contact folders over HTTP (Graph page, section 1.1)."""

from __future__ import annotations

from typing import Any

from outlookd.sandbox.extended import read_properties
from outlookd.sandbox.graph.call import Answer
from outlookd.sandbox.graph.contacts import json_object
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.odata import collection, read_query
from outlookd.sandbox.graph.routes import Route, Visit
from outlookd.sandbox.graph.views import FOLDER_PROPERTIES, folder_row, folder_view
from outlookd.sandbox.mailbox import EXTENDED

WRITABLE = frozenset({"displayName", "parentFolderId", EXTENDED})


def list_folders(visit: Visit) -> Answer:
    """The folders below the default folder, or below the one in the path. The default folder itself is left out."""
    query = read_query(visit.call, FOLDER_PROPERTIES)
    body = collection(
        visit.call,
        query,
        visit.mailbox.folders(visit.folder.id),
        context=visit.context("contactFolders"),
        row=folder_row,
        view=lambda folder: folder_view(folder, select=query.select, expand=query.expand),
    )
    return Answer(body=body)


def read_folder(visit: Visit) -> Answer:
    """One folder, the default one included."""
    query = read_query(visit.call, FOLDER_PROPERTIES)
    return _answer(visit, folder_view(visit.folder, select=query.select, expand=query.expand))


def create_folder(visit: Visit) -> Answer:
    """A new folder below the one in the path, or below the body's `parentFolderId`, or below the default one."""
    body = _folder_body(visit)
    name = body.get("displayName")
    if not isinstance(name, str) or not name.strip():
        raise GraphError(400, "ErrorInvalidRequest", "Missing parameter: displayName.")
    parent_id = visit.folder.id if "folder" in visit.ids else body.get("parentFolderId")
    folder = visit.mailbox.create_folder(name, parent_id, extended=read_properties(body.get(EXTENDED, [])))
    return _answer(visit, folder_view(folder), status=201)


def update_folder(visit: Visit) -> Answer:
    """Another name, other extended properties. Moving is not offered by Graph: `parentFolderId` is ignored."""
    body, folder = _folder_body(visit), visit.folder
    extended = read_properties(body.get(EXTENDED, []))
    if "displayName" in body:
        if not isinstance(body["displayName"], str):
            raise GraphError(400, "RequestBodyRead", "Cannot convert the value of property 'displayName'.")
        visit.mailbox.rename_folder(folder.id, body["displayName"])
    folder.extended |= extended
    return _answer(visit, folder_view(folder))


def delete_folder(visit: Visit) -> Answer:
    """Delete the folder and its contacts."""
    visit.mailbox.delete_folder(visit.folder.id)
    return Answer(status=204)


def _folder_body(visit: Visit) -> dict[str, Any]:
    body = json_object(visit)
    for name in body:
        if name not in WRITABLE and name != "id" and not name.startswith("@"):
            raise GraphError(
                400, "RequestBodyRead", f"The property '{name}' does not exist on type 'microsoft.graph.contactFolder'."
            )
    return body


def _answer(visit: Visit, view: dict[str, Any], *, status: int = 200) -> Answer:
    context = f"{visit.call.root}/$metadata#{visit.context('contactFolders')}/$entity"
    return Answer(status=status, body={"@odata.context": context, **view})


ROUTES = (
    Route(method="GET", path="contactFolders", handle=list_folders),
    Route(method="POST", path="contactFolders", handle=create_folder),
    Route(method="GET", path="contactFolders/{folder}", handle=read_folder),
    Route(method="PATCH", path="contactFolders/{folder}", handle=update_folder),
    Route(method="DELETE", path="contactFolders/{folder}", handle=delete_folder),
    Route(method="GET", path="contactFolders/{folder}/childFolders", handle=list_folders),
    Route(method="POST", path="contactFolders/{folder}/childFolders", handle=create_folder),
)
