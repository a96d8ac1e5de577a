"""Every mail that Exchange would have sent. Nothing is ever sent.

Contacts never cause mail, events with attendees do (`meetings.py`); tests ask here whether there was any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from outlookd.sandbox.clock import Now, timestamp, utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. `reason` is ``invitation``, ``update``, ``cancellation`` or ``response``; `item` the id of what caused it."""

    at: datetime
    sender: str
    recipients: tuple[str, ...]
    reason: str
    subject: str
    item: str


class MailLog:
    """The outbox that leads nowhere, oldest first."""

    def __init__(self, now: Now = utc_now) -> None:
        self._now = now
        self._mails: list[Mail] = []

    def add(self, *, sender: str, recipients: tuple[str, ...], reason: str, subject: str, item: str) -> None:
        """Note a mail that Exchange would send now."""
        self._mails.append(Mail(at=self._now(), sender=sender, recipients=recipients, reason=reason, subject=subject, item=item))

    @property
    def entries(self) -> tuple[Mail, ...]:
        """Every mail so far."""
        return tuple(self._mails)

    def clear(self) -> None:
        """Forget them."""
        self._mails.clear()

    def dump(self) -> list[dict[str, Any]]:
        """Every mail as plain data."""
        return [asdict(mail) | {"at": timestamp(mail.at), "recipients": list(mail.recipients)} for mail in self._mails]

    def __len__(self) -> int:
        return len(self._mails)

    def __iter__(self) -> Iterator[Mail]:
        return iter(self._mails)
