"""The MSAL application: the only module that imports msal.

Knows how to begin a sign-in (in a browser, or with a device code), redeem its code, renew a token and get the application's own,
each as one blocking MSAL call in a private thread pool. Knows no login, no store and no policy: caches come in and go out as clear
bytes, and refusals by Entra are returned as data.

One cache per account (a few kilobytes, 140 µs to open) instead of one for all: MSAL's operations are linear in the cache
(dependencies.md 1.5).
"""

from __future__ import annotations

import asyncio
import json
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msal
import requests
import structlog

from outlookd.entra.aadsts import Trouble, classify, read_code
from outlookd.entra.transport import HttpClient, NotNow, PatientClient, open_session
from outlookd.errors import ConfigurationError, OutlookdError, ServerTrouble, Throttled, Unintelligible, Unreachable, later

__all__ = ["Authority", "Redemption", "Renewal", "application_scope", "delegated_scopes"]

log = structlog.get_logger()

THREADS = 8
# Continuous access evaluation: Graph may refuse a living token with a claims challenge, which the Graph client hands to
# `TokenSource.token(claims=...)`. In return a revoked user is out within minutes.
_CAPABILITIES = ["CP1"]
_PERMISSIONS = ("Calendars.ReadWrite", "Contacts.ReadWrite", "User.Read")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A code's answer. `result` is MSAL's (an ``error`` in it: refused); `issuer` is what the authority says it signs as."""

    result: Mapping[str, Any]
    cache: bytes
    home_accounts: tuple[str, ...]
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A silent request's answer. `result` None: the cache has nothing to renew with. `cache` None: it did not change."""

    result: Mapping[str, Any] | None
    cache: bytes | None


