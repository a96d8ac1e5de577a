"""Who caused the mails in the sandbox's log: a person at Outlook, or our application, which must cause none (design rule 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from outlookd.sandbox.maillog import Mail, MailLog
from outlookd.sandbox.server import Sandbox


class Outbox:
    """Tells the mails of a log apart from now on. Whatever is logged while no person acts is ours."""

    def __init__(self, log: MailLog) -> None:
        self._log = log
        self._by_people = set(range(len(log)))

    @contextmanager
    def person(self) -> Iterator[None]:
        """What is mailed meanwhile is a person's: who moves a meeting in Outlook tells everybody."""
        before = len(self._log)
        try:
            yield
        finally:
            self._by_people.update(range(before, len(self._log)))

    @property
    def ours(self) -> list[Mail]:
        """What our application made Exchange send."""
        return [mail for number, mail in enumerate(self._log) if number not in self._by_people]


@contextmanager
def watched(sandbox: Sandbox, *, may_mail: bool = False) -> Iterator[Outbox]:
    """The outbox of a sandbox, which must hold nothing of ours when the test is over, unless it is one of ``allow_mail``."""
    outbox = Outbox(sandbox.mail_log)
    yield outbox
    assert may_mail or outbox.ours == []
