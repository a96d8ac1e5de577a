"""Every error that crosses a wall of the house, as one tree.

    OutlookdError
    ├── ConfigurationError        the administrator must change a setting (exit 78)
    ├── SignInNeeded              this user must sign in again (exit 4)
    ├── JobBusy                   another process runs this job (exit 75)
    ├── ContainerMissing          our Outlook folder is gone; a person must decide (exit 3)
    ├── KeptElsewhere             another installation keeps this folder or calendar; a person must decide (exit 3)
    ├── TakenBack                 what is to be taken back was taken back already
    ├── StateOutdated             the mailbox has seen more than the state remembers: look at everything first (exit 75)
    ├── BadRecord                 one record cannot be understood; quarantined, never stops its job
    ├── StoreError                the state database refused
    │   ├── StoreFull             no room left; nothing may be written anywhere
    │   └── StoreTooNew           written by a newer outlookd (exit 78)
    └── RemoteError               one of the two sides (or Entra) answered badly
        ├── Unreachable           no answer at all; a read may be repeated
        ├── Throttled             refused before doing anything; repeat after `retry_after`
        ├── ServerTrouble         5xx; a write may or may not have happened
        ├── CredentialsRefused    a key, secret or token is wrong (exit 78)
        ├── AccessDenied          right credentials, no permission
        ├── MailboxUnusable       no usable mailbox: never "everything was deleted"
        │   └── MailboxMoving     for as long as Microsoft moves it (exit 75)
        ├── NotFound              this id does not exist (any more)
        ├── Stale                 the version moved under us: re-read and decide again
        ├── Rejected              this payload will never be accepted
        ├── WatermarkExpired      the delta token is gone: reconcile in full
        └── Unintelligible        an answer in a shape we do not know

Errors carry data as attributes, never personal data and never a secret: their text may be logged.
`retryable` says whether the same call may succeed later without anybody acting.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_PAUSE = 3600.0
"""Seconds. A service that asks for more is asked again after an hour: one wrong header must not silence a mailbox for a year."""


def later(seconds: float | None) -> str:
    """When to try again, for a hint: from the seconds that a service asks us to wait, if it does."""
    if not seconds:
        return "in a few minutes"
    minutes = math.ceil(min(seconds, LONGEST_PAUSE) / 60)
    return f"in {minutes} minute{'' if minutes == 1 else 's'} or later"


class OutlookdError(Exception):
    """Anything that outlookd itself reports. `hint` says what a person can do about it."""

    retryable: ClassVar[bool] = False
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def sentence(self) -> str:
        """Message and hint as sentences: a message may be a mere clause, because it also stands as a reason within other texts."""
        ended = not self.message or self.message.endswith(_ENDINGS)
        return f"{self.message}{'' if ended else '.'} {self.hint}".strip()

    def __str__(self) -> str:
        return self.sentence


_ENDINGS = (".", "!", "?", ":", ";")


class ConfigurationError(OutlookdError):
    """One or more settings are wrong. `faults` lists them all, each naming file and key."""

    exit_status = 78

    def __init__(self, message: str, *, faults: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        """The sentence, then one fault per line: whoever keeps an error as text keeps what is wrong."""
        return "\n".join((self.sentence, *self.faults))


class SignInNeeded(OutlookdError):
    """The user's consent or refresh token is gone; only a new sign-in helps. `user` is the login."""

    exit_status = 4

    def __init__(self, message: str, *, user: str, code: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.user = user
        self.code = code


class JobBusy(OutlookdError):
    """Another process holds this job's lease."""

    retryable = True
    exit_status = 75


class ContainerMissing(OutlookdError):
    """The Outlook folder (or calendar) that we own is gone, and recreating it is a person's decision.

    Design rule 6: a missing folder stops the job and asks, because a deleted folder is a deletion of everything.
    """

    exit_status = 3


class KeptElsewhere(OutlookdError):
    """Another outlookd keeps this folder or calendar, or a second copy of our own state does (complaint 14)."""

    exit_status = 3


class TakenBack(OutlookdError):
    """What is to be taken back was taken back already: a page that is out of date, or a second person with the same thought."""


class StateOutdated(OutlookdError):
    """The state is older than the mailbox: nothing may be written before both sides were read completely (sync-model 5.8)."""

    retryable = True
    exit_status = 75


class BadRecord(OutlookdError):
    """One record cannot be read or written. Raised by handlers and transforms; the engine quarantines the record."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class StoreError(OutlookdError):
    """The state database could not do what was asked. `code` is SQLite's error name, such as ``SQLITE_IOERR``."""

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class StoreFull(StoreError):
    """The disk is full. Nothing may be written to either side, since it could not be recorded."""

    retryable = True
    exit_status = 75


class StoreTooNew(StoreError):
    """The database was written by a newer outlookd; going on would damage it."""

    exit_status = 78


class RemoteError(OutlookdError):
    """A bad answer from GoPaaS, Graph or Entra.

    `service` is ``gopaas``, ``graph`` or ``entra``; `status` the HTTP status (0: none); `code` the service's own error code;
    `request_id` and `client_request_id` (its name for the request, and ours) what its support asks for; `retry_after` seconds to
    wait, when the service named them, and never more than `LONGEST_PAUSE`.
    """

    def __init__(
        self,
        message: str,
        *,
        service: str,
        status: int = 0,
        code: str = "",
        request_id: str = "",
        client_request_id: str = "",
        retry_after: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.service = service
        self.status = status
        self.code = code
        self.request_id = request_id
        self.client_request_id = client_request_id
        self.retry_after = None if retry_after is None else min(retry_after, LONGEST_PAUSE)


class Unreachable(RemoteError):
    """No answer: name not resolved, connection refused or reset, TLS not trusted, timed out."""

    retryable = True
    exit_status = 75


class Throttled(RemoteError):
    """Refused before anything was done (429, or 503 with Retry-After). Safe to repeat, writes included."""

    retryable = True
    exit_status = 75


class ServerTrouble(RemoteError):
    """5xx. A read may be repeated; a write is ambiguous: look before resending (design rule 13)."""

    retryable = True
    exit_status = 75


class CredentialsRefused(RemoteError):
    """The key, the client secret or the token is wrong for everybody: an operator must act."""

    exit_status = 78


class AccessDenied(RemoteError):
    """The credentials are right but the permission is missing."""


class MailboxUnusable(RemoteError):
    """The account has no Exchange Online mailbox, or it is disabled or full. Graph trap 25."""


class MailboxMoving(MailboxUnusable):
    """Microsoft is moving the mailbox to other servers. It ends by itself; nothing was done meanwhile."""

    retryable = True
    exit_status = 75


class NotFound(RemoteError):
    """The id is unknown. On its own this is one piece of evidence, not a deletion (design rule 3)."""


class Stale(RemoteError):
    """The item changed since we read it (412, 409): re-read, decide again, at most three times."""

    retryable = True


class Rejected(RemoteError):
    """The payload is refused for good (400 and its relatives): the record is quarantined."""


class WatermarkExpired(RemoteError):
    """The delta token is no longer known (410): everything is enumerated again, and absence proves nothing."""

    retryable = True


class Unintelligible(RemoteError):
    """The answer is not in any shape we know. Never read as "empty"."""
