"""One contract for every store: the one that tests use, and the one in production."""

from __future__ import annotations

import pytest

from outlookd.store import open_store
from outlookd.testing import MemoryAccounts, MemoryStore
from outlookd.testing.contracts.accounts import AccountsContract
from outlookd.testing.contracts.store import StoreContract


@pytest.fixture
async def sqlite_store(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        yield store


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, sqlite_store):
        return sqlite_store


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self):
        return MemoryStore()


class TestSqliteAccounts(AccountsContract):
    @pytest.fixture
    def accounts(self, sqlite_store):
        return sqlite_store.accounts


class TestMemoryAccounts(AccountsContract):
    @pytest.fixture
    def accounts(self):
        return MemoryAccounts()
