"""Notices by mail, through the relay of ``[notify]``.

smtplib blocks, so it works in a thread. A mail goes to the administrator only: outlookd knows no user's address.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime

from outlookd.runtime.notices.notice import Notice, NotTold
from outlookd.runtime.notices.wording import subject_of, text_of
from outlookd.settings.sections import NotifySettings

__all__ = ["MailCourier"]

TIMEOUT = 30.0


class MailCourier:
    """One mail per notice. `settings` must name a relay, a sender and a receiver."""

    name = "mail"

    def __init__(
        self, settings: NotifySettings, *, public_url: str, trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        self._settings = settings
        self._public_url = public_url
        self._trust = trust

    async def carry(self, notice: Notice) -> None:
        """Hand it to the relay. Raises NotTold."""
        try:
            await asyncio.to_thread(self._deliver, self.message(notice))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # ValueError: a sender or receiver that cannot be written into a header, or not in this relay's alphabet.
            # Neither the relay's words nor the addresses: they may name people.
            code = getattr(error, "smtp_code", "")
            raise NotTold(f"The mail relay did not take it ({type(error).__name__} {code}).".replace(" )", ")")) from error

    def message(self, notice: Notice) -> EmailMessage:
        """The mail: plain text, marked so that no absence note answers it (RFC 3834)."""
        message = EmailMessage()
        message["From"] = self._settings.mail_from
        message["To"] = self._settings.mail_to
        message["Subject"] = subject_of(notice)
        message["Date"] = format_datetime(notice.at)
        message["Message-ID"] = f"<{notice.id}@outlookd.invalid>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(text_of(notice, public_url=self._public_url))
        return message

    def _deliver(self, message: EmailMessage) -> None:
        with self._connected() as relay:
            if self._settings.smtp_tls == "starttls":
                # A relay that does not offer it is refused by smtplib: nothing is sent in clear by accident.
                relay.starttls(context=self._trust())
            if self._settings.smtp_user and self._settings.smtp_password is not None:
                relay.login(self._settings.smtp_user, self._settings.smtp_password.get_secret_value())
            relay.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        if self._settings.smtp is None:
            raise smtplib.SMTPException("no relay")
        host, port = self._settings.smtp
        if self._settings.smtp_tls == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=self._trust())
        return smtplib.SMTP(host, port, timeout=TIMEOUT)
