"""What a Graph event may hold besides its times, and what Exchange makes of what it is sent (Graph page, section 2.2).

Pure: content in, content out. Times and recurrence are in `shapes.py`; ids, calendars, copies and mail elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from html import escape
from typing import Any, Literal, TypeAlias, assert_never

from outlookd.sandbox.bodies import stored_body, with_join_block
from outlookd.sandbox.locations import join_locations, read_location, read_locations
from outlookd.sandbox.refusal import Refusal

NO_TIME = "0001-01-01T00:00:00Z"
MOST_ATTENDEES = 500
ATTENDEE_PARTS = frozenset({"type", "status", "emailAddress", "proposedNewTime"})
ATTENDEE_KINDS = ("required", "optional", "resource")


class Kind(StrEnum):
    """The type of a property, as far as validation needs it."""

    TEXT = "text"
    BODY = "body"
    BOOLEAN = "boolean"
    MINUTES = "minutes"
    CHOICE = "choice"
    CATEGORIES = "categories"
    LOCATION = "location"
    LOCATIONS = "locations"
    ATTENDEES = "attendees"
    ELSEWHERE = "elsewhere"
    """Times, recurrence and the transaction: `shapes.py` and `calendars.py` read them."""
    READ_ONLY = "read-only"


CHOICES: Mapping[str, tuple[str, ...]] = {
    "showAs": ("busy", "free", "tentative", "oof", "workingElsewhere", "unknown"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "importance": ("normal", "low", "high"),
    "onlineMeetingProvider": ("unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness"),
}
"""What the properties with fixed words accept; the first one is the default."""

BOOLEANS: Mapping[str, bool] = {
    "isAllDay": False,
    "isReminderOn": True,
    "responseRequested": True,
    "allowNewTimeProposals": True,
    "hideAttendees": False,
    "isOnlineMeeting": False,
}
SPELT_OUT: Mapping[str, bool] = {"true": True, "false": False, "True": True, "False": False}
"""Booleans in quotes. O365 sends ``isOnlineMeeting`` like that, and its users' events are made."""

READ_ONLY = (
    *("id", "changeKey", "createdDateTime", "lastModifiedDateTime", "bodyPreview", "webLink", "type", "seriesMasterId", "iCalUId"),
    *("organizer", "isOrganizer", "responseStatus", "isCancelled", "isDraft", "hasAttachments", "originalStart"),
    *("originalStartTimeZone", "originalEndTimeZone", "onlineMeeting", "onlineMeetingUrl", "cancelledOccurrences"),
)
PROPERTIES: Mapping[str, Kind] = (
    {"subject": Kind.TEXT, "body": Kind.BODY, "reminderMinutesBeforeStart": Kind.MINUTES, "categories": Kind.CATEGORIES}
    | dict.fromkeys(BOOLEANS, Kind.BOOLEAN)
    | dict.fromkeys(CHOICES, Kind.CHOICE)
    | {"location": Kind.LOCATION, "locations": Kind.LOCATIONS, "attendees": Kind.ATTENDEES}
    | dict.fromkeys(("start", "end", "recurrence", "transactionId"), Kind.ELSEWHERE)
    | dict.fromkeys(READ_ONLY, Kind.READ_ONLY)
)
"""Every property of the type. Read-only ones are ignored when sent: clients send whole objects back."""

PERSONAL = frozenset({"categories", "showAs", "isReminderOn", "reminderMinutesBeforeStart"})
"""What each participant has for themself. Everything else is the meeting's, and changing it is mailed to everybody."""


def blank() -> dict[str, Any]:
    """An event without content. `body` is the stored page, `joinUrl` the address of the online meeting."""
    return {
        "subject": "",
        "body": "",
        "reminderMinutesBeforeStart": 15,
        "categories": [],
        **BOOLEANS,
        **{name: words[0] for name, words in CHOICES.items()},
        "location": read_location(None),
        "locations": [],
        "attendees": [],
        "joinUrl": None,
        "isCancelled": False,
        "responseStatus": {"response": "organizer", "time": NO_TIME},
    }


def revised(before: Mapping[str, Any], body: Mapping[str, Any], join_url: str) -> dict[str, Any]:
    """The content `before` after a POST or PATCH with `body`. `join_url` is the address of an online meeting, should it become one.

    Lists and nested objects replace what was there. Raises Refusal with ``RequestBodyRead`` for an unknown property or a wrong
    type.
    """
    after = dict(before)
    for name, value in body.items():
        if name.startswith("@"):
            continue
        kind = PROPERTIES.get(name)
        if kind is None:
            raise Refusal("RequestBodyRead", f"The property '{name}' does not exist on type 'microsoft.graph.event'.")
        _write(after, name, kind, value)
    _keep_online(before, after, join_url)
    return after


