"""How every page of a job is drawn: its words, what stands at its top, and how its addresses are made."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from outlookd.web.history.about import About, address_of_record
from outlookd.web.jobs.addresses import page_of
from outlookd.web.remedies import cure_of
from outlookd.web.site import Site
from outlookd.web.site.visitors import Visitor
from outlookd.web.words.causes import cause_of
from outlookd.web.words.cures import CURES
from outlookd.web.words.fields import field_in
from outlookd.web.words.guards import GUARDS
from outlookd.web.words.history import HISTORY
from outlookd.web.words.reasons import reason_in
from outlookd.web.words.sync import SYNC
from outlookd.web.words.troubles import TROUBLES

__all__ = ["draw", "noted"]

NOTE: Final = "said"
"""In the query after a button was pressed: a key of the pages' own notes, never a text."""


def noted(address: str, note: str) -> str:
    """The address of a page that is to say what became of a button; `note` is a key of the pages' notes."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode({NOTE: note})}"


def draw(
    site: Site,
    request: web.Request,
    template: str,
    context: Mapping[str, Any],
    *,
    about: About,
    visitor: Visitor,
    status: HTTPStatus = HTTPStatus.OK,
) -> web.Response:
    """The page. Words of other rooms: ``sync`` (sides), ``guards`` (what is held back), ``troubles`` (what stands in the way)."""
    language = site.language(request)
    words = HISTORY.of(language)
    values = {
        "about": about,
        "base": site.path(about.path),
        "back": site.path(page_of(about.login, visitor)),
        "why": lambda record: site.path(address_of_record(about, record)),
        "sync": SYNC.of(language),
        "guards": GUARDS.of(language),
        "known": lambda name: field_in(name, language),
        "cause": lambda text: cause_of(text, language),
        "cure": lambda text: CURES.of(language)[cure_of(text)],
        "this": _this(request),
        "troubles": TROUBLES.of(language),
        "reason": lambda text: reason_in(text, language),
        "note": words.notes.get(request.query.get(NOTE, ""), ""),
        **context,
    }
    return site.render(request, template, values, words=HISTORY, visitor=visitor, status=status)


def _this(request: web.Request) -> str:
    """The address at which a page that waits asks for itself: an id in it stays as it was sent.

    Without what was said about a button: that is not news for ever.
    """
    kept = [(name, value) for name, value in request.query.items() if name != NOTE]
    return request.rel_url.raw_path + (f"?{urlencode(kept)}" if kept else "")
