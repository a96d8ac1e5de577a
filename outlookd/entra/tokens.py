"""Access tokens for one login's mailbox: `ports.TokenSource` over the sealed cache in the state database.

Knows when to renew, who may do it and what must be durable first. Does not know HTTP or MSAL (`authority`) nor the key (`sealing`).

The rules come from complaint 38 of sync-model.md (refresh tokens that were rotated and lost): one refresher per account; a rotated
token is stored before the access token it came with is handed out; on a refusal the stored cache is read again, because another
process may have renewed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

import structlog

from outlookd.entra.aadsts import Trouble, classify, read_code, sign_in_needed, token_error
from outlookd.entra.authority import Authority, Renewal
from outlookd.entra.held import Held, hold
from outlookd.errors import RemoteError
from outlookd.meter import SILENT, Meter, Renewed
from outlookd.ports import Accounts, Binding, Clock
from outlookd.sealing import CACHE, Seal, SealBroken

__all__ = ["AccountTokens"]

log = structlog.get_logger()


class _Rebound(Exception):
    """The login was bound anew while a renewal was under way. Never leaves this module."""


class AccountTokens:
    """The token source of one login. Use one instance per login and process, so that renewals are merged."""

    def __init__(
        self,
        login: str,
        *,
        accounts: Accounts,
        authority: Callable[[str], Authority],
        seal: Seal,
        clock: Clock,
        scopes: Sequence[str],
        meter: Meter = SILENT,
    ) -> None:
        """`authority` is asked for this login's registration at each renewal: another one may take its place."""
        self.login = login
        self._accounts = accounts
        self._authority = authority
        self._seal = seal
        self._clock = clock
        self._scopes = tuple(scopes)
        self._meter = meter
        self._lock = asyncio.Lock()
        self._held: Held | None = None
        self._renewals: set[asyncio.Task[Held]] = set()

    async def token(self, *, claims: str = "", refresh: bool = False) -> str:
        """A bearer token for Graph; `refresh` and `claims` ask for another one than the token handed out last.

        The stored row is looked at each time (microseconds): a login that was forgotten, or bound to another mailbox by another
        process, must not go on with the token in memory.
        Raises SignInNeeded, CredentialsRefused, Unreachable, Throttled, ServerTrouble, ConfigurationError or StoreError.
        """
        known = self._held
        row = await self._accounts.cache(self.login)
        if not (refresh or claims) and known is not None and known.serves(self._clock.now(), claims=claims, row=row):
            return known.access
        # Shielded, with its own lock inside: a caller that gives up between the answer and the store must not lose a rotated token.
        renewal = asyncio.create_task(self._renew_once(known, claims, force=refresh or bool(claims)))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._forget)
        return (await asyncio.shield(renewal)).access

    def _forget(self, renewal: asyncio.Task[Held]) -> None:
        self._renewals.discard(renewal)
        if not renewal.cancelled():
            # Looked at, so that a failure nobody waits for any more is not reported as lost by asyncio.
            renewal.exception()

    async def _renew_once(self, known: Held | None, claims: str, *, force: bool) -> Held:
        async with self._lock:
            row = await self._accounts.cache(self.login)
            newer = self._held
            # Somebody who waited in front of us has renewed already: that token is the new one that we came for.
            if newer is not None and newer is not known and newer.serves(self._clock.now(), claims=claims, row=row):
                return newer
            self._held = None
            self._held = await self._renew(row, claims, force)
            return self._held

    async def _renew(self, row: bytes | None, claims: str, force: bool) -> Held:
        binding = await self._accounts.binding(self.login)
        if row is None or binding is None:
            raise sign_in_needed(self.login, why="This user has not signed in to Microsoft yet.")
        try:
            result, stored = await self._ask(binding, row, claims, force)
            if _refused(result):
                again = await self._accounts.cache(self.login)
                if again is not None and again != row:
                    log.info("entra.token.reread")
                    result, stored = await self._ask(binding, again, claims, force)
        except _Rebound:
            return await self._renew(await self._accounts.cache(self.login), claims, force)
        return self._read(result, stored, claims)

    async def _ask(self, binding: Binding, row: bytes, claims: str, force: bool) -> tuple[Mapping[str, Any] | None, bytes]:
        """Entra's answer, and the row as it is stored once this returns. Raises _Rebound when the mailbox changed meanwhile."""
        try:
            cache = self._seal.open(row, purpose=CACHE, owner=self.login)
        except SealBroken as error:
            raise sign_in_needed(
                self.login,
                code="key-unknown" if not error.known_key else "seal-broken",
                why="The stored sign-in cannot be opened: put the former state key back, or let this user sign in again.",
            ) from error
        renewal = await self._renewed(cache, binding, claims, force=force)
        if await self._accounts.binding(self.login) != binding:
            # The user signed in anew while we asked: storing our answer would overwrite the newer sign-in.
            raise _Rebound
        if renewal.cache is None:
            return renewal.result, row
        sealed = self._seal.seal(renewal.cache, purpose=CACHE, owner=self.login)
        await self._accounts.keep_cache(self.login, sealed)
        return renewal.result, sealed

    async def _renewed(self, cache: bytes, binding: Binding, claims: str, *, force: bool) -> Renewal:
        if not cache:
            # Bound while the application itself was allowed into all mailboxes: this user has consented to nothing.
            return Renewal(result=None, cache=None)
        try:
            renewal = await self._authority(self.login).renew(
                cache, home_account=binding.home_account, scopes=self._scopes, claims=claims, force=force
            )
        except RemoteError:
            self._meter.token_renewed("transient")
            raise
        self._meter.token_renewed(_outcome(renewal.result))
        return renewal

    def _read(self, result: Mapping[str, Any] | None, row: bytes, claims: str) -> Held:
        if result is None:
            raise sign_in_needed(self.login, why="The stored sign-in holds no refresh token.")
        if "error" in result:
            log.warning("entra.token.refused", code=read_code(result), trouble=classify(result).value)
            raise token_error(result, login=self.login)
        return hold(result, now=self._clock.now(), claims=claims, row=row)


def _outcome(result: Mapping[str, Any] | None) -> Renewed:
    """In the words of the metrics: by who must act. No refresh token at all is the user's matter."""
    if result is None:
        return "needs_consent"
    if "error" not in result:
        return "success"
    trouble = classify(result)
    match trouble:
        case Trouble.OPERATOR:
            return "client_refused"
        case Trouble.TRANSIENT | Trouble.UNKNOWN:
            return "transient"
        case Trouble.SIGN_IN | Trouble.CONSENT | Trouble.DECLINED | Trouble.RESTART:
            return "needs_consent"
        case _:
            assert_never(trouble)


def _refused(result: Mapping[str, Any] | None) -> bool:
    return result is None or ("error" in result and classify(result) is Trouble.SIGN_IN)
