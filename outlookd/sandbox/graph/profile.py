"""The person behind a mailbox, and the translation of ids between families (Graph page, section 3)."""

from __future__ import annotations

from typing import Any

from outlookd.sandbox.appointments import Instance
from outlookd.sandbox.graph.call import Answer
from outlookd.sandbox.graph.contacts import json_object
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.odata import read_query
from outlookd.sandbox.graph.routes import Route, Visit
from outlookd.sandbox.ids import Family
from outlookd.sandbox.mailbox import Contact
from outlookd.sandbox.refusal import Refusal

USER_PROPERTIES = ("id", "displayName", "userPrincipalName", "mail", "givenName", "surname", "jobTitle", "businessPhones")
FAMILIES = {"restid": Family.CLASSIC, "restimmutableentryid": Family.IMMUTABLE}
MOST_IDS = 1000


def read_user(visit: Visit) -> Answer:
    """The profile. Names are not split: the directory knows display names only."""
    query, user = read_query(visit.call, USER_PROPERTIES), visit.user
    whole: dict[str, Any] = dict.fromkeys(USER_PROPERTIES)
    whole |= {"id": user.object_id, "displayName": user.display_name, "userPrincipalName": user.upn, "mail": user.upn}
    whole["businessPhones"] = []
    chosen = {name: whole[name] for name in dict.fromkeys(("id", *query.select))} if query.select else whole
    return Answer(body={"@odata.context": f"{visit.call.root}/$metadata#users/$entity", **chosen})


def translate_ids(visit: Visit) -> Answer:
    """Ids of one family as ids of the other. The two forms that occur over REST are offered; keys compare without case."""
    body = {name.lower(): value for name, value in json_object(visit).items()}
    ids, target = body.get("inputids"), FAMILIES.get(str(body.get("targetidtype")).lower())
    if FAMILIES.get(str(body.get("sourceidtype")).lower()) is None or target is None:
        raise GraphError(400, "ErrorInvalidRequest", "The id type is not supported.")
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids) or len(ids) > MOST_IDS:
        raise GraphError(400, "ErrorInvalidRequest", f"inputIds must be a list of up to {MOST_IDS} ids.")
    context = f"{visit.call.root}/$metadata#Collection(microsoft.graph.convertIdResult)"
    return Answer(body={"@odata.context": context, "value": [_translated(visit, item, target) for item in ids]})


def _translated(visit: Visit, id: str, target: Family) -> dict[str, Any]:
    try:
        return {"sourceId": id, "targetId": _item(visit, id).id(target)}
    except Refusal as refusal:
        return {"sourceId": id, "targetId": "", "errorDetails": {"code": refusal.code, "message": refusal.message}}


def _item(visit: Visit, id: str) -> Contact | Instance:
    """The contact or event with this id. Raises Refusal."""
    try:
        return visit.mailbox.contact(id, deleted_too=True)
    except Refusal:
        return visit.calendars.find(id, deleted_too=True)


ROUTES = (
    Route(method="GET", path="", handle=read_user, resource=""),
    Route(method="POST", path="translateExchangeIds", handle=translate_ids, resource=""),
)
