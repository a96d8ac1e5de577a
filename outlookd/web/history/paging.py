"""One page of something long: a browser needs a second for a thousand records, and nobody reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from aiohttp import web

__all__ = ["PAGE", "Paged", "number_in", "paged"]

PAGE: Final = 50
"""Records of one page."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(Generic[_Item]):
    """Those of this page. `number` counts from 1; `pages` is at least one; `total` is of all pages."""

    items: Sequence[_Item]
    number: int
    pages: int
    total: int


def paged(items: Sequence[_Item], number: int) -> Paged[_Item]:
    """That page, or the last one when there are not so many."""
    pages = max(1, -(-len(items) // PAGE))
    number = min(number, pages)
    return Paged(items=items[(number - 1) * PAGE : number * PAGE], number=number, pages=pages, total=len(items))


def number_in(request: web.Request) -> int:
    """The page that the address asks for; the first for anything that is no number of a page."""
    text = request.query.get("page", "")
    return max(1, int(text[:9])) if text.isascii() and text.isdigit() else 1
