"""Signing in on another device: for servers from which nobody can open a page, or whose pages nobody can reach.

A person types a code into Microsoft's page while we ask, again and again, whether that was done. Nothing ties the code to whoever
typed it (threat T3: an attacker may have sent it), so the account is shown to whoever runs the command before anything is bound.
The registration must allow public client flows, and directories often forbid this way (graph.md 8.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import structlog

from outlookd.entra.aadsts import read_code
from outlookd.entra.admission import Admission, refusal, refuse
from outlookd.entra.authority import Authority, Redemption
from outlookd.entra.identity import Identity
from outlookd.entra.refusal import Reason
from outlookd.entra.tally import counted
from outlookd.errors import CredentialsRefused, RemoteError, Unintelligible
from outlookd.meter import SILENT, Meter
from outlookd.ports import Binding, Clock

__all__ = ["DeviceAnswer", "DeviceCode", "DeviceSignIn"]

log = structlog.get_logger()

_SLOWER = 5.0
"""Seconds that are added when Entra asks to slow down, or does not answer (RFC 8628, 3.5)."""
_PUBLIC_FLOWS = "AADSTS7000218"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """What to show: the code, and the address of the page to type it into.

    It is good for `life` seconds; `interval` are those between two questions.
    """

    login: str
    user_code: str
    address: str
    life: float
    interval: float
    flow: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnswer:
    """Who signed in, checked but not bound. `mailbox` is the account's name, to be shown and not kept (threat T2)."""

    login: str
    mailbox: str
    identity: Identity
    redeemed: Redemption


class DeviceSignIn:
    """The three steps: begin, wait, bind."""

    def __init__(
        self,
        *,
        authority: Callable[[str], Authority],
        admission: Admission,
        clock: Clock,
        scopes: Sequence[str],
        meter: Meter = SILENT,
    ) -> None:
        self._authority = authority
        self._admission = admission
        self._clock = clock
        self._scopes = tuple(scopes)
        self._meter = meter

    async def begin(self, login: str) -> DeviceCode:
        """A code for the person behind `login`.

        Raises CredentialsRefused, SignInRefused, Unreachable, ServerTrouble, Throttled, ConfigurationError or Unintelligible.
        """
        flow = await self._authority(login).begin_device(self._scopes, lasting=bool(self._scopes))
        match flow:
            case {"user_code": str(user_code), "verification_uri": str(address), "expires_in": int(life), "interval": int(pause)}:
                pass
            case {"error": _}:
                _refuse(flow, login)
            case _:
                raise Unintelligible("Entra's device code has an unknown form.", service="entra")
        self._meter.sign_in("started")
        log.info("entra.device.begun")
        return DeviceCode(login=login, user_code=user_code, address=address, life=float(life), interval=float(pause), flow=flow)

    async def wait(self, code: DeviceCode) -> DeviceAnswer:
        """Ask until the person has signed in or the code has expired. Nothing is stored.

        Raises SignInRefused with its reason, CredentialsRefused, ConfigurationError or Unintelligible.
        """
        with counted(self._meter, completes=False):
            return await self._wait(code)

    async def _wait(self, code: DeviceCode) -> DeviceAnswer:
        authority = self._authority(code.login)
        interval = code.interval
        ends = self._clock.monotonic() + code.life
        while self._clock.monotonic() < ends:
            await self._clock.sleep(interval)
            try:
                redeemed = await authority.redeem_device(code.flow)
            except RemoteError as error:
                if not error.retryable:
                    raise
                log.warning("entra.device.unanswered", error=type(error).__name__)
                interval += _SLOWER
                continue
            match redeemed.result.get("error"):
                case None:
                    identity = self._admission.identify(redeemed, client_id=authority.client_id)
                    return DeviceAnswer(login=code.login, mailbox=identity.name, identity=identity, redeemed=redeemed)
                case "authorization_pending":
                    pass
                case "slow_down":
                    interval += _SLOWER
                case _:
                    _refuse(redeemed.result, code.login)
        raise refusal(Reason.RESTART)

    async def bind(self, answer: DeviceAnswer, *, replace: bool = False) -> Binding:
        """Store login and mailbox together, as a browser sign-in does. Raises SignInRefused, StoreError."""
        with counted(self._meter):
            await self._admission.check(answer.login, answer.identity, replace=replace)
            binding = await self._admission.bind(answer.login, answer.identity, answer.redeemed)
        log.info("entra.device.bound", replace=replace)
        return binding


def _refuse(answer: Mapping[str, Any], login: str) -> NoReturn:
    """Raise what a refusal means. Here a missing secret is not a wrong secret: the registration knows no public client."""
    if read_code(answer) == _PUBLIC_FLOWS:
        raise CredentialsRefused(
            "The registration does not allow device codes.",
            service="entra",
            code=_PUBLIC_FLOWS,
            hint="In Entra, under Authentication, allow public client flows; or use a link (outlookd connect without --device).",
        )
    refuse(answer, login=login)