class Authority:
    """One Entra application in one cloud: the registration, its secret, and the connections to it."""

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        client_secret: str,
        ca_file: Path | None = None,
        instance_discovery: bool = True,
        http_client: HttpClient | None = None,
    ) -> None:
        """`url` is ``https://login.microsoftonline.com/{tenant id | organizations}``. Nothing is sent before the first call.

        `instance_discovery` False is for an authority that Microsoft does not know (the sandbox). `http_client` replaces the
        session.
        """
        self.url = url.rstrip("/")
        self.client_id = client_id
        self._secret = client_secret
        self._instance_discovery = instance_discovery
        self._http = PatientClient(http_client if http_client is not None else open_session(ca_file))
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="entra")
        self._thread = threading.local()
        self._closing = False
        self.refused = ""
        """The code with which Entra last refused the registration itself (its secret, mostly); empty once it let us in again."""

    @property
    def origin(self) -> str:
        """Scheme, host and port of the sign-in pages, for a content security policy."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    async def begin(self, scopes: Sequence[str], *, redirect_uri: str, state: str, lasting: bool = True) -> Mapping[str, Any]:
        """MSAL's flow for a sign-in with code and PKCE: JSON, with ``auth_uri`` to send the browser to and secrets to keep.

        Not `lasting`: no refresh token, and with no scope at all nothing but who the person is. Raises Unreachable, ServerTrouble,
        Throttled or ConfigurationError.
        """
        return await self._call(lambda: self._begin(scopes, redirect_uri, state, lasting=lasting))

    async def redeem(self, flow: Mapping[str, Any], answer: Mapping[str, str]) -> Redemption:
        """Exchange the code for tokens. Raises as `begin`, and ValueError or RuntimeError when state or nonce differ (msal)."""
        return await self._call(lambda: self._redeem(flow, answer))

    async def begin_device(self, scopes: Sequence[str], *, lasting: bool = True) -> Mapping[str, Any]:
        """MSAL's flow for a sign-in on another device, with ``user_code`` and ``verification_uri``; or Entra's refusal.

        Raises as `begin`.
        """
        return await self._call(lambda: dict(self._public(msal.TokenCache(), lasting=lasting).initiate_device_flow(list(scopes))))

    async def redeem_device(self, flow: Mapping[str, Any]) -> Redemption:
        """Ask once whether the person has signed in. Not yet: ``authorization_pending`` as its error. Raises as `begin`."""
        return await self._call(lambda: self._redeem_device(flow))

    async def client_token(self, scope: str, *, claims: str = "") -> Mapping[str, Any]:
        """A new access token of the application's own, no user's (client credentials). Raises as `begin`."""
        return await self._call(lambda: self._client_token(scope, claims))

    async def renew(
        self, cache: bytes, *, home_account: str, scopes: Sequence[str], claims: str = "", force: bool = False
    ) -> Renewal:
        """An access token from the cache (unless `force`), or through its refresh token. Raises as `begin`."""
        return await self._call(lambda: self._renew(cache, home_account, scopes, claims, force))

    async def close(self) -> None:
        """Wait for calls in flight, in a thread because each may take as long as Entra lets it, then close the connections."""
        self._closing = True
        await asyncio.to_thread(self._pool.shutdown)
        self._http.close()

    async def _call(self, work: Callable[[], T]) -> T:
        if self._closing:
            # A run that began with it goes on with it; the next one asks for the new registration.
            raise Unreachable("This registration was replaced by another.", service="entra", hint="The next run uses the new one.")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except (requests.RequestException, json.JSONDecodeError, LookupError) as error:
            raise _translated(error) from error

    def _confidential(self, cache: msal.TokenCache, *, lasting: bool = True) -> msal.ConfidentialClientApplication:
        return self._application(msal.ConfidentialClientApplication, cache, lasting=lasting, client_credential=self._secret)

    def _public(self, cache: msal.TokenCache, *, lasting: bool = True) -> msal.PublicClientApplication:
        # MSAL offers the device flow to applications without a secret only, and Entra offers it where public flows are allowed.
        return self._application(msal.PublicClientApplication, cache, lasting=lasting)

    def _application(self, kind: Callable[..., T], cache: msal.TokenCache, *, lasting: bool, **more: Any) -> T:
        try:
            return kind(
                self.client_id,
                authority=self.url,
                instance_discovery=None if self._instance_discovery else False,
                client_capabilities=_CAPABILITIES,
                exclude_scopes=None if lasting else ["offline_access"],
                token_cache=cache,
                http_client=self._http,
                http_cache=self._http_cache(),
                **more,
            )
        except ValueError as error:
            # MSAL says so for http:, for a directory that does not exist and for a discovery document it cannot read.
            raise ConfigurationError(
                "The sign-in authority cannot be used.",
                faults=("entra.authority: no discovery document there",),
                hint="entra.authority must be https and name an existing directory, such as https://login.microsoftonline.com/organizations.",
            ) from error

    def _http_cache(self) -> dict[str, Any]:
        # Shared between application objects, or each makes its own discovery request (dependencies.md finding 6). But per thread:
        # MSAL locks it per application object only, so that two threads could tear its expiry heap.
        cache: dict[str, Any] | None = getattr(self._thread, "http_cache", None)
        if cache is None:
            cache = self._thread.http_cache = {}
        return cache

    def _begin(self, scopes: Sequence[str], redirect_uri: str, state: str, *, lasting: bool) -> Mapping[str, Any]:
        application = self._confidential(msal.TokenCache(), lasting=lasting)
        with _FILTERS, warnings.catch_warnings():
            # MSAL recommends form_post. That is a cross-site POST, on which a SameSite=Lax cookie is not sent, and the cookie is
            # what binds the answer to the browser (threat T1). The code is single use, useless without PKCE, and never logged.
            warnings.filterwarnings("ignore", message="response_mode='form_post'", category=UserWarning)
            flow = application.initiate_auth_code_flow(
                list(scopes), redirect_uri=redirect_uri, state=state, prompt="select_account"
            )
        return dict(flow)

    def _redeem(self, flow: Mapping[str, Any], answer: Mapping[str, str]) -> Redemption:
        cache = msal.SerializableTokenCache()
        application = self._confidential(cache)
        result = application.acquire_token_by_auth_code_flow(dict(flow), dict(answer))
        self._note(result)
        return self._redemption(result, application, cache)

    def _redeem_device(self, flow: Mapping[str, Any]) -> Redemption:
        cache = msal.SerializableTokenCache()
        application = self._public(cache)
        # One question per call: waiting is the caller's, who can be interrupted. Without the moment of the last one in it MSAL
        # does not warn of questions that are, by the computer's clock, too close.
        asked = {key: value for key, value in flow.items() if key != "latest_attempt_at"}
        return self._redemption(
            application.acquire_token_by_device_flow(asked, exit_condition=lambda _flow: True), application, cache
        )

    def _redemption(
        self, result: Mapping[str, Any], application: msal.ClientApplication, cache: msal.SerializableTokenCache
    ) -> Redemption:
        if "error" in result:
            return Redemption(result=result, cache=b"", home_accounts=(), issuer="")
        return Redemption(
            result=result,
            cache=cache.serialize().encode(),
            home_accounts=tuple(account["home_account_id"] for account in application.get_accounts()),
            issuer=self._issuer(),
        )

    def _issuer(self) -> str:
        # MSAL reads the same document but keeps its issuer private and does not compare it since 1.38.
        document = json.loads(self._http.get(f"{self.url}/v2.0/.well-known/openid-configuration").text)
        return str(document["issuer"])

    def _renew(self, cache: bytes, home_account: str, scopes: Sequence[str], claims: str, force: bool) -> Renewal:
        store = msal.SerializableTokenCache()
        store.deserialize(cache.decode())
        application = self._confidential(store)
        account = next((each for each in application.get_accounts() if each["home_account_id"] == home_account), None)
        if account is None:
            return Renewal(result=None, cache=None)
        result = application.acquire_token_silent_with_error(
            list(scopes), account, force_refresh=force, claims_challenge=claims or None
        )
        self._note(result or {})
        return Renewal(result=result, cache=store.serialize().encode() if store.has_state_changed else None)

    def _client_token(self, scope: str, claims: str) -> Mapping[str, Any]:
        # A cache of its own each time: whoever asks here wants a new one.
        result = self._confidential(msal.TokenCache()).acquire_token_for_client([scope], claims_challenge=claims or None)
        self._note(result)
        return dict(result)

    def _note(self, result: Mapping[str, Any]) -> None:
        """Remember whether Entra takes the registration. A token out of MSAL's cache says nothing about that."""
        if "error" in result and classify(result) is Trouble.OPERATOR:
            self.refused = read_code(result)
        elif result.get("token_source") == "identity_provider":
            self.refused = ""


