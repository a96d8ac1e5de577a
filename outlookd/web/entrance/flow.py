"""A sign-in under way, as a browser carries it: how it leaves for Microsoft, and at which page of ours it ends.

Both ways in use it: the link that connects a mailbox, and the button that leads to the pages.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import web

from outlookd.entra import Departure
from outlookd.web.outcomes import Outcome
from outlookd.web.site import Site

__all__ = ["FLOW_COOKIE", "end_of", "leave", "to_end"]

FLOW_COOKIE: Final = "outlookd-signin"
"""Ties Microsoft's answer to the browser that asked."""

_SECONDS: Final = 600


def leave(site: Site, departure: Departure) -> web.Response:
    """Send the browser to Microsoft. Of two windows the later wins."""
    response = _led_to(departure.address)
    site.set_cookie(response, FLOW_COOKIE, departure.session, max_age=_SECONDS)
    return response


def to_end(site: Site, outcome: Outcome) -> web.Response:
    """Send the browser to that end's page: an address without code and state, so that its history keeps neither (threat T8)."""
    return _led_to(site.path(end_of(outcome)))


def end_of(outcome: Outcome) -> str:
    """The path of that end's page."""
    return f"/connect/end/{outcome.value}"


def _led_to(address: str) -> web.Response:
    # 303, not 307: a form must not be posted on (RFC 9700, 4.12).
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
