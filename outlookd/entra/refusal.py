"""Why a sign-in was refused, in words that a page can be chosen by.

Faults of the service or of the settings are not refusals: they stay `RemoteError` and `ConfigurationError`.
"""

from __future__ import annotations

from enum import StrEnum

from outlookd.errors import OutlookdError

__all__ = ["Reason", "SignInRefused"]


class Reason(StrEnum):
    """The closed list of refusals; each has one page and one metric label."""

    LINK = "link"
    """The one-time link is unknown, expired or used up. One answer for all three (threat T16)."""
    STATE = "state"
    """The answer belongs to no sign-in that this browser began within ten minutes (threats T1, T3)."""
    CANCELLED = "cancelled"
    """The person said no, or closed Microsoft's page."""
    CONSENT = "consent"
    """The organisation has not allowed the application; an administrator of the directory must."""
    POLICY = "policy"
    """The directory's own rules (conditional access, blocked user) did not let this person in."""
    RESTART = "restart"
    """The authorization code was used, too old or damaged: begin again."""
    TENANT = "tenant"
    """Signed in with an account of a directory that is not allowed."""
    IDENTITY = "identity"
    """The identity token is not what we asked for (audience, issuer, nonce, lifetime)."""
    OTHER_MAILBOX = "other-mailbox"
    """This login is bound to another mailbox, and the link does not allow replacing it."""
    TAKEN = "taken"
    """This mailbox is bound to another login (threat T5)."""
    UNKNOWN = "unknown"
    """A visitor's account is nobody's: no GoPaaS login is bound to it."""


class SignInRefused(OutlookdError):
    """A sign-in that ends without binding anything.

    `code` is Entra's (``AADSTS65004``), where there is one; `login` the GoPaaS user that it was begun for, where that is known.
    """

    exit_status = 4

    def __init__(self, message: str, *, reason: Reason, code: str = "", login: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.code = code
        self.login = login
