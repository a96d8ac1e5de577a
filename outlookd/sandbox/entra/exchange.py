"""The token endpoint: what each grant type demands and what it gives (Graph page, sections 8.1 and 8.2). Knows no HTTP."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias
from urllib.parse import unquote

from outlookd.sandbox.directory import Client, Directory, User
from outlookd.sandbox.entra.errors import AadError
from outlookd.sandbox.entra.identity import client_info, id_token
from outlookd.sandbox.entra.scopes import Wish, read_scope, scope_text
from outlookd.sandbox.tokens import GRAPH, REFRESH_IDLE, Device

Grant: TypeAlias = Callable[[Directory, "Demand", Client], dict[str, Any]]
"""One grant type."""

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One request to the token endpoint: its form, its Authorization header, and who the answer says issued it."""

    form: Mapping[str, str]
    authorization: str
    issuer: str

    def need(self, name: str) -> str:
        """A parameter that must be there. Raises AadError 900144."""
        if not (value := self.form.get(name, "")):
            raise AadError(900144, message=f"The request body must contain the following parameter: '{name}'.")
        return value


def exchange(directory: Directory, demand: Demand) -> dict[str, Any]:
    """The successful answer to `demand`. Raises AadError."""
    grant_type = demand.need("grant_type")
    grant = GRANTS.get(grant_type)
    if grant is None:
        raise AadError(70003)
    client = _authenticate(directory, demand)
    return grant(directory, demand, client)


def pkce_challenge(verifier: str) -> str:
    """The S256 challenge that belongs to a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _authenticate(directory: Directory, demand: Demand) -> Client:
    """The application that asks, its secret checked. Only the device flow works without one, and only if registered for it."""
    client_id, secret = _credentials(demand)
    client = directory.client(client_id)
    if client is None:
        raise AadError(700016)
    if not client.enabled:
        raise AadError(7000112)
    if not secret:
        if client.public_flows and _needs_no_secret(directory, demand):
            return client
        raise AadError(7000218)
    if not hmac.compare_digest(secret.encode(), client.secret.encode()):
        raise AadError(7000215)
    if directory.switches.secret_expired or (client.secret_expires is not None and client.secret_expires <= directory.now()):
        raise AadError(7000222)
    return client


def _needs_no_secret(directory: Directory, demand: Demand) -> bool:
    """Whether this is the device flow, or the renewal of what it gave to an application without a secret."""
    held = directory.tokens.refresh.get(demand.form.get("refresh_token", ""))
    return demand.form["grant_type"] == DEVICE_GRANT or (held is not None and held.public)


def _credentials(demand: Demand) -> tuple[str, str]:
    """Client id and secret from the form, or from HTTP Basic, whose parts are percent-encoded (RFC 6749, 2.3.1)."""
    scheme, _, encoded = demand.authorization.partition(" ")
    if scheme.lower() != "basic":
        return demand.need("client_id"), demand.form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise AadError(9002313) from error
    return unquote(client_id), unquote(secret)


def _by_code(directory: Directory, demand: Demand, client: Client) -> dict[str, Any]:
    key = demand.need("code")
    code = directory.tokens.codes.get(key)
    if code is None or code.client_id != client.client_id:
        raise AadError(70000)
    if code.spent:
        raise AadError(54005)
    if code.expires <= directory.now():
        raise AadError(70008)
    if demand.form.get("redirect_uri", "") != code.redirect_uri:
        raise AadError(50011)
    if code.challenge and pkce_challenge(demand.form.get("code_verifier", "")) != code.challenge:
        raise AadError(501481)
    directory.tokens.codes.swap(key, replace(code, spent=True))
    user = _usable(directory, code.object_id)
    return _user_tokens(directory, demand, client, user, read_scope(scope_text(code.scopes)), nonce=code.nonce)


def _by_refresh(directory: Directory, demand: Demand, client: Client) -> dict[str, Any]:
    key = demand.need("refresh_token")
    held = directory.tokens.refresh.get(key)
    if held is None or held.client_id != client.client_id:
        raise AadError(70000)
    if held.revoked:
        raise AadError(50173)
    if held.last_used + REFRESH_IDLE <= directory.now():
        raise AadError(700082)
    if held.used and not directory.switches.old_refresh_tokens_work:
        raise AadError(70000)
    user = _usable(directory, held.object_id)
    if user.mfa_required:
        raise AadError(50076)
    wish = read_scope(demand.form.get("scope") or scope_text(held.scopes))
    answer = _user_tokens(directory, demand, client, user, wish)
    directory.tokens.refresh.swap(key, replace(held, used=True))
    return answer


def _by_client(directory: Directory, demand: Demand, client: Client) -> dict[str, Any]:
    wish = read_scope(demand.form.get("scope", ""))
    if not wish.everything:
        raise AadError(70011, message="Client credential flows must have a scope value with /.default.")
    token = directory.tokens.issue_access(
        client_id=client.client_id,
        object_id="",
        scopes=client.application,
        audience=GRAPH,
        life=directory.access_token_life,
    )
    return _bearer(directory, token)


def _by_device(directory: Directory, demand: Demand, client: Client) -> dict[str, Any]:
    key = demand.need("device_code")
    device = directory.tokens.devices.get(key)
    if device is None or device.client_id != client.client_id:
        raise AadError(70000)
    if device.spent:
        raise AadError(54005)
    if device.declined:
        raise AadError(65004, error="authorization_declined")
    if device.expires <= directory.now():
        raise AadError(70020)
    if not device.object_id:
        directory.tokens.devices.swap(key, replace(device, asked=directory.now()))
        raise _too_soon() if _is_impatient(directory, device) else AadError(70016)
    directory.tokens.devices.swap(key, replace(device, spent=True))
    user = _usable(directory, device.object_id)
    return _user_tokens(directory, demand, client, user, read_scope(scope_text(device.scopes)))


def _is_impatient(directory: Directory, device: Device) -> bool:
    """Whether the question came sooner than half the interval: that much a client's clock and the way here may differ."""
    interval = timedelta(seconds=directory.switches.device_interval)
    return device.asked is not None and directory.now() - device.asked < interval / 2


