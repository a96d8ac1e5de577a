"""The contracts of the store and of the accounts, over SQLite."""

from __future__ import annotations

import pytest
from contract.accounts_contract import AccountsContract
from contract.store_contract import StoreContract

from outlookd.store import open_store


@pytest.fixture
async def sqlite_store(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        yield store


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, sqlite_store):
        return sqlite_store


class TestSqliteAccounts(AccountsContract):
    @pytest.fixture
    def accounts(self, sqlite_store):
        return sqlite_store.accounts
