"""What every history of a calendar must end in: both sides agree, one row is one event, nobody was mailed, nothing is left to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from outlookd.core.model import WRITES, Link, LinkStatus, RunReport, Side
from sync.agenda import AgendaWorld, make_agenda_job

QUIET = {"gopaas": 1, "graph": 1}
"""What a run costs that finds nothing to do."""


async def settle(world: AgendaWorld, runs: int = 2) -> None:
    """Let the daemon work while people rest."""
    for _ in range(runs):
        await world.run()


async def assert_peace(world: AgendaWorld, *, apart: Collection[str] = (), held: Collection[str] = (), mails: int = 0) -> None:
    """Nothing is left to do, on either side, and it stays so. `apart` are rows that may differ, `held` the guards that speak."""
    plan = await world.plan()
    assert [(a.op, a.side, a.link.gopaas_id, a.reason) for a in plan.actions if a.op in WRITES] == []
    assert plan.waiting == 0
    assert sorted(entry.guard for entry in plan.held) == sorted(held)
    assert {key: odd for key, odd in (await world.agree()).items() if key not in apart} == {}
    await _assert_one_to_one(world)
    assert len(world.outlook.mails) == mails
    assert await world.store.open_intents(world.job.id) == []
    assert await world.store.quarantine(world.job.id) == []
    report = await world.run()
    assert written(report) == {}
    if not held:
        assert report.requests == QUIET


async def _assert_one_to_one(world: AgendaWorld) -> None:
    """Every active pair has both halves, the row's column names the event, and no two pairs share one."""
    links = [link for link in (await world.links()).values() if link.outlook_id]
    ids = [link.outlook_id for link in links]
    assert sorted(ids) == sorted(set(ids))
    for link in links:
        if link.status is LinkStatus.ACTIVE:
            assert link.gopaas_id in world.crm.rows
            assert world.outlook.find_event(link.outlook_id) is not None
            assert world.event_of(link.gopaas_id) == link.outlook_id


def written(report: RunReport) -> dict[str, int]:
    """What a run wrote, by kind and side; nothing that is nought."""
    tallies = {"created": report.created, "updated": report.updated, "deleted": report.deleted}
    return {f"{word} {side}": n for word, tally in tallies.items() for side in Side if (n := getattr(tally, side))}


async def link_of(world: AgendaWorld, key: str) -> Link:
    """The pair of a row."""
    return (await world.links())[key]


def colleague(world: AgendaWorld, user: str) -> AgendaWorld:
    """Another user of the same GoPaaS and the same daemon, with a mailbox of their own."""
    job = make_agenda_job()
    context = replace(job.context, job=f"{user}/calendar/action/", user=user)
    other = AgendaWorld(job=replace(job, id=context.job, user=user, context=context), crasher=world.crasher, clock=world.clock)
    other.crm, other.store = world.crm, world.store
    return other


def subjects(world: AgendaWorld) -> list[str]:
    """What stands in all calendars of the mailbox, series once."""
    return sorted(event.content["subject"] for event in world.outlook.events.values())


def titles(world: AgendaWorld) -> list[str]:
    """What stands in the table."""
    return sorted(row["intitule"] for row in world.crm.rows.values())
