"""Real MSAL over a stand-in token endpoint, and the pieces around it: fixtures of the sign-in's tests and of the pages'."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from unit.entra.twins import AUTHORITY, CLIENT, SCOPES, CountingMeter, Sts

from outlookd.entra import Admission, Authority, SignIn
from outlookd.sealing import Seal
from outlookd.testing import FakeClock, MemoryAccounts

PUBLIC = "https://crm.example.test/crm"
REDIRECT = "/webservice/outlook-sync/getAccessToken.php"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC))


@pytest.fixture
def accounts() -> MemoryAccounts:
    return MemoryAccounts()


@pytest.fixture
def sts() -> Sts:
    return Sts()


@pytest.fixture
def meter() -> CountingMeter:
    return CountingMeter()


@pytest.fixture
def seal() -> Seal:
    return Seal([b"k" * 32])


@pytest.fixture
async def authority(sts: Sts) -> AsyncIterator[Authority]:
    made = Authority(AUTHORITY, client_id=CLIENT, client_secret="CANARY-secret", instance_discovery=False, http_client=sts)
    yield made
    await made.close()


@pytest.fixture
def admission(accounts: MemoryAccounts, seal: Seal, clock: FakeClock) -> Admission:
    return Admission(accounts=accounts, seal=seal, clock=clock)


@pytest.fixture
def signin(
    accounts: MemoryAccounts, authority: Authority, admission: Admission, seal: Seal, clock: FakeClock, meter: CountingMeter
) -> SignIn:
    return SignIn(
        accounts=accounts,
        authority=lambda _login: authority,
        admission=admission,
        seal=seal,
        clock=clock,
        scopes=SCOPES,
        public_url=PUBLIC,
        redirect_path=REDIRECT,
        meter=meter,
    )
