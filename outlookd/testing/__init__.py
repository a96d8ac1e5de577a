"""The in-memory twin of everything the engine talks to, shipped so that plugin authors test against what we test against.

`FakeClock`, `MemoryGopaas`, `MemoryOutlook` and `MemoryStore` behave like the real ones (the same contract suites run over both:
`AdapterContract`, `TransformContract`), only faster and at your command: they can be told to crash before or after any write.
"""

from __future__ import annotations

from outlookd.testing.clock import FakeClock
from outlookd.testing.crash import Crash, Crasher
from outlookd.testing.gopaas import MemoryGopaas
from outlookd.testing.outlook import MemoryOutlook
from outlookd.testing.store import MemoryStore

__all__ = ["Crash", "Crasher", "FakeClock", "MemoryGopaas", "MemoryOutlook", "MemoryStore"]
