"""A view that suddenly shows three rows of nine hundred: nothing is deleted, one notice is given, one approval releases it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from trial import Trial

from outlookd.app import App, load_installation
from outlookd.app.daemon.notices import Circumstances, Notices
from outlookd.core.model import RunStatus, Tally
from outlookd.runtime.notices import NoticeKind
from outlookd.sandbox.views import Equals
from outlookd.testing import FakeClock, MemoryAccounts, MemoryStore

ROWS, LEFT = 900, 3
FEWER = 150
"""Enough for an approval: each contact that goes is asked for twice, and for its photo."""
HOUR = 3600


class Post:
    """A courier that keeps what it carries."""

    name = "post"

    def __init__(self):
        self.carried = []

    async def carry(self, notice):
        self.carried.append(notice.kind)


@asynccontextmanager
async def shrunk(directory, rows=ROWS):
    """A full folder, and a view with a condition that somebody has just added."""
    async with Trial.start(directory, contacts=rows) as trial:
        await trial.sign_in()
        async with App(load_installation(trial.config, {})) as app:
            (job,) = app.jobs()
            assert (await app.sync(job)).created == Tally(outlook=rows)
            for key in sorted(trial.shown_rows)[:LEFT]:
                trial.edit_row(key, {"fonction": "Archiviste"})
            view = trial.sandbox.crm.view("contact.outlook")
            narrow = replace(view, conditions=(*view.conditions, Equals(column="fonction", value="Archiviste")))
            trial.sandbox.crm.add_view(narrow)
            yield trial, app, job, view


def notices_for(job, post, clock):
    return Notices(
        store=MemoryStore(),
        accounts=MemoryAccounts(),
        clock=clock,
        circumstances=lambda: Circumstances(logins=frozenset({job.user}), jobs=frozenset({job.id})),
        couriers=lambda: [post],
        count=lambda _channel, _outcome: None,
    )


async def test_three_of_nine_hundred_delete_nothing_and_are_told_once_and_a_view_that_comes_back_was_never_gone(tmp_path):
    async with shrunk(tmp_path) as (trial, app, job, view):
        post, clock = Post(), FakeClock(datetime.now(UTC))
        notices = notices_for(job, post, clock)
        for _ in range(3):
            report = await app.sync(job, full=True)
            assert (report.status, report.deleted) == (RunStatus.HELD, Tally())
            assert f"shows only {LEFT} of {ROWS}" in report.message
            await notices.after_run(report)
            clock.advance(HOUR)
            await notices.look()
        assert post.carried == [NoticeKind.HELD]
        trial.sandbox.crm.add_view(view)
        report = await app.sync(job, full=True)
        assert (report.status, report.deleted, report.created) == (RunStatus.OK, Tally(), Tally())
        assert len(trial.exported) == ROWS


async def test_one_approval_releases_what_a_view_lost_and_nothing_that_came_since(tmp_path):
    async with shrunk(tmp_path, FEWER) as (trial, app, job, _view):
        await app.sync(job)
        (held,) = (await app.plan(job)).held
        assert not await app.approve(job, "0" * 16)
        assert await app.approve(job, held.hash)
        assert (await app.sync(job)).deleted == Tally(outlook=FEWER - LEFT)
        assert len(trial.exported) == LEFT
        assert (await app.sync(job)).status is RunStatus.OK
        assert len(trial.sandbox.mail_log) == 0
