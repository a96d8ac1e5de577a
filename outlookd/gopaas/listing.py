"""A view read to its end, page by page, with a verdict: is anything missing?

Knows how pages can disagree while people write (complaint 1, sync-model 5.1d). GoPaaS has no change feed, so every listing is a
snapshot, and only a *complete* one makes absence a piece of evidence (design rule 3). What absence means is decided elsewhere.
"""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from outlookd.core.model import Payload, Watermark
from outlookd.errors import ConfigurationError
from outlookd.gopaas.census import Census
from outlookd.gopaas.client import GopaasClient
from outlookd.gopaas.reading import ListPage, key_of
from outlookd.ports import Found, ListingEnd, Page, Reading

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewQuery:
    """Which rows, and how many at a time. `columns` are those that the rows must have; `search` is an ``advancedSearch``.

    `often_empty`: no row at all is an everyday answer, as of a day on which nobody worked, and is not asked for twice.
    """

    view: str
    page_size: int = 500
    columns: frozenset[str] = frozenset()
    search: str = ""
    often_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewDescription:
    """What a view shows to this caller. `columns` is empty when nothing tells: no description and no row."""

    columns: frozenset[str]
    rows: int
    """How many rows its first page has."""
    total: int | None
    """How many rows it says it has in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSample:
    """A view's columns in its order, each with what people call it (or nothing), and its first rows. `total`: None, not said."""

    columns: Mapping[str, str]
    rows: tuple[Payload, ...] = field(repr=False)
    total: int | None


async def list_view(client: GopaasClient, query: ViewQuery, since: Watermark | None = None) -> AsyncIterator[Page]:
    """Every row of the view, streamed; the last page carries the verdict.

    One request per page, and no other as long as GoPaaS gives a total that is reached. Without one, an end that is an empty page is
    asked for once more in other words, and a view that says it is empty twice more. A pass in which the view moved, or a page came
    empty, is followed by one second pass from page 1, *in the same stream*: a key may then be handed out twice, and the later row
    counts.
    `since` is only kept as the watermark of a listing that ends incomplete.

    Raises ConfigurationError when a column is missing, else the errors of `GopaasClient.list_page`.
    """
    started = client.clock.now()
    for last_try in (False, True):
        census = Census(asked=query.page_size)
        number, more = 0, True
        while more:
            number += 1
            page = await client.list_page(query.view, number, query.page_size, columns=number == 1, search=query.search)
            if number == 1:
                _require_columns(query, page)
            more = census.add([key_of(row) for row in page.rows], page.total)
            if census.unsure and not census.fault:
                census.confirm(await _first_keys(client, query))
            if census.hollow and not census.fault and not (query.often_empty and census.rows == 0):
                census.close(await _keys_behind(client, query, census.rows))
            again = bool(census.fault) and not last_try
            more = more and not again
            end = None if more or again else _end(census, since, started)
            yield Page(payloads=_filled(page, query.columns), total=census.total, end=end)
        if not census.fault:
            return
        log.warning("gopaas.listing.incomplete", view=query.view, reason=census.fault, pages=number, again=not last_try)


async def pick(pages: AsyncIterator[Page], keys: AbstractSet[str]) -> tuple[dict[str, Reading], str]:
    """Those of `keys` that a listing shows, and why others may be missing from it (empty: none is)."""
    found: dict[str, Reading] = {}
    fault = ""
    async for page in pages:
        found |= {key: Found(payload=row) for row in page.payloads if (key := key_of(row)) in keys}
        fault = page.end.reason if page.end else fault
    return found, fault


async def describe_view(client: GopaasClient, query: ViewQuery) -> ViewDescription:
    """The view's columns and size, from its first page. For `outlookd check`: it reports, where `list_view` refuses."""
    page = await client.list_page(query.view, 1, query.page_size, columns=True, search=query.search)
    return ViewDescription(columns=_shown(page), rows=len(page.rows), total=page.total)


async def sample_view(client: GopaasClient, query: ViewQuery) -> ViewSample:
    """What a form that maps the view's columns needs, from one small page. `columns` is empty when nothing tells.

    Where a description leaves open which of several words is a column's name, the rows decide.
    """
    page = await client.list_page(query.view, 1, query.page_size, columns=True, search=query.search)
    shown = dict.fromkeys(name for row in page.rows for name in row)
    labels = {next((name for name in column.names if name in shown), column.names[0]): column.label for column in page.described}
    return ViewSample(columns=labels | {name: "" for name in shown if name not in labels}, rows=page.rows, total=page.total)


def missing_columns(view: str, expected: Iterable[str], shown: frozenset[str]) -> list[str]:
    """One sentence for each expected column that the view does not show, with the nearest name that it does."""
    sentences = []
    for column in sorted(frozenset(expected) - shown):
        close = difflib.get_close_matches(column, sorted(shown), n=1)
        sentences.append(f"view {view} has no column {column!r}{f'; did you mean {close[0]!r}?' if close else ''}")
    return sentences


def _require_columns(query: ViewQuery, page: ListPage) -> None:
    """A column that nothing names would look empty in every record, and clear a field of every contact.

    Only an empty page without description is let through: it says nothing about columns.
    """
    shown = _shown(page)
    faults = missing_columns(query.view, query.columns, shown) if shown else []
    if faults:
        hint = "Add them to the view, or correct the map."
        raise ConfigurationError("The view does not show every column of the map.", faults=faults, hint=hint)


def _shown(page: ListPage) -> frozenset[str]:
    return (page.columns or frozenset()).union(*page.rows)


def _filled(page: ListPage, columns: frozenset[str]) -> tuple[Payload, ...]:
    """The rows, with None for what a row leaves out: GoPaaS may drop empty cells."""
    nothing = dict.fromkeys(columns)
    return tuple({**nothing, **row} for row in page.rows)


async def _first_keys(client: GopaasClient, query: ViewQuery) -> list[str]:
    page = await client.list_page(query.view, 1, query.page_size, search=query.search)
    return [key_of(row) for row in page.rows]


async def _keys_behind(client: GopaasClient, query: ViewQuery, rows: int) -> list[str]:
    """The row after the first `rows`, if there is one. It is another page of another size: what empties one leaves this one.

    The row after none is page 1 again, whatever its size, so a view that shows nothing is asked for its second row, too.
    """
    behind: list[str] = []
    for number in (rows + 1,) if rows else (1, 2):
        page = await client.list_page(query.view, number, 1, search=query.search)
        behind += [key_of(row) for row in page.rows]
    return behind


def _end(census: Census, since: Watermark | None, started: datetime) -> ListingEnd:
    """The verdict. `full_at` is when the reading began: what changed meanwhile may not have been seen."""
    complete = not census.fault
    watermark = Watermark(full_at=started) if complete else since or Watermark()
    return ListingEnd(watermark=watermark, snapshot=True, complete=complete, reason=census.fault)
