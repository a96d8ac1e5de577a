"""What a browser sees of outlookd. Knows routes, cookies, headers and words; decides nothing.

A `Room` is some routes that belong together; `outlookd.app.pages` says which rooms there are.
"""

from __future__ import annotations

from outlookd.web.connect import ConnectPages
from outlookd.web.health import Health
from outlookd.web.mapping import MappingRoom
from outlookd.web.server import Room, create_app
from outlookd.web.sessions import SessionVisitors
from outlookd.web.signin import SignInRoom
from outlookd.web.site import Site
from outlookd.web.status import StatusRoom
from outlookd.web.sync import SyncRoom
from outlookd.web.wire import create_runner

__all__ = [
    "ConnectPages",
    "Health",
    "MappingRoom",
    "Room",
    "SessionVisitors",
    "SignInRoom",
    "Site",
    "StatusRoom",
    "SyncRoom",
    "create_app",
    "create_runner",
]
