"""Everything the sandbox simulates, as one object without any network: the directory with its mailboxes, and the CRM.

It only holds; `seed.py` fills it and `server.py` puts it on ports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from outlookd.sandbox.access import Access
from outlookd.sandbox.clock import Now, utc_now
from outlookd.sandbox.crm import Crm
from outlookd.sandbox.directory import Directory
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.requests import RequestLog

SERVICES: Final = ("entra", "graph", "gopaas")
"""The names under which requests are logged and faults ordered (and ``graph.item`` for one item of a batch)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The simulated organisation. `requests` has one log for each of `SERVICES`."""

    directory: Directory
    crm: Crm
    access: Access
    mail_log: MailLog
    faults: Faults = field(default_factory=Faults)
    requests: Mapping[str, RequestLog] = field(default_factory=lambda: {service: RequestLog() for service in SERVICES})

    def dump(self) -> dict[str, Any]:
        """Everything that can be observed from outside, as plain data; of secrets only what settings records show to anybody."""
        return {"outlook": self.directory.dump(), "gopaas": self.crm.dump(), "mails": self.mail_log.dump()}


def empty_world(now: Now = utc_now) -> World:
    """A world without people, tables or rows. Every clock in it is `now`."""
    return World(directory=Directory(now=now), crm=Crm(now=now), access=Access(), mail_log=MailLog(now))
