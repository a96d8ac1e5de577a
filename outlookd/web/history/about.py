"""Which job a page is about, for whoever may see it, and what stands at the top of every page of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from aiohttp import web

from outlookd.core.model import Direction
from outlookd.web.jobs.addresses import Jobs, in_address, job_in, story_address
from outlookd.web.jobs.desk import address_of
from outlookd.web.site.visitors import Visitor

__all__ = ["LONGEST_ID", "About", "Roll", "about_in", "address_of_record", "id_in"]

LONGEST_ID: Final = 4000
"""Of a record's id as it stands in an address, for which a proxy often has 8 KB. Outlook's are a few hundred characters; what is
longer names nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """One job: whose it is, what it keeps in step, and where."""

    job: str
    login: str
    resource: Literal["contacts", "events"]
    direction: Direction
    folder: str

    @property
    def path(self) -> str:
        """The beginning of the job's addresses."""
        return f"/jobs/{address_of(self.job)}"


class Roll(Jobs, Protocol):
    """Which jobs there are, and what each is about."""

    def about(self, job: str) -> About | None:
        """The job of that id; None when it has gone."""
        ...


def about_in(request: web.Request, roll: Roll, visitor: Visitor) -> About:
    """The job that the address names. Raises web.HTTPNotFound for one that is not this visitor's to see (threats T16, T18)."""
    job, _ = job_in(request, roll, visitor)
    about = roll.about(job)
    if about is None:
        raise web.HTTPNotFound
    return about


def address_of_record(about: About, id: str) -> str:
    """The path of a record's page."""
    return story_address(about.path, id)


def id_in(text: str) -> str:
    """The id that a form sent. Raises web.HTTPBadRequest for one that no address has room for: an answer would lead nowhere."""
    if len(in_address(text)) > LONGEST_ID:
        raise web.HTTPBadRequest
    return text
