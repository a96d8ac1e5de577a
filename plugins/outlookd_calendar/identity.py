"""Which event it is: the key by which one that both sides already have is found again.

Only mapped fields count, so that both sides compute the key from the same knowledge.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from zoneinfo import ZoneInfo

from outlookd import BadRecord, Fields
from outlookd_calendar.fields import END_DATE, END_TIME, START_DATE, START_TIME, SUBJECT, TIME
from outlookd_calendar.occasion import read_occasion


def natural_key(fields: Fields, mapped: Collection[str], zone: ZoneInfo, default: timedelta) -> str:
    """``2026-05-03 09:00:00|2026-05-03 10:00:00|visite`` on the clocks of `zone`; empty without subject or start.

    An end that a row leaves out is filled as it would be in Outlook. Days only where the map knows no times.
    """
    subject = fields.get(SUBJECT) if SUBJECT in mapped else None
    if not isinstance(subject, str):
        return ""
    names = [name for name in TIME if name in mapped and (START_TIME in mapped or name != END_TIME)]
    try:
        occasion = read_occasion({name: fields.get(name) for name in names}, zone, default)
    except BadRecord:
        # A row was judged before; an event that Outlook shows with its end before its start is adopted by nobody.
        return ""
    if occasion is None:
        return ""
    told = {name: value or "" for name, value in occasion.fields().items()}
    start, end = f"{told[START_DATE]} {told[START_TIME]}", f"{told[END_DATE]} {told[END_TIME]}"
    return f"{start.strip()}|{end.strip()}|{subject.casefold()}"
