"""Binding a GoPaaS login to a mailbox: one-time link, authorization code with PKCE, checks, then both stored together.

Knows the order of the checks and what must be single use. Does not know HTML, cookies or routes (`outlookd.web`).

Three secrets are handed out, and the database holds none of them in clear: the link's token and the flow's state are stored as
hashes, the flow (PKCE verifier, nonce) is sealed. The flow's hash covers the browser session as well, so an answer that arrives in
another browser finds nothing (threats T1 and T3) and costs the rightful one nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn, assert_never

import structlog

from outlookd.entra.aadsts import Trouble, classify, operator_error, read_code, transient_error
from outlookd.entra.authority import Authority, Redemption
from outlookd.entra.identity import Identity, read_identity
from outlookd.entra.refusal import Reason, SignInRefused
from outlookd.entra.sealing import Seal, SealBroken
from outlookd.entra.tokens import CACHE_PURPOSE
from outlookd.errors import AccessDenied, Unintelligible
from outlookd.ports import Accounts, Binding, Clock

__all__ = ["SignIn", "SignedIn", "Ticket"]

log = structlog.get_logger()

TICKET_LIFE = timedelta(hours=24)
FLOW_LIFE = timedelta(minutes=10)
_FLOW_PURPOSE = "sign-in"
_SECRET_BYTES = 32
# A link that may replace the mailbox says so in front of its secret. The stored hash covers both, so nobody can add it to a link.
_REPLACE_MARK = "r-"
_KEPT = ("state", "nonce", "code_verifier", "redirect_uri", "scope", "claims_challenge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A one-time link for one login. `token` is its secret part, `url` the whole; neither is stored or logged."""

    token: str
    url: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A finished sign-in. `mailbox` is the account's name, for the person to see once (threat T2); it is not stored."""

    binding: Binding
    mailbox: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """What is kept, sealed, between leaving for Microsoft and coming back."""

    login: str
    ticket: str
    replace: bool
    flow: Mapping[str, Any]


