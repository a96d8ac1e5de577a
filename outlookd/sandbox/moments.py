"""Points in time as Graph writes them: a wall clock time with the name of a zone, never an offset (Graph page, section 2.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.zones import zone_of

FORM = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)?)?")
YEARS = range(1601, 4501)
"""What a MAPI store can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A wall clock time (naive; its `fold` tells the second 02:30 of an autumn night) in a zone, named as it was written."""

    wall: datetime
    zone: str

    @property
    def instant(self) -> datetime:
        """The moment in UTC. A time that the clocks skip is read with the offset before the gap, as everywhere."""
        return self.wall.replace(tzinfo=zone_of(self.zone)).astimezone(UTC)

    def at(self, wall: datetime) -> Moment:
        """Another wall clock time in the same zone."""
        return Moment(wall=wall, zone=self.zone)

    def seen_in(self, zone: str) -> Moment:
        """The same instant on the clocks of another zone."""
        return Moment(wall=self.instant.astimezone(zone_of(zone)).replace(tzinfo=None), zone=zone)

    def shown(self) -> dict[str, str]:
        """A ``dateTimeTimeZone``, with seven digits after the seconds."""
        return {"dateTime": seven_digits(self.wall), "timeZone": self.zone}


def seven_digits(wall: datetime) -> str:
    """A wall clock time as Graph writes it."""
    return f"{wall:%Y-%m-%dT%H:%M:%S}.{wall.microsecond:06}0"


def read_moment(name: str, value: Any) -> Moment:
    """The moment of a property `name`.

    A time with an offset is that instant, and the zone anchors it all the same. A date alone is its midnight. Raises Refusal
    when the zone is missing or unknown, or when the text is no time.
    """
    if not isinstance(value, Mapping):
        raise Refusal("RequestBodyRead", f"Cannot convert the value of property '{name}' to 'microsoft.graph.dateTimeTimeZone'.")
    if unknown := [part for part in value if part not in {"dateTime", "timeZone"} and not part.startswith("@")]:
        raise Refusal("RequestBodyRead", f"The property '{unknown[0]}' does not exist on type 'microsoft.graph.dateTimeTimeZone'.")
    text, zone = value.get("dateTime"), value.get("timeZone")
    if not isinstance(zone, str) or not zone:
        raise Refusal("ErrorInvalidRequest", f"Missing parameters: Event.{name.capitalize()}.TimeZone.")
    rules = zone_of(zone)
    return Moment(wall=_read_wall(name, text, rules), zone=zone)


def _read_wall(name: str, text: Any, rules: ZoneInfo) -> datetime:
    time = _parsed(text)
    if time is None:
        raise Refusal("ErrorPropertyValidationFailure", f"At least one property failed validation: '{name}'.")
    if time.tzinfo is not None:
        time = time.astimezone(rules).replace(tzinfo=None)
    return time.replace(microsecond=0)


def read_bound(name: str, text: str) -> datetime:
    """The instant of a window's edge: ISO, UTC unless it says otherwise. Raises Refusal ``ErrorInvalidParameter``."""
    time = _parsed(text)
    if time is None:
        raise Refusal("ErrorInvalidParameter", f"The value '{text}' of parameter '{name}' is invalid.")
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _parsed(text: Any) -> datetime | None:
    """The time that a text tells, None if it tells none."""
    if not isinstance(text, str) or not FORM.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.year in YEARS else None
