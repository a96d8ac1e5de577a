"""Birthdays: a day, which Graph wraps in an instant that several programs have filled in several ways (graph.md 1.4, trap 9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outlookd import BadRecord

_FIELD = "birthday"
_NOTE = time(11, 59)
"""The time that the Exchange protocol asks for: at this instant it is the same day nearly everywhere on Earth."""


def to_graph(day: str) -> str:
    """``1980-05-03`` as the instant to send."""
    return f"{day}T11:59:00Z"


def from_graph(instant: str, zone: ZoneInfo) -> str:
    """The day that the instant stands for; `zone` is where the mailbox's owner lives.

    In this order: 11:59 UTC, as the protocol says; midnight in the owner's zone, as Outlook for Windows stores it; 00:00 or
    12:00 UTC, as other programs write it; else the nearest midnight UTC, which is right for Outlook in any zone up to UTC+12.

    Raises BadRecord for something that is no instant.
    """
    try:
        return _day(datetime.fromisoformat(instant), zone).isoformat()
    except (ValueError, OverflowError) as error:
        raise BadRecord("this is not an instant", field=_FIELD) from error


def _day(given: datetime, zone: ZoneInfo) -> date:
    if given.tzinfo is None:
        # A bare date, as one example of Graph's documentation shows it, or a time without zone: it says which day it is.
        return given.date()
    moment = given.astimezone(UTC)
    if moment.time().replace(second=0, microsecond=0) == _NOTE:
        return moment.date()
    local = moment.astimezone(zone)
    if local.time() == time():
        return local.date()
    if moment.time() in {time(), time(12)}:
        return moment.date()
    return (moment + timedelta(hours=12)).date()
