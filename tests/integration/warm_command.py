"""The installed command, imported once and forked for every call, so that a hundred runs take seconds and not minutes.

Run as a script. Each line on stdin is an order: ``{"arguments": [...], "out": FILE, "err": FILE, "largest_file": BYTES or null}``.
Answered with two lines on stdout: the process id, then (when it ended) its exit status, negative for a signal. Each call is a process of
its own that can be killed; what it cannot show is how long the imports take and how much memory they need.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import traceback

from outlookd.cli import main

WARM = ("outlookd.app", "outlookd.cli.render", "outlookd.cli.sync", "outlookd_calendar", "outlookd_contacts", "outlookd_transforms")


def serve() -> None:
    for name in WARM:
        importlib.import_module(name)
    tell("ready")
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            carry_out(order)
        tell(pid)
        tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def tell(word) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def carry_out(order) -> None:
    """The child: as if the shell had started it. Never returns."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    if order["largest_file"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], resource.RLIM_INFINITY))
    status = 1
    try:
        main(order["arguments"])
    except SystemExit as end:
        status = end.code
    except BaseException:  # noqa: BLE001 (shown as the interpreter would, and not let into the parent's loop)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
