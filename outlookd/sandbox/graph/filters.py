"""The part of OData's `$filter` that Graph accepts on contacts, events and what holds them.

Comparisons with and, or, not; startswith; `any` over e-mail addresses (``eq`` on ``address`` only) and over extended properties
(``eq`` only, names case-sensitive, values not). Anything else is refused as Graph refuses it, with 400.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from outlookd.sandbox.clock import timestamp
from outlookd.sandbox.extended import canonical
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.moments import seven_digits

Row: TypeAlias = Mapping[str, Any]
Test: TypeAlias = Callable[[Row], bool]

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<instant>\d{4}-\d\d-\d\dT[\d:.]+Z)|(?P<word>[A-Za-z_][\w/.]*)|(?P<sign>[():,]))"
)
ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
COLLECTIONS = {"singleValueExtendedProperties": ("id", "value"), "emailAddresses": ("address",)}


def _bad(text: str) -> GraphError:
    return GraphError(400, "ErrorInvalidUrlQueryFilter", f"Invalid filter clause: {text}")


def _whole_time(text: str) -> str:
    """A time in the form that event times are compared in: UTC, with all of its digits."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad(f"'{text}' is no time.") from error
    return seven_digits(time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None))


def parse_filter(text: str, properties: Sequence[str]) -> Test:
    """A test of rows for the filter `text`. `properties` are the names that may be compared directly.

    Raises GraphError 400 for anything that Graph would not understand.
    """
    parser = _Parser(text, properties)
    test = parser.alternatives({})
    if parser.tokens:
        raise _bad(f"'{parser.tokens[0]}' was not expected.")
    return test


class _Parser:
    """Recursive descent. `scope` maps the variable of an enclosing `any` to its collection."""

    def __init__(self, text: str, properties: Sequence[str]) -> None:
        self._properties = {name.lower(): name for name in properties}
        self.tokens: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            if found is None:
                raise _bad(f"syntax error at position {position}.")
            self.tokens.append(found[0].strip())
            position = found.end()

    def _next(self) -> str:
        if not self.tokens:
            raise _bad("the expression ends too early.")
        return self.tokens.pop(0)

    def _expect(self, sign: str) -> None:
        if (found := self._next()) != sign:
            raise _bad(f"'{sign}' was expected instead of '{found}'.")

    def _at(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0].lower() == word

    def alternatives(self, scope: Mapping[str, str]) -> Test:
        tests = [self._conjunction(scope)]
        while self._at("or"):
            self._next()
            tests.append(self._conjunction(scope))
        return lambda row: any(test(row) for test in tests)

    def _conjunction(self, scope: Mapping[str, str]) -> Test:
        tests = [self._term(scope)]
        while self._at("and"):
            self._next()
            tests.append(self._term(scope))
        return lambda row: all(test(row) for test in tests)

    def _term(self, scope: Mapping[str, str]) -> Test:
        word = self._next()
        if word == "(":
            test = self.alternatives(scope)
            self._expect(")")
            return test
        if word.lower() == "not":
            inner = self._term(scope)
            return lambda row: not inner(row)
        if word.lower() == "startswith":
            return self._startswith()
        if word.lower().endswith("/any"):
            return self._any(word[: -len("/any")])
        return self._comparison(word, scope)

    def _startswith(self) -> Test:
        self._expect("(")
        name = self._property(self._next())
        self._expect(",")
        prefix = self._literal(self._next())
        self._expect(")")
        if not isinstance(prefix, str):
            raise _bad("startswith wants a text.")
        return lambda row: str(row[name] or "").casefold().startswith(prefix.casefold())

    def _any(self, collection: str) -> Test:
        known = next((name for name in COLLECTIONS if name.lower() == collection.lower()), None)
        if known is None:
            raise _bad(f"'{collection}' cannot be filtered with any().")
        self._expect("(")
        variable = self._next()
        self._expect(":")
        inner = self.alternatives({variable: known})
        self._expect(")")
        return lambda row: any(inner(item) for item in row[known])

    def _comparison(self, word: str, scope: Mapping[str, str]) -> Test:
        order = self._next().lower()
        literal = self._literal(self._next())
        if order not in ORDER:
            raise _bad(f"'{order}' is no comparison.")
        variable, _, part = word.partition("/")
        if variable in scope:
            return self._item_comparison(scope[variable], part, order, literal)
        name, compare = self._property(word), ORDER[order]
        if literal is None:
            return lambda row: compare(row[name], None) if order in {"eq", "ne"} else False
        folded = (_whole_time(literal) if name.endswith("/dateTime") else literal).casefold()
        return lambda row: row[name] is not None and compare(str(row[name]).casefold(), folded)

    def _item_comparison(self, collection: str, part: str, order: str, literal: str | None) -> Test:
        if part not in COLLECTIONS[collection] or order != "eq" or literal is None:
            raise _bad(f"'{part} {order}' is not supported on '{collection}'.")
        if part == "id":
            wanted = canonical(literal)
            return lambda item: item["id"] == wanted
        folded = literal.casefold()
        return lambda item: item[part].casefold() == folded

    def _property(self, word: str) -> str:
        name = self._properties.get(word.lower())
        if name is None:
            raise GraphError(400, "BadRequest", f"Could not find a property named '{word}'.")
        return name

    def _literal(self, word: str) -> str | None:
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if word == "null":
            return None
        if word[0].isdigit():
            return timestamp(datetime.fromisoformat(word))
        raise _bad(f"'{word}' is no literal.")
