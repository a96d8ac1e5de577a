"""The whole sign-in against the sandbox's Entra: real TLS, real MSAL, real refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from aiohttp import web

from outlookd.entra import (
    AccountTokens,
    Admission,
    Authority,
    Reason,
    SignedIn,
    SignIn,
    SignInRefused,
    delegated_scopes,
)
from outlookd.errors import ConfigurationError, CredentialsRefused, SignInNeeded, Unreachable
from outlookd.sandbox.directory import Client, Directory, User
from outlookd.sandbox.entra import entra_app
from outlookd.sandbox.tls import issue
from outlookd.sealing import Seal
from outlookd.testing import FakeClock, MemoryAccounts

SCOPES = delegated_scopes("http://127.0.0.1:8080")
BROWSER = "session"


class Cloud:
    """The sandbox's Entra on a port, and a person at its sign-in page."""

    def __init__(self, directory: Directory, origin: str, ca_file: Path) -> None:
        self.directory = directory
        self.origin = origin
        self.ca_file = ca_file
        self.user: User = directory.add_user("alice@example.test", "Alice")
        self.client: Client = directory.register_client(
            "client", secret="CANARY-secret", redirect_uris=("https://crm.example.test/back",)
        )

    async def choose(self, auth_uri: str, **decision: str) -> dict[str, str]:
        """Fill in the sign-in page at `auth_uri`; what comes back to our redirect address. Certificates are MSAL's part below."""
        form = {**dict(parse_qsl(urlsplit(auth_uri).query)), **(decision or {"user": self.user.object_id})}
        async with (
            aiohttp.ClientSession() as session,
            session.post(auth_uri.partition("?")[0], data=form, ssl=False, allow_redirects=False) as response,
        ):
            return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    directory = Directory()
    context, ca_file = issue(tmp_path)
    runner = web.AppRunner(entra_app(directory))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield Cloud(directory, f"https://localhost:{runner.addresses[0][1]}", ca_file)
    await runner.cleanup()


class House:
    """Our side."""

    def __init__(self, cloud: Cloud, *, tenant: str = "", ca_file: Path | None = None) -> None:
        self.accounts = MemoryAccounts()
        self.authority = Authority(
            f"{cloud.origin}/{tenant or cloud.directory.tenant_id}",
            client_id="client",
            client_secret="CANARY-secret",
            instance_discovery=False,
            ca_file=ca_file or cloud.ca_file,
        )
        clock, seal = FakeClock(datetime.now(UTC)), Seal([b"k" * 32])
        self.signin = SignIn(
            accounts=self.accounts,
            authority=lambda _login: self.authority,
            admission=Admission(accounts=self.accounts, seal=seal, clock=clock),
            seal=seal,
            clock=clock,
            scopes=SCOPES,
            public_url="https://crm.example.test",
            redirect_path="/back",
        )
        self.tokens = AccountTokens(
            "alice", accounts=self.accounts, authority=lambda _login: self.authority, seal=seal, clock=clock, scopes=SCOPES
        )

    async def begin(self) -> str:
        return await self.signin.begin((await self.signin.issue_ticket("alice")).token, BROWSER)


@pytest.fixture
def house(cloud: Cloud) -> House:
    return House(cloud)


@pytest.fixture(autouse=True)
async def closed(house: House) -> AsyncIterator[None]:
    yield
    await house.authority.close()


@pytest.fixture
async def signed_in(house: House, cloud: Cloud) -> None:
    await house.signin.finish(await cloud.choose(await house.begin()), BROWSER)


async def test_a_person_signs_in_and_gets_a_token_for_graph(house: House, cloud: Cloud) -> None:
    signed_in = await house.signin.finish(await cloud.choose(await house.begin()), BROWSER)
    assert isinstance(signed_in, SignedIn)
    assert signed_in.binding.object_id == cloud.user.object_id
    assert signed_in.binding.tenant == cloud.directory.tenant_id
    assert signed_in.mailbox == "alice@example.test"
    first = await house.tokens.token()
    assert first
    assert await house.tokens.token(refresh=True) != first


async def test_any_directory_may_sign_in_at_a_multi_tenant_authority(cloud: Cloud) -> None:
    house = House(cloud, tenant="organizations")
    await house.signin.finish(await cloud.choose(await house.begin()), BROWSER)
    assert await house.tokens.token(refresh=True)
    await house.authority.close()


async def test_a_person_who_declines_is_told_so(house: House, cloud: Cloud) -> None:
    answer = await cloud.choose(await house.begin(), decline="1")
    with pytest.raises(SignInRefused) as caught:
        await house.signin.finish(answer, BROWSER)
    assert caught.value.reason is Reason.CANCELLED


@pytest.mark.usefixtures("signed_in")
async def test_renewals_survive_when_old_refresh_tokens_die_at_once(house: House, cloud: Cloud) -> None:
    cloud.directory.switches.old_refresh_tokens_work = False
    assert len({await house.tokens.token(refresh=True) for _ in range(3)}) == 3


@pytest.mark.usefixtures("signed_in")
async def test_revoked_sessions_ask_for_a_sign_in_which_then_helps(house: House, cloud: Cloud) -> None:
    cloud.directory.revoke_sessions(cloud.user)
    with pytest.raises(SignInNeeded) as caught:
        await house.tokens.token(refresh=True)
    assert caught.value.code == "AADSTS50173"
    await house.signin.finish(await cloud.choose(await house.begin()), BROWSER)
    assert await house.tokens.token(refresh=True)


@pytest.mark.usefixtures("signed_in")
async def test_multi_factor_asked_later_asks_for_a_sign_in(house: House, cloud: Cloud) -> None:
    cloud.user.mfa_required = True
    with pytest.raises(SignInNeeded) as caught:
        await house.tokens.token(refresh=True)
    assert caught.value.code == "AADSTS50076"


@pytest.mark.usefixtures("signed_in")
async def test_an_expired_secret_is_the_operators_matter_and_passes_once_renewed(house: House, cloud: Cloud) -> None:
    cloud.client.secret_expires = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(CredentialsRefused) as caught:
        await house.tokens.token(refresh=True)
    assert caught.value.code == "AADSTS7000222"
    assert "new client secret" in str(caught.value)
    cloud.client.secret_expires = None
    assert await house.tokens.token(refresh=True)


@pytest.mark.usefixtures("signed_in")
async def test_a_wrong_secret_says_so(house: House, cloud: Cloud) -> None:
    cloud.client.secret = "another"
    with pytest.raises(CredentialsRefused) as caught:
        await house.tokens.token(refresh=True)
    assert caught.value.code == "AADSTS7000215"
    assert "CANARY" not in str(caught.value)


async def test_a_certificate_that_we_do_not_trust_is_unreachable(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> None:
    _, strangers_ca = issue(tmp_path_factory.mktemp("stranger"))
    house = House(cloud, ca_file=strangers_ca)
    with pytest.raises(Unreachable) as caught:
        await house.begin()
    await house.authority.close()
    assert "entra.ca_file" in str(caught.value)


async def test_an_unknown_directory_is_a_matter_of_settings(cloud: Cloud) -> None:
    house = House(cloud, tenant="99999999-9999-4999-8999-999999999999")
    with pytest.raises(ConfigurationError) as caught:
        await house.begin()
    await house.authority.close()
    assert "entra.authority" in str(caught.value)
