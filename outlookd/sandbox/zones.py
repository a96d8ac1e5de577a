"""Names of time zones as Exchange takes them: Windows names and IANA names, no abbreviations (Graph page, section 2.3).

Which Windows name is which IANA zone comes from tzlocal's copy of the CLDR table, the rules from the zone database.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tzlocal.windows_tz import tz_win, win_tz

from outlookd.sandbox.refusal import Refusal

UTC_NAMES = frozenset({"utc", "etc/utc", "etc/gmt", "gmt", "tzone://microsoft/utc"})
CUSTOM = "tzone://Microsoft/Custom"
"""What an event says about its zone when no name fits: made from an imported calendar file, or by an old client (trap 36)."""

_WINDOWS = {name.casefold(): place for name, place in win_tz.items()}
_PLACES = {name.casefold(): name for name in tz_win if "/" in name}


def zone_of(name: str) -> ZoneInfo:
    """The rules behind a name. Raises Refusal ``TimeZoneNotSupportedException``.

    Abbreviations are refused, ``EST`` and its like among them although the zone database has those as keys: so does Graph.
    """
    wanted = name.casefold()
    if wanted in UTC_NAMES:
        return ZoneInfo("UTC")
    place = _WINDOWS.get(wanted) or _PLACES.get(wanted)
    if place is None:
        raise Refusal(
            "TimeZoneNotSupportedException", f"A valid TimeZone value must be specified. The following is not supported: '{name}'."
        )
    return ZoneInfo(place)


def same_zone(one: str, other: str) -> bool:
    """Whether two names mean one zone to Exchange: it thinks in Windows zones, so Berlin and Rome are the same."""
    return _windows_name(one) == _windows_name(other)


def _windows_name(name: str) -> str:
    key = zone_of(name).key
    return tz_win.get(key, key)
