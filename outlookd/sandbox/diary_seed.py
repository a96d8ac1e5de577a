"""Appointments of every kind, on both sides, around the day on which the sandbox starts: for the demo, and for trying things out.

Nothing in it is there twice, so what is on both sides afterwards was brought there. No mail is logged for the meetings: they were
arranged before the sandbox began to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from outlookd.sandbox.directory import Directory, User
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.meetings import Meetings
from outlookd.sandbox.recurrence import WEEKDAYS
from outlookd.sandbox.views import Row

_ZONE = "Romance Standard Time"
_CUSTOMER = "achats@bois-charpente.test"


def diary_rows(today: date) -> Iterator[Row]:
    """Cells of the agenda table: timed, over midnight, two whole days, without an end, and one that is over."""
    yield _row(
        "Rendez-vous chantier",
        today + timedelta(days=2),
        "09:30",
        "11:00",
        note="Apporter les plans.",
        lieu="Quai de l'Écluse, Nantes",
    )
    yield _row("Astreinte", today + timedelta(days=5), "22:00", "06:00", last=today + timedelta(days=6))
    yield _row("Salon du bois", today + timedelta(days=9), last=today + timedelta(days=10), lieu="Parc des expositions")
    yield _row("Rappeler M. Valmorin", today + timedelta(days=1), "14:15", note="Au sujet du devis.\nPas avant 14 h.")
    yield _row("Livraison reçue", today - timedelta(days=3), "08:00", "08:30")


def fill_calendars(directory: Directory, *, owner: str, colleague: str, today: date) -> None:
    """Put the owner's own events into her Outlook, and an invitation from her colleague. Both are named by their UPN."""
    meetings = Meetings(directory, MailLog())
    mine, theirs = _person(directory, owner), _person(directory, colleague)
    for body in _own_events(today):
        meetings.create(mine, body)
    meetings.create(
        mine, _event("Revue de projet", today + timedelta(days=4), "15:00", "16:00", attendees=_guests(colleague, _CUSTOMER))
    )
    meetings.create(theirs, _event("Budget, premier tour", today + timedelta(days=7), "11:00", "12:00", attendees=_guests(owner)))


def _own_events(today: date) -> Iterator[dict[str, Any]]:
    """What concerns nobody else: a single event, an endless weekly series, whole days off, and something private."""
    round_ = today + timedelta(days=1)
    weekly = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [WEEKDAYS[round_.weekday()]]},
        "range": {"type": "noEnd", "startDate": round_.isoformat()},
    }
    place = {"displayName": "Hôtel des Tilleuls"}
    yield _event("Déjeuner avec Mme Grandclément", today + timedelta(days=3), "12:30", "13:45", location=place)
    yield _event("Tour des ateliers", round_, "08:30", "09:00", recurrence=weekly)
    yield _days_off("Congés", today + timedelta(days=20), 3)
    yield _event("Dentiste", today + timedelta(days=6), "17:00", "17:45", sensitivity="private")


def _row(
    subject: str, day: date, start: str = "", end: str = "", *, last: date | None = None, note: str = "", lieu: str = ""
) -> Row:
    ending = last or (day if end else None)
    return {
        "intitule": subject,
        "note": note or None,
        "lieu": lieu or None,
        "date_debut": day.isoformat(),
        "heure_debut": f"{start}:00" if start else None,
        "date_fin": ending.isoformat() if ending else None,
        "heure_fin": f"{end}:00" if end else None,
    }


def _event(subject: str, day: date, start: str, end: str, **more: Any) -> dict[str, Any]:
    moments = {name: {"dateTime": f"{day}T{time}:00", "timeZone": _ZONE} for name, time in (("start", start), ("end", end))}
    return {"subject": subject, **moments, **more}


def _days_off(subject: str, first: date, days: int) -> dict[str, Any]:
    """Midnight to midnight, the end not included."""
    edges = {"start": first, "end": first + timedelta(days=days)}
    moments = {name: {"dateTime": f"{day}T00:00:00", "timeZone": _ZONE} for name, day in edges.items()}
    return {"subject": subject, "isAllDay": True, "showAs": "oof", **moments}


def _guests(*addresses: str) -> list[dict[str, Any]]:
    return [{"type": "required", "emailAddress": {"address": address, "name": address}} for address in addresses]


def _person(directory: Directory, upn: str) -> User:
    user = directory.user(upn)
    if user is None:
        raise LookupError(f"there is no {upn} to fill a calendar for")
    return user
