"""Which addresses a bearer token may be sent to: the configured Graph, and nothing else.

Graph hands out whole addresses (`@odata.nextLink`, `@odata.deltaLink`) that must be called as they stand. An answer that was
tampered with, or a state database that was, could so send a user's token to a stranger (graph.md section 9, trap 35). The
check is on scheme and the whole network location, port included, and on the very object that is called afterwards, so that
no second parser can see another host.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from yarl import URL

from outlookd.errors import ConfigurationError, Unintelligible

if TYPE_CHECKING:
    from outlookd.core.model import Span

INSTANT = "%Y-%m-%dT%H:%M:%SZ"
"""How Graph is told a moment in UTC, to the second."""

_ODD = re.compile(r"[^\x21-\x7e]|\\")
"""What no honest link contains: blanks, control characters, letters outside ASCII, backslashes."""


def service_root(url: str) -> URL:
    """The root of the API, ending in its version, for the `graph.url` of the settings.

    Raises ConfigurationError for anything but https, or http on a loopback host (design section 6).
    """
    try:
        root = URL(url.strip())
    except ValueError as error:
        raise _fault("it is not an address") from error
    if root.scheme not in {"https", "http"} or not root.host:
        raise _fault("it must start with https:// and name a host")
    if root.scheme == "http" and not _is_loopback(root.host):
        raise _fault("http:// is accepted on loopback hosts only, because it would show the users' tokens on the network")
    if root.user or root.password or root.query_string or root.fragment:
        raise _fault("it must have no user name, query or fragment")
    path = root.path.rstrip("/") or "/v1.0"
    return root.with_path(path)


def trusted(link: str, root: URL) -> URL:
    """`link` as an address that may be called with a token, byte for byte as Graph wrote it.

    yarl would otherwise decode ``%2F`` and ``%27`` on the way, and Graph would no longer know its own token.
    Raises Unintelligible when the link leads anywhere but to `root`'s scheme, host and port. The link is not in the message:
    it contains a state token.
    """
    if not _ODD.search(link):
        with suppress(ValueError, IndexError):
            url = URL(link, encoded=True)
            if (url.scheme, url.raw_authority) == (root.scheme, root.raw_authority):
                return url
    raise Unintelligible(
        "Graph handed out a link that leads to another host than the configured one; it was not followed.",
        service="graph",
        code="ForeignLink",
    )


def segment(text: str) -> str:
    """An id as one segment of a path. Ids are case-sensitive and may contain ``=``, ``-`` and ``_`` (trap 26)."""
    return quote(text, safe="=-_")


def encoded_query(**options: str | int) -> str:
    """OData options, named without their ``$``, as a query. A space becomes ``%20``: Graph does not read ``+`` (graph.md 4.1)."""
    return urlencode({f"${name}": value for name, value in options.items()}, quote_via=quote, safe="$'(),:/")


def within(path: str, span: Span) -> str:
    """`path` narrowed to a span of time, in whole seconds outward. The edges are options without a ``$`` (graph.md 2.5)."""
    start = span.start.astimezone(UTC).replace(microsecond=0)
    end = span.end.astimezone(UTC).replace(microsecond=0)
    last = end if end == span.end else end + timedelta(seconds=1)
    edges = f"startDateTime={start:{INSTANT}}&endDateTime={last:{INSTANT}}"
    return f"{path}{'&' if '?' in path else '?'}{edges}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _fault(reason: str) -> ConfigurationError:
    return ConfigurationError("graph.url cannot be used.", faults=[f"graph.url: {reason}"], hint=f"graph.url: {reason}.")
