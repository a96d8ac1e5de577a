"""An access token in memory: for how long it is handed out, and how it is read from Entra's answer.

Does not know how a token is asked for, nor who waits for it: a user's (`tokens`) and the application's own (`application`) differ
in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from outlookd.errors import Unintelligible

__all__ = ["Held", "hold"]

_EARLY = timedelta(minutes=5)
"""A token is not handed out in its last minutes: a long page of a listing must not outlive it. MSAL uses the same figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The token, the claims challenge that it answers, and the sealed row that it came from: the application's comes from none."""

    access: str
    until: datetime
    claims: str
    row: bytes | None = None

    def serves(self, now: datetime, *, claims: str, row: bytes | None = None) -> bool:
        """Whether it is still good, for whoever asks with this challenge while this row is stored."""
        return self.row == row and now < self.until and claims in ("", self.claims)


def hold(answer: Mapping[str, Any], *, now: datetime, claims: str, row: bytes | None = None) -> Held:
    """The token in an answer of Entra's that is no refusal. Raises Unintelligible."""
    access, lifetime = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(access, str) or not access or not isinstance(lifetime, int):
        raise Unintelligible("Entra's token answer has no token or no lifetime.", service="entra")
    return Held(access=access, until=now + timedelta(seconds=lifetime) - _EARLY, claims=claims, row=row)
