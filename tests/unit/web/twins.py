"""Who the pages' rooms talk to, in memory: sessions, a desk with two users' jobs, a calm or troubled daemon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from outlookd.core.model import Direction, RunStatus, Tally
from outlookd.core.subscriptions import Subscription
from outlookd.errors import Unreachable
from outlookd.web.doors.notifications import Announcement
from outlookd.web.jobs.desk import Answer, Overview, Panel, Result, Standing, Waiting

NOW = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)


class MemorySessions:
    """Implements `SessionStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, datetime, datetime]] = {}
        self.touches = 0

    async def begin(self, digest: str, login: str, *, now: datetime, expires: datetime, idle_since: datetime) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row[1] > idle_since and row[2] > now}
        self.rows[digest] = (login, now, expires)

    async def find(self, digest: str, *, now: datetime, idle_since: datetime) -> tuple[str, datetime] | None:
        row = self.rows.get(digest)
        return (row[0], row[1]) if row is not None and row[2] > now and row[1] > idle_since else None

    async def touch(self, digest: str, now: datetime) -> None:
        self.touches += 1
        if (row := self.rows.get(digest)) is not None:
            self.rows[digest] = (row[0], now, row[2])

    async def end(self, digest: str) -> None:
        self.rows.pop(digest, None)


class Readings:
    """Implements `Readiness`: what is in the way is what the test says."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def troubles(self) -> Mapping[str, str]:
        return self.found


class Unplugged:
    """Implements `Switchboard` before anything is known of subscriptions."""

    is_open = False

    def shake_hands(self) -> bool:
        return False

    def find(self, id: str) -> Subscription | None:
        return None

    def changed(self, subscription: Subscription) -> None: ...

    def announced(self, subscription: Subscription, event: Announcement) -> None: ...


def panel(login: str = "alice", **changes: object) -> Panel:
    """A calendar job of that login, at rest."""
    rest = Panel(
        job=f"{login}/calendar/action",
        login=login,
        resource="events",
        direction=Direction.BOTH,
        folder="",
        waiting=Waiting(count=9, at=NOW),
        counting=False,
        bar=None,
        due=False,
        last=None,
        last_success=None,
        next_run=NOW + timedelta(minutes=5),
        held=(),
        held_count=0,
        set_aside=(),
        set_aside_count=0,
        sign_in=False,
        connected=True,
        remedy=None,
        disputed=(),
    )
    return replace(rest, **changes)  # type: ignore[arg-type]


def result(status: RunStatus = RunStatus.OK, **changes: object) -> Result:
    """How a run ended that created two events in Outlook."""
    ended = Result(status=status, at=NOW, created=Tally(outlook=2), updated=Tally(), deleted=Tally(), conflicts=0, message="")
    return replace(ended, **changes)  # type: ignore[arg-type]


def standing(login: str = "alice", **changes: object) -> Standing:
    """A job that is all right."""
    calm = Standing(
        job=f"{login}/calendar/action",
        login=login,
        resource="events",
        state=RunStatus.OK,
        running=False,
        last_success=NOW,
        next_run=NOW + timedelta(minutes=5),
        held=0,
        set_aside=0,
        sign_in=False,
        stale=False,
    )
    return replace(calm, **changes)  # type: ignore[arg-type]


class MemoryDesk:
    """Implements `Desk`. Alice and berta have a calendar each, the administrator has nothing."""

    def __init__(self) -> None:
        self.shown: list[Panel] = [panel("alice"), panel("berta")]
        self.standings: list[Standing] = [standing("alice"), standing("berta")]
        self.overviewed = Overview(version="1.2.3", standings=(), faults=(), unread="", plugins=(), secret_expires=None)
        self.pressed: list[tuple[str, ...]] = []
        self.answer = Answer.STARTED
        self.release = Answer.APPROVED
        self.reachable = True

    def jobs_of(self, login: str) -> Sequence[str]:
        return [each.job for each in self.shown if each.login == login]

    def find(self, address: str) -> tuple[str, str] | None:
        return next(((each.job, each.login) for each in self.shown if each.address == address), None)

    async def panels(self, login: str) -> Sequence[Panel]:
        return [each for each in self.shown if each.login == login]

    async def start(self, job: str) -> Answer:
        self.pressed.append(("start", job))
        return self.answer

    async def approve(self, job: str, name: str) -> Answer:
        self.pressed.append(("approve", job, name))
        return self.release

    async def recreate(self, job: str) -> Answer:
        self.pressed.append(("recreate", job))
        return self.answer

    async def connect(self, login: str) -> str:
        if not self.reachable:
            raise Unreachable("Microsoft does not answer", service="entra")
        self.pressed.append(("connect", login))
        return f"https://crm.example.test/crm/connect/link-of-{login}"

    async def overview(self) -> Overview:
        return replace(self.overviewed, standings=tuple(self.standings))
