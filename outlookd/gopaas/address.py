"""Where GoPaaS is: the base address and the paths under it.

Knows which addresses are safe to send a key to, and how a name or a record's key becomes one segment of a path. Sends nothing.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import quote

from yarl import URL

from outlookd.errors import BadRecord, ConfigurationError

NOT_A_SEGMENT = frozenset({"", ".", ".."})
"""What a path cannot carry as a name: the server would take it for another address."""


def base_address(url: str) -> URL:
    """The application's address (``https://HOST/APP``), checked.

    Plain ``http`` is accepted on loopback hosts only (design section 6): every request carries a key.

    Raises ConfigurationError.
    """
    try:
        base = URL(url.strip().rstrip("/"))
    except ValueError as error:
        raise ConfigurationError("gopaas.url is not an address.", hint="Write it as https://HOST/APP.") from error
    if base.scheme not in {"http", "https"} or not base.host:
        raise ConfigurationError("gopaas.url is not a web address.", hint="Write it as https://HOST/APP.")
    if base.scheme == "http" and not is_loopback(base.host):
        raise ConfigurationError(
            "gopaas.url would send the key unencrypted.", hint="Use https://; http:// is for this machine only."
        )
    if base.raw_user or base.raw_password or base.raw_query_string or base.raw_fragment:
        raise ConfigurationError("gopaas.url may hold a host and a path only.", hint="Write it as https://HOST/APP.")
    return base


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its very name; nothing is resolved."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def list_path(view: str) -> str:
    """The path of a view's rows. `view` is its number or its key, such as ``contact.default``.

    Raises ConfigurationError.
    """
    return f"list/{_configured('view', view)}/"


def item_path(table: str, key: str) -> str:
    """The path of one record.

    Raises ConfigurationError for the table, BadRecord for the key: a key comes from data, and ``..`` would name something else.
    """
    if key in NOT_A_SEGMENT:
        raise BadRecord("this key cannot be asked for: it would be another address", field="cle")
    return f"item/{_configured('table', table)}/{quote(key, safe='')}/"


def items_path(table: str) -> str:
    """The path that writes records of `table`.

    Raises ConfigurationError.
    """
    return f"items/{_configured('table', table)}/"


def _configured(what: str, name: str) -> str:
    if name.strip() in NOT_A_SEGMENT:
        raise ConfigurationError(f"the {what} is empty or not a name.", hint=f"Set the job's {what}.")
    return quote(name.strip(), safe="")
