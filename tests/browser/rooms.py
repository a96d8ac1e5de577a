"""Every page in every state that one can be in, over twins: what the daemon would need hours to get into."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, timedelta

from aiohttp import web
from unit.web.trust_twins import (
    RUN,
    MemoryArchive,
    MemoryPlans,
    MemoryRecords,
    MemoryTakebacks,
    case,
    held_part,
    line,
    made,
    planned,
    run,
    takeback,
    told,
)
from unit.web.twins import JOB, NOW, MemoryDesk, MemoryMaps, panel, result, standing

from outlookd.core.model import Direction, Op, RunStatus, Side, Tally
from outlookd.entra import Departure
from outlookd.web import (
    AsideRoom,
    ConflictRoom,
    HistoryRoom,
    MappingRoom,
    PlanRoom,
    RecordRoom,
    Room,
    SignInRoom,
    Site,
    StatusRoom,
    SyncRoom,
    UndoRoom,
    create_app,
    create_runner,
)
from outlookd.web.history.lines import Altered, Known
from outlookd.web.history.records import Settled, Verdict
from outlookd.web.jobs.desk import Disputed, Fault, HeldBack, Overview, SetAside, Underway, Waiting, address_of
from outlookd.web.remedies import Remedy
from outlookd.web.site.visitors import Visitor

EXPORT = {"resource": "contacts", "direction": Direction.TO_OUTLOOK, "folder": "GoPaaS"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class OneVisitor:
    """Whoever asks is this person, until they are `gone`."""

    def __init__(self, login: str, *, admin: bool = False) -> None:
        self.visitor = Visitor(login=login, admin=admin)
        self.gone = False

    async def require(self, _request: web.Request) -> Visitor:
        if self.gone:
            raise web.HTTPUnauthorized(headers={"HX-Redirect": "/signin"})
        return self.visitor

    async def recognise(self, _request: web.Request) -> None:
        return None

    async def begin_visit(self) -> Departure:
        return Departure(address="/", session="")


def desk() -> MemoryDesk:
    """At rest, at work, and in every kind of trouble."""
    made = MemoryDesk()
    held = (
        HeldBack(guard="deletes", count=12, name="0123456789abcdef", reason="12 deletions at once"),
        HeldBack(guard="mail", count=1, name="", reason="would send mail"),
        HeldBack(guard="plugin", count=1, name="fedcba9876543210", reason=HOSTILE),
    )
    aside = SetAside(
        side=Side.GOPAAS,
        id="8f14e45fceea167a5a36dedd4bea2543",
        field="date_debut",
        reason=HOSTILE,
        retry_at=NOW + timedelta(hours=1),
    )
    disputed = Disputed(at=NOW, name=HOSTILE, values=(("telephone", HOSTILE, None), ("prive", True, False)), kept=Side.GOPAAS)
    dead = result(RunStatus.REAUTH, message="The sign-in has ended.")
    made.shown = [
        panel(),
        panel(job="calm/contact", waiting=Waiting(count=0, at=NOW), last=result(created=Tally(outlook=32)), **EXPORT),
        panel(job="busy", bar=Underway(stage="writes", done=12, total=32, share=0.7), last=result()),
        panel(job="busy/contact", waiting=None, counting=True, due=True, **EXPORT),
        panel(job="busy/more", bar=Underway(stage="gopaas", done=500, total=None, share=0.1), **EXPORT),
        panel(
            job="held",
            last=result(RunStatus.HELD, conflicts=3, message=HOSTILE),
            held=held,
            set_aside=(aside,),
            set_aside_count=12,
            disputed=(disputed,),
        ),
        panel(job="held/contact", sign_in=True, waiting=None, last=dead, last_success=NOW - timedelta(days=3), **EXPORT),
        panel(
            job="held/more",
            waiting=None,
            last=result(RunStatus.FAILED, message=HOSTILE),
            next_run=None,
            remedy=Remedy.WAIT,
            **EXPORT,
        ),
        panel(job="gone", waiting=None, last=result(RunStatus.HELD, message=HOSTILE), remedy=Remedy.FOLDER, **EXPORT),
    ]
    made.standings = [
        standing("calm"),
        standing("held", state=RunStatus.HELD, held=12),
        standing("dead", job="d", resource="contacts", state=RunStatus.REAUTH, sign_in=True, next_run=None),
        standing("late", job="l", stale=True, set_aside=2),
        standing("new", job="n", state=None, last_success=None),
        standing(HOSTILE, job="h", state=RunStatus.FAILED),
    ]
    made.overviewed = Overview(
        version="1.0",
        standings=(),
        faults=(Fault(record="8f14e45f", login="paul", text=HOSTILE),),
        unread=HOSTILE,
        plugins=(("calendar", "enabled"), ("mine", "import_failed")),
        secret_expires=date(2026, 12, 20),
    )
    return made


@asynccontextmanager
async def served(visitor: OneVisitor, *, port: int = 0) -> AsyncIterator[str]:
    """The rooms as that visitor sees them; gives their address."""
    site = Site("http://localhost", now=lambda: NOW)
    made = desk()
    rooms = [
        SignInRoom(visitor, visitor, site),
        SyncRoom(made, visitor, site),
        StatusRoom(made, visitor, site),
        MappingRoom(MemoryMaps(), made, visitor, site),
        *trust(made, visitor, site),
    ]
    runner = create_runner(create_app(site, rooms))
    await runner.setup()
    await web.TCPSite(runner, "localhost", port).start()
    try:
        yield f"http://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def trust(desk: MemoryDesk, visitor: OneVisitor, site: Site) -> list[Room]:
    """The pages of trust, with everything on them that there can be, and hostile."""
    hostile = line(HOSTILE, record=Known(id=HOSTILE, name=HOSTILE), reason=HOSTILE, mails=True, at=NOW, number=7)
    created = line(op=Op.CREATE, altered=tuple(Altered(name=f"f{number}", before=None, after="x") for number in range(9)))
    plans, archive, takebacks, records = MemoryPlans(), MemoryArchive(), MemoryTakebacks(), MemoryRecords()
    shrink = held_part("shrink", lines=(), records=(Known(id="k", name=HOSTILE),))
    plans.errand = made(
        planned(lines=(hostile, created), held=(held_part(count=6), held_part("mail", name="", count=1), shrink), waiting=2)
    )
    archive.runs += [run(f"run-{number}", status=status, held=3, message=HOSTILE) for number, status in enumerate(RunStatus)]
    archive.done, archive.earlier = [hostile, created, line(undone="later"), line(op=Op.LINK)], True
    takebacks.errand = made(takeback(lines=(hostile, created)))
    disputed = case(record=Known(id=HOSTILE, name=HOSTILE), values=((HOSTILE, HOSTILE * 5, None),))
    records.disputed = [disputed, case(number=4, kept=None), case(number=5, chosen=Side.OUTLOOK)]
    records.told = [told(record=Known(id="8f14e45f", name=HOSTILE), cases=(disputed,))]
    values = (("personalNotes", f"{HOSTILE}\nagain " * 20, "no note"),)
    known = Known(id="k", name=HOSTILE)
    records.chosen = made(Settled(verdict=Verdict.CHANGED, side=Side.GOPAAS, record=known, values=values, seen="0123456789abcdef"))
    records.set_aside = [SetAside(side=Side.OUTLOOK, id=HOSTILE, field="", reason=HOSTILE, retry_at=NOW)]
    return [
        PlanRoom(plans, desk, desk, visitor, site),
        HistoryRoom(archive, desk, visitor, site),
        UndoRoom(takebacks, archive, desk, visitor, site),
        RecordRoom(records, desk, visitor, site),
        ConflictRoom(records, desk, visitor, site),
        AsideRoom(records, desk, visitor, site),
    ]


ALICES = f"/jobs/{address_of(JOB)}"
PAGES: Mapping[str, str] = {
    "nobody": "/",
    "panels": "/users/alice",
    "status": "/status",
    "mapping": f"/mapping/{address_of(JOB)}",
    "plan": f"{ALICES}/plan",
    "held": f"{ALICES}/plan?part=1",
    "history": f"{ALICES}/history?page=2",
    "run": f"{ALICES}/history/{RUN}",
    "undo": f"{ALICES}/history/{RUN}/undo",
    "record": f"{ALICES}/why/8f14e45f",
    "conflicts": f"{ALICES}/conflicts",
    "choice": f"{ALICES}/conflicts?chosen=3",
    "aside": f"{ALICES}/aside",
    "signin": "/signin",
    "signed out": "/signin?ended=1",
}
"""The pages that `OneVisitor("root", admin=True)` sees, by what is the matter on them."""
