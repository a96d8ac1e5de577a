"""From Entra's answer to a stored binding: the checks that every way of signing in has in common.

Knows identities, logins and what must not be bound. Does not know how the answer came: through a browser (`signin`) or after a code
on another device (`device`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NoReturn, assert_never

import structlog

from outlookd.entra.aadsts import Trouble, classify, operator_error, read_code, transient_error
from outlookd.entra.authority import Redemption
from outlookd.entra.identity import Identity, read_identity
from outlookd.entra.refusal import Reason, SignInRefused
from outlookd.errors import AccessDenied, Unintelligible
from outlookd.ports import Accounts, Binding, Clock
from outlookd.sealing import CACHE, Seal

__all__ = ["Admission", "refusal", "refuse"]

log = structlog.get_logger()


class Admission:
    """Who came back, whether the login may have this mailbox, and the two stored together."""

    def __init__(
        self, *, accounts: Accounts, seal: Seal, clock: Clock, tenants: Collection[str] = (), keeps_tokens: bool = True
    ) -> None:
        """`tenants` narrows a multi-tenant authority to these directory ids. Not `keeps_tokens`: only who the person is."""
        self._accounts = accounts
        self._seal = seal
        self._clock = clock
        self._tenants = frozenset(tenants)
        self._keeps_tokens = keeps_tokens

    def identify(self, redeemed: Redemption, *, client_id: str) -> Identity:
        """The account that signed in. Raises SignInRefused (IDENTITY, TENANT)."""
        return read_identity(
            redeemed.result.get("id_token_claims") or {},
            client_id=client_id,
            issuer=redeemed.issuer,
            now=self._clock.now(),
            tenants=self._tenants,
        )

    async def owner(self, identity: Identity) -> str:
        """The login that this account is bound to, by tenant and object id alone: an address can change owner (nOAuth).

        Raises SignInRefused (UNKNOWN).
        """
        login = await self._accounts.owner(identity.tenant, identity.object_id)
        if login is None:
            raise refusal(Reason.UNKNOWN)
        return login

    async def check(self, login: str, identity: Identity, *, replace: bool) -> None:
        """Whether `login` may be bound to this account, asked before anything is used up.

        Raises SignInRefused (TAKEN, OTHER_MAILBOX).
        """
        owner = await self._accounts.owner(identity.tenant, identity.object_id)
        if owner not in (None, login):
            # The page does not say whose it is: whoever holds a link need not know. The administrator must, to be able to free it.
            log.warning("entra.mailbox.taken", user=login, login=owner)
            raise refusal(Reason.TAKEN)
        present = await self._accounts.binding(login)
        same = present is None or (present.tenant, present.object_id) == (identity.tenant, identity.object_id)
        if not (same or replace):
            raise refusal(Reason.OTHER_MAILBOX)

    async def bind(self, login: str, identity: Identity, redeemed: Redemption) -> Binding:
        """Store login, account and token cache in one transaction. Raises SignInRefused (TAKEN), Unintelligible."""
        if len(redeemed.home_accounts) != 1:
            raise Unintelligible("Entra's answer holds no account, or several.", service="entra")
        binding = Binding(
            login=login,
            tenant=identity.tenant,
            object_id=identity.object_id,
            home_account=redeemed.home_accounts[0],
            bound_at=self._clock.now(),
        )
        cache = redeemed.cache if self._keeps_tokens else b""
        try:
            await self._accounts.bind(binding, self._seal.seal(cache, purpose=CACHE, owner=login))
        except AccessDenied as error:
            raise refusal(Reason.TAKEN) from error
        return binding


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
    Reason.UNKNOWN: "No GoPaaS user belongs to this account.",
}

_HINTS: Mapping[Reason, str] = {
    Reason.CONSENT: "An administrator of the directory must consent: outlookd connect --admin-consent prints the link.",
    Reason.TAKEN: "The log tells the other login (entra.mailbox.taken). If it has no right to the mailbox: outlookd forget LOGIN.",
    Reason.OTHER_MAILBOX: "Use --replace if this login shall get another mailbox.",
    Reason.UNKNOWN: "Ask the administrator for a sign-in link.",
}


def refusal(reason: Reason, *, code: str = "", login: str = "") -> SignInRefused:
    """The refusal for `reason`, with its sentence."""
    return SignInRefused(_TEXTS[reason], reason=reason, code=code, login=login, hint=_HINTS.get(reason, ""))


def refuse(answer: Mapping[str, Any], *, login: str) -> NoReturn:
    """Raise what an error answer of Entra means for the sign-in that was begun for `login`."""
    trouble, code = classify(answer), read_code(answer)
    log.warning("entra.signin.refused", trouble=trouble.value, code=code)
    match trouble:
        case Trouble.OPERATOR:
            raise operator_error(answer)
        case Trouble.TRANSIENT:
            raise transient_error(answer)
        case Trouble.CONSENT:
            raise refusal(Reason.CONSENT, code=code, login=login)
        case Trouble.DECLINED:
            raise refusal(Reason.CANCELLED, code=code)
        case Trouble.SIGN_IN:
            raise refusal(Reason.POLICY, code=code)
        case Trouble.RESTART | Trouble.UNKNOWN:
            raise refusal(Reason.RESTART, code=code)
        case _:
            assert_never(trouble)
