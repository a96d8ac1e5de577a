"""What the addresses of pages name, a job or a person, for whoever may see it; and the pages of a person and of a record."""

from __future__ import annotations

from typing import Final, Protocol
from urllib.parse import quote, urlencode

from aiohttp import web

from outlookd.web.site.visitors import Visitor

__all__ = ["Jobs", "in_address", "job_in", "login_in", "page_of", "story_address"]


class Jobs(Protocol):
    """Which job an address names."""

    def find(self, address: str) -> tuple[str, str] | None:
        """The id and the login of the job with that address."""
        ...


def job_in(request: web.Request, jobs: Jobs, visitor: Visitor) -> tuple[str, str]:
    """The job that the address names, and its login.

    Raises web.HTTPNotFound: somebody else's does not exist as far as a visitor can see (T16, T18).
    """
    found = jobs.find(request.match_info["job"])
    if found is None or not visitor.may_see(found[1]):
        raise web.HTTPNotFound
    return found


def login_in(request: web.Request, visitor: Visitor) -> str:
    """The login that the address names, the visitor's own where it names none. Raises web.HTTPNotFound for somebody else's."""
    login = request.match_info.get("login", visitor.login)
    if not visitor.may_see(login):
        raise web.HTTPNotFound
    return login


def page_of(login: str, visitor: Visitor) -> str:
    """The path of that person's page, for that visitor."""
    return "/" if login == visitor.login else f"/users/{in_address(login)}"


def in_address(name: str) -> str:
    """A login or an id as one part of a path, whatever characters it has."""
    return quote(name, safe="")


_STEPS: Final = frozenset({".", ".."})
"""What browsers and proxies take for a step within a path, however it is written there."""


def story_address(base: str, id: str) -> str:
    """Where a record's story is told, below the job's `base`.

    An Outlook id is long and may hold slashes and signs: it stays one part of the path. What cannot be a part of one is asked for.
    """
    return f"{base}/why?{urlencode({'id': id})}" if id in _STEPS else f"{base}/why/{in_address(id)}"
