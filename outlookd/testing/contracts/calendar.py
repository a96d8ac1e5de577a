"""What the Outlook side of a calendar job must do: views of a window, a change feed over series, versions, markers.

An occurrence is a record of its own, a series is none; a series that was touched is shown whole, because nobody tells which of its
occurrences is gone (complaint 34); what exists outside the window or in another calendar is not deleted (design rule 3).
"""

from __future__ import annotations

from outlookd.testing.contracts.calendar_reading import CalendarReadingContract
from outlookd.testing.contracts.calendar_rules import DAY, WEEKS, WINDOW, PersonAtCalendar
from outlookd.testing.contracts.calendar_series import CalendarSeriesContract
from outlookd.testing.contracts.calendar_writing import CalendarWritingContract

__all__ = ["DAY", "WEEKS", "WINDOW", "CalendarContract", "PersonAtCalendar"]


class CalendarContract(CalendarReadingContract, CalendarSeriesContract, CalendarWritingContract):
    """All of it, over one adapter: see `CalendarRules` for what the fixtures must be."""
