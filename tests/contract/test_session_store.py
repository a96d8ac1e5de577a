"""One contract for both places of browser sessions: the twin in memory, which the pages' tests use, and the state database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from unit.web.twins import MemorySessions

from outlookd.ports import Binding
from outlookd.store import open_store
from outlookd.web.entrance.sessions import SessionStore

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=8)


@pytest.fixture(params=["memory", "database"])
async def sessions(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SessionStore]:
    """Where claire has a mailbox."""
    if request.param == "memory":
        yield MemorySessions()
        return
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        claire = Binding(login="claire", tenant="t", object_id="claire", home_account="claire.t", bound_at=NOON)
        await store.accounts.bind(claire, b"")
        yield store.sessions


async def begin(sessions: SessionStore, digest: str, now: datetime = NOON) -> None:
    await sessions.begin(digest, "claire", now=now, expires=now + LIFE, idle_since=now - IDLE)


async def find(sessions: SessionStore, digest: str, now: datetime = NOON) -> tuple[str, datetime] | None:
    return await sessions.find(digest, now=now, idle_since=now - IDLE)


async def test_a_session_is_found_by_its_digest_only(sessions: SessionStore) -> None:
    await begin(sessions, "one")
    assert await find(sessions, "one") == ("claire", NOON)
    assert await find(sessions, "two") is None


async def test_a_session_that_is_touched_lives_until_it_expires(sessions: SessionStore) -> None:
    await begin(sessions, "one")
    for minutes in range(20, 480, 20):
        now = NOON + timedelta(minutes=minutes)
        assert await find(sessions, "one", now) is not None
        await sessions.touch("one", now)
        assert await find(sessions, "one", now) == ("claire", now)
    assert await find(sessions, "one", NOON + LIFE) is None


async def test_a_session_that_nobody_uses_ends_sooner(sessions: SessionStore) -> None:
    await begin(sessions, "one")
    assert await find(sessions, "one", NOON + IDLE - timedelta(seconds=1)) is not None
    assert await find(sessions, "one", NOON + IDLE) is None


async def test_an_ended_session_is_forgotten_and_others_are_not(sessions: SessionStore) -> None:
    await begin(sessions, "one")
    await begin(sessions, "two")
    await sessions.end("one")
    assert [await find(sessions, digest) for digest in ("one", "two")] == [None, ("claire", NOON)]


async def test_what_is_over_is_swept_when_the_next_one_begins(sessions: SessionStore) -> None:
    """A sweep shows only to whoever asks for what was: nobody idle so long would be found, were it still there."""
    await begin(sessions, "idle")
    await begin(sessions, "used")
    await sessions.touch("used", NOON + timedelta(minutes=40))
    await begin(sessions, "new", NOON + timedelta(minutes=45))
    found = [await sessions.find(digest, now=NOON, idle_since=NOON - LIFE) is not None for digest in ("idle", "used", "new")]
    assert found == [False, True, True]


async def test_to_touch_or_to_end_what_has_ended_meanwhile_is_nothing(sessions: SessionStore) -> None:
    """Two requests of one browser, of which the other signs out."""
    await begin(sessions, "one")
    await sessions.end("one")
    await sessions.touch("one", NOON)
    await sessions.end("one")
    assert await find(sessions, "one") is None
