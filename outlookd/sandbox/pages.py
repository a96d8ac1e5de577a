"""What both sides' pages share: templates, styles, protection, and how a form is read.

The pages are plain server-rendered HTML without scripts, so that a person, a test or a text browser can act on the data. They show
the world's state directly and never go through the simulated services: what a page does is not in a request log and meets no fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
import jinja2
from aiohttp import web
from multidict import MultiDictProxy

from outlookd.sandbox.guard import guard
from outlookd.sandbox.views import Cell, text_of

_HERE = Path(__file__).parent
_ROOT = web.AppKey("root", str)

PER_PAGE: Final = 50


def pages_app(root: str) -> web.Application:
    """An empty guarded application for pages, to be mounted at `root`; it already serves the styles."""
    app = web.Application(middlewares=[guard])
    app[_ROOT] = root
    loader = jinja2.FileSystemLoader(_HERE / "templates")
    environment = aiohttp_jinja2.setup(app, loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.undefined = jinja2.StrictUndefined
    environment.filters["cell"] = text_of
    app.router.add_static("/static", _HERE / "static")
    return app


def render(
    request: web.Request, template: str, context: Mapping[str, Any], *, status: int = 200, problem: str = ""
) -> web.Response:
    """A page. `problem` is shown on top of it. With ``?follow=1`` it reloads itself and shows no forms, so no typing gets lost."""
    root = root_of(request)
    shared = {
        "root": root,
        "stylesheet": f"{root}/static/sandbox.css",
        "following": request.query.get("follow") == "1",
        "problem": problem,
    }
    return aiohttp_jinja2.render_template(template, request, shared | dict(context), status=status)


def root_of(request: web.Request) -> str:
    """Where the application that answers is mounted."""
    return request.app[_ROOT]


def redirect(request: web.Request, path: str) -> web.HTTPSeeOther:
    """What follows every successful POST: a GET of `path` below the application's root."""
    return web.HTTPSeeOther(f"{root_of(request)}{path}")


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a submitted form, with plain line breaks; of a repeated name the first counts."""
    form: MultiDictProxy[Any] = await request.post()
    return {name: form[name].replace("\r\n", "\n") for name in form if isinstance(form[name], str)}


def page_number(request: web.Request) -> int:
    """The ``page`` of the query, 1 if it is missing or senseless."""
    text = request.query.get("page", "")
    return max(int(text), 1) if text.isascii() and text.isdigit() else 1


def changed_cells(before: Mapping[str, Cell], form: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form whose text differs from what the page had shown. Null and the empty text look the same."""
    return {name: text for name, text in form.items() if text != text_of(before.get(name))}
