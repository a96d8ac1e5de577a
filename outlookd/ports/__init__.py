"""What the engine asks of the world, as protocols: the two sides, the store, the clock, the tokens, the handlers.

The shell implements them (`gopaas/`, `graph/`, `store/`, `entra/`), `outlookd.testing` has an in-memory twin of each, and one
contract suite runs over both. Nothing here does anything.
"""

from __future__ import annotations

from outlookd.core.container import Container
from outlookd.core.fieldmap import Transform
from outlookd.ports.accounts import Accounts, Binding
from outlookd.ports.handling import Handler, JobContext
from outlookd.ports.reading import Absent, Found, ListingEnd, Page, Reading, Unreadable
from outlookd.ports.remembering import Store
from outlookd.ports.running import Clock, TokenSource
from outlookd.ports.sides import Adapter, FolderAdapter, RowAdapter
from outlookd.ports.writing import Done, Failed, Write, WriteResult

__all__ = [
    "Absent",
    "Accounts",
    "Adapter",
    "Binding",
    "Clock",
    "Container",
    "Done",
    "Failed",
    "FolderAdapter",
    "Found",
    "Handler",
    "JobContext",
    "ListingEnd",
    "Page",
    "Reading",
    "RowAdapter",
    "Store",
    "TokenSource",
    "Transform",
    "Unreadable",
    "Write",
    "WriteResult",
]
