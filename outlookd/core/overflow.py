"""Values of one cell that only GoPaaS can hold: what Outlook has no place for stays behind what both sides show (Graph trap 20).

It is no part of any comparison that decides what to write. But a write replaces the whole cell, so that whether a cell is still as
it was, whether a write arrived, and what it took away are questions about all of it.
"""

from __future__ import annotations

from outlookd.core.model import Fields, Record, Value


def whole(record: Record, name: str) -> Value:
    """All that the cell of a field holds, with what only GoPaaS can hold of it."""
    return extended(record.fields.get(name), record.overflow.get(name, ()))


def extended(value: Value, rest: tuple[str, ...]) -> Value:
    """`value` with `rest` behind it. A place for one value in a cell that holds several becomes a list, so that the others stay."""
    if not rest or isinstance(value, bool | int):
        return value
    shown = value if isinstance(value, tuple) else (value,) if value else ()
    return (*shown, *(item for item in rest if item not in shown))


def with_overflow(wanted: Fields, row: Record) -> Fields:
    """`wanted`, with the values that only GoPaaS can hold behind those that both sides show."""
    return {name: extended(value, row.overflow.get(name, ())) for name, value in wanted.items()}
