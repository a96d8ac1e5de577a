"""Sign-in with Microsoft Entra: who may act for which mailbox, and the tokens to do it.

The only package that knows MSAL. It knows neither Graph nor HTTP routes: `outlookd.web` shows the pages, `outlookd.graph` spends
the tokens.
"""

from __future__ import annotations

from outlookd.entra.admission import Admission
from outlookd.entra.application import ApplicationTokens
from outlookd.entra.authority import Authority, application_scope, delegated_scopes
from outlookd.entra.consent import AdminConsent
from outlookd.entra.device import DeviceAnswer, DeviceCode, DeviceSignIn
from outlookd.entra.refusal import Reason, SignInRefused
from outlookd.entra.signin import Departure, SignedIn, SignIn, Ticket, Visit
from outlookd.entra.tokens import AccountTokens
from outlookd.entra.transport import HttpClient, open_session

__all__ = [
    "AccountTokens",
    "AdminConsent",
    "Admission",
    "ApplicationTokens",
    "Authority",
    "Departure",
    "DeviceAnswer",
    "DeviceCode",
    "DeviceSignIn",
    "HttpClient",
    "Reason",
    "SignIn",
    "SignInRefused",
    "SignedIn",
    "Ticket",
    "Visit",
    "application_scope",
    "delegated_scopes",
    "open_session",
]
