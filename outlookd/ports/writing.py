"""What is sent to a side, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from outlookd.core.model import Payload
from outlookd.errors import OutlookdError


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write to one side, ready to send. `ref` correlates the answer (the intent's id).

    `id` is empty for an Outlook create; for GoPaaS it is always the key. `marker` is stamped in the same request (Outlook
    creates and restamps). `version` goes into If-Match where the side knows it; empty: unconditional. `follows` is the ref of an
    earlier write of the same call that changes this item's version (another occurrence of its series): this one is done only if
    that one was, and right after it.
    """

    ref: str
    op: Literal["create", "update", "delete"]
    id: str = ""
    payload: Payload = field(default_factory=dict)
    marker: str = ""
    version: str = ""
    follows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The side did it. `payload` is what it shows now, or None when it does not say (GoPaaS, deletes)."""

    ref: str
    id: str
    payload: Payload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The side did not do it, or nobody knows. `ambiguous`: it may have happened; look before resending."""

    ref: str
    error: OutlookdError
    ambiguous: bool = False


WriteResult: TypeAlias = Done | Failed
