"""What systemd is told about the process: ready, alive, reloading, stopping, and one line for `systemctl status`.

It knows the notification protocol (one datagram of ``KEY=value`` lines, sd_notify(3)) and not what the process does. When no
service manager listens every call does nothing, so that nobody has to ask first. No library: they send the same bytes
(dependencies.md 11).
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping

import structlog

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds to wait for a service manager that does not read its socket. Longer would freeze the event loop for a status line."""

_MICROSECONDS = 1_000_000


class Notifier:
    """The way to the service manager that started this process, or to nobody.

    `watchdog_every` is how many seconds may pass between two calls of `watchdog`: a third of what systemd allows, so that two
    may be late. None when no watchdog waits for this process. Call it where work has really progressed: a ping from a thread of
    its own proves nothing (operations.md 3.3).
    """

    def __init__(
        self, environ: Mapping[str, str], *, pid: int | None = None, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """`environ` is the process's own: ``NOTIFY_SOCKET``, ``WATCHDOG_USEC``, ``WATCHDOG_PID``."""
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._monotonic_ns = monotonic_ns
        self.watchdog_every = _watchdog_every(environ, os.getpid() if pid is None else pid) if self._address else None

    def ready(self, status: str = "") -> None:
        """Started, or reloaded: what starts after us may start now. `status` as in `status`."""
        self._send("READY=1", *_status(status))

    def status(self, text: str) -> None:
        """One line for whoever asks `systemctl status`. It is world-readable: counts and states, nothing personal."""
        self._send(*_status(text))

    def reloading(self) -> None:
        """The configuration is being read again; `ready` must follow, also when the old one is kept.

        The time lets systemd 253 and later (``Type=notify-reload``) tell this reload from an earlier one; older ones ignore it.
        """
        self._send("RELOADING=1", f"MONOTONIC_USEC={self._monotonic_ns() // 1000}")

    def stopping(self, status: str = "") -> None:
        """The end has begun."""
        self._send("STOPPING=1", *_status(status))

    def watchdog(self) -> None:
        """Work goes on. Without it for as long as ``WatchdogSec=`` says, systemd kills the process and starts it again."""
        if self.watchdog_every is not None:
            self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address or not lines:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.settimeout(PATIENCE)
                channel.connect(self._address)
                channel.sendall("\n".join(lines).encode())
        except OSError as error:
            # Nothing to be done about it: systemd will miss us by itself, and says so in the same journal.
            log.warning("systemd.notify.failed", message=lines[0].partition("=")[0], errno=error.errno)


def _address(name: str) -> str:
    """What `connect` takes: a path, or the kernel's own name space, which systemd writes with a leading ``@``."""
    if name.startswith("@"):
        return f"\0{name[1:]}"
    return name if name.startswith("/") else ""


def _watchdog_every(environ: Mapping[str, str], pid: int) -> float | None:
    """A third of the time that systemd waits. The variables are inherited: ``WATCHDOG_PID`` says for whom they were meant."""
    allowed, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(pid))
    if not allowed.isdecimal() or int(allowed) == 0 or meant != str(pid):
        return None
    return int(allowed) / _MICROSECONDS / 3


def _status(text: str) -> tuple[str, ...]:
    """The line, in one: a line break within it would begin another assignment, which systemd would believe."""
    return (f"STATUS={' '.join(text.split())}",) if text else ()
