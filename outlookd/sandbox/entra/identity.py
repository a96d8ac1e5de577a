"""Who signed in, as told to the application: id_token and client_info."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any

from outlookd.sandbox.directory import Client, Directory, User

LIFE = timedelta(hours=1)


def id_token(directory: Directory, client: Client, user: User, *, issuer: str, nonce: str) -> str:
    """A three-part token about `user`.

    Signed with a key that nobody can fetch: a client that got it straight from the token endpoint over TLS need not check the
    signature (OpenID Connect Core 3.1.3.7), and MSAL does not.
    """
    claims = _claims(directory, client, user, instant=directory.now()) | {"iss": issuer, "nonce": nonce}
    head = _encode({"typ": "JWT", "alg": "HS256"})
    signed = f"{head}.{_encode({name: value for name, value in claims.items() if value != ''})}"
    signature = hmac.new(directory.signing_key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def client_info(directory: Directory, user: User) -> str:
    """From which MSAL makes the `home_account_id`."""
    return _encode({"uid": user.object_id, "utid": directory.tenant_id})


def _claims(directory: Directory, client: Client, user: User, *, instant: datetime) -> dict[str, Any]:
    now = int(instant.timestamp())
    pairwise = hashlib.sha256(f"{client.client_id}/{user.object_id}".encode()).digest()
    return {
        "aud": client.client_id,
        "iat": now,
        "nbf": now,
        "exp": now + int(LIFE.total_seconds()),
        "name": user.display_name,
        "oid": user.object_id,
        "preferred_username": user.upn,
        "sub": urlsafe_b64encode(pairwise).decode().rstrip("="),
        "tid": directory.tenant_id,
        "uti": uuid.uuid4().hex[:22],
        "ver": "2.0",
    }


def _encode(content: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")
