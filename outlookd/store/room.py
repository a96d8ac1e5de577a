"""How much room is left beside the state database, and when it is too little to begin anything.

It knows the file system, and neither SQLite nor what is written. A write to a side that could not be recorded is what the store
must never lead to, and on a disk that is really full SQLite cannot even free room: its log needs some first. So writes to the sides
end while there still is room to record those that are on their way (operations.md 5.5).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from outlookd.errors import StoreFull

Room: TypeAlias = Callable[[Path], int]
"""Tells how many bytes may still be written beside a file. Must not raise: it is asked after a commit, too."""

RESERVE: Final = 16 * 2**20
"""Bytes. Four times what SQLite's log grows to between two checkpoints, and less than a backup leaves free (`backup.RESERVE`), so
that a backup cannot stop the jobs. No share of the disk: 5 % of a large one is more than the database will ever need."""


def free_beside(path: Path) -> int:
    """How many bytes this process may still write beside `path`; never raises.

    `RESERVE` where the file system does not tell (some in user space answer that they are 0 bytes large): who cannot know must try,
    and SQLite says what is wrong better than we could.
    """
    try:
        usage = shutil.disk_usage(path.parent)
    except OSError:
        return RESERVE
    return usage.free if usage.total else RESERVE


def has_room(path: Path, free: Room) -> bool:
    """Whether what is begun now can also be recorded."""
    return free(path) >= RESERVE


def require_room(path: Path, free: Room) -> None:
    """Refuse to begin what might not be recorded. Raises StoreFull."""
    if not has_room(path, free):
        raise StoreFull(
            f"less than {RESERVE // 2**20} MiB are left beside {path}, so nothing more is begun",
            code="SQLITE_FULL",
            hint="Free some space on that file system; until then nothing is written to either side.",
        )