class SignIn:
    """The sign-in of users, from the link an administrator hands out to the stored binding."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        authority: Authority,
        seal: Seal,
        clock: Clock,
        scopes: Sequence[str],
        public_url: str,
        redirect_path: str,
        tenants: Collection[str] = (),
    ) -> None:
        """`public_url` is where browsers reach us and comes from the settings only, never from a Host header (threat T22).

        `tenants` narrows a multi-tenant authority to these directory ids; a tenant's own authority needs none.
        """
        self._accounts = accounts
        self._authority = authority
        self._seal = seal
        self._clock = clock
        self._scopes = tuple(scopes)
        self._public_url = public_url.rstrip("/")
        self._redirect_uri = self._public_url + redirect_path
        self._tenants = frozenset(tenants)

    @property
    def authority_origin(self) -> str:
        """Where `begin` sends the browser: scheme, host and port."""
        return self._authority.origin

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
            raise _refusal(Reason.LINK)
        return login

    async def begin(self, token: str, session: str) -> str:
        """The address at Microsoft to send the browser to. `session` is a fresh random value that only this browser holds.

        Raises SignInRefused (LINK), Unreachable, ServerTrouble, Throttled, ConfigurationError or StoreError.
        """
        login = await self.ticket_login(token)
        state = secrets.token_urlsafe(_SECRET_BYTES)
        flow = await self._authority.begin(self._scopes, redirect_uri=self._redirect_uri, state=state)
        started = {
            "login": login,
            "ticket": _hashed(token),
            "replace": token.startswith(_REPLACE_MARK),
            "flow": {key: flow[key] for key in _KEPT if key in flow},
        }
        digest = _flow_digest(state, session)
        sealed = self._seal.seal(json.dumps(started).encode(), purpose=_FLOW_PURPOSE, owner=digest)
        await self._accounts.keep_flow(digest, sealed, self._clock.now() + FLOW_LIFE)
        log.info("entra.signin.begun")
        return str(flow["auth_uri"])

    async def finish(self, query: Mapping[str, str], session: str) -> SignedIn:
        """Take Microsoft's answer: check everything, then store binding and token cache in one transaction.

        Raises SignInRefused with its reason, CredentialsRefused or ConfigurationError for the operator, and Unreachable,
        ServerTrouble, Throttled, Unintelligible or StoreError. Nothing is stored in any of these cases.
        """
        started = await self._take(query.get("state", ""), session)
        if "error" in query:
            _refuse(query)
        redeemed = await self._redeem(started, query)
        identity = read_identity(
            redeemed.result.get("id_token_claims") or {},
            client_id=self._authority.client_id,
            issuer=redeemed.issuer,
            now=self._clock.now(),
            tenants=self._tenants,
        )
        binding = self._binding(started.login, identity, redeemed)
        await self._check_mailbox(binding, replace=started.replace)
        if await self._accounts.take_ticket(started.ticket, self._clock.now()) != started.login:
            raise _refusal(Reason.LINK)
        await self._bind(binding, redeemed.cache)
        log.info("entra.signin.bound", replace=started.replace)
        return SignedIn(binding=binding, mailbox=identity.name)

    async def _take(self, state: str, session: str) -> _Started:
        if not state or not session:
            raise _refusal(Reason.STATE)
        digest = _flow_digest(state, session)
        sealed = await self._accounts.take_flow(digest, self._clock.now())
        if sealed is None:
            raise _refusal(Reason.STATE)
        try:
            return _Started(**json.loads(self._seal.open(sealed, purpose=_FLOW_PURPOSE, owner=digest)))
        except SealBroken as error:
            # The state key was changed within these ten minutes: a new start is all it takes.
            raise _refusal(Reason.RESTART) from error

    async def _redeem(self, started: _Started, query: Mapping[str, str]) -> Redemption:
        # Only what the exchange needs: MSAL would also decode a `client_info` that anybody may have written into the address.
        answer = {"state": query["state"], "code": query.get("code", "")}
        if not answer["code"]:
            raise _refusal(Reason.RESTART)
        try:
            redeemed = await self._authority.redeem(started.flow, answer)
        except (ValueError, RuntimeError) as error:
            # MSAL's words for a wrong state or nonce. They repeat the nonces, so they stay in the chain and out of our text.
            raise _refusal(Reason.IDENTITY) from error
        if "error" in redeemed.result:
            _refuse(redeemed.result)
        return redeemed

    def _binding(self, login: str, identity: Identity, redeemed: Redemption) -> Binding:
        if len(redeemed.home_accounts) != 1:
            raise Unintelligible("Entra's answer holds no account, or several.", service="entra")
        return Binding(
            login=login,
            tenant=identity.tenant,
            object_id=identity.object_id,
            home_account=redeemed.home_accounts[0],
            bound_at=self._clock.now(),
        )

    async def _check_mailbox(self, binding: Binding, *, replace: bool) -> None:
        present = await self._accounts.binding(binding.login)
        same = present is None or (present.tenant, present.object_id) == (binding.tenant, binding.object_id)
        if not (same or replace):
            raise _refusal(Reason.OTHER_MAILBOX)

    async def _bind(self, binding: Binding, cache: bytes) -> None:
        sealed = self._seal.seal(cache, purpose=CACHE_PURPOSE, owner=binding.login)
        try:
            await self._accounts.bind(binding, sealed)
        except AccessDenied as error:
            raise _refusal(Reason.TAKEN) from error


_TEXTS: Mapping[Reason, str] = {
    Reason.LINK: "The sign-in link is unknown, expired or used up.",
    Reason.STATE: "The answer belongs to no sign-in of this browser.",
    Reason.CANCELLED: "The sign-in was cancelled.",
    Reason.CONSENT: "The directory has not allowed the application.",
    Reason.POLICY: "The directory did not let this account in.",
    Reason.RESTART: "The sign-in must be begun again.",
    Reason.TENANT: "The account's directory is not allowed.",
    Reason.IDENTITY: "The identity that came back is not the one that was asked for.",
    Reason.OTHER_MAILBOX: "This login is bound to another mailbox.",
    Reason.TAKEN: "This mailbox is bound to another login.",
}


def _refusal(reason: Reason, *, code: str = "") -> SignInRefused:
    return SignInRefused(_TEXTS[reason], reason=reason, code=code)


def _refuse(answer: Mapping[str, Any]) -> NoReturn:
    trouble, code = classify(answer), read_code(answer)
    log.warning("entra.signin.refused", trouble=trouble.value, code=code)
    match trouble:
        case Trouble.OPERATOR:
            raise operator_error(answer)
        case Trouble.TRANSIENT:
            raise transient_error(answer)
        case Trouble.CONSENT:
            raise _refusal(Reason.CONSENT, code=code)
        case Trouble.DECLINED:
            raise _refusal(Reason.CANCELLED, code=code)
        case Trouble.SIGN_IN:
            raise _refusal(Reason.POLICY, code=code)
        case Trouble.RESTART | Trouble.UNKNOWN:
            raise _refusal(Reason.RESTART, code=code)
        case _:
            assert_never(trouble)


def _hashed(secret: str) -> str:
    # The secrets are 256 random bits: a slow hash would protect nothing more.
    return hashlib.sha256(secret.encode()).hexdigest()


def _flow_digest(state: str, session: str) -> str:
    return hmac.new(session.encode(), state.encode(), hashlib.sha256).hexdigest()
