"""What a form sent: its fields as text, or a refusal that says whose fault it is.

Our pages' forms are simple ones. aiohttp's own reader also takes files, trusts the sender's word about characters and waits for
ever; what it cannot read it reports as an error of ours.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from outlookd.web.site.bodies import READ_WITHIN, read_body

__all__ = ["read_form"]

_KIND: Final = "application/x-www-form-urlencoded"


async def read_form(request: web.Request, *, within: float = READ_WITHIN) -> MultiDictProxy[str]:
    """The fields; none for a form without a body.

    Raises web.HTTPBadRequest, HTTPUnsupportedMediaType, and what `read_body` raises.
    """
    if not request.body_exists:
        return MultiDictProxy(MultiDict())
    if request.content_type != _KIND:
        raise web.HTTPUnsupportedMediaType(text="415: this is no form of ours.")
    content = await read_body(request, within=within)
    try:
        # Pages are UTF-8, and so is what browsers send from them, whatever a header says.
        return MultiDictProxy(MultiDict(parse_qsl(content.decode(), keep_blank_values=True, errors="strict")))
    except ValueError as error:
        raise web.HTTPBadRequest(text="400: this form cannot be read.") from error
