"""The HTTP session that MSAL speaks through.

Knows sockets, TLS trust and status codes that mean "not now". Does not know OAuth.

MSAL's own session has no timeout, lets ``REQUESTS_CA_BUNDLE`` win over the configured CA (graph.md trap 28), keeps cookies of all
users in one jar and follows redirects with a client secret in the body: ours does none of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Protocol

import requests

__all__ = ["HttpClient", "HttpResponse", "NotNow", "PatientClient", "open_session"]

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
RETRY_AFTER_CAP = 3600.0


class HttpResponse(Protocol):
    """What MSAL reads of a response."""

    # Read-only, because requests' own types are narrower.
    @property
    def status_code(self) -> int: ...

    @property
    def text(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def raise_for_status(self) -> None: ...


class HttpClient(Protocol):
    """What MSAL asks of a session: no more, so that a test can hand in a few canned answers (dependencies.md 1.5).

    `get` and `post` take the address first, then `params`, `headers` and `data` by name.
    """

    def get(self, *args: Any, **options: Any) -> HttpResponse: ...

    def post(self, *args: Any, **options: Any) -> HttpResponse: ...

    def close(self) -> None: ...


class NotNow(requests.RequestException):
    """429 or 5xx, raised instead of returned.

    A RequestException on purpose: MSAL then falls back to a token that is ageing but still valid, which it does not do for a 5xx
    *answer* (graph.md 8.3).
    """

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after


class PatientClient:
    """Wraps a client so that 429 and 5xx become NotNow, before MSAL remembers them or tries to read them as JSON."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    def get(self, url: str, **options: Any) -> HttpResponse:
        """As the wrapped client's. Raises NotNow."""
        return _checked(self._client.get(url, **options))

    def post(self, url: str, **options: Any) -> HttpResponse:
        """As the wrapped client's. Raises NotNow."""
        return _checked(self._client.post(url, **options))

    def close(self) -> None:
        """Close the wrapped client."""
        self._client.close()


class _Session(requests.Session):
    """A requests session with timeouts, and without redirects or cookies."""

    def request(self, *args: Any, **options: Any) -> requests.Response:
        # `get` asks for redirects by default, so this must overrule, not supply a default.
        options["allow_redirects"] = False
        options.setdefault("timeout", (CONNECT_SECONDS, READ_SECONDS))
        return super().request(*args, **options)


def open_session(ca_file: Path | None) -> requests.Session:
    """A session that trusts `ca_file`, or the system's usual authorities, whatever the environment says."""
    session = _Session()
    session.trust_env = False
    session.verify = True if ca_file is None else str(ca_file)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _checked(response: HttpResponse) -> HttpResponse:
    status = response.status_code
    if status == 429 or status >= 500:
        raise NotNow(status, _seconds({name.lower(): value for name, value in response.headers.items()}.get("retry-after", "")))
    return response


def _seconds(retry_after: str) -> float | None:
    # Entra sends whole seconds only (MSAL relies on it too); a date would be a proxy's, and is left to the caller's own back-off.
    return min(float(retry_after), RETRY_AFTER_CAP) if retry_after.isascii() and retry_after.isdigit() else None
