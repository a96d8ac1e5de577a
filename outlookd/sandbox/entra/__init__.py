"""Microsoft Entra ID v2 over HTTP: discovery, sign-in, tokens; device codes are in `devices.py`, admin consent in `consent.py`.

MSAL demands TLS, so the launcher serves this with a certificate of `tls.py`. Links start with the scheme and host of the request.
Turns HTTP into the functions of `signin.py` and `exchange.py` and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from outlookd.sandbox.directory import Directory, User
from outlookd.sandbox.entra import pages, signin
from outlookd.sandbox.entra.consent import Consent
from outlookd.sandbox.entra.devices import Devices
from outlookd.sandbox.entra.errors import AadError, error_body, from_fault
from outlookd.sandbox.entra.exchange import Demand, exchange
from outlookd.sandbox.entra.place import Endpoint, lead_back, read_decision, read_fields
from outlookd.sandbox.faults import Fault, Faults
from outlookd.sandbox.requests import RequestLog
from outlookd.sandbox.traffic import REQUESTS, watched

__all__ = ["REQUESTS", "entra_app"]


def entra_app(directory: Directory, faults: Faults | None = None, *, requests: RequestLog | None = None) -> web.Application:
    """An application that signs in the people of `directory`. Ordered faults are those of service ``entra``."""
    faults = Faults() if faults is None else faults
    log = RequestLog() if requests is None else requests  # an empty log is false, too
    entra, devices, consent = Entra(directory), Devices(directory), Consent(directory)
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
        ("POST", "/{tenant}/oauth2/v2.0/devicecode", devices.begin),
        ("GET", "/{tenant}/oauth2/deviceauth", devices.ask),
        ("POST", "/{tenant}/oauth2/deviceauth", devices.decide),
        *(("GET", f"/{{tenant}}/{version}adminconsent", consent.ask) for version in ("v2.0/", "")),
        *(("POST", f"/{{tenant}}/{version}adminconsent", consent.decide) for version in ("v2.0/", "")),
    )
    for method, path, handle in routes:
        app.router.add_route(method, path, watched(handle, log=log, faults=faults, service="entra", render=fault_body))
    return app


class Entra(Endpoint):
    """Discovery, sign-in and tokens of one directory."""

    async def instance(self, request: web.Request) -> web.Response:
        """What MSAL asks of the public cloud when instance discovery is on."""
        endpoint = f"{self.base(request, self.directory.tenant_id)}/v2.0/.well-known/openid-configuration"
        return web.json_response({"tenant_discovery_endpoint": endpoint, "metadata": []})

    async def discovery(self, request: web.Request) -> web.Response:
        """The OpenID configuration of a tenant."""
        try:
            self.check_tenant(request)
        except AadError as error:
            return self.refusal(request, error)
        base = self.base(request, request.match_info["tenant"])
        return web.json_response(
            {
                "issuer": self.issuer(request),
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
        form, decision = await read_decision(request)
        return self._authorize(request, form, decision=decision)

    def _authorize(self, request: web.Request, parameters: dict[str, str], *, decision: Mapping[str, str]) -> web.Response:
        try:
            self.check_tenant(request)
            wanted = signin.read_request(self.directory, parameters)
        except AadError as error:
            return pages.error_page(str(error), error.status)
        try:
            signin.check_request(wanted)
            user = self._signed_in(wanted, decision)
            if user is None:
                scope = parameters.get("scope", "")
                return pages.sign_in_page(self.directory.users, wanted.client.client_id, scope, parameters)
            answer = signin.accept(self.directory, wanted, user)
        except AadError as error:
            answer = signin.refuse(wanted, error)
        if wanted.form_post:
            return pages.form_post_page(wanted.redirect_uri, answer)
        return lead_back(wanted.redirect_uri, answer)

    def _signed_in(self, wanted: signin.Request, decision: Mapping[str, str]) -> User | None:
        """Who pressed a button or needs none; None asks for the page. Raises AadError 65004 for the button that declines."""
        if "decline" in decision:
            raise AadError(65004)
        return self.directory.user(decision.get("user", "")) or signin.silent_user(self.directory, wanted)

    async def token(self, request: web.Request) -> web.Response:
        """The token endpoint."""
        form = await read_fields(request)
        authorization = request.headers.get("Authorization", "")
        try:
            self.check_tenant(request)
            answer = exchange(self.directory, Demand(form=form, authorization=authorization, issuer=self.issuer(request)))
        except AadError as error:
            return self.refusal(request, error)
        return web.json_response(answer, headers={"Cache-Control": "no-store"})
