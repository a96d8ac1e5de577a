"""How a sign-in ended, as a closed list: one address, one HTTP status and one text for each.

Closed, because the address that a browser is sent to after the sign-in comes from this table and from nowhere else: there is no
``next=`` to abuse (threat T7).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from outlookd.entra import Reason, SignInRefused
from outlookd.errors import OutlookdError, StoreError

__all__ = ["AGAIN", "STATUS", "Outcome", "outcome_of"]


class Outcome(StrEnum):
    """The pages at the end. Those of a refusal carry the refusal's name, so that the two lists cannot drift apart unseen.

    LATER is Microsoft's fault, BUSY is ours.
    The last two are for the administrator of a directory, who was asked to consent for everybody.
    """

    DONE = "done"
    LATER = "later"
    BUSY = "busy"
    SETTINGS = "settings"
    LINK = Reason.LINK.value
    STATE = Reason.STATE.value
    CANCELLED = Reason.CANCELLED.value
    CONSENT = Reason.CONSENT.value
    POLICY = Reason.POLICY.value
    RESTART = Reason.RESTART.value
    TENANT = Reason.TENANT.value
    IDENTITY = Reason.IDENTITY.value
    OTHER_MAILBOX = Reason.OTHER_MAILBOX.value
    TAKEN = Reason.TAKEN.value
    UNKNOWN = Reason.UNKNOWN.value
    CONSENTED = "consented"
    NOT_CONSENTED = "not-consented"


STATUS: Mapping[Outcome, HTTPStatus] = {
    Outcome.DONE: HTTPStatus.OK,
    Outcome.LATER: HTTPStatus.SERVICE_UNAVAILABLE,
    Outcome.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Outcome.SETTINGS: HTTPStatus.BAD_GATEWAY,
    Outcome.LINK: HTTPStatus.NOT_FOUND,
    Outcome.STATE: HTTPStatus.BAD_REQUEST,
    Outcome.CANCELLED: HTTPStatus.OK,
    Outcome.CONSENT: HTTPStatus.FORBIDDEN,
    Outcome.POLICY: HTTPStatus.FORBIDDEN,
    Outcome.RESTART: HTTPStatus.BAD_REQUEST,
    Outcome.TENANT: HTTPStatus.FORBIDDEN,
    Outcome.IDENTITY: HTTPStatus.BAD_REQUEST,
    Outcome.OTHER_MAILBOX: HTTPStatus.CONFLICT,
    Outcome.TAKEN: HTTPStatus.CONFLICT,
    Outcome.UNKNOWN: HTTPStatus.FORBIDDEN,
    Outcome.CONSENTED: HTTPStatus.OK,
    Outcome.NOT_CONSENTED: HTTPStatus.OK,
}


AGAIN: Final = frozenset(
    {
        Outcome.LATER,
        Outcome.BUSY,
        Outcome.STATE,
        Outcome.CANCELLED,
        Outcome.RESTART,
        Outcome.TENANT,
        Outcome.IDENTITY,
        Outcome.UNKNOWN,
    }
)
"""Ends after which the same person may begin again at once."""


def outcome_of(error: OutlookdError) -> Outcome:
    """The page for an error: its refusal's, else whether waiting helps, and for whom, or the operator must act."""
    if isinstance(error, SignInRefused):
        return Outcome(error.reason.value)
    if isinstance(error, StoreError):
        return Outcome.BUSY
    return Outcome.LATER if error.retryable else Outcome.SETTINGS
