"""The calendar: a GoPaaS view and an Outlook calendar kept the same. Only the hook lives here: finding it is cheap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outlookd import ConfigurationError, HandlerRegistry, hookimpl

_LONGEST = 24 * 60


@hookimpl
def register_handlers(registry: HandlerRegistry, settings: Mapping[str, Any]) -> None:
    """Add the handler of the kind ``calendar``. ``default_minutes`` is how long an event lasts whose row names no end (60)."""
    faults = [f"plugins.calendar.{key}: unknown key" for key in sorted(settings.keys() - {"default_minutes"})]
    minutes = settings.get("default_minutes", 60)
    if type(minutes) is not int or not 0 < minutes <= _LONGEST:
        faults.append(f"plugins.calendar.default_minutes: a whole number from 1 to {_LONGEST} is needed")
    if faults:
        raise ConfigurationError("the calendar plugin cannot use its settings", faults=faults)
    from outlookd_calendar.handler import CalendarHandler  # noqa: PLC0415 - only an enabled plugin pays for its code

    registry.add(CalendarHandler(default_minutes=minutes))
