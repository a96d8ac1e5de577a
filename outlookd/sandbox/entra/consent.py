"""Admin consent: an administrator agrees to an application for the whole organisation (Graph page, section 8.1, v2 and legacy).

What follows from it is in `Directory.consent_for_all`; without it people are refused if the switch `user_consent` says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from outlookd.sandbox.directory import Client
from outlookd.sandbox.entra import pages
from outlookd.sandbox.entra.errors import AadError
from outlookd.sandbox.entra.place import Endpoint, lead_back, read_decision
from outlookd.sandbox.entra.scopes import Wish, read_scope
from outlookd.sandbox.entra.signin import registered

EVERYTHING = "https://graph.microsoft.com/.default"


class Consent(Endpoint):
    """The page ``adminconsent``. Its answer goes to the redirect URI, unless that is in doubt."""

    async def ask(self, request: web.Request) -> web.Response:
        """The page that says what the application wants."""
        return self._answer(request, dict(request.query), decision={})

    async def decide(self, request: web.Request) -> web.Response:
        """The button that was pressed on it."""
        form, decision = await read_decision(request)
        return self._answer(request, form, decision=decision)

    def _answer(self, request: web.Request, parameters: Mapping[str, str], *, decision: Mapping[str, str]) -> web.Response:
        try:
            self.check_tenant(request)
            client, redirect_uri = registered(self.directory, parameters)
        except AadError as error:
            return pages.error_page(str(error), error.status)
        user = self.directory.user(decision.get("user", ""))
        if user is not None and not user.admin:
            # Entra shows such a person a page that asks for an administrator; the application hears nothing.
            return pages.error_page(str(AadError(90094)))
        try:
            wish = _wish(request, client, parameters, declined="decline" in decision)
            if user is None:
                return pages.consent_page(self.directory.users, client.client_id, " ".join(sorted(wish.words)), parameters)
            self.directory.consent_for_all(client, None if wish.everything else wish.permissions)
            told = {"admin_consent": "True", "tenant": self.directory.tenant_id, "scope": " ".join(sorted(wish.words))}
        except AadError as error:
            told = {"error": error.error, "error_description": str(error)}
            told |= {"error_subcode": "cancel"} if error.code == 65004 else {}
        told |= {"state": parameters["state"]} if parameters.get("state") else {}
        return lead_back(redirect_uri, told)


def _wish(request: web.Request, client: Client, parameters: Mapping[str, str], *, declined: bool) -> Wish:
    """What is asked for. The legacy address has no scope and means everything. Raises AadError 900144, 70011, 500011, 65004."""
    legacy = "/v2.0/" not in request.path
    wish = read_scope(parameters.get("scope", "") or (EVERYTHING if legacy else ""))
    if wish.permissions - client.delegated:
        raise AadError(70011)
    if declined:
        raise AadError(65004)
    return wish
