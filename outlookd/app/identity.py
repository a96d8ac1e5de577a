"""Who we are at Microsoft, and who our users are: the registration, their sign-in, their tokens."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import cached_property

from outlookd.entra import AccountTokens, Authority, Seal, SignIn, delegated_scopes, read_key
from outlookd.meter import SILENT, Meter
from outlookd.ports import Accounts, Clock
from outlookd.settings import Settings


class Identities:
    """One per opened installation. Opens nothing before it is asked; what it opened is closed with `stack`."""

    def __init__(
        self, settings: Settings, accounts: Accounts, clock: Clock, stack: AsyncExitStack, *, meter: Meter = SILENT
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._clock = clock
        self._stack = stack
        self._meter = meter
        self._tokens: dict[str, AccountTokens] = {}

    @cached_property
    def seal(self) -> Seal:
        """The state key: one per line of its file, newest first. Raises ConfigurationError."""
        lines = self._settings.state.key.get_secret_value().split()
        return Seal([read_key(line) for line in lines])

    @cached_property
    def authority(self) -> Authority:
        """Entra, as our registration sees it."""
        entra = self._settings.entra
        authority = Authority(
            entra.authority,
            client_id=entra.client_id,
            client_secret=entra.client_secret.get_secret_value(),
            ca_file=entra.ca_file,
            instance_discovery=entra.instance_discovery,
        )
        self._stack.push_async_callback(authority.close)
        return authority

    @cached_property
    def signin(self) -> SignIn:
        """The sign-in of users."""
        return SignIn(
            accounts=self._accounts,
            authority=self.authority,
            seal=self.seal,
            clock=self._clock,
            scopes=self.scopes,
            public_url=self._settings.web.public_url,
            redirect_path=self._settings.web.redirect_path,
            tenants=self._settings.entra.tenants,
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        """The permissions users are asked for."""
        return delegated_scopes(self._settings.graph.url)

    def tokens(self, login: str) -> AccountTokens:
        """The one token source of a login: two of them would renew the same token twice."""
        if login not in self._tokens:
            self._tokens[login] = AccountTokens(
                login,
                accounts=self._accounts,
                authority=self.authority,
                seal=self.seal,
                clock=self._clock,
                scopes=self.scopes,
            )
        return self._tokens[login]
