"""`contacts/delta` over HTTP (Graph page, sections 1.5 and 1.6). The tokens and what they stand for are in `sandbox/delta.py`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from outlookd.sandbox.delta import DeltaPage, Gone
from outlookd.sandbox.graph.call import Answer, Call
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.odata import DEFAULT_PAGE, LARGEST_PAGE, read_select, whole_number
from outlookd.sandbox.graph.routes import Route, Visit
from outlookd.sandbox.graph.views import CONTACT_PROPERTIES, contact_view
from outlookd.sandbox.ids import Family
from outlookd.sandbox.mailbox import Folder
from outlookd.sandbox.refusal import Refusal

REFUSED = ("filter", "orderby", "search", "skip", "count")
PAGE_SIZE = "odata.maxpagesize"


def track_contacts(visit: Visit) -> Answer:
    """One page of the changes of one folder; all of its contacts when the call carries no token."""
    check_options(visit.call)
    token = visit.call.query.get("skiptoken") or _open_round(visit)
    tracker, folder = visit.mailbox.tracker, _folder(visit)
    if tracker.folder_of(token, "skip") != folder.id:
        raise Refusal("SyncStateInvalid", "The sync state belongs to another folder.")
    select = tuple(tracker.baked(token)["select"])
    page = tracker.page(token, page_size(visit.call))
    body: dict[str, Any] = {"@odata.context": f"{visit.call.root}/$metadata#Collection(contact)"}
    body["value"] = [item for entry in page.entries if (item := _item(visit, entry, select)) is not None]
    body |= _links(visit, folder, page)
    return Answer(body=body, headers={"Preference-Applied": _applied(visit.call)})


def check_options(call: Call, *more: str) -> None:
    """Refuse what change tracking does not know, and `more`: `$expand` in its own rude way (docs#2270). Raises GraphError."""
    if "expand" in call.query:
        raise GraphError(500, "InternalServerError", "Object reference not set to an instance of an object.")
    for name in (*REFUSED, *more):
        if name in call.query:
            raise GraphError(
                400, "ErrorInvalidUrlQuery", f"The following parameters are not supported with change tracking: '${name}'."
            )


def _folder(visit: Visit) -> Folder:
    """The folder of the path. A link to a folder that is gone has an answer of its own (Graph trap 32)."""
    try:
        return visit.folder
    except Refusal as refusal:
        if {"skiptoken", "deltatoken"} & visit.call.query.keys():
            raise Refusal(visit.switches.lost_folder_code, "The folder to synchronize could not be found.") from refusal
        raise


def _open_round(visit: Visit) -> str:
    """The skip token of the first page of a new round."""
    folder, tracker, query = _folder(visit), visit.mailbox.tracker, visit.call.query
    present = [contact.immutable_id for contact in visit.mailbox.contacts(folder.id)]
    if token := query.get("deltatoken"):
        if tracker.folder_of(token, "delta") != folder.id:
            raise Refusal("SyncStateInvalid", "The sync state belongs to another folder.")
        return tracker.resume(token, folder.changes, frozenset(present))
    baked = {
        "select": read_select(query.get("select", ""), CONTACT_PROPERTIES),
        "top": whole_number("top", query["top"], most=LARGEST_PAGE) if "top" in query else None,
    }
    return tracker.begin(folder.id, folder.changes, present, baked)


def page_size(call: Call) -> int:
    """The caller's page size for this page; without the header it is the default again, whatever earlier pages had."""
    asked = call.preferences.get(PAGE_SIZE, "")
    return min(int(asked), LARGEST_PAGE) if asked.isdecimal() and int(asked) > 0 else DEFAULT_PAGE


def _item(visit: Visit, entry: str | Gone, select: tuple[str, ...]) -> dict[str, Any] | None:
    """A contact as it is now, a tombstone, or nothing for one that went away since the round was opened."""
    family = visit.call.family
    if isinstance(entry, Gone):
        gone = entry.immutable_id if family is Family.IMMUTABLE else entry.classic_id
        return {"id": gone, "@removed": {"reason": "deleted"}}
    contact = visit.mailbox.member(visit.folder.id, entry)
    if contact is None:
        return None
    return {"@odata.type": "#microsoft.graph.contact", **contact_view(contact, family, select=select)}


def _links(visit: Visit, folder: Folder, page: DeltaPage) -> dict[str, str]:
    """The link to go on with, in the form of Microsoft's own examples: ids in parentheses and quotes."""
    base = f"{visit.owner_url}/contactFolders('{quote(folder.id, safe='')}')/contacts/delta"
    if page.skip_token:
        return {"@odata.nextLink": f"{base}?$skiptoken={quote(page.skip_token, safe='')}"}
    return {"@odata.deltaLink": f"{base}?$deltatoken={quote(page.delta_token, safe='')}"}


def _applied(call: Call) -> str:
    applied = ["odata.track-changes"]
    if PAGE_SIZE in call.preferences:
        applied.append(f"{PAGE_SIZE}={page_size(call)}")
    return ", ".join(applied)


ROUTES = (
    Route(method="GET", path="contacts/delta", handle=track_contacts),
    Route(method="GET", path="contactFolders/{folder}/contacts/delta", handle=track_contacts),
)
