"""What one run did, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from outlookd.errors import OutlookdError


class RunKind(StrEnum):
    """What a run was for: keeping a job in step, taking back what another run wrote, or what a person decided of single records."""

    SYNC = "sync"
    UNDO = "undo"
    RESOLVE = "resolve"
    DEDUPE = "dedupe"


class RunStatus(StrEnum):
    """How a run ended; the words of `sync --json`."""

    OK = "ok"
    HELD = "held"
    REAUTH = "reauth"
    FAILED = "failed"


INTERRUPTED = "it was interrupted before its end; the next run found out what had become of its writes"
"""The message of a run whose process ended before it, or which was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One number per side."""

    gopaas: int = 0
    outlook: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What one run did. `message` says in one sentence what a person should know or do; empty when all is well.

    `suspended`: why the state was not trusted, if it was not. `busy`: it did not begin, because another process runs this job.
    `retry_after`: seconds to wait, when a service named them. `error`: what ended it. These are for whoever started the run; the
    history does not keep them.
    """

    run: str
    job: str
    user: str
    type: str
    status: RunStatus
    started: datetime
    created: Tally = field(default_factory=Tally)
    updated: Tally = field(default_factory=Tally)
    deleted: Tally = field(default_factory=Tally)
    unchanged: int = 0
    conflicts: int = 0
    held: int = 0
    quarantined: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)
    mail_writes: int = 0
    seconds: float = 0.0
    message: str = ""
    exit_status: int = 0
    kind: RunKind = RunKind.SYNC
    suspended: str = field(default="", compare=False)
    busy: bool = field(default=False, compare=False)
    retry_after: float | None = field(default=None, compare=False)
    error: OutlookdError | None = field(default=None, compare=False)
