"""The organisation: its tenant, the applications registered there, the people and their mailboxes.

Shared by Entra, which signs people in, and Graph, which serves their mailboxes. Knows no HTTP.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from outlookd.sandbox.calendars import Calendars
from outlookd.sandbox.clock import Now, utc_now
from outlookd.sandbox.mailbox import Mailbox
from outlookd.sandbox.subscriptions import Subscriptions
from outlookd.sandbox.switches import Switches
from outlookd.sandbox.tokens import Tokens

TENANT = "5d2f9c1e-7b0a-4c3e-9f11-2a6b8d4e0c77"
NAMESPACE = uuid.UUID("b0c4f7d2-93f1-4f0e-8a44-6a7d1f2e5c90")
DELEGATED = ("User.Read", "Contacts.ReadWrite", "Calendars.ReadWrite")


class MailboxState(StrEnum):
    """What keeps a mailbox from being used (Graph page, section 6.3)."""

    OK = "ok"
    NOT_ENABLED = "not enabled"
    """No Exchange Online mailbox: unlicensed, on premises, a guest."""
    ACCESS_DENIED = "access denied"
    """A policy keeps the application away from this mailbox."""
    MOVING = "moving"
    OVER_QUOTA = "over quota"
    """Reading works, creating does not."""


@dataclass(slots=True, kw_only=True)
class User:
    """A person. `mfa_required` lets every silent renewal fail until the next sign-in; an `admin` may agree for everybody."""

    object_id: str
    upn: str
    display_name: str
    mailbox: Mailbox
    calendars: Calendars
    state: MailboxState = MailboxState.OK
    enabled: bool = True
    mfa_required: bool = False
    admin: bool = False


@dataclass(slots=True, kw_only=True)
class Client:
    """An application's registration.

    `delegated` are the permissions it may ask a person for, `application` those that an administrator gave it for all mailboxes,
    out of `application_wanted`. `consents` are what each person (by object id) agreed to, `consent_for_all` what an administrator
    did.
    """

    client_id: str
    secret: str
    redirect_uris: tuple[str, ...]
    delegated: frozenset[str]
    application: frozenset[str]
    application_wanted: frozenset[str] = frozenset()
    secret_expires: datetime | None = None
    public_flows: bool = False
    enabled: bool = True
    consents: dict[str, frozenset[str]] = field(default_factory=dict)
    consent_for_all: frozenset[str] = frozenset()

    def agreed(self, object_id: str) -> frozenset[str]:
        """What it may do on behalf of this person."""
        return self.consents.get(object_id, frozenset()) | self.consent_for_all


class Directory:
    """One tenant. `switches` govern all of its mailboxes; `now` is the clock of everything in it."""

    def __init__(self, *, tenant_id: str = TENANT, now: Now = utc_now, switches: Switches | None = None) -> None:
        self.tenant_id = tenant_id
        self.now = now
        self.switches = switches or Switches()
        self.tokens = Tokens(now)
        self.subscriptions = Subscriptions(tenant_id, self.switches, now)
        self.access_token_life = timedelta(seconds=3599)
        self.signing_key = secrets.token_bytes(32)
        self._clients: dict[str, Client] = {}
        self.domains: set[str] = set()
        self._users: dict[str, User] = {}
        self._by_upn: dict[str, User] = {}

    def register_client(
        self,
        client_id: str,
        *,
        secret: str,
        redirect_uris: Iterable[str] = (),
        delegated: Iterable[str] = DELEGATED,
        application: Iterable[str] = (),
        application_wanted: Iterable[str] = (),
        secret_expires: datetime | None = None,
        public_flows: bool = False,
    ) -> Client:
        """Register an application, replacing an earlier registration of the same id."""
        client = Client(
            client_id=client_id,
            secret=secret,
            redirect_uris=tuple(redirect_uris),
            delegated=frozenset(delegated),
            application=frozenset(application),
            application_wanted=frozenset(application_wanted),
            secret_expires=secret_expires,
            public_flows=public_flows,
        )
        self._clients[client_id] = client
        return client

    def client(self, client_id: str) -> Client | None:
        """The registration with this id."""
        return self._clients.get(client_id)

    @property
    def clients(self) -> Sequence[Client]:
        """Every registration."""
        return list(self._clients.values())

    def add_user(
        self, upn: str, display_name: str, *, object_id: str = "", contacts_name: str = "Contacts", admin: bool = False
    ) -> User:
        """A new person with an empty mailbox. Without `object_id` the same UPN always gets the same one."""
        object_id = object_id or str(uuid.uuid5(NAMESPACE, upn.casefold()))
        watch = self.subscriptions.happened
        mailbox = Mailbox(object_id, switches=self.switches, now=self.now, contacts_name=contacts_name, watch=watch)
        person = {"name": display_name, "address": upn}
        calendars = Calendars(object_id, person, switches=self.switches, now=self.now, watch=watch)
        user = User(object_id=object_id, upn=upn, display_name=display_name, mailbox=mailbox, calendars=calendars, admin=admin)
        self._users[object_id] = user
        self._by_upn[upn.casefold()] = user
        self.domains.add(upn.rpartition("@")[2].lower())
        return user

    def user(self, key: str) -> User | None:
        """The person with this object id or UPN; both compare without case."""
        wanted = key.casefold()
        return self._users.get(wanted) or self._by_upn.get(wanted)

    @property
    def users(self) -> Sequence[User]:
        """Everybody, in the order of their arrival."""
        return list(self._users.values())

    def revoke_sessions(self, user: User) -> None:
        """Make every refresh token of `user` worthless (AADSTS50173)."""
        self.tokens.revoke(user.object_id)

    def withdraw_consent(self, client: Client, user: User) -> None:
        """Let `user` no longer agree to `client` (AADSTS65001)."""
        client.consents.pop(user.object_id, None)

    def consent_for_all(self, client: Client, permissions: frozenset[str] | None = None) -> None:
        """Agree to `client` on behalf of the organisation: to these delegated permissions, or to everything that it wants."""
        if permissions is None:
            client.application |= client.application_wanted
        client.consent_for_all |= client.delegated if permissions is None else permissions

    def withdraw_consent_for_all(self, client: Client) -> None:
        """Take back what an administrator agreed to. What people agreed to themselves stays."""
        client.consent_for_all = client.application = frozenset()

    def dump(self) -> dict[str, Any]:
        """People and mailboxes as plain data; no secret and no token."""
        return {
            "tenant": self.tenant_id,
            "clients": [client.client_id for client in self._clients.values()],
            "subscriptions": self.subscriptions.dump(),
            "users": [
                {
                    "id": user.object_id,
                    "userPrincipalName": user.upn,
                    "displayName": user.display_name,
                    "state": user.state.value,
                    "mailbox": user.mailbox.dump(),
                    "calendar": user.calendars.dump(),
                }
                for user in self._users.values()
            ],
        }
