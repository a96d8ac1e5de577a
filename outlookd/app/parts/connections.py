"""The connections that runs share: one pool of connections per certificate authority, one credential per GoPaaS account."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import aiohttp
from pydantic import SecretStr

from outlookd.errors import ConfigurationError
from outlookd.gopaas.client import GopaasClient
from outlookd.gopaas.credentials import ApiKey, ClientCredentials, Credentials
from outlookd.gopaas.settings_records import SettingsRecords
from outlookd.meter import SILENT, Meter
from outlookd.ports import Clock
from outlookd.settings import GopaasSettings, JobSettings

MOST_SOCKETS = 64

_Account: TypeAlias = tuple[str, str | None, str, str, Path | None]
"""GoPaaS's address, the client id, the secret, the grant and the certificate authority."""


class Connections:
    """Sessions towards GoPaaS and Graph, opened when first needed and closed with `stack`."""

    def __init__(
        self, stack: AsyncExitStack, clock: Clock, *, traces: Sequence[aiohttp.TraceConfig] = (), meter: Meter = SILENT
    ) -> None:
        self._stack = stack
        self._clock = clock
        self._traces = tuple(traces)
        self._meter = meter
        self._sessions: dict[Path | None, aiohttp.ClientSession] = {}
        self._credentials: dict[_Account, Credentials] = {}

    def session(self, ca_file: Path | None) -> aiohttp.ClientSession:
        """The pool for one certificate authority; `ca_file` is trusted in addition to the system's. Raises ConfigurationError."""
        if ca_file not in self._sessions:
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=_trust(ca_file), limit=MOST_SOCKETS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "outlookd"},
                trace_configs=list(self._traces),
            )
            self._stack.push_async_callback(session.close)
            self._sessions[ca_file] = session
        return self._sessions[ca_file]

    def gopaas(self, settings: GopaasSettings, job: JobSettings | None = None, *, place: str = "gopaas") -> GopaasClient:
        """GoPaaS, as the job calls it or as everybody does. `place` is how faults name the job."""
        credentials = self._credentials_for(settings, job, place)
        return GopaasClient(self.session(settings.ca_file), settings.url, credentials, self._clock, meter=self._meter)

    def settings_records(self, settings: GopaasSettings, optional: Collection[str]) -> SettingsRecords | None:
        """GoPaaS's settings records, if a view of them is configured. `optional` are fields that it need not show."""
        if not settings.settings_view:
            return None
        return SettingsRecords(
            self.gopaas(settings),
            view=settings.settings_view,
            table=settings.settings_table,
            names=settings.settings_fields,
            optional=optional,
            page_size=settings.page_size,
            zone=settings.timezone,
        )

    def _credentials_for(self, settings: GopaasSettings, job: JobSettings | None, place: str) -> Credentials:
        """The job's own key, or everybody's. One object per account, so that jobs share a token.

        An account is all that a token depends on. The secret alone outlives a reload, and would be sent to where GoPaaS was before.
        """
        own = job.api_key if job is not None else None
        secret = own or settings.api_key or settings.client_secret or SecretStr("")
        name = secret.get_secret_value()
        account = (settings.url, settings.client_id, name, settings.grant_type, settings.ca_file)
        if account not in self._credentials:
            self._credentials[account] = (
                ClientCredentials(
                    self.session(settings.ca_file),
                    settings.url,
                    settings.client_id or "",
                    name,
                    self._clock,
                    grant=settings.grant_type,
                    meter=self._meter,
                )
                if secret is settings.client_secret
                else ApiKey(name, setting=f"{place if own else 'gopaas'}.api_key_file")
            )
        return self._credentials[account]


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        fault = f"ca_file: {ca_file} is not a certificate file (PEM)"
        raise ConfigurationError("A certificate authority cannot be read.", faults=[fault]) from error
    return context
