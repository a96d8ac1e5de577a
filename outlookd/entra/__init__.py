"""Sign-in with Microsoft Entra: who may act for which mailbox, and the tokens to do it.

The only package that knows MSAL. It knows neither Graph nor HTTP routes: `outlookd.web` shows the pages, `outlookd.graph` spends
the tokens.
"""

from __future__ import annotations

from outlookd.entra.authority import Authority, delegated_scopes
from outlookd.entra.refusal import Reason, SignInRefused
from outlookd.entra.sealing import Seal, SealBroken, read_key
from outlookd.entra.signin import SignedIn, SignIn, Ticket
from outlookd.entra.tokens import AccountTokens

__all__ = [
    "AccountTokens",
    "Authority",
    "Reason",
    "Seal",
    "SealBroken",
    "SignIn",
    "SignInRefused",
    "SignedIn",
    "Ticket",
    "delegated_scopes",
    "read_key",
]
