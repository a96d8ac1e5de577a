"""The pages of a sign-in: the link, its button, Microsoft's answer, the end.

Knows cookies and pages; every decision is `SignIn`'s. Looking at a link changes nothing, because mail scanners and previews look at
links too: only the button starts, and only a finished sign-in uses the link up. Microsoft answers visitors of the other pages and
administrators who consent at the same address: an answer's own state says what it is one to.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeAlias, assert_never

import structlog
from aiohttp import web

from outlookd.entra import AdminConsent, Departure, SignedIn, SignIn, SignInRefused, Visit
from outlookd.errors import OutlookdError, RemoteError
from outlookd.sealing import Seal
from outlookd.web.entrance.flow import FLOW_COOKIE, end_of, leave, to_end
from outlookd.web.entrance.receipt import Receipt, read_receipt, write_receipt
from outlookd.web.outcomes import AGAIN, STATUS, Outcome, outcome_of
from outlookd.web.site import Site
from outlookd.web.words.connect import CONNECT

__all__ = ["Arrived", "ConnectPages"]

log = structlog.get_logger()

_RECEIPT = "outlookd-receipt"
_RECEIPT_SECONDS = 120
_FLOW_BYTES = 32


Arrived: TypeAlias = Callable[[web.Request, web.Response, str], Awaitable[None]]
"""Called with the response when Microsoft has named the person behind a login: another room may sign the browser in."""


async def _nobody_waits(_request: web.Request, _response: web.Response, _login: str) -> None:
    """Where there are no other pages, nobody need be signed in to them."""


class ConnectPages:
    """The routes from a one-time link to a connected mailbox, and the address at which Microsoft answers."""

    def __init__(
        self,
        signin: SignIn,
        site: Site,
        redirect_path: str,
        *,
        consent: AdminConsent,
        seal: Seal,
        arrived: Arrived = _nobody_waits,
    ) -> None:
        """`seal` is the state key's: the cookies of these pages are ours, or nothing."""
        self._signin = signin
        self._site = site
        self._redirect_path = redirect_path
        self._consent = consent
        self._seal = seal
        self._arrived = arrived

    def add_to(self, app: web.Application) -> None:
        """Add the routes. None answers HEAD: some checkers send it, and it would run the handler."""
        at = self._site.path
        app.router.add_get(at("/connect/{token}"), self._show, allow_head=False)
        app.router.add_post(at("/connect/{token}"), self._start)
        app.router.add_get(at("/connect/end/{outcome}"), self._end, allow_head=False)
        app.router.add_get(at(self._redirect_path), self._finish, allow_head=False)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        try:
            login = await self._signin.ticket_login(request.match_info["token"])
        except OutlookdError as error:
            return self._page(request, self._noted(error))
        context = {"login": login, "asks_for_mailbox": self._signin.asks_for_mailbox}
        return self._site.render(request, "connect.html", context, words=CONNECT)

    async def _start(self, request: web.Request) -> web.StreamResponse:
        # Always a new session: one that was planted in the browser before is worth nothing (threat T17).
        session = secrets.token_urlsafe(_FLOW_BYTES)
        try:
            address = await self._signin.begin(request.match_info["token"], session)
        except OutlookdError as error:
            return self._page(request, self._noted(error))
        return leave(self._site, Departure(address=address, session=session))

    async def _finish(self, request: web.Request) -> web.StreamResponse:
        if self._consent.concerns(request.query):
            return self._consented(request)
        session = self._site.cookie(request, FLOW_COOKIE)
        try:
            came = await self._signin.finish(request.query, session)
        except OutlookdError as error:
            return self._refused(error)
        return await self._welcome(request, came)

    async def _welcome(self, request: web.Request, came: SignedIn | Visit) -> web.Response:
        response = web.Response(status=HTTPStatus.SEE_OTHER)
        self._site.drop_cookie(response, FLOW_COOKIE)
        match came:
            case SignedIn(binding=binding, mailbox=mailbox):
                await self._arrived(request, response, binding.login)
                self._keep_receipt(response, Receipt(login=binding.login, mailbox=mailbox))
                location = self._site.path(end_of(Outcome.DONE))
            case Visit(login=login):
                await self._arrived(request, response, login)
                location = self._site.path("/")
            case _:
                assert_never(came)
        # Last, and always one of these two: nothing in the address of the request decides where it goes (threat T7).
        response.headers["Location"] = location
        return response

    def _refused(self, error: OutlookdError) -> web.Response:
        response = to_end(self._site, outcome := self._noted(error))
        if outcome is not Outcome.STATE:
            # Otherwise it was not this browser's answer. Its own sign-in, if one is under way, must survive a forged one.
            self._site.drop_cookie(response, FLOW_COOKIE)
        if isinstance(error, SignInRefused) and outcome is Outcome.CONSENT and error.login:
            self._keep_receipt(response, Receipt(login=error.login))
        return response

    def _consented(self, request: web.Request) -> web.Response:
        try:
            granted = self._consent.read(request.query)
        except OutlookdError as error:
            return to_end(self._site, self._noted(error))
        return to_end(self._site, Outcome.CONSENTED if granted else Outcome.NOT_CONSENTED)

    async def _end(self, request: web.Request) -> web.StreamResponse:
        try:
            outcome = Outcome(request.match_info["outcome"])
        except ValueError as error:
            raise web.HTTPNotFound from error
        response = self._page(request, outcome, read_receipt(self._site.cookie(request, _RECEIPT), self._seal))
        self._site.drop_cookie(response, _RECEIPT)
        return response

    def _keep_receipt(self, response: web.Response, receipt: Receipt) -> None:
        self._site.set_cookie(response, _RECEIPT, write_receipt(receipt, self._seal), max_age=_RECEIPT_SECONDS)

    def _page(self, request: web.Request, outcome: Outcome, receipt: Receipt | None = None) -> web.Response:
        ending = CONNECT.of(self._site.language(request)).endings[outcome]
        consent = self._consent.link(receipt.login if receipt else "") if outcome is Outcome.CONSENT else ""
        named = receipt if outcome is Outcome.DONE and receipt is not None and receipt.mailbox else None
        context = {"ending": ending, "receipt": named, "consent": consent, "again": outcome in AGAIN}
        return self._site.render(request, "end.html", context, words=CONNECT, status=STATUS[outcome])

    def _noted(self, error: OutlookdError) -> Outcome:
        """The page for `error`, after telling the operator: the person at the browser can do nothing about a wrong setting."""
        outcome = outcome_of(error)
        code = error.code if isinstance(error, RemoteError) else ""
        fields = {"outcome": outcome.value, "error": type(error).__name__, "code": code, "hint": error.hint}
        if outcome is Outcome.SETTINGS:
            log.error("web.signin.ended", **fields)
        else:
            log.info("web.signin.ended", **fields)
        return outcome