def _too_soon() -> AadError:
    return AadError(70016, error="slow_down", message="OAuth 2.0 device flow error. The application polls too often.")


GRANTS: Mapping[str, Grant] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    "client_credentials": _by_client,
    DEVICE_GRANT: _by_device,
}


def _usable(directory: Directory, object_id: str) -> User:
    user = directory.user(object_id)
    if user is None:
        raise AadError(50034)
    if not user.enabled:
        raise AadError(50057)
    return user


def _user_tokens(
    directory: Directory, demand: Demand, client: Client, user: User, wish: Wish, *, nonce: str = ""
) -> dict[str, Any]:
    """Tokens on behalf of `user`; a refresh token only with offline_access, an id_token only with openid."""
    scopes = wish.granted(client.agreed(user.object_id))
    token = directory.tokens.issue_access(
        client_id=client.client_id, object_id=user.object_id, scopes=scopes, audience=GRAPH, life=directory.access_token_life
    )
    answer = _bearer(directory, token) | {"scope": scope_text(wish.words - {"offline_access"})}
    if "offline_access" in wish.words:
        answer["refresh_token"] = directory.tokens.issue_refresh(
            client_id=client.client_id, object_id=user.object_id, scopes=wish.words, public=not _credentials(demand)[1]
        )
    if "openid" in wish.words:
        answer["id_token"] = id_token(directory, client, user, issuer=demand.issuer, nonce=nonce)
    if demand.form.get("client_info"):
        answer["client_info"] = client_info(directory, user)
    return answer


def _bearer(directory: Directory, token: str) -> dict[str, Any]:
    life = int(directory.access_token_life.total_seconds())
    return {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}
