"""One mailbox behind the sandbox's Graph, for the adapters to talk to."""

from __future__ import annotations

from datetime import timedelta

from outlookd.sandbox.directory import Directory
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.graph import REQUESTS, graph_app
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.tokens import GRAPH

SCOPES = frozenset({"Contacts.ReadWrite", "Calendars.ReadWrite", "User.Read"})


class SandboxTokens:
    """Tokens of the sandbox's own Entra, issued without the sign-in."""

    def __init__(self, directory, user):
        self.directory, self.user, self.cached = directory, user, ""

    async def token(self, *, claims="", refresh=False):
        if refresh or not self.cached:
            self.cached = self.directory.tokens.issue_access(
                client_id="app", object_id=self.user.object_id, scopes=SCOPES, audience=GRAPH, life=timedelta(hours=1)
            )
        return self.cached


class World:
    """Claire's mailbox; what a person does in Outlook is done on `mailbox` and on `calendars`."""

    def __init__(self):
        self.directory = Directory()
        self.directory.register_client("app", secret="s")
        self.user = self.directory.add_user("claire@example.com", "Claire")
        self.mailbox = self.user.mailbox
        self.calendars = self.user.calendars
        self.faults = Faults()
        self.mail_log = MailLog()
        self.app = graph_app(self.directory, self.mail_log, self.faults)

    @property
    def asked(self):
        return self.app[REQUESTS].entries
