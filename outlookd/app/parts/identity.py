"""Who we are at Microsoft, and who our users are: the registrations, the sign-in, the tokens.

Most installations have one registration, that of ``[entra]``. Where GoPaaS's settings records name others, each login uses its own,
and one that changes takes effect at the next request. Does not know what a sign-in checks (`outlookd.entra`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from functools import cached_property
from urllib.parse import urlsplit

import structlog

from outlookd.entra import (
    AccountTokens,
    AdminConsent,
    Admission,
    ApplicationTokens,
    Authority,
    DeviceSignIn,
    HttpClient,
    SignIn,
    application_scope,
    delegated_scopes,
    open_session,
)
from outlookd.errors import ConfigurationError
from outlookd.meter import SILENT, Meter
from outlookd.ports import Accounts, Clock, TokenSource
from outlookd.sealing import Seal, read_keys
from outlookd.settings import Registration, Settings

log = structlog.get_logger()


class Identities:
    """One per opened installation. Opens nothing before it is asked; what it opened is closed with `stack`."""

    def __init__(
        self,
        settings: Settings,
        accounts: Accounts,
        clock: Clock,
        stack: AsyncExitStack,
        *,
        meter: Meter = SILENT,
        registration_of: Callable[[str], Registration | None] = lambda _login: None,
        measured: Callable[[HttpClient], HttpClient] = lambda client: client,
    ) -> None:
        """`registration_of` names a login's own registration, or None; for nobody in particular any that there is.

        That of ``[entra]`` serves those who have none. `measured` may wrap what MSAL speaks through.
        """
        self._settings = settings
        self._accounts = accounts
        self._clock = clock
        self._meter = meter
        self._registration_of = registration_of
        self._measured = measured
        self._authorities: dict[Registration, Authority] = {}
        self._used: dict[str, Registration] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._tokens: dict[str, AccountTokens] = {}
        self._shared_tokens: dict[Registration, ApplicationTokens] = {}
        stack.push_async_callback(self._close)

    @cached_property
    def seal(self) -> Seal:
        """The state key: one per line of its file, newest first. Raises ConfigurationError."""
        return Seal(read_keys(self._settings.state.key.get_secret_value()))

    @cached_property
    def signin(self) -> SignIn:
        """The sign-in of users. Raises ConfigurationError."""
        return SignIn(
            accounts=self._accounts,
            authority=self.authority,
            admission=self._admission,
            seal=self.seal,
            clock=self._clock,
            scopes=self.scopes,
            public_url=self._settings.web.public_url,
            redirect_path=self._settings.web.redirect_path,
            meter=self._meter,
        )

    @cached_property
    def device(self) -> DeviceSignIn:
        """The sign-in on another device. Raises ConfigurationError."""
        return DeviceSignIn(
            authority=self.authority, admission=self._admission, clock=self._clock, scopes=self.scopes, meter=self._meter
        )

    @cached_property
    def consent(self) -> AdminConsent:
        """The consent of a directory's administrator. Raises ConfigurationError."""
        return AdminConsent(
            authority=self.authority,
            seal=self.seal,
            clock=self._clock,
            scopes=[application_scope(self._settings.graph.url)] if self.of_application else self.scopes,
            redirect_uri=self._settings.web.redirect_uri,
        )

    @property
    def of_application(self) -> bool:
        """Whether the application itself is allowed into the mailboxes, so that no user need sign in."""
        return self._settings.entra.mode == "application"

    @property
    def scopes(self) -> tuple[str, ...]:
        """The permissions users are asked for; none where the application has its own."""
        return () if self.of_application else delegated_scopes(self._settings.graph.url)

    @property
    def refused(self) -> frozenset[str]:
        """The codes with which Entra refuses registrations of ours at present."""
        return frozenset(authority.refused for authority in self._authorities.values()) - {""}

    @property
    def origin(self) -> str:
        """Scheme, host and port of Microsoft's sign-in pages, for a content security policy."""
        parts = urlsplit(self._settings.entra.authority)
        return f"{parts.scheme}://{parts.netloc}"

    def authority(self, login: str = "") -> Authority:
        """Entra, as this login's registration sees it; for visitors, who have no login yet, as that of ``[entra]`` does.

        Raises ConfigurationError while there is no registration at all.
        """
        registration = self._registration(login)
        former = self._used.get(login)
        self._used[login] = registration
        if former is not None and former not in self._used.values():
            log.info("entra.registration.replaced")
            self._retire(former)
        if registration not in self._authorities:
            self._authorities[registration] = self._open(registration)
        return self._authorities[registration]

    def forget_others(self, logins: Collection[str]) -> None:
        """Forget whoever is none of `logins`: their tokens, and a registration that only they used. It may be refused for ever.

        That of ``[entra]`` stays open: it is the next visitor's.
        """
        for login in self._used.keys() - logins:
            former = self._used.pop(login)
            self._tokens.pop(login, None)
            if former != self._settings.entra.registration and former not in self._used.values():
                self._retire(former)

    def _registration(self, login: str) -> Registration:
        theirs = self._registration_of(login) if login else None
        # A visitor is the same person in every registration: tenant and object id do not depend on it.
        found = theirs or self._settings.entra.registration or self._registration_of("")
        if found is None:
            raise ConfigurationError(
                "There is no registration to sign in through.",
                faults=["entra.client_id: is blank, and no settings record brings a client id"],
                hint="Put the registration of the application into [entra], or into the settings records.",
            )
        return found

    def tokens(self, login: str) -> TokenSource:
        """The one token source of a login: two of them would renew the same token twice."""
        if self.of_application:
            return self._application_tokens(login)
        if login not in self._tokens:
            self._tokens[login] = AccountTokens(
                login,
                accounts=self._accounts,
                authority=self.authority,
                seal=self.seal,
                clock=self._clock,
                scopes=self.scopes,
                meter=self._meter,
            )
        return self._tokens[login]

    def _application_tokens(self, login: str) -> ApplicationTokens:
        authority = self.authority(login)
        registration = self._used[login]
        if registration not in self._shared_tokens:
            self._shared_tokens[registration] = ApplicationTokens(
                authority=authority, clock=self._clock, scope=application_scope(self._settings.graph.url), meter=self._meter
            )
        return self._shared_tokens[registration]

    @cached_property
    def _admission(self) -> Admission:
        return Admission(
            accounts=self._accounts,
            seal=self.seal,
            clock=self._clock,
            tenants=self._settings.entra.tenants,
            keeps_tokens=not self.of_application,
        )

    def _open(self, registration: Registration) -> Authority:
        entra = self._settings.entra
        return Authority(
            entra.authority,
            client_id=registration.client_id,
            client_secret=registration.client_secret.get_secret_value(),
            instance_discovery=entra.instance_discovery,
            http_client=self._measured(open_session(entra.ca_file)),
        )

    def _retire(self, registration: Registration) -> None:
        """Close what nobody uses any more, once the calls that are under way have ended."""
        self._shared_tokens.pop(registration, None)
        authority = self._authorities.pop(registration, None)
        if authority is not None:
            task = asyncio.create_task(authority.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _close(self) -> None:
        await asyncio.gather(*self._closing, *(authority.close() for authority in self._authorities.values()))
