"""The pieces of a sign-in, and the tokens of one account."""

from __future__ import annotations

import pytest
from unit.entra.pieces import accounts, admission, authority, clock, meter, seal, signin, sts
from unit.entra.twins import SCOPES, CountingMeter

from outlookd.entra import AccountTokens, Authority
from outlookd.sealing import Seal
from outlookd.testing import FakeClock, MemoryAccounts

__all__ = ["accounts", "admission", "authority", "clock", "meter", "seal", "signin", "sts", "tokens"]


@pytest.fixture
def tokens(accounts: MemoryAccounts, authority: Authority, seal: Seal, clock: FakeClock, meter: CountingMeter) -> AccountTokens:
    return AccountTokens(
        "alice", accounts=accounts, authority=lambda _login: authority, seal=seal, clock=clock, scopes=SCOPES, meter=meter
    )
