"""One job and what it works with, as values: who, what kind, by which rules, and the doors to the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from outlookd.core.model import Direction
from outlookd.core.policy import BUILT_IN, Policy
from outlookd.core.rules import Limits, OutlookDelete, Rules, ViewExit
from outlookd.core.window import Horizon
from outlookd.hooks import Hooks
from outlookd.ports import Clock, FolderAdapter, Handler, JobContext, RowAdapter, Store

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""Called with a stage (``gopaas``, ``outlook``, ``writes``), how much is done, and how much there is when that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One synchronisation of one user: the settings record, resolved.

    `table` is the GoPaaS table, `folder` the name of the Outlook folder or calendar; no name means the user's own calendar.
    `horizon` is how far a calendar job looks. `own_rows`: a service account lists the rows of this user only, though it may read
    everybody's by key.
    """

    id: str
    user: str
    type: str
    table: str
    handler: Handler
    context: JobContext
    folder: str
    direction: Direction
    policy: Policy = BUILT_IN["newest"]
    limits: Limits = field(default_factory=Limits)
    on_view_exit: ViewExit = ViewExit.DELETE
    on_outlook_delete: OutlookDelete = field(default_factory=OutlookDelete)
    allow_mail: bool = False
    full_interval: timedelta = timedelta(hours=6)
    recovery_wait: timedelta = timedelta(seconds=30)
    horizon: Horizon | None = None
    own_rows: bool = False

    def rules(self, install: str, now: datetime) -> Rules:
        """What the core may know of this job; `install` is our installation's id, `now` when the run began."""
        return Rules(
            job=self.id,
            user=self.user,
            install=install,
            scope=self.table,
            fieldmap=self.context.fieldmap,
            direction=self.direction,
            policy=self.policy,
            on_view_exit=self.on_view_exit,
            on_outlook_delete=self.on_outlook_delete,
            allow_mail=self.allow_mail,
            resource=self.handler.resource,
            now=now,
            window=self.horizon.at(now) if self.horizon else None,
        )


def silent(stage: str, done: int, total: int | None) -> None:
    """No progress is shown."""
    del stage, done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The doors to the world for one run of one job."""

    store: Store
    clock: Clock
    gopaas: RowAdapter
    outlook: FolderAdapter
    hooks: Hooks
    progress: Progress = silent
    keys: tuple[str, ...] = ()
    """Fingerprints of the state keys, the one in use first (`core.seal`)."""
