"""Exceptions as log data: what kind, and where; not what it says.

The text of an exception quotes what it tripped over (``invalid literal for int(): 'Jean'``), notes do so too, and a name looks like
any other word to `redaction`. So only errors of ours keep their text: they carry nothing personal (see `outlookd.errors`). Local
variables and source lines are never read.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, TypeAlias

from outlookd.errors import OutlookdError

__all__ = ["describe", "safe_text", "without_texts", "write"]

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]

_MOST_FRAMES = 50
"""Of one exception: an endless recursion has a thousand."""


def describe(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """An exception and those it came from, latest first: `exc_type`, `exc_value` (ours only), `is_cause` and `frames` of each.

    A group has `exceptions` too, one such list for each member.
    """
    return _described(exc_info[1], set())


def write(exc_info: ExcInfo) -> str:
    """The same for people."""
    return "\n".join(_written(describe(exc_info), indent=""))


def safe_text(error: BaseException) -> str:
    """What of an exception may stand in a line: its type, and its text if it is one of ours."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, OutlookdError) else name


def without_texts(text: str, error: BaseException) -> str:
    """`text` without what foreign exceptions say: asyncio writes the exception of a lost task into the event itself."""
    for each, _is_cause in _chain(error, set()):
        if not isinstance(each, OutlookdError):
            for quoted in (repr(each), str(each)):
                text = text.replace(quoted, type(each).__name__) if quoted else text
    return text


def _chain(error: BaseException, seen: set[int]) -> Iterator[tuple[BaseException, bool]]:
    """`error` and its predecessors, each with whether it is the declared cause (``from``) of the one before."""
    following: BaseException | None = error
    is_cause = False
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following, is_cause
        is_cause = following.__cause__ is not None
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _described(error: BaseException, seen: set[int]) -> list[dict[str, Any]]:
    return [_one(each, seen, is_cause=is_cause) for each, is_cause in _chain(error, seen)]


def _one(error: BaseException, seen: set[int], *, is_cause: bool) -> dict[str, Any]:
    described: dict[str, Any] = {"exc_type": type(error).__name__, "is_cause": is_cause, "frames": _frames(error)}
    if isinstance(error, OutlookdError):
        described["exc_value"] = str(error)
    if isinstance(error, BaseExceptionGroup):
        described["exceptions"] = [_described(member, seen) for member in error.exceptions]
    return described


def _frames(error: BaseException) -> list[dict[str, Any]]:
    frames = [
        {"filename": frame.f_code.co_filename, "lineno": lineno, "name": frame.f_code.co_name}
        for frame, lineno in traceback.walk_tb(error.__traceback__)
    ]
    if len(frames) <= _MOST_FRAMES:
        return frames
    half = _MOST_FRAMES // 2
    left_out = {"filename": "", "lineno": -1, "name": f"{len(frames) - 2 * half} frames left out"}
    return [*frames[:half], left_out, *frames[-half:]]


def _written(described: Sequence[dict[str, Any]], *, indent: str) -> Iterator[str]:
    """Earliest first, as Python does it."""
    for number, one in enumerate(reversed(described)):
        if number:
            yield f"{indent}then:"
        for frame in one["frames"]:
            yield f'{indent}  File "{frame["filename"]}", line {frame["lineno"]}, in {frame["name"]}'
        value = one.get("exc_value", "")
        yield f"{indent}{one['exc_type']}: {value}" if value else f"{indent}{one['exc_type']}"
        for member in one.get("exceptions", ()):
            yield f"{indent}  +"
            yield from _written(member, indent=f"{indent}  ")
