"""A stand-in for the authority: a token endpoint behind MSAL's `http_client`.

`Sts` speaks just enough OAuth for real MSAL to run against it without a
network; the sandbox's Entra is the real opponent (test_entra_sandbox.py).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from outlookd.meter import Notified, Renewed, Service, SignInEnd, Subscribed, WaitReason

TENANT = "11111111-1111-4111-8111-111111111111"
OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
ALICE = "aaaaaaaa-0000-4000-8000-000000000001"
BERTA = "bbbbbbbb-0000-4000-8000-000000000002"
CLIENT = "cccccccc-0000-4000-8000-00000000000c"
AUTHORITY = f"https://login.example.test/{TENANT}"
SCOPES = ("https://graph.microsoft.com/Contacts.ReadWrite",)


class CountingMeter:
    """Writes down what the sign-in counts."""

    def __init__(self) -> None:
        self.sign_ins: list[str] = []
        self.renewals: list[str] = []

    def sign_in(self, outcome: SignInEnd) -> None:
        self.sign_ins.append(outcome)

    def token_renewed(self, outcome: Renewed) -> None:
        self.renewals.append(outcome)

    def waited(self, service: Service, reason: WaitReason, seconds: float) -> None: ...

    def notified(self, outcome: Notified) -> None: ...

    def subscription_renewed(self, outcome: Subscribed) -> None: ...


@dataclass
class Answer:
    """An HTTP answer as MSAL reads it."""

    status_code: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    def raise_for_status(self) -> None:
        raise AssertionError("MSAL asks this for 5xx only, which must not reach it")


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


class Gate:
    """Where one request stands until the test lets it go on."""

    def __init__(self) -> None:
        self._reached, self._opened = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        """In MSAL's thread. A test that failed before it opened must not keep the thread for ever."""
        self._reached.set()
        self._opened.wait(5)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, 5)

    def open(self) -> None:
        self._opened.set()


class Sts:
    """A token endpoint with rotating refresh tokens. Each of `failures` is answered once; `claims` alters the id token."""

    def __init__(self) -> None:
        self.account = ALICE
        self.claims: dict[str, Any] = {}
        self.issuer = f"{AUTHORITY}/v2.0"
        self.lifetime = 3600
        self.scopes: tuple[str, ...] = SCOPES
        self.issued = 0
        self.posts: list[dict[str, Any]] = []
        self.gets: list[str] = []
        self.failures: list[Answer | Exception] = []
        self.revoked: set[str] = set()
        self.nonces: dict[str, str] = {}
        self.challenges: dict[str, str] = {}
        self.redeemed: set[str] = set()
        self.gate: Gate | None = None
        self.closed = False

    def hold(self) -> Gate:
        """Keep the next token request waiting; those after it are answered."""
        self.gate = Gate()
        return self.gate

    # What a browser would do at the authority: follow `auth_uri`, choose an account, come back.
    def visit(self, auth_uri: str) -> dict[str, str]:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(auth_uri).query).items()}
        code = f"code-{len(self.nonces)}"
        self.nonces[code] = asked["nonce"]
        self.challenges[code] = asked["code_challenge"]
        return {"code": code, "state": asked["state"]}

    def get(self, url: str, **_options: Any) -> Answer:
        self.gets.append(url)
        return Answer(
            200,
            json.dumps(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{AUTHORITY}/oauth2/v2.0/token",
                    "device_authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/devicecode",
                }
            ),
        )

    def post(self, _url: str, *, data: dict[str, Any], **_options: Any) -> Answer:
        self.posts.append(data)
        gate, self.gate = self.gate, None
        if gate is not None:
            gate.pass_through()
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        if data.get("refresh_token") in self.revoked:
            return refusal("invalid_grant", 700082)
        if data["grant_type"] == "authorization_code":
            if not self._verified(data):
                return refusal("invalid_grant", 501481)
            if data["code"] in self.redeemed:
                return refusal("invalid_grant", 54005)
            self.redeemed.add(data["code"])
        return Answer(200, json.dumps(self._tokens(data)))

    def close(self) -> None:
        self.closed = True

    def _verified(self, data: dict[str, Any]) -> bool:
        digest = hashlib.sha256(data["code_verifier"].encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenges[data["code"]]

    def _tokens(self, data: dict[str, Any]) -> dict[str, Any]:
        self.issued += 1
        number = self.issued
        claims = {
            "aud": CLIENT,
            "iss": self.issuer,
            "tid": TENANT,
            "oid": self.account,
            "sub": "sub",
            "exp": int(time.time()) + 3600,
            "preferred_username": "someone@example.test",
            "nonce": self.nonces.get(data.get("code", ""), ""),
        } | self.claims
        return {
            "token_type": "Bearer",
            "scope": " ".join(self.scopes),
            "expires_in": self.lifetime,
            "access_token": f"CANARY-at-{number}",
            "refresh_token": f"CANARY-rt-{number}",
            "id_token": f"{encoded({'alg': 'none'})}.{encoded(claims)}.",
            "client_info": encoded({"uid": self.account, "utid": TENANT}),
        }


def refusal(error: str, code: int, **more: Any) -> Answer:
    """An OAuth error as Entra words it; the description holds what must never be logged."""
    status = 401 if error == "invalid_client" else 400
    description = f"AADSTS{code}: CANARY-description for someone@example.test"
    return Answer(status, json.dumps({"error": error, "error_codes": [code], "error_description": description, **more}))
