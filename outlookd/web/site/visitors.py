"""Who looks at a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

__all__ = ["Visitor", "Visitors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A person whom Microsoft has named, as the GoPaaS login that their mailbox is bound to. `admin`: named in ``web.admins``."""

    login: str
    admin: bool = False

    def may_see(self, login: str) -> bool:
        """Whether what belongs to `login` may be shown to, and changed by, this visitor (threat T18)."""
        return self.admin or login == self.login


class Visitors(Protocol):
    """The signed-in browsers."""

    async def require(self, request: web.Request) -> Visitor:
        """Who is asking.

        Raises web.HTTPSeeOther to the sign-in when nobody is signed in, or web.HTTPUnauthorized when a script is asking.
        """
        ...
