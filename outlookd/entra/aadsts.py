"""What Entra's error codes mean for us: who has to act.

Knows codes, never texts: the descriptions hold user names, change with the language and are not kept. Codes come from graph.md
section 8.2. Pure: no MSAL, no I/O.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, assert_never

from outlookd.errors import CredentialsRefused, OutlookdError, ServerTrouble, SignInNeeded, Unintelligible

__all__ = ["Trouble", "classify", "operator_error", "read_code", "sign_in_needed", "token_error", "transient_error"]


class Trouble(StrEnum):
    """Who must act, or whether waiting is enough."""

    SIGN_IN = "sign-in"
    """This user: multi-factor, sign-in frequency, revoked or expired token."""
    CONSENT = "consent"
    """This user or the directory's administrator: permission not granted."""
    DECLINED = "declined"
    """Nobody: the person said no."""
    OPERATOR = "operator"
    """Our operator: secret, registration or tenant is wrong, for everybody."""
    RESTART = "restart"
    """The same sign-in must be begun anew: its code is used or damaged."""
    TRANSIENT = "transient"
    """Nobody: Entra is busy."""
    UNKNOWN = "unknown"


_RENEWAL_HINT = "Make a new client secret in the Entra registration and put its value (not its id) into entra.client_secret_file."
_REGISTRATION_HINT = "Compare entra.client_id and entra.authority with the registration in Entra."

_OPERATOR_HINTS: Mapping[int, str] = {
    7000215: f"The client secret is wrong. {_RENEWAL_HINT}",
    7000222: f"The client secret has expired. {_RENEWAL_HINT}",
    7000218: f"No client secret reached Entra. {_RENEWAL_HINT}",
    700027: "The client certificate is refused: check that the registration has it and that it has not expired.",
    7000112: "The application is disabled in Entra: have it enabled.",
    700016: f"The application is unknown in this directory. {_REGISTRATION_HINT}",
    90002: f"The directory is unknown. {_REGISTRATION_HINT}",
    50194: "The registration is not multi-tenant: put the directory's id into entra.authority.",
    500011: "Microsoft Graph is not available in this directory: check entra.authority and the national cloud.",
    50020: "The account is not of an allowed directory: check entra.authority.",
    50105: "The user is not assigned to the application: assign the user, or switch off 'assignment required', in Entra.",
    50011: "Register web.public_url followed by web.redirect_path as a redirect URI (platform Web) in Entra.",
}

_GROUPS: Mapping[Trouble, frozenset[int]] = {
    Trouble.OPERATOR: frozenset(_OPERATOR_HINTS),
    Trouble.RESTART: frozenset({54005, 501481, 700005, 9002313, 900144}),
    Trouble.CONSENT: frozenset({65001, 90094, 90095}),
    Trouble.DECLINED: frozenset({65004}),
    Trouble.SIGN_IN: frozenset(
        {50076, 50079, 50078, 50074, 53003, 53000, 53001, 53002, 70043}
        | {70008, 700082, 700084, 50173, 50057, 50089, 70000, 50126, 50058}
    ),
    Trouble.TRANSIENT: frozenset({50196, 90033}),
}
_BY_CODE: Mapping[int, Trouble] = {code: trouble for trouble, codes in _GROUPS.items() for code in codes}

# Only for codes that the table does not know. `invalid_grant` is not always for good; but asking for a sign-in destroys nothing
# (the stored refresh token is kept and tried again by the next run), while waiting silently would hide a dead account.
_BY_WORD: Mapping[str, Trouble] = {
    "invalid_grant": Trouble.SIGN_IN,
    "interaction_required": Trouble.SIGN_IN,
    "login_required": Trouble.SIGN_IN,
    "consent_required": Trouble.CONSENT,
    "access_denied": Trouble.DECLINED,
    "authorization_declined": Trouble.DECLINED,
    "expired_token": Trouble.RESTART,
    "bad_verification_code": Trouble.RESTART,
    "invalid_client": Trouble.OPERATOR,
    "unauthorized_client": Trouble.OPERATOR,
    "invalid_resource": Trouble.OPERATOR,
    "invalid_scope": Trouble.OPERATOR,
    "invalid_request": Trouble.RESTART,
    "temporarily_unavailable": Trouble.TRANSIENT,
    "server_error": Trouble.TRANSIENT,
}

