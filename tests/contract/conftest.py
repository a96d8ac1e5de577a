"""What both real adapters need."""

from __future__ import annotations

import aiohttp
import pytest

from outlookd.testing import FakeClock


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session
