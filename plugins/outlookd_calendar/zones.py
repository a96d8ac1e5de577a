"""Time zones: wall clocks and instants, and the names that Graph may put beside a time (design rule 9, complaints 29 and 32)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

_WINDOWS = {name.casefold(): place for name, place in win_tz.items()}


@lru_cache
def zone_of(name: str) -> tzinfo:
    """The zone that Graph means: a Windows name or an IANA one.

    Every read asks for UTC, so ``tzone://Microsoft/Custom``, ``tzone://Microsoft/Utc`` and what nobody knows are taken as UTC
    (complaint 32, Graph trap 36).
    """
    try:
        return ZoneInfo(_WINDOWS.get(name.casefold(), name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def instant(wall: datetime, zone: ZoneInfo, *, second: bool = False) -> datetime:
    """The moment (UTC) at which the clocks of `zone` show `wall` (naive).

    A time that the clocks skip in spring is moved forward by what they skip; of one that they show twice in autumn this is the
    first, or the `second`.
    """
    return wall.replace(tzinfo=zone, fold=int(second)).astimezone(UTC)


def is_plain(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` show `wall` exactly once."""
    local = wall.replace(tzinfo=zone)
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()
