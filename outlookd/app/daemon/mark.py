"""A file that exists while the daemon runs, so that the next one knows whether this one ended or was cut off.

It only informs. There is one way to start, which is to recover (operations.md 5.7), and nothing depends on this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

log = structlog.get_logger()


@contextmanager
def marked_as_running(database: Path) -> Iterator[bool]:
    """Leave a mark beside the state database for as long as the block runs. Yields whether one was left over.

    A block that is left by an exception leaves it too: that is no orderly end.
    """
    mark = database.with_name(f"{database.name}.running")
    left_over = mark.exists()
    if left_over:
        log.warning("daemon.previous_shutdown_unclean")
    try:
        mark.touch(mode=0o600)
    except OSError as error:
        log.warning("daemon.mark.failed", errno=error.errno)
    yield left_over
    try:
        mark.unlink(missing_ok=True)
    except OSError as error:
        log.warning("daemon.mark.failed", errno=error.errno)