def _write(after: dict[str, Any], name: str, kind: Kind, value: Any) -> None:
    match kind:
        case Kind.READ_ONLY | Kind.ELSEWHERE:
            pass
        case Kind.LOCATION:
            after["location"] = read_location(value)
            after["locations"] = [after["location"]] if after["location"]["displayName"] else []
        case Kind.LOCATIONS:
            after["locations"] = read_locations(value)
            after["location"] = join_locations(after["locations"])
        case Kind.ATTENDEES:
            after[name] = _attendees(_list(name, value), after[name])
        case Kind.TEXT | Kind.BODY | Kind.BOOLEAN | Kind.MINUTES | Kind.CHOICE | Kind.CATEGORIES:
            after[name] = _plain(name, kind, value)
        case _:
            assert_never(kind)


PlainKind: TypeAlias = Literal[Kind.TEXT, Kind.BODY, Kind.BOOLEAN, Kind.MINUTES, Kind.CHOICE, Kind.CATEGORIES]


def _plain(name: str, kind: PlainKind, value: Any) -> Any:
    """The value of a property that depends on nothing else. Null is the default."""
    match kind:
        case Kind.TEXT:
            return _typed(name, "" if value is None else value, str, "Edm.String")
        case Kind.BODY:
            return stored_body(value)
        case Kind.BOOLEAN:
            spelt_out = SPELT_OUT.get(value) if isinstance(value, str) else None
            return _typed(name, BOOLEANS[name] if value is None else value if spelt_out is None else spelt_out, bool, "Edm.Boolean")
        case Kind.MINUTES:
            return _typed(name, 15 if value is None else value, int, "Edm.Int32")
        case Kind.CHOICE:
            if value is not None and value not in CHOICES[name]:
                raise Refusal("RequestBodyRead", f"Requested value '{value}' was not found.")
            return value or CHOICES[name][0]
        case Kind.CATEGORIES:
            return [_typed(name, item, str, "Collection(Edm.String)") for item in _list(name, value)]
        case _:
            assert_never(kind)


def _typed(name: str, value: Any, expected: type, type_name: str) -> Any:
    # A boolean is a number to Python, but not to Graph.
    if type(value) is not expected:
        raise Refusal("RequestBodyRead", f"Cannot convert the value of property '{name}' to the expected type '{type_name}'.")
    return value


def _list(name: str, value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refusal("RequestBodyRead", f"A collection was expected for '{name}'.")
    return value


def _attendees(sent: list[Any], known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The people invited. What they answered cannot be written: who stays keeps the answer, who is new has none (docs#16158)."""
    if len(sent) > MOST_ATTENDEES:
        raise Refusal("ErrorInvalidRequest", f"An event has {MOST_ATTENDEES} attendees at most.")
    answers = {address_of(attendee): attendee["status"] for attendee in known}
    attendees = []
    for item in sent:
        if not isinstance(item, Mapping) or not isinstance(item.get("emailAddress"), Mapping):
            raise Refusal("RequestBodyRead", "Cannot convert the value of property 'attendees' to 'microsoft.graph.attendee'.")
        if unknown := [part for part in item if part not in ATTENDEE_PARTS and not part.startswith("@")]:
            raise Refusal("RequestBodyRead", f"The property '{unknown[0]}' does not exist on type 'microsoft.graph.attendee'.")
        kind, email = item.get("type") or "required", item["emailAddress"]
        address = email.get("address")
        if not isinstance(address, str) or "@" not in address.strip("@") or kind not in ATTENDEE_KINDS:
            raise Refusal("ErrorInvalidRecipients", "At least one recipient is not valid.")
        status = answers.get(address.casefold(), {"response": "none", "time": NO_TIME})
        name = str(email.get("name") or address)
        attendees.append({"type": kind, "status": status, "emailAddress": {"name": name, "address": address}})
    return attendees


def address_of(attendee: Mapping[str, Any]) -> str:
    """An attendee's address, as addresses compare."""
    return str(attendee["emailAddress"]["address"]).casefold()


def _keep_online(before: Mapping[str, Any], after: dict[str, Any], join_url: str) -> None:
    """An online meeting stays one whatever is sent, unless its body loses the lines to join by (Graph page, section 2.6)."""
    if before["isOnlineMeeting"]:
        after["isOnlineMeeting"], after["onlineMeetingProvider"] = True, before["onlineMeetingProvider"]
        if escape(before["joinUrl"]) not in after["body"]:
            after |= {"isOnlineMeeting": False, "onlineMeetingProvider": "unknown", "joinUrl": None}
    elif after["isOnlineMeeting"]:
        provider = after["onlineMeetingProvider"]
        after["onlineMeetingProvider"] = "teamsForBusiness" if provider == "unknown" else provider
        after["joinUrl"] = join_url
        after["body"] = with_join_block(after["body"], join_url)
