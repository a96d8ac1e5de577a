"""What an administrator does to accounts and applications: the part of `people.py` that is about signing in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from outlookd.sandbox.directory import Directory, User


class TenantPeople:
    """The tenant's administrators. `find_user` takes a UPN or an object id; what is about consent is done to every application."""

    def __init__(self, directory: Directory, find_user: Callable[[str], User]) -> None:
        self._directory = directory
        self._user = find_user

    @property
    def operations(self) -> tuple[Callable[..., dict[str, Any]], ...]:
        """Everything that can be asked for by name."""
        return (
            *(self.revoke_sessions, self.expire_access_tokens, self.set_user_enabled, self.demand_mfa),
            *(self.withdraw_consent, self.consent_for_all, self.withdraw_consent_for_all),
        )

    def revoke_sessions(self, *, user: str) -> dict[str, Any]:
        """Take back a user's refresh tokens."""
        self._directory.revoke_sessions(self._user(user))
        return {}

    def expire_access_tokens(self) -> dict[str, Any]:
        """Let every access token be expired."""
        self._directory.tokens.expire_access()
        return {}

    def set_user_enabled(self, *, user: str, enabled: bool) -> dict[str, Any]:
        """Disable an account, or enable it again."""
        self._user(user).enabled = enabled
        return {}

    def demand_mfa(self, *, user: str) -> dict[str, Any]:
        """Let a user's next renewal fail until they sign in again."""
        self._user(user).mfa_required = True
        return {}

    def withdraw_consent(self, *, user: str) -> dict[str, Any]:
        """Take back what a user agreed to."""
        for client in self._directory.clients:
            self._directory.withdraw_consent(client, self._user(user))
        return {}

    def consent_for_all(self) -> dict[str, Any]:
        """Agree for the whole organisation to everything that was registered, application permissions included."""
        for client in self._directory.clients:
            self._directory.consent_for_all(client)
        return {}

    def withdraw_consent_for_all(self) -> dict[str, Any]:
        """Take that back."""
        for client in self._directory.clients:
            self._directory.withdraw_consent_for_all(client)
        return {}
