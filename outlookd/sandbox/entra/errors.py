"""Entra's refusals: AADSTS numbers, the OAuth error each belongs to, and the body they come in (Graph page, sections 8.1, 8.2)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from outlookd.sandbox.faults import Fault

KNOWN: Mapping[int, tuple[str, int, str]] = {
    50011: (
        "invalid_request",
        400,
        "The redirect URI specified in the request does not match those configured for the application.",
    ),
    50034: ("invalid_grant", 400, "The user account does not exist in the directory."),
    50057: ("invalid_grant", 400, "The user account is disabled."),
    50058: ("login_required", 400, "A silent sign-in request was sent but no user is signed in."),
    50076: ("interaction_required", 400, "You must use multi-factor authentication to access the resource."),
    50173: ("invalid_grant", 400, "The provided grant has expired due to it being revoked, a fresh auth token is needed."),
    53003: ("interaction_required", 400, "Access has been blocked by Conditional Access policies."),
    54005: ("invalid_grant", 400, "OAuth2 authorization code was already redeemed."),
    65001: ("invalid_grant", 400, "The user or administrator has not consented to use the application."),
    65004: ("access_denied", 400, "User declined to consent to access the app."),
    70000: ("invalid_grant", 400, "The provided grant is invalid or malformed."),
    70003: ("unsupported_grant_type", 400, "The app requested an unsupported grant type."),
    70008: ("invalid_grant", 400, "The provided authorization code or refresh token has expired."),
    70011: ("invalid_scope", 400, "The provided value for the input parameter 'scope' is not valid."),
    70016: ("authorization_pending", 400, "OAuth 2.0 device flow error. Authorization is pending. Continue polling."),
    70020: ("expired_token", 400, "The provided value for the input parameter 'device_code' has expired."),
    90002: ("invalid_request", 400, "Tenant not found."),
    90033: ("temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    90094: ("access_denied", 400, "Admin consent is required for the permissions requested by this application."),
    500011: ("invalid_resource", 400, "The resource principal was not found in the tenant."),
    501481: ("invalid_grant", 400, "The Code_Verifier does not match the code_challenge supplied in the authorization request."),
    700016: ("unauthorized_client", 400, "Application was not found in the directory."),
    700082: ("invalid_grant", 400, "The refresh token has expired due to inactivity."),
    900144: ("invalid_request", 400, "The request body must contain a parameter that is missing."),
    7000112: ("unauthorized_client", 400, "Application is disabled."),
    7000215: ("invalid_client", 401, "Invalid client secret provided."),
    7000218: (
        "invalid_client",
        401,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    7000222: ("invalid_client", 401, "The provided client secret keys for the app are expired."),
    9002313: ("invalid_request", 400, "Invalid request. Request is malformed or invalid."),
}
MFA_CLAIMS = json.dumps({"access_token": {"capolids": {"essential": True, "values": ["c0ffee00-0000-4000-8000-000000000076"]}}})
SUBERRORS: Mapping[int, str] = {50076: "basic_action", 65001: "consent_required", 53003: "message_only"}
"""What Entra adds so that a client knows what kind of sign-in would help."""


class AadError(Exception):
    """A refusal under way. `code` is the AADSTS number; everything else follows from it unless given."""

    def __init__(
        self, code: int, *, claims: str = "", suberror: str = "", status: int = 0, error: str = "", message: str = ""
    ) -> None:
        usual_error, usual_status, usual_message = KNOWN.get(code, ("invalid_grant", 400, "Something went wrong."))
        self.code = code
        self.error = error or usual_error
        self.status = status or usual_status
        self.message = message or usual_message
        self.suberror = suberror or SUBERRORS.get(code, "")
        self.claims = claims or (MFA_CLAIMS if code == 50076 else "")
        super().__init__(f"AADSTS{code}: {self.message}")


def from_fault(fault: Fault) -> AadError:
    """The refusal of an ordered fault. Its `code` is an AADSTS number, with or without the letters, or an OAuth error."""
    digits = fault.code.upper().removeprefix("AADSTS")
    number, error = (int(digits), "") if digits.isdecimal() else (90033, fault.code)
    return AadError(number, claims=fault.claims, suberror=fault.suberror, status=fault.status, error=error, message=fault.message)


def error_body(error: AadError, instant: datetime, correlation_id: str = "") -> dict[str, Any]:
    """`error` as the token endpoint sends it. Clients must not read the description, so it says it in many words."""
    trace, stamp = str(uuid.uuid4()), instant.strftime("%Y-%m-%d %H:%M:%SZ")
    correlation_id = correlation_id or str(uuid.uuid4())
    ids = f"Trace ID: {trace} Correlation ID: {correlation_id} Timestamp: {stamp}"
    body: dict[str, Any] = {
        "error": error.error,
        "error_description": f"AADSTS{error.code}: {error.message} {ids}",
        "error_codes": [error.code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation_id,
        "error_uri": f"https://login.microsoftonline.com/error?code={error.code}",
    }
    optional = {"suberror": error.suberror, "claims": error.claims}
    return body | {name: value for name, value in optional.items() if value}
