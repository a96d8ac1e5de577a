"""Single values of the configuration: durations, zones, addresses, maps. Each text has one function that reads it.

The functions raise ValueError with a sentence that says what would have been right; `faults` puts file and key in front.
Nothing here reads a file or the environment.
"""

from __future__ import annotations

import contextlib
import difflib
import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator
from tzlocal.windows_tz import win_tz

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NOT_ONE_LINE = "must not contain a line break or another control character"

_DURATION = re.compile(r"(\d{1,6})\s*([smhd])", re.ASCII)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Listen(NamedTuple):
    """Where a server listens. `host` is a name or an address without brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?``, or nothing when no known word is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def parse_duration(raw: object) -> object:
    """``"90s"``, ``"5m"``, ``"6h"``, ``"60d"`` as a timedelta. A bare number is refused: nobody can see its unit."""
    if isinstance(raw, timedelta):
        return raw
    found = _DURATION.fullmatch(raw.strip().lower()) if isinstance(raw, str) else None
    if found is None:
        raise ValueError('is not a duration: write a whole number and a unit, such as "90s", "5m", "6h" or "60d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def parse_zone(raw: object) -> object:
    """An IANA name (``Europe/Paris``) or a Windows name (``Romance Standard Time``) as a ZoneInfo.

    Both are understood because Outlook speaks Windows and everybody else IANA (design rule 9). Windows names in any case.
    """
    if not isinstance(raw, str):
        return raw
    name = raw.strip()
    windows = {key.lower(): value for key, value in win_tz.items()}
    try:
        return ZoneInfo(windows.get(name.lower(), name))
    except (KeyError, ValueError, OSError):
        # An unknown name raises ZoneInfoNotFoundError (a KeyError), a path-like one ValueError, a directory ("Europe") OSError.
        known = {zone.lower(): zone for zone in (*available_timezones(), *win_tz)}
        close = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"; did you mean {known[close[0]]!r}?" if close else ""
        raise ValueError(f"{name!r} is not a time zone; write an IANA or a Windows name, such as 'Europe/Paris'{hint}") from None


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this machine. A name other than ``localhost`` is never trusted to be."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_url(raw: object) -> object:
    """A service's address, without its trailing slash: ``https``, or ``http`` on a loopback host (design section 6).

    The value is never repeated in a fault: people do paste credentials into addresses.
    """
    if not isinstance(raw, str):
        return raw
    parts = _split(raw.strip())
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("is not an address; write one such as 'https://crm.example.com/app'")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry a user or a password; keys and secrets go into files (*_file)")
    if parts.query or parts.fragment:
        raise ValueError("must end with its path, without '?' or '#'")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(
            "must start with https://, since credentials would travel in clear text; http:// is for loopback hosts only"
        )
    return raw.strip().rstrip("/")


def parse_secure_url(raw: object) -> object:
    """The same, and ``https`` even on loopback: MSAL accepts no other authority."""
    url = parse_url(raw)
    if isinstance(url, str) and not url.startswith("https://"):
        raise ValueError("must start with https://")
    return url


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # an impossible port is only noticed when asked for
    except ValueError as error:
        raise ValueError("is not an address; write one such as 'https://crm.example.com/app'") from error
    return parts


def parse_directory_id(raw: object) -> object:
    """The id of an Entra directory, in small letters. A domain name is refused: the id token names the directory by its id."""
    if isinstance(raw, str) and (text := raw.strip().lower()) and _GUID.fullmatch(text):
        return text
    raise ValueError("is not a directory (tenant) id; write one such as '11111111-2222-3333-4444-555555555555', as Entra shows it")


def parse_listen(raw: object) -> object:
    """``"127.0.0.1:8080"``, ``"[::1]:8080"`` or ``"localhost:8080"``. Blank is None: no server of its own."""
    if not isinstance(raw, str):
        return raw
    text = raw.strip()
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("is not a place to listen; write host and port, such as '127.0.0.1:8080'")
    return Listen(host, int(port))


def parse_entries(raw: object) -> object:
    """A map: a TOML table, or the JSON text that GoPaaS's form writes. A name given twice is a fault, not a lottery."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw, object_pairs_hook=_unique)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"is not JSON (line {error.lineno}, column {error.colno}); copy it as GoPaaS writes it, or write a table"
            ) from None
        except RecursionError:
            raise ValueError("is nested too deeply to be a map") from None
    if not isinstance(raw, Mapping):
        raise ValueError(  # noqa: TRY004 - pydantic reports no TypeError
            'must be a table such as { givenName = "prenom", surname = "nom" }, or the JSON that GoPaaS writes'
        )
    wrong = [repr(key) for key, value in raw.items() if not isinstance(value, str)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} must name a GoPaaS field, as text")
    return MappingProxyType(dict(raw))


def text_entries(raw: object) -> Mapping[str, str]:
    """The entries of a map with faults that are text, so that the names in them can be judged as well."""
    with contextlib.suppress(json.JSONDecodeError):
        raw = json.loads(raw) if isinstance(raw, str) else raw
    return {key: value for key, value in raw.items() if isinstance(value, str)} if isinstance(raw, Mapping) else {}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"names {twice!r} twice")
    return seen


def blank_is_none(raw: object) -> object:
    """An empty text means that the key was left out: sample files show keys that way."""
    return None if isinstance(raw, str) and not raw.strip() else raw


def lower(raw: object) -> object:
    """A word that people write in any case."""
    return raw.strip().lower() if isinstance(raw, str) else raw


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Zone = Annotated[ZoneInfo, BeforeValidator(parse_zone)]
ServiceUrl = Annotated[str, BeforeValidator(parse_url)]
SecureUrl = Annotated[str, BeforeValidator(parse_secure_url)]
DirectoryId = Annotated[str, BeforeValidator(parse_directory_id)]
Address = Annotated[Listen, BeforeValidator(parse_listen)]
Entries = Annotated[Mapping[str, str], BeforeValidator(parse_entries)]
