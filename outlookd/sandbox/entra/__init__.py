"""Microsoft Entra ID v2 over HTTP: discovery, sign-in, tokens, device codes.

MSAL demands TLS, so the launcher serves this with a certificate of `tls.py`. Links start with the scheme and host of the request.
Turns HTTP into the functions of `signin.py` and `exchange.py` and back.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from outlookd.sandbox.directory import Client, Directory, User
from outlookd.sandbox.entra import pages, signin
from outlookd.sandbox.entra.errors import AadError, error_body, from_fault
from outlookd.sandbox.entra.exchange import Demand, exchange
from outlookd.sandbox.entra.scopes import read_scope
from outlookd.sandbox.faults import Fault, Faults
from outlookd.sandbox.requests import RequestLog
from outlookd.sandbox.tokens import DEVICE_LIFE, Device
from outlookd.sandbox.traffic import REQUESTS, watched

__all__ = ["REQUESTS", "entra_app"]

ANY_TENANT = frozenset({"common", "organizations"})
POLL_INTERVAL = 1


def entra_app(directory: Directory, faults: Faults | None = None, *, requests: RequestLog | None = None) -> web.Application:
    """An application that signs in the people of `directory`. Ordered faults are those of service ``entra``."""
    faults = Faults() if faults is None else faults
    log = RequestLog() if requests is None else requests  # an empty log is false, too
    entra = Entra(directory)
    app = web.Application()
    app[REQUESTS] = log

    def fault_body(request: web.Request, fault: Fault) -> Mapping[str, Any]:
        return error_body(from_fault(fault), directory.now(), request.headers.get("client-request-id", ""))

    routes: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/common/discovery/instance", entra.instance),
        ("GET", "/{tenant}/v2.0/.well-known/openid-configuration", entra.discovery),
        ("GET", "/{tenant}/discovery/v2.0/keys", entra.keys),
        ("GET", "/{tenant}/oauth2/v2.0/authorize", entra.authorize),
        ("POST", "/{tenant}/oauth2/v2.0/authorize", entra.decide),
        ("POST", "/{tenant}/oauth2/v2.0/token", entra.token),
        ("POST", "/{tenant}/oauth2/v2.0/devicecode", entra.device_code),
        ("GET", "/{tenant}/oauth2/deviceauth", entra.device),
        ("POST", "/{tenant}/oauth2/deviceauth", entra.decide_device),
    )
    for method, path, handle in routes:
        app.router.add_route(method, path, watched(handle, log=log, faults=faults, service="entra", render=fault_body))
    return app


class Entra:
    """The endpoints of one directory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def instance(self, request: web.Request) -> web.Response:
        """What MSAL asks of the public cloud when instance discovery is on."""
        endpoint = f"{self._base(request, self._directory.tenant_id)}/v2.0/.well-known/openid-configuration"
        return web.json_response({"tenant_discovery_endpoint": endpoint, "metadata": []})

    async def discovery(self, request: web.Request) -> web.Response:
        """The OpenID configuration of a tenant."""
        try:
            self._check_tenant(request)
        except AadError as error:
            return self._refusal(request, error)
        base = self._base(request, request.match_info["tenant"])
        return web.json_response(
            {
                "issuer": self._issuer(request),
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["HS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            }
        )

    async def keys(self, _request: web.Request) -> web.Response:
        """No keys: see `identity.id_token`."""
        return web.json_response({"keys": []})

    async def authorize(self, request: web.Request) -> web.Response:
        """The sign-in page, or the way straight back when no page is needed."""
        return self._authorize(request, dict(request.query), decision={})

    async def decide(self, request: web.Request) -> web.Response:
        """The button that was pressed on the sign-in page."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        decision: dict[str, str] = {name: form.pop(name) for name in ("user", "decline") if name in form}
        return self._authorize(request, form, decision=decision)

    def _authorize(self, request: web.Request, parameters: dict[str, str], *, decision: Mapping[str, str]) -> web.Response:
        try:
            self._check_tenant(request)
            wanted = signin.read_request(self._directory, parameters)
        except AadError as error:
            return pages.error_page(str(error), error.status)
        try:
            signin.check_request(wanted)
            user = self._signed_in(wanted, decision)
            if user is None:
                scope = parameters.get("scope", "")
                return pages.sign_in_page(self._directory.users, wanted.client.client_id, scope, parameters)
            answer = signin.accept(self._directory, wanted, user)
        except AadError as error:
            answer = signin.refuse(wanted, error)
        if wanted.form_post:
            return pages.form_post_page(wanted.redirect_uri, answer)
        location = str(URL(wanted.redirect_uri).update_query(answer))
        return web.Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})

    def _signed_in(self, wanted: signin.Request, decision: Mapping[str, str]) -> User | None:
        """Who pressed a button or needs none; None asks for the page. Raises AadError 65004 for the button that declines."""
        if "decline" in decision:
            raise AadError(65004)
        return self._directory.user(decision.get("user", "")) or signin.silent_user(self._directory, wanted)

    async def token(self, request: web.Request) -> web.Response:
        """The token endpoint."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        authorization = request.headers.get("Authorization", "")
        try:
            self._check_tenant(request)
            answer = exchange(self._directory, Demand(form=form, authorization=authorization, issuer=self._issuer(request)))
        except AadError as error:
            return self._refusal(request, error)
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    async def device_code(self, request: web.Request) -> web.Response:
        """The beginning of the device flow."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            self._check_tenant(request)
            client = self._public_client(form.get("client_id", ""))
            wish = read_scope(form.get("scope", ""))
        except AadError as error:
            return self._refusal(request, error)
        user_code = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(9))
        expires = self._directory.now() + DEVICE_LIFE
        device = Device(client_id=client.client_id, user_code=user_code, scopes=wish.words, expires=expires)
        uri = f"{self._base(request, request.match_info['tenant'])}/oauth2/deviceauth"
        return web.json_response(
            {
                "device_code": self._directory.tokens.devices.put(device),
                "user_code": user_code,
                "verification_uri": uri,
                "expires_in": int(DEVICE_LIFE.total_seconds()),
                "interval": POLL_INTERVAL,
                "message": f"To sign in, open the page {uri} and enter the code {user_code} to authenticate.",
            }
        )

    def _public_client(self, client_id: str) -> Client:
        """The application that may use the device flow. Raises AadError 700016, 7000218."""
        client = self._directory.client(client_id)
        if client is None:
            raise AadError(700016)
        if not client.public_flows:
            raise AadError(7000218)
        return client

    async def device(self, request: web.Request) -> web.Response:
        """The page on which a person enters the code of a device."""
        return pages.device_page(self._directory.users, request.query.get("user_code", ""))

    async def decide_device(self, request: web.Request) -> web.Response:
        """The code that was entered, and by whom."""
        form = await request.post()
        user_code, devices = str(form.get("user_code", "")).strip().upper(), self._directory.tokens.devices
        key, found = next(((key, item) for key, item in devices.items() if item.user_code == user_code), ("", None))
        user = self._directory.user(str(form.get("user", "")))
        if found is None or (user is None and "decline" not in form):
            return pages.device_page(self._directory.users, user_code, "That code is not known.")
        client = self._directory.client(found.client_id)
        if user is None or client is None:
            devices.swap(key, replace(found, declined=True))
            return pages.device_page(self._directory.users, "", "You have declined.")
        signin.agree(client, user, read_scope(" ".join(found.scopes)))
        devices.swap(key, replace(found, object_id=user.object_id))
        return pages.device_page(self._directory.users, "", "You have signed in on your device. You can close this page.")

    def _check_tenant(self, request: web.Request) -> None:
        """Whether the tenant of the path is ours: by id, by a domain of its people, or any. Raises AadError 90002."""
        tenant = request.match_info["tenant"].lower()
        domains = {user.upn.rpartition("@")[2].lower() for user in self._directory.users}
        if tenant not in ANY_TENANT | domains | {self._directory.tenant_id.lower()}:
            raise AadError(90002)

    def _base(self, request: web.Request, tenant: str) -> str:
        return f"{request.scheme}://{request.host}/{tenant}"

    def _issuer(self, request: web.Request) -> str:
        return f"{self._base(request, self._directory.tenant_id)}/v2.0"

    def _refusal(self, request: web.Request, error: AadError) -> web.Response:
        body = error_body(error, self._directory.now(), request.headers.get("client-request-id", ""))
        return web.json_response(body, status=error.status, headers={"Cache-Control": "no-store"})
