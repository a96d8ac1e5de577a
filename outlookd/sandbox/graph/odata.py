"""Query options that are the same for every collection: `$top`, `$skip`, `$select`, `$orderby`, `$count`, `$expand`, `$filter`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from outlookd.sandbox.extended import canonical
from outlookd.sandbox.graph.call import Call
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.filters import Row, Test, parse_filter

DEFAULT_PAGE = 10
LARGEST_PAGE = 1000
OPTIONS = frozenset({"top", "skip", "select", "orderby", "count", "expand", "filter"})
EXPAND = re.compile(r"singleValueExtendedProperties\(\$filter=(?P<filter>.+)\)", re.IGNORECASE | re.DOTALL)
RELATED = re.compile(r"(?P<name>\w+)(?:\(\$select=(?P<select>[\w,\s]*)\))?", re.IGNORECASE)
EXPANDED_ID = re.compile(r"\s*(?:\w+/)?id\s+eq\s+'(?P<id>(?:[^']|'')+)'\s*", re.IGNORECASE)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The options of one request, checked. `expand` are canonical ids of extended properties.

    `related` are the other things to show inside an item, by name, each with the properties chosen of it; none are all.
    """

    top: int = DEFAULT_PAGE
    skip: int = 0
    select: tuple[str, ...] = ()
    expand: frozenset[str] = frozenset()
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    orderby: tuple[tuple[str, bool], ...] = ()
    count: bool = False
    test: Test | None = None


def whole_number(name: str, text: str, *, most: int | None = None) -> int:
    """The value of `$top` or `$skip`. Raises GraphError 400."""
    if not text.isdecimal() or (most is not None and not 0 < int(text) <= most):
        raise GraphError(400, "ErrorInvalidUrlQuery", f"The value '{text}' of query option '${name}' is not valid.")
    return int(text)


def read_query(call: Call, properties: Sequence[str], *, related: Mapping[str, Sequence[str]] | None = None) -> Query:
    """The options of `call` on a type with `properties`. Raises GraphError 400 for what does not exist or does not parse.

    `related` names what can be expanded besides extended properties, each with its own properties.
    `$search` is the one option of Graph that the sandbox does not offer; it says so with 501.
    """
    options = call.query
    dollar = {name.lower() for name in re.findall(r"(?:^|&)(?:\$|%24)(\w+)=", call.target.partition("?")[2], re.IGNORECASE)}
    if "search" in dollar:
        raise GraphError(501, "NotImplemented", "The sandbox has no $search.")
    if unknown := sorted(dollar - OPTIONS):
        raise GraphError(400, "BadRequest", f"The query parameter '${unknown[0]}' is not supported.")
    clauses = re.split(r",(?![^(]*\))", options["expand"]) if "expand" in options else []
    wanted, remaining = _related(clauses, related or {})
    return Query(
        top=whole_number("top", options["top"], most=LARGEST_PAGE) if "top" in options else DEFAULT_PAGE,
        skip=whole_number("skip", options.get("skip", "0")),
        select=read_select(options.get("select", ""), properties),
        expand=read_expand(",".join(remaining)) if remaining else frozenset(),
        related=wanted,
        orderby=_orderby(options.get("orderby", ""), properties),
        count=options.get("count", "").lower() == "true",
        test=parse_filter(options["filter"], properties) if options.get("filter") else None,
    )


def read_select(text: str, properties: Sequence[str]) -> tuple[str, ...]:
    """The properties named by `$select`, in their own spelling; nothing means everything. Raises GraphError 400."""
    known = {name.lower(): name for name in properties}
    names = [name.strip() for name in text.split(",") if name.strip() and name.strip() != "*"]
    for name in names:
        if name.lower() not in known:
            raise GraphError(400, "BadRequest", f"Could not find a property named '{name}'.")
    return tuple(known[name.lower()] for name in names)


def read_expand(text: str) -> frozenset[str]:
    """The extended properties named by `$expand`, which needs its own `$filter` naming them. Raises GraphError 400."""
    found = EXPAND.fullmatch(text.strip())
    if found is None:
        raise GraphError(400, "BadRequest", "Only singleValueExtendedProperties with a $filter on their id can be expanded.")
    ids = []
    for clause in re.split(r"\s+or\s+", found["filter"], flags=re.IGNORECASE):
        named = EXPANDED_ID.fullmatch(clause)
        if named is None:
            raise GraphError(400, "ErrorInvalidUrlQueryFilter", f"Invalid filter clause: {clause}")
        ids.append(canonical(named["id"].replace("''", "'")))
    return frozenset(ids)


def _related(clauses: Sequence[str], known: Mapping[str, Sequence[str]]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """What the clauses of `$expand` ask for by a known name, and the clauses that ask for something else."""
    names = {name.lower(): name for name in known}
    wanted: dict[str, tuple[str, ...]] = {}
    remaining = []
    for clause in clauses:
        found = RELATED.fullmatch(clause.strip())
        name = names.get(found["name"].lower()) if found else None
        if found is None or name is None:
            remaining.append(clause)
        else:
            wanted[name] = read_select(found["select"] or "", known[name])
    return wanted, remaining


def _orderby(text: str, properties: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    clauses = [clause.split() for clause in text.split(",") if clause.strip()]
    names = read_select(",".join(clause[0] for clause in clauses), properties)
    return tuple((name, clause[1:] == ["desc"]) for name, clause in zip(names, clauses, strict=True))


def collection(
    call: Call,
    query: Query,
    items: Sequence[Item],
    *,
    context: str,
    row: Callable[[Item], Row],
    view: Callable[[Item], Any],
) -> dict[str, Any]:
    """One page of `items` as a collection answer: filtered, ordered, cut, with a nextLink if there is more.

    `row` shows an item to filters and ordering, `view` to the caller; only the items of the page are viewed.
    """
    chosen = [item for item in items if query.test is None or query.test(row(item))]
    for name, descending in reversed(query.orderby):
        chosen.sort(key=lambda item: str(row(item)[name] or "").casefold(), reverse=descending)
    end = query.skip + query.top
    body: dict[str, Any] = {"@odata.context": f"{call.root}/$metadata#{context}"}
    if query.count:
        body["@odata.count"] = len(chosen)
    body["value"] = [view(item) for item in chosen[query.skip : end]]
    if end < len(chosen):
        body["@odata.nextLink"] = _link(call, {"top": str(query.top), "skip": str(end)})
    return body


def _link(call: Call, changes: dict[str, str]) -> str:
    """The address of `call` with some options changed. Real links escape the dollar sign, so these do.

    Options without one, the edges of a window, stay without.
    """
    path = call.target.partition("?")[0].strip("/")
    options = call.query | changes
    query = "&".join(f"{'%24' if name in OPTIONS else ''}{name}={quote(value, safe='')}" for name, value in options.items())
    return f"{call.root}/{path}?{query}"
