"""What is encrypted in the state database: which columns, for which purpose, and whose. And how all of it gets another key.

It knows rows and hands them to a `Seal`; what is inside stays unseen. Cookies and addresses that browsers carry are sealed as
well, but they are not here, and end within minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from outlookd.sealing import CACHE, RECORD, SIGN_IN, Seal, SealBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """A column of sealed values; `owner` is the column that says whose, and is bound into the value."""

    table: str
    column: str
    owner: str
    purpose: str


SEALED = (
    SealedColumn(table="account", column="cache", owner="login", purpose=CACHE),
    SealedColumn(table="roster", column="sealed", owner="record", purpose=RECORD),
    SealedColumn(table="flow", column="flow", owner="digest", purpose=SIGN_IN),
)
"""Every one that there is (a test compares them with the schema)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """How many sealed values of a table were opened, and how many no key of ours opens."""

    table: str
    opened: int = 0
    closed: int = 0


def count_opening(db: Database, seal: Seal) -> Sequence[Opened]:
    """How much of each table `seal` opens. Tables that an earlier version did not have yet are left out."""
    there = set(db.table_names())
    return [_count(db, column, seal) for column in SEALED if column.table in there]


def seal_anew(db: Database, *, old: Seal, new: Seal) -> Sequence[Opened]:
    """Open everything with `old` and seal it with `new`, within the caller's transaction.

    What no key opens is left as it is: the right key may be found again.
    """
    return [_seal_column(db, column, old=old, new=new) for column in SEALED]


def _count(db: Database, column: SealedColumn, seal: Seal) -> Opened:
    tally = Opened(table=column.table)
    for _, value in _values(db, column, seal):
        tally = _counted(tally, value)
    return tally


def _seal_column(db: Database, column: SealedColumn, *, old: Seal, new: Seal) -> Opened:
    tally = Opened(table=column.table)
    update = f"UPDATE {column.table} SET {column.column} = ? WHERE {column.owner} = ?"  # noqa: S608 - constants
    for owner, value in list(_values(db, column, old)):
        tally = _counted(tally, value)
        if value is not None:
            db.execute(update, [new.seal(value, purpose=column.purpose, owner=owner), owner])
    return tally


def _values(db: Database, column: SealedColumn, seal: Seal) -> Iterator[tuple[str, bytes | None]]:
    """Each value in clear with its owner; None where no key opens it."""
    select = f"SELECT {column.owner}, {column.column} FROM {column.table}"  # noqa: S608 - constants
    for owner, sealed in db.execute(select):
        try:
            yield owner, seal.open(sealed, purpose=column.purpose, owner=owner)
        except SealBroken:
            yield owner, None


def _counted(tally: Opened, value: bytes | None) -> Opened:
    return replace(tally, closed=tally.closed + 1) if value is None else replace(tally, opened=tally.opened + 1)
