"""Tolerant reading of GoPaaS's answers: several shapes in, one shape out, and a clear error for everything else.

Knows the shapes of gopaas.md ("stated" and "inferred"). An answer that is not understood is never read as "empty": complaint 1,
an empty reading that was taken for the truth, is how peers deleted whole address books. Values stay as GoPaaS sent them; what a
cell means is the handler's business.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from outlookd.errors import (
    AccessDenied,
    CredentialsRefused,
    NotFound,
    Rejected,
    RemoteError,
    ServerTrouble,
    Throttled,
    Unintelligible,
    later,
)
from outlookd.gopaas.wire import SERVICE, Answer

KEY = "cle"
"""The column that holds a record's key."""

DOCUMENTED_TEXTS = frozenset(
    {
        "Invalid version.",
        "Invalid API key.",
        "Invalid Information.",
        "Something went wrong. Please try again later.",
    }
)
"""The only texts of GoPaaS that are repeated in our messages: an undocumented one could quote somebody's data."""

NAMING_KEYS = ("name", "field", "column", "key", "nom", "champ", "cle", "id")
"""Where the description of a column may hold its name. The real shape is not documented, so several are read."""

LABEL_KEYS = ("label", "libelle", "title", "titre")
"""Where the description of a column may hold what people call it, with the same reserve."""

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One column as a view describes it: what may be its name, the likeliest first, and what people call it (or nothing)."""

    names: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of a view. `total` is how many rows the view has in all (None: not said); `described` are its columns, in order."""

    rows: tuple[Row, ...]
    total: int | None = None
    described: tuple[Described, ...] = ()

    @property
    def columns(self) -> frozenset[str] | None:
        """The names of the columns that the view describes. None: not said."""
        return frozenset(name for column in self.described for name in column.names) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token as granted. `life` is in seconds; None when GoPaaS does not say."""

    text: str
    life: float | None


def parse(answer: Answer, what: str) -> Any:
    """The answer's JSON.

    Raises Unintelligible for anything else: a login page, a proxy's page, a byte-order mark, half an answer.
    """
    if answer.body.startswith(codecs.BOM_UTF8):
        raise unintelligible(answer, what, "begins with a byte-order mark", hint="Ask GoPaaS to look at its web service's files.")
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        if answer.body.lstrip()[:1] == b"<":
            hint = "Check gopaas.url: it may lead to a page for people, or to a proxy's."
            raise unintelligible(answer, what, "is a web page, not data", hint=hint) from error
        raise unintelligible(answer, what, "is not JSON") from error


def read_list(answer: Answer, what: str) -> ListPage:
    """The rows of one page: ``{"total", "rows", "column"}``, or a bare array.

    Raises the error that the status stands for, or Unintelligible.
    """
    if answer.status != 200:
        raise refusal(answer, what)
    match parse(answer, what):
        case list(rows):
            return ListPage(rows=_rows(rows, answer, what))
        case {"rows": list(rows), **rest}:
            total = _total(rest.get("total"), answer, what)
            return ListPage(rows=_rows(rows, answer, what), total=total, described=_described(rest.get("column")))
        case _:
            hint = "Check gopaas.url: it must be the address of the GoPaaS application, https://HOST/APP."
            raise unintelligible(answer, what, "is JSON, but no list of rows", hint=hint)


def read_row(answer: Answer) -> Row | None:
    """The record of a single-record answer, or None when the answer shows none. Never raises: `probe` weighs what it is instead."""
    if answer.status != 200:
        return None
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    match value:
        case {"cle": _} | [{"cle": _}]:
            row: Row = value[0] if isinstance(value, list) else value
            return row if key_of(row) else None
        case _:
            return None


def read_token(answer: Answer, what: str) -> Token:
    """The granted token. ``expires_in`` is documented as a string.

    Raises the error that the status stands for, or Unintelligible.
    """
    if answer.status == 400:
        hint = "Check client_id, client_secret_file and the name of the grant."
        raise CredentialsRefused(f"{what}: GoPaaS refused the request for a token.", service=SERVICE, status=400, hint=hint)
    if answer.status != 200:
        raise refusal(answer, what)
    match parse(answer, what):
        case {"access_token": str(text), **rest} if text and text.isascii() and text.isprintable():
            return Token(text=text, life=_number(rest.get("expires_in")))
        case _:
            raise unintelligible(answer, what, "holds no usable token")


def key_of(row: Mapping[str, Any]) -> str:
    """The row's key as text; empty when it has none. Numbers are keys too."""
    match row.get(KEY):
        case bool() | None:
            return ""
        case str() | int() as key:
            return str(key) if str(key).strip() else ""
        case _:
            return ""


