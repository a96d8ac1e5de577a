"""What an administrator can be told, as a closed list. The only personal thing in it is a GoPaaS login."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from outlookd.errors import OutlookdError

__all__ = ["Courier", "NotTold", "Notice", "NoticeKind"]


class NoticeKind(StrEnum):
    """Each has a text in both languages; the values are what a web hook is told."""

    SIGN_IN = "sign_in_needed"
    """A user's jobs are stopped until the user signs in again."""
    MANY_SIGN_INS = "many_sign_ins_needed"
    """So many at once that it is hardly theirs to mend: told once, in place of one notice each."""
    EXPIRING = "client_secret_ends"
    """The client secret of ``[entra]`` ends in `days` days."""
    EXPIRED = "client_secret_ended"
    """It has ended."""
    REFUSED = "client_secret_refused"
    """Entra says that a secret has expired, whatever the settings say."""
    RECORD = "settings_record_faulty"
    """A settings record of GoPaaS is not used."""
    MANY_RECORDS = "many_settings_records_faulty"
    """So many that one cause is likely: told once, in place of one notice each."""
    HELD = "approval_needed"
    """A run stopped before something that a person must decide."""
    MANY_HELD = "many_approvals_needed"
    """The same of so many jobs that one cause is likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to be told. `id` is random, so that a receiver recognises one that came twice; `at` is aware, UTC.

    `reminder` counts how often it was told before. `type` is a job's, `record` a settings record's key, `count` how many logins,
    jobs or records.
    """

    kind: NoticeKind
    id: str
    at: datetime
    login: str = ""
    type: str = ""
    record: str = ""
    count: int = 0
    days: int = 0
    reminder: int = 0


class NotTold(OutlookdError):
    """A courier could not deliver. Its text names no address and no secret."""

    retryable = True


class Courier(Protocol):
    """One way to reach the administrator. `name` is for the log."""

    name: str

    async def carry(self, notice: Notice) -> None:
        """Deliver it. Raises NotTold."""
        ...
