"""What the pages of trust ask, in memory: a plan, two runs, something to take back, a record with a conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from unit.web.twins import JOB, NOW

from outlookd.core.model import Change, Op, RunKind, RunReport, RunStatus, Side, Tally
from outlookd.core.story import Chapter, Scene, Story
from outlookd.web.history.archive import Left, Shelf, Takeback
from outlookd.web.history.errands import Errand
from outlookd.web.history.lines import Altered, Known, Line
from outlookd.web.history.plans import HeldPart, Planned
from outlookd.web.history.records import Case, Settled, Told
from outlookd.web.jobs.desk import HeldBack, SetAside

OUTLOOK_ID = "AAMkAD/a+b=="
RUN = "0b2f7a0e-run"


def line(name: str = "Ann Example", **changes: Any) -> Line:
    """An update of a telephone number in Outlook."""
    usual = Line(
        op=Op.UPDATE,
        side=Side.OUTLOOK,
        record=Known(id="8f14e45f", name=name),
        reason="changed in GOPAAS",
        rule="1",
        altered=(Altered(name="mobilePhone", before="01 00", after="02 00"),),
        mails=False,
    )
    return replace(usual, **changes)


def held_part(guard: str = "deletes", name: str = "0123456789abcdef", count: int = 12, **changes: Any) -> HeldPart:
    """Deletions that wait for a person."""
    lines = tuple(line(f"Contact {number}", op=Op.DELETE) for number in range(count))
    usual = HeldPart(held=HeldBack(guard=guard, count=count, name=name, reason="too many at once"), lines=lines, records=())
    return replace(usual, **changes)


def planned(**changes: Any) -> Planned:
    """One write, nothing held."""
    return replace(Planned(hash="feedfacefeedface", lines=(line(),), held=(), unchanged=30, waiting=0), **changes)


def made(result: Any) -> Errand[Any]:
    """An errand that is done."""
    return Errand(at=NOW, result=result)


class MemoryPlans:
    """Implements `Plans`."""

    def __init__(self) -> None:
        self.errand: Errand[Planned] | None = None
        self.crowded = False
        self.asked: list[tuple[str, str]] = []

    def look(self, job: str) -> Errand[Planned] | None:
        return self.errand

    def ask(self, job: str) -> bool:
        self.asked.append(("ask", job))
        return not self.crowded

    def forget(self, job: str) -> None:
        self.asked.append(("forget", job))


def run(name: str = RUN, **changes: Any) -> RunReport:
    """A run of alice's that changed one contact in Outlook."""
    usual = RunReport(run=name, job=JOB, user="alice", type="Calendar", status=RunStatus.OK, started=NOW, updated=Tally(outlook=1))
    return replace(usual, **changes)


class MemoryArchive:
    """Implements `Archive`: a run of alice's, and one of berta's."""

    def __init__(self) -> None:
        self.runs = [run(), run("berta-run", job="berta/calendar/action", user="berta")]
        self.done: Sequence[Line] = [line(at=NOW, number=7)]
        self.earlier = False

    async def shelf(self, job: str, number: int) -> Shelf:
        return Shelf(runs=tuple(each for each in self.runs if each.job == job), earlier=self.earlier)

    async def report(self, job: str, run: str) -> RunReport | None:
        return next((each for each in self.runs if (each.job, each.run) == (job, run)), None)

    async def lines(self, job: str, run: str) -> Sequence[Line]:
        return self.done


class MemoryTakebacks:
    """Implements `Takebacks`."""

    def __init__(self) -> None:
        self.errand: Errand[Takeback] | None = None
        self.crowded = False
        self.asked: list[tuple[str, ...]] = []

    def look(self, job: str, run: str, item: str) -> Errand[Takeback] | None:
        return self.errand

    def preview(self, job: str, run: str, item: str) -> bool:
        self.asked.append(("preview", job, run, item))
        return not self.crowded

    def undo(self, job: str, run: str, item: str, seen: str) -> bool:
        self.asked.append(("undo", job, run, item, seen))
        return not self.crowded


def takeback(**changes: Any) -> Takeback:
    """One change that goes back, and one field that stays."""
    left = Left(side=Side.OUTLOOK, record=Known(id="8f14e45f", name="Ann Example"), field="city", reason="changed since")
    return replace(Takeback(lines=(line(),), left=(left,), report=None, seen="name-of-this"), **changes)


def undone_run(**changes: Any) -> RunReport:
    """The run that took something back."""
    return run("undo-run", kind=RunKind.UNDO, **changes)


def case(**changes: Any) -> Case:
    """GoPaaS and Outlook disagreed about a telephone number, and GoPaaS was kept."""
    usual = Case(
        number=3,
        record=Known(id="8f14e45f", name="Ann Example"),
        at=NOW,
        values=(("mobilePhone", "01 00", "02 00"),),
        kept=Side.GOPAAS,
        chosen=None,
        settled=False,
    )
    return replace(usual, **changes)


def told(**changes: Any) -> Told:
    """A record that was changed once, is disputed, and whose row was set aside."""
    change = {"mobilePhone": Change(before="01 00", after="02 00")}
    scenes = (
        Scene(
            at=NOW,
            run=RUN,
            chapter=Chapter.DECIDED,
            side=Side.OUTLOOK,
            op=Op.UPDATE,
            rule="1",
            reason="changed in GOPAAS",
            number=7,
        ),
        Scene(at=NOW, run=RUN, chapter=Chapter.WROTE, side=Side.OUTLOOK, op=Op.UPDATE, fields=change, number=7),
    )
    aside = SetAside(
        side=Side.GOPAAS, id="8f14e45f", field="naissance", reason="this is not a date", retry_at=NOW + timedelta(hours=1)
    )
    usual = Told(
        record=Known(id="8f14e45f", name="Ann Example"),
        story=Story(job=JOB, link=None, gopaas_id="8f14e45f", outlook_id=OUTLOOK_ID, scenes=scenes),
        keys={},
        cases=(case(),),
        set_aside=(aside,),
    )
    return replace(usual, **changes)


class MemoryRecords:
    """Implements `Records`."""

    def __init__(self) -> None:
        self.told: list[Told] = [told()]
        self.disputed: list[Case] = [case()]
        self.set_aside: list[SetAside] = []
        self.chosen: Errand[Settled] | None = None
        self.retried = True
        self.errand: Errand[Sequence[Told]] | None = None
        self.crowded = False
        self.asked: list[tuple[object, ...]] = []

    async def tell(self, job: str, id: str) -> Sequence[Told]:
        self.asked.append(("tell", job, id))
        return [each for each in self.told if id in (each.story.gopaas_id, each.story.outlook_id)]

    def look(self, job: str, id: str) -> Errand[Sequence[Told]] | None:
        return self.errand

    def inquire(self, job: str, id: str) -> bool:
        self.asked.append(("inquire", job, id))
        return not self.crowded

    async def cases(self, job: str) -> Sequence[Case]:
        return self.disputed

    def choice(self, job: str, number: int) -> Errand[Settled] | None:
        return self.chosen

    def choose(self, job: str, number: int, side: Side, seen: str = "") -> bool:
        self.asked.append(("choose", job, number, side, seen))
        return not self.crowded

    async def aside(self, job: str) -> Sequence[SetAside]:
        return self.set_aside

    async def retry(self, job: str, side: Side, id: str) -> bool:
        self.asked.append(("retry", job, side, id))
        return self.retried
