"""What a browser sees of outlookd. Knows routes, cookies, headers and words; decides nothing.

A `Room` is some routes that belong together; `outlookd.app.pages.rooms` says which rooms there are.
"""

from __future__ import annotations

from outlookd.web.doors.health import Health
from outlookd.web.entrance.connect import ConnectPages
from outlookd.web.entrance.sessions import SessionVisitors
from outlookd.web.entrance.signin import SignInRoom
from outlookd.web.history.aside import AsideRoom
from outlookd.web.history.conflicts import ConflictRoom
from outlookd.web.history.plan import PlanRoom
from outlookd.web.history.record import RecordRoom
from outlookd.web.history.runs import HistoryRoom
from outlookd.web.history.undo import UndoRoom
from outlookd.web.jobs.status import StatusRoom
from outlookd.web.jobs.sync import SyncRoom
from outlookd.web.mapping.room import MappingRoom
from outlookd.web.server import Room, create_app
from outlookd.web.site import Site
from outlookd.web.wire import create_runner

__all__ = [
    "AsideRoom",
    "ConflictRoom",
    "ConnectPages",
    "Health",
    "HistoryRoom",
    "MappingRoom",
    "PlanRoom",
    "RecordRoom",
    "Room",
    "SessionVisitors",
    "SignInRoom",
    "Site",
    "StatusRoom",
    "SyncRoom",
    "UndoRoom",
    "create_app",
    "create_runner",
]
