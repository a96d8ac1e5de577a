"""Sessions in the database: what they owe to their login's mailbox. What they share with the twin is claimed in `contract`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outlookd.errors import AccessDenied
from outlookd.ports import Binding
from outlookd.store.accounts import SqliteAccounts
from outlookd.store.database import Database, open_database
from outlookd.store.sessions import SWEEP, SqliteSessions

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=8)
OWN = Binding(login="claire", tenant="t", object_id="own", home_account="own.t", bound_at=NOON)
PAULS = replace(OWN, login="paul", object_id="pauls", home_account="pauls.t")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "state.db") as opened:
        yield opened


@pytest.fixture
async def sessions(database: Database) -> SqliteSessions:
    """Of a database in which claire and paul have a mailbox each."""
    await SqliteAccounts(database).bind(OWN, b"")
    await SqliteAccounts(database).bind(PAULS, b"")
    return SqliteSessions(database)


async def begin(sessions: SqliteSessions, digest: str, now: datetime = NOON, login: str = "claire") -> None:
    await sessions.begin(digest, login, now=now, expires=now + LIFE, idle_since=now - IDLE)


async def find(sessions: SqliteSessions, digest: str, now: datetime) -> tuple[str, datetime] | None:
    return await sessions.find(digest, now=now, idle_since=now - IDLE)


async def test_a_session_does_not_outlive_the_mailbox_of_its_login(sessions: SqliteSessions, database: Database) -> None:
    """Threats T5, T17, T18: whatever took the account away, a restored copy say, has ended the session too."""
    await begin(sessions, "one")
    await begin(sessions, "paul", login="paul")
    await database.write(lambda db: db.execute("DELETE FROM account WHERE login = 'claire'").rowcount)
    assert [await find(sessions, digest, NOON) for digest in ("one", "paul")] == [None, ("paul", NOON)]


async def test_the_sweep_reads_no_session_that_goes_on(database: Database) -> None:
    rows = await database.read(lambda db: db.execute(f"EXPLAIN QUERY PLAN {SWEEP}", ["", ""]).fetchall())
    steps = [row[-1] for row in rows]
    assert [step for step in steps if step.startswith("SCAN")] == [], steps


# --- sessions and mailboxes --------------------------------------------------------------------------------------------------


@pytest.fixture
def accounts(database: Database) -> SqliteAccounts:
    return SqliteAccounts(database)


async def test_a_login_that_gets_another_mailbox_is_signed_out_of_every_browser(
    sessions: SqliteSessions, accounts: SqliteAccounts
) -> None:
    for digest, login in (("one", "claire"), ("two", "claire"), ("paul", "paul")):
        await begin(sessions, digest, login=login)
    await accounts.bind(replace(OWN, object_id="other", home_account="other.t"), b"")
    found = [await find(sessions, digest, NOON) for digest in ("one", "two", "paul")]
    assert found == [None, None, ("paul", NOON)]


async def test_a_login_to_which_a_mailbox_moves_is_signed_out_of_its_former_persons_browsers(
    sessions: SqliteSessions, accounts: SqliteAccounts
) -> None:
    await begin(sessions, "paul", login="paul")
    await accounts.bind(replace(OWN, object_id="new", home_account="new.t"), b"")
    await accounts.bind(replace(OWN, login="paul"), b"")
    assert await find(sessions, "paul", NOON) is None


async def test_signing_in_again_with_the_same_mailbox_ends_no_session(sessions: SqliteSessions, accounts: SqliteAccounts) -> None:
    await begin(sessions, "one")
    await accounts.bind(replace(OWN, bound_at=NOON + IDLE), b"")
    assert await find(sessions, "one", NOON) is not None


async def test_a_mailbox_that_is_refused_ends_no_session(sessions: SqliteSessions, accounts: SqliteAccounts) -> None:
    await begin(sessions, "paul", login="paul")
    with pytest.raises(AccessDenied):
        await accounts.bind(replace(OWN, login="paul"), b"")
    assert await find(sessions, "paul", NOON) is not None


async def test_a_login_that_is_forgotten_is_signed_out_of_every_browser(
    sessions: SqliteSessions, accounts: SqliteAccounts, database: Database
) -> None:
    for digest, login in (("one", "claire"), ("paul", "paul")):
        await begin(sessions, digest, login=login)
    await accounts.forget("claire")
    rows = await database.read(lambda db: {row["digest"] for row in db.query("SELECT digest FROM session")})
    assert rows == {"paul"}
