"""What a form sent: its fields as text, or a refusal that says whose fault it is.

Our pages' forms are simple ones. aiohttp's own reader also takes files, trusts the sender's word about characters and waits for
ever; what it cannot read it reports as an error of ours.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

__all__ = ["READ_WITHIN", "read_form"]

READ_WITHIN: Final = 10.0
"""Seconds that a body may take. A proxy reads it before us; without one, whoever sends byte by byte holds a connection."""

_KIND: Final = "application/x-www-form-urlencoded"


async def read_form(request: web.Request, *, within: float = READ_WITHIN) -> MultiDictProxy[str]:
    """The fields; none for a form without a body.

    Raises web.HTTPBadRequest, HTTPRequestTimeout, HTTPUnsupportedMediaType and HTTPRequestEntityTooLarge, and RequestPayloadError
    for a body that is not packed as it says (`create_app` answers that).
    """
    if not request.body_exists:
        return MultiDictProxy(MultiDict())
    if request.content_type != _KIND:
        raise web.HTTPUnsupportedMediaType(text="415: this is no form of ours.")
    try:
        async with asyncio.timeout(within):
            content = await request.read()
    except TimeoutError as error:
        refusal = web.HTTPRequestTimeout(text="408: the form did not arrive in time.")
        refusal.force_close()  # the rest of it may still come
        raise refusal from error
    try:
        # Pages are UTF-8, and so is what browsers send from them, whatever a header says.
        return MultiDictProxy(MultiDict(parse_qsl(content.decode(), keep_blank_values=True, errors="strict")))
    except ValueError as error:
        raise web.HTTPBadRequest(text="400: this form cannot be read.") from error
