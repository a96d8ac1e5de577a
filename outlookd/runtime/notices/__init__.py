"""Telling an administrator what only a person can mend: by mail, by web hook, or both.

Knows how a notice is worded and carried. When one is due is `outlookd.app.daemon.notices`' decision.
"""

from __future__ import annotations

from outlookd.runtime.notices.hook import HookCourier
from outlookd.runtime.notices.mail import MailCourier
from outlookd.runtime.notices.notice import Courier, Notice, NoticeKind, NotTold

__all__ = ["Courier", "HookCourier", "MailCourier", "NotTold", "Notice", "NoticeKind"]
