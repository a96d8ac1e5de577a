"""Signing in through a browser: to bind a mailbox to a login, or to visit our pages as the login that it is bound to.

One-time link or button, authorization code with PKCE, checks, then what was decided. Knows what must be single use. Does not know
HTML, cookies or routes (`outlookd.web`), nor what makes a mailbox a login's (`admission`).

Three secrets are handed out, and the database holds none of them in clear: the link's token and the flow's state are stored as
hashes, the flow (PKCE verifier, nonce) is sealed. The flow's hash covers the browser session as well, so an answer that arrives in
another browser finds nothing (threats T1 and T3) and costs the rightful one nothing.

A visit begins without a link, so anybody can begin any number of them: its flow is not stored. The browser itself carries it,
sealed and bound to the state. That it ends once is Entra's doing, which takes a code once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from outlookd.entra.admission import Admission, refusal, refuse
from outlookd.entra.authority import Authority, Redemption
from outlookd.entra.refusal import Reason
from outlookd.entra.tally import counted
from outlookd.meter import SILENT, Meter
from outlookd.ports import Accounts, Binding, Clock
from outlookd.sealing import SIGN_IN, Seal, SealBroken

__all__ = ["Departure", "SignIn", "SignedIn", "Ticket", "Visit"]

log = structlog.get_logger()

TICKET_LIFE = timedelta(hours=24)
FLOW_LIFE = timedelta(minutes=10)
_VISIT_PURPOSE = "visit"
_SECRET_BYTES = 32
# A link that may replace the mailbox says so in front of its secret. The stored hash covers both, so nobody can add it to a link.
_REPLACE_MARK = "r-"
# No session that is a random value has a dot in it.
_VISIT_MARK = "v."
_KEPT = ("state", "nonce", "code_verifier", "redirect_uri", "scope", "claims_challenge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A one-time link for one login. `token` is its secret part, `url` the whole; neither is stored or logged."""

    token: str
    url: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where to send the browser of a visitor, and the value that it alone holds until it comes back."""

    address: str
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A mailbox was bound. `mailbox` is the account's name, for the person to see once (threat T2); it is not stored."""

    binding: Binding
    mailbox: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody came to the pages: the login that their account is bound to. `mailbox` is its name, to be shown and not stored."""

    login: str
    mailbox: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """What is kept, sealed, between leaving for Microsoft and coming back. A visit has no login yet, and no ticket."""

    flow: Mapping[str, Any]
    client: str
    login: str = ""
    ticket: str = ""
    replace: bool = False
    visit: bool = False


class SignIn:
    """The sign-in of users, from the link or button to what it ends in."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        authority: Callable[[str], Authority],
        admission: Admission,
        seal: Seal,
        clock: Clock,
        scopes: Sequence[str],
        public_url: str,
        redirect_path: str,
        meter: Meter = SILENT,
    ) -> None:
        """`authority` gives the registration for a login, or the installation's own for an empty one.

        `public_url` is where browsers reach us and comes from the settings only, never from a Host header (threat T22). Without
        `scopes` nobody is asked for a mailbox: a link then binds who the person is.
        """
        self._accounts = accounts
        self._authority = authority
        self._admission = admission
        self._seal = seal
        self._clock = clock
        self._scopes = tuple(scopes)
        self._public_url = public_url.rstrip("/")
        self._redirect_uri = self._public_url + redirect_path
        self._meter = meter

    @property
    def asks_for_mailbox(self) -> bool:
        """Whether a link asks the person for access to the mailbox, or only for who they are."""
        return bool(self._scopes)

    async def issue_ticket(self, login: str, *, replace: bool = False) -> Ticket:
        """A link with which whoever opens it binds a mailbox to `login`: hand it to that person only.

        It lives 24 hours and ends with the first sign-in that succeeds; a wrong account or a closed tab does not use it up.
        `replace` lets it bind another mailbox than the present one.
        """
        token = (_REPLACE_MARK if replace else "") + secrets.token_urlsafe(_SECRET_BYTES)
        expires = self._clock.now() + TICKET_LIFE
        await self._accounts.add_ticket(_hashed(token), login, expires)
        return Ticket(token=token, url=f"{self._public_url}/connect/{token}", expires=expires)

    async def ticket_login(self, token: str) -> str:
        """The login a living link is for; the link stays as it is. Raises SignInRefused (LINK)."""
        login = await self._accounts.peek_ticket(_hashed(token), self._clock.now())
        if login is None:
            raise refusal(Reason.LINK)
        return login

    async def begin(self, token: str, session: str) -> str:
        """The address at Microsoft to send the browser to. `session` is a fresh random value that only this browser holds.

        Raises SignInRefused (LINK), Unreachable, ServerTrouble, Throttled, ConfigurationError or StoreError.
        """
        login = await self.ticket_login(token)
        state = secrets.token_urlsafe(_SECRET_BYTES)
        aim: Mapping[str, str | bool] = {"login": login, "ticket": _hashed(token), "replace": token.startswith(_REPLACE_MARK)}
        address, started = await self._leave(state, login=login, scopes=self._scopes, aim=aim)
        digest = _flow_digest(state, session)
        sealed = self._seal.seal(json.dumps(started).encode(), purpose=SIGN_IN, owner=digest)
        await self._accounts.keep_flow(digest, sealed, self._clock.now() + FLOW_LIFE)
        self._begun(visit=False)
        return address

    async def begin_visit(self) -> Departure:
        """The same for somebody who wants to see our pages: asks for nothing but who they are, and stores nothing.

        Raises Unreachable, ServerTrouble, Throttled or ConfigurationError.
        """
        state = secrets.token_urlsafe(_SECRET_BYTES)
        address, started = await self._leave(state, login="", scopes=(), aim={"visit": True})
        expires = (self._clock.now() + FLOW_LIFE).isoformat()
        sealed = self._seal.seal_text(json.dumps([expires, started]), purpose=_VISIT_PURPOSE, owner=state)
        self._begun(visit=True)
        return Departure(address=address, session=_VISIT_MARK + sealed)

    async def _leave(
        self, state: str, *, login: str, scopes: Sequence[str], aim: Mapping[str, str | bool]
    ) -> tuple[str, Mapping[str, Any]]:
        """The address at Microsoft, and a `_Started` as JSON."""
        authority = self._authority(login)
        flow = await authority.begin(scopes, redirect_uri=self._redirect_uri, state=state, lasting=bool(scopes))
        kept = {key: flow[key] for key in _KEPT if key in flow}
        return str(flow["auth_uri"]), {**aim, "client": authority.client_id, "flow": kept}

    def _begun(self, *, visit: bool) -> None:
        self._meter.sign_in("started")
        log.info("entra.signin.begun", visit=visit)

    async def finish(self, query: Mapping[str, str], session: str) -> SignedIn | Visit:
        """Take Microsoft's answer: check everything, then store binding and token cache in one transaction, or name the visitor.

        Raises SignInRefused with its reason, CredentialsRefused or ConfigurationError for the operator, and Unreachable,
        ServerTrouble, Throttled, Unintelligible or StoreError. Nothing is stored in any of these cases.
        """
        with counted(self._meter):
            started = await self._take(query.get("state", ""), session)
            if "error" in query:
                refuse(query, login=started.login)
            redeemed = await self._redeem(started, query)
            return await (self._name(started, redeemed) if started.visit else self._connect(started, redeemed))

    async def _name(self, started: _Started, redeemed: Redemption) -> Visit:
        identity = self._admission.identify(redeemed, client_id=started.client)
        login = await self._admission.owner(identity)
        log.info("entra.visit.named")
        return Visit(login=login, mailbox=identity.name)

    async def _connect(self, started: _Started, redeemed: Redemption) -> SignedIn:
        identity = self._admission.identify(redeemed, client_id=started.client)
        await self._admission.check(started.login, identity, replace=started.replace)
        if await self._accounts.take_ticket(started.ticket, self._clock.now()) != started.login:
            raise refusal(Reason.LINK)
        binding = await self._admission.bind(started.login, identity, redeemed)
        log.info("entra.signin.bound", replace=started.replace)
        return SignedIn(binding=binding, mailbox=identity.name)

    async def _take(self, state: str, session: str) -> _Started:
        if not state or not session:
            raise refusal(Reason.STATE)
        if session.startswith(_VISIT_MARK):
            return self._unpack(state, session.removeprefix(_VISIT_MARK))
        digest = _flow_digest(state, session)
        sealed = await self._accounts.take_flow(digest, self._clock.now())
        if sealed is None:
            raise refusal(Reason.STATE)
        try:
            return _Started(**json.loads(self._seal.open(sealed, purpose=SIGN_IN, owner=digest)))
        except (SealBroken, TypeError) as error:
            # The state key was changed, or outlookd itself, within these ten minutes: a new start is all it takes.
            raise refusal(Reason.RESTART) from error

    def _unpack(self, state: str, carried: str) -> _Started:
        """The visit that a browser brings back. One of another state, of another key, or an old one, is none of ours."""
        try:
            expires, started = json.loads(self._seal.open_text(carried, purpose=_VISIT_PURPOSE, owner=state))
            if self._clock.now() >= datetime.fromisoformat(expires):
                raise refusal(Reason.STATE)
            return _Started(**started)
        except (SealBroken, ValueError, TypeError) as error:
            raise refusal(Reason.STATE) from error

    async def _redeem(self, started: _Started, query: Mapping[str, str]) -> Redemption:
        # Only what the exchange needs: MSAL would also decode a `client_info` that anybody may have written into the address.
        answer = {"state": query["state"], "code": query.get("code", "")}
        authority = self._authority(started.login)
        if not answer["code"] or authority.client_id != started.client:
            raise refusal(Reason.RESTART)
        try:
            redeemed = await authority.redeem(started.flow, answer)
        except (ValueError, RuntimeError) as error:
            # MSAL's words for a wrong state or nonce. They repeat the nonces, so they stay in the chain and out of our text.
            raise refusal(Reason.IDENTITY) from error
        if "error" in redeemed.result:
            refuse(redeemed.result, login=started.login)
        return redeemed


def _hashed(secret: str) -> str:
    # The secrets are 256 random bits: a slow hash would protect nothing more.
    return hashlib.sha256(secret.encode()).hexdigest()


def _flow_digest(state: str, session: str) -> str:
    return hmac.new(session.encode(), state.encode(), hashlib.sha256).hexdigest()
