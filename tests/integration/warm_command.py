"""The installed command, imported once and forked for every call, so that a hundred runs take seconds and not minutes.

Run as a script, with the path of a socket. Each connection to it carries one order, a line of JSON:
``{"arguments": [...], "out": FILE, "err": FILE, "environ": {NAME: VALUE, ...}, "largest_file": BYTES or null}``.
Answered with two lines: the process id, then (when it ended) its exit status, negative for a signal. Each call is a process of its own
that can be killed, and many may run at once; what it cannot show is how long the imports take and how much memory they need.
Ends by itself when whoever started it has closed its stdin, or is gone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import select
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from once import keep_distributions

keep_distributions()

from outlookd.cli import main  # noqa: E402 (what is kept must be kept before)
from outlookd.plugins import load_plugins  # noqa: E402 (as above)

WARM = (
    "msal_extensions",
    "outlookd.app",
    "outlookd.app.daemon.serve",
    "outlookd.cli.plan",
    "outlookd.cli.render",
    "outlookd.cli.run",
    "outlookd.cli.sync",
    "phonenumbers.data.region_FR",
    "phonenumbers.shortdata",
)


def serve(address) -> None:
    for name in WARM:
        importlib.import_module(name)
    load_plugins()
    # What is there now stays: without this the collector of each child would touch, and so copy, all of it.
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        tell(sys.stdout, "ready")
        attend(door)


def attend(door) -> None:
    """Orders as they come, each in a child of its own, and word of how each child ended."""
    running = {}
    while sys.stdin not in (waiting := select.select([door, sys.stdin, *running], [], [])[0]):
        for ended in waiting:
            if ended is door:
                process, *told = begin(door)
                running[process] = told
            else:
                conclude(ended, *running.pop(ended))


def begin(door):
    """One order: a descriptor that can be read when its process has ended, that process, and whom to tell."""
    connection, _ = door.accept()
    talk = connection.makefile("rw")
    connection.close()
    order = json.loads(talk.readline())
    pid = os.fork()
    if pid == 0:
        os.closerange(3, 1024)
        carry_out(order)
    with suppress(ConnectionError):  # whoever ordered may have gone
        tell(talk, pid)
    return os.pidfd_open(pid), pid, talk


def conclude(process, pid, talk) -> None:
    os.close(process)
    with suppress(ConnectionError), talk:
        tell(talk, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def tell(talk, word) -> None:
    talk.write(f"{word}\n")
    talk.flush()


def carry_out(order) -> None:
    """The child: as if the shell had started it. Never returns."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.update(order["environ"])
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
    serve(sys.argv[1])
