"""Notices by web hook: one signed POST, repeated with growing pauses while the receiver is in trouble.

The signature is HMAC-SHA256 over ``id.timestamp.`` and the body, as lower-case hexadecimal after ``sha256=``. A receiver checks it,
refuses old timestamps, and drops an id that it has seen.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import asdict

import aiohttp
import orjson
from pydantic import SecretStr
from yarl import URL

from outlookd.ports import Clock
from outlookd.runtime.notices.notice import Notice, NotTold

__all__ = ["PAUSES", "HookCourier", "signature"]

PAUSES: Sequence[float] = (2.0, 10.0, 60.0)
"""Seconds before each repetition. What fails after the last one is tried again when the next look is due."""

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_PASSING = frozenset({408, 425, 429})


class HookCourier:
    """Posts to one address. Without a `key` the POST is not signed."""

    name = "webhook"

    def __init__(
        self, url: str, *, key: SecretStr | None, session: Callable[[], aiohttp.ClientSession], clock: Clock, public_url: str
    ) -> None:
        self._url = URL(url, encoded=True)
        self._key = key
        self._session = session
        self._clock = clock
        self._public_url = public_url

    async def carry(self, notice: Notice) -> None:
        """Post it. Raises NotTold when the receiver refuses it, or does not answer after all repetitions."""
        body = orjson.dumps({**asdict(notice), "url": f"{self._public_url}/"})
        for pause in (*PAUSES, None):
            code, passing = await self._post(notice.id, body)
            if not code:
                return
            if not passing or pause is None:
                break
            await self._clock.sleep(pause)
        raise NotTold(f"The web hook did not take it ({code}).")

    async def _post(self, id: str, body: bytes) -> tuple[str, bool]:
        """What kept it from being taken (empty: nothing), and whether that may pass."""
        stamp = str(int(self._clock.now().timestamp()))
        headers = {"Content-Type": "application/json", "X-Outlookd-Id": id, "X-Outlookd-Timestamp": stamp}
        if self._key is not None:
            headers["X-Outlookd-Signature"] = signature(self._key.get_secret_value(), id, stamp, body)
        try:
            # No redirect: whatever answers one is not the receiver that was configured.
            async with self._session().post(
                self._url, data=body, headers=headers, allow_redirects=False, timeout=_TIMEOUT
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__, True
        if 200 <= status < 300:
            return "", False
        return str(status), status >= 500 or status in _PASSING


def signature(key: str, id: str, stamp: str, body: bytes) -> str:
    """What ``X-Outlookd-Signature`` holds for this POST."""
    signed = f"{id}.{stamp}.".encode() + body
    return "sha256=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
