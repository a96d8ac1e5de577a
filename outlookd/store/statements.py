"""The few statements that are too long to write out, made from column names.

It knows SQL's grammar. Names come from our own code, never from outside; values always travel as parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def insert(table: str, columns: Iterable[str]) -> str:
    """INSERT with one named parameter per column. Names are quoted, because some are words of SQL ("user", "natural")."""
    names = tuple(columns)
    quoted = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({quoted}) VALUES ({values})"  # noqa: S608 - see above


def upsert(table: str, columns: Iterable[str], *, key: Sequence[str]) -> str:
    """`insert`, or an update of every other column where a row with this `key` exists.

    Not ``INSERT OR REPLACE``: that would delete whatever row is in the way, also one that another unique rule protects.
    """
    names = tuple(columns)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in key)
    return f"{insert(table, names)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
