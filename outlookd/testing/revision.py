"""What Exchange makes of the body of a POST or PATCH of an event: what was written is never quite what is read (graph.md 2.6, 2.7).

Pure: content and times in, content and times out. As strict as Graph about what it accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from outlookd.errors import Rejected
from outlookd.testing.appointment import NO_TIME, Times

BLANK: Mapping[str, Any] = {
    "subject": "",
    "body": "",
    "location": "",
    "showAs": "busy",
    "sensitivity": "normal",
    "importance": "normal",
    "categories": (),
    "isAllDay": False,
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "attendees": (),
    "isOnlineMeeting": False,
    "joinUrl": "",
    "isCancelled": False,
    "responseStatus": {"response": "organizer", "time": NO_TIME},
}
"""An event of which nothing was said."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "showAs": ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "importance": ("low", "normal", "high"),
}
PERSONAL = frozenset({"categories", "showAs", "isReminderOn", "reminderMinutesBeforeStart"})
"""What each participant has for themself: changing it is told to nobody."""
TIMES = frozenset({"start", "end"})
WRITABLE = (BLANK.keys() - {"joinUrl", "isCancelled", "responseStatus"}) | TIMES
ZONES: Mapping[str, str] = {"Romance Standard Time": "Europe/Paris", "W. Europe Standard Time": "Europe/Berlin"}
"""Windows' names of some zones. Graph takes both kinds."""
_MIDNIGHT = time()


def revised(before: Mapping[str, Any], body: Mapping[str, Any], link: str) -> dict[str, Any]:
    """The content after a write; `link` is the address of the online meeting, should it become one. Raises Rejected.

    A new body ends an online meeting, because the lines to join by are part of the old one (complaint 24).
    """
    if unknown := sorted(body.keys() - WRITABLE):
        raise refused("RequestBodyRead", f"the property {unknown[0]!r} is unknown or read-only")
    after = dict(before)
    for name, value in body.items():
        if name not in TIMES:
            after[name] = BLANK[name] if value is None else _read(name, value)
    if before["joinUrl"] and escape(before["joinUrl"]) not in after["body"]:
        return after | {"isOnlineMeeting": False, "joinUrl": ""}
    if after["isOnlineMeeting"] and not before["joinUrl"]:
        join = f'<div><a href="{escape(link)}">Join the meeting now</a></div>'
        return after | {"joinUrl": link, "body": page(f"{_inner(after['body'])}\r\n{join}")}
    return after | {"isOnlineMeeting": bool(before["joinUrl"])}


def retimed(before: Times | None, body: Mapping[str, Any], *, all_day: bool, turned: bool) -> Times:
    """The times after a write; `turned`: whether a whole day became an hour or the other way round. Raises Rejected."""
    if (before is None or turned) and (missing := sorted(TIMES - body.keys())):
        raise refused("ErrorInvalidRequest", f"Missing parameters: {missing[0]}.")
    edges = {name: _moment(body[name]) for name in TIMES & body.keys()}
    zone = edges["start"][1] if "start" in edges else before.zone if before else "UTC"
    start, end = (_wall(edges[name], zone) if name in edges else getattr(before, name) for name in ("start", "end"))
    if all_day and (start.time() != _MIDNIGHT or end.time() != _MIDNIGHT or end - start < timedelta(days=1)):
        raise refused("ErrorPropertyValidationFailure", "a whole day must be midnights, the end not included")
    if end < start:
        raise refused("ErrorPropertyValidationFailure", "it ends before it starts")
    return Times(start=start, end=end, zone=zone)


def page(inner: str) -> str:
    """A whole HTML document, as Exchange keeps every body."""
    head = '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    return f"{head}<body>\r\n{inner}\r\n</body></html>"


def refused(code: str, why: str) -> Rejected:
    """Graph's refusal of a payload."""
    return Rejected(why, service="graph", status=400, code=code)


def _read(name: str, value: Any) -> Any:
    match name, value:
        case "subject", str():
            return value.strip()
        case "body", {"contentType": kind, "content": str(content)}:
            return _stored(str(kind), content)
        case "location", {"displayName": str() | None as place}:
            return (place or "").strip()
        case "categories", list() | tuple():
            return tuple(value)
        case "attendees", list() | tuple():
            return tuple(_attendee(one) for one in value)
        case (("isAllDay" | "isReminderOn" | "isOnlineMeeting"), bool()):
            return value
        case "reminderMinutesBeforeStart", int():
            return value
        case _ if value in WORDS.get(name, ()):
            return value
        case _:
            raise refused("RequestBodyRead", f"cannot convert the value of the property {name!r}")


def _stored(kind: str, content: str) -> str:
    """Plain text becomes HTML, and HTML becomes a page; nothing stays nothing."""
    if not content.strip():
        return ""
    if kind.lower() == "html":
        return page(_inner(content))
    lines = escape(content.replace("\r\n", "\n").rstrip(), quote=False).replace("\n", "<br>\r\n")
    return page(f'<!-- Converted from text/plain format -->\r\n<div class="PlainText">{lines}</div>')


def _inner(html: str) -> str:
    """What is between the tags of the body, or everything if there is none."""
    return html.partition("<body>")[2].rpartition("</body>")[0].strip() if "<body>" in html else html.strip()


def _attendee(value: Any) -> dict[str, Any]:
    email = value["emailAddress"]
    status = value.get("status") or {"response": "none", "time": NO_TIME}
    address = {"name": email.get("name") or email["address"], "address": email["address"]}
    return {"type": value.get("type", "required"), "status": status, "emailAddress": address}


def _moment(value: Any) -> tuple[datetime, str]:
    """A ``dateTimeTimeZone``: the time as it was written, and its zone's IANA name."""
    match value:
        case {"dateTime": str(text), "timeZone": str(name)} if name:
            zone = ZONES.get(name, name)
        case _:
            raise refused("ErrorInvalidRequest", "a time needs dateTime and timeZone")
    try:
        ZoneInfo(zone)
        return datetime.fromisoformat(text).replace(microsecond=0), zone
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refused("TimeZoneNotSupportedException", "a zone or a time is not understood") from error


def _wall(moment: tuple[datetime, str], zone: str) -> datetime:
    """On the clocks of `zone`; an offset in the text counts, and the zone anchors it all the same."""
    when, written = moment
    if when.tzinfo is None and written == zone:
        return when
    aware = when if when.tzinfo else when.replace(tzinfo=ZoneInfo(written))
    return aware.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
