"""A browser that shows its cookies: the test server has no TLS, so a real cookie jar would keep Secure cookies back."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, make_mocked_request
from unit.entra.pieces import PUBLIC, REDIRECT
from unit.entra.twins import Sts
from yarl import URL

from outlookd.web import SessionVisitors

__all__ = ["FROM_OUR_PAGE", "PUBLIC", "REDIRECT", "SESSION_COOKIE", "Browser", "sign_in"]

SESSION_COOKIE = "__Host-outlookd-session"
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """One browser: it keeps cookies and never follows a redirect by itself."""

    def __init__(self, client: TestClient[web.Request, web.Application], sts: Sts) -> None:
        self.client = client
        self.sts = sts
        self.cookies: dict[str, str] = {}

    def another(self) -> Browser:
        """A second browser at the same server."""
        return Browser(self.client, self.sts)

    async def get(self, path: str | URL, **options: Any) -> ClientResponse:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, headers: dict[str, str] = FROM_OUR_PAGE, **options: Any) -> ClientResponse:
        return await self.ask("POST", path, headers=headers, **options)

    async def ask(self, method: str, path: str | URL, *, headers: dict[str, str] | None = None, **options: Any) -> ClientResponse:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**(headers or {}), **({"Cookie": cookie} if cookie else {})}
        response = await self.client.request(method, path, headers=sent, allow_redirects=False, **options)
        await response.read()
        for line in response.headers.getall("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return response

    async def start(self, token: str) -> dict[str, str]:
        """Press the button, choose the account at Microsoft; the answer that Microsoft sends back."""
        response = await self.post(f"/crm/connect/{token}")
        assert response.status == 303
        return self.sts.visit(response.headers["Location"])

    async def come_back(self, answer: dict[str, str]) -> ClientResponse:
        return await self.get(f"/crm{REDIRECT}", params=answer)


async def sign_in(browser: Browser, visitors: SessionVisitors, login: str) -> str:
    """Give the browser a session of that login, as if it came back from Microsoft. Returns the cookie's value."""
    response = web.Response()
    await visitors.begin(make_mocked_request("GET", "/"), response, login)
    token = response.cookies[SESSION_COOKIE].value
    browser.cookies[SESSION_COOKIE] = token
    return token
