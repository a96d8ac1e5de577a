"""What a request carries, if it comes in time and is not too much."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

__all__ = ["READ_WITHIN", "read_body"]

READ_WITHIN: Final = 10.0
"""Seconds that a body may take. A proxy reads it before us; without one, whoever sends byte by byte holds a connection."""


async def read_body(request: web.Request, *, largest: int | None = None, within: float = READ_WITHIN) -> bytes:
    """The body, of as many bytes as the application takes, or of `largest`.

    Raises web.HTTPRequestTimeout and HTTPRequestEntityTooLarge, and RequestPayloadError for a body that is not packed as it says
    (`create_app` answers that).
    """
    bounded = request if largest is None else request.clone(client_max_size=largest)
    try:
        async with asyncio.timeout(within):
            return await bounded.read()
    except TimeoutError as error:
        refusal = web.HTTPRequestTimeout(text="408: what was sent did not arrive in time.")
        refusal.force_close()  # the rest of it may still come
        raise refusal from error
