"""How a sign-in ended, in the words of the metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from outlookd.entra.refusal import Reason, SignInRefused
from outlookd.errors import OutlookdError
from outlookd.meter import Meter, SignInEnd

__all__ = ["ENDS", "counted"]

ENDS: Mapping[Reason, SignInEnd] = {
    Reason.LINK: "expired",
    Reason.STATE: "state_mismatch",
    Reason.CANCELLED: "denied",
    Reason.CONSENT: "denied",
    Reason.POLICY: "denied",
    Reason.RESTART: "expired",
    Reason.TENANT: "account_mismatch",
    Reason.IDENTITY: "account_mismatch",
    Reason.OTHER_MAILBOX: "account_mismatch",
    Reason.TAKEN: "account_mismatch",
    Reason.UNKNOWN: "account_mismatch",
}


@contextmanager
def counted(meter: Meter, *, completes: bool = True) -> Iterator[None]:
    """Count the end of the sign-in that the block decides on. Not `completes`: another step follows when it passes."""
    try:
        yield
    except SignInRefused as refused:
        meter.sign_in(ENDS[refused.reason])
        raise
    except OutlookdError:
        meter.sign_in("error")
        raise
    if completes:
        meter.sign_in("completed")
