"""Why something that a page asked for could not be had: a closed list, one sentence for each in both languages.

Errors are written for operators, in English, and may name hosts, processes and settings. A page says which kind it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outlookd.errors import (
    AccessDenied,
    ConfigurationError,
    ContainerMissing,
    CredentialsRefused,
    JobBusy,
    KeptElsewhere,
    OutlookdError,
    RemoteError,
    SignInNeeded,
    StateOutdated,
    TakenBack,
)

__all__ = ["Problem", "Trouble", "problem_of", "trouble_of"]


class Trouble(StrEnum):
    """What stands in the way.

    BUSY: the job runs. UNDONE: it was taken back before. UNREACHABLE: a side does not answer, or asks to wait. SIGN_IN: only the
    person can help. REFUSED: a permission or a setting has to be corrected. DECIDE: the job stands still until a person decides.
    OTHER: the log says more.
    """

    BUSY = "busy"
    UNDONE = "undone"
    UNREACHABLE = "unreachable"
    SIGN_IN = "sign-in"
    REFUSED = "refused"
    DECIDE = "decide"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One of them. `detail` is the English text for administrators; never which process on which host is at work."""

    kind: Trouble
    detail: str = ""


def trouble_of(error: OutlookdError) -> Trouble:
    """Which kind it is."""
    match error:
        case JobBusy() | StateOutdated():
            return Trouble.BUSY
        case TakenBack():
            return Trouble.UNDONE
        case SignInNeeded():
            return Trouble.SIGN_IN
        case AccessDenied() | CredentialsRefused() | ConfigurationError():
            return Trouble.REFUSED
        case ContainerMissing() | KeptElsewhere():
            return Trouble.DECIDE
        case RemoteError(retryable=True):
            return Trouble.UNREACHABLE
    return Trouble.OTHER


def problem_of(error: OutlookdError) -> Problem:
    """The kind, and the text for administrators."""
    kind = trouble_of(error)
    return Problem(kind=kind, detail="" if kind in {Trouble.BUSY, Trouble.UNDONE} else str(error))
