"""What the parts below the daemon count about the world outside: waits, renewed tokens, sign-ins, notifications.

A protocol, so that entra, graph and gopaas can count without knowing Prometheus. The words are closed lists: they become label
values, and a label holds no address, no id and no name (operations.md 1.3).
"""

from __future__ import annotations

from typing import Literal, Protocol

from outlookd.errors import RemoteError, ServerTrouble, Throttled

Service = Literal["graph", "gopaas", "login"]
WaitReason = Literal["throttled", "server_error", "timeout", "connection"]
Renewed = Literal["success", "transient", "needs_consent", "client_refused"]
SignInEnd = Literal["started", "completed", "denied", "state_mismatch", "account_mismatch", "expired", "error"]
Notified = Literal["accepted", "duplicate", "bad_client_state", "unknown_subscription", "malformed"]
Subscribed = Literal["created", "renewed", "failed", "gone"]


class Meter(Protocol):
    """Counts; never fails and never waits."""

    def waited(self, service: Service, reason: WaitReason, seconds: float) -> None:
        """A call is repeated after `seconds`, because the service said so or did not answer."""
        ...

    def token_renewed(self, outcome: Renewed) -> None:
        """Entra was asked for a token. ``client_refused``: secret, registration or assignment is wrong, which no user can mend."""
        ...

    def sign_in(self, outcome: SignInEnd) -> None:
        """A person's sign-in began, or ended in this way."""
        ...

    def notified(self, outcome: Notified) -> None:
        """Somebody told us that a mailbox changed; only ``accepted`` is believed."""
        ...

    def subscription_renewed(self, outcome: Subscribed) -> None:
        """A subscription to a mailbox's changes was made, renewed, refused or found gone."""
        ...


def wait_reason(error: RemoteError) -> WaitReason:
    """Why a call that failed in this way is repeated. A time-out is told by what `error` was raised from."""
    if isinstance(error, Throttled) or error.status == 429:
        return "throttled"
    if isinstance(error, ServerTrouble) or (error.status or 0) >= 500:
        return "server_error"
    return "timeout" if isinstance(error.__cause__, TimeoutError) else "connection"


class _Silent:
    """Counts nothing."""

    def waited(self, service: Service, reason: WaitReason, seconds: float) -> None: ...

    def token_renewed(self, outcome: Renewed) -> None: ...

    def sign_in(self, outcome: SignInEnd) -> None: ...

    def notified(self, outcome: Notified) -> None: ...

    def subscription_renewed(self, outcome: Subscribed) -> None: ...


SILENT: Meter = _Silent()
"""For commands and tests, where nobody looks."""