def delegated_scopes(graph_url: str) -> tuple[str, ...]:
    """The permissions that a user is asked for, contacts and calendars at once so that nobody is asked twice.

    Written in full for the host of `graph_url`, because bare names mean the global cloud (graph.md 8.1). A loopback host is the
    sandbox, which stands for the global cloud.
    """
    return tuple(f"{_resource(graph_url)}/{permission}" for permission in _PERMISSIONS)


def application_scope(graph_url: str) -> str:
    """Everything that an administrator has granted the application itself, as client credentials must ask for it."""
    return f"{_resource(graph_url)}/.default"


def _resource(graph_url: str) -> str:
    host = urlsplit(graph_url).hostname or ""
    return f"https://{'graph.microsoft.com' if host in _LOOPBACK else host}"


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# `warnings.catch_warnings` swaps a list of the whole process: two at a time would restore each other's.
_FILTERS = threading.Lock()


def _try_again(seconds: float | None) -> str:
    return f"Microsoft's sign-in service is in trouble, or busy; try again {later(seconds)}."


def _translated(error: Exception) -> OutlookdError:
    match error:
        case NotNow(status=429, retry_after=seconds):
            return Throttled(
                "Entra asks us to slow down.", service="entra", status=429, retry_after=seconds, hint=_try_again(seconds)
            )
        case NotNow(status=status, retry_after=seconds):
            return ServerTrouble(
                f"Entra answered {status}.", service="entra", status=status, retry_after=seconds, hint=_try_again(seconds)
            )
        case requests.exceptions.SSLError():
            return Unreachable("Entra's certificate is not trusted.", service="entra", hint="Check entra.ca_file.")
        # requests' own JSON error is both: it must not count as a broken connection.
        case json.JSONDecodeError() | LookupError():
            return Unintelligible("Entra answered in an unknown form.", service="entra", hint="Check entra.authority.")
        case requests.RequestException():
            return Unreachable("Entra does not answer.", service="entra", hint="Check entra.authority and the network.")
        case _:
            raise error
