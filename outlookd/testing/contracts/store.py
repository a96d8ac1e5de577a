"""What every `ports.Store` must do, as claims."""

from __future__ import annotations

from outlookd.testing.contracts.store_intents import StoreIntentsContract
from outlookd.testing.contracts.store_jobs import StoreJobsContract
from outlookd.testing.contracts.store_links import StoreLinksContract
from outlookd.testing.contracts.store_others import StoreOthersContract
from outlookd.testing.contracts.store_readings import StoreReadingsContract


class StoreContract(StoreLinksContract, StoreOthersContract, StoreIntentsContract, StoreReadingsContract, StoreJobsContract):
    """All that the engine relies on. Override the fixture `store`: a fresh, empty one for each test.

    What only a database can show (two processes, a full disk, a crash of the machine) is not here.
    """
