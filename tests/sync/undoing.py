"""Undo over the memory worlds: what both sides show, as values that can be compared, and a run that is taken back."""

from __future__ import annotations

from outlookd.core.model import RunReport, RunStatus
from outlookd.sync.undo import Undoing, preview_undo, undo
from outlookd.testing import MemoryCalendar
from sync.agenda import AgendaWorld
from sync.dying import die_at
from sync.world import World


def picture(world: World | AgendaWorld, *, named: bool = True) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Both sides as people see them: rows by key without their modification date, items as they read, whatever their ids.

    Without `named`, whatever the ids that rows name: what is made again has another one.
    """
    hidden = {"date_modification", "heure_modification"} | (set() if named else {"outlook_id"})
    rows = {key: {name: cell for name, cell in row.items() if name not in hidden} for key, row in world.crm.rows.items()}
    if isinstance(world.outlook, MemoryCalendar):
        items = [repr(world.event_content(id)) for id in world.outlook.events]
    else:
        items = [repr(sorted((n, v) for n, v in item.body.items() if v)) for item in world.outlook.items.values()]
    return rows, sorted(items)


async def take_back(world: World | AgendaWorld, run: str, *, item: str = "") -> tuple[RunReport, Undoing]:
    """Undo, a while later."""
    world.clock.advance(300)
    report, undoing = await undo(world.job, world.deps, run, item=item)
    assert report.status is RunStatus.OK, report.message
    assert report.mail_writes == 0
    return report, undoing


async def goes_back(world: World | AgendaWorld, run: str, before: object) -> None:
    """Undo, and nothing is left out: both sides show what they showed `before`, and still do when the next runs have looked at them."""
    _, undoing = await take_back(world, run)
    assert undoing.kept == []
    assert picture(world) == before
    await rest(world)
    await rest(world, full=True)
    assert picture(world) == before


async def die_taking_back(world: World | AgendaWorld, run: str, moment: int) -> bool:
    """Undo, a while later, dying at that moment. Returns whether the undo was long enough to die."""
    world.clock.advance(300)
    return await die_at(world, moment, undo(world.job, world.deps, run))


async def would_take_back(world: World | AgendaWorld, run: str) -> Undoing:
    """The preview of the same."""
    return await preview_undo(world.job, world.deps, run)


async def rest(world: World | AgendaWorld, runs: int = 2, **options: bool) -> None:
    """Run, and nothing is written."""
    for _ in range(runs):
        report = await world.run(**options)
        assert report.status is RunStatus.OK, report.message
        assert [report.created, report.updated, report.deleted] == [type(report.created)()] * 3, report