_DESCRIPTION_CODE = re.compile(r"AADSTS(\d{4,8})\b")
_WORD = re.compile(r"[a-z_]{1,40}")
_TRACE = re.compile(r"[0-9A-Fa-f-]{1,64}")


def classify(answer: Mapping[str, Any]) -> Trouble:
    """Who must act on an OAuth error answer (token endpoint or redirect): by code, then by OAuth's word."""
    for code in _codes(answer):
        if code in _BY_CODE:
            return _BY_CODE[code]
    return _BY_WORD.get(str(answer.get("error", "")), Trouble.UNKNOWN)


def read_code(answer: Mapping[str, Any]) -> str:
    """The answer's code, safe to log: ``AADSTS700082``, else OAuth's word, else empty."""
    codes = _codes(answer)
    if codes:
        return f"AADSTS{next((code for code in codes if code in _BY_CODE), codes[0])}"
    word = str(answer.get("error", ""))
    return word if _WORD.fullmatch(word) else ""


def token_error(answer: Mapping[str, Any], *, login: str) -> OutlookdError:
    """The error of ours for a refused renewal of one user's token.

    SignInNeeded names the command that helps; CredentialsRefused says what the operator must change; ServerTrouble may be retried.
    """
    trouble = classify(answer)
    match trouble:
        case Trouble.SIGN_IN | Trouble.CONSENT | Trouble.DECLINED | Trouble.RESTART:
            return sign_in_needed(login, code=read_code(answer))
        case Trouble.OPERATOR:
            return operator_error(answer)
        case Trouble.TRANSIENT:
            return transient_error(answer)
        case Trouble.UNKNOWN:
            return Unintelligible(
                "Entra refused with an unknown code.", service="entra", code=read_code(answer), request_id=_trace(answer)
            )
        case _:
            assert_never(trouble)


def sign_in_needed(login: str, *, code: str = "", why: str = "Microsoft asks this user to sign in again.") -> SignInNeeded:
    """SignInNeeded with the one command that ends it."""
    return SignInNeeded(why, user=login, code=code, hint=f"Run: outlookd connect {shlex.quote(login)}")


def operator_error(answer: Mapping[str, Any]) -> CredentialsRefused:
    """CredentialsRefused for a fault that affects everybody, with what to do."""
    hint = next((_OPERATOR_HINTS[code] for code in _codes(answer) if code in _OPERATOR_HINTS), _REGISTRATION_HINT)
    code = read_code(answer)
    return CredentialsRefused(
        f"Entra refuses the application ({code}).", service="entra", code=code, request_id=_trace(answer), hint=hint
    )


def transient_error(answer: Mapping[str, Any]) -> ServerTrouble:
    """ServerTrouble: Entra said so itself, nothing was decided."""
    return ServerTrouble("Entra cannot answer now.", service="entra", code=read_code(answer), request_id=_trace(answer))


def _codes(answer: Mapping[str, Any]) -> list[int]:
    listed = answer.get("error_codes")
    if isinstance(listed, list):
        return [code for code in listed if isinstance(code, int)]
    # A redirect has no list of codes: there the description begins with the code, and nothing else of it is used.
    found = _DESCRIPTION_CODE.match(str(answer.get("error_description", "")))
    return [int(found[1])] if found else []


def _trace(answer: Mapping[str, Any]) -> str:
    trace = str(answer.get("trace_id", ""))
    return trace if _TRACE.fullmatch(trace) else ""