def refusal(answer: Answer, what: str) -> RemoteError:
    """The error that a bad status stands for. Only documented texts are repeated."""
    said = documented_text(answer)
    text = f"{what}: GoPaaS answered {answer.status}{f' ({said})' if said else ''}."
    common: dict[str, Any] = {"service": SERVICE, "status": answer.status, "retry_after": answer.retry_after}
    match answer.status:
        case 401:
            return CredentialsRefused(text, **common, hint="Check the key or secret, and the key's list of addresses.")
        case 403:
            return AccessDenied(text, **common, hint="Give the API user the right to this table and view.")
        case 404:
            return NotFound(text, **common, hint="Check gopaas.url and the names of the job's table and view.")
        case 429:
            return Throttled(text, **common, hint=_try_again(answer))
        case 503 if answer.retry_after is not None:
            return Throttled(text, **common, hint=_try_again(answer))
        case status if status >= 500:
            return ServerTrouble(text, **common, hint=f"{_try_again(answer)} If it lasts, ask those who run GoPaaS.")
        case status if status >= 400:
            return Rejected(text, **common, hint="Check the names of the job's table, view and columns.")
        case status if 300 <= status < 400:
            return unintelligible(answer, what, "is a redirect", hint="Set gopaas.url to the address it leads to, https included.")
        case _:
            return unintelligible(answer, what, "has an unknown status")


def _try_again(answer: Answer) -> str:
    return f"Nothing is lost; the daemon tries again by itself, or run `outlookd sync` {later(answer.retry_after)}."


def documented_text(answer: Answer) -> str:
    """GoPaaS's own ``msg``, if it is one of the documented ones; else empty."""
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    match value:
        case {"msg": str(text)} if text in DOCUMENTED_TEXTS:
            return text
        case _:
            return ""


def unintelligible(answer: Answer, what: str, why: str, *, hint: str = "") -> Unintelligible:
    """The error for an answer in no known shape, without any of its content."""
    return Unintelligible(f"{what}: GoPaaS's answer ({answer.status}) {why}.", service=SERVICE, status=answer.status, hint=hint)


def _rows(rows: list[Any], answer: Answer, what: str) -> tuple[Row, ...]:
    if not all(isinstance(row, dict) for row in rows):
        raise unintelligible(answer, what, "holds rows that are not objects")
    return tuple(rows)


def _total(raw: object, answer: Answer, what: str) -> int | None:
    if raw is None or raw == "":
        return None
    number = _number(raw)
    if number is None or number < 0 or not number.is_integer():
        raise unintelligible(answer, what, "gives a total that is not a count")
    return int(number)


def _number(raw: object) -> float | None:
    """A number or a string that holds one, finite; None otherwise."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    try:
        number = float(raw)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None


def _described(raw: object) -> tuple[Described, ...]:
    """What a ``column`` description says: a list or an object, of names or of objects that hold one."""
    match raw:
        case dict() if not all(str(name).isdigit() for name in raw):
            return tuple(Described(names=(str(name),), label=_label(entry)) for name, entry in raw.items())
        case dict():
            return _described(list(raw.values()))
        case list():
            return tuple(Described(names=names, label=_label_in(entry)) for entry in raw if (names := _names(entry)))
        case _:
            return ()


def _names(entry: object) -> tuple[str, ...]:
    match entry:
        case str():
            return (entry,)
        case dict():
            return tuple(name for key in NAMING_KEYS if isinstance(name := entry.get(key), str))
        case _:
            return ()


def _label(entry: object) -> str:
    """What people call a column whose name stands before `entry`."""
    return entry if isinstance(entry, str) else _label_in(entry)


def _label_in(entry: object) -> str:
    found = (entry.get(key) for key in LABEL_KEYS) if isinstance(entry, dict) else ()
    return next((label for label in found if isinstance(label, str)), "")
