"""One record at a time, and when "there is no such record" may be believed.

Nobody documents how GoPaaS answers for a missing key (``[]``? 500? 404?), so the answer is learnt each time from a key that
cannot exist, and trusted only while a record that does exist is read without trouble (design rule 3, sync-model 5.3). Knows
nothing of listings or links, and decides nothing: it supplies one of the two pieces of evidence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import orjson

from outlookd.errors import BadRecord, Unintelligible
from outlookd.gopaas.client import GopaasClient
from outlookd.gopaas.reading import Row, key_of, read_row, refusal, unintelligible
from outlookd.gopaas.wire import SERVICE, Answer
from outlookd.ports import Absent, Found, Reading, Unreadable

CanaryFinder = Callable[[AbstractSet[str]], Awaitable[str]]
"""Names a record that exists and is not among those given; empty when there is none to be had."""

SPEAKING = frozenset({200, 204, 400, 404, 410, 500})
"""Statuses that can mean "no such record". A refusal (401, 403, 429) or a gateway's trouble (502 to 504) never does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How GoPaaS answered, without whom it was about: the status and the shape of the body, for people to read.

    `text` is what else must be equal, with the key itself blotted out; it is compared and never shown.
    """

    status: int
    shape: str
    text: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.status} {self.shape}"


def signature(answer: Answer, key: str) -> Signature:
    """The signature of an answer about `key`."""
    if not answer.body.strip():
        return Signature(status=answer.status, shape="with an empty body")
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return Signature(status=answer.status, shape="with a body that is not JSON")
    match value:
        case {"msg": str(text)}:
            return Signature(status=answer.status, shape="with a message", text=text.replace(key, ""))
        case dict() if value:
            return Signature(status=answer.status, shape=f"with an object of {len(value)} fields", text=",".join(sorted(value)))
        case list() if value:
            return Signature(status=answer.status, shape=f"with a list of {len(value)}")
        case _:
            return Signature(
                status=answer.status, shape="with a text" if isinstance(value, str) else f"with {orjson.dumps(value).decode()}"
            )


class Probe:
    """Reads records of one table by key. `nonce` makes keys that cannot exist; `canary` names records that do.

    `hint` says what to look at when a canary cannot be read: whoever chose view and table knows how they are called.
    """

    def __init__(self, client: GopaasClient, table: str, *, nonce: Callable[[], str], canary: CanaryFinder, hint: str = "") -> None:
        self._client = client
        self._table = table
        self._nonce = nonce
        self._canary = canary
        self._hint = hint

    async def missing_signature(self) -> Signature:
        """How GoPaaS answers for a key that cannot exist.

        Raises Unintelligible when that cannot be told from a record, and what keeps GoPaaS from answering at all.
        """
        key = self._nonce()
        answer = await self._client.item(self._table, key)
        what = f"record of {self._table}"
        if _shows(answer, key):
            raise unintelligible(answer, what, "for a key that cannot exist is a record, so a missing one cannot be recognised")
        if answer.status not in SPEAKING:
            raise refusal(answer, what)
        return signature(answer, key)

    async def calibrate(self) -> Signature:
        """The same, and a record that the view shows, if any, is read to see that it answers differently.

        Raises Unintelligible when no record's absence could ever be proved, with the reason.
        """
        missing = await self.missing_signature()
        canary = await self._canary(frozenset())
        if canary and not _shows(await self._client.item(self._table, canary), canary):
            what = f"record of {self._table}: a record that the view shows cannot be read by its key."
            raise Unintelligible(what, service=SERVICE, hint=self._hint)
        return missing

    async def read(self, keys: Sequence[str]) -> dict[str, Reading]:
        """Each key as GoPaaS shows it now. Absent is said of what was not there before and after a record that exists was read.

        Raises Unreachable, CredentialsRefused and the like: when GoPaaS as a whole does not answer, nothing is said of any key.
        """
        if not keys:
            return {}
        try:
            missing = await self.missing_signature()
        except Unintelligible as error:
            return {key: Unreadable(error=error) for key in keys}
        readings = {key: await self._read_one(key, missing) for key in dict.fromkeys(keys)}
        absent = {key for key, reading in readings.items() if isinstance(reading, Absent)}
        return {**readings, **await self._confirm(absent, readings, missing)}

    async def row(self, key: str) -> Row | None:
        """The record under `key`, or None. Asks for less proof than `read`: no canary, unless the sign of absence is an error.

        Enough for recovery, where a wrong None only means that the same row is written again under the same key; and a
        table without any record has no canary to offer.

        Raises the error of an answer that says neither.
        """
        missing = await self.missing_signature()
        reading = await self._read_one(key, missing)
        if isinstance(reading, Absent) and missing.status >= 500:
            reading = (await self.read([key]))[key]
        match reading:
            case Found(payload=payload):
                return dict(payload)
            case Absent():
                return None
            case Unreadable(error=error):
                raise error

    async def _read_one(self, key: str, missing: Signature) -> Reading:
        """One key; Absent here means "answered like a key that cannot exist", not yet believed."""
        try:
            answer = await self._client.item(self._table, key)
        except BadRecord as error:
            return Unreadable(error=error)
        row = read_row(answer)
        what = f"record of {self._table}"
        if row is not None and key_of(row) == key:
            return Found(payload=row)
        if row is not None:
            return Unreadable(error=unintelligible(answer, what, "shows another record than the one asked for"))
        if signature(answer, key) == missing:
            return Absent()
        if answer.status != 200:
            return Unreadable(error=refusal(answer, what))
        return Unreadable(error=unintelligible(answer, what, f"is neither the record nor what a missing key gets ({missing})"))

    async def _confirm(self, absent: AbstractSet[str], readings: dict[str, Reading], missing: Signature) -> dict[str, Reading]:
        """What is said of the `absent` ones when they are asked once more, after a canary was read.

        The second question is for a disturbance that began after the random key was read and ended before the canary: what a
        missing key gets and what a broken server or an index under repair answers look the same.
        """
        if not absent:
            return {}
        canary = next((key for key, reading in readings.items() if isinstance(reading, Found)), "") or await self._canary(absent)
        if not canary or not _shows(await self._client.item(self._table, canary), canary):
            return dict.fromkeys(absent, Unreadable(error=_unproved(self._table, canary)))
        return {key: await self._read_one(key, missing) for key in absent}


def _shows(answer: Answer, key: str) -> bool:
    row = read_row(answer)
    return row is not None and key_of(row) == key


def _unproved(table: str, canary: str) -> Unintelligible:
    why = "a record that the view shows cannot be read" if canary else "the view shows no other record to compare with"
    return Unintelligible(f"record of {table}: GoPaaS says that it does not exist, but {why}.", service=SERVICE)
