"""A Graph event as a flat form, and the form's changes as a Graph body.

A person at Outlook changes one thing at a time, so only what was changed is sent; the four fields of its times go together. Times
are on the clocks of the event's own zone, and the last day of whole days is inclusive, as Outlook's own form has it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from outlookd.sandbox.bodies import plain_text
from outlookd.sandbox.events import CHOICES
from outlookd.sandbox.recurrence import WEEKDAYS
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.shapes import Shape

TIMES = ("startDate", "startTime", "endDate", "endTime", "isAllDay")
REPEATS: Mapping[str, str] = {
    "": "une seule fois",
    "daily": "chaque jour",
    "weekly": "chaque semaine",
    "absoluteMonthly": "chaque mois",
}
"""The patterns that the page offers for a new event; every other one is there through Graph and the control API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field. `input` is the type of its HTML input; `words` are what a choice offers."""

    name: str
    label: str
    input: str = "text"
    words: tuple[str, ...] = ()


FIELDS = (
    FormField(name="subject", label="Objet"),
    FormField(name="isAllDay", label="Journée entière", words=("non", "oui")),
    FormField(name="startDate", label="Début, jour", input="date"),
    FormField(name="startTime", label="Début, heure", input="time"),
    FormField(name="endDate", label="Fin, jour", input="date"),
    FormField(name="endTime", label="Fin, heure", input="time"),
    FormField(name="location", label="Lieu"),
    FormField(name="showAs", label="Disponibilité", words=CHOICES["showAs"]),
    FormField(name="sensitivity", label="Confidentialité", words=CHOICES["sensitivity"]),
    FormField(name="categories", label="Catégories, une par ligne", input="lines"),
    FormField(name="attendees", label="Participants, une adresse par ligne (ils sont invités)", input="lines"),
    FormField(name="body", label="Notes", input="longtext"),
)
"""What the page offers, in its order."""


def shown(shape: Shape) -> dict[str, str]:
    """The text of every field for an event. An online meeting's body is left alone: a form of plain text would lose its link."""
    content = shape.content
    end = shape.end.wall - timedelta(days=1) if content["isAllDay"] else shape.end.wall
    texts = {
        "subject": content["subject"],
        "isAllDay": "oui" if content["isAllDay"] else "non",
        "startDate": f"{shape.start.wall:%Y-%m-%d}",
        "startTime": f"{shape.start.wall:%H:%M}",
        "endDate": f"{end:%Y-%m-%d}",
        "endTime": f"{shape.end.wall:%H:%M}",
        "location": content["location"]["displayName"],
        "showAs": content["showAs"],
        "sensitivity": content["sensitivity"],
        "categories": "\n".join(content["categories"]),
        "attendees": "\n".join(attendee["emailAddress"]["address"] for attendee in content["attendees"]),
    }
    return texts if content["isOnlineMeeting"] else texts | {"body": plain_text(content["body"]).replace("\r\n", "\n")}


def suggested(now: datetime) -> dict[str, str]:
    """The form of a new event: an hour, tomorrow."""
    tomorrow = f"{now + timedelta(days=1):%Y-%m-%d}"
    times = {"isAllDay": "non", "startDate": tomorrow, "startTime": "09:00", "endDate": tomorrow, "endTime": "10:00"}
    words = {name: CHOICES[name][0] for name in ("showAs", "sensitivity")}
    return dict.fromkeys((field.name for field in FIELDS), "") | times | words


def changes(before: Mapping[str, str], form: Mapping[str, str], zones: tuple[str, str]) -> dict[str, Any]:
    """The Graph body that makes an event look like the form: only what differs from the texts `before`.

    `zones` are those of start and end. Raises Refusal for a day that is none.
    """
    texts = {**before, **{name: form[name] for name in before if name in form}}
    body: dict[str, Any] = {name: _value(name, texts[name]) for name in before if name not in TIMES and texts[name] != before[name]}
    if any(texts[name] != before[name] for name in TIMES):
        body |= times(texts, zones)
    return body


def creation(form: Mapping[str, str], zone: str, now: datetime) -> dict[str, Any]:
    """The Graph body of a new event from a filled in form. Raises Refusal for a day that is none."""
    texts = suggested(now) | dict(form)
    body = {field.name: _value(field.name, texts[field.name]) for field in FIELDS if field.name not in TIMES}
    body |= times(texts, (zone, zone))
    if texts.get("repeats"):
        body["recurrence"] = _recurrence(texts)
    return body


def times(texts: Mapping[str, str], zones: tuple[str, str]) -> dict[str, Any]:
    """Start, end and whether they are whole days, from the five fields. Raises Refusal for a day that is none."""
    all_day = texts["isAllDay"] == "oui"
    start, end = texts["startDate"], texts["endDate"]
    if all_day:
        end = f"{_day(end) + timedelta(days=1):%Y-%m-%d}"
    else:
        start, end = f"{start}T{texts['startTime']}", f"{end}T{texts['endTime']}"
    moments = ({"dateTime": text, "timeZone": zone} for text, zone in zip((start, end), zones, strict=True))
    return {"isAllDay": all_day, **dict(zip(("start", "end"), moments, strict=True))}


def _recurrence(texts: Mapping[str, str]) -> dict[str, Any]:
    day, count = _day(texts["startDate"]), texts.get("count", "")
    pattern: dict[str, Any] = {
        "type": texts["repeats"],
        "interval": 1,
        "dayOfMonth": day.day,
        "daysOfWeek": [WEEKDAYS[day.weekday()]],
    }
    ending = {"type": "numbered", "numberOfOccurrences": int(count)} if count.isdecimal() and int(count) else {"type": "noEnd"}
    return {"pattern": pattern, "range": {"startDate": day.isoformat(), **ending}}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("ErrorPropertyValidationFailure", "At least one property failed validation.") from error


def _value(name: str, text: str) -> Any:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    match name:
        case "location":
            return {"displayName": text.strip()}
        case "categories":
            return lines
        case "attendees":
            return [{"type": "required", "emailAddress": {"address": line, "name": line}} for line in lines]
        case "body":
            return {"contentType": "text", "content": text}
        case _:
            return text
