"""The in-memory twin of everything the engine talks to, shipped so that plugin authors test against what we test against.

`MemoryGopaas`, `MemoryOutlook`, `MemoryCalendar`, `MemoryStore`, `MemoryAccounts` and `FakeClock` keep the promises of `ports` as
the real ones do: the suites in `outlookd.testing.contracts` run over both. They are faster, and at your command: `Crasher` lets
them die before or after any write, `lose_answers` lets a write happen without anybody learning it. `outlookd.testing.samples`
invents what a store holds. Nothing in production imports this package, and it imports nothing of what it stands in for.
"""

from __future__ import annotations

from outlookd.testing.accounts import MemoryAccounts
from outlookd.testing.calendar import MemoryCalendar
from outlookd.testing.clock import FakeClock
from outlookd.testing.crash import Crash, Crasher
from outlookd.testing.gopaas import MemoryGopaas
from outlookd.testing.outlook import MemoryOutlook
from outlookd.testing.store import MemoryStore

__all__ = ["Crash", "Crasher", "FakeClock", "MemoryAccounts", "MemoryCalendar", "MemoryGopaas", "MemoryOutlook", "MemoryStore"]
