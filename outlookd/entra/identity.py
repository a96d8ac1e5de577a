"""Whose account came back: the checks of an identity token that MSAL leaves to us since 1.38.

Pure. Knows claims; knows no login. The signature is not checked: the token came straight from the token endpoint over TLS, which
OpenID Connect accepts in its place. A person is the pair (tenant, object id), never the mail address, which can change owner
(threat T2).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from outlookd.entra.refusal import Reason, SignInRefused

__all__ = ["Identity", "read_identity"]

_SKEW = timedelta(minutes=5)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TENANT_PLACE = "{tenantid}"
"""What a multi-tenant authority writes where the issuer's tenant goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An account of a directory. `name` (an address, usually) is for showing once to its owner: never stored, never logged."""

    tenant: str
    object_id: str
    name: str


def read_identity(
    claims: Mapping[str, Any], *, client_id: str, issuer: str, now: datetime, tenants: Collection[str] = ()
) -> Identity:
    """The account that signed in.

    `issuer` is what the authority's discovery document says: a tenant-specific authority names its tenant there, and so pins it.
    `tenants` are the ids of the allowed directories; empty: any that the issuer allows.
    Raises SignInRefused: IDENTITY when audience, issuer or lifetime is wrong, TENANT when the directory is not allowed.
    """
    tenant, object_id = _guid(claims, "tid"), _guid(claims, "oid")
    if claims.get("aud") != client_id:
        raise _not_ours("audience")
    issued_by = issuer.replace(_TENANT_PLACE, tenant)
    # The second half matters for a tenant's own authority, whose issuer has no place to fill: `tid` must name that same tenant.
    if claims.get("iss") != issued_by or f"/{tenant}/" not in f"{issued_by.lower()}/":
        raise _not_ours("issuer")
    expires = claims.get("exp")
    if not isinstance(expires, int) or now.timestamp() > expires + _SKEW.total_seconds():
        raise _not_ours("lifetime")
    if tenants and tenant not in {each.lower() for each in tenants}:
        raise SignInRefused("The account's directory is not allowed.", reason=Reason.TENANT)
    return Identity(tenant=tenant, object_id=object_id, name=str(claims.get("preferred_username", "")))


def _guid(claims: Mapping[str, Any], name: str) -> str:
    value = str(claims.get(name, "")).lower()
    if not _GUID.fullmatch(value):
        raise _not_ours(name)
    return value


def _not_ours(what: str) -> SignInRefused:
    return SignInRefused(f"The identity token does not fit: {what}.", reason=Reason.IDENTITY)
