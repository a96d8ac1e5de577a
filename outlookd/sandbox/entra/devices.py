"""The device code flow: the code that a device shows, and the page on which a person enters it (Graph page, section 8.1).

What a device is answered while it waits is the token endpoint's business (`exchange.py`).
"""

from __future__ import annotations

import secrets
import string
from dataclasses import replace

from aiohttp import web

from outlookd.sandbox.directory import Client
from outlookd.sandbox.entra import pages, signin
from outlookd.sandbox.entra.errors import AadError
from outlookd.sandbox.entra.place import Endpoint, read_fields
from outlookd.sandbox.entra.scopes import Wish, read_scope
from outlookd.sandbox.tokens import DEVICE_LIFE, Device


class Devices(Endpoint):
    """The endpoints of the flow."""

    async def begin(self, request: web.Request) -> web.Response:
        """The beginning of the device flow."""
        form = await read_fields(request)
        try:
            self.check_tenant(request)
            client = self._public_client(form.get("client_id", ""))
            wish = _wish(client, form.get("scope", ""))
        except AadError as error:
            return self.refusal(request, error)
        user_code = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(9))
        expires = self.directory.now() + DEVICE_LIFE
        device = Device(client_id=client.client_id, user_code=user_code, scopes=wish.words, expires=expires)
        uri = f"{self.base(request, request.match_info['tenant'])}/oauth2/deviceauth"
        return web.json_response(
            {
                "device_code": self.directory.tokens.devices.put(device),
                "user_code": user_code,
                "verification_uri": uri,
                "expires_in": int(DEVICE_LIFE.total_seconds()),
                "interval": self.directory.switches.device_interval,
                "message": f"To sign in, open the page {uri} and enter the code {user_code} to authenticate.",
            }
        )

    def _public_client(self, client_id: str) -> Client:
        """The application that may use the device flow. Raises AadError 700016, 7000218."""
        client = self.directory.client(client_id)
        if client is None:
            raise AadError(700016)
        if not client.public_flows:
            raise AadError(7000218)
        return client

    async def ask(self, request: web.Request) -> web.Response:
        """The page on which a person enters the code of a device."""
        return self._page(request.query.get("user_code", ""))

    async def decide(self, request: web.Request) -> web.Response:
        """The code that was entered, and by whom. A code is good for one decision."""
        form = await read_fields(request)
        user_code = form.get("user_code", "").strip().upper()
        key, device = self._waiting(user_code)
        user = self.directory.user(form.get("user", ""))
        if device is None or (user is None and "decline" not in form):
            return self._page(user_code, "That code is not known, or no longer.")
        client = self.directory.client(device.client_id)
        if user is None or client is None:
            self.directory.tokens.devices.swap(key, replace(device, declined=True))
            return self._page("", "You have declined.")
        try:
            signin.agree(self.directory, client, user, read_scope(" ".join(device.scopes)))
        except AadError as error:
            return self._page(user_code, str(error))
        user.mfa_required = False
        self.directory.tokens.devices.swap(key, replace(device, object_id=user.object_id))
        return self._page("", "You have signed in on your device. You can close this page.")

    def _waiting(self, user_code: str) -> tuple[str, Device | None]:
        """The device that shows this code and waits for an answer."""
        for key, device in self.directory.tokens.devices.items():
            decided = device.declined or device.object_id
            if device.user_code == user_code and not decided and device.expires > self.directory.now():
                return key, device
        return "", None

    def _page(self, user_code: str, notice: str = "") -> web.Response:
        return pages.device_page(self.directory.users, user_code, notice)


def _wish(client: Client, scope: str) -> Wish:
    """What is asked for. Raises AadError 90094 for what the application was not registered for, and as `read_scope`."""
    wish = read_scope(scope)
    if wish.permissions - client.delegated:
        raise AadError(90094)
    return wish
